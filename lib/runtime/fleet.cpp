#include "runtime/call_pump.hpp"
#include "runtime/journal_pack.hpp"

#include <elastiroll/engine/observation.hpp>
#include <elastiroll/plan/planner.hpp>
#include <elastiroll/plan/tag_rollback.hpp>
#include <elastiroll/runtime/journals.hpp>
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

/// A lease outlives a call by this: as long as one renewal in three arrives, calls can be sent.
constexpr Milliseconds lease_margin{30'000};
constexpr Milliseconds lease_renewal{10'000};
/// After a store's "not now", the renewal is tried again.
constexpr Milliseconds lease_retry{2'000};
/// So many former deployments of a line say what it left serving and how long its groups take.
constexpr std::size_t history_max = 20;
/// Before anything was changed there is no reason to be patient.
constexpr Milliseconds observation_patience{120'000};

enum class Stage : std::uint8_t { reading, leasing, listing, settling, observing, running, ended };

/// What a ticket of the store was for.
enum class TicketUse : std::uint8_t { read, lease, list, renewal, inbox, append, release };

struct Ticket {
    std::size_t member = 0;
    TicketUse use = TicketUse::lease;
    std::uint64_t sequence = 0; ///< of an append: the last journal record in it
    bool ends_journal = false;  ///< of an append: that record tells the outcome
};

struct Member {
    Stage stage = Stage::leasing;
    CallClient* client = nullptr;
    CallClient* aws = nullptr;
    DeployRequest request{};
    std::optional<ResumeRequest> resumes{};
    bool is_from_tags = false; ///< nothing is deployed: what the tags tell of is rolled back
    bool is_plan = false;      ///< nothing is done either: it ends with `planned`
    std::optional<Result<SavedPlan>> planned{};
    std::string line{};
    Milliseconds call_timeout{};
    FencingNumber fence = 0;
    Milliseconds asked_at{};    ///< monotonic: when the newest lease operation was submitted
    Milliseconds lease_until{}; ///< monotonic
    TimePoint renew_at{};
    TimePoint settled_at{}; ///< when the last call of a holder that is gone has ended
    bool is_renewing = false;
    std::uint64_t inbox = 0;
    LineHistory history{};
    std::vector<StoredRecord> posted{};   ///< decisions that wait for the run to begin
    std::vector<DecisionEntry> decided{}; ///< likewise, told by the host
    std::vector<CallRequest> held{};      ///< changes that wait for the lease to be renewed
    bool is_end_kept = false;             ///< the journal has the outcome
    JournalPacker packer{};
    JournalUnpacker unpacker{};
    std::vector<JournalRecord> records{}; ///< of the journal that is taken up, as far as read
    std::optional<Observation> observation{};
    std::optional<Execution> execution{};
    std::optional<TimePoint> wake_at{};
    std::optional<Outcome> outcome{};
};

/// Whether a journal with this record ends in another headline than before.
bool changes_headline(const JournalRecord& record) {
    return !std::holds_alternative<CallStartedEntry>(record.entry) &&
           !std::holds_alternative<CallEndedEntry>(record.entry);
}

/// The wall clock's time when the fleet was made, moved on by the monotonic clock: who sets the
/// machine's clock neither wakes nor delays anybody.
class SteadyClock final : public Clock {
public:
    explicit SteadyClock(Clock& clock)
        : clock_(&clock), wall_(clock.now()), steady_(clock.monotonic()) {}

    TimePoint now() override { return wall_ + (clock_->monotonic() - steady_); }
    Milliseconds monotonic() override { return clock_->monotonic(); }

private:
    Clock* clock_;
    TimePoint wall_;
    Milliseconds steady_;
};

CallClient& client_for(const Call& call, CallClient* spot, CallClient* aws) {
    return std::holds_alternative<AwsCall>(call) ? *aws : *spot;
}

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

/// Whether anything of the line may have changed because of it.
bool has_begun(const DeploymentSummary& summary) {
    return summary.outcome != OutcomeKind::nothing_to_do &&
           summary.outcome != OutcomeKind::unchanged && summary.outcome != OutcomeKind::refused;
}

Error later_deployment(const DeploymentId& own, const DeploymentSummary& later) {
    return {.category = ErrorCategory::conflict,
            .message =
                fmt::format("deployment {} cannot be taken up again: {} of the same line "
                            "has begun since ({}); nothing was changed",
                            own.text(), later.deployment.text(), format_time(later.begun_at))};
}

/// Whether a journal has nothing to go on with or to roll back: it has ended as it has.
bool is_over(const JournalState& journal, ResumeMode mode) {
    if (!journal.outcome || !is_finished(journal.outcome->kind))
        return false;
    if (journal.outcome->kind != OutcomeKind::done)
        return true;
    return mode == ResumeMode::go_on && journal.warned.empty() && !journal.outcome->due_at;
}

} // namespace

Clock::~Clock() = default;
Milliseconds Clock::monotonic() {
    return std::chrono::duration_cast<Milliseconds>(now().time_since_epoch());
}
Observer::~Observer() = default;
ClientSource::~ClientSource() = default;

struct Fleet::State {
    /// The clock is one that nobody sets.
    explicit State(const RuntimePorts& given)
        : clock(*given.clock), ports(given), calls(*given.transport, clock) {}

    // Members are named by their place, which never changes.

    std::size_t add(Member member) {
        const std::size_t index = members.size();
        // One that has ended may be taken up again here: then the new run counts.
        places.insert_or_assign(member.request.deployment, index);
        members.push_back(std::move(member));
        ++running;
        return index;
    }

    void ask_store(std::size_t member, TicketUse use, StoreOperation operation,
                   std::uint64_t sequence = 0, bool ends_journal = false) {
        const std::uint64_t ticket = next_ticket++;
        tickets.emplace(ticket, Ticket{member, use, sequence, ends_journal});
        batch.push_back({StoreTicket{ticket}, std::move(operation)});
    }

    static Milliseconds lease_duration(const Member& member) {
        return member.call_timeout + lease_margin;
    }

    void ask_lease(std::size_t index, TimePoint now) {
        Member& member = members[index];
        const bool is_renewal = member.fence != 0;
        member.is_renewing = is_renewal;
        // Nobody is woken for a renewal that is under way.
        if (is_renewal)
            member.renew_at = now + lease_renewal;
        member.asked_at = clock.monotonic();
        const bool takes_over = !is_renewal && member.resumes && member.resumes->takes_over;
        ask_store(index, is_renewal ? TicketUse::renewal : TicketUse::lease,
                  LeaseOperation{member.line, member.request.actor, member.request.deployment,
                                 member.fence, lease_duration(member), now, takes_over});
        if (is_renewal && member.execution)
            ask_store(index, TicketUse::inbox,
                      InboxOperation{member.request.deployment, member.inbox});
    }

    void has_lease(Member& member, TimePoint now) const {
        member.lease_until = member.asked_at + lease_duration(member);
        member.renew_at = now + lease_renewal;
    }

    void tell(const Member& member, const Event& event) const {
        if (ports.observer)
            ports.observer->on_event(member.request.deployment, event);
    }

    /// Ends a member that never ran.
    void end_early(std::size_t index, Outcome outcome) {
        Member& member = members[index];
        if (member.is_plan)
            member.planned = Unexpected(*outcome.error);
        else
            tell(member, {clock.now(), EndedEvent{outcome}});
        end(index, std::move(outcome));
    }

    void end(std::size_t index, Outcome outcome) {
        Member& member = members[index];
        member.outcome = std::move(outcome);
        member.stage = Stage::ended;
        member.observation.reset();
        member.execution.reset();
        // Of what has ended nothing is kept but how.
        member.records = {};
        member.history = {};
        member.unpacker = {};
        set_wake(index, std::nullopt);
        if (member.fence != 0) {
            erase_documents(index);
            ask_store(index, TicketUse::release, ReleaseOperation{member.line, member.fence});
        }
        member.packer = JournalPacker();
        --running;
    }

    /// What has ended for good, and has it in its journal, needs no template, group document or
    /// user data again, and these may hold secrets. Where it fails, whoever takes the deployment up
    /// next tries again.
    void erase_documents(std::size_t index) {
        const Member& member = members[index];
        const std::vector<std::uint64_t>& documents = member.packer.documents();
        if (!documents.empty() && member.is_end_kept && is_finished(member.outcome->kind))
            ask_store(
                index, TicketUse::release,
                EraseOperation{member.request.deployment, member.line, member.fence, documents});
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
        const Member& member = members[index];
        if (member.stage == Stage::settling && now >= member.settled_at)
            begin(index, now);
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
            submit_to_service(index, std::move(request), now);
        if (!work.notice.empty())
            tell(member, {now, NoticeEvent{{}, std::move(work.notice)}});
        if (!member.observation->result()) {
            set_wake(index,
                     member.is_plan ? work.wake_at : earliest(work.wake_at, member.renew_at));
            return;
        }
        Result<Snapshot> snapshot = *member.observation->result();
        member.observation.reset();
        if (!snapshot)
            return end_early(index, refused(std::move(snapshot).error()));
        if (ports.store)
            snapshot->history = member.history;
        if (member.is_plan) {
            member.planned =
                make_saved_plan(std::exchange(member.request.spec, {}), *std::move(snapshot));
            return end(index, {.kind = OutcomeKind::nothing_to_do});
        }
        if (snapshot->image)
            member.request.spec.image = snapshot->image->id;
        if (member.is_from_tags)
            return roll_back(index, *snapshot);
        auto plan = plan_deployment(member.request.spec, *snapshot);
        if (!plan) {
            Outcome outcome{OutcomeKind::refused, std::move(plan).error(), {}, {}, {}};
            return end_early(index, std::move(outcome));
        }
        if (member.request.saved) {
            if (auto same = check_saved_plan(*member.request.saved, *snapshot, *plan); !same) {
                Outcome outcome{.kind = OutcomeKind::drifted, .error = std::move(same).error()};
                return end_early(index, std::move(outcome));
            }
        }
        if (!plan->is_no_op && !is_confirmed(member, *plan))
            return end_early(index, refused(not_confirmed()));
        ExecutionStart start{member.request.deployment,
                             std::move(member.request.spec),
                             std::move(*snapshot),
                             std::move(*plan),
                             member.request.actor,
                             member.request.reason,
                             std::move(member.history.times_to_healthy),
                             member.request.detaches};
        member.request.spec = {};
        member.request.saved.reset();
        member.execution.emplace(std::move(start), clock.now());
        start_run(index, clock.now());
    }

    /// Rolls back what the tags tell of. The journal that is made from them is kept before anything
    /// else happens, so that whoever dies here leaves one to go on with.
    void roll_back(std::size_t index, const Snapshot& snapshot) {
        Member& member = members[index];
        BegunEntry begun{member.request.deployment, std::exchange(member.request.spec, {}),
                         member.request.actor, member.request.reason,
                         "elastiroll " ELASTIROLL_VERSION};
        auto records = journal_from_tags(std::move(begun), snapshot);
        if (!records)
            return end_early(index, refused(std::move(records).error()));
        auto journal = replay(*records);
        if (!journal)
            return end_early(index, refused(std::move(journal).error()));
        auto plan = plan_rollback(*journal, snapshot);
        if (!plan)
            return end_early(index, refused(std::move(plan).error()));
        for (const std::string& notice : journal->plan.notices)
            tell(member, {clock.now(), NoticeEvent{{}, notice}});
        if (!is_confirmed(member, *plan))
            return end_early(index, refused(not_confirmed()));
        ExecutionResume resume{.journal = *std::move(journal),
                               .mode = ResumeMode::roll_back,
                               .actor = member.request.actor,
                               .reason = member.request.reason};
        member.execution.emplace(std::move(resume), clock.now());
        append(index, *records);
        start_run(index, clock.now());
    }

    void start_run(std::size_t index, TimePoint now) {
        Member& member = members[index];
        member.stage = Stage::running;
        decide(member, std::exchange(member.posted, {}), now);
        for (DecisionEntry& decision : std::exchange(member.decided, {}))
            member.execution->decide(std::move(decision), now);
        run(index, now);
    }

    static bool is_confirmed(const Member& member, const DeploymentPlan& plan) {
        return !member.request.confirm || member.request.confirm(plan);
    }

    static Error not_confirmed() {
        return {.category = ErrorCategory::cancelled,
                .message = "the plan was not confirmed; nothing was changed"};
    }

    void run(std::size_t index, TimePoint now) {
        Member& member = members[index];
        Execution::Work work = member.execution->work(now);
        if (!work.records.empty())
            append(index, work.records);
        for (CallRequest& request : work.calls)
            submit(index, std::move(request), now);
        set_wake(index, earliest(work.wake_at, member.renew_at));
        for (const Event& event : work.events)
            tell(member, event);
        if (member.execution && member.execution->outcome())
            end(index, *member.execution->outcome());
    }

    /// A call that changes something leaves only while the lease outlasts it, and is answered by
    /// then: whoever gets the lease next need not fear it.
    void submit_to_service(std::size_t index, CallRequest request, TimePoint now) {
        const Member& member = members[index];
        CallClient& client = client_for(request.call, member.client, member.aws);
        calls.submit(index, client, std::move(request), now);
    }

    void submit(std::size_t index, CallRequest request, TimePoint now) {
        Member& member = members[index];
        if (is_mutating(request.call)) {
            const Milliseconds left = member.lease_until - clock.monotonic();
            if (left < member.call_timeout) {
                member.held.push_back(std::move(request));
                if (!member.is_renewing)
                    ask_lease(index, now);
                return;
            }
            request.deadline = std::min(request.deadline, now + left);
        }
        submit_to_service(index, std::move(request), now);
    }

    void append(std::size_t index, const std::vector<JournalRecord>& records) {
        Member& member = members[index];
        AppendOperation operation{member.request.deployment, member.line, member.fence, {}, {}};
        for (const JournalRecord& record : records)
            std::ranges::move(member.packer.pack(record), std::back_inserter(operation.records));
        if (std::ranges::any_of(records, changes_headline))
            operation.headline = to_text(encode(member.execution->summary()));
        const bool ends = std::holds_alternative<EndedEntry>(records.back().entry);
        ask_store(index, TicketUse::append, std::move(operation), records.back().sequence, ends);
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
        if (member.stage == Stage::ended) {
            // Interrupted while it asked: nobody else would have to wait for this lease.
            if (ticket.use == TicketUse::lease && completion.result)
                ask_store(ticket.member, TicketUse::release,
                          ReleaseOperation{member.line, completion.result->fence});
            return;
        }
        dirty.insert(ticket.member);
        switch (ticket.use) {
        case TicketUse::read: return on_journal(ticket.member, std::move(completion.result), now);
        case TicketUse::lease: return on_lease(ticket.member, std::move(completion.result), now);
        case TicketUse::list: return on_list(ticket.member, std::move(completion.result), now);
        case TicketUse::renewal: return on_renewal(ticket.member, completion.result, now);
        case TicketUse::inbox: return on_inbox(ticket.member, std::move(completion.result), now);
        case TicketUse::append:
            if (!member.execution)
                return;
            member.is_end_kept = ticket.ends_journal && completion.result.has_value();
            if (completion.result)
                member.execution->on_persisted(ticket.sequence, now);
            else
                member.execution->on_persist_failed(completion.result.error(), now);
            return;
        case TicketUse::release: return;
        }
    }

    /// The journal of a deployment that is taken up: first to learn its line, then, under the
    /// lease, what was added to it meanwhile.
    void on_journal(std::size_t index, Result<StoreAnswer> result, TimePoint now) {
        Member& member = members[index];
        if (!result)
            return end_early(index, refused(std::move(result).error()));
        for (const StoredRecord& stored : result->records) {
            auto record = member.unpacker.unpack(stored);
            if (!record)
                return end_early(index, refused(std::move(record).error()));
            if (*record)
                member.records.push_back(std::move(**record));
        }
        if (member.fence != 0)
            return ask_store(index, TicketUse::list, ListOperation{member.line, {}, history_max});
        const auto* begun = member.records.empty()
                                ? nullptr
                                : std::get_if<BegunEntry>(&member.records.front().entry);
        if (begun == nullptr)
            return end_early(index, refused(replay({}).error()));
        if (!connect(index, begun->spec))
            return;
        member.line = to_string(begun->spec.line);
        member.call_timeout = begun->spec.timing.call_timeout;
        member.stage = Stage::leasing;
        ask_lease(index, now);
    }

    void on_lease(std::size_t index, Result<StoreAnswer> result, TimePoint now) {
        Member& member = members[index];
        if (!result)
            return end_early(index, refused(std::move(result).error()));
        member.fence = result->fence;
        member.packer = JournalPacker();
        has_lease(member, now);
        if (result->is_abandoned) {
            // Who is alive may send until his lease ends, and his last call is over by then.
            const bool takes_over = member.resumes && member.resumes->takes_over;
            const Milliseconds wait = takes_over ? lease_duration(member) : member.call_timeout;
            member.settled_at = now + wait;
            NoticeEvent notice{{},
                               fmt::format("the last holder of {} did not release it; waiting "
                                           "{} for the end of a call that may be under way",
                                           member.line, format_duration(wait))};
            tell(member, {now, std::move(notice)});
        }
        member.stage = Stage::listing;
        if (member.resumes)
            ask_store(index, TicketUse::read,
                      ReadOperation{member.request.deployment, member.unpacker.last()});
        else
            ask_store(index, TicketUse::list, ListOperation{member.line, {}, history_max});
    }

    void on_list(std::size_t index, Result<StoreAnswer> result, TimePoint now) {
        Member& member = members[index];
        if (!result)
            return end_early(index, refused(std::move(result).error()));
        auto summaries = read_summaries(result->deployments);
        if (!summaries)
            return end_early(index, refused(std::move(summaries).error()));
        const DeploymentId& own = member.request.deployment;
        std::erase_if(*summaries,
                      [&](const DeploymentSummary& one) { return one.deployment == own; });
        member.history = history_of(*summaries);
        if (member.resumes) {
            const bool is_later = !summaries->empty() && own < summaries->front().deployment &&
                                  has_begun(summaries->front());
            if (is_later)
                return end_early(index, refused(later_deployment(own, summaries->front())));
        }
        if (member.resumes)
            return ask_store(index, TicketUse::inbox, InboxOperation{member.request.deployment, 0});
        settle(index, now);
    }

    void interrupt(std::size_t index, TimePoint now) {
        Member& member = members[index];
        if (member.stage == Stage::ended)
            return;
        if (member.execution) {
            member.execution->interrupt(now);
            dirty.insert(index);
            return;
        }
        Outcome outcome{.kind = OutcomeKind::interrupted};
        outcome.error = Error{.category = ErrorCategory::cancelled,
                              .message = "interrupted before anything was changed"};
        end_early(index, std::move(outcome));
    }

    /// Gives a member that has no client those of its account. Ends it where there are none.
    bool connect(std::size_t index, const DeploymentSpec& spec) {
        Member& member = members[index];
        if (member.client || !ports.clients)
            return true;
        auto clients = ports.clients->clients_for(spec);
        if (!clients) {
            end_early(index, refused(std::move(clients).error()));
            return false;
        }
        member.client = clients->spot;
        member.aws = clients->aws;
        return true;
    }

    bool is_store_busy() const { return ports.store && ports.store->is_busy(); }

    /// The member of that deployment; null where it is not here.
    Member* find(const DeploymentId& deployment) {
        const auto found = places.find(deployment);
        return found == places.end() ? nullptr : &members[found->second];
    }

    void settle(std::size_t index, TimePoint now) {
        Member& member = members[index];
        member.stage = Stage::settling;
        set_wake(index, std::max(now, member.settled_at));
    }

    /// What is to be run is known, and nobody else's call is under way any more.
    void begin(std::size_t index, TimePoint now) {
        Member& member = members[index];
        if (!member.resumes) {
            member.observation.emplace(member.request.spec, member.aws != nullptr, now,
                                       now + observation_patience);
            member.stage = Stage::observing;
            return;
        }
        auto journal = replay(std::exchange(member.records, {}));
        if (!journal)
            return end_early(index, refused(std::move(journal).error()));
        member.packer = member.unpacker.packer();
        if (is_over(*journal, member.resumes->mode)) {
            member.is_end_kept = true;
            return end_early(index, *journal->outcome);
        }
        member.unpacker = {};
        member.inbox = journal->inbox;
        ExecutionResume resume{std::move(*journal),           member.resumes->mode,
                               member.resumes->accepts_drift, member.resumes->detaches,
                               member.request.actor,          member.resumes->reason};
        member.execution.emplace(std::move(resume), now);
        start_run(index, now);
    }

    void on_renewal(std::size_t index, const Result<StoreAnswer>& result, TimePoint now) {
        Member& member = members[index];
        member.is_renewing = false;
        const bool is_passing = !result && result.error().category != ErrorCategory::lock_held &&
                                clock.monotonic() < member.lease_until;
        std::vector<CallRequest> held = std::exchange(member.held, {});
        if (result) {
            has_lease(member, now);
        } else if (is_passing) {
            member.renew_at = now + lease_retry;
            member.held = std::move(held);
            return;
        } else {
            member.renew_at = now + lease_renewal;
            if (member.execution)
                member.execution->on_persist_failed(result.error(), now);
        }
        for (CallRequest& request : held) {
            if (result)
                submit(index, std::move(request), now);
            else
                member.execution->on_reply({request.id, result.error()}, now);
        }
    }

    void on_inbox(std::size_t index, Result<StoreAnswer> result, TimePoint now) {
        Member& member = members[index];
        if (member.execution) {
            // Decisions that cannot be read now are there at the next renewal.
            if (result)
                decide(member, result->records, now);
            return;
        }
        if (!result)
            return end_early(index, refused(std::move(result).error()));
        member.posted = std::move(result->records);
        settle(index, now);
    }

    static void decide(Member& member, const std::vector<StoredRecord>& posted, TimePoint now) {
        for (const StoredRecord& one : posted) {
            if (one.sequence <= member.inbox)
                continue;
            member.inbox = one.sequence;
            auto decision = parse_document(one.bytes).and_then(decode_decision);
            if (!decision)
                continue;
            decision->inbox = one.sequence;
            member.execution->decide(*std::move(decision), now);
        }
    }

    // The loop.

    /// Does all that can be done without waiting.
    void settle_all() {
        for (;;) {
            const TimePoint now = clock.now();
            while (!wakes.empty() && wakes.begin()->first <= now) {
                const std::size_t index = wakes.begin()->second;
                set_wake(index, std::nullopt);
                dirty.insert(index);
            }
            if (dirty.empty() && batch.empty() && !is_store_busy())
                return;
            for (const std::size_t index : std::exchange(dirty, {}))
                step(index, now);
            if (!batch.empty())
                ports.store->submit(std::exchange(batch, {}));
            std::vector<StoreCompletion> completions;
            if (ports.store)
                completions = ports.store->poll();
            for (StoreCompletion& one : completions)
                on_completion(std::move(one), now);
            // A store that works in the background is asked again after the wait.
            if (completions.empty() && dirty.empty() && batch.empty())
                return;
        }
    }

    SteadyClock clock;
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
    member.client = request.client ? request.client : state_->ports.client;
    member.aws = request.aws ? request.aws : state_->ports.aws;
    member.line = to_string(request.spec.line);
    member.call_timeout = request.spec.timing.call_timeout;
    member.request = std::move(request);
    const std::size_t index = state_->add(std::move(member));
    if (state_->connect(index, state_->members[index].request.spec))
        state_->ask_lease(index, state_->clock.now());
}

void Fleet::roll_back_from_tags(TagRollbackRequest request) {
    request.spec.image_selector.reset(); // nothing is going to be deployed
    add({.deployment = std::move(request.deployment),
         .spec = std::move(request.spec),
         .actor = std::move(request.actor),
         .reason = std::move(request.reason),
         .confirm = std::move(request.confirm),
         .client = request.client,
         .aws = request.aws});
    Member& member = state_->members.back();
    member.is_from_tags = true;
    member.aws = nullptr;
}

void Fleet::resume(ResumeRequest request) {
    Member member;
    member.stage = Stage::reading;
    member.client = request.client ? request.client : state_->ports.client;
    member.aws = request.aws ? request.aws : state_->ports.aws;
    member.request.deployment = request.deployment;
    member.request.actor = request.actor;
    member.resumes = std::move(request);
    const DeploymentId deployment = member.request.deployment;
    state_->ask_store(state_->add(std::move(member)), TicketUse::read,
                      ReadOperation{deployment, 0});
}

void Fleet::plan(PlanRequest request) {
    Member member;
    member.is_plan = true;
    member.client = request.client ? request.client : state_->ports.client;
    member.aws = request.aws ? request.aws : state_->ports.aws;
    member.line = to_string(request.spec.line);
    member.request.deployment = std::move(request.id);
    member.request.spec = std::move(request.spec);
    member.stage = Stage::listing;
    const std::size_t index = state_->add(std::move(member));
    if (!state_->connect(index, state_->members[index].request.spec))
        return;
    if (state_->ports.store)
        state_->ask_store(index, TicketUse::list,
                          ListOperation{state_->members[index].line, {}, history_max});
    else
        state_->settle(index, state_->clock.now());
}

bool Fleet::pump(Milliseconds wait) {
    state_->settle_all();
    if (state_->running == 0)
        return false;
    const TimePoint now = state_->clock.now();
    TimePoint until = now + wait;
    if (!state_->wakes.empty())
        until = std::min(until, state_->wakes.begin()->first);
    if (state_->is_store_busy())
        until = now;
    for (CallPump::Answer& answer : state_->calls.poll(until)) {
        Member& member = state_->members[answer.owner];
        const TimePoint then = state_->clock.now();
        if (member.observation)
            member.observation->on_reply(std::move(answer.reply), then);
        else if (member.execution)
            member.execution->on_reply(std::move(answer.reply), then);
        state_->dirty.insert(answer.owner);
    }
    state_->settle_all();
    return state_->running > 0;
}

void Fleet::run() {
    constexpr Milliseconds long_enough{3'600'000};
    while (pump(long_enough)) {
    }
}

std::optional<TimePoint> Fleet::next_wake() const {
    State& state = *state_;
    if (state.running == 0 && state.batch.empty())
        return std::nullopt;
    if (!state.dirty.empty() || !state.batch.empty())
        return state.clock.now();
    std::optional<TimePoint> wake = state.calls.next_wake();
    if (!state.wakes.empty())
        wake = State::earliest(wake, state.wakes.begin()->first);
    return wake;
}

void Fleet::decide(const DeploymentId& deployment, DecisionEntry decision) {
    Member* member = state_->find(deployment);
    if (!member || member->stage == Stage::ended)
        return;
    if (!member->execution) {
        member->decided.push_back(std::move(decision));
        return;
    }
    member->execution->decide(std::move(decision), state_->clock.now());
    state_->dirty.insert(state_->places.at(deployment));
}

void Fleet::interrupt() {
    const TimePoint now = state_->clock.now();
    for (std::size_t i = 0; i < state_->members.size(); ++i)
        state_->interrupt(i, now);
}

void Fleet::interrupt(const DeploymentId& deployment) {
    if (const auto found = state_->places.find(deployment); found != state_->places.end())
        state_->interrupt(found->second, state_->clock.now());
}

std::optional<Outcome> Fleet::outcome(const DeploymentId& deployment) const {
    const Member* member = state_->find(deployment);
    return member ? member->outcome : std::nullopt;
}

const Result<SavedPlan>* Fleet::planned(const DeploymentId& id) const {
    const Member* member = state_->find(id);
    return member && member->planned ? &*member->planned : nullptr;
}

Outcome deploy(DeployRequest request, const RuntimePorts& ports) {
    const DeploymentId id = request.deployment;
    Fleet fleet(ports);
    fleet.add(std::move(request));
    fleet.run();
    return *fleet.outcome(id);
}

Outcome resume(ResumeRequest request, const RuntimePorts& ports) {
    const DeploymentId deployment = request.deployment;
    Fleet fleet(ports);
    fleet.resume(std::move(request));
    fleet.run();
    return *fleet.outcome(deployment);
}

Outcome roll_back_from_tags(TagRollbackRequest request, const RuntimePorts& ports) {
    const DeploymentId id = request.deployment;
    Fleet fleet(ports);
    fleet.roll_back_from_tags(std::move(request));
    fleet.run();
    return *fleet.outcome(id);
}

Result<Snapshot> observe(const DeploymentSpec& spec, const RuntimePorts& ports) {
    ServiceClients clients{ports.client, ports.aws};
    if (!clients.spot && ports.clients) {
        auto found = ports.clients->clients_for(spec);
        if (!found)
            return Unexpected(std::move(found).error());
        clients = *found;
    }
    CallPump calls(*ports.transport, *ports.clock);
    TimePoint now = ports.clock->now();
    Observation observation(spec, clients.aws != nullptr, now, now + observation_patience);
    for (;;) {
        now = ports.clock->now();
        Observation::Work work = observation.work(now);
        for (CallRequest& request : work.calls) {
            CallClient& client = client_for(request.call, clients.spot, clients.aws);
            calls.submit(0, client, std::move(request), now);
        }
        if (!work.notice.empty() && ports.observer)
            ports.observer->on_event({}, {now, NoticeEvent{{}, std::move(work.notice)}});
        if (observation.result())
            return *observation.result();
        const TimePoint until = work.wake_at.value_or(now + observation_patience);
        for (CallPump::Answer& answer : calls.poll(until))
            observation.on_reply(std::move(answer.reply), ports.clock->now());
    }
}

Result<SavedPlan> plan(const DeploymentSpec& spec, const RuntimePorts& ports) {
    const DeploymentId id("plan");
    Fleet fleet(ports);
    fleet.plan({.id = id, .spec = spec});
    fleet.run();
    return *fleet.planned(id);
}

} // namespace elastiroll
