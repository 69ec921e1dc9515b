#include "example_texts.hpp"
#include "world.hpp"

#include "engine/polling.hpp"

#include <elastiroll/spec/resolve.hpp>

#include <algorithm>
#include <chrono>

namespace elastiroll::test::call_counts_test {
namespace {

using namespace std::chrono_literals;

// What a deployment costs is part of its contract: docs/examples/canary.json in
// docs/examples/scenarios/canary.json, without faults.

using Counts = std::map<std::string, int>;

DeploymentSpec example_spec() {
    auto spec = resolve_spec(
        json(canary_spec_text()),
        {.workflow = "canary", .files = {{"user-data.sh", std::string(user_data_text())}}});
    if (!spec)
        FAIL(to_string(spec.error()));
    return *std::move(spec);
}

constexpr std::string_view old_group = "shop__web__production__6";
constexpr std::string_view new_group = "shop__web__production__7";

/// When a step began and ended.
struct Span {
    TimePoint begun{};
    TimePoint ended{};
};

Span span_of(const World& world, std::string_view step) {
    Span span;
    for (const Event& event : world.events) {
        if (const auto* started = std::get_if<StepStartedEvent>(&event.body);
            started && started->step == step)
            span.begun = event.at;
        if (const auto* ended = std::get_if<StepEndedEvent>(&event.body);
            ended && ended->step == step)
            span.ended = event.at;
    }
    return span;
}

/// The requests `name` about `group` while `step` ran.
std::vector<TimePoint> times_in(const World& world, std::string_view step, std::string_view name,
                                std::string_view group) {
    const Span span = span_of(world, step);
    std::vector<TimePoint> times = world.times(name, group);
    std::erase_if(times, [&](TimePoint at) { return at < span.begun || at > span.ended; });
    return times;
}

TEST_CASE("a plan costs one list and the reads of the groups that it decides about") {
    World world(canary_scenario_text());
    const auto planned = plan(example_spec(), world.ports());
    REQUIRE(planned);
    const Counts expected{
        {"list_groups", 1},
        {"read_status", 3},      // revision 6, which serves, and 1 and 2, which are to be deleted
        {"read_health", 3},      // the same
        {"read_suspensions", 1}, // revision 6, which has policies and schedules
        {"read_rolls", 1},       // revision 6, the only one with capacity
    };
    CHECK(world.counts() == expected);
}

TEST_CASE("a canary deployment makes exactly these calls") {
    World world(canary_scenario_text());
    CHECK(world.deploy(example_spec()).kind == OutcomeKind::done);
    const Counts expected{
        {"list_groups", 3},      // one per observation: the plan's, setup.confirm's; setup.unique's
        {"read_rolls", 2},       // revision 6 in both observations
        {"read_suspensions", 6}, // the same, and before each of the four holds and releases
        {"read_group", 8},       // before each of the six scalings and the two deletes
        // Three groups in both observations (6), the looks below that could be enough (7), the
        // previous group before each of its three down-sizes, because of the floor (3), until it is
        // empty (5), and the two groups before they are deleted (2).
        {"read_status", 23},
        // Three groups in both observations (6), the looks (25), the floor (3).
        {"read_health", 34},
        {"create_group", 1},
        {"suspend_processes", 3}, // both groups, and the previous one for good
        {"resume_processes", 1},  // the new group
        {"scale_group", 6},       // both groups in each of the three phases
        {"delete_group", 2},      // revisions 1 and 2: the newest three empty ones stay
    };
    CHECK(world.counts() == expected);
}

TEST_CASE("looks at a growing group are few, and list its instances only when it may be enough") {
    World world(canary_scenario_text());
    CHECK(world.deploy(example_spec()).kind == OutcomeKind::done);
    struct Row {
        std::string_view step;
        std::ptrdiff_t looks;
        std::ptrdiff_t lists; ///< of the instances: healthy, and after stable_for
    };
    constexpr Row rows[] = {
        {"phase-1.await-new", 10, 2},  // every 10 s with nothing known, then an eighth of the time
        {"phase-1.recheck-new", 1, 1}, // it was steady before the bake, and still is
        {"phase-2.await-new", 8, 2},   // not before 60 and 70 s, then every twelfth of 93 s
        {"phase-3.await-new", 6, 2},
    };
    for (const Row& row : rows) {
        CAPTURE(row.step);
        CHECK(std::ssize(times_in(world, row.step, "read_health", new_group)) == row.looks);
        CHECK(std::ssize(times_in(world, row.step, "read_status", new_group)) == row.lists);
    }
    CHECK(times_in(world, "finish.await-previous", "read_status", old_group).size() == 5);
}

/// Whether a request that was due at `due` is among `times`: it arrives half a latency of 20 to
/// 80 ms later.
bool has_request(const std::vector<TimePoint>& times, TimePoint due) {
    return std::ranges::any_of(times,
                               [&](TimePoint at) { return at >= due + 10ms && at <= due + 40ms; });
}

TEST_CASE("every look comes when the rule of polling says") {
    World world(canary_scenario_text());
    const DeploymentSpec spec = example_spec();
    const Timing timing = spec.timing;
    CHECK(world.deploy(spec).kind == OutcomeKind::done);
    int checked = 0;
    std::string step;
    std::optional<TimePoint> steady_since;
    for (const Event& event : world.events) {
        const auto* progress = std::get_if<ProgressEvent>(&event.body);
        if (!progress)
            continue;
        CAPTURE(progress->step);
        CAPTURE(progress->elapsed.count());
        if (std::exchange(step, progress->step) != progress->step)
            steady_since.reset();
        const bool is_growing = progress->step.starts_with("phase-");
        TimePoint due =
            event.at + poll_interval(progress->elapsed, progress->expected, std::nullopt, timing);
        if (is_growing && progress->new_group->healthy >= progress->wanted) {
            steady_since = steady_since.value_or(event.at);
            due = *steady_since + timing.stable_for;
            if (event.at >= due || progress->step == "phase-1.recheck-new")
                continue; // The wait has ended.
        }
        const auto times = is_growing ? times_in(world, progress->step, "read_health", new_group)
                                      : times_in(world, progress->step, "read_status", old_group);
        CHECK(has_request(times, due));
        ++checked;
    }
    CHECK(checked == 21 + 4); // all looks but the last of each wait
}

TEST_CASE("the example sends exactly the changes that its plan lists, in order") {
    World world(canary_scenario_text());
    const DeploymentSpec spec = example_spec();
    const auto planned = plan(spec, world.ports());
    REQUIRE(planned);
    CHECK(world.changes().empty());
    CHECK(world.deploy(spec).kind == OutcomeKind::done);
    CHECK(world.changes() == listed_changes(planned->plan, world));
    CHECK(world.changes().size() == 13);
    CHECK(world.lowest_healthy() == 4);
}

} // namespace
} // namespace elastiroll::test::call_counts_test
