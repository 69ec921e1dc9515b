#include <elastiroll/plan/planner.hpp>

#include "golden.hpp"
#include "line.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace elastiroll::planner_test {
using test::capacity;
using test::group;
using test::line_of;
using test::outline;

namespace {

std::string refusal(const DeploymentSpec& spec, const Snapshot& world) {
    const auto plan = plan_deployment(spec, world);
    return plan ? std::string("planned:\n") + outline(*plan) : to_string(plan.error());
}

/// The plan; an empty one, which no test expects, where it is refused.
DeploymentPlan planned(const DeploymentSpec& spec, const Snapshot& world) {
    const auto plan = plan_deployment(spec, world);
    CHECK_MESSAGE(plan, (plan ? std::string() : to_string(plan.error())));
    return plan ? *plan : DeploymentPlan();
}

GroupState serving() { return group({.name = "shop__web__7", .capacity = capacity(2, 4, 8)}); }

GroupState serving_automated(std::vector<std::string> suspended = {}) {
    return group({.name = "shop__web__7",
                  .capacity = capacity(2, 4, 8),
                  .has_automation = true,
                  .suspended = std::move(suspended)});
}

GroupState empty(int revision, std::optional<int> healthy = {}, int unhealthy = 0) {
    return group({.name = "shop__web__" + std::to_string(revision),
                  .healthy = healthy,
                  .unhealthy = unhealthy});
}

DeploymentSpec automated(DeploymentSpec spec) {
    test::add_automation(spec.group_template);
    return spec;
}

} // namespace

TEST_CASE("a first deployment creates 1/2/4, says so and takes nothing away") {
    const DeploymentPlan plan = planned(test::basic_spec(), line_of({}));
    CHECK(outline(plan) == "setup.create: shop__web__1 create at 0/0/0\n"
                           "setup.unique: make sure it is the only one\n"
                           "phase-1.scale-new: shop__web__1 scale to 1/2/4\n"
                           "phase-1.await-new: shop__web__1 wait for 2 healthy\n");
    CHECK(plan.requested == capacity(1, 2, 4));
    CHECK(plan.previous == std::nullopt);
    CHECK(plan.floor == 0);
    CHECK(plan.notices ==
          std::vector<std::string>{"no group of this line runs, so there is no size to copy; the "
                                   "new group gets 1/2/4 (minimum/target/maximum)"});
    CHECK(plan.preview == PlanPreview{0, 2, 2, {"shop__web__1 to 0/0/0, then deleted"}, {}});
}

TEST_CASE("a basic deployment over a predecessor goes up, then parks it as cleanup") {
    const DeploymentPlan plan = planned(test::basic_spec(), line_of({serving()}));
    CHECK(outline(plan) ==
          "setup.create: shop__web__8 create at 0/0/0\n"
          "setup.unique: make sure it is the only one\n"
          "phase-1.scale-new: shop__web__8 scale to 2/4/8\n"
          "phase-1.await-new: shop__web__8 wait for 4 healthy\n"
          "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
          "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n");
    CHECK(plan.requested == capacity(2, 4, 8));
    CHECK(plan.floor == 4);
    CHECK(plan.previous == PlannedGroup{GroupId("sig-7"), "shop__web__7", capacity(2, 4, 8), 4});
    CHECK(plan.notices == std::vector<std::string>());
    CHECK(plan.preview == PlanPreview{4,
                                      8,
                                      3,
                                      {"shop__web__7 back to 2/4/8 and steady",
                                       "shop__web__8 to 0/0/0, then deleted"},
                                      {}});
}

TEST_CASE("a canary pins both groups until its final phase") {
    const DeploymentPlan plan = planned(test::canary_spec(), line_of({serving()}));
    CHECK(outline(plan) ==
          "setup.create: shop__web__8 create at 0/0/0\n"
          "setup.unique: make sure it is the only one\n"
          "phase-1.scale-new: shop__web__8 scale to 1/1/1\n"
          "phase-1.await-new: shop__web__8 wait for 1 healthy\n"
          "phase-1.scale-previous: shop__web__7 scale to 3/3/3\n"
          "phase-2.scale-new: shop__web__8 scale to 2/2/2\n"
          "phase-2.await-new: shop__web__8 wait for 2 healthy\n"
          "phase-2.scale-previous: shop__web__7 scale to 2/2/2\n"
          "phase-3.scale-new: shop__web__8 scale to 2/4/8\n"
          "phase-3.await-new: shop__web__8 wait for 4 healthy\n"
          "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
          "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n");
    const Step* first = plan.find("phase-1.scale-previous");
    REQUIRE(first);
    CHECK(first->action ==
          StepAction(ScaleGroupStep{GroupId("sig-7"), capacity(2, 4, 8), capacity(3, 3, 3)}));
    const Step* second = plan.find("phase-2.scale-previous");
    REQUIRE(second);
    CHECK(second->action ==
          StepAction(ScaleGroupStep{GroupId("sig-7"), capacity(3, 3, 3), capacity(2, 2, 2)}));
    CHECK(plan.find("phase-9.scale-new") == nullptr);
}

TEST_CASE("phases of one size are one call and a wait each") {
    DeploymentSpec spec = test::canary_spec();
    spec.phases = {
        {Percent{10}, {}, {}, false}, {Percent{20}, {}, {}, false}, {Percent{100}, {}, {}, false}};
    CHECK(outline(planned(spec, line_of({serving()}))) ==
          "setup.create: shop__web__8 create at 0/0/0\n"
          "setup.unique: make sure it is the only one\n"
          "phase-1.scale-new: shop__web__8 scale to 1/1/1\n"
          "phase-1.await-new: shop__web__8 wait for 1 healthy\n"
          "phase-1.scale-previous: shop__web__7 scale to 3/3/3\n"
          "phase-2.await-new: shop__web__8 wait for 1 healthy\n"
          "phase-3.scale-new: shop__web__8 scale to 2/4/8\n"
          "phase-3.await-new: shop__web__8 wait for 4 healthy\n"
          "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
          "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n");
}

TEST_CASE("gates come after a phase's sizes, and what is built upon is looked at again") {
    DeploymentSpec spec = test::canary_spec();
    spec.await_old = true;
    spec.phases = {{Percent{50}, {}, Milliseconds(600'000), true},
                   {Percent{100}, {}, Milliseconds(60'000), false}};
    CHECK(outline(planned(spec, line_of({serving()}))) ==
          "setup.create: shop__web__8 create at 0/0/0\n"
          "setup.unique: make sure it is the only one\n"
          "phase-1.scale-new: shop__web__8 scale to 2/2/2\n"
          "phase-1.await-new: shop__web__8 wait for 2 healthy\n"
          "phase-1.scale-previous: shop__web__7 scale to 2/2/2\n"
          "phase-1.await-previous: shop__web__7 wait for at most 2 active\n"
          "phase-1.bake: watch for 10 min\n"
          "phase-1.approval: wait for approval\n"
          "phase-1.recheck-new: shop__web__8 wait for 2 healthy\n"
          "phase-2.scale-new: shop__web__8 scale to 2/4/8\n"
          "phase-2.await-new: shop__web__8 wait for 4 healthy\n"
          "phase-2.bake: watch for 1 min\n"
          "phase-2.recheck-new: shop__web__8 wait for 4 healthy\n"
          "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
          "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n");
}

TEST_CASE("what scales by itself is held, and a parked group stays held") {
    const DeploymentPlan plan =
        planned(automated(test::basic_spec()),
                line_of({serving_automated(), group({.name = "shop__web__6",
                                                     .capacity = capacity(1, 1, 1),
                                                     .has_automation = true})}));
    CHECK(outline(plan) ==
          "setup.hold-previous: shop__web__7 suspend AUTO_SCALE, SCHEDULING\n"
          "setup.confirm: read the line again\n"
          "setup.create: shop__web__8 create at 0/0/0\n"
          "setup.hold-new: shop__web__8 suspend AUTO_SCALE, SCHEDULING\n"
          "setup.hold-older-6: shop__web__6 suspend AUTO_SCALE, SCHEDULING for good\n"
          "setup.park-older-6: shop__web__6 scale to 0/0/0\n"
          "setup.unique: make sure it is the only one\n"
          "phase-1.scale-new: shop__web__8 scale to 2/4/8\n"
          "phase-1.await-new: shop__web__8 wait for 4 healthy\n"
          "phase-1.release-new: shop__web__8 resume AUTO_SCALE, SCHEDULING (cleanup)\n"
          "finish.hold-previous: shop__web__7 suspend AUTO_SCALE, SCHEDULING for good (cleanup)\n"
          "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
          "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n");
}

TEST_CASE("a hold lasts past the deadlines, bakes and gates of the whole run") {
    DeploymentSpec spec = test::canary_spec();
    spec.timing.phase_deadline = Milliseconds(1'000);
    spec.timing.hold_margin = Milliseconds(7);
    spec.timing.gate_timeout = Milliseconds(100'000);
    spec.phases = {{Percent{50}, {}, Milliseconds(30), true}, {Percent{100}, {}, {}, false}};
    const DeploymentPlan plan = planned(spec, line_of({serving_automated()}));
    const Step* step = plan.find("setup.hold-previous");
    REQUIRE(step);
    CHECK(step->action ==
          StepAction(SuspendProcessesStep{GroupId("sig-7"),
                                          {"AUTO_SCALE", "SCHEDULING"},
                                          HoldKind::timed,
                                          Milliseconds(3 * 1'000 + 30 + 100'000 + 7)}));
}

TEST_CASE("what somebody else has suspended is never ours to suspend") {
    struct Row {
        std::vector<std::string> suspended;
        std::vector<std::string> held; ///< empty: no hold at all
    };
    const Row rows[] = {
        {{}, {"AUTO_SCALE", "SCHEDULING"}},
        {{"AUTO_SCALE"}, {"SCHEDULING"}},
        {{"SCHEDULING"}, {"AUTO_SCALE"}},
        {{"PREVENTIVE_REPLACEMENT"}, {"AUTO_SCALE", "SCHEDULING"}},
        {{"SCHEDULING", "AUTO_SCALE"}, {}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.suspended.size());
        const DeploymentPlan plan =
            planned(test::basic_spec(), line_of({serving_automated(row.suspended)}));
        std::vector<std::string> held;
        for (const Step& step : plan.steps) {
            if (const auto* hold = std::get_if<SuspendProcessesStep>(&step.action)) {
                held = hold->processes;
                CHECK(hold->group == GroupRef(GroupId("sig-7")));
            }
        }
        CHECK(held == row.held);
    }
}

TEST_CASE("the floor is the least of what was wanted, what is healthy and what will be wanted") {
    struct Row {
        const char* why;
        int healthy;
        Capacity requested;
        std::optional<int> set;
        int floor, lowest;
    };
    const Row rows[] = {
        {"all alike", 4, capacity(4, 4, 4), {}, 4, 4},
        {"less is healthy", 3, capacity(4, 4, 4), {}, 3, 3},
        {"nothing is healthy", 0, capacity(4, 4, 4), {}, 0, 0},
        {"less will be wanted", 4, capacity(2, 2, 2), {}, 2, 2},
        {"more will be wanted", 4, capacity(9, 9, 9), {}, 4, 4},
        {"a lower one was set", 4, capacity(4, 4, 4), 1, 1, 4},
        {"none was set", 4, capacity(4, 4, 4), 0, 0, 4},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        DeploymentSpec spec = test::basic_spec();
        spec.instances = row.requested;
        spec.floor = row.set;
        const DeploymentPlan plan = planned(spec, line_of({group({.name = "shop__web__7",
                                                                  .capacity = capacity(2, 4, 8),
                                                                  .healthy = row.healthy,
                                                                  .unhealthy = 4 - row.healthy})}));
        CHECK(plan.floor == row.floor);
        CHECK(plan.preview.lowest == row.lowest);
    }
}

TEST_CASE("a floor that the deployment would break is refused with what would be left") {
    DeploymentSpec high = test::basic_spec();
    high.floor = 5;
    CHECK(refusal(high, line_of({serving()})) ==
          "the floor of 5 is above the requested target of 4: the new group alone could never hold "
          "it; lower \"floor\" or ask for more instances");

    DeploymentSpec old_first = test::canary_spec();
    old_first.order = ResizeOrder::old_first;
    CHECK(refusal(old_first, line_of({serving()})) ==
          "the phases would leave 2 healthy at their lowest, below the floor of 4; put the new "
          "group first, or accept it by setting \"floor\" to 2");

    DeploymentSpec cut = test::canary_spec();
    cut.phases.front().old_size = Count{1};
    CHECK(refusal(cut, line_of({serving()})) ==
          "the phases would leave 2 healthy at their lowest, below the floor of 4; put the new "
          "group first, or accept it by setting \"floor\" to 2");
    cut.floor = 3;
    CHECK(refusal(cut, line_of({serving()})) ==
          "the phases would leave 2 healthy at their lowest, below the floor of 3; make the phases "
          "smaller, or lower \"floor\"");
}

TEST_CASE("the old group goes first where the workflow asks for it and accepts the floor") {
    DeploymentSpec spec = test::canary_spec();
    spec.order = ResizeOrder::old_first;
    spec.floor = 2;
    const DeploymentPlan plan = planned(spec, line_of({serving()}));
    CHECK(outline(plan) ==
          "setup.create: shop__web__8 create at 0/0/0\n"
          "setup.unique: make sure it is the only one\n"
          "phase-1.scale-previous: shop__web__7 scale to 3/3/3\n"
          "phase-1.scale-new: shop__web__8 scale to 1/1/1\n"
          "phase-1.await-new: shop__web__8 wait for 1 healthy\n"
          "phase-2.scale-previous: shop__web__7 scale to 2/2/2\n"
          "phase-2.scale-new: shop__web__8 scale to 2/2/2\n"
          "phase-2.await-new: shop__web__8 wait for 2 healthy\n"
          "phase-3.scale-previous: shop__web__7 scale to 0/0/0\n"
          "phase-3.scale-new: shop__web__8 scale to 2/4/8\n"
          "phase-3.await-new: shop__web__8 wait for 4 healthy\n"
          "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n");
    CHECK(plan.notices == std::vector<std::string>{"the workflow allows healthy capacity to fall "
                                                   "to 2; by default it would be 4"});
    CHECK(plan.preview.lowest == 2);
    CHECK(plan.preview.peak == 4);
}

TEST_CASE("older groups are parked at setup, or at the end where the floor needs them") {
    const auto older = group({.name = "shop__web__6", .capacity = capacity(1, 1, 1)});
    const DeploymentPlan early = planned(test::basic_spec(), line_of({serving(), older}));
    CHECK(outline(early) ==
          "setup.create: shop__web__8 create at 0/0/0\n"
          "setup.park-older-6: shop__web__6 scale to 0/0/0\n"
          "setup.unique: make sure it is the only one\n"
          "phase-1.scale-new: shop__web__8 scale to 2/4/8\n"
          "phase-1.await-new: shop__web__8 wait for 4 healthy\n"
          "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
          "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n");
    CHECK(early.notices ==
          std::vector<std::string>{"shop__web__6 (sig-6) still has capacity 1/1/1 and is not the "
                                   "group that serves; it is parked at setup"});
    CHECK(early.others ==
          std::vector<PlannedGroup>{{GroupId("sig-6"), "shop__web__6", capacity(1, 1, 1), 1}});

    DeploymentSpec spec = test::basic_spec();
    spec.floor = 3;
    const DeploymentPlan late = planned(spec, line_of({group({.name = "shop__web__7",
                                                              .capacity = capacity(2, 4, 8),
                                                              .healthy = 2,
                                                              .unhealthy = 2}),
                                                       older}));
    CHECK(outline(late) ==
          "setup.create: shop__web__8 create at 0/0/0\n"
          "setup.unique: make sure it is the only one\n"
          "phase-1.scale-new: shop__web__8 scale to 2/4/8\n"
          "phase-1.await-new: shop__web__8 wait for 4 healthy\n"
          "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
          "finish.park-older-6: shop__web__6 scale to 0/0/0 (cleanup)\n"
          "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n");
    CHECK(late.notices ==
          std::vector<std::string>{
              "shop__web__6 (sig-6) still has capacity 1/1/1 and is not the group that serves; it "
              "is parked at the end, because the floor needs it"});
}

TEST_CASE("retention deletes the oldest groups that were empty at setup, last") {
    std::vector<GroupState> groups{serving()};
    for (const int revision : {1, 2, 3, 4, 5, 10})
        groups.push_back(empty(revision));
    for (const int revision : {6, 9})
        groups.push_back(group(
            {.name = "shop__web__" + std::to_string(revision), .capacity = capacity(1, 1, 1)}));
    Snapshot world = line_of(groups);
    world.history = LineHistory{GroupId("sig-7"), {}};
    const DeploymentPlan plan = planned(test::basic_spec(), world);
    CHECK(outline(plan) == "setup.create: shop__web__11 create at 0/0/0\n"
                           "setup.park-older-6: shop__web__6 scale to 0/0/0\n"
                           "setup.park-older-9: shop__web__9 scale to 0/0/0\n"
                           "setup.unique: make sure it is the only one\n"
                           "phase-1.scale-new: shop__web__11 scale to 2/4/8\n"
                           "phase-1.await-new: shop__web__11 wait for 4 healthy\n"
                           "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
                           "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n"
                           "cleanup.delete-1: shop__web__1 delete (cleanup)\n"
                           "cleanup.delete-2: shop__web__2 delete (cleanup)\n"
                           "cleanup.delete-3: shop__web__3 delete (cleanup)\n");
}

TEST_CASE("retention keeps as many as asked, and never what still has an instance") {
    struct Row {
        int retention;
        std::vector<std::string> deleted;
    };
    const Row rows[] = {
        {0, {"cleanup.delete-2", "cleanup.delete-3"}},
        {1, {"cleanup.delete-2"}},
        {2, {}},
        {3, {}},
        {1'000'000, {}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.retention);
        DeploymentSpec spec = test::basic_spec();
        spec.retention = row.retention;
        const DeploymentPlan plan =
            planned(spec, line_of({serving(), empty(1, 0, 2), empty(2), empty(3)}));
        std::vector<std::string> deleted;
        for (const Step& step : plan.steps) {
            if (std::holds_alternative<DeleteGroupStep>(step.action))
                deleted.push_back(step.id);
        }
        CHECK(deleted == row.deleted);
        const std::vector<std::string> notices =
            row.retention < 3 ? std::vector<std::string>{"shop__web__1 (sig-1) is sized to 0 but "
                                                         "still has 2 instances; it is not deleted "
                                                         "this time"}
                              : std::vector<std::string>();
        CHECK(plan.notices == notices);
    }
}

TEST_CASE("a group whose instances were not read is never deleted") {
    DeploymentSpec spec = test::basic_spec();
    spec.retention = 0;
    const DeploymentPlan plan = planned(spec, line_of({serving(), empty(1, -1)}));
    CHECK(plan.find("cleanup.delete-1") == nullptr);
}

TEST_CASE("a stateful group is deleted only with what becomes of its parts") {
    DeploymentSpec spec = test::basic_spec();
    spec.retention = 0;
    GroupState stateful = empty(1);
    stateful.group.document.set(
        "strategy", test::document_from(R"({"persistence": {"shouldPersistRootDevice": true}})"));
    const Snapshot world = line_of({serving(), stateful, empty(2)});
    CHECK(refusal(spec, world) ==
          "shop__web__1 (sig-1) is due for deletion and stateful: say what becomes of its volumes, "
          "images and network interfaces with \"deallocation\", or raise \"retention\"");
    spec.deallocation = test::document_from(R"({"shouldDeleteVolumes": true})");
    const DeploymentPlan plan = planned(spec, world);
    REQUIRE(plan.find("cleanup.delete-1"));
    REQUIRE(plan.find("cleanup.delete-2"));
    CHECK(plan.find("cleanup.delete-1")->action ==
          StepAction(DeleteGroupStep{GroupId("sig-1"), spec.deallocation, true}));
    CHECK(plan.find("cleanup.delete-2")->action ==
          StepAction(DeleteGroupStep{GroupId("sig-2"), Document(), true}));
}

TEST_CASE("a plan is refused before anything is made") {
    using Change = std::function<void(DeploymentSpec&, GroupState&)>;
    struct Row {
        const char* why;
        Change change;
        const char* expected;
    };
    const auto set = [](Document& group, std::initializer_list<std::string_view> keys,
                        std::string_view key, const char* text) {
        Document* place = keys.size() == 0 ? &group : group.find_path(keys);
        REQUIRE(place);
        place->set(key, test::document_from(text));
    };
    const Row rows[] = {
        {"a roll of the previous group",
         [](DeploymentSpec&, GroupState& previous) {
             previous.rolls = {{"sbgd-0", "FINISHED"}, {"sbgd-1", "IN_PROGRESS"}};
         },
         "roll sbgd-1 of shop__web__7 (sig-7) is IN_PROGRESS; while it runs, Spot takes no change "
         "of capacity; wait for it or stop it, then deploy again"},
        {"a load balancer that the template lacks",
         [&](DeploymentSpec&, GroupState& previous) {
             set(previous.group.document, {"compute", "launchSpecification"}, "loadBalancersConfig",
                 R"({"loadBalancers": [{"type": "TARGET_GROUP", "arn": "a"}]})");
         },
         "shop__web__7 (sig-7) is attached to a, which the Elastigroup configuration lacks: the "
         "new group would get no traffic from there; add it, or set "
         "\"allow_missing_load_balancers\": true"},
        {"a kind of load balancer that tells no health",
         [&](DeploymentSpec& spec, GroupState&) {
             set(spec.group_template, {"compute", "launchSpecification"}, "loadBalancersConfig",
                 R"({"loadBalancers": [{"type": "MULTAI_TARGET_SET", "name": "m"}]})");
         },
         "the group that the configuration makes is attached to m of type MULTAI_TARGET_SET, of "
         "which nobody tells whether it finds the instances healthy; take it away"},
        {"a unit that is none",
         [&](DeploymentSpec& spec, GroupState&) {
             set(spec.group_template, {"capacity"}, "unit", R"("vcpu")");
         },
         "$.group.capacity.unit is neither \"instance\" nor \"weight\""},
        {"two units",
         [&](DeploymentSpec& spec, GroupState&) {
             set(spec.group_template, {"capacity"}, "unit", R"("weight")");
         },
         "the Elastigroup configuration counts in units of weight, but shop__web__7 (sig-7) counts "
         "in instance: their capacities cannot be compared"},
        {"a target of 0",
         [](DeploymentSpec& spec, GroupState&) { spec.instances = capacity(0, 0, 4); },
         "the requested target is 0: the deployment would take all capacity away; if that is "
         "meant, set \"allow_zero\": true"},
        {"phases that do not reach the target",
         [](DeploymentSpec& spec, GroupState&) { spec.phases = {{Count{3}, {}, {}, false}}; },
         "phase 1: the last phase ends at 3 units and not at the requested target of 4\n"
         "  phases[0]: the last phase ends at 3 units and not at the requested target of 4 (end "
         "with 100 percent)"},
        {"no capacity",
         [](DeploymentSpec& spec, GroupState&) { spec.group_template.erase("capacity"); },
         "the Elastigroup configuration has no capacity\n"
         "  $.group.capacity: is missing (export the group from Spot again, or add it)"},
        {"no compute",
         [](DeploymentSpec& spec, GroupState&) { spec.group_template.erase("compute"); },
         "the Elastigroup configuration has no compute\n"
         "  $.group.compute: is missing (export the group from Spot again, or add it)"},
        {"no launch specification",
         [](DeploymentSpec& spec, GroupState&) {
             spec.group_template.find("compute")->erase("launchSpecification");
         },
         "the Elastigroup configuration has no compute.launchSpecification\n"
         "  $.group.compute.launchSpecification: is missing (export the group from Spot again, or "
         "add it)"},
        {"settings that two groups cannot both have",
         [&](DeploymentSpec& spec, GroupState&) {
             set(spec.group_template, {"compute"}, "elasticIps", R"(["eipalloc-1"])");
             set(spec.group_template, {"compute"}, "privateIps", R"(["10.0.0.1"])");
             set(spec.group_template, {"strategy"}, "persistence",
                 R"({"shouldPersistPrivateIp": true})");
             set(spec.group_template, {"compute", "launchSpecification"}, "itf", R"({"a": 1})");
             set(spec.group_template, {}, "thirdPartiesIntegration",
                 R"({"elasticBeanstalk": {"environmentId": "e"}, "route53": {"domains": []}})");
             spec.allow = {"compute.privateIps"};
         },
         "the Elastigroup configuration has settings that the previous and the new group cannot "
         "both have; remove them, or allow them by path\n"
         "  $.group.compute.elasticIps: an elastic IP serves one instance (remove it, or add "
         "\"compute.elasticIps\" to the workflow's \"allow\")\n"
         "  $.group.strategy.persistence: a volume serves one instance (remove it, or add "
         "\"strategy.persistence\" to the workflow's \"allow\")\n"
         "  $.group.compute.launchSpecification.itf: Spot itself moves the traffic of Intelligent "
         "Traffic Flow (remove it, or add \"compute.launchSpecification.itf\" to the workflow's "
         "\"allow\")\n"
         "  $.group.thirdPartiesIntegration.elasticBeanstalk: a Beanstalk environment has one "
         "group (remove it, or add \"thirdPartiesIntegration.elasticBeanstalk\" to the workflow's "
         "\"allow\")\n"
         "  $.group.thirdPartiesIntegration.route53: both groups would write the same DNS records "
         "(remove it, or add \"thirdPartiesIntegration.route53\" to the workflow's \"allow\")"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        DeploymentSpec spec = test::basic_spec();
        GroupState previous = serving();
        row.change(spec, previous);
        CHECK(refusal(spec, line_of({previous})) == row.expected);
    }
}

TEST_CASE("settings that are present and empty are shared by nobody") {
    DeploymentSpec spec = test::basic_spec();
    spec.group_template.find("compute")->set("elasticIps", Document::array());
    spec.group_template.find("compute")->set("privateIps", nullptr);
    spec.group_template.find("strategy")->set("persistence", Document::object());
    spec.group_template.set("thirdPartiesIntegration",
                            test::document_from(R"({"route53": {}, "elasticBeanstalk": null})"));
    CHECK(planned(spec, line_of({serving()})).steps.size() == 6);
}

TEST_CASE("a group that is weighed gets its capacity and its floor in weights") {
    DeploymentSpec spec = test::basic_spec();
    const char* const weights = R"([{"instanceType": "m5.large", "weightedCapacity": 4}])";
    spec.group_template.find("capacity")->set("unit", "weight");
    GroupState previous =
        group({.name = "shop__web__7", .capacity = capacity(4, 8, 16), .healthy = 2});
    previous.group.unit = CapacityUnit::weight;
    previous.group.document.find_path({"compute", "instanceTypes"})
        ->set("weights", test::document_from(weights));
    const DeploymentPlan plan = planned(spec, line_of({previous}));
    CHECK(plan.unit == CapacityUnit::weight);
    CHECK(plan.floor == 8);
    CHECK(plan.previous->healthy == 8);
    CHECK(plan.requested == capacity(4, 8, 16));
}

TEST_CASE("a meant target of 0 parks what there is and creates nothing") {
    DeploymentSpec spec = test::basic_spec();
    spec.instances = Capacity();
    spec.allow_zero = true;
    const DeploymentPlan plan =
        planned(spec, line_of({serving_automated(),
                               group({.name = "shop__web__6", .capacity = capacity(1, 1, 1)}),
                               empty(1), empty(2), empty(3), empty(4)}));
    CHECK(outline(plan) ==
          "setup.hold-previous: shop__web__7 suspend AUTO_SCALE, SCHEDULING for good\n"
          "setup.park-previous: shop__web__7 scale to 0/0/0\n"
          "setup.park-older-6: shop__web__6 scale to 0/0/0\n");
    CHECK(plan.new_name.empty());
    CHECK(plan.group_document.is_null());
    CHECK(plan.floor == 0);
    CHECK(plan.preview.lowest == 0);
    CHECK(!plan.is_no_op);
    const DeploymentPlan nothing = planned(spec, line_of({empty(1)}));
    CHECK(nothing.is_no_op);
    CHECK(nothing.steps.empty());
}

TEST_CASE("a group that already is what was asked for is left alone, unless forced") {
    const DeploymentSpec spec = test::basic_spec();
    const DeploymentPlan first = planned(spec, line_of({serving()}));
    GroupState same = group({.name = "shop__web__8", .capacity = capacity(2, 5, 8)});
    same.group.document = create_document(first, DeploymentId("01kfirst"), spec.ownership);

    using Change = std::function<void(DeploymentSpec&, GroupState&)>;
    struct Row {
        const char* why;
        Change change;
        bool is_no_op;
    };
    const Row rows[] = {
        {"as it is", [](DeploymentSpec&, GroupState&) {}, true},
        {"asked for its minimum and maximum",
         [](DeploymentSpec& changed, GroupState&) { changed.instances = capacity(2, 4, 8); }, true},
        {"another minimum",
         [](DeploymentSpec& changed, GroupState&) { changed.instances = capacity(1, 4, 8); },
         false},
        {"another maximum",
         [](DeploymentSpec& changed, GroupState&) { changed.instances = capacity(2, 4, 9); },
         false},
        {"another image",
         [](DeploymentSpec& changed, GroupState&) { changed.image = ImageId("ami-newer"); }, false},
        {"user data", [](DeploymentSpec& changed, GroupState&) { changed.user_data = "#!/bin/sh"; },
         false},
        {"forced", [](DeploymentSpec& changed, GroupState&) { changed.force = true; }, false},
        {"not steady",
         [](DeploymentSpec&, GroupState& state) { state.reading->instances.pop_back(); }, false},
        {"without our mark",
         [&](DeploymentSpec&, GroupState& state) {
             erase_ownership(state.group.document, spec.ownership);
         },
         false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        DeploymentSpec changed = spec;
        GroupState state = same;
        row.change(changed, state);
        const DeploymentPlan plan = planned(changed, line_of({state}));
        CHECK(plan.is_no_op == row.is_no_op);
        CHECK(plan.steps.empty() == row.is_no_op);
    }
    // What still has to be parked is something to do.
    CHECK(!planned(spec,
                   line_of({same, group({.name = "shop__web__6", .capacity = capacity(1, 1, 1)})}))
               .is_no_op);
}

TEST_CASE("policies that may take the new group below the floor are said beforehand") {
    const DeploymentPlan plan = planned(automated(test::basic_spec()), line_of({serving()}));
    CHECK(plan.notices ==
          std::vector<std::string>{
              "once released, the new group's policies may take it down to 2, below the floor of "
              "4; then the previous group stays up until it has grown again"});
}

TEST_CASE("equal arguments give equal plans") {
    const Snapshot world = line_of({serving_automated(), empty(1), empty(2)});
    CHECK(plan_deployment(test::canary_spec(), world) ==
          plan_deployment(test::canary_spec(), world));
}

TEST_CASE("an image that is not available is refused, one that was seen is shown") {
    Snapshot world = line_of({serving()});
    world.image = Image{.id = test::basic_spec().image,
                        .name = "shop-42",
                        .created_at = parse_time("2026-05-01T10:00:00Z").value(),
                        .state = "pending"};
    CHECK(refusal(test::basic_spec(), world).find("is pending, not available") !=
          std::string::npos);
    world.image->state = "available";
    const DeploymentPlan plan = planned(test::basic_spec(), world);
    CHECK(plan.image_name == "shop-42");
    CHECK(to_text(plan).find(test::basic_spec().image.text() +
                             " shop-42 of 2026-05-01T10:00:00Z") != std::string::npos);
    CHECK(decode_deployment_plan(encode(plan)) == Result<DeploymentPlan>(plan));
}

TEST_CASE("an image that was not looked at is said, one that is yet to be chosen is refused") {
    Snapshot world = line_of({serving()});
    world.image_unchecked = "no credentials";
    CHECK(planned(test::basic_spec(), world).notices.front() ==
          "the image was not looked at: no credentials");
    DeploymentSpec unresolved = test::basic_spec();
    unresolved.image = ImageId();
    CHECK(refusal(unresolved, world).find("no image was found yet") != std::string::npos);
}

TEST_CASE("a plan as text is the one that was reviewed") {
    DeploymentSpec spec = automated(test::canary_spec());
    spec.phases[1].bake = Milliseconds(300'000);
    spec.phases[1].needs_approval = true;
    std::vector<GroupState> groups{serving_automated(),
                                   group({.name = "shop__web__6", .capacity = capacity(1, 1, 1)})};
    for (const int revision : {1, 2, 3, 4})
        groups.push_back(empty(revision));
    const DeploymentPlan plan = planned(spec, line_of(groups));
    test::check_golden("plans/canary.txt", to_text(plan));
    test::check_golden("plans/canary-narrow.txt", to_text(plan, 60));
    test::check_golden("plans/first.txt", to_text(planned(test::basic_spec(), line_of({}))));
}

} // namespace elastiroll::planner_test
