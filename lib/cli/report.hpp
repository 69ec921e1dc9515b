#pragma once

#include "cli/style.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/error.hpp>
#include <elastiroll/plan/outcome.hpp>

#include <string>
#include <vector>

namespace elastiroll::cli {

/// The error for people: its message, a line per finding (path, message, fix), what the service
/// said. Lines without line feeds.
std::vector<std::string> error_lines(const Error& error, const Style& style);

/// What to do about a failure of this category; empty where the message is all there is.
std::string advice(ErrorCategory category);

/// The outcome in two or three words: `done`, `rolled back`.
std::string outcome_words(OutcomeKind kind);

/// What the outcome says beside its kind.
struct OutcomeNames {
    std::string serving{}; ///< name of the group that serves now; may be empty
    std::string took{};    ///< `6 min 12 s`
    bool is_simulated = true;
    int columns = 100; ///< to wrap long messages at
};

/// The end of a run: how it ended, why, what is still due, what to do next, the exit status.
std::vector<std::string> outcome_lines(const Outcome& outcome, const OutcomeNames& names,
                                       const Style& style);

/// A table of groups: name, id, capacity, healthy, suspended.
std::vector<std::string> group_table(const std::vector<sim::GroupView>& groups, const Style& style);

} // namespace elastiroll::cli
