#include "trial.hpp"

#include "draw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace elastiroll::laws {
namespace {

/// A boundary that a run without a crash came to.
struct Passed {
    Boundary boundary{};
    bool is_change = false;
};

/// A world as it is if the process dies at a boundary.
struct CrashPoint {
    std::size_t index = 0;
    Passed passed{};
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
        const auto outcome =
            live(end, made_, Start::deploy, [&](Boundary boundary, bool is_change) {
                passed.push_back({boundary, is_change});
            });
        ++tally_.courses;
        ++tally_.outcomes[outcome ? std::string(to_string(outcome->kind)) : "none"];
        const Course whole{made_, start, end, outcome};
        report("no crash", judge(whole));

        // The second run gives the crash points, and has to be the first one again.
        const std::vector<std::size_t> chosen = choose(passed);
        std::vector<CrashPoint> points;
        World again = start;
        std::size_t index = 0;
        const auto outcome_again =
            live(again, made_, Start::deploy, [&](Boundary boundary, bool is_change) {
                if (std::ranges::binary_search(chosen, index))
                    points.push_back({index, {boundary, is_change}, again});
                ++index;
            });
        ++tally_.courses;
        if (again.store != end.store || again.cloud.log() != end.cloud.log() ||
            outcome_again != outcome)
            report("no crash", {{Law::repeatable, "a second run is another one"}});
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
        point.world.store.holders_died();
        const Milliseconds gap{draw_.within(500, 20'000)};
        point.world.cloud.advance(point.world.cloud.now() + gap);
        const std::string where = fmt::format(
            "crash {} of {} ({}{}), {}", point.index, of, to_string(point.passed.boundary),
            point.passed.is_change ? " of a change" : "", duration_text(gap));
        if (point.world.store.records(made_.deployment).empty()) {
            // Nothing is known of the deployment yet, so nothing can have changed; it begins anew.
            World world = point.world;
            const Course course = finish(whole, world, Start::deploy);
            report(where + ", deploy", judge_same_end(whole, course));
            return;
        }
        World undone = point.world;
        const Course resumed = finish(whole, point.world, Start::go_on);
        report(where + ", resume", judge(resumed));
        report(where + ", resume", judge_same_end(whole, resumed));
        const Course rolled_back = finish(whole, undone, Start::roll_back);
        report(where + ", rollback", judge(rolled_back));
        report(where + ", rollback", judge_restored(rolled_back));
    }

    Course finish(const Course& whole, World& world, Start start) {
        const auto outcome = live(world, made_, start);
        ++tally_.courses;
        ++tally_.after_crash[fmt::format("{}: {}", to_string(start),
                                         outcome ? to_string(outcome->kind) : "none")];
        return {made_, whole.start, world, outcome, true};
    }

    void report(const std::string& where, Breaches breaches) {
        for (Breach& one : breaches)
            tally_.broken.push_back({made_.seed, one.law, where, std::move(one.text)});
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
