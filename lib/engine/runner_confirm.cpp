#include "engine/observe.hpp"
#include "engine/runner.hpp"

#include <elastiroll/plan/planner.hpp>
#include <elastiroll/plan/saved_plan.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

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
    auto world = co_await observe(driver_, journal_.spec, true, deadline, CallPriority::read);
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

/// The other groups of the new group's name, if all of them are this deployment's and empty.
Result<std::vector<GroupId>> Runner::copies_in(const std::vector<Elastigroup>& groups) const {
    std::vector<GroupId> copies;
    for (const Elastigroup& group : groups) {
        // In blue/green the previous group takes the stage's name in the end.
        const bool is_previous = journal_.plan.previous && group.id == journal_.plan.previous->id;
        if (group.id == journal_.new_group || group.name != journal_.plan.new_name || is_previous)
            continue;
        const auto mark = ownership_of(group.document, journal_.spec.ownership);
        if (!mark || mark->deployment != journal_.deployment)
            return fail(ErrorCategory::conflict,
                        fmt::format("two groups are called {}: {}, which this deployment made, "
                                    "and {}, which somebody else made",
                                    group.name, journal_.new_group.text(), group.id.text()));
        if (!group.capacity.is_zero())
            return fail(ErrorCategory::drift,
                        fmt::format("{} ({}) is a second group of this deployment and somebody "
                                    "gave it capacity {}",
                                    group.name, group.id.text(), to_string(group.capacity)));
        copies.push_back(group.id);
    }
    return copies;
}

namespace {

Step delete_copy(const std::string& section, const GroupId& copy, bool is_cleanup) {
    return {fmt::format("{}.delete-{}", section, copy.text()), DeleteGroupStep{copy, {}, true},
            "a create whose answer was lost made a second, empty group", is_cleanup};
}

} // namespace

Task<Result<void>> Runner::confirm_unique(const Step& step, TimePoint deadline) {
    SpotCall list = list_line(journal_.spec);
    auto reply = co_await read_until(driver_, std::move(list), deadline, CallPriority::read);
    if (!reply)
        co_return Unexpected(std::move(reply).error());
    auto copies = copies_in(std::get<GroupsReply>(*reply).groups);
    if (!copies)
        co_return Unexpected(std::move(copies).error());
    if (copies->empty())
        co_return Result<void>();
    DeploymentPlan plan = journal_.plan;
    auto place = std::ranges::find(plan.steps, step.id, &Step::id) + 1;
    for (const GroupId& copy : *copies)
        place = plan.steps.insert(place, delete_copy("setup", copy, false)) + 1;
    PlannedEntry planned{journal_.snapshot, std::move(plan), step.id};
    record(std::move(planned));
    tell(PlannedEvent{journal_.plan});
    step_summary_ = "found a second group of this deployment";
    co_return Result<void>();
}

namespace {

/// Whether some step of ours set the group to `seen`: a call of a process that is gone, which was
/// carried out after ours, is no drift.
bool is_of_ours(const DeploymentPlan& plan, const GroupRef& group, const Capacity& seen) {
    return std::ranges::any_of(plan.steps, [&](const Step& step) {
        const auto* scale = std::get_if<ScaleGroupStep>(&step.action);
        return scale && scale->group == group && scale->to == seen;
    });
}

} // namespace

/// Whether something of ours may come into force after what was to come after it.
bool Runner::may_have_late_calls() const noexcept {
    return is_resumed_ || journal_.has_unknown_create || !journal_.unknown_holds.empty();
}

/// Whether nothing of ours shall hold the group once all is done.
bool Runner::is_released_in_the_end(const GroupId& group) const {
    // After success the previous group stays held; after a rollback the new one is gone.
    return (group == journal_.new_group) != is_rolling_back_;
}

/// How long after its announcement a call without an answer may still come into force.
Milliseconds Runner::lateness() const noexcept { return 2 * journal_.spec.timing.create_settle; }

/// Where a create or a hold had no answer, waits until it has been carried out, if ever, and is
/// seen.
Task<Result<void>> Runner::await_late_calls() {
    TimePoint settled{};
    const Milliseconds lateness = this->lateness();
    if (journal_.has_unknown_create && journal_.create_posted_at)
        settled = *journal_.create_posted_at + lateness;
    for (const auto& [group, announced_at] : journal_.unknown_holds)
        if (is_released_in_the_end(group))
            settled = std::max(settled, announced_at + lateness);
    while (driver_.now() < settled) {
        co_await driver_.sleep_until(settled);
        if (auto stop = reason_to_stop())
            co_return Unexpected(std::move(*stop));
    }
    co_return Result<void>();
}

/// The releases that a hold without an answer has come after, to be made once more.
Task<Result<std::vector<Step>>> Runner::late_holds(std::string section, TimePoint deadline) {
    std::vector<Step> more;
    const auto holds = journal_.unknown_holds;
    for (const auto& [id, announced_at] : holds) {
        if (!is_released_in_the_end(id))
            continue;
        ReadSuspensionsCall read{id};
        auto reply = co_await read_until(driver_, std::move(read), deadline, CallPriority::read);
        if (!reply && reply.error().category == ErrorCategory::not_found)
            continue;
        if (!reply)
            co_return Unexpected(std::move(reply).error());
        const auto& suspended = std::get<SuspensionsReply>(*reply).suspensions;
        SuspendProcessesStep release{id, {}, HoldKind::released, {}};
        for (const Step& step : journal_.plan.steps) {
            const auto* hold = std::get_if<SuspendProcessesStep>(&step.action);
            if (!hold || hold->hold == HoldKind::released || id_of(hold->group) != id)
                continue;
            for (const std::string& process : hold->processes) {
                const bool is_held =
                    std::ranges::find(suspended, process, &Suspension::process) != suspended.end();
                if (is_held &&
                    std::ranges::find(release.processes, process) == release.processes.end())
                    release.processes.push_back(process);
            }
        }
        if (!release.processes.empty())
            more.push_back({fmt::format("{}.release-{}", section, id.text()), std::move(release),
                            "a hold whose answer was lost was carried out late", true});
    }
    co_return more;
}

/// One more look when all is done: at second groups, and at calls that came late.
Task<Result<void>> Runner::check_end() {
    const TimePoint deadline = driver_.now() + journal_.spec.timing.phase_deadline;
    if (auto settled = co_await await_late_calls(); !settled)
        co_return Unexpected(std::move(settled).error());
    SpotCall list = list_line(journal_.spec);
    auto reply = co_await read_until(driver_, std::move(list), deadline, CallPriority::read);
    if (!reply)
        co_return Unexpected(std::move(reply).error());
    const auto& groups = std::get<GroupsReply>(*reply).groups;
    auto copies = copies_in(groups);
    if (!copies)
        co_return Unexpected(std::move(copies).error());
    auto held = co_await late_holds("finish", deadline);
    if (!held)
        co_return Unexpected(std::move(held).error());
    std::vector<Step> more = std::move(*held);
    for (const GroupId& copy : *copies)
        more.push_back(delete_copy("cleanup", copy, true));
    for (const Elastigroup& group : groups) {
        const bool is_new = group.id == journal_.new_group;
        const bool is_previous = journal_.plan.previous && group.id == journal_.plan.previous->id;
        const bool is_parked = journal_.done.contains("finish.park-previous");
        // In one process a call comes before what it was waited for.
        const bool may_be_late = is_resumed_ || journal_.has_unknown_create;
        if (!may_be_late || (!is_new && !(is_previous && is_parked)))
            continue;
        const GroupRef ref = is_new ? GroupRef(NewGroup{}) : GroupRef(group.id);
        const Capacity wanted = is_new ? journal_.plan.requested : Capacity();
        const Capacity& seen = group.capacity;
        if (seen.minimum() == wanted.minimum() && seen.maximum() == wanted.maximum())
            continue;
        if (!is_of_ours(journal_.plan, ref, seen))
            co_return fail(ErrorCategory::drift,
                           fmt::format("{} has capacity {} in the end, not {}; somebody else has "
                                       "changed it",
                                       name_of(group.id), to_string(seen), to_string(wanted)));
        more.push_back({is_new ? "finish.rescale-new" : "finish.repark-previous",
                        ScaleGroupStep{ref, seen, wanted},
                        "a call of a process that is gone was carried out late", !is_new});
    }
    if (more.empty())
        co_return Result<void>();
    DeploymentPlan plan = journal_.plan;
    // Before what a later run goes on from, where this one leaves.
    const auto place = std::ranges::find_if(plan.steps, ends_run);
    plan.steps.insert(place, std::move_iterator(more.begin()), std::move_iterator(more.end()));
    PlannedEntry planned{journal_.snapshot, std::move(plan), journal_.step};
    record(std::move(planned));
    tell(PlannedEvent{journal_.plan});
    co_return Result<void>();
}

/// The same after a rollback: nothing with this deployment's mark may be left.
Task<Result<void>> Runner::check_rollback(DeploymentPlan& plan) {
    const TimePoint deadline = driver_.now() + journal_.spec.timing.phase_deadline;
    if (auto settled = co_await await_late_calls(); !settled)
        co_return Unexpected(std::move(settled).error());
    SpotCall list = list_line(journal_.spec);
    auto reply = co_await read_until(driver_, std::move(list), deadline, CallPriority::rollback);
    if (!reply)
        co_return Unexpected(std::move(reply).error());
    auto held = co_await late_holds("rollback", deadline);
    if (!held)
        co_return Unexpected(std::move(held).error());
    bool is_more = !held->empty();
    std::ranges::move(*held, std::back_inserter(plan.steps));
    for (const Elastigroup& group : std::get<GroupsReply>(*reply).groups) {
        const auto mark = ownership_of(group.document, journal_.spec.ownership);
        const bool is_kept =
            plan.strategy == Strategy::blue_green && group.id == journal_.new_group;
        if (group.name != journal_.plan.new_name || !mark ||
            mark->deployment != journal_.deployment || is_kept)
            continue;
        plan.steps.push_back(delete_copy("rollback", group.id, true));
        is_more = true;
    }
    if (!is_more)
        co_return Result<void>();
    PlannedEntry planned{journal_.snapshot, plan, journal_.step};
    record(std::move(planned));
    tell(PlannedEvent{plan});
    co_return Result<void>();
}

} // namespace elastiroll
