#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/naming.hpp>
#include <elastiroll/model/ownership.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace elastiroll {

/// The group that the deployment creates: it has no id before it exists.
struct NewGroup {
    bool operator==(const NewGroup&) const = default;
};
/// Which group a step is about.
using GroupRef = std::variant<NewGroup, GroupId>;

// What a step makes true. A step names a postcondition, not a command: to run one, observe; if it
// holds, done; else act once; then wait until it holds or the deadline passes. All values are
// absolute.

/// The new group exists, made from the plan's create document.
struct CreateGroupStep {
    bool operator==(const CreateGroupStep&) const = default;
};
/// The line is as the plan has it, read again now that nothing scales the previous group. A target
/// that has moved within unchanged bounds makes the plan anew; anything else is drift. Only reads.
struct ConfirmLineStep {
    bool operator==(const ConfirmLineStep&) const = default;
};
/// Exactly one group carries this deployment's mark. Only reads.
struct ConfirmUniqueStep {
    bool operator==(const ConfirmUniqueStep&) const = default;
};
/// The group's capacity is `to`.
struct ScaleGroupStep {
    GroupRef group{};
    Capacity before{}; ///< as the plan expects it before the step
    Capacity to{};
    bool operator==(const ScaleGroupStep&) const = default;
};
/// At least as much is healthy as is wanted, and stays so for Timing::stable_for.
struct AwaitSteadyStep {
    GroupRef group{};
    Capacity wanted{};    ///< the target; where scaling is not held, the target of the moment
                          ///< within these bounds
    bool is_held = false; ///< whether nothing but us moves the target
    bool operator==(const AwaitSteadyStep&) const = default;
};
/// At most `active_max` units are active; 0 means that no instance is left.
struct AwaitSmallStep {
    GroupRef group{};
    int active_max = 0;
    bool operator==(const AwaitSmallStep&) const = default;
};
enum class HoldKind : std::uint8_t {
    timed,    ///< suspended, with a time-to-live past the deadline
    lasting,  ///< suspended until deleted: a parked group
    released, ///< not suspended
};
std::string_view to_string(HoldKind kind) noexcept;
/// Of the group's processes, `processes` are in the state `hold`. What others had suspended before
/// us is never among them.
struct SuspendProcessesStep {
    GroupRef group{};
    std::vector<std::string> processes{};
    HoldKind hold = HoldKind::timed;
    Milliseconds time_to_live{0}; ///< of HoldKind::timed: past the deadline of the whole run
    bool operator==(const SuspendProcessesStep&) const = default;
};
/// The group does not exist.
struct DeleteGroupStep {
    GroupRef group{};
    Document deallocation{};   ///< the body for stateful groups, else null
    bool must_be_empty = true; ///< an instance in it makes the step fail instead of ending it too
    bool operator==(const DeleteGroupStep&) const = default;
};
/// The listener's default actions, or the rule's, are `to`; whole lists, as the API has them.
struct SetForwardsStep {
    std::string arn{};    ///< of the listener or the rule
    bool is_rule = false; ///< else it is a listener, whose default actions are meant
    std::string name{};   ///< for people: `shop:443`
    Document before{};    ///< as the plan expects it before the step
    Document to{};
    bool operator==(const SetForwardsStep&) const = default;
};
/// The group is called `to`.
struct RenameGroupStep {
    GroupRef group{};
    std::string before{}; ///< as the plan expects it before the step
    std::string to{};
    bool operator==(const RenameGroupStep&) const = default;
};
/// A person has approved, or the time to watch has passed.
struct ApprovalGateStep {
    bool operator==(const ApprovalGateStep&) const = default;
};
struct BakeGateStep {
    Milliseconds duration{};
    bool leaves = false; ///< the run has ended until then, and a later one goes on
    bool operator==(const BakeGateStep&) const = default;
};

using StepAction =
    std::variant<CreateGroupStep, ConfirmLineStep, ConfirmUniqueStep, ScaleGroupStep,
                 AwaitSteadyStep, AwaitSmallStep, SuspendProcessesStep, DeleteGroupStep,
                 SetForwardsStep, RenameGroupStep, ApprovalGateStep, BakeGateStep>;

/// One step of a plan.
struct Step {
    std::string id{}; ///< `setup.create`, `phase-2.scale-new`; stable within a plan version
    StepAction action{};
    std::string reason{};    ///< why it exists, a sentence
    bool is_cleanup = false; ///< failing is a warning with a cleanup record: the release stands

    bool operator==(const Step&) const = default;
};

/// The part of a step's id before the dot: the steps of one section share a deadline.
std::string_view section_of(const Step& step) noexcept;
/// Whether a run ends there, and a later one goes on.
bool ends_run(const Step& step) noexcept;
/// The group a step is about; empty for gates and confirmations (CreateGroupStep: NewGroup).
std::optional<GroupRef> group_of(const StepAction& action);
/// Whether running the step may send a mutating call.
bool is_mutating(const StepAction& action) noexcept;
/// For people: "scale to 1/1/1".
std::string describe(const StepAction& action);

enum class PlanKind : std::uint8_t { deploy, rollback, cleanup };
std::string_view to_string(PlanKind kind) noexcept;

/// A group that the plan speaks of, as observed when the plan was made.
struct PlannedGroup {
    GroupId id{};
    std::string name{};
    Capacity capacity{};
    int healthy = 0; ///< units

    bool operator==(const PlannedGroup&) const = default;
};

/// What a plan tells beforehand.
struct PlanPreview {
    int lowest = 0;                      ///< least healthy capacity that the steps leave, in units
    int peak = 0;                        ///< most units wanted at one time
    int mutating_calls = 0;              ///< of a run without faults
    std::vector<std::string> rollback{}; ///< what a rollback from the last phase would do
    std::vector<std::string> holds{};    ///< for how long each group cannot scale

    bool operator==(const PlanPreview&) const = default;
};

/// The ordered steps of a deployment, as a value.
struct DeploymentPlan {
    static constexpr int version = 1;

    PlanKind kind = PlanKind::deploy;
    Line line{};
    Strategy strategy = Strategy::basic;
    CapacityUnit unit = CapacityUnit::instance;
    std::string new_name{}; ///< the name of the group to create, or created
    Capacity requested{};   ///< what the new group gets in the end
    int floor = 0;          ///< healthy units that no call of ours takes away
    int phases = 1;
    ImageId image{};
    std::string image_name{}; ///< empty where it has none, or AWS was not asked
    std::optional<TimePoint> image_created_at{};
    std::string digest{}; ///< of the create document, what a no-op is recognised by
    std::optional<PlannedGroup> previous{};
    std::vector<PlannedGroup> others{}; ///< the older groups that steps are about
    bool is_no_op = false; ///< the serving group is already what was asked for: no steps
    std::vector<Step> steps{};
    /// ARNs of the load balancers whose traffic moves, and of the listeners and rules that lead to
    /// the stage: every other forward of them serves.
    std::vector<std::string> load_balancers{};
    std::vector<std::string> stage_routes{};
    std::vector<std::string> notices{}; ///< what the user should know before he says yes
    PlanPreview preview{};
    /// What is sent to create the group, but for the ownership marks, which name the deployment:
    /// see create_document(). Null in plans that create nothing, and once the group exists.
    Document group_document{};

    const Step* find(std::string_view step_id) const noexcept;

    bool operator==(const DeploymentPlan&) const = default;
};

/// The plan's group document with `deployment`'s ownership marks: the body of the create call.
Document create_document(const DeploymentPlan& plan, const DeploymentId& deployment,
                         const OwnershipStyle& style);

/// How a group is called in texts for people: `new`, or the name that the plan knows, or the id.
std::string describe(const GroupRef& group, const DeploymentPlan& plan);

/// The plan as a document, version 1. `group_document` is included.
Document encode(const DeploymentPlan& plan);
/// Fails with protocol, with the JSON path.
Result<DeploymentPlan> decode_deployment_plan(const Document& document);

/// The plan for people, as plain text at most `width` columns wide: header, a table of the steps
/// (step, what, before, after, reason), notices and previews. Lines end in line feeds.
std::string to_text(const DeploymentPlan& plan, int width = 100);

} // namespace elastiroll
