#pragma once

#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <string>
#include <vector>

namespace elastiroll {

// What every strategy decides alike. `previous` is the group that serves; null: none does.

/// Refuses an image that is not available: an instance of it does not start.
Result<void> check_image(const DeploymentSpec& spec, const Snapshot& world);
/// Refuses while a Spot roll runs on one of `groups`.
Result<void> check_rolls(const std::vector<const GroupState*>& groups);
/// Refuses load balancers of which nobody tells whether they find the instances of `what` healthy.
Result<void> check_load_balancers_of(const std::vector<LoadBalancerEntry>& entries,
                                     const std::string& what, const Snapshot& world);

/// What the new group gets in the end.
Result<Capacity> requested_capacity(const DeploymentSpec& spec, const GroupState* previous,
                                    std::vector<std::string>& notices);
/// What both groups count in; fails with invalid_argument where they differ.
Result<CapacityUnit> unit_of(const DeploymentSpec& spec, const GroupState* previous);
/// Processes of the group that nobody else holds: what a hold of ours suspends.
std::vector<std::string> processes_to_hold(const GroupState* state);
/// Whether the group that serves already is what was asked for.
bool is_already_so(const DeploymentSpec& spec, const GroupState* previous, const Capacity& wanted,
                   const std::string& digest);

PlannedGroup planned(const GroupState& state);
void set_image(DeploymentPlan& plan, const DeploymentSpec& spec, const Snapshot& world);
void note_unchecked_image(DeploymentPlan& plan, const Snapshot& world);

} // namespace elastiroll
