#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/plan/summary.hpp>
#include <elastiroll/ports/store.hpp>

#include <vector>

namespace elastiroll {

/// The headlines that a store listed, in its order. One without a headline is left out: its first
/// append was made by a version that knew none.
Result<std::vector<DeploymentSummary>>
summaries_of(const std::vector<StoredDeployment>& deployments);

} // namespace elastiroll
