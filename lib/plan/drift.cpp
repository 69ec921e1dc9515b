#include <elastiroll/plan/planner.hpp>

#include "plan/evidence.hpp"

#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace elastiroll {
namespace {

GroupId id_of(const GroupRef& group, const JournalState& journal) {
    const auto* id = std::get_if<GroupId>(&group);
    return id ? *id : journal.new_group;
}

bool has_same_bounds(const Capacity& a, const Capacity& b) {
    return a.minimum() == b.minimum() && a.maximum() == b.maximum();
}

bool has_grown(const Capacity& before, const Capacity& now) {
    return now.minimum() >= before.minimum() && now.target() >= before.target() &&
           now.maximum() >= before.maximum() && !before.is_zero();
}

/// What a group may have if nobody but us has changed it, the likeliest first.
using Candidates = std::map<GroupId, std::vector<Capacity>>;

/// Every group that a scaling step of ours was about.
Candidates expected_capacities(const JournalState& journal) {
    Candidates expected;
    const auto of = [&](const GroupId& id) -> std::vector<Capacity>& {
        const auto [place, is_new] = expected.try_emplace(id);
        if (is_new) {
            const GroupState* before = journal.snapshot.find(id);
            place->second.push_back(before ? before->group.capacity : Capacity());
        }
        return place->second;
    };
    for (const Step& step : journal.plan.steps) {
        const auto* scale = std::get_if<ScaleGroupStep>(&step.action);
        if (!scale || !journal.started.contains(step.id))
            continue;
        auto& candidates = of(id_of(scale->group, journal));
        if (journal.done.contains(step.id))
            candidates = {scale->to};
        else
            candidates.insert(candidates.end(), {scale->before, scale->to});
    }
    if (!journal.rollback)
        return expected;
    // An earlier attempt to roll back, whose plan a newer one may have replaced, gave each group
    // back what it had, or more; the new one nothing.
    for (auto& [id, candidates] : expected) {
        const GroupState* before = journal.snapshot.find(id);
        candidates.push_back(before ? before->group.capacity : Capacity());
    }
    return expected;
}

} // namespace

std::optional<std::string> drift_since(const JournalState& journal, const Snapshot& world) {
    for (const auto& [id, candidates] : expected_capacities(journal)) {
        const GroupState* state = world.find(id);
        if (!state)
            continue;
        const Capacity& now = state->group.capacity;
        // A group that was there before and has grown since keeps what it has grown to.
        const bool may_grow = journal.snapshot.find(id) != nullptr;
        const auto fits = [&](const Capacity& one) {
            return has_same_bounds(one, now) || (may_grow && has_grown(one, now));
        };
        if (std::ranges::any_of(candidates, fits))
            continue;
        return fmt::format("{} has capacity {}; this deployment left it at {}; somebody else has "
                           "changed it; --accept-drift goes on all the same",
                           named(state->group), to_string(now), to_string(candidates.back()));
    }
    return std::nullopt;
}

Result<DeploymentPlan> plan_rest(const JournalState& journal, const Snapshot& world) {
    DeploymentPlan plan = journal.plan;
    std::map<GroupId, Capacity> has;
    std::map<std::string, Document> routes; // as the steps so far leave them
    for (Step& step : plan.steps) {
        if (journal.done.contains(step.id))
            continue;
        if (auto* forwards = std::get_if<SetForwardsStep>(&step.action)) {
            const Document* now =
                world.traffic ? world.traffic->find_actions(forwards->arn) : nullptr;
            if (!now)
                return fail(ErrorCategory::conflict,
                            fmt::format("{} no longer exists and step {} needs it; undo the "
                                        "deployment with 'elastiroll rollback {}'",
                                        forwards->name, step.id, journal.deployment.text()));
            Document& before = routes.try_emplace(forwards->arn, *now).first->second;
            if (auto fits = check_rewritable(before, forwards->name); !fits)
                return Unexpected(std::move(fits).error());
            // What somebody has added is kept; where the requests go is for the step.
            forwards->before = before;
            forwards->to = with_forward_targets(before, forward_targets(forwards->to));
            before = forwards->to;
            continue;
        }
        const auto group = group_of(step.action);
        const GroupId id = group ? id_of(*group, journal) : GroupId();
        if (id.empty())
            continue;
        const GroupState* state = world.find(id);
        if (!state && !step.is_cleanup && !std::holds_alternative<CreateGroupStep>(step.action))
            return fail(ErrorCategory::conflict,
                        fmt::format("{} no longer exists and step {} needs it; undo the deployment "
                                    "with 'elastiroll rollback {}'",
                                    id.text(), step.id, journal.deployment.text()));
        auto* scale = std::get_if<ScaleGroupStep>(&step.action);
        if (!scale || !state)
            continue;
        const auto place = has.try_emplace(id, state->group.capacity).first;
        const bool lowers = scale->to.target() < scale->before.target();
        scale->before = place->second;
        // A group that somebody has made smaller is not raised by a step that was to lower it.
        if (lowers && scale->to.target() > scale->before.target())
            scale->to = scale->before;
        place->second = scale->to;
    }
    return plan;
}

} // namespace elastiroll
