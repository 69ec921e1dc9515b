#include "world.hpp"

#include "runtime/journal_pack.hpp"

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

namespace elastiroll::laws {
namespace {

/// More turns of the loop than any deployment here takes: one that needs more does not end.
constexpr int host_turns_max = 100'000;
/// One turn waits for the next thing that happens, at most this long.
constexpr Milliseconds longest_turn{3'600'000};

/// AWS is asked by POST as well.
bool changes_something(const HttpRequest& request) {
    return request.method != "GET" &&
           (!request.body.starts_with("Action=") || request.body.starts_with("Action=Modify"));
}

class TappedStore final : public Store {
public:
    TappedStore(World& world, const Case& made, const Tap& tap)
        : world_(world), made_(made), tap_(tap) {}

    void submit(StoreBatch batch) override {
        const bool is_change = std::ranges::any_of(batch, [](const StoreRequest& request) {
            return std::holds_alternative<AppendOperation>(request.operation);
        });
        if (tap_)
            tap_(Boundary::before_batch, is_change);
        const bool is_lost = is_change && made_.store_fault && is_hit(++world_.batches);
        for (const StoreRequest& request : batch) {
            auto result = is_lost && !made_.store_fault->keeps
                              ? Result<StoreAnswer>(StoreAnswer())
                              : world_.store.run(request.operation);
            if (is_lost)
                result = fail(ErrorCategory::unavailable, "the store does not answer");
            completions_.push_back({request.ticket, std::move(result)});
        }
        if (tap_)
            tap_(Boundary::after_batch, is_change);
    }
    std::vector<StoreCompletion> poll() override { return std::exchange(completions_, {}); }
    bool is_busy() const override { return !completions_.empty(); }

private:
    bool is_hit(int batch) const {
        return batch >= made_.store_fault->from &&
               batch < made_.store_fault->from + made_.store_fault->count;
    }

    World& world_;
    const Case& made_;
    const Tap& tap_;
    std::vector<StoreCompletion> completions_;
};

class TappedTransport final : public HttpTransport {
public:
    TappedTransport(sim::Cloud& cloud, const Tap& tap)
        : inner_(sim::make_transport(cloud)), tap_(tap) {}

    void start(HttpRequestId id, HttpRequest request) override {
        const bool is_change = changes_something(request);
        if (is_change)
            changes_.insert(id);
        inner_->start(id, std::move(request));
        if (tap_)
            tap_(Boundary::call_started, is_change);
    }
    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        std::vector<HttpCompletion> completions = inner_->poll(wait);
        bool is_change = false;
        for (const HttpCompletion& one : completions)
            is_change = changes_.erase(one.id) > 0 || is_change;
        if (tap_ && !completions.empty())
            tap_(Boundary::reply_arrived, is_change);
        return completions;
    }

private:
    std::unique_ptr<HttpTransport> inner_;
    const Tap& tap_;
    std::set<HttpRequestId> changes_;
};

class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(cloud) {}
    TimePoint now() override { return cloud_.now(); }

private:
    const sim::Cloud& cloud_;
};

/// Answers at gates as the case's person does, in the process or through its inbox.
class PersonAtGates final : public Observer {
public:
    PersonAtGates(World& world, const Case& made) : world_(world), made_(made) {}

    void on_event(const DeploymentId& deployment, const Event& event) override {
        const auto* waits = std::get_if<GateEvent>(&event.body);
        if (!waits)
            return;
        gate = *waits;
        if (!gate->needs_approval || made_.person == Person::is_away || made_.detaches)
            return;
        DecisionEntry decision = decision_at(made_, *gate);
        if (made_.posts)
            post(world_, made_, decision);
        else
            fleet->decide(deployment, decision);
    }

    Fleet* fleet = nullptr;
    std::optional<GateEvent> gate{};

private:
    World& world_;
    const Case& made_;
};

} // namespace

std::string_view to_string(Boundary boundary) noexcept {
    switch (boundary) {
    case Boundary::before_batch: return "before a batch";
    case Boundary::after_batch: return "after a batch";
    case Boundary::call_started: return "after a call's start";
    case Boundary::reply_arrived: return "after a reply";
    }
    std::abort();
}

std::string_view to_string(Start start) noexcept {
    switch (start) {
    case Start::deploy: return "deploy";
    case Start::go_on: return "resume";
    case Start::roll_back: return "rollback";
    case Start::take_over: return "takeover";
    }
    std::abort();
}

World make_world(const Case& made) {
    World world{*sim::Cloud::make(made.scenario)};
    if (made.predecessor) {
        Case before;
        before.spec = *made.predecessor;
        before.is_behind = made.has_traffic();
        before.deployment = DeploymentId("01j");
        Process(world, before, Start::deploy).run();
    }
    if (auto added = world.cloud.add(made.disturbance); !added) {
        std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(made.seed),
                     to_string(added.error()).c_str());
        std::abort();
    }
    world.begun_at = world.cloud.now();
    return world;
}

struct Process::State {
    State(World& given, const Case& case_given, Tap tap_given)
        : world(given), made(case_given), tap(std::move(tap_given)), transport(given.cloud, tap),
          store(given, case_given, tap), clock(given.cloud), person(given, case_given),
          client(spot::make_client({.account = made.spec.line.account,
                                    .token = Secret("simulated"),
                                    .call_timeout = made.spec.timing.call_timeout})),
          aws(aws_of(case_given)),
          fleet({client.get(), &transport, &store, &clock, &person, aws.get()}) {
        person.fleet = &fleet;
    }

    static std::unique_ptr<CallClient> aws_of(const Case& made) {
        if (!made.has_traffic())
            return nullptr;
        return aws::make_client(
            {.region = made.spec.line.region,
             .credentials = aws::make_static_credentials(
                 {.access_key_id = "SIMULATED", .secret_access_key = Secret("simulated")}),
             .call_timeout = made.spec.timing.call_timeout});
    }

    World& world;
    const Case& made;
    Tap tap;
    TappedTransport transport;
    TappedStore store;
    CloudClock clock;
    PersonAtGates person;
    std::unique_ptr<CallClient> client;
    std::unique_ptr<CallClient> aws; ///< null where there are no load balancers
    Fleet fleet;
};

Process::Process(World& world, const Case& made, Start start, Tap tap)
    : state_(std::make_unique<State>(world, made, std::move(tap))) {
    if (start == Start::deploy)
        state_->fleet.add({.deployment = made.deployment,
                           .spec = made.spec,
                           .actor = "laws",
                           .detaches = made.detaches});
    else
        state_->fleet.resume(
            {.deployment = made.deployment,
             .mode = start == Start::roll_back ? ResumeMode::roll_back : ResumeMode::go_on,
             .takes_over = start == Start::take_over,
             .detaches = made.detaches,
             .actor = "laws"});
}

Process::~Process() = default;

bool Process::turn(Milliseconds wait) {
    World& world = state_->world;
    const auto& abort_after = state_->made.abort_after;
    if (abort_after && !world.has_abort && world.cloud.now() >= world.begun_at + *abort_after) {
        world.has_abort = true;
        post(world, state_->made, {.kind = DecisionKind::abort, .actor = "person"});
    }
    return state_->fleet.pump(wait);
}

bool Process::run() {
    for (int i = 0; i < host_turns_max; ++i) {
        if (!turn(longest_turn))
            return true;
    }
    return false;
}

std::optional<Outcome> Process::outcome() const {
    return state_->fleet.outcome(state_->made.deployment);
}

const std::optional<GateEvent>& Process::gate() const { return state_->person.gate; }

DecisionEntry decision_at(const Case& made, const GateEvent& gate) {
    const bool is_yes = made.person == Person::approves;
    return {.kind = is_yes ? DecisionKind::approve : DecisionKind::abort,
            .gate = is_yes && made.names_no_gate ? std::string() : gate.step,
            .actor = "person"};
}

void post(World& world, const Case& made, const DecisionEntry& decision) {
    if (!world.store.run(PostOperation{made.deployment, to_text(encode(decision))}))
        std::abort();
}

Result<std::vector<JournalRecord>> read_announcements(const World& world, const Case& made) {
    constexpr std::string_view part = "part";
    std::vector<JournalRecord> records;
    JournalUnpacker unpacker;
    std::uint64_t sequence = 0;
    std::vector<StoredRecord> parts;
    for (const StoredRecord& stored : world.store.records(made.deployment)) {
        parts.push_back(stored);
        if (stored.kind == part)
            continue;
        const bool is_asked =
            stored.kind == "document" || stored.kind == "planned" || stored.kind == "call_started";
        for (StoredRecord& one : std::exchange(parts, {})) {
            if (!is_asked)
                continue;
            one.sequence = ++sequence;
            auto record = unpacker.unpack(one);
            if (!record)
                return Unexpected(std::move(record).error());
            if (*record)
                records.push_back(std::move(**record));
        }
    }
    return records;
}

std::optional<Outcome> journaled_end(const World& world, const Case& made) {
    const auto& records = world.store.records(made.deployment);
    if (records.empty() || records.back().kind != "ended")
        return std::nullopt;
    const auto record = parse_document(records.back().bytes).and_then(decode_journal_record);
    const auto* ended = record ? std::get_if<EndedEntry>(&record->entry) : nullptr;
    return ended ? std::optional(ended->outcome) : std::nullopt;
}

} // namespace elastiroll::laws
