#pragma once

#include <elastiroll/base/error.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/outcome.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll {

// The append-only record of a deployment: spec, snapshot, plan, every decision, every mutating
// call's start and end, one summary per wait. All times are absolute.

/// The first record.
struct BegunEntry {
    DeploymentId deployment{};
    DeploymentSpec spec{};
    std::string actor{};   ///< who: `user@host`
    std::string reason{};  ///< what for; may be empty
    std::string program{}; ///< `elastiroll 0.1.0`
    bool operator==(const BegunEntry&) const = default;
};
/// What a resumed run is to do.
enum class ResumeMode : std::uint8_t {
    go_on,     ///< with what is left, or with the cleanup that is due
    roll_back, ///< put everything back; of a finished deployment: undo it
};
std::string_view to_string(ResumeMode mode) noexcept;
/// A later run took the deployment up.
struct ResumedEntry {
    ResumeMode mode = ResumeMode::go_on;
    bool accepts_drift = false; ///< what is seen now counts, whatever was recorded
    std::string actor{};
    std::string reason{};
    std::string program{};
    bool operator==(const ResumedEntry&) const = default;
};
/// A plan was made from an observation; its steps are the only ones that may change anything.
struct PlannedEntry {
    Snapshot snapshot{};
    DeploymentPlan plan{};
    std::string resumes_after{}; ///< id of the last step that stays done; empty: from the start
    bool operator==(const PlannedEntry&) const = default;
};
struct StepStartedEntry {
    std::string step{};
    TimePoint deadline{}; ///< of the step's section
    bool operator==(const StepStartedEntry&) const = default;
};
/// A mutating call is about to be sent. Persisted before it is.
struct CallStartedEntry {
    std::string step{};
    std::string call{};   ///< as call_name()
    GroupId group{};      ///< empty for create_group
    std::string detail{}; ///< for people: "scale sig-1 to 2/4/8"
    bool operator==(const CallStartedEntry&) const = default;
};
enum class CallEnd : std::uint8_t { answered, failed, unanswered };
std::string_view to_string(CallEnd end) noexcept;
struct CallEndedEntry {
    std::string step{};
    std::string call{};
    CallEnd end = CallEnd::answered;
    GroupId group{}; ///< for create_group: the new group
    std::string request_id{};
    std::optional<Error> error{};
    Milliseconds latency{};
    bool operator==(const CallEndedEntry&) const = default;
};
enum class StepEnd : std::uint8_t { done, warned, failed };
std::string_view to_string(StepEnd end) noexcept;
struct StepEndedEntry {
    std::string step{};
    StepEnd end = StepEnd::done;
    GroupId group{};              ///< CreateGroupStep: the new group's id
    std::optional<Error> error{}; ///< why it failed or warned
    std::string summary{};        ///< of a wait: "4 of 4 healthy after 1 min 32 s, 7 looks"
    std::vector<Milliseconds> times_to_healthy{}; ///< of a wait: what later waits look around
    bool operator==(const StepEndedEntry&) const = default;
};
enum class DecisionKind : std::uint8_t { approve, abort };
std::string_view to_string(DecisionKind kind) noexcept;
/// What a person, or a gate's clock, decided.
struct DecisionEntry {
    DecisionKind kind = DecisionKind::approve;
    std::string gate{}; ///< step id; empty: whichever is open
    std::string actor{};
    std::string reason{};    ///< what for; may be empty
    std::uint64_t inbox = 0; ///< its place in the store's inbox; 0: it did not come from there
    bool operator==(const DecisionEntry&) const = default;
};
/// The deployment failed; what follows puts things back, or a person does.
struct FailedEntry {
    Error error{};
    bool operator==(const FailedEntry&) const = default;
};
/// The last record of a run; a later run of the same deployment may append after it.
struct EndedEntry {
    Outcome outcome{};
    bool operator==(const EndedEntry&) const = default;
};

using JournalEntry =
    std::variant<BegunEntry, ResumedEntry, PlannedEntry, StepStartedEntry, CallStartedEntry,
                 CallEndedEntry, StepEndedEntry, DecisionEntry, FailedEntry, EndedEntry>;

struct JournalRecord {
    std::uint64_t sequence = 0; ///< from 1, without gaps
    TimePoint at{};
    JournalEntry entry{};

    bool operator==(const JournalRecord&) const = default;
};

/// `begun`, `planned`, ...: the entry's name in JSON.
std::string_view entry_name(const JournalEntry& entry) noexcept;

/// The record as a document, version 1. Documents that it carries (templates, user data, group
/// documents) are inside; what stores and exports leave out is theirs to replace.
Document encode(const JournalRecord& record);
/// Fails with protocol, with the JSON path.
Result<JournalRecord> decode_journal_record(const Document& document);

Document encode(const Snapshot& snapshot);
Result<Snapshot> decode_snapshot(const Document& document);
Document encode(const Error& error);
Result<Error> decode_error(const Document& document);
Document encode(const DecisionEntry& decision);
Result<DecisionEntry> decode_decision(const Document& document);
Document encode(const Outcome& outcome);
Result<Outcome> decode_outcome(const Document& document);

/// A change of a route that had no answer: it may come into force late.
struct UnknownForwards {
    SetForwardsStep action{};
    TimePoint announced_at{};
    bool is_repeated = false; ///< sent again since, so that its effect does not tell which came
};

/// Where a deployment stands: the fold over its journal.
struct JournalState {
    DeploymentId deployment{};
    DeploymentSpec spec{};
    TimePoint begun_at{};
    TimePoint updated_at{}; ///< of the newest record
    std::string actor{};    ///< of the newest run
    std::string reason{};   ///< as `actor`
    std::string step{};     ///< the one that was started last
    /// Made by the deployment's own plan, before anything was changed: what a rollback restores.
    Snapshot snapshot{};
    DeploymentPlan plan{};                       ///< the deployment's own, newest version
    std::optional<DeploymentPlan> rollback{};    ///< newest rollback plan, once one was made
    std::set<std::string, std::less<>> done{};   ///< ids of ended steps (done), all plans
    std::set<std::string, std::less<>> warned{}; ///< ids of cleanup steps that failed
    std::set<std::string, std::less<>> started{};
    std::map<std::string, TimePoint, std::less<>> deadlines{};  ///< per section
    std::map<std::string, TimePoint, std::less<>> started_at{}; ///< per step
    GroupId new_group{};                                        ///< empty until known
    std::optional<CallStartedEntry> open_call{};                ///< announced and not ended
    TimePoint open_call_at{};                                   ///< when it was announced
    std::set<std::string, std::less<>> announced{};             ///< steps that announced a call
    std::set<std::string, std::less<>> answered{}; ///< steps whose newest call was answered
    bool has_changed = false; ///< whether a call changed something, or may have
    std::optional<Error> failure{};
    std::optional<Outcome> outcome{};              ///< of the newest run
    std::set<std::string, std::less<>> approved{}; ///< gates
    bool is_aborted = false;
    std::uint64_t inbox = 0;         ///< decisions up to this place of the inbox are in the journal
    bool has_unknown_create = false; ///< a create had no answer: there may be a second group
    std::optional<TimePoint> create_posted_at{}; ///< when the newest create was announced
    /// Groups with a hold that had no answer, and when the newest such was announced: it may come
    /// into force late.
    std::map<GroupId, TimePoint> unknown_holds{};
    std::vector<UnknownForwards> unknown_forwards{}; ///< by route and actions, each once
    std::vector<Milliseconds> times_to_healthy{};    ///< seen in this deployment, in order
    std::uint64_t last_sequence = 0;

    /// Whether anything may be different from before: a call was answered, or none can tell.
    bool may_have_changed() const noexcept { return has_changed || open_call.has_value(); }
};

/// Folds one more record. Records come in order; one that fits nowhere is ignored (a later version
/// may write what this one does not know).
void apply(JournalState& state, const JournalRecord& record);

/// Fails with protocol where the first record is not `begun` or a sequence number is missing.
Result<JournalState> replay(const std::vector<JournalRecord>& records);

} // namespace elastiroll
