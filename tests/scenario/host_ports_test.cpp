#include "conditional_store.hpp"
#include "world.hpp"

#include <elastiroll/adapters/store.hpp>
#include <elastiroll/runtime/host_ports.hpp>

#include <utility>

namespace elastiroll::test::host_ports_test {
namespace {

constexpr std::string_view scenario =
    R"({"latency": "50ms", "groups": [{"name": "app__7", "capacity": "2/4/8"}]})";

/// A host: it carries a fleet's requests to the cloud and its items to a database, and sleeps in
/// between.
struct Host {
    explicit Host(World& world) : world(world), client(world.cloud.connect()) {}

    Outcome deploy(DeploymentSpec spec) {
        Fleet fleet(
            {.client = spot.get(), .transport = &transport, .store = items.get(), .clock = &clock});
        fleet.add(world.request(std::move(spec)));
        for (turns = 0; !fleet.outcome(world.id) || items->is_busy(); ++turns) {
            REQUIRE(turns < turns_max);
            clock.advance(world.cloud.now());
            while (fleet.pump(Milliseconds(0)) && is_due(fleet)) {
                ++pumps;
                REQUIRE(pumps < turns_max);
            }
            carry_out(fleet);
        }
        CHECK(!fleet.next_wake());
        return *fleet.outcome(world.id);
    }

    bool is_due(const Fleet& fleet) {
        const auto wake = fleet.next_wake();
        return wake && *wake <= clock.now();
    }

    void carry_out(const Fleet& fleet) {
        while (!transport.outgoing().empty()) {
            auto& request = transport.outgoing().front();
            world.cloud.start(request.id, std::move(request.request), client);
            transport.outgoing().pop_front();
        }
        bool is_asked = false;
        for (store::ItemRequest& request : items->requests()) {
            items->on_answer(request.ticket, database->carry_out(request.operation));
            is_asked = true;
        }
        if (is_asked)
            return;
        const auto wake = fleet.next_wake();
        const auto event = world.cloud.next_event();
        if (world.cloud.is_busy() && event && (!wake || *event < *wake))
            world.cloud.advance(*event);
        else if (wake)
            world.cloud.advance(*wake);
        for (HttpCompletion& one : world.cloud.take_completions(client))
            transport.complete(std::move(one));
    }

    static constexpr int turns_max = 100'000;

    World& world;
    sim::ClientId client;
    std::unique_ptr<CallClient> spot = make_client();
    std::shared_ptr<RemoteItems> database = make_remote_items();
    std::unique_ptr<store::ItemStore> items = store::make_item_store();
    HostTransport transport{};
    HostClock clock{world.cloud.now()};
    int turns = 0;
    int pumps = 0;
};

} // namespace

TEST_CASE("a deployment that a host drives makes the calls of one that blocks") {
    const auto spec = make_spec(R"({"strategy": "canary", "phases": [{"percent": 50, "bake": "10m"},
                                                                      {"percent": 100}]})");
    World blocking(scenario);
    const Outcome expected = blocking.deploy(spec);
    REQUIRE(expected.kind == OutcomeKind::done);

    World driven(scenario);
    Host host(driven);
    const Outcome outcome = host.deploy(spec);
    CHECK(outcome.kind == expected.kind);
    CHECK(outcome.serving == expected.serving);
    CHECK(driven.changes() == blocking.changes());
    CHECK(driven.counts() == blocking.counts());
}

TEST_CASE("a host is asked again only for what is due, also while its database is slow") {
    World world(scenario);
    Host host(world);
    REQUIRE(host.deploy(make_spec()).kind == OutcomeKind::done);
    // A turn ends when something is asked of the host; each asks more than once for few pumps.
    CHECK(host.pumps < 3 * host.turns);
}

TEST_CASE("a plan is made without a store, and with one it knows the line's history") {
    World world(scenario);
    auto ports = world.ports();
    const auto with = plan(make_spec(), ports);
    REQUIRE(with);
    CHECK(with->snapshot.history);
    ports.store = nullptr;
    const auto without = plan(make_spec(), ports);
    REQUIRE(without);
    CHECK(!without->snapshot.history);
    CHECK(without->plan == with->plan);
    const auto seen = observe(make_spec(), ports);
    REQUIRE(seen);
    const auto made = make_saved_plan(make_spec(), *seen);
    REQUIRE(made);
    CHECK(made->plan == without->plan);
}

TEST_CASE("an abort that comes before the run has begun is heard") {
    World world(scenario);
    Fleet fleet(world.ports());
    fleet.add(world.request(make_spec()));
    fleet.decide(world.id, {.kind = DecisionKind::abort, .actor = "mia"});
    fleet.run();
    REQUIRE(fleet.outcome(world.id));
    CHECK(fleet.outcome(world.id)->kind == OutcomeKind::unchanged);
    CHECK(world.changes() == Texts());
}

TEST_CASE("one of two deployments is interrupted, and the other goes on") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"},
                               {"name": "other__7", "capacity": "2/4/8"}]})");
    Fleet fleet(world.ports());
    fleet.add(world.request(make_spec()));
    auto second = world.request(make_spec(R"({"group_prefix": "other"})"));
    second.deployment = DeploymentId("01kother");
    const DeploymentId other = second.deployment;
    fleet.add(std::move(second));
    fleet.interrupt(world.id);
    fleet.run();
    REQUIRE(fleet.outcome(world.id));
    CHECK(fleet.outcome(world.id)->kind == OutcomeKind::interrupted);
    REQUIRE(fleet.outcome(other));
    CHECK(fleet.outcome(other)->kind == OutcomeKind::done);
}

} // namespace elastiroll::test::host_ports_test
