#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/outcome.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll {

/// A deployment as lists show it: what the store keeps beside its journal as the headline.
struct DeploymentSummary {
    DeploymentId deployment{};
    std::string line{}; ///< as to_string(Line)
    std::string application{};
    std::string service{};
    std::string workflow{};
    ImageId image{};
    std::string new_name{};
    GroupId new_group{};         ///< empty until it exists
    std::string previous_name{}; ///< empty where there was none
    std::string actor{};         ///< of the newest run
    std::string reason{};
    TimePoint begun_at{};
    TimePoint updated_at{};
    std::string step{}; ///< the one that was started last
    bool is_rolling_back = false;
    std::string open_gate{};              ///< the approval or bake that it waits at; may be empty
    std::optional<OutcomeKind> outcome{}; ///< of the newest run; empty: it runs, or died
    std::string message{};                ///< why it did not end as done; may be empty
    GroupId serving{};                    ///< as Outcome
    std::optional<TimePoint> due_at{};    ///< as Outcome
    int cleanup_due = 0;                  ///< steps of the cleanup that failed
    std::vector<Milliseconds> times_to_healthy{};
    std::uint64_t inbox = 0; ///< decisions up to this place of the inbox are in the journal

    /// Whether the line is not free for another deployment: it goes on, or is put back, first.
    bool is_unfinished() const noexcept { return !outcome || !is_finished(*outcome); }

    bool operator==(const DeploymentSummary&) const = default;
};

DeploymentSummary summarize(const JournalState& journal);

/// Version 1, a few hundred bytes.
Document encode(const DeploymentSummary& summary);
/// Fails with protocol, with the JSON path.
Result<DeploymentSummary> decode_deployment_summary(const Document& document);

/// What `line` of them, newest first, say about a line: what the last finished deployment left
/// serving, which one is unfinished, and how long groups took to become healthy.
LineHistory history_of(const std::vector<DeploymentSummary>& newest_first);

} // namespace elastiroll
