#include "engine/observe.hpp"
#include "engine/runner.hpp"

#include <elastiroll/plan/planner.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

/// What differs between two observations of a line beyond the targets of groups that nobody holds;
/// empty where nothing does.
std::string difference(const Snapshot& before, const Snapshot& now) {
    for (const GroupState& state : before.groups) {
        const GroupState* same = now.find(state.group.id);
        if (!same)
            return fmt::format("{} ({}) is gone", state.group.name, state.group.id.text());
        if (same->group.name != state.group.name)
            return fmt::format("{} was called {} before", same->group.name, state.group.name);
        const Capacity& was = state.group.capacity;
        const Capacity& is = same->group.capacity;
        if (was.minimum() != is.minimum() || was.maximum() != is.maximum())
            return fmt::format("{} has capacity {}, it was {}", state.group.name, to_string(is),
                               to_string(was));
    }
    for (const GroupState& state : now.groups) {
        if (!before.find(state.group.id))
            return fmt::format("{} ({}) has appeared", state.group.name, state.group.id.text());
    }
    return {};
}

/// The newer observation, with the suspensions of the older one: what we have suspended in between
/// is ours and not "somebody else's".
Snapshot merged(Snapshot now, const Snapshot& before) {
    for (GroupState& state : now.groups) {
        if (const GroupState* same = before.find(state.group.id))
            state.suspensions = same->suspensions;
    }
    now.history = before.history;
    return now;
}

} // namespace

Task<Result<void>> Runner::confirm_line(const Step& step, TimePoint deadline) {
    auto world = co_await observe(driver_, journal_.spec, deadline, CallPriority::read);
    if (!world)
        co_return Unexpected(std::move(world).error());
    const std::string differs = difference(journal_.snapshot, *world);
    if (!differs.empty())
        co_return fail(ErrorCategory::drift,
                       fmt::format("the line has changed since the plan was made: {}", differs));
    const GroupState* previous =
        journal_.plan.previous ? world->find(journal_.plan.previous->id) : nullptr;
    if (!previous || previous->group.capacity == journal_.plan.previous->capacity)
        co_return Result<void>();
    Snapshot newer = merged(std::move(*world), journal_.snapshot);
    learn_facts(newer);
    auto plan = plan_deployment(journal_.spec, newer);
    if (!plan)
        co_return Unexpected(std::move(plan).error());
    step_summary_ = fmt::format("{} has moved to {}; planned again", previous->group.name,
                                to_string(plan->previous->capacity));
    PlannedEntry planned{std::move(newer), std::move(*plan), step.id};
    record(std::move(planned));
    tell(PlannedEvent{journal_.plan});
    co_return Result<void>();
}

Task<Result<void>> Runner::confirm_unique(const Step& step, TimePoint deadline) {
    auto reply = co_await read_until(driver_, ListGroupsCall{}, deadline, CallPriority::read);
    if (!reply)
        co_return Unexpected(std::move(reply).error());
    const auto& groups = std::get<GroupsReply>(*reply).groups;
    std::vector<const Elastigroup*> copies;
    for (const Elastigroup& group : groups) {
        if (group.id == journal_.new_group || group.name != journal_.plan.new_name)
            continue;
        const auto mark = ownership_of(group.document, journal_.spec.ownership);
        if (!mark || mark->deployment != journal_.deployment)
            co_return fail(ErrorCategory::conflict,
                           fmt::format("two groups are called {}: {}, which this deployment made, "
                                       "and {}, which somebody else made",
                                       group.name, journal_.new_group.text(), group.id.text()));
        if (!group.capacity.is_zero())
            co_return fail(ErrorCategory::drift,
                           fmt::format("{} ({}) is a second group of this deployment and somebody "
                                       "gave it capacity {}",
                                       group.name, group.id.text(), to_string(group.capacity)));
        copies.push_back(&group);
    }
    if (copies.empty())
        co_return Result<void>();
    DeploymentPlan plan = journal_.plan;
    auto place = std::ranges::find(plan.steps, step.id, &Step::id) + 1;
    for (const Elastigroup* copy : copies)
        place =
            plan.steps.insert(
                place, Step{fmt::format("setup.delete-{}", copy->id.text()),
                            DeleteGroupStep{copy->id, Document(), true},
                            "a create whose answer was lost made a second, empty group", false}) +
            1;
    PlannedEntry planned{journal_.snapshot, std::move(plan), step.id};
    record(std::move(planned));
    tell(PlannedEvent{journal_.plan});
    step_summary_ = "found a second group of this deployment";
    co_return Result<void>();
}

} // namespace elastiroll
