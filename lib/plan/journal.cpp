#include <elastiroll/plan/journal.hpp>

#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {

std::string_view to_string(CallEnd end) noexcept {
    switch (end) {
    case CallEnd::answered: return "answered";
    case CallEnd::failed: return "failed";
    case CallEnd::unanswered: return "unanswered";
    }
    return "unanswered";
}

std::string_view to_string(StepEnd end) noexcept {
    switch (end) {
    case StepEnd::done: return "done";
    case StepEnd::warned: return "warned";
    case StepEnd::failed: return "failed";
    }
    return "failed";
}

std::string_view to_string(DecisionKind kind) noexcept {
    switch (kind) {
    case DecisionKind::approve: return "approve";
    case DecisionKind::abort: return "abort";
    }
    return "abort";
}

std::string_view to_string(ResumeMode mode) noexcept {
    return mode == ResumeMode::go_on ? "go_on" : "roll_back";
}

namespace {

struct EntryName {
    std::string_view operator()(const BegunEntry&) const { return "begun"; }
    std::string_view operator()(const ResumedEntry&) const { return "resumed"; }
    std::string_view operator()(const PlannedEntry&) const { return "planned"; }
    std::string_view operator()(const StepStartedEntry&) const { return "step_started"; }
    std::string_view operator()(const CallStartedEntry&) const { return "call_started"; }
    std::string_view operator()(const CallEndedEntry&) const { return "call_ended"; }
    std::string_view operator()(const StepEndedEntry&) const { return "step_ended"; }
    std::string_view operator()(const DecisionEntry&) const { return "decision"; }
    std::string_view operator()(const FailedEntry&) const { return "failed"; }
    std::string_view operator()(const EndedEntry&) const { return "ended"; }
};

/// Folds one entry; each overload is one line of the journal's meaning.
struct Fold {
    JournalState& state;
    TimePoint at;

    void operator()(const BegunEntry& entry) const {
        state.deployment = entry.deployment;
        state.spec = entry.spec;
        state.begun_at = at;
        state.actor = entry.actor;
        state.reason = entry.reason;
    }
    void operator()(const ResumedEntry& entry) const {
        note_unknown();
        state.has_changed = state.may_have_changed();
        state.open_call.reset();
        state.actor = entry.actor;
        state.reason = entry.reason;
    }
    void operator()(const PlannedEntry& entry) const {
        if (entry.plan.kind == PlanKind::rollback)
            state.rollback = entry.plan;
        if (entry.plan.kind != PlanKind::deploy)
            return;
        // A plan that was made again rests on the newer observation; what the deployment itself had
        // already suspended is not in it, so that a rollback gives it back.
        state.plan = entry.plan;
        state.snapshot = entry.snapshot;
    }
    void operator()(const StepStartedEntry& entry) const {
        state.started.insert(entry.step);
        state.step = entry.step;
        state.started_at.emplace(entry.step, at);
        const std::string_view section =
            std::string_view(entry.step).substr(0, entry.step.find('.'));
        state.deadlines.insert_or_assign(std::string(section), entry.deadline);
    }
    const SetForwardsStep* forwards_of(const std::string& id) const {
        const Step* step = state.plan.find(id);
        if (!step && state.rollback)
            step = state.rollback->find(id);
        return step ? std::get_if<SetForwardsStep>(&step->action) : nullptr;
    }
    /// The open call has no answer, and may come into force late.
    void note_unknown() const {
        if (!state.open_call)
            return;
        const CallStartedEntry& call = *state.open_call;
        if (call.call == "create_group")
            state.has_unknown_create = true;
        if (call.call == "suspend_processes")
            state.unknown_holds.insert_or_assign(call.group, state.open_call_at);
        const SetForwardsStep* forwards = forwards_of(call.step);
        if (!forwards)
            return;
        for (UnknownForwards& one : state.unknown_forwards) {
            if (one.action.arn != forwards->arn || !are_same_actions(one.action.to, forwards->to))
                continue;
            one.announced_at = state.open_call_at;
            return;
        }
        state.unknown_forwards.push_back({*forwards, state.open_call_at});
    }
    void operator()(const CallStartedEntry& entry) const {
        note_unknown();
        if (const SetForwardsStep* forwards = forwards_of(entry.step)) {
            for (UnknownForwards& one : state.unknown_forwards)
                one.is_repeated = one.is_repeated || one.action.arn == forwards->arn;
        }
        if (state.open_call)
            state.has_changed = true;
        if (entry.call == "create_group")
            state.create_posted_at = at;
        state.open_call = entry;
        state.open_call_at = at;
        state.announced.insert(entry.step);
        state.answered.erase(entry.step);
    }
    void operator()(const CallEndedEntry& entry) const {
        if (entry.end == CallEnd::unanswered)
            note_unknown();
        state.open_call.reset();
        // A call that failed for sure has changed nothing.
        if (entry.end != CallEnd::failed)
            state.has_changed = true;
        if (entry.end == CallEnd::answered)
            state.answered.insert(entry.step);
        if (entry.call == "create_group" && !entry.group.empty())
            state.new_group = entry.group;
    }
    void operator()(const StepEndedEntry& entry) const {
        if (entry.end == StepEnd::done) {
            // An approval that named no gate is good for the one that it opened.
            const Step* step = state.plan.find(entry.step);
            if (step && std::holds_alternative<ApprovalGateStep>(step->action) &&
                !state.approved.contains(entry.step))
                state.approved.erase("");
            state.done.insert(entry.step);
            state.warned.erase(entry.step);
        }
        if (entry.end == StepEnd::warned)
            state.warned.insert(entry.step);
        if (!entry.group.empty())
            state.new_group = entry.group;
        state.times_to_healthy.insert(state.times_to_healthy.end(), entry.times_to_healthy.begin(),
                                      entry.times_to_healthy.end());
    }
    void operator()(const DecisionEntry& entry) const {
        state.inbox = std::max(state.inbox, entry.inbox);
        if (entry.kind == DecisionKind::abort)
            state.is_aborted = true;
        else
            state.approved.insert(entry.gate);
    }
    void operator()(const FailedEntry& entry) const { state.failure = entry.error; }
    void operator()(const EndedEntry& entry) const { state.outcome = entry.outcome; }
};

} // namespace

std::string_view entry_name(const JournalEntry& entry) noexcept {
    return std::visit(EntryName{}, entry);
}

void apply(JournalState& state, const JournalRecord& record) {
    state.last_sequence = record.sequence;
    state.updated_at = record.at;
    // Whatever comes after an end is a later run of the same deployment.
    if (!std::holds_alternative<EndedEntry>(record.entry))
        state.outcome.reset();
    std::visit(Fold{state, record.at}, record.entry);
}

Result<JournalState> replay(const std::vector<JournalRecord>& records) {
    if (records.empty() || !std::holds_alternative<BegunEntry>(records.front().entry))
        return fail(ErrorCategory::protocol,
                    "reading a journal: its first record is not \"begun\"; it was cut off or is no "
                    "journal of a deployment");
    JournalState state;
    for (const JournalRecord& record : records) {
        if (record.sequence != state.last_sequence + 1)
            return fail(ErrorCategory::protocol,
                        fmt::format("reading journal {}: record {} comes after {}; a record is "
                                    "missing, so nothing can be concluded from it",
                                    state.deployment.text(), record.sequence, state.last_sequence));
        apply(state, record);
    }
    return state;
}

} // namespace elastiroll
