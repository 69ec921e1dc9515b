#pragma once

#include <elastiroll/plan/plan.hpp>

namespace elastiroll {

/// What can be told from the steps alone: calls, holds and the rollback from the last phase.
PlanPreview preview_of(const DeploymentPlan& plan);

} // namespace elastiroll
