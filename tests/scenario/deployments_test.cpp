#include "world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace elastiroll::test::deployments_test {
namespace {

constexpr std::string_view one_group = R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})";

TEST_CASE("a first deployment makes revision 1 at 0/0/0 and scales it once (scenario 1)") {
    World world("{}");
    const Outcome outcome =
        world.deploy(make_spec(R"({"instances": {"minimum": 1, "target": 2, "maximum": 4}})"));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(world.changes() == Texts{"create_group app__1", "scale_group app__1 1/2/4"});
    CHECK(to_text(*world.create_body().find_path({"group", "capacity"})) ==
          R"({"minimum":0,"target":0,"maximum":0,"unit":"instance"})");
    CHECK(world.capacities() == Texts{"app__1 1/2/4"});
    CHECK(world.healthy("app__1") == 2);
    CHECK(outcome.serving == world.cloud.find("app__1")->id);
}

TEST_CASE("a basic deployment never has fewer healthy instances than before (scenario 2)") {
    World world(one_group);
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    CHECK(world.changes() ==
          Texts{"create_group app__8", "scale_group app__8 2/4/8", "scale_group app__7 0/0/0"});
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
    CHECK(world.healthy("app__8") == 4);
    CHECK(world.cloud.find("app__7")->present == 0);
    CHECK(world.lowest_healthy() == 4);
}

TEST_CASE("phases pin both groups and move them in inverse proportion (scenario 3)") {
    World world(one_group);
    const Outcome outcome = world.deploy(make_spec(R"({"strategy": "canary",
        "phases": [{"percent": 10}, {"percent": 50}, {"percent": 100}]})"));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(world.changes() == Texts{"create_group app__8", "scale_group app__8 1/1/1",
                                   "scale_group app__7 3/3/3", "scale_group app__8 2/2/2",
                                   "scale_group app__7 2/2/2", "scale_group app__8 2/4/8",
                                   "scale_group app__7 0/0/0"});
    CHECK(world.lowest_healthy() == 4);
}

TEST_CASE("percents round half up, and equal sizes are one call (scenario 4)") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "5/5/5"}]})");
    const Outcome outcome = world.deploy(make_spec(R"({"strategy": "canary",
        "instances": {"minimum": 5, "target": 5, "maximum": 5},
        "phases": [{"percent": 10}, {"percent": 30}, {"percent": 50}, {"percent": 70},
                   {"percent": 90}, {"percent": 100}]})"));
    CHECK(outcome.kind == OutcomeKind::done);
    // 90 % is all five already, so 100 % only takes the previous group away.
    CHECK(world.changes() ==
          Texts{"create_group app__8", "scale_group app__8 1/1/1", "scale_group app__7 4/4/4",
                "scale_group app__8 2/2/2", "scale_group app__7 3/3/3", "scale_group app__8 3/3/3",
                "scale_group app__7 2/2/2", "scale_group app__8 4/4/4", "scale_group app__7 1/1/1",
                "scale_group app__8 5/5/5", "scale_group app__7 0/0/0"});
    CHECK(world.lowest_healthy() == 5);
}

TEST_CASE("a down-size that is above the present size is refused (scenario 5)") {
    World world(one_group);
    const Outcome outcome = world.deploy(make_spec(R"({"strategy": "canary",
        "phases": [{"percent": 50, "old_count": 10}, {"percent": 100}]})"));
    CHECK(outcome.kind == OutcomeKind::refused);
    CHECK(exit_status(outcome) == 2);
    REQUIRE(outcome.error);
    CHECK(outcome.error->category == ErrorCategory::invalid_argument);
    CHECK(world.changes().empty());
}

TEST_CASE("revisions order as numbers, and look-alikes are never touched (scenario 6)") {
    World world(R"({"groups": [
        {"name": "app__2", "capacity": "0/0/0"}, {"name": "app__10", "capacity": "2/4/8"},
        {"name": "app__9", "capacity": "0/0/0"}, {"name": "app__x", "capacity": "1/1/1"},
        {"name": "app__10b", "capacity": "1/1/1"}, {"name": "app__", "capacity": "1/1/1"},
        {"name": "app2__11", "capacity": "1/1/1"}]})");
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    CHECK(world.changes() ==
          Texts{"create_group app__11", "scale_group app__11 2/4/8", "scale_group app__10 0/0/0"});
    for (const sim::LoggedCall& call : world.cloud.log()) {
        const std::string name = world.name_of(call.group);
        CAPTURE(call.name);
        CHECK_MESSAGE((name.empty() || name == "app__10" || name == "app__11"), name);
    }
}

TEST_CASE(
    "what was empty at setup is deleted beyond three, what is parked now stays (scenario 7)") {
    World world(R"({"groups": [
        {"name": "app__1", "capacity": "0/0/0"}, {"name": "app__2", "capacity": "0/0/0"},
        {"name": "app__3", "capacity": "0/0/0"}, {"name": "app__4", "capacity": "0/0/0"},
        {"name": "app__5", "capacity": "0/0/0"}, {"name": "app__6", "capacity": "0/0/0"},
        {"name": "app__7", "capacity": "1/1/1"}, {"name": "app__8", "capacity": "0/2/2"},
        {"name": "app__9", "capacity": "2/4/8"}]})");
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    CHECK(world.changes() == Texts{"create_group app__10", "scale_group app__7 0/0/0",
                                   "scale_group app__8 0/0/0", "scale_group app__10 2/4/8",
                                   "scale_group app__9 0/0/0", "delete_group app__1",
                                   "delete_group app__2", "delete_group app__3"});
    CHECK(world.capacities() == Texts{"app__10 2/4/8", "app__4 0/0/0", "app__5 0/0/0",
                                      "app__6 0/0/0", "app__7 0/0/0", "app__8 0/0/0",
                                      "app__9 0/0/0"});
}

TEST_CASE("the new group gets the size that the previous one has grown to (scenario 8)") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/9/20"}]})");
    CHECK(world.deploy(make_spec(R"({"instances": "same_as_running"})")).kind == OutcomeKind::done);
    CHECK(world.capacity("app__8") == "2/9/20");
    CHECK(world.lowest_healthy() == 9);
}

TEST_CASE("where nothing runs, the same as running is 1/2/4 and a notice (scenario 8)") {
    World world("{}");
    CHECK(world.deploy(make_spec(R"({"instances": "same_as_running"})")).kind == OutcomeKind::done);
    CHECK(world.capacity("app__1") == "1/2/4");
    CHECK(contains(world.notices(), "1/2/4"));
}

TEST_CASE("deploying what serves already changes nothing (scenario 12)") {
    World world(one_group);
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    const Texts before = world.changes();
    world.id = DeploymentId("01ksecond");
    const Outcome again = world.deploy(make_spec());
    CHECK(again.kind == OutcomeKind::nothing_to_do);
    CHECK(exit_status(again) == 0);
    CHECK(again.serving == world.cloud.find("app__8")->id);
    CHECK(world.changes() == before);
    world.id = DeploymentId("01kthird");
    CHECK(world.deploy(make_spec(R"({})", "{}", R"({"image": {"id": "ami-0123456789abcdef9"}})"))
              .kind == OutcomeKind::done);
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 0/0/0", "app__9 2/4/8"});
}

} // namespace
} // namespace elastiroll::test::deployments_test
