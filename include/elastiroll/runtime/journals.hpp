#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/summary.hpp>
#include <elastiroll/ports/store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace elastiroll {

// What a store knows about deployments. Each blocks until the store has answered; none needs a
// lease.

/// The deployments of `line` (empty: of all lines), newest first, at most `limit`.
/// Fails with what the store says, or protocol where a headline cannot be read.
Result<std::vector<DeploymentSummary>> list_deployments(Store& store, const std::string& line,
                                                        std::size_t limit);

/// A deployment's journal, in order. Documents that were erased when the deployment ended are null.
/// Fails with not_found, or protocol where it cannot be read.
Result<std::vector<JournalRecord>> read_journal(Store& store, const DeploymentId& deployment);

// The same of an answer that came later, to who asks a store by himself: to a ListOperation, to a
// ReadOperation from the start.

/// Newest first. Those without a headline are left out: their first append was made by a version
/// that knew none.
Result<std::vector<DeploymentSummary>>
read_summaries(const std::vector<StoredDeployment>& deployments);
Result<std::vector<JournalRecord>> read_records(const std::vector<StoredRecord>& stored);

/// Who holds a line at `now`.
Result<LeaseView> read_lease(Store& store, const std::string& line, TimePoint now);

/// Leaves a decision (approve, abort) for whoever runs the deployment, now or later.
Result<void> post_decision(Store& store, const DeploymentId& deployment,
                           const DecisionEntry& decision);

/// How many decisions were ever left for a deployment.
Result<std::uint64_t> count_decisions(Store& store, const DeploymentId& deployment);

/// A record as an audit export shows it: as encode(), but user data, group documents and templates
/// are replaced by their digest and length.
Document encode_for_export(const JournalRecord& record);

} // namespace elastiroll
