#include <elastiroll/plan/planner.hpp>

#include "plan/decisions.hpp"
#include "plan/evidence.hpp"
#include "plan/preview.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace elastiroll {
namespace {

/// A rolled-back group gets what it had, or `least` where that is more.
Capacity restored(const Capacity& recorded, int least) {
    const int target = std::max(recorded.target(), least);
    // Cannot fail: the bounds enclose the target and come from two valid capacities.
    return *Capacity::make({recorded.minimum(), target, std::max(recorded.maximum(), target)});
}

/// Steps of the deployment's plan that may have had an effect.
std::vector<const Step*> touched_steps(const JournalState& journal) {
    std::vector<const Step*> steps;
    for (const Step& step : journal.plan.steps) {
        if (journal.started.contains(step.id))
            steps.push_back(&step);
    }
    return steps;
}

class RollbackWriter {
public:
    RollbackWriter(const JournalState& journal, const Snapshot& world)
        : journal_(journal), world_(world) {}

    Result<std::vector<Step>> write() {
        for (const Step* step : touched_steps(journal_)) {
            if (const auto* scale = std::get_if<ScaleGroupStep>(&step->action)) {
                if (auto raised = restore(*scale); !raised)
                    return Unexpected(std::move(raised).error());
            }
        }
        restore_shrunk();
        std::ranges::copy(waits_, std::back_inserter(steps_));
        restore_forwards();
        restore_names();
        remove_new();
        for (const Step* step : touched_steps(journal_)) {
            if (const auto* hold = std::get_if<SuspendProcessesStep>(&step->action))
                release(*hold);
        }
        return std::move(steps_);
    }

private:
    void add(std::string id, StepAction action, std::string reason, bool is_cleanup = false) {
        if (ids_.insert(id).second)
            steps_.push_back({std::move(id), std::move(action), std::move(reason), is_cleanup});
    }

    std::string label(const GroupId& id) const {
        if (journal_.plan.previous && journal_.plan.previous->id == id)
            return "previous";
        const GroupState* state = world_.find(id);
        const std::string name = state ? state->group.name : id.text();
        const auto place = name.rfind("__");
        return "older-" + (place == std::string::npos ? name : name.substr(place + 2));
    }

    /// Brings a group that was sized down back up, and has it awaited.
    Result<void> restore(const ScaleGroupStep& scale) {
        const auto* id = std::get_if<GroupId>(&scale.group);
        const GroupState* before = id ? journal_.snapshot.find(*id) : nullptr;
        if (!before || !restored_.insert(*id).second)
            return {};
        // What made room for the stage is deleted next, which nothing undoes.
        if (is_blue_green() && (!journal_.plan.previous || *id != journal_.plan.previous->id))
            return {};
        const GroupState* now = world_.find(*id);
        if (!now)
            return fail(ErrorCategory::conflict,
                        fmt::format("{} had capacity {} before the deployment and no longer "
                                    "exists, so it cannot be brought back; the new group is left "
                                    "as it is",
                                    named(before->group), to_string(before->group.capacity)));
        const Capacity to =
            restored(before->group.capacity, std::max(now->group.capacity.target(), carried(*id)));
        const std::string what = label(*id);
        if (to != now->group.capacity)
            add("rollback.scale-" + what, ScaleGroupStep{*id, now->group.capacity, to},
                "it had this capacity before the deployment, or needs more since");
        waits_.push_back({"rollback.await-" + what, AwaitSteadyStep{*id, to, false},
                          "what comes back must be healthy before the new group goes", false});
        return {};
    }

    /// The previous group scales by itself as long as it serves, so it may have less than it needs
    /// to serve everything again.
    void restore_shrunk() {
        if (!is_blue_green() || !journal_.plan.previous)
            return;
        const GroupId& id = journal_.plan.previous->id;
        const GroupState* before = journal_.snapshot.find(id);
        const GroupState* now = world_.find(id);
        const bool has_traffic_moved =
            std::ranges::any_of(touched_steps(journal_), [&](const Step* step) {
                const auto* forwards = std::get_if<SetForwardsStep>(&step->action);
                return forwards && !is_stage(*forwards) && has_moved(*forwards);
            });
        if (!has_traffic_moved || !before || !now || restored_.contains(id) ||
            now->group.capacity.target() >= before->group.capacity.target())
            return;
        const Capacity to = restored(before->group.capacity, 0);
        add("rollback.scale-previous", ScaleGroupStep{id, now->group.capacity, to},
            "it has scaled down while it got less traffic, and is to carry everything again");
        waits_.push_back({"rollback.await-previous", AwaitSteadyStep{id, to, false},
                          "what comes back must be healthy before it gets traffic", false});
    }

    bool is_blue_green() const { return journal_.plan.strategy == Strategy::blue_green; }

    bool is_stage(const SetForwardsStep& forwards) const {
        return std::ranges::find(journal_.plan.stage_routes, forwards.arn) !=
               journal_.plan.stage_routes.end();
    }

    /// Whether the route leads elsewhere than before the deployment, as far as can be seen.
    bool has_moved(const SetForwardsStep& forwards) const {
        const Document* now = world_.traffic ? world_.traffic->find_actions(forwards.arn) : nullptr;
        return !now || !are_same_actions(*now, forwards.before);
    }

    static std::string step_id(std::string_view what, const SetForwardsStep& forwards) {
        std::string label = forwards.name;
        std::ranges::replace_if(label, [](char c) { return c == ':' || c == ' '; }, '-');
        return fmt::format("rollback.{}-{}", what, label);
    }

    void add_forwards(std::string_view what, SetForwardsStep forwards, std::string reason) {
        std::string id = step_id(what, forwards);
        add(std::move(id), std::move(forwards), std::move(reason));
    }

    /// Every route back to what it was, the last that changed first, but production before the
    /// stage: a target group that no route leads to has no healthy targets, and production must
    /// not be led to one. So where a swap got as far as production alone, the stage is led to the
    /// previous target group first, and only then is that one known to be healthy.
    ///
    /// What an aborted shift had left to the stage is not given back: nobody stands there any more.
    void restore_forwards() {
        std::vector<SetForwardsStep> production;
        std::vector<SetForwardsStep> stage;
        for (const Step* step : touched_steps(journal_)) {
            const auto* forwards = std::get_if<SetForwardsStep>(&step->action);
            if (!forwards || section_of(*step) == "reset")
                continue;
            auto& list = is_stage(*forwards) ? stage : production;
            const auto same = std::ranges::find(list, forwards->arn, &SetForwardsStep::arn);
            if (same == list.end())
                list.push_back(*forwards);
            else
                same->to = forwards->to; // all of its changes go back in one call
        }
        // A plan has the stage of a swap behind its production.
        const SetForwardsStep* of_swap = nullptr;
        for (const Step& step : journal_.plan.steps) {
            const auto* forwards = std::get_if<SetForwardsStep>(&step.action);
            if (!forwards || !is_stage(*forwards)) {
                of_swap = forwards;
                continue;
            }
            const bool was_kept = journal_.started.contains(step_id("keep", *forwards));
            if (!of_swap || (!has_moved(*of_swap) && !was_kept))
                continue;
            if (has_moved(*of_swap))
                add_forwards("keep", *forwards,
                             "the previous target group has health only where a route leads there");
            if (std::ranges::find(stage, forwards->arn, &SetForwardsStep::arn) == stage.end())
                stage.push_back(*forwards);
        }
        for (auto* list : {&production, &stage}) {
            std::ranges::reverse(*list);
            for (SetForwardsStep& forwards : *list) {
                std::swap(forwards.before, forwards.to);
                add_forwards("forward", std::move(forwards),
                             "requests go where they went before the deployment");
            }
        }
    }

    void restore_names() {
        std::vector<const Step*> touched = touched_steps(journal_);
        std::ranges::reverse(touched);
        for (const Step* step : touched) {
            const auto* rename = std::get_if<RenameGroupStep>(&step->action);
            if (rename)
                add(std::holds_alternative<NewGroup>(rename->group) ? "rollback.rename-new"
                                                                    : "rollback.rename-previous",
                    RenameGroupStep{rename->group, rename->to, rename->before},
                    "it was called so before the deployment");
        }
    }

    /// What the group that replaced `id` carries by now, once it serves everything: it may have
    /// grown, and what takes its place needs as much.
    int carried(const GroupId& id) const {
        const bool is_previous = journal_.plan.previous && journal_.plan.previous->id == id;
        const bool is_finished = std::ranges::all_of(journal_.plan.steps, [&](const Step& step) {
            return step.is_cleanup || journal_.done.contains(step.id);
        });
        const GroupState* fresh = world_.find(journal_.new_group);
        return is_previous && is_finished && fresh ? fresh->group.capacity.target() : 0;
    }

    /// The new group, and every other group that carries this deployment's mark.
    void remove_new() {
        const bool was_created = journal_.started.contains("setup.create");
        if (!was_created)
            return;
        int copies = 0;
        for (const GroupState& state : world_.groups) {
            const auto mark = ownership_of(state.group.document, journal_.spec.ownership);
            const bool is_ours = state.group.id == journal_.new_group ||
                                 (mark && mark->deployment == journal_.deployment);
            if (is_ours)
                remove(state.group, copies++);
        }
    }

    void remove(const Elastigroup& group, int copy) {
        const std::string what = copy == 0 ? "new" : fmt::format("copy-{}", copy);
        const bool is_kept = is_blue_green() && group.id == journal_.new_group;
        if (is_kept && has_automation(group.document))
            add("rollback.hold-" + what,
                SuspendProcessesStep{group.id, processes_to_hold(nullptr), HoldKind::lasting},
                "a parked group must not be brought back by its own policies or schedules", true);
        if (!group.capacity.is_zero()) {
            add("rollback.scale-" + what, ScaleGroupStep{group.id, group.capacity, Capacity()},
                "the previous group carries everything again");
            add("rollback.await-" + what + "-empty", AwaitSmallStep{group.id, 0},
                "its instances drain and end", true);
        }
        // As the stage it may be looked at; the next deployment makes room.
        if (is_kept)
            return;
        add("rollback.delete-" + what,
            DeleteGroupStep{group.id,
                            is_stateful(group.document) ? journal_.spec.deallocation : Document(),
                            false},
            "it was made by the deployment that is undone");
    }

    /// Gives a group that serves again what we had suspended.
    void release(const SuspendProcessesStep& hold) {
        const auto* id = std::get_if<GroupId>(&hold.group);
        const GroupState* before = id ? journal_.snapshot.find(*id) : nullptr;
        if (!before || hold.hold == HoldKind::released || !world_.find(*id))
            return;
        add("rollback.release-" + label(*id),
            SuspendProcessesStep{*id, hold.processes, HoldKind::released},
            "it serves again, so it may scale by itself");
    }

    const JournalState& journal_;
    const Snapshot& world_;
    std::vector<Step> steps_;
    std::vector<Step> waits_;
    std::set<std::string> ids_;
    std::set<GroupId> restored_;
};

DeploymentPlan bare_plan(const JournalState& journal, const Snapshot& world, PlanKind kind) {
    DeploymentPlan plan = journal.plan;
    plan.kind = kind;
    plan.steps.clear();
    plan.notices.clear();
    plan.preview = {};
    plan.phases = 0;
    plan.is_no_op = false;
    plan.group_document = nullptr;
    plan.others.clear();
    for (const GroupState& state : world.groups) {
        if (!plan.previous || state.group.id != plan.previous->id)
            plan.others.push_back(
                {state.group.id, state.group.name, state.group.capacity, units_of(state).healthy});
    }
    return plan;
}

} // namespace

Result<DeploymentPlan> plan_rollback(const JournalState& journal, const Snapshot& world) {
    DeploymentPlan plan = bare_plan(journal, world, PlanKind::rollback);
    // A floor above what was healthy before holds for the way there only: back again there is no
    // more than there was, and a rollback that waited for it would never end.
    plan.floor = std::min(plan.floor, plan.previous ? plan.previous->healthy : 0);
    auto steps = RollbackWriter(journal, world).write();
    if (!steps)
        return Unexpected(std::move(steps).error());
    plan.steps = std::move(*steps);
    plan.is_no_op = plan.steps.empty();
    plan.preview = preview_of(plan);
    plan.preview.rollback.clear();
    return plan;
}

Result<DeploymentPlan> plan_cleanup(const JournalState& journal, const Snapshot& world) {
    DeploymentPlan plan = bare_plan(journal, world, PlanKind::cleanup);
    for (const Step& step : journal.plan.steps) {
        const auto group = group_of(step.action);
        const auto* id = group ? std::get_if<GroupId>(&*group) : nullptr;
        const bool is_gone = id && !world.find(*id);
        if (step.is_cleanup && !journal.done.contains(step.id) && !is_gone)
            plan.steps.push_back(step);
    }
    plan.is_no_op = plan.steps.empty();
    plan.preview = preview_of(plan);
    plan.preview.rollback.clear();
    return plan;
}

} // namespace elastiroll
