#include <elastiroll/plan/plan.hpp>

#include <elastiroll/base/text.hpp>

#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace elastiroll {
namespace {

template <class... Fs> struct Overloaded : Fs... {
    using Fs::operator()...;
};

} // namespace

std::string_view to_string(HoldKind kind) noexcept {
    switch (kind) {
    case HoldKind::timed: return "timed";
    case HoldKind::lasting: return "lasting";
    case HoldKind::released: return "released";
    }
    return "timed";
}

std::string_view to_string(PlanKind kind) noexcept {
    switch (kind) {
    case PlanKind::deploy: return "deploy";
    case PlanKind::rollback: return "rollback";
    case PlanKind::cleanup: return "cleanup";
    }
    return "deploy";
}

std::string_view section_of(const Step& step) noexcept {
    const std::string_view id = step.id;
    return id.substr(0, id.find('.'));
}

std::optional<GroupRef> group_of(const StepAction& action) {
    return std::visit(
        [](const auto& step) -> std::optional<GroupRef> {
            if constexpr (requires { step.group; })
                return step.group;
            else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(step)>, CreateGroupStep>)
                return GroupRef(NewGroup{});
            else
                return std::nullopt;
        },
        action);
}

bool is_mutating(const StepAction& action) noexcept {
    return std::holds_alternative<CreateGroupStep>(action) ||
           std::holds_alternative<ScaleGroupStep>(action) ||
           std::holds_alternative<SuspendProcessesStep>(action) ||
           std::holds_alternative<DeleteGroupStep>(action) ||
           std::holds_alternative<SetForwardsStep>(action) ||
           std::holds_alternative<RenameGroupStep>(action);
}

std::string describe(const StepAction& action) {
    return std::visit(
        Overloaded{
            [](const CreateGroupStep&) -> std::string { return "create at 0/0/0"; },
            [](const ConfirmLineStep&) -> std::string { return "read the line again"; },
            [](const ConfirmUniqueStep&) -> std::string { return "make sure it is the only one"; },
            [](const ScaleGroupStep& step) { return "scale to " + to_string(step.to); },
            [](const AwaitSteadyStep& step) {
                return fmt::format("wait for {} healthy", step.wanted.target());
            },
            [](const AwaitSmallStep& step) {
                return step.active_max == 0
                           ? std::string("wait until it is empty")
                           : fmt::format("wait for at most {} active", step.active_max);
            },
            [](const SuspendProcessesStep& step) {
                return fmt::format("{} {}", step.hold == HoldKind::released ? "resume" : "suspend",
                                   join(step.processes, ", "));
            },
            [](const DeleteGroupStep&) -> std::string { return "delete"; },
            [](const SetForwardsStep& step) {
                return fmt::format("forward {} to {}", step.name, forward_text(step.to));
            },
            [](const RenameGroupStep& step) { return "rename to " + step.to; },
            [](const ApprovalGateStep&) -> std::string { return "wait for approval"; },
            [](const BakeGateStep& step) {
                return (step.leaves ? "end here, and go on after " : "watch for ") +
                       format_duration(step.duration);
            },
        },
        action);
}

const Step* DeploymentPlan::find(std::string_view step_id) const noexcept {
    const auto found = std::ranges::find(steps, step_id, &Step::id);
    return found == steps.end() ? nullptr : &*found;
}

Document create_document(const DeploymentPlan& plan, const DeploymentId& deployment,
                         const OwnershipStyle& style) {
    Document document = plan.group_document;
    Ownership ownership{deployment, to_string(plan.line), {}, {}, plan.digest};
    // The stage name's form does not matter here: the name is a revision's.
    const ParsedName name = parse_group_name(plan.line.prefix, {}, plan.new_name);
    ownership.revision = name.revision;
    if (plan.previous)
        ownership.previous = PreviousMark{plan.previous->id, plan.previous->capacity};
    set_ownership(document, ownership, style);
    return document;
}

bool ends_run(const Step& step) noexcept {
    const auto* gate = std::get_if<BakeGateStep>(&step.action);
    return gate && gate->leaves;
}

std::string describe(const GroupRef& group, const DeploymentPlan& plan) {
    if (std::holds_alternative<NewGroup>(group))
        return plan.new_name.empty() ? "new" : plan.new_name;
    const auto& id = std::get<GroupId>(group);
    if (plan.previous && plan.previous->id == id)
        return plan.previous->name;
    const auto found = std::ranges::find(plan.others, id, &PlannedGroup::id);
    return found == plan.others.end() ? id.text() : found->name;
}

} // namespace elastiroll
