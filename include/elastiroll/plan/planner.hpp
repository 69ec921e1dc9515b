#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <optional>
#include <string>
#include <vector>

namespace elastiroll {

/// The steps that deploy `spec` into `world`, in order, each with the reason for it.
///
/// Pure: equal arguments give equal plans. In every state that the steps pass through, what is
/// healthy adds up to at least the plan's floor, if what is steady stays so.
/// Fails with invalid_argument (a spec that fits no world, or not this one: phases that do not rise
/// to 100 %), conflict (no telling which group serves, a roll is running, settings that two groups
/// cannot share) or protocol (a group document that cannot be read).
[[nodiscard]] Result<DeploymentPlan> plan_deployment(const DeploymentSpec& spec,
                                                     const Snapshot& world);

/// The steps that put everything back as `journal` recorded it, from wherever the run stopped.
///
/// The previous group comes up first and is steady; only then the new one goes.
/// Pure. Fails with conflict where a group that is needed no longer exists.
[[nodiscard]] Result<DeploymentPlan> plan_rollback(const JournalState& journal,
                                                   const Snapshot& world);

/// What somebody else has changed in the capacities that the run relies on since `journal`: the
/// group, what it has and what it should have. Empty where nothing is. What a call of ours may have
/// set is no drift, nor is a target that moves within unchanged bounds.
[[nodiscard]] std::optional<std::string> drift_since(const JournalState& journal,
                                                     const Snapshot& world);

/// The deployment's plan, with what is seen now as what the steps that are left start from.
///
/// Pure. Fails with conflict where a group that is needed no longer exists.
[[nodiscard]] Result<DeploymentPlan> plan_rest(const JournalState& journal, const Snapshot& world);

/// The cleanup steps of a finished deployment that are still due, as a plan; no steps where none
/// is. Pure.
[[nodiscard]] Result<DeploymentPlan> plan_cleanup(const JournalState& journal,
                                                  const Snapshot& world);

/// Which groups an observation has to read beyond the list, decided from the list alone.
struct ObservationNeeds {
    std::vector<GroupId> readings{}; ///< both instance lists
    std::vector<GroupId> suspensions{};
    std::vector<GroupId> rolls{};

    bool operator==(const ObservationNeeds&) const = default;
};
/// Groups with capacity and automation: suspensions; with capacity: readings and rolls; empty ones
/// that retention could pick: their instances, as proof that there are none.
ObservationNeeds observation_needs(const DeploymentSpec& spec,
                                   const std::vector<Elastigroup>& groups);

/// The groups of `all` that stand on the spec's line: by exact name, and by region.
std::vector<Elastigroup> groups_of_line(const DeploymentSpec& spec, std::vector<Elastigroup> all);

} // namespace elastiroll
