#pragma once

#include "guard.hpp"

#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/summary.hpp>

#include <cstddef>
#include <vector>

namespace elastiroll::capi {

// What is asked of stores, alike by blocking and driven functions.

/// 0: the default. Fails with invalid_argument.
Result<std::size_t> read_limit(int32_t limit);
Document document_of(const std::vector<DeploymentSummary>& summaries);
Document document_of(const std::vector<JournalRecord>& records);

struct Decision {
    DeploymentId deployment{};
    DecisionEntry entry{};
};
Result<Decision> read_decision(DecisionKind kind, const char* deployment, const char* gate,
                               const char* actor, const char* reason);

} // namespace elastiroll::capi
