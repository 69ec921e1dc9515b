#include <elastiroll/plan/planner.hpp>

#include "line.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace elastiroll::rollback_test {
using test::capacity;
using test::group;
using test::line_of;
using test::new_group_id;
using test::outline;
using test::perform;

namespace {

/// A deployment run by hand: its journal, and the world as its steps leave it.
struct Run {
    DeploymentSpec spec;
    Snapshot start;
    Snapshot world = start;
    JournalState journal{};
    std::uint64_t sequence = 0;

    void write(JournalEntry entry) {
        apply(journal, {++sequence, test::moment(), std::move(entry)});
    }

    void begin() {
        const auto plan = plan_deployment(spec, start);
        REQUIRE(plan);
        write(BegunEntry{DeploymentId("01kdeployment"), spec, "", "", ""});
        write(PlannedEntry{start, *plan, {}});
    }

    /// One step, as far as `stage`: 0 announces it, 1 has its effect, 2 ends it.
    void step(const Step& step, int stage = 2) {
        write(StepStartedEntry{step.id, {}});
        if (is_mutating(step.action))
            write(CallStartedEntry{step.id, "call", {}, ""});
        if (stage >= 1)
            perform(world, journal.plan, step);
        if (stage < 2)
            return;
        const bool is_create = std::holds_alternative<CreateGroupStep>(step.action);
        const GroupId id = is_create ? new_group_id() : GroupId();
        if (is_mutating(step.action))
            write(CallEndedEntry{
                step.id, is_create ? "create_group" : "call", CallEnd::answered, id, "", {}, {}});
        write(StepEndedEntry{step.id, StepEnd::done, id, {}, "", {}});
    }

    /// All steps up to and with `last`; all where it is empty.
    void run(std::string_view last = {}) {
        for (const Step& one : std::vector<Step>(journal.plan.steps)) {
            step(one);
            if (one.id == last)
                return;
        }
    }
};

Run canary() {
    DeploymentSpec spec = test::canary_spec();
    test::add_automation(spec.group_template);
    return {spec, line_of({group({.name = "shop__web__7",
                                  .capacity = capacity(2, 4, 8),
                                  .has_automation = true,
                                  .suspended = {"SCHEDULING"}}),
                           group({.name = "shop__web__6", .capacity = capacity(1, 1, 1)}),
                           group({.name = "shop__web__5"})})};
}

DeploymentPlan rollback_of(const JournalState& journal, const Snapshot& world) {
    const auto plan = plan_rollback(journal, world);
    CHECK_MESSAGE(plan, (plan ? std::string() : plan.error().message));
    return plan ? *plan : DeploymentPlan();
}

/// What a rollback has to bring back: names, capacities and suspensions, group by group.
std::string shape(const Snapshot& world) {
    std::string text;
    for (const GroupState& state : world.groups) {
        text += state.group.name + ' ' + to_string(state.group.capacity);
        for (const Suspension& one : state.suspensions.value_or(std::vector<Suspension>()))
            text += ' ' + one.process;
        text += '\n';
    }
    return text;
}

/// 0 raising, 1 waiting for what was raised, 2 taking the new group away, 3 releasing.
int rank_of(const Step& step) {
    if (const auto* scale = std::get_if<ScaleGroupStep>(&step.action))
        return scale->to.target() > scale->before.target() ? 0 : 2;
    if (std::holds_alternative<AwaitSteadyStep>(step.action))
        return 1;
    return std::holds_alternative<SuspendProcessesStep>(step.action) ? 3 : 2;
}

} // namespace

TEST_CASE("a canary that fails half-way goes back up, waits, and only then takes the new group") {
    Run run = canary();
    run.begin();
    run.run("phase-2.scale-previous");
    const DeploymentPlan plan = rollback_of(run.journal, run.world);
    CHECK(outline(plan) ==
          "rollback.scale-older-6: shop__web__6 scale to 1/1/1\n"
          "rollback.scale-previous: shop__web__7 scale to 2/4/8\n"
          "rollback.await-older-6: shop__web__6 wait for 1 healthy\n"
          "rollback.await-previous: shop__web__7 wait for 4 healthy\n"
          "rollback.scale-new: shop__web__8 scale to 0/0/0\n"
          "rollback.await-new-empty: shop__web__8 wait until it is empty (cleanup)\n"
          "rollback.delete-new: shop__web__8 delete\n"
          "rollback.release-previous: shop__web__7 resume AUTO_SCALE\n");
    CHECK(plan.kind == PlanKind::rollback);
    CHECK(plan.group_document.is_null());
    CHECK(!plan.is_no_op);
    CHECK(plan.preview.mutating_calls == 5);
}

TEST_CASE("a rollback from wherever the run was cut ends at the snapshot, previous group first") {
    Run whole = canary();
    whole.begin();
    const std::vector<Step> steps = whole.journal.plan.steps;
    for (std::size_t cut = 0; cut < steps.size(); ++cut) {
        for (int stage = 0; stage <= 2; ++stage) {
            CAPTURE(steps[cut].id);
            CAPTURE(stage);
            Run run = canary();
            run.begin();
            for (std::size_t i = 0; i < cut; ++i)
                run.step(steps[i]);
            run.step(steps[cut], stage);
            const DeploymentPlan plan = rollback_of(run.journal, run.world);
            CHECK(std::ranges::is_sorted(plan.steps, {}, rank_of));
            Snapshot world = run.world;
            int lowest = 1'000;
            for (const Step& step : plan.steps) {
                perform(world, plan, step);
                lowest = std::min(lowest, test::healthy_of(world, GroupId("sig-7")) +
                                              test::healthy_of(world, new_group_id()));
            }
            CHECK(shape(world) == shape(run.start));
            // Never less than there was when the rollback began, or than the floor.
            const int before = test::healthy_of(run.world, GroupId("sig-7")) +
                               test::healthy_of(run.world, new_group_id());
            CHECK(lowest >= std::min(before, run.journal.plan.floor));
        }
    }
}

TEST_CASE("a rollback that is planned again after any of its steps ends at the snapshot too") {
    Run run = canary();
    run.begin();
    run.run("phase-3.scale-new");
    const DeploymentPlan first = rollback_of(run.journal, run.world);
    Snapshot world = run.world;
    for (const Step& done : first.steps) {
        CAPTURE(done.id);
        perform(world, first, done);
        const DeploymentPlan again = rollback_of(run.journal, world);
        Snapshot end = world;
        for (const Step& step : again.steps)
            perform(end, again, step);
        CHECK(shape(end) == shape(run.start));
    }
}

TEST_CASE("nothing that was not begun is rolled back") {
    Run run = canary();
    run.begin();
    const DeploymentPlan plan = rollback_of(run.journal, run.world);
    CHECK(plan.steps.empty());
    CHECK(plan.is_no_op);
}

TEST_CASE("a group of a create whose answer was lost is found by its mark and deleted") {
    Run run = canary();
    run.begin();
    for (const Step& step : std::vector<Step>(run.journal.plan.steps)) {
        const bool is_create = std::holds_alternative<CreateGroupStep>(step.action);
        run.step(step, is_create ? 1 : 2);
        if (is_create)
            break;
    }
    REQUIRE(run.journal.new_group.empty());
    const DeploymentPlan plan = rollback_of(run.journal, run.world);
    CHECK(outline(plan) == "rollback.delete-new: shop__web__8 delete\n"
                           "rollback.release-previous: shop__web__7 resume AUTO_SCALE\n");
}

TEST_CASE("copies of the new group go with it, others' groups of its name stay") {
    Run run = canary();
    run.begin();
    run.run("setup.unique");
    GroupState copy = *run.world.find(new_group_id());
    copy.group.id = GroupId("sig-copy");
    run.world.groups.push_back(copy);
    GroupState foreign = group({.name = "shop__web__8", .capacity = capacity(1, 1, 1)});
    test::mark(foreign, "01kforeign");
    run.world.groups.push_back(foreign);
    const DeploymentPlan plan = rollback_of(run.journal, run.world);
    std::vector<GroupRef> deleted;
    for (const Step& step : plan.steps) {
        if (const auto* remove = std::get_if<DeleteGroupStep>(&step.action))
            deleted.push_back(remove->group);
    }
    CHECK(deleted == std::vector<GroupRef>{new_group_id(), GroupId("sig-copy")});
}

TEST_CASE("a group that has grown since keeps what it has grown to") {
    Run run = canary();
    run.begin();
    run.run("phase-1.scale-new");
    for (GroupState& state : run.world.groups) {
        if (state.group.name == "shop__web__7")
            state.group.capacity = capacity(3, 10, 10);
    }
    const DeploymentPlan untouched = rollback_of(run.journal, run.world);
    CHECK(untouched.find("rollback.scale-previous") == nullptr);
    run.step(*run.journal.plan.find("phase-1.await-new"));
    run.step(*run.journal.plan.find("phase-1.scale-previous"), 0);
    const Step* raised = rollback_of(run.journal, run.world).find("rollback.scale-previous");
    CHECK(raised != nullptr);
    const DeploymentPlan plan = rollback_of(run.journal, run.world);
    CHECK(plan.find("rollback.scale-previous")->action ==
          StepAction(ScaleGroupStep{GroupId("sig-7"), capacity(3, 10, 10), capacity(2, 10, 10)}));
}

TEST_CASE("undoing a finished deployment gives the previous group as much as the new one carries") {
    struct Row {
        const char* why;
        Capacity present; ///< of the new group
        Capacity expected;
    };
    const Row rows[] = {
        {"it carries as much", capacity(2, 4, 8), capacity(2, 4, 8)},
        {"it has shrunk", capacity(2, 2, 8), capacity(2, 4, 8)},
        {"it has grown", capacity(2, 7, 8), capacity(2, 7, 8)},
        {"it has grown beyond the recorded maximum", capacity(2, 12, 20), capacity(2, 12, 12)},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Run run = canary();
        run.begin();
        run.run();
        run.write(EndedEntry{{OutcomeKind::done, {}, {}, new_group_id(), new_group_id()}});
        for (GroupState& state : run.world.groups) {
            if (state.group.id == new_group_id())
                state.group.capacity = row.present;
        }
        const DeploymentPlan plan = rollback_of(run.journal, run.world);
        REQUIRE(plan.find("rollback.scale-previous"));
        CHECK(plan.find("rollback.scale-previous")->action ==
              StepAction(ScaleGroupStep{GroupId("sig-7"), Capacity(), row.expected}));
        // An older group took no part, whatever the new one carries.
        CHECK(plan.find("rollback.scale-older-6")->action ==
              StepAction(ScaleGroupStep{GroupId("sig-6"), Capacity(), capacity(1, 1, 1)}));
    }
}

TEST_CASE("a rollback does not wait for a floor that was not held before the deployment") {
    DeploymentSpec spec = test::basic_spec();
    spec.floor = 4;
    Run run{spec, line_of({group({.name = "shop__web__7",
                                  .capacity = capacity(2, 4, 8),
                                  .healthy = 1,
                                  .unhealthy = 3})})};
    run.begin();
    run.run("phase-1.await-new");
    CHECK(run.journal.plan.floor == 4);
    CHECK(rollback_of(run.journal, run.world).floor == 1);
}

TEST_CASE("a rollback is refused where what it would bring back no longer exists") {
    Run run = canary();
    run.begin();
    run.run("phase-2.scale-previous");
    std::erase_if(run.world.groups,
                  [](const GroupState& state) { return state.group.id == GroupId("sig-7"); });
    const auto plan = plan_rollback(run.journal, run.world);
    REQUIRE(!plan);
    CHECK(plan.error() == Error{ErrorCategory::conflict,
                                "shop__web__7 (sig-7) had capacity 2/4/8 before the deployment and "
                                "no longer exists, so it cannot be brought back; the new group is "
                                "left as it is",
                                {},
                                {}});
}

TEST_CASE("cleanup is what a finished deployment left undone of groups that still exist") {
    DeploymentSpec spec = test::basic_spec();
    spec.retention = 0;
    Run run{spec, line_of({group({.name = "shop__web__7", .capacity = capacity(2, 4, 8)}),
                           group({.name = "shop__web__5"}), group({.name = "shop__web__4"})})};
    run.begin();
    for (const Step& step : std::vector<Step>(run.journal.plan.steps)) {
        if (!step.is_cleanup)
            run.step(step);
    }
    run.write(StepStartedEntry{"finish.park-previous", {}});
    run.write(StepEndedEntry{"finish.park-previous", StepEnd::warned, {}, Error{}, "", {}});
    const auto due = plan_cleanup(run.journal, run.world);
    REQUIRE(due);
    CHECK(outline(*due) == "finish.park-previous: shop__web__7 scale to 0/0/0 (cleanup)\n"
                           "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n"
                           "cleanup.delete-4: shop__web__4 delete (cleanup)\n"
                           "cleanup.delete-5: shop__web__5 delete (cleanup)\n");
    CHECK(due->kind == PlanKind::cleanup);
    CHECK(due->preview.mutating_calls == 3);

    run.step(*run.journal.plan.find("finish.park-previous"));
    std::erase_if(run.world.groups,
                  [](const GroupState& state) { return state.group.id == GroupId("sig-4"); });
    const auto less = plan_cleanup(run.journal, run.world);
    REQUIRE(less);
    CHECK(outline(*less) == "finish.await-previous: shop__web__7 wait until it is empty (cleanup)\n"
                            "cleanup.delete-5: shop__web__5 delete (cleanup)\n");

    run.step(*run.journal.plan.find("finish.await-previous"));
    run.step(*run.journal.plan.find("cleanup.delete-5"));
    const auto none = plan_cleanup(run.journal, run.world);
    CHECK((none && none->is_no_op && none->steps.empty()));
}

} // namespace elastiroll::rollback_test
