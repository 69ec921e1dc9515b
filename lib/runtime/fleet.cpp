#include "runtime/call_pump.hpp"
#include "runtime/journal_pack.hpp"

#include <elastiroll/engine/observation.hpp>
#include <elastiroll/plan/planner.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace elastiroll {
namespace {

/// A holder that is gone is found out after this; it renews three times in between.
constexpr Milliseconds lease_duration{30'000};
constexpr Milliseconds lease_renewal{10'000};
/// Before anything was changed there is no reason to be patient.
constexpr Milliseconds observation_patience{120'000};

enum class Stage : std::uint8_t { leasing, reading, observing, running, ended };

/// What a ticket of the store was for.
enum class TicketUse : std::uint8_t { lease, renewal, append, read, release };

struct Ticket {
    std::size_t member = 0;
    TicketUse use = TicketUse::lease;
    std::uint64_t sequence = 0; ///< of an append: the last journal record in it
};

struct Member {
    Stage stage = Stage::leasing;
    DeployRequest request{};
    std::optional<ResumeMode> resumes{};
    std::string line{};
    FencingNumber fence = 0;
    TimePoint renew_at{};
    bool is_renewing = false;
    JournalPacker packer{};
    JournalUnpacker unpacker{};
    std::optional<JournalState> journal{};
    std::optional<Observation> observation{};
    std::optional<Execution> execution{};
    std::optional<TimePoint> wake_at{};
    std::optional<Outcome> outcome{};
};

Outcome refused(Error error) {
    const bool is_passing =
        error.category == ErrorCategory::timeout || error.category == ErrorCategory::throttled ||
        error.category == ErrorCategory::unavailable || error.category == ErrorCategory::cancelled;
    Outcome outcome{OutcomeKind::refused, {}, {}, {}, {}};
    if (error.category == ErrorCategory::lock_held)
        outcome.kind = OutcomeKind::lock_lost;
    else if (is_passing)
        outcome.kind = OutcomeKind::unchanged;
    outcome.error = std::move(error);
    return outcome;
}

} // namespace

Clock::~Clock() = default;
Observer::~Observer() = default;

struct Fleet::State {
    explicit State(RuntimePorts given) : ports(given), calls(given) {}

    // Members are named by their place, which never changes.

    std::size_t add(Member member) {
        const std::size_t index = members.size();
        places.emplace(member.request.deployment, index);
        members.push_back(std::move(member));
        ++running;
        return index;
    }

    void ask_store(std::size_t member, TicketUse use, StoreOperation operation,
                   std::uint64_t sequence = 0) {
        const std::uint64_t ticket = next_ticket++;
        tickets.emplace(ticket, Ticket{member, use, sequence});
        batch.push_back({StoreTicket{ticket}, std::move(operation)});
    }

    void ask_lease(std::size_t index, TimePoint now) {
        Member& member = members[index];
        const bool is_renewal = member.fence != 0;
        member.is_renewing = is_renewal;
        ask_store(index, is_renewal ? TicketUse::renewal : TicketUse::lease,
                  LeaseOperation{member.line, member.request.actor, member.request.deployment,
                                 member.fence, lease_duration, now});
    }

    void tell(const Member& member, const Event& event) const {
        if (ports.observer)
            ports.observer->on_event(member.request.deployment, event);
    }

    /// Ends a member that never ran.
    void end_early(std::size_t index, Outcome outcome) {
        Member& member = members[index];
        tell(member, {ports.clock->now(), EndedEvent{outcome}});
        end(index, std::move(outcome));
    }

    void end(std::size_t index, Outcome outcome) {
        Member& member = members[index];
        member.outcome = std::move(outcome);
        member.stage = Stage::ended;
        member.observation.reset();
        member.execution.reset();
        calls.forget(index);
        set_wake(index, std::nullopt);
        if (member.fence != 0)
            ask_store(index, TicketUse::release, ReleaseOperation{member.line, member.fence});
        --running;
    }

    void set_wake(std::size_t index, std::optional<TimePoint> at) {
        Member& member = members[index];
        if (member.wake_at == at)
            return;
        if (member.wake_at)
            wakes.erase({*member.wake_at, index});
        if (at)
            wakes.emplace(*at, index);
        member.wake_at = at;
    }

    // One member's turn.

    void step(std::size_t index, TimePoint now) {
        Member& member = members[index];
        if (member.stage == Stage::observing)
            observe(index, now);
        else if (member.stage == Stage::running)
            run(index, now);
        if (member.stage == Stage::ended)
            return;
        if (member.fence != 0 && now >= member.renew_at && !member.is_renewing)
            ask_lease(index, now);
    }

    void observe(std::size_t index, TimePoint now) {
        Member& member = members[index];
        Observation::Work work = member.observation->work(now);
        for (CallRequest& request : work.calls)
            calls.submit(index, std::move(request), now);
        if (!member.observation->result()) {
            set_wake(index, earliest(work.wake_at, member.renew_at));
            return;
        }
        Result<Snapshot> snapshot = *member.observation->result();
        member.observation.reset();
        if (!snapshot)
            return end_early(index, refused(std::move(snapshot).error()));
        auto plan = plan_deployment(member.request.spec, *snapshot);
        if (!plan) {
            Outcome outcome{OutcomeKind::refused, std::move(plan).error(), {}, {}, {}};
            return end_early(index, std::move(outcome));
        }
        if (!plan->is_no_op && member.request.confirm && !member.request.confirm(*plan)) {
            Error no{.category = ErrorCategory::cancelled,
                     .message = "the plan was not confirmed; nothing was changed"};
            return end_early(index, refused(std::move(no)));
        }
        ExecutionStart start{member.request.deployment,
                             std::move(member.request.spec),
                             std::move(*snapshot),
                             std::move(*plan),
                             member.request.actor,
                             member.request.reason,
                             {}};
        member.request.spec = {};
        member.execution.emplace(std::move(start), ports.clock->now());
        member.stage = Stage::running;
        run(index, ports.clock->now());
    }

    void run(std::size_t index, TimePoint now) {
        Member& member = members[index];
        Execution::Work work = member.execution->work(now);
        if (!work.records.empty())
            append(index, work.records);
        for (CallRequest& request : work.calls)
            calls.submit(index, std::move(request), now);
        set_wake(index, earliest(work.wake_at, member.renew_at));
        for (const Event& event : work.events)
            tell(member, event);
        if (member.execution && member.execution->outcome())
            end(index, *member.execution->outcome());
    }

    void append(std::size_t index, const std::vector<JournalRecord>& records) {
        Member& member = members[index];
        AppendOperation operation{member.request.deployment, member.line, member.fence, {}};
        for (const JournalRecord& record : records)
            std::ranges::move(member.packer.pack(record), std::back_inserter(operation.records));
        ask_store(index, TicketUse::append, std::move(operation), records.back().sequence);
    }

    static TimePoint earliest(std::optional<TimePoint> wake, TimePoint renewal) {
        return wake ? std::min(*wake, renewal) : renewal;
    }

    // The store's answers.

    void on_completion(StoreCompletion completion, TimePoint now) {
        const auto found = tickets.find(static_cast<std::uint64_t>(completion.ticket));
        if (found == tickets.end())
            return;
        const Ticket ticket = found->second;
        tickets.erase(found);
        Member& member = members[ticket.member];
        if (member.stage == Stage::ended)
            return;
        dirty.insert(ticket.member);
        switch (ticket.use) {
        case TicketUse::lease: return on_lease(ticket.member, std::move(completion.result), now);
        case TicketUse::read: return on_journal(ticket.member, std::move(completion.result), now);
        case TicketUse::renewal:
            member.is_renewing = false;
            member.renew_at = now + lease_renewal;
            if (!completion.result && member.execution)
                member.execution->on_persist_failed(completion.result.error(), now);
            return;
        case TicketUse::append:
            if (!member.execution)
                return;
            if (completion.result)
                member.execution->on_persisted(ticket.sequence, now);
            else
                member.execution->on_persist_failed(completion.result.error(), now);
            return;
        case TicketUse::release: return;
        }
    }

    void on_lease(std::size_t index, Result<StoreAnswer> result, TimePoint now) {
        Member& member = members[index];
        if (!result)
            return end_early(index, refused(std::move(result).error()));
        member.fence = result->fence;
        member.renew_at = now + lease_renewal;
        if (member.resumes) {
            member.execution.emplace(std::move(*member.journal), *member.resumes, now);
            member.journal.reset();
            member.stage = Stage::running;
            return;
        }
        member.observation.emplace(member.request.spec, now, now + observation_patience);
        member.stage = Stage::observing;
    }

    void on_journal(std::size_t index, Result<StoreAnswer> result, TimePoint now) {
        Member& member = members[index];
        if (!result)
            return end_early(index, refused(std::move(result).error()));
        std::vector<JournalRecord> records;
        for (const StoredRecord& stored : result->records) {
            auto record = member.unpacker.unpack(stored);
            if (!record)
                return end_early(index, refused(std::move(record).error()));
            if (*record)
                records.push_back(std::move(**record));
        }
        auto journal = replay(records);
        if (!journal)
            return end_early(index, refused(std::move(journal).error()));
        member.packer = member.unpacker.packer();
        member.unpacker = {};
        member.line = to_string(journal->spec.line);
        member.journal = std::move(*journal);
        member.stage = Stage::leasing;
        ask_lease(index, now);
    }

    // The loop.

    /// Does all that can be done without waiting.
    void settle() {
        for (;;) {
            const TimePoint now = ports.clock->now();
            while (!wakes.empty() && wakes.begin()->first <= now) {
                const std::size_t index = wakes.begin()->second;
                set_wake(index, std::nullopt);
                dirty.insert(index);
            }
            if (dirty.empty() && batch.empty() && !ports.store->is_busy())
                return;
            for (const std::size_t index : std::exchange(dirty, {}))
                step(index, now);
            if (!batch.empty())
                ports.store->submit(std::exchange(batch, {}));
            std::vector<StoreCompletion> completions = ports.store->poll();
            for (StoreCompletion& one : completions)
                on_completion(std::move(one), now);
            // A store that works in the background is asked again after the wait.
            if (completions.empty() && dirty.empty() && batch.empty())
                return;
        }
    }

    RuntimePorts ports;
    CallPump calls;
    std::deque<Member> members;
    std::map<DeploymentId, std::size_t> places;
    std::unordered_map<std::uint64_t, Ticket> tickets;
    std::uint64_t next_ticket = 1;
    StoreBatch batch;
    std::set<std::size_t> dirty;
    std::set<std::pair<TimePoint, std::size_t>> wakes;
    std::size_t running = 0;
};

Fleet::Fleet(RuntimePorts ports) : state_(std::make_unique<State>(ports)) {}
Fleet::~Fleet() = default;

void Fleet::add(DeployRequest request) {
    Member member;
    member.line = to_string(request.spec.line);
    member.request = std::move(request);
    state_->ask_lease(state_->add(std::move(member)), state_->ports.clock->now());
}

void Fleet::resume(const DeploymentId& deployment, ResumeMode mode) {
    Member member;
    member.stage = Stage::reading;
    member.request.deployment = deployment;
    member.resumes = mode;
    state_->ask_store(state_->add(std::move(member)), TicketUse::read,
                      ReadOperation{deployment, 0});
}

bool Fleet::pump(Milliseconds wait) {
    state_->settle();
    if (state_->running == 0)
        return false;
    const TimePoint now = state_->ports.clock->now();
    TimePoint until = now + wait;
    if (!state_->wakes.empty())
        until = std::min(until, state_->wakes.begin()->first);
    if (state_->ports.store->is_busy())
        until = now;
    for (CallPump::Answer& answer : state_->calls.poll(until)) {
        Member& member = state_->members[answer.owner];
        const TimePoint then = state_->ports.clock->now();
        if (member.observation)
            member.observation->on_reply(std::move(answer.reply), then);
        else if (member.execution)
            member.execution->on_reply(std::move(answer.reply), then);
        state_->dirty.insert(answer.owner);
    }
    state_->settle();
    return state_->running > 0;
}

void Fleet::run() {
    constexpr Milliseconds long_enough{3'600'000};
    while (pump(long_enough)) {
    }
}

void Fleet::decide(const DeploymentId& deployment, const DecisionEntry& decision) {
    const auto found = state_->places.find(deployment);
    if (found == state_->places.end() || !state_->members[found->second].execution)
        return;
    state_->members[found->second].execution->decide(decision, state_->ports.clock->now());
    state_->dirty.insert(found->second);
}

void Fleet::interrupt() {
    const TimePoint now = state_->ports.clock->now();
    for (std::size_t i = 0; i < state_->members.size(); ++i) {
        Member& member = state_->members[i];
        if (member.stage == Stage::ended)
            continue;
        if (member.execution) {
            member.execution->interrupt(now);
            state_->dirty.insert(i);
            continue;
        }
        Outcome outcome{OutcomeKind::interrupted, {}, {}, {}, {}};
        outcome.error = Error{.category = ErrorCategory::cancelled,
                              .message = "interrupted before anything was changed"};
        state_->end_early(i, std::move(outcome));
    }
}

std::optional<Outcome> Fleet::outcome(const DeploymentId& deployment) const {
    const auto found = state_->places.find(deployment);
    if (found == state_->places.end())
        return std::nullopt;
    return state_->members[found->second].outcome;
}

Outcome deploy(DeployRequest request, const RuntimePorts& ports) {
    const DeploymentId id = request.deployment;
    Fleet fleet(ports);
    fleet.add(std::move(request));
    fleet.run();
    return *fleet.outcome(id);
}

Outcome resume(const DeploymentId& deployment, ResumeMode mode, const RuntimePorts& ports) {
    Fleet fleet(ports);
    fleet.resume(deployment, mode);
    fleet.run();
    return *fleet.outcome(deployment);
}

Result<Planned> plan(const DeploymentSpec& spec, const RuntimePorts& ports) {
    CallPump calls(ports);
    TimePoint now = ports.clock->now();
    Observation observation(spec, now, now + observation_patience);
    for (;;) {
        now = ports.clock->now();
        Observation::Work work = observation.work(now);
        for (CallRequest& request : work.calls)
            calls.submit(0, std::move(request), now);
        if (observation.result())
            break;
        const TimePoint until = work.wake_at.value_or(now + observation_patience);
        for (CallPump::Answer& answer : calls.poll(until))
            observation.on_reply(std::move(answer.reply), ports.clock->now());
    }
    if (!*observation.result())
        return Unexpected(observation.result()->error());
    auto plan = plan_deployment(spec, **observation.result());
    if (!plan)
        return Unexpected(std::move(plan).error());
    return Planned{**observation.result(), std::move(*plan)};
}

} // namespace elastiroll
