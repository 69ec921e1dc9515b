#include "world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

namespace elastiroll::test::safety_test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view halves =
    R"({"strategy": "canary", "phases": [{"percent": 50}, {"percent": 100}]})";

std::string scenario_with(std::string_view members) {
    return R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}], )" + std::string(members) + "}";
}

bool is_read(const sim::LoggedCall& call) {
    return call.name.starts_with("read_") || call.name == "list_groups";
}

bool only_reads(const World& world) { return std::ranges::all_of(world.cloud.log(), is_read); }

TEST_CASE("a canary that somebody left behind is not taken for the serving group (scenario 30)") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "9/9/9"},
                               {"name": "app__8", "capacity": "1/1/1"}]})");
    const Outcome refused = world.deploy(make_spec());
    CHECK(refused.kind == OutcomeKind::refused);
    CHECK(refused.error->category == ErrorCategory::conflict);
    CHECK(contains(refused.error->message, "app__7"));
    CHECK(contains(refused.error->message, "app__8"));
    CHECK(contains(refused.error->message, "--previous"));
    CHECK(only_reads(world));

    world.id = DeploymentId("01ksecond");
    const Outcome named = world.deploy(make_spec(
        R"({"previous": "app__7", "instances": {"minimum": 9, "target": 9, "maximum": 9}})"));
    CHECK(named.kind == OutcomeKind::done);
    CHECK(contains(world.notices(), "app__8"));
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 0/0/0", "app__9 9/9/9"});
    CHECK(world.changes() == Texts{"create_group app__9", "scale_group app__8 0/0/0",
                                   "scale_group app__9 9/9/9", "scale_group app__7 0/0/0"});
    CHECK(world.lowest_healthy() >= 9);
}

TEST_CASE("a deployment of ours that did not end is found by its mark (scenario 30)") {
    World world(scenario_with(R"("seed": 3)"));
    world.deploy(make_spec(halves), [&](Fleet&) { return world.changes().size() < 3; });
    world.crash();
    world.id = DeploymentId("01ksecond");
    const Texts before = world.changes();
    const Outcome unfinished = world.deploy(make_spec(halves));
    CHECK(unfinished.kind == OutcomeKind::refused);
    CHECK(contains(unfinished.error->message, "elastiroll resume 01kdeployment"));
    CHECK(contains(unfinished.error->message, "elastiroll rollback 01kdeployment"));

    world.forget();
    const Outcome refused = world.deploy(make_spec(halves));
    CHECK(refused.kind == OutcomeKind::refused);
    CHECK(contains(refused.error->message, "app__7"));
    CHECK(contains(refused.error->message, "rollback"));
    CHECK(world.changes() == before);
}

TEST_CASE("two groups of one name are refused with both ids (scenario 31)") {
    World world(R"({"groups": [
        {"name": "app__7", "id": "sig-0000000a", "capacity": "2/4/8"},
        {"name": "app__7", "id": "sig-0000000b", "capacity": "1/1/1"}]})");
    const Outcome outcome = world.deploy(make_spec());
    CHECK(outcome.kind == OutcomeKind::refused);
    CHECK(contains(outcome.error->message, "sig-0000000a"));
    CHECK(contains(outcome.error->message, "sig-0000000b"));
    CHECK(only_reads(world));
}

TEST_CASE("a rollback raises the previous group before the new one goes (scenario 40)") {
    World world(scenario_with(R"("instances": [{"group": "app__8", "from": 3,
                                                "healthy": "never"}])"));
    const Outcome outcome = world.deploy(make_spec(halves));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    CHECK(exit_status(outcome) == 1);
    CHECK(world.changes() == Texts{"create_group app__8", "scale_group app__8 2/2/2",
                                   "scale_group app__7 2/2/2", "scale_group app__8 2/4/8",
                                   "scale_group app__7 2/4/8", "scale_group app__8 0/0/0",
                                   "delete_group app__8"});
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
    CHECK(world.healthy("app__7") == 4);
    CHECK(world.lowest_healthy() == 4);
    CHECK(outcome.serving == world.cloud.find("app__7")->id);
}

TEST_CASE("a rollback keeps what the previous group has grown to (scenario 40)") {
    World world(scenario_with(R"("instances": [{"group": "app__8", "from": 3,
                                                "healthy": "never"}],
        "events": [{"when": {"after": "target", "group": "app__8", "units": 4},
                    "capacity": {"group": "app__7", "to": "2/6/6"}}])"));
    CHECK(world.deploy(make_spec(halves)).kind == OutcomeKind::rolled_back);
    CHECK(world.capacities() == Texts{"app__7 2/6/8"});
}

TEST_CASE("a finished deployment can be undone from its journal alone (scenario 41)") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8", "document": )" +
                std::string(scaling_group) + "}]}");
    CHECK(world.deploy(make_spec(halves, scaling_group)).kind == OutcomeKind::done);
    CHECK(world.capacity("app__7") == "0/0/0");
    world.pass(2h);
    world.crash();
    const Outcome outcome = world.resume(ResumeMode::roll_back);
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
    CHECK(world.suspended("app__7").empty());
    CHECK(world.healthy("app__7") == 4);
    CHECK(world.lowest_healthy() == 4);
}

TEST_CASE("cleanup that fails is a warning, and resume does it (scenario 42)") {
    struct Row {
        std::string_view why;
        const char* fault;
        const char* step;
    };
    constexpr Row rows[] = {
        {"the delete is refused", R"({"call": "delete_group", "group": "app__1", "count": 1,
            "answer": {"status": 400, "code": "NO", "message": "not now"}})",
         "cleanup.delete-1"},
        {"the down-size is refused", R"({"call": "scale_group", "group": "app__7", "count": 1,
            "answer": {"status": 400, "code": "NO", "message": "not now"}})",
         "finish.park-previous"},
        {"the down-size fails until the deadline",
         R"({"call": "scale_group", "group": "app__7", "until": "1h",
            "answer": {"status": 503}})",
         "finish.park-previous"},
        {"the instances do not go in time", R"({"call": "read_status", "group": "app__7",
            "nth": 3, "count": "all", "until": "1h", "answer": {"status": 400, "code": "NO"}})",
         "finish.await-previous"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(R"({"groups": [
            {"name": "app__1", "capacity": "0/0/0"}, {"name": "app__2", "capacity": "0/0/0"},
            {"name": "app__3", "capacity": "0/0/0"}, {"name": "app__4", "capacity": "0/0/0"},
            {"name": "app__7", "capacity": "2/4/8"}], "faults": [)" +
                    std::string(row.fault) + "]}");
        const Outcome outcome = world.deploy(make_spec());
        CHECK(outcome.kind == OutcomeKind::done);
        CHECK(exit_status(outcome) == 0);
        CHECK(world.capacity("app__8") == "2/4/8");
        const auto is_about_step = [&](const std::string& text) {
            return contains(text, row.step);
        };
        CHECK(std::ranges::any_of(outcome.warnings, is_about_step));

        world.pass(1h);
        world.crash();
        const Outcome again = world.resume();
        CHECK(again.kind == OutcomeKind::done);
        CHECK(again.warnings.empty());
        CHECK(world.capacities() == Texts{"app__2 0/0/0", "app__3 0/0/0", "app__4 0/0/0",
                                          "app__7 0/0/0", "app__8 2/4/8"});
    }
}

TEST_CASE("no schedule raises a parked group, and foreign suspensions stay (scenario 46)") {
    constexpr std::string_view automation = R"({
        "scaling": {"up": [{"policyName": "busy", "adjustment": 1}]},
        "scheduling": {"tasks": [{"taskType": "scale", "isEnabled": true,
            "cronExpression": "0 9 * * *", "scaleMinCapacity": 4, "scaleTargetCapacity": 6,
            "scaleMaxCapacity": 8}]}})";
    World world(R"({"start": "2026-03-02T08:59:00Z", "groups": [{"name": "app__7",
        "capacity": "2/4/8", "suspended": ["AUTO_HEALING"], "document": )" +
                std::string(automation) + "}]}");
    CHECK(world.deploy(make_spec("{}", automation)).kind == OutcomeKind::done);
    CHECK(world.changes() ==
          Texts{"suspend_processes app__7 AUTO_SCALE SCHEDULING", "create_group app__8",
                "suspend_processes app__8 AUTO_SCALE SCHEDULING", "scale_group app__8 2/4/8",
                "resume_processes app__8 AUTO_SCALE SCHEDULING",
                "suspend_processes app__7 AUTO_SCALE SCHEDULING", "scale_group app__7 0/0/0"});
    CHECK(world.suspended("app__7") == Texts{"AUTO_HEALING", "AUTO_SCALE", "SCHEDULING"});
    CHECK(world.suspended("app__8") == Texts{});
    world.pass(49h);
    CHECK(world.capacity("app__7") == "0/0/0");
    CHECK(world.capacity("app__8") == "4/6/8");
}

TEST_CASE("what others had suspended is neither posted nor deleted (scenario 46)") {
    for (const bool fails : {false, true}) {
        CAPTURE(fails);
        World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8",
            "suspended": ["SCHEDULING"], "document": )" +
                    std::string(scaling_group) + R"(}], "instances": [{"group": "app__8",
            "from": 3, "healthy": ")" +
                    (fails ? "never" : "60s") + R"("}]})");
        const Outcome outcome = world.deploy(make_spec());
        CHECK(outcome.kind == (fails ? OutcomeKind::rolled_back : OutcomeKind::done));
        for (const std::string& change : world.changes())
            CHECK_MESSAGE(!contains(change, "SCHEDULING"), change);
        CHECK(world.suspended("app__7") ==
              (fails ? Texts{"SCHEDULING"} : Texts{"AUTO_SCALE", "SCHEDULING"}));
    }
}

TEST_CASE("a hold outlives a process that dies and ends by itself (scenario 46)") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8", "document": )" +
                std::string(scaling_group) + "}]}");
    world.deploy(make_spec("{}", scaling_group),
                 [&](Fleet&) { return world.changes().size() < 3; });
    world.crash();
    world.pass(20min);
    CHECK(world.suspended("app__7") == Texts{"AUTO_SCALE", "SCHEDULING"});
    world.pass(40min);
    CHECK(world.suspended("app__7") == Texts{});
}

TEST_CASE("a serving group that was created 400 days ago is found (scenario 48)") {
    World world(R"({"groups": [{"name": "app__3", "capacity": "2/4/8", "created": "400d"}]})");
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    CHECK(world.capacities() == Texts{"app__3 0/0/0", "app__4 2/4/8"});
}

TEST_CASE("suffixes that are no revisions are named and left alone (scenario 49)") {
    World world(R"({"groups": [{"name": "app__99999999999", "capacity": "1/1/1"},
        {"name": "app__007", "capacity": "1/1/1"}, {"name": "app__6", "capacity": "2/4/8"}]})");
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    CHECK(world.capacities() ==
          Texts{"app__007 1/1/1", "app__6 0/0/0", "app__7 2/4/8", "app__99999999999 1/1/1"});
    CHECK(contains(world.notices(), "app__99999999999"));
    CHECK(contains(world.notices(), "app__007"));
}

TEST_CASE("a stateful group is deleted only as the spec says (scenario 50)") {
    constexpr const char* scenario = R"({"groups": [
        {"name": "app__1", "capacity": "0/0/0",
         "document": {"strategy": {"persistence": {"shouldPersistRootDevice": true}}}},
        {"name": "app__7", "capacity": "2/4/8"}]})";
    World refusing(scenario);
    const Outcome refused = refusing.deploy(make_spec(R"({"retention": 0})"));
    CHECK(refused.kind == OutcomeKind::refused);
    CHECK(contains(refused.error->message, "app__1"));
    CHECK(only_reads(refusing));

    World world(scenario);
    const Outcome outcome = world.deploy(make_spec(R"({"retention": 0,
        "deallocation": {"statefulDeallocation": {"shouldDeleteVolumes": true}}})"));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(world.capacity("app__1") == "gone");
    const auto& log = world.cloud.log();
    const auto deleted = std::ranges::find(log, "delete_group", &sim::LoggedCall::name);
    REQUIRE(deleted != log.end());
    CHECK(deleted->body == R"({"statefulDeallocation":{"shouldDeleteVolumes":true}})");
}

TEST_CASE("a running roll stops the deployment before any change (scenario 51)") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8",
        "rolls": [{"id": "sbgd-0a1b2c3d", "status": "in_progress"}]}]})");
    const Outcome outcome = world.deploy(make_spec());
    CHECK(outcome.kind == OutcomeKind::refused);
    CHECK(exit_status(outcome) == 2);
    CHECK(outcome.error->category == ErrorCategory::conflict);
    CHECK(contains(outcome.error->message, "sbgd-0a1b2c3d"));
    CHECK(only_reads(world));
}

TEST_CASE("the waits of one phase share its deadline (scenario 52)") {
    // Growing takes some six minutes, and three locked instances keep the other from getting small.
    World world(R"({"draining": "15m", "groups": [{"name": "app__7", "capacity": "2/4/8",
        "locked": {"count": 3, "for": "2h"}}],
        "instances": [{"group": "app__8", "to": 4, "healthy": "6m"}]})");
    const Outcome outcome = world.deploy(make_spec(R"({"strategy": "canary", "await_old": true,
        "timing": {"phase_deadline": "10m"}, "phases": [{"percent": 50}, {"percent": 100}]})"));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    REQUIRE(outcome.error);
    CHECK(outcome.error->category == ErrorCategory::timeout);
    CHECK(contains(outcome.error->message, "phase-1.await-previous"));

    TimePoint begun{};
    TimePoint failed{};
    for (const JournalRecord& record : world.journal()) {
        if (const auto* started = std::get_if<StepStartedEntry>(&record.entry);
            started && started->step == "phase-1.scale-new")
            begun = record.at;
        if (std::holds_alternative<FailedEntry>(record.entry))
            failed = record.at;
    }
    CHECK(failed - begun >= 10min);
    CHECK(failed - begun < 10min + 1s);
    for (const Event& event : world.events) {
        const auto* progress = std::get_if<ProgressEvent>(&event.body);
        if (progress && progress->step.starts_with("phase-1"))
            CHECK(event.at + progress->left == begun + 10min);
    }
}

TEST_CASE("a call that hangs does not hold a wait beyond its deadline (scenario 52)") {
    World world(scenario_with(R"("instances": [{"group": "app__8", "healthy": "never"}],
        "faults": [{"call": "read_health", "group": "app__8", "from": "3m", "until": "9m",
                    "delay": "1h"}])"));
    const Outcome outcome = world.deploy(make_spec(R"({"timing": {"phase_deadline": "5m"}})"));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    TimePoint deadline{};
    TimePoint failed{};
    for (const JournalRecord& record : world.journal()) {
        if (const auto* started = std::get_if<StepStartedEntry>(&record.entry);
            started && started->step == "phase-1.await-new")
            deadline = started->deadline;
        if (std::holds_alternative<FailedEntry>(record.entry))
            failed = record.at;
    }
    CHECK(failed >= deadline);
    CHECK(failed < deadline + 1s);
}

TEST_CASE("plan only reads, and deploy sends what it listed (scenario 54)") {
    struct Row {
        std::string_view why;
        std::string_view workflow;
        std::string_view group;
        const char* scenario;
    };
    const Row rows[] = {
        {"a first deployment", "{}", "{}", "{}"},
        {"a basic one", "{}", "{}", R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})"},
        {"phases", halves, "{}", R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})"},
        {"automation and older groups", halves, scaling_group,
         R"({"groups": [{"name": "app__1", "capacity": "0/0/0"},
             {"name": "app__2", "capacity": "0/0/0"}, {"name": "app__3", "capacity": "0/0/0"},
             {"name": "app__4", "capacity": "0/0/0"}, {"name": "app__6", "capacity": "1/1/1"},
             {"name": "app__7", "capacity": "2/4/8",
              "document": {"scaling": {"up": [{"policyName": "busy", "adjustment": 1}]}}}]})"},
        {"the old group first", R"({"order": "old_first", "floor": 0})", "{}",
         R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})"},
        {"no instances", R"({"allow_zero": true,
             "instances": {"minimum": 0, "target": 0, "maximum": 0}})",
         "{}", R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(row.scenario);
        const DeploymentSpec spec = make_spec(row.workflow, row.group);
        const auto planned = plan(spec, world.ports());
        REQUIRE(planned);
        CHECK(only_reads(world));

        CHECK(world.deploy(spec).kind == OutcomeKind::done);
        const Texts listed = listed_changes(planned->plan, world);
        CHECK(world.changes() == listed);
        CHECK(planned->plan.preview.mutating_calls == std::ssize(listed));
        CHECK(world.lowest_healthy() >= planned->plan.preview.lowest);
    }
}

} // namespace
} // namespace elastiroll::test::safety_test
