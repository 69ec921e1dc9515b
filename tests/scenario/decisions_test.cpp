#include "environment.hpp"
#include "world.hpp"

#include <elastiroll/adapters/spot.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace elastiroll::test::decisions_test {
namespace {

using namespace std::chrono_literals;

constexpr const char* one_group = R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})";
constexpr std::string_view halves =
    R"({"strategy": "canary", "phases": [{"percent": 50}, {"percent": 100}]})";
constexpr std::string_view gated =
    R"({"strategy": "canary", "phases": [{"percent": 50, "approval": true}, {"percent": 100}]})";

const Texts deployed{"app__7 0/0/0", "app__8 2/4/8"};
const Texts as_before{"app__7 2/4/8"};
const Texts halves_changes{"create_group app__8", "scale_group app__8 2/2/2",
                           "scale_group app__7 2/2/2", "scale_group app__8 2/4/8",
                           "scale_group app__7 0/0/0"};

const GateEvent* open_gate(const World& world) {
    const GateEvent* gate = nullptr;
    for (const Event& event : world.events)
        if (const auto* opened = std::get_if<GateEvent>(&event.body))
            gate = opened;
    return gate;
}

TEST_CASE("an abort puts everything back, whenever it comes") {
    for (int changes = 1; changes <= 4; ++changes) {
        CAPTURE(changes);
        World world(one_group);
        const Outcome outcome =
            world.deploy(make_spec(halves), after_change(world, changes, [&](Fleet& fleet) {
                             fleet.decide(world.id, {DecisionKind::abort, {}, "somebody"});
                         }));
        CHECK(outcome.kind == OutcomeKind::rolled_back);
        CHECK(exit_status(outcome) == 1);
        REQUIRE(outcome.error);
        CHECK(outcome.error->category == ErrorCategory::cancelled);
        CHECK(world.capacities() == as_before);
        CHECK(world.healthy("app__7") == 4);
        CHECK(world.lowest_healthy() == 4);
        CHECK(world.count("create_group") == 1);
    }
}

TEST_CASE("an abort before the first change ends with nothing changed") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}],
        "faults": [{"call": "create_group", "count": "all", "answer": {"status": 503}}]})");
    const Outcome outcome =
        world.deploy(make_spec(), after_change(world, 2, [&](Fleet& fleet) {
                         fleet.decide(world.id, {DecisionKind::abort, {}, "somebody"});
                     }));
    CHECK(outcome.kind == OutcomeKind::unchanged);
    CHECK(exit_status(outcome) == 1);
    CHECK(world.capacities() == as_before);
}

TEST_CASE("an abort after the new group serves all still puts the previous one back") {
    World world(one_group);
    const Outcome outcome =
        world.deploy(make_spec(), after_change(world, 3, [&](Fleet& fleet) {
                         fleet.decide(world.id, {DecisionKind::abort, {}, "somebody"});
                     }));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    CHECK(world.capacities() == as_before);
    CHECK(world.healthy("app__7") == 4);
    CHECK(world.lowest_healthy() == 4);
}

TEST_CASE("an abort and an interrupt do not wait until reads that fail succeed") {
    for (const bool is_abort : {true, false}) {
        CAPTURE(is_abort);
        World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}],
            "faults": [{"call": "read_group", "count": "all", "answer": {"status": 503}}]})");
        TimePoint asked_at{};
        const Outcome outcome = world.deploy(make_spec(halves), [&](Fleet& fleet) {
            if (world.count("read_group") < 4 || asked_at != TimePoint{})
                return true;
            asked_at = world.cloud.now();
            if (is_abort)
                fleet.decide(world.id, {DecisionKind::abort, {}, "somebody"});
            else
                fleet.interrupt();
            return true;
        });
        REQUIRE(asked_at != TimePoint{});
        const auto stops =
            is_abort
                ? std::ranges::find_if(world.events,
                                       [](const Event& event) {
                                           return std::holds_alternative<RollbackEvent>(event.body);
                                       })
                : std::prev(world.events.end());
        REQUIRE(stops != world.events.end());
        CHECK(stops->at - asked_at < 1min);
        if (!is_abort)
            CHECK(outcome.kind == OutcomeKind::interrupted);
        CHECK(world.count("scale_group") == 0);
    }
}

TEST_CASE("a gate holds the second phase back until it is approved") {
    World world(one_group);
    bool was_approved = false;
    TimePoint approved_at{};
    const Outcome outcome = world.deploy(make_spec(gated), [&](Fleet& fleet) {
        const GateEvent* gate = open_gate(world);
        if (gate && !was_approved) {
            CHECK(gate->needs_approval);
            CHECK(world.changes().size() == 3);
            CHECK(gate->until == world.events.back().at + 24h);
            was_approved = true;
            approved_at = world.cloud.now();
            fleet.decide(world.id, {DecisionKind::approve, gate->step, "somebody"});
        }
        return true;
    });
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(was_approved);
    CHECK(world.changes() == halves_changes);
    CHECK(world.times("scale_group", "app__8")[1] > approved_at);
}

TEST_CASE("an approval that comes before its gate opens it") {
    World world(one_group);
    const Outcome outcome = world.deploy(
        make_spec(gated), after_change(world, 1, [&](Fleet& fleet) {
            fleet.decide(world.id, {DecisionKind::approve, "phase-1.approval", "somebody"});
        }));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(world.cloud.now() < world.events.front().at + 1h);
}

TEST_CASE("an approval that names no gate opens one gate, with a crash behind it or without") {
    for (const bool crashes : {false, true}) {
        CAPTURE(crashes);
        World world(one_group);
        const auto spec = make_spec(R"({"strategy": "canary", "phases": [
            {"percent": 25, "approval": true}, {"percent": 50, "approval": true},
            {"percent": 100}], "timing": {"gate_timeout": "1h"}})");
        bool was_approved = false;
        Outcome outcome = world.deploy(spec, [&](Fleet& fleet) {
            const bool is_at_gate = std::ranges::any_of(world.events, [](const Event& event) {
                return std::holds_alternative<GateEvent>(event.body);
            });
            if (is_at_gate && !std::exchange(was_approved, true))
                fleet.decide(world.id, {DecisionKind::approve, "", "somebody"});
            return !(crashes && world.count("scale_group", "app__8") >= 2);
        });
        if (crashes) {
            world.crash();
            outcome = world.resume();
        }
        CHECK(was_approved);
        CHECK(outcome.kind == OutcomeKind::rolled_back); // nobody approves the second gate
        CHECK(world.capacities() == as_before);
    }
}

TEST_CASE("a gate that nobody approves restores everything when its time is over") {
    World world(one_group);
    const Outcome outcome = world.deploy(make_spec(gated));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    CHECK(outcome.error->category == ErrorCategory::timeout);
    CHECK(contains(outcome.error->message, "approved"));
    CHECK(world.capacities() == as_before);
    CHECK(world.cloud.now() > world.events.front().at + 24h);
    CHECK(world.lowest_healthy() == 4);
}

TEST_CASE("a bake passes before the next phase, and what fails in it is found") {
    for (const bool breaks : {false, true}) {
        CAPTURE(breaks);
        World world(one_group);
        if (breaks)
            world.add(R"({"events": [{"when": {"after": "target", "group": "app__7", "units": 2},
                "health": {"group": "app__8", "count": 1, "status": "UNHEALTHY"}}]})");
        const Outcome outcome = world.deploy(make_spec(
            R"({"strategy": "canary", "phases": [{"percent": 50, "bake": "10m"},
                {"percent": 100}]})"));
        CHECK(outcome.kind == (breaks ? OutcomeKind::rolled_back : OutcomeKind::done));
        CHECK(world.capacities() == (breaks ? as_before : deployed));
        if (!breaks)
            CHECK(world.times("scale_group", "app__8")[1] >=
                  world.times("scale_group", "app__7")[0] + 10min);
    }
}

TEST_CASE("an interrupted deployment resumes to the same end, each change made once") {
    for (int changes = 1; changes <= 5; ++changes) {
        CAPTURE(changes);
        World world(one_group);
        const Outcome outcome =
            world.deploy(make_spec(halves),
                         after_change(world, changes, [](Fleet& fleet) { fleet.interrupt(); }));
        CHECK(outcome.kind == OutcomeKind::interrupted);
        CHECK(exit_status(outcome) == 130);
        // The lease was given back: another process goes on at once.
        CHECK(world.resume().kind == OutcomeKind::done);
        CHECK(world.capacities() == deployed);
        CHECK(world.changes() == halves_changes);
        CHECK(world.lowest_healthy() == 4);
    }
}

TEST_CASE("an interrupted rollback resumes to the same end") {
    for (int changes = 5; changes <= 6; ++changes) {
        CAPTURE(changes);
        World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}],
            "instances": [{"group": "app__8", "from": 3, "healthy": "never"}]})");
        const Outcome outcome =
            world.deploy(make_spec(halves),
                         after_change(world, changes, [](Fleet& fleet) { fleet.interrupt(); }));
        CHECK(outcome.kind == OutcomeKind::interrupted);
        CHECK(world.resume().kind == OutcomeKind::rolled_back);
        CHECK(world.capacities() == as_before);
        CHECK(world.lowest_healthy() == 4);
    }
}

/// What a crash is staged in.
struct CrashRow {
    std::string_view why;
    std::string_view workflow;
    std::string_view group;
    const char* scenario;
    OutcomeKind end;
};

const CrashRow crash_rows[] = {
    {"phases and automation", halves, scaling_group,
     R"({"groups": [{"name": "app__1", "capacity": "0/0/0"},
         {"name": "app__2", "capacity": "0/0/0"}, {"name": "app__3", "capacity": "0/0/0"},
         {"name": "app__4", "capacity": "0/0/0"}, {"name": "app__7", "capacity": "2/4/8",
          "document": {"scaling": {"up": [{"policyName": "busy", "adjustment": 1}]}}}]})",
     OutcomeKind::done},
    {"a rollback", halves, scaling_group,
     R"({"groups": [{"name": "app__7", "capacity": "2/4/8",
          "document": {"scaling": {"up": [{"policyName": "busy", "adjustment": 1}]}}}],
         "instances": [{"group": "app__8", "from": 3, "healthy": "never"}]})",
     OutcomeKind::rolled_back},
};

/// All groups with capacity and suspensions: what has to be equal in the end.
Texts final_state(const World& world) {
    Texts texts;
    for (const sim::GroupView& group : world.cloud.groups()) {
        std::string text = group.name + ' ' + to_string(group.capacity);
        for (const std::string& process : group.suspended)
            text += ' ' + process;
        texts.push_back(text);
    }
    return texts;
}

/// Runs for `turns` turns of the loop and `rest` more, then drops everything but cloud and store.
/// Whether the deployment had not ended before.
bool run_and_crash(World& world, const DeploymentSpec& spec, int turns, Milliseconds rest) {
    int turn = 0;
    Fleet fleet(world.ports());
    fleet.add(world.request(spec));
    const auto ended = world.run(fleet, [&](Fleet&) { return ++turn < turns; });
    if (!ended)
        fleet.pump(rest);
    return !ended;
}

TEST_CASE("a process that dies somewhere is resumed to the same end (scenario 26)") {
    std::mt19937_64 random(seed());
    for (const CrashRow& row : crash_rows) {
        CAPTURE(row.why);
        const DeploymentSpec spec = make_spec(row.workflow, row.group);
        World whole(row.scenario);
        int turns = 0;
        Fleet fleet(whole.ports());
        fleet.add(whole.request(spec));
        const auto end = whole.run(fleet, [&](Fleet&) { return ++turns > 0; });
        REQUIRE(end);
        CHECK(end->kind == row.end);
        const Texts state = final_state(whole);
        const Texts changes = whole.changes();

        for (int i = 0; i < scaled(50); ++i) {
            const int turn = 2 + static_cast<int>(random() % static_cast<unsigned>(turns - 1));
            // In the middle of a request, which takes 20 to 80 ms, or between two.
            const Milliseconds rest(random() % 80);
            CAPTURE(turn);
            CAPTURE(rest.count());
            World world(row.scenario);
            if (!run_and_crash(world, spec, turn, rest) || world.journal().empty())
                continue;
            world.crash();
            const Outcome outcome = world.resume();
            CHECK(outcome.kind == row.end);
            CHECK(final_state(world) == state);
            CHECK(world.lowest_healthy() == 4);
            CHECK(world.count("create_group") == 1);
        }
    }
}

TEST_CASE("a process that dies somewhere can be rolled back instead (scenario 27)") {
    std::mt19937_64 random(seed());
    const CrashRow& row = crash_rows[0];
    const DeploymentSpec spec = make_spec(row.workflow, row.group);
    for (int i = 0; i < scaled(50); ++i) {
        const int turn = 2 + static_cast<int>(random() % 200);
        const Milliseconds rest(random() % 80);
        CAPTURE(turn);
        CAPTURE(rest.count());
        World world(row.scenario);
        if (!run_and_crash(world, spec, turn, rest) || world.journal().empty())
            continue;
        world.crash();
        const Outcome outcome = world.resume(ResumeMode::roll_back);
        CHECK((outcome.kind == OutcomeKind::rolled_back || outcome.kind == OutcomeKind::unchanged));
        CHECK(world.capacity("app__7") == "2/4/8");
        CHECK(world.suspended("app__7") == Texts{});
        CHECK(world.capacity("app__8") == "gone");
        CHECK(world.healthy("app__7") == 4);
        CHECK(world.lowest_healthy() == 4);
    }
}

TEST_CASE("a run that is interrupted while it asks for its lease leaves it to the next one") {
    World world(one_group);
    {
        Fleet fleet(world.ports());
        fleet.add(world.request(make_spec()));
        fleet.interrupt();
        CHECK(!fleet.pump(1s));
        CHECK(fleet.outcome(world.id)->kind == OutcomeKind::interrupted);
    }
    // In another process, which the dead one has not told anything.
    DeployRequest next = world.request(make_spec());
    next.deployment = DeploymentId("01knext");
    CHECK(deploy(next, world.ports()).kind == OutcomeKind::done);
    CHECK(world.capacities() == deployed);
}

TEST_CASE("one fleet deploys to several accounts, each with its own client") {
    // One cloud stands for both: what the clients differ in is their token.
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"},
                               {"name": "other__3", "capacity": "2/4/8"}]})");
    const auto refused = make_client("of another account");
    Fleet fleet(world.ports());
    fleet.add(world.request(make_spec()));
    DeployRequest other = world.request(make_spec(R"({"group_prefix": "other"})"));
    other.deployment = DeploymentId("01kother");
    other.client = refused.get();
    fleet.add(std::move(other));
    fleet.run();
    CHECK(fleet.outcome(world.id)->kind == OutcomeKind::done);
    const auto outcome = fleet.outcome(DeploymentId("01kother"));
    CHECK(outcome->kind == OutcomeKind::refused);
    REQUIRE(outcome->error);
    CHECK(outcome->error->category == ErrorCategory::unauthenticated);
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8", "other__3 2/4/8"});
}

TEST_CASE("a second deployment of a line is refused while the first one runs (scenario 32)") {
    World world(one_group);
    Fleet fleet(world.ports());
    fleet.add(world.request(make_spec()));
    DeployRequest second = world.request(make_spec());
    second.deployment = DeploymentId("01ksecond");
    bool was_added = false;
    const auto first = world.run(fleet, [&](Fleet& running) {
        if (!std::exchange(was_added, true))
            running.add(second);
        return true;
    });
    REQUIRE(first);
    CHECK(first->kind == OutcomeKind::done);
    const auto outcome = fleet.outcome(DeploymentId("01ksecond"));
    REQUIRE(outcome);
    CHECK(outcome->kind == OutcomeKind::lock_lost);
    CHECK(exit_status(*outcome) == 4);
    CHECK(outcome->error->category == ErrorCategory::lock_held);
    CHECK(world.count("create_group") == 1);
}

TEST_CASE("a run that slept through its lease makes no further change (scenario 32)") {
    World world(one_group);
    Fleet sleeper(world.ports());
    sleeper.add(world.request(make_spec(halves)));
    world.run(sleeper, [&](Fleet&) { return world.changes().size() < 2; });
    world.pass(61s);

    const auto client =
        spot::make_client({.account = AccountId("act-demo1234"), .token = Secret("simulated")});
    const auto transport = sim::make_transport(world.cloud);
    RuntimePorts ports = world.ports();
    ports.client = client.get();
    ports.transport = transport.get();
    CHECK(elastiroll::resume({.deployment = world.id}, ports).kind == OutcomeKind::done);
    CHECK(world.changes() == halves_changes);

    const auto woken = world.run(sleeper, {});
    REQUIRE(woken);
    CHECK(woken->kind == OutcomeKind::lock_lost);
    CHECK(exit_status(*woken) == 4);
    CHECK(world.changes() == halves_changes);
    CHECK(world.capacities() == deployed);
}

} // namespace
} // namespace elastiroll::test::decisions_test
