#include "world.hpp"

#include "runtime/journal_pack.hpp"

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
constexpr int turns_max = 100'000;
/// One turn waits for the next thing that happens, at most this long.
constexpr Milliseconds turn{3'600'000};

class TappedStore final : public Store {
public:
    TappedStore(test::StoreBooks& books, const Tap& tap) : books_(books), tap_(tap) {}

    void submit(StoreBatch batch) override {
        const bool is_change = std::ranges::any_of(batch, [](const StoreRequest& request) {
            return std::holds_alternative<AppendOperation>(request.operation);
        });
        if (tap_)
            tap_(Boundary::before_batch, is_change);
        for (const StoreRequest& request : batch)
            completions_.push_back({request.ticket, books_.run(request.operation)});
        if (tap_)
            tap_(Boundary::after_batch, is_change);
    }
    std::vector<StoreCompletion> poll() override { return std::exchange(completions_, {}); }
    bool is_busy() const override { return !completions_.empty(); }

private:
    test::StoreBooks& books_;
    const Tap& tap_;
    std::vector<StoreCompletion> completions_;
};

class TappedTransport final : public HttpTransport {
public:
    TappedTransport(sim::Cloud& cloud, const Tap& tap)
        : inner_(sim::make_transport(cloud)), tap_(tap) {}

    void start(HttpRequestId id, HttpRequest request) override {
        const bool is_change = request.method != "GET";
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

/// Answers at gates as the case's person does.
class PersonAtGates final : public Observer {
public:
    explicit PersonAtGates(Person person) : person_(person) {}

    void on_event(const DeploymentId& deployment, const Event& event) override {
        const auto* gate = std::get_if<GateEvent>(&event.body);
        if (!gate || !gate->needs_approval || person_ == Person::is_away)
            return;
        const DecisionKind kind =
            person_ == Person::approves ? DecisionKind::approve : DecisionKind::abort;
        fleet->decide(deployment, {kind, gate->step, "person"});
    }

    Fleet* fleet = nullptr;

private:
    Person person_;
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
    }
    std::abort();
}

World make_world(const Case& made) {
    World world{*sim::Cloud::make(made.scenario), {}};
    if (made.predecessor) {
        Case before;
        before.spec = *made.predecessor;
        before.deployment = DeploymentId("01j");
        live(world, before, Start::deploy);
    }
    if (auto added = world.cloud.add(made.disturbance); !added) {
        std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(made.seed),
                     to_string(added.error()).c_str());
        std::abort();
    }
    return world;
}

std::optional<Outcome> live(World& world, const Case& made, Start start, const Tap& tap) {
    const auto client = spot::make_client({.account = made.spec.line.account,
                                           .token = "simulated",
                                           .call_timeout = made.spec.timing.call_timeout});
    TappedTransport transport(world.cloud, tap);
    TappedStore store(world.store, tap);
    CloudClock clock(world.cloud);
    PersonAtGates person(made.person);
    Fleet fleet({client.get(), &transport, &store, &clock, &person});
    person.fleet = &fleet;
    if (start == Start::deploy)
        fleet.add({.deployment = made.deployment, .spec = made.spec, .actor = "laws"});
    else
        fleet.resume({.deployment = made.deployment,
                      .mode = start == Start::go_on ? ResumeMode::go_on : ResumeMode::roll_back,
                      .actor = "laws"});
    for (int i = 0; fleet.pump(turn); ++i) {
        if (i >= turns_max)
            return std::nullopt;
    }
    return fleet.outcome(made.deployment);
}

Result<std::vector<JournalRecord>> read_journal(const World& world, const Case& made) {
    std::vector<JournalRecord> records;
    JournalUnpacker unpacker;
    for (const StoredRecord& stored : world.store.records(made.deployment)) {
        auto record = unpacker.unpack(stored);
        if (!record)
            return Unexpected(std::move(record).error());
        if (*record)
            records.push_back(std::move(**record));
    }
    return records;
}

} // namespace elastiroll::laws
