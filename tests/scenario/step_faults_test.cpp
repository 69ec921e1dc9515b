#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace elastiroll::test::step_faults_test {
namespace {

// One deployment that makes every kind of mutating call, and every fault of one of them.

constexpr std::string_view groups = R"("groups": [
    {"name": "app__1", "capacity": "0/0/0"}, {"name": "app__2", "capacity": "0/0/0"},
    {"name": "app__3", "capacity": "0/0/0"}, {"name": "app__4", "capacity": "0/0/0"},
    {"name": "app__7", "capacity": "2/4/8",
     "document": {"scaling": {"up": [{"policyName": "busy", "adjustment": 1}]}}}])";
constexpr std::string_view halves =
    R"({"strategy": "canary", "phases": [{"percent": 50}, {"percent": 100}]})";

/// A mutating call of that deployment.
struct Target {
    std::string why;
    std::string call;
    std::string group;
    int nth;             ///< among the calls of this kind about the group
    OutcomeKind refused; ///< how the deployment ends where Spot refuses the call for good
    std::string step;    ///< that warns where the release stands
};

const Target targets[] = {
    {"hold the previous group", "suspend_processes", "app__7", 1, OutcomeKind::unchanged, ""},
    {"create", "create_group", "app__8", 1, OutcomeKind::rolled_back, ""},
    {"hold the new group", "suspend_processes", "app__8", 1, OutcomeKind::rolled_back, ""},
    {"the new group up", "scale_group", "app__8", 1, OutcomeKind::rolled_back, ""},
    {"the previous group down", "scale_group", "app__7", 1, OutcomeKind::rolled_back, ""},
    {"the new group to its end", "scale_group", "app__8", 2, OutcomeKind::rolled_back, ""},
    {"release the new group", "resume_processes", "app__8", 1, OutcomeKind::done,
     "phase-2.release-new"},
    {"hold the parked group", "suspend_processes", "app__7", 2, OutcomeKind::done,
     "finish.hold-previous"},
    {"park the previous group", "scale_group", "app__7", 2, OutcomeKind::done,
     "finish.park-previous"},
    {"delete an old group", "delete_group", "app__1", 1, OutcomeKind::done, "cleanup.delete-1"},
};

std::string scenario_with(const Target& target, std::string_view effect) {
    return fmt::format(R"({{{}, "faults": [{{"call": "{}", "group": "{}", "nth": {}, {}}}]}})",
                       groups, target.call, target.group, target.nth, effect);
}

/// Name, capacity and suspensions of every group.
Texts state_of(const World& world) {
    Texts texts = world.capacities();
    for (std::string& text : texts)
        for (const std::string& process : world.suspended(text.substr(0, text.find(' '))))
            text += ' ' + process;
    return texts;
}

int effects(const World& world, const Target& target) {
    return static_cast<int>(
        std::ranges::count_if(world.cloud.log(), [&](const sim::LoggedCall& call) {
            return call.is_applied && call.name == target.call &&
                   world.name_of(call.group) == target.group;
        }));
}

TEST_CASE("a passing fault of any change leads to the same end with one effect") {
    struct Fault {
        std::string_view why;
        const char* effect;
    };
    constexpr Fault faults[] = {
        {"applied, and the answer lost", R"("lose": "answer")"},
        {"lost before it was applied", R"("lose": "request")"},
        {"not connected", R"("refuse": true)"},
        {"unavailable three times", R"("count": 3, "answer": {"status": 503})"},
        {"throttled", R"("throttle": "17s")"},
        {"answered by a proxy", R"("answer": {"status": 502, "body": "<html></html>"})"},
        {"hangs beyond the call's timeout", R"("delay": "2m")"},
    };
    World whole(fmt::format("{{{}}}", groups));
    const DeploymentSpec spec = make_spec(halves, scaling_group);
    REQUIRE(whole.deploy(spec).kind == OutcomeKind::done);
    const Texts state = state_of(whole);
    for (const Target& target : targets) {
        CAPTURE(target.why);
        for (const Fault& fault : faults) {
            CAPTURE(fault.why);
            World world(scenario_with(target, fault.effect));
            const Outcome outcome = world.deploy(spec);
            CHECK(outcome.kind == OutcomeKind::done);
            CHECK(outcome.warnings.empty());
            CHECK(state_of(world) == state);
            CHECK(world.lowest_healthy() == 4);
            // How long a suspension lasts cannot be read, so a lasting one is posted again.
            const int again = target.call == "suspend_processes" ? 1 : 0;
            CHECK(effects(world, target) >= effects(whole, target));
            CHECK(effects(world, target) <= effects(whole, target) + again);
        }
    }
}

TEST_CASE("a hold that is carried out after its release is released again") {
    constexpr std::string_view late = R"({{{}, "launch": {{"fulfilled": "1s", "healthy": "2s"}},
        "faults": [{{"call": "suspend_processes", "group": "{}", "late": "80s"}}{}]}})";
    struct Row {
        std::string_view why, group, more;
        OutcomeKind kind;
    };
    const Row rows[] = {
        {"of the previous group, before a rollback", "app__7",
         R"(, {"call": "create_group", "answer": {"status": 400, "code": "NO", "message": "no"}})",
         OutcomeKind::rolled_back},
        {"of the new group, which is soon healthy", "app__8", "", OutcomeKind::done},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(fmt::format(late, groups, row.group, row.more));
        const Outcome outcome = world.deploy(make_spec("{}", scaling_group));
        CHECK(outcome.kind == row.kind);
        CHECK(outcome.warnings.empty());
        world.pass(Milliseconds(300'000));
        CHECK(world.suspended(row.group).empty());
    }
}

TEST_CASE("a change that Spot refuses for good is one call, and ends as its step says") {
    for (const Target& target : targets) {
        CAPTURE(target.why);
        World world(scenario_with(
            target, R"("answer": {"status": 400, "code": "NO", "message": "never"})"));
        const Outcome outcome = world.deploy(make_spec(halves, scaling_group));
        CHECK(outcome.kind == target.refused);
        CHECK(exit_status(outcome) == (target.refused == OutcomeKind::done ? 0 : 1));
        CHECK(world.lowest_healthy() == 4);
        CHECK(std::ranges::count(world.cloud.log(), 400, &sim::LoggedCall::status) == 1);
        if (target.refused == OutcomeKind::done) {
            CHECK(world.capacity("app__8") == "2/4/8");
            REQUIRE(!outcome.warnings.empty());
            CHECK(outcome.warnings.front().starts_with(target.step));
            continue;
        }
        REQUIRE(outcome.error);
        CHECK(outcome.error->category == ErrorCategory::rejected);
        CHECK(contains(outcome.error->message, "never"));
        CHECK(world.capacity("app__7") == "2/4/8");
        CHECK(world.capacity("app__8") == "gone");
        CHECK(world.suspended("app__7").empty());
    }
}

} // namespace
} // namespace elastiroll::test::step_faults_test
