#include <elastiroll/plan/phase.hpp>
#include <elastiroll/plan/planner.hpp>

#include "line.hpp"
#include "property.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace elastiroll::plan_property {
using test::check_law;
using test::group;
using test::healthy_of;
using test::new_group_id;
using test::perform;

namespace {

int number(int least, int most) { return *rc::gen::inRange(least, most + 1); }
bool coin() { return *rc::gen::arbitrary<bool>(); }

Capacity any_capacity(int most) {
    const int target = number(0, most);
    return test::capacity(number(0, target), target, number(target, 2 * most));
}

/// One to four phases; most of them rise to the end.
std::vector<PhaseSpec> any_phases() {
    std::vector<PhaseSpec> phases;
    int percent = 0;
    for (int i = number(0, 3); i > 0; --i) {
        percent += number(1, 30);
        PhaseSpec phase{Percent{percent}, {}, Milliseconds(coin() ? 0 : 60'000), number(0, 5) == 0};
        if (number(0, 5) == 0)
            phase.size = Count{number(0, 8)};
        if (number(0, 5) == 0)
            phase.old_size = coin() ? Share(Count{number(0, 8)}) : Share(Percent{number(1, 100)});
        phases.push_back(phase);
    }
    phases.push_back({Percent{100}, {}, {}, false});
    return phases;
}

DeploymentSpec any_spec() {
    DeploymentSpec spec = test::canary_spec();
    if (coin())
        test::add_automation(spec.group_template);
    if (coin())
        spec.instances = any_capacity(12);
    spec.phases = any_phases();
    spec.order = number(0, 3) == 0 ? ResizeOrder::old_first : ResizeOrder::new_first;
    if (number(0, 2) == 0)
        spec.floor = number(0, 6);
    spec.allow_zero = coin();
    spec.await_old = coin();
    spec.retention = number(0, 3);
    return spec;
}

/// A line whose journal says which group serves, with older ones beside it.
Snapshot any_line() {
    std::vector<GroupState> groups;
    const auto add = [&](int revision, const Capacity& capacity) {
        const int healthy = number(0, capacity.target());
        std::vector<std::string> suspended;
        for (const char* process : {"AUTO_SCALE", "SCHEDULING"}) {
            if (number(0, 4) == 0)
                suspended.emplace_back(process);
        }
        groups.push_back(group({.name = "shop__web__" + std::to_string(revision),
                                .capacity = capacity,
                                .healthy = healthy,
                                .unhealthy = capacity.target() - healthy,
                                .has_automation = coin(),
                                .suspended = suspended}));
    };
    const int serving = number(0, 6);
    for (int revision = 1; revision <= serving; ++revision)
        add(revision, revision == serving ? any_capacity(12)
                      : coin()            ? Capacity()
                                          : any_capacity(3));
    Snapshot world = test::line_of(std::move(groups));
    world.history = LineHistory{GroupId("sig-" + std::to_string(serving)), {}};
    return world;
}

/// The plan of a generated deployment; a case that is refused is no case.
struct Case {
    DeploymentSpec spec = any_spec();
    Snapshot world = any_line();
    DeploymentPlan plan = [this] {
        auto made = plan_deployment(spec, world);
        RC_PRE(made);
        return *made;
    }();
    GroupId previous = plan.previous ? plan.previous->id : GroupId();
};

int wanted(const Snapshot& world) {
    int units = 0;
    for (const GroupState& state : world.groups)
        units += state.group.capacity.target();
    return units;
}

std::string shape(const Snapshot& world, const std::set<GroupId>& besides) {
    std::string text;
    for (const GroupState& state : world.groups) {
        if (besides.contains(state.group.id))
            continue;
        text += state.group.name + ' ' + to_string(state.group.capacity);
        for (const Suspension& one : state.suspensions.value_or(std::vector<Suspension>()))
            text += ' ' + one.process;
        text += '\n';
    }
    return text;
}

} // namespace

TEST_CASE("phases rise, keep the lesser of both targets, and only the last is final") {
    check_law(2'000, [] {
        std::vector<PhaseSpec> phases = any_phases();
        for (PhaseSpec& phase : phases)
            phase.old_size.reset();
        const PhaseTargets targets{number(1, 200), number(0, 200)};
        const auto resolved = resolve_phases(phases, targets);
        RC_PRE(resolved);
        RC_ASSERT(resolved->size() == phases.size());
        int before = 0;
        int old_before = targets.previous;
        for (std::size_t i = 0; i < resolved->size(); ++i) {
            const Phase& phase = (*resolved)[i];
            RC_ASSERT(phase.new_size >= before);
            RC_ASSERT(phase.old_size <= old_before);
            RC_ASSERT(phase.new_size <= targets.requested);
            RC_ASSERT(phase.new_size + phase.old_size >=
                      std::min(targets.requested, targets.previous));
            RC_ASSERT(phase.is_final == (i + 1 == resolved->size()));
            before = phase.new_size;
            old_before = phase.old_size;
        }
        RC_ASSERT(resolved->back().new_size == targets.requested);
        RC_ASSERT(resolved->back().old_size == 0);
    });
}

TEST_CASE("a plan keeps its floor, ends as asked and foretells its calls and its peak") {
    check_law(1'000, [] {
        const Case given;
        Snapshot world = given.world;
        std::set<std::string> ids;
        int calls = 0;
        for (const Step& step : given.plan.steps) {
            RC_ASSERT(ids.insert(step.id).second);
            RC_ASSERT(!step.reason.empty());
            calls += is_mutating(step.action) ? 1 : 0;
            perform(world, given.plan, step);
            RC_ASSERT(wanted(world) <= given.plan.preview.peak);
            const auto* scale = std::get_if<ScaleGroupStep>(&step.action);
            const int healthy =
                healthy_of(world, given.previous) + healthy_of(world, new_group_id());
            if (scale != nullptr && scale->to.target() < scale->before.target())
                RC_ASSERT(healthy >= given.plan.floor);
            RC_ASSERT(healthy >= given.plan.preview.lowest);
        }
        RC_ASSERT(calls == given.plan.preview.mutating_calls);
        if (given.plan.is_no_op)
            return;
        for (const GroupState& state : world.groups)
            RC_ASSERT(state.group.capacity ==
                      (state.group.id == new_group_id() ? given.plan.requested : Capacity()));
        const bool has_new = world.find(new_group_id()) != nullptr;
        RC_ASSERT(has_new == (given.plan.requested.target() > 0));
        if (has_new)
            RC_ASSERT(world.find(new_group_id())
                          ->suspensions.value_or(std::vector<Suspension>())
                          .empty());
    });
}

TEST_CASE("equal arguments give equal plans, and decoding undoes encoding them") {
    check_law(300, [] {
        const Case given;
        RC_ASSERT(plan_deployment(given.spec, given.world) == given.plan);
        RC_ASSERT(decode_deployment_plan(encode(given.plan)) == given.plan);
        RC_ASSERT(decode_snapshot(encode(given.world)) == given.world);
    });
}

TEST_CASE("a rollback ends at the snapshot from wherever the run was cut") {
    check_law(1'000, [] {
        const Case given;
        RC_PRE(!given.plan.steps.empty());
        JournalState journal;
        journal.deployment = DeploymentId("01kdeployment");
        journal.spec = given.spec;
        journal.snapshot = given.world;
        journal.plan = given.plan;
        Snapshot world = given.world;
        std::set<GroupId> gone; // what retention has deleted stays so
        const int cut = number(0, static_cast<int>(given.plan.steps.size()) - 1);
        for (int i = 0; i <= cut; ++i) {
            const Step& step = given.plan.steps[static_cast<std::size_t>(i)];
            journal.started.insert(step.id);
            if (i == cut && coin())
                break;
            perform(world, given.plan, step);
            if (const auto* remove = std::get_if<DeleteGroupStep>(&step.action))
                gone.insert(std::get<GroupId>(remove->group));
            if (i == cut && coin())
                break;
            journal.done.insert(step.id);
            if (std::holds_alternative<CreateGroupStep>(step.action))
                journal.new_group = new_group_id();
        }
        const auto plan = plan_rollback(journal, world);
        RC_ASSERT(plan);
        RC_ASSERT(decode_deployment_plan(encode(*plan)) == *plan);
        const int before = healthy_of(world, given.previous) + healthy_of(world, new_group_id());
        for (const Step& step : plan->steps) {
            perform(world, *plan, step);
            RC_ASSERT(healthy_of(world, given.previous) + healthy_of(world, new_group_id()) >=
                      std::min(before, plan->floor));
        }
        // An undo of a finished deployment may give the previous group more than it had.
        RC_ASSERT(world.find(new_group_id()) == nullptr);
        if (given.plan.requested.target() <=
            given.plan.previous.value_or(PlannedGroup()).capacity.target())
            RC_ASSERT(shape(world, gone) == shape(given.world, gone));
    });
}

} // namespace elastiroll::plan_property
