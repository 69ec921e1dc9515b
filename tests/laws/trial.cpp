#include "trial.hpp"

#include "draw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace elastiroll::laws {
namespace {

/// After it whatever is under way has ended: late requests, draining instances.
constexpr Milliseconds rest{300'000};
/// Between the end of a run that a person has to look at and the next: what failed works again.
constexpr Milliseconds time_to_mend{1'200'000};
/// A deployment that is not through after so many resumes never is.
constexpr int resumes_max = 20;

/// A boundary that a run without a crash came to.
struct Passed {
    Boundary boundary{};
    bool is_change = false;
};

/// A world as it is if the process dies at a boundary.
struct CrashPoint {
    std::size_t index = 0;
    Passed passed{};
    std::size_t faults_known = 0; ///< that were journaled: what they have done outlives the process
    World world;
};

class Trial {
public:
    Trial(const Case& made, const Effort& effort, Tally& tally)
        : made_(made), effort_(effort), tally_(tally), draw_(made.seed ^ 0x6c617773) {}

    void run() {
        ++tally_.deployments;
        const World start = make_world(made_);
        World end = start;
        std::vector<Passed> passed;
        const auto outcome = live(end, made_, Start::deploy, [&](Boundary boundary, bool is_change) {
            passed.push_back({boundary, is_change});
        });
        ++tally_.outcomes[name_of(outcome)];

        // The second run gives the crash points, and has to be the first one again.
        const std::vector<std::size_t> chosen = choose(passed);
        std::vector<CrashPoint> points;
        World again = start;
        std::size_t index = 0;
        std::size_t faults_known = 0;
        const auto outcome_again =
            live(again, made_, Start::deploy, [&](Boundary boundary, bool is_change) {
                if (boundary == Boundary::after_batch && is_change)
                    faults_known = faults_in(again);
                if (std::ranges::binary_search(chosen, index))
                    points.push_back({index, {boundary, is_change}, faults_known, again});
                ++index;
            });
        tally_.courses += 2;
        Course whole{made_, start, end, {}, {}, false};
        note(whole, outcome);
        if (again.store != end.store || again.cloud.log() != end.cloud.log() ||
            outcome_again != outcome)
            report(whole, "no crash", {{Law::repeatable, "a second run is another one"}});
        if (made_.is_calm() && needs_person(outcome))
            report(whole, "no crash",
                   {{Law::ends, fmt::format("nobody disturbs, and yet {}", name_of(outcome))}});
        see_through(whole);
        report(whole, "no crash", judge(whole));
        for (CrashPoint& point : points)
            crash(whole, std::move(point), passed.size());
    }

private:
    /// The indices of the boundaries to crash at, sorted. Changes are few among many looks, and
    /// what goes wrong goes wrong around them, so they come three times as often.
    std::vector<std::size_t> choose(const std::vector<Passed>& passed) {
        std::vector<std::size_t> all(passed.size());
        std::iota(all.begin(), all.end(), 0u);
        if (effort_.crash_points == 0)
            return all;
        std::vector<std::size_t> pool = all;
        for (const std::size_t i : all)
            if (passed[i].is_change)
                pool.insert(pool.end(), 2, i);
        std::vector<std::size_t> chosen;
        for (int i = 0; i < effort_.crash_points && !pool.empty(); ++i) {
            chosen.push_back(pool[draw_.next() % pool.size()]);
            std::erase(pool, chosen.back());
        }
        std::ranges::sort(chosen);
        return chosen;
    }

    void crash(const Course& whole, CrashPoint point, std::size_t of) {
        ++tally_.crash_points;
        const Milliseconds gap{draw_.chance(70) ? draw_.within(500, 20'000)
                                                : draw_.within(20'000, 5'000'000)};
        const bool is_short = gap <= Milliseconds(20'000);
        point.world.store.holders_died();
        point.world.cloud.advance(point.world.cloud.now() + gap);
        const std::string where = fmt::format("crash {} of {} ({}{}), {}", point.index, of,
                                              to_string(point.passed.boundary),
                                              point.passed.is_change ? " of a change" : "",
                                              duration_text(gap));
        // Nothing is known of a deployment without a journal, so it begins anew.
        const bool is_known = !point.world.store.records(made_.deployment).empty();
        const World undone = point.world;
        const Start start = is_known ? Start::go_on : Start::deploy;
        const Course resumed = finish(whole, std::move(point.world), start);
        const std::string resuming = fmt::format("{}, {}", where, to_string(start));
        report(resumed, resuming, judge(resumed));
        const bool is_undisturbed = point.faults_known == faults_in(resumed.end) &&
                                    point.faults_known == faults_in(whole.end);
        if (is_short && made_.is_steady() && is_undisturbed)
            report(resumed, resuming, judge_same_end(whole, resumed));
        if (!is_known)
            return;
        const Course rolled_back = finish(whole, undone, Start::roll_back);
        report(rolled_back, where + ", rollback", judge(rolled_back));
        // Of a run that says so itself it is judged already.
        if (!made_.has_people && rolled_back.outcome && rolled_back.outcome->kind != OutcomeKind::rolled_back)
            report(rolled_back, where + ", rollback", judge_restored(rolled_back));
    }

    Course finish(const Course& whole, World world, Start start) {
        Course course{made_, whole.start, std::move(world), {}, {}, true};
        const auto ended = ended_as(course.end);
        note(course, live(course.end, made_, start));
        // Of what has ended there is nothing to go on with, and a resume says so.
        if (ended && course.outcome && course.outcome->kind == OutcomeKind::refused)
            course.outcome = ended;
        ++tally_.courses;
        ++tally_.after_crash[fmt::format("{}: {}", to_string(start), name_of(course.outcome))];
        see_through(course);
        return course;
    }

    static void note(Course& course, std::optional<Outcome> outcome) {
        course.outcome = std::move(outcome);
        course.said += fmt::format("{} {}\n", format_time(course.end.cloud.now()),
                                   describe(course.outcome));
    }

    /// How the last run ended by the journal, where it is over.
    std::optional<Outcome> ended_as(const World& world) const {
        const auto journal = read_journal(world, made_);
        if (!journal || journal->empty())
            return std::nullopt;
        const auto* ended = std::get_if<EndedEntry>(&journal->back().entry);
        return ended && is_finished(ended->outcome.kind) ? std::optional(ended->outcome)
                                                         : std::nullopt;
    }

    /// What stopped for a person, or has left cleanup undone, is resumed until it has ended.
    void see_through(Course& course) {
        const auto is_due = [](const std::optional<Outcome>& outcome) {
            return needs_person(outcome) || (outcome && outcome->kind == OutcomeKind::done &&
                                             !outcome->warnings.empty());
        };
        for (int i = 0; i < resumes_max && is_due(course.outcome); ++i) {
            course.is_interrupted = true;
            course.end.cloud.advance(course.end.cloud.now() + time_to_mend);
            mend(course.end.cloud);
            note(course, live(course.end, made_, Start::go_on));
            ++tally_.courses;
        }
        course.end.cloud.advance(course.end.cloud.now() + rest);
    }

    static void mend(sim::Cloud& cloud) {
        const Document token = Document::object({{"when", "0s"}, {"accept_token", "simulated"}});
        if (!cloud.add(Document::object({{"events", Document::array({token})}})))
            std::abort();
        cloud.advance(cloud.now());
    }

    static std::string name_of(const std::optional<Outcome>& outcome) {
        if (!outcome)
            return "none";
        return fmt::format("{}{}", to_string(outcome->kind),
                           outcome->warnings.empty() ? "" : ", warned");
    }

    static bool needs_person(const std::optional<Outcome>& outcome) {
        return outcome &&
               (outcome->kind == OutcomeKind::stopped || outcome->kind == OutcomeKind::drifted ||
                outcome->kind == OutcomeKind::lock_lost ||
                outcome->kind == OutcomeKind::interrupted);
    }

    static std::size_t faults_in(const World& world) {
        return static_cast<std::size_t>(std::ranges::count_if(
            world.cloud.log(), [](const sim::LoggedCall& call) { return !call.fault.empty(); }));
    }

    void report(const Course& course, const std::string& where, Breaches breaches) {
        for (Breach& one : breaches)
            tally_.broken.push_back(
                {made_.seed, one.law, where, std::move(one.text), story_of(course)});
    }

    const Case& made_;
    const Effort& effort_;
    Tally& tally_;
    Draw draw_;
};

} // namespace

void Tally::add(const Tally& other) {
    deployments += other.deployments;
    crash_points += other.crash_points;
    courses += other.courses;
    for (const auto& [outcome, count] : other.outcomes)
        outcomes[outcome] += count;
    for (const auto& [outcome, count] : other.after_crash)
        after_crash[outcome] += count;
    broken.insert(broken.end(), other.broken.begin(), other.broken.end());
}

void try_case(const Case& made, const Effort& effort, Tally& tally) {
    Trial(made, effort, tally).run();
}

std::string to_string(const BrokenLaw& broken) {
    return fmt::format("{}: seed {}, {}: {}", static_cast<char>(broken.law), broken.seed,
                       broken.where, broken.text);
}

} // namespace elastiroll::laws
