#include "world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

namespace elastiroll::test::health_test {
namespace {

using namespace std::chrono_literals;

std::string scenario_with(std::string_view members) {
    return R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}], )" + std::string(members) + "}";
}

/// When the group `name` had `units` healthy for the first time.
TimePoint first_time_at(const World& world, std::string_view name, int units) {
    for (const sim::HealthyChange& change : world.cloud.healthy_changes())
        if (world.name_of(change.group) == name && change.healthy >= units)
            return change.at;
    FAIL("it never was");
    return {};
}

int healthy_at(const World& world, std::string_view name, TimePoint time) {
    int healthy = 0;
    for (const sim::HealthyChange& change : world.cloud.healthy_changes())
        if (world.name_of(change.group) == name && change.at <= time)
            healthy = change.healthy;
    return healthy;
}

TEST_CASE("a target that grows within its bounds is what the final wait is for (scenario 34)") {
    World world(scenario_with(R"("events": [
        {"when": {"after": "target", "group": "app__8", "units": 4, "delay": "20s"},
         "capacity": {"to": "2/6/8"}}])"));
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/6/8"});
    const auto parked = world.times("scale_group", "app__7");
    REQUIRE(parked.size() == 1);
    CHECK(healthy_at(world, "app__8", parked[0]) == 6);
}

TEST_CASE("a policy acts only after the final size is reached, and then its target counts "
          "(scenario 34)") {
    World world(scenario_with(R"("events": [
        {"when": {"after": "target", "group": "app__8", "units": 4, "delay": "20s"},
         "policy": {"target": 6}},
        {"when": {"after": "call", "call": "resume_processes", "group": "app__8", "delay": "20s"},
         "policy": {"target": 7}}])"));
    const Outcome outcome = world.deploy(make_spec(
        R"({"strategy": "canary", "phases": [{"percent": 100, "bake": "2m"}]})", scaling_group));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(world.changes() ==
          Texts{"create_group app__8", "suspend_processes app__8 AUTO_SCALE SCHEDULING",
                "scale_group app__8 2/4/8", "resume_processes app__8 AUTO_SCALE SCHEDULING",
                "scale_group app__7 0/0/0"});
    CHECK(world.capacity("app__8") == "2/7/8");
    CHECK(healthy_at(world, "app__8", world.times("scale_group", "app__7")[0]) == 7);
}

TEST_CASE("more instances than wanted are steady too (scenario 35)") {
    World world(scenario_with(R"("events": [
        {"when": {"after": "healthy", "group": "app__8", "units": 4, "delay": "1s"},
         "surge": {"count": 1}}])"));
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    const TimePoint steady = first_time_at(world, "app__8", 4);
    CHECK(world.times("scale_group", "app__7")[0] < steady + 60s);
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
}

TEST_CASE("one instance of unknown health starts the stable time anew (scenario 35)") {
    World world(scenario_with(R"("events": [
        {"when": {"after": "healthy", "group": "app__8", "units": 4, "delay": "10s"},
         "health": {"count": 1, "status": "UNKNOWN", "for": "60s"}}])"));
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    const TimePoint steady = first_time_at(world, "app__8", 4);
    CHECK(world.times("scale_group", "app__7")[0] >= steady + 10s + 60s + 30s);
}

TEST_CASE("two instances of weight 4 are a target of 8 (scenario 36)") {
    World world("{}");
    const Outcome outcome = world.deploy(
        make_spec(R"({"instances": {"minimum": 8, "target": 8, "maximum": 8}})",
                  R"({"capacity": {"unit": "weight"}, "compute": {"instanceTypes": {"weights": [
            {"instanceType": "m5.large", "weightedCapacity": 4},
            {"instanceType": "m5a.large", "weightedCapacity": 4}]}}})"));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(world.healthy("app__1") == 8);
    CHECK(world.cloud.healthy_changes().size() == 2);
    CHECK(world.changes() == Texts{"create_group app__1", "scale_group app__1 8/8/8"});
}

TEST_CASE("a locked instance of the parked group is named and the release stands (scenario 38)") {
    World world(R"({"start": "2026-03-02T08:00:00Z", "groups": [{"name": "app__7",
        "capacity": "2/4/8", "locked": {"count": 1, "for": "2h"}}]})");
    const Outcome outcome = world.deploy(make_spec());
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(exit_status(outcome) == 0);
    REQUIRE(outcome.warnings.size() == 1);
    CHECK(contains(outcome.warnings[0], "finish.await-previous"));
    CHECK(contains(outcome.warnings[0], "is locked until 2026-03-02T10:00:00Z"));
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
}

TEST_CASE("the previous group waits until interrupted instances are replaced (scenario 39)") {
    World world(scenario_with(R"("events": [
        {"when": {"after": "healthy", "group": "app__8", "units": 4, "delay": "10s"},
         "interrupt": {"count": 2}}])"));
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    const auto parked = world.times("scale_group", "app__7");
    REQUIRE(parked.size() == 1);
    CHECK(parked[0] > first_time_at(world, "app__8", 4) + 30s);
    CHECK(healthy_at(world, "app__8", parked[0]) == 4);
    CHECK(world.lowest_healthy() == 4);
}

TEST_CASE("interrupted instances that are not replaced in time end in a rollback (scenario 39)") {
    World world(scenario_with(R"("instances": [{"group": "app__8", "from": 5, "healthy": "never"}],
        "events": [{"when": {"after": "healthy", "group": "app__8", "units": 4, "delay": "10s"},
                    "interrupt": {"count": 2}}])"));
    const Outcome outcome = world.deploy(make_spec());
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    CHECK(outcome.error->category == ErrorCategory::timeout);
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
    CHECK(world.count("scale_group", "app__7") == 0);
    CHECK(world.lowest_healthy() == 4);
}

} // namespace
} // namespace elastiroll::test::health_test
