#pragma once

#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

namespace elastiroll {

/// plan_deployment() of the blue/green strategy: the new group comes up behind the stage target
/// groups, then traffic moves, then names, and last the previous group goes down.
Result<DeploymentPlan> plan_blue_green(const DeploymentSpec& spec, const Snapshot& world);

} // namespace elastiroll
