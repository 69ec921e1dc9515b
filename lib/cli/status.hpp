#pragma once

#include "cli/state.hpp"
#include "cli/style.hpp"

#include <elastiroll/plan/journal.hpp>
#include <elastiroll/ports/store.hpp>

#include <string>
#include <vector>

namespace elastiroll::cli {

/// How a deployment stands, in a few words: `running`, `waits at phase-1.approve`, `done`.
std::string state_words(const DeploymentSummary& summary, const LeaseView& lease);

/// One deployment in detail, and what can be done next.
std::vector<std::string> status_lines(const State::Known& known, const LeaseView& lease,
                                      const Style& style);

/// A line per deployment.
std::vector<std::string> history_table(const std::vector<State::Known>& deployments,
                                       const std::vector<LeaseView>& leases, const Style& style);

/// A journal as a story: what was decided and done, in order, with its time.
std::vector<std::string> story_lines(const std::vector<JournalRecord>& records, const Style& style);

/// For --output json: the summary, who holds the line, whether it is simulated.
Document status_document(const State::Known& known, const LeaseView& lease);

} // namespace elastiroll::cli
