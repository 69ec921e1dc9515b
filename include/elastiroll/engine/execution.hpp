#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/engine/event.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/plan/summary.hpp>
#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll {

/// Everything a deployment starts from.
struct ExecutionStart {
    DeploymentId deployment{};
    DeploymentSpec spec{};
    Snapshot snapshot{};
    DeploymentPlan plan{};
    std::string actor{};
    std::string reason{};
    std::vector<Milliseconds> times_to_healthy{}; ///< seen by earlier deployments of the line
    bool detaches = false; ///< ends as detached at the first gate, instead of waiting there
};

/// How a deployment is taken up again.
struct ExecutionResume {
    JournalState journal{};
    ResumeMode mode = ResumeMode::go_on;
    bool accepts_drift = false; ///< what is seen now counts, whatever the journal has
    bool detaches = false;      ///< as ExecutionStart
    std::string actor{};
    std::string reason{};
};

/// Runs a plan. Sans-I/O: it is given replies, the time and decisions, and gives back calls to
/// make, records to persist before those calls, a time to wake at, events and, in the end, the
/// outcome. It never blocks, sleeps, locks or opens a socket. Used by one thread at a time.
class Execution {
public:
    Execution(ExecutionStart start, TimePoint now);
    /// Goes on from a journal. A step that was under way is observed first, whatever became of its
    /// call; a deployment that has ended runs the cleanup that is due, or is undone.
    Execution(ExecutionResume resume, TimePoint now);
    Execution(Execution&&) noexcept;
    Execution& operator=(Execution&&) noexcept;
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;
    ~Execution();

    struct Work {
        /// To persist, in this order, before anything else of this or later work happens. Each
        /// batch is answered by on_persisted().
        std::vector<JournalRecord> records{};
        std::vector<CallRequest> calls{}; ///< ids are unique within this object
        std::vector<Event> events{};
        std::optional<TimePoint> wake_at{};
    };
    /// What is to be done now; each thing is given once.
    Work work(TimePoint now);

    /// All records up to `sequence` would survive a crash.
    void on_persisted(std::uint64_t sequence, TimePoint now);
    /// Records could not be kept: no further call is made, the outcome is stopped (lock_lost for
    /// lock_held).
    void on_persist_failed(Error error, TimePoint now);
    void on_reply(CallReply reply, TimePoint now);
    /// A person decided. An approval for a gate that is not open yet is kept for it.
    void decide(DecisionEntry decision, TimePoint now);
    /// Stop after the current call; the outcome is interrupted and the journal resumes.
    void interrupt(TimePoint now);

    /// How it ended; empty while it runs. Set only after the last record was persisted.
    const std::optional<Outcome>& outcome() const noexcept;
    const DeploymentId& deployment() const noexcept;
    /// The deployment as lists show it, as of the newest record.
    DeploymentSummary summary() const;
    /// Decisions up to this place of the store's inbox are in the journal.
    std::uint64_t inbox() const noexcept;

    /// Bytes held, documents left out: a budget that is tested.
    std::size_t memory_bytes() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace elastiroll
