#include "plan/preview.hpp"

#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace elastiroll {
namespace {

std::string hold_text(const Step& step, const SuspendProcessesStep& hold,
                      const DeploymentPlan& plan) {
    std::string processes;
    for (const std::string& process : hold.processes)
        processes += (processes.empty() ? "" : " and ") + process;
    switch (hold.hold) {
    case HoldKind::timed:
        return fmt::format("{}: {} suspended from {} on, for {} at most",
                           describe(hold.group, plan), processes, step.id,
                           format_duration(hold.time_to_live));
    case HoldKind::lasting:
        return fmt::format("{}: {} stay suspended while it is parked", describe(hold.group, plan),
                           processes);
    case HoldKind::released:
        return fmt::format("{}: {} resumed at {}", describe(hold.group, plan), processes, step.id);
    }
    return {};
}

/// The down-sizes that a rollback takes back, each group once, with what it had before the first.
std::vector<std::pair<GroupId, Capacity>> lowered_groups(const DeploymentPlan& plan) {
    std::vector<std::pair<GroupId, Capacity>> lowered;
    for (const Step& step : plan.steps) {
        const auto* scale = std::get_if<ScaleGroupStep>(&step.action);
        const auto* id = scale ? std::get_if<GroupId>(&scale->group) : nullptr;
        if (id && std::ranges::find(lowered, *id, [](const auto& one) { return one.first; }) ==
                      lowered.end())
            lowered.emplace_back(*id, scale->before);
    }
    return lowered;
}

} // namespace

PlanPreview preview_of(const DeploymentPlan& plan) {
    PlanPreview preview;
    for (const Step& step : plan.steps) {
        if (is_mutating(step.action))
            ++preview.mutating_calls;
        if (const auto* hold = std::get_if<SuspendProcessesStep>(&step.action))
            preview.holds.push_back(hold_text(step, *hold, plan));
    }
    for (const auto& [group, before] : lowered_groups(plan))
        preview.rollback.push_back(fmt::format("{} back to {} and steady",
                                               describe(GroupRef(group), plan), to_string(before)));
    std::set<std::string_view> routes;
    for (const Step& step : plan.steps) {
        const auto* forwards = std::get_if<SetForwardsStep>(&step.action);
        if (forwards && section_of(step) != "reset" && routes.insert(forwards->arn).second)
            preview.rollback.push_back(fmt::format("{} forwards to {} again", forwards->name,
                                                   forward_text(forwards->before)));
    }
    if (plan.strategy == Strategy::blue_green && !plan.new_name.empty())
        preview.rollback.push_back(fmt::format("{} to 0/0/0, kept", plan.new_name));
    else if (!plan.new_name.empty())
        preview.rollback.push_back(fmt::format("{} to 0/0/0, then deleted", plan.new_name));
    return preview;
}

} // namespace elastiroll
