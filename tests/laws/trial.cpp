#include "trial.hpp"

#include "draw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <thread>
#include <utility>

namespace elastiroll::laws {
namespace {

/// After it whatever is under way has ended: late requests, draining instances.
constexpr Milliseconds rest{300'000};
/// Between the end of a run that a person has to look at and the next: what failed works again.
constexpr Milliseconds time_to_mend{1'200'000};
/// A deployment that is not through after so many resumes never is.
constexpr int resumes_max = 40;
/// What ends alike so often in a row, more often than a fault strikes, is for a person and would go
/// on like that for ever.
constexpr int equal_ends_max = 25;
/// No resume comes later than that: schedules that fire at night have no part in a deployment.
constexpr Milliseconds resumes_end{17 * 3'600'000};
/// More turns than two processes on one line take.
constexpr int turns_max = 200'000;
/// A gap that leaves deadlines and holds what they need.
constexpr Milliseconds short_gap{20'000};

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

std::string name_of(const std::optional<Outcome>& outcome) {
    if (!outcome)
        return "none";
    return fmt::format("{}{}", to_string(outcome->kind),
                       outcome->warnings.empty() ? "" : ", warned");
}

bool needs_person(const std::optional<Outcome>& outcome) {
    return outcome &&
           (outcome->kind == OutcomeKind::stopped || outcome->kind == OutcomeKind::drifted ||
            outcome->kind == OutcomeKind::lock_lost || outcome->kind == OutcomeKind::interrupted);
}

bool is_refused(const std::optional<Outcome>& outcome) {
    return outcome && outcome->kind == OutcomeKind::refused;
}

/// Whether a resume finds something to do.
bool is_open(const std::optional<Outcome>& outcome) {
    return needs_person(outcome) ||
           (outcome && (outcome->kind == OutcomeKind::detached ||
                        (outcome->kind == OutcomeKind::done &&
                         (!outcome->warnings.empty() || outcome->due_at))));
}

/// But for what the time of it says.
bool is_same(const std::optional<Outcome>& one, const std::optional<Outcome>& other) {
    return name_of(one) == name_of(other) && one->warnings.size() == other->warnings.size() &&
           one->error.has_value() == other->error.has_value();
}

std::size_t faults_in(const World& world) {
    return static_cast<std::size_t>(std::ranges::count_if(
        world.cloud.log(), [](const sim::LoggedCall& call) { return !call.fault.empty(); }));
}

void add(sim::Cloud& cloud, const Document& part) {
    if (!cloud.add(part))
        std::abort();
    cloud.advance(cloud.now());
}

class Trial {
public:
    Trial(const Case& made, const Effort& effort, Tally& tally)
        : made_(made), effort_(effort), tally_(tally), start_(make_world(made)) {}

    void run() {
        ++tally_.deployments;
        Course whole{made_, start_, start_, {}, {}, false};
        std::vector<Passed> passed;
        run_once(whole, Start::deploy, [&](Boundary boundary, bool is_change) {
            passed.push_back({boundary, is_change});
        });
        ++tally_.outcomes[name_of(whole.outcome)];

        // The second run gives the crash points, and has to be the first one again.
        const std::vector<std::size_t> chosen = choose(passed);
        std::vector<CrashPoint> points;
        Course again{made_, start_, start_, {}, {}, false};
        std::size_t index = 0;
        std::size_t faults_known = 0;
        run_once(again, Start::deploy, [&](Boundary boundary, bool is_change) {
            if (boundary == Boundary::after_batch && is_change)
                faults_known = faults_in(again.end);
            if (std::ranges::binary_search(chosen, index))
                points.push_back({index, {boundary, is_change}, faults_known, again.end});
            ++index;
        });
        if (again.end.store != whole.end.store || again.end.cloud.log() != whole.end.cloud.log() ||
            again.outcome != whole.outcome)
            report(whole, "no crash", {{Law::repeatable, "a second run is another one"}});
        if (made_.is_calm() && needs_person(whole.outcome))
            report(
                whole, "no crash",
                {{Law::ends, fmt::format("nobody disturbs, and yet {}", name_of(whole.outcome))}});
        see_through(whole);
        report(whole, "no crash", judge(whole));
        for (CrashPoint& point : points)
            crash(whole, std::move(point), passed.size());
    }

private:
    /// The indices of the boundaries to crash at, sorted. Changes are few among many looks, and
    /// what goes wrong goes wrong around them, so they come three times as often.
    std::vector<std::size_t> choose(const std::vector<Passed>& passed) const {
        std::vector<std::size_t> all(passed.size());
        std::iota(all.begin(), all.end(), 0u);
        if (effort_.crash_points == 0)
            return all;
        std::vector<std::size_t> pool = all;
        for (const std::size_t i : all)
            if (passed[i].is_change)
                pool.insert(pool.end(), 2, i);
        Draw draw(made_.seed);
        std::vector<std::size_t> chosen;
        for (int i = 0; i < effort_.crash_points && !pool.empty(); ++i) {
            chosen.push_back(pool[draw.next() % pool.size()]);
            std::erase(pool, chosen.back());
        }
        std::ranges::sort(chosen);
        return chosen;
    }

    /// What follows a crash depends on the seed and the boundary alone, so that it is the same
    /// however many crashes are tried.
    void crash(const Course& whole, CrashPoint point, std::size_t of) {
        ++tally_.crash_points;
        Draw draw(made_.seed * 0x2545f4914f6cdd1du + point.index);
        const std::string where =
            fmt::format("crash {} of {} ({}{})", point.index, of, to_string(point.passed.boundary),
                        point.passed.is_change ? " of a change" : "");
        // Nothing is known of a deployment without a journal, so it begins anew.
        const bool is_known = !point.world.store.records(made_.deployment).empty();
        if (is_known && draw.chance(12)) {
            overtake(whole, point, where, draw);
            return;
        }
        // What was refused without a crash may not be any more: instances have become healthy.
        const bool is_comparable = !is_refused(whole.outcome);
        const Milliseconds gap{draw.chance(70) ? draw.within(500, 20'000)
                                               : draw.within(20'000, 5'000'000)};
        const bool has_more_faults = draw.chance(20);
        point.world.store.holders_died();
        point.world.cloud.advance(point.world.cloud.now() + gap);
        if (has_more_faults)
            add(point.world.cloud, more_faults(made_, draw));
        const std::string then = fmt::format("{}, {}{}", where, duration_text(gap),
                                             has_more_faults ? ", more faults" : "");
        World undone = point.world;
        std::optional<World> crashed_again;
        {
            const Start start = is_known ? Start::go_on : Start::deploy;
            Course course{made_, start_, std::move(point.world), {}, {}, true};
            std::optional<int> left =
                draw.chance(25) ? std::optional(draw.within(0, 150)) : std::nullopt;
            run_once(course, start, [&](Boundary, bool) {
                if (left && (*left)-- == 0)
                    crashed_again = course.end;
            });
            finish(course, fmt::format("{}, {}", then, to_string(start)),
                   is_comparable && gap <= short_gap ? &whole : nullptr, point.faults_known);
        }
        if (crashed_again) {
            crashed_again->store.holders_died();
            const bool is_journaled = !crashed_again->store.records(made_.deployment).empty();
            const Start start = !is_journaled     ? Start::deploy
                                : draw.chance(30) ? Start::roll_back
                                                  : Start::go_on;
            Course course{made_, start_, std::move(*crashed_again), {}, {}, true};
            run_once(course, start);
            finish(course, fmt::format("{}, crash, {}", then, to_string(start)),
                   is_comparable && gap <= short_gap ? &whole : nullptr, point.faults_known);
        }
        if (is_known && (draw.chance(50) || effort_.crash_points == 0)) {
            Course course{made_, start_, std::move(undone), {}, {}, true};
            run_once(course, Start::roll_back);
            finish(course, then + ", rollback", nullptr, 0);
        }
    }

    /// The process does not die but stands still, while another one takes the line; then it goes
    /// on.
    void overtake(const Course& whole, const CrashPoint& point, std::string where, Draw& draw) {
        const bool takes_over = draw.chance(60);
        const int turns_alone = draw.one_of({0, 3, 30, 300, turns_max});
        where += fmt::format(", overtaken{} for {} turns",
                             takes_over ? "" : " when its lease ended", turns_alone);
        Course course{made_, start_, start_, {}, {}, true};
        std::optional<Process> second;
        bool has_second_changed = false;
        bool is_late = false;
        std::size_t index = 0;
        Process first(course.end, made_, Start::deploy, [&](Boundary boundary, bool is_change) {
            const bool is_sent = is_change && boundary == Boundary::call_started;
            is_late = is_late || (is_sent && has_second_changed);
            if (index++ != point.index)
                return;
            if (!takes_over)
                course.end.cloud.advance(course.end.cloud.now() + made_.spec.timing.call_timeout +
                                         Milliseconds(31'000));
            second.emplace(course.end, made_, takes_over ? Start::take_over : Start::go_on,
                           [&](Boundary at, bool is_its_change) {
                               has_second_changed = has_second_changed ||
                                                    (is_its_change && at == Boundary::call_started);
                           });
            for (int i = 0; i < turns_alone && second->turn(Milliseconds(3'600'000)); ++i) {
            }
        });
        bool is_running = true;
        for (int i = 0; i < turns_max && is_running; ++i) {
            const bool is_first_running = first.turn(Milliseconds(draw.within(1, 3'000)));
            const bool is_second_running =
                second && second->turn(Milliseconds(draw.within(1, 3'000)));
            is_running = is_first_running || is_second_running;
        }
        // Looked at in smaller steps, a run may end before it comes to the point.
        if (!second)
            return;
        if (is_late)
            report(
                course, where,
                {{Law::planned, "who has lost the line changes something after the new holder"}});
        tally_.courses += 2;
        // The first one may have ended, or renewed its lease, before the second one came.
        const bool is_first =
            is_refused(second->outcome()) || name_of(second->outcome()) == "lock_lost";
        gate_ = is_first ? first.gate() : second->gate();
        note(course, is_first ? first.outcome() : second->outcome());
        finish(course, where, is_refused(whole.outcome) ? nullptr : &whole, point.faults_known);
    }

    void run_once(Course& course, Start start, const Tap& tap = {}) {
        const auto ended = journaled_end(course.end, made_);
        Process process(course.end, made_, start, tap);
        process.run();
        ++tally_.courses;
        gate_ = process.gate();
        note(course, process.outcome());
        // Of what has ended there is nothing to go on with, and a resume says so.
        if (ended && is_finished(ended->kind) && is_refused(course.outcome))
            course.outcome = ended;
    }

    /// Sees a crashed course through and judges it, beside `whole` where it has to end like that.
    void finish(Course& course, const std::string& where, const Course* whole,
                std::size_t faults_known) {
        ++tally_.after_crash[fmt::format("{}: {}", where.substr(where.rfind(", ") + 2),
                                         name_of(course.outcome))];
        const bool is_undone = where.ends_with("rollback");
        // A rollback that could not be journaled has to be asked for again.
        see_through(course, is_undone ? Start::roll_back : Start::go_on);
        report(course, where, judge(course));
        const bool is_undisturbed = whole && made_.is_steady() && !made_.store_fault &&
                                    faults_known == faults_in(course.end) &&
                                    faults_known == faults_in(whole->end);
        if (is_undisturbed && !is_undone)
            report(course, where, judge_same_end(*whole, course));
        // Of a run that says so itself it is judged already.
        if (is_undone && !made_.has_people && course.outcome &&
            course.outcome->kind != OutcomeKind::rolled_back)
            report(course, where, judge_restored(course));
    }

    /// What stopped for a person, waits at a gate or has left cleanup undone is resumed until it
    /// has ended.
    void see_through(Course& course, Start how = Start::go_on) {
        sim::Cloud& cloud = course.end.cloud;
        int equal_ends = 1;
        const TimePoint last = course.end.begun_at + resumes_end;
        for (int i = 0; i < resumes_max && is_open(course.outcome) && cloud.now() < last; ++i) {
            const std::optional<Outcome> before = course.outcome;
            course.is_interrupted = true;
            if (course.outcome->due_at) {
                pass_gate(course);
            } else {
                cloud.advance(cloud.now() + time_to_mend);
                add(cloud,
                    Document::object(
                        {{"events", Document::array({Document::object(
                                        {{"when", "0s"}, {"accept_token", "simulated"}})})}}));
            }
            run_once(course, how);
            equal_ends = is_same(before, course.outcome) ? equal_ends + 1 : 1;
            if (equal_ends == equal_ends_max && course.outcome->kind != OutcomeKind::detached)
                break;
        }
        cloud.advance(cloud.now() + rest);
    }

    void pass_gate(Course& course) {
        sim::Cloud& cloud = course.end.cloud;
        if (gate_ && gate_->needs_approval && made_.person != Person::is_away) {
            post(course.end, made_, decision_at(made_, *gate_));
            cloud.advance(cloud.now() + Milliseconds(30'000));
        } else {
            cloud.advance(course.outcome->due_at.value_or(cloud.now()));
        }
    }

    static void note(Course& course, std::optional<Outcome> outcome) {
        course.outcome = std::move(outcome);
        course.said +=
            fmt::format("{} {}\n", format_time(course.end.cloud.now()), words_of(course.outcome));
    }

    void report(const Course& course, const std::string& where, Breaches breaches) {
        for (Breach& one : breaches)
            tally_.broken.push_back(
                {made_.seed, one.law, where, std::move(one.text), story_of(course)});
    }

    const Case& made_;
    const Effort& effort_;
    Tally& tally_;
    const World start_;
    std::optional<GateEvent> gate_{}; ///< the last gate of the last run
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

Tally try_cases(std::uint64_t first, std::uint64_t count, const Effort& effort, int jobs) {
    std::vector<Tally> tallies(static_cast<std::size_t>(jobs));
    std::vector<std::jthread> threads;
    for (std::size_t job = 0; job < tallies.size(); ++job) {
        threads.emplace_back([&, job] {
            for (std::uint64_t i = job; i < count; i += tallies.size())
                try_case(generate(first + i), effort, tallies[job]);
        });
    }
    threads.clear(); // waits for them
    Tally all;
    for (const Tally& tally : tallies)
        all.add(tally);
    return all;
}

std::string to_string(const BrokenLaw& broken) {
    return fmt::format("{}: seed {}, {}: {}", static_cast<char>(broken.law), broken.seed,
                       broken.where, broken.text);
}

} // namespace elastiroll::laws
