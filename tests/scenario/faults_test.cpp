#include "world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

namespace elastiroll::test::faults_test {
namespace {

using namespace std::chrono_literals;

std::string scenario_with(std::string_view members) {
    return R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}], )" + std::string(members) + "}";
}

const Texts final_capacities{"app__7 0/0/0", "app__8 2/4/8"};

/// When the journal has the first entry of this kind; the test case ends where it has none.
template <class Entry> TimePoint time_of(const World& world) {
    for (const JournalRecord& record : world.journal())
        if (std::holds_alternative<Entry>(record.entry))
            return record.at;
    FAIL("the journal has no such record");
    return {};
}

TEST_CASE("a group whose create lost its answer is adopted (scenario 19)") {
    struct Row {
        std::string_view why;
        const char* scenario;
    };
    constexpr Row rows[] = {
        {"it is there at once", R"("faults": [{"call": "create_group", "lose": "answer"}])"},
        {"lists lag behind",
         R"("list_lag": "20s", "faults": [{"call": "create_group", "lose": "answer"}])"},
        {"the request arrives late", R"("faults": [{"call": "create_group", "late": "30s"}])"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(scenario_with(row.scenario));
        CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
        CHECK(world.count("create_group") == 1);
        CHECK(world.capacities() == final_capacities);
    }
}

TEST_CASE("a create that never arrived is sent once more (scenario 20)") {
    World world(scenario_with(R"("faults": [{"call": "create_group", "lose": "request"}])"));
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    CHECK(world.changes() == Texts{"create_group app__8 (no answer)", "create_group app__8",
                                   "scale_group app__8 2/4/8", "scale_group app__7 0/0/0"});
    CHECK(world.capacities() == final_capacities);
}

TEST_CASE("a last look that fails is a warning, and a resume takes it again") {
    // The first create is carried out so late that only the last look can find its group.
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}], "list_lag": "20s",
        "faults": [{"call": "create_group", "nth": 1, "late": "55s"}]})");
    const auto spec = make_spec(R"({"timing": {"stable_for": "0s"}})");
    const Outcome outcome = world.deploy(
        spec, after_change(world, 4, [&](Fleet&) {
            world.add(R"({"faults": [{"call": "list_groups", "answer": {"status": 409}}]})");
        }));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(outcome.warnings.size() == 1);
    CHECK(world.cloud.groups().size() == 3);

    const Outcome resumed = world.resume();
    CHECK(resumed.kind == OutcomeKind::done);
    CHECK(resumed.warnings.empty());
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
}

TEST_CASE("a second group that a late create made is deleted before anything scales") {
    // The first request arrives after the search for it has ended, while the second is under way.
    World world(scenario_with(R"("faults": [
        {"call": "create_group", "late": "66s"},
        {"call": "create_group", "nth": 2, "delay": "10s"}])"));
    const Outcome outcome = world.deploy(make_spec());
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(world.capacities() == final_capacities);
    CHECK(world.count("create_group") == 2);
    const Texts changes = world.changes();
    REQUIRE(changes.size() == 5);
    CHECK(changes[2] == "delete_group app__8");
    CHECK(changes[3] == "scale_group app__8 2/4/8");
}

TEST_CASE("bad answers while polling do not end a wait (scenario 21)") {
    World world(scenario_with(R"("faults": [
        {"call": "read_health", "group": "app__8", "nth": 2, "count": 3, "answer": {"status": 503}},
        {"call": "read_health", "group": "app__8", "nth": 5, "throttle": "5s"},
        {"call": "read_health", "group": "app__8", "nth": 6, "refuse": true},
        {"call": "read_health", "group": "app__8", "nth": 7,
         "answer": {"status": 502, "body": "<html><h1>502 Bad Gateway</h1></html>"}}])"));
    CHECK(world.deploy(make_spec()).kind == OutcomeKind::done);
    CHECK(world.changes() ==
          Texts{"create_group app__8", "scale_group app__8 2/4/8", "scale_group app__7 0/0/0"});
    CHECK(std::ranges::count_if(world.cloud.log(), [](const sim::LoggedCall& call) {
              return call.name == "read_health" && !call.fault.empty();
          }) == 6);
}

TEST_CASE("bad answers while polling do not move the deadline (scenario 21)") {
    World world(scenario_with(R"("instances": [{"group": "app__8", "healthy": "never"}],
        "faults": [{"call": "read_health", "group": "app__8", "from": "3m", "until": "18m",
                    "answer": {"status": 503}}])"));
    const Outcome outcome = world.deploy(make_spec());
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    REQUIRE(outcome.error);
    CHECK(outcome.error->category == ErrorCategory::timeout);
    TimePoint deadline{};
    for (const JournalRecord& record : world.journal())
        if (const auto* started = std::get_if<StepStartedEntry>(&record.entry);
            started && started->step == "phase-1.await-new")
            deadline = started->deadline;
    CHECK(time_of<FailedEntry>(world) >= deadline);
    CHECK(time_of<FailedEntry>(world) < deadline + 1s);
}

TEST_CASE(
    "a blocked route rests until its reset, others go on, for all deployments (scenario 22)") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"},
                               {"name": "beta__7", "capacity": "2/4/8"}],
        "faults": [{"call": "read_status", "nth": 5, "throttle": "17s"}]})");
    Fleet fleet(world.ports());
    fleet.add(world.request(make_spec()));
    DeployRequest other = world.request(make_spec(R"({"group_prefix": "beta"})"));
    other.deployment = DeploymentId("01kother");
    fleet.add(std::move(other));
    const auto outcome = world.run(fleet, {});
    REQUIRE(outcome);
    CHECK(outcome->kind == OutcomeKind::done);
    CHECK(fleet.outcome(DeploymentId("01kother"))->kind == OutcomeKind::done);
    const auto& log = world.cloud.log();
    const auto blocked = std::ranges::find(log, 429, &sim::LoggedCall::status);
    REQUIRE(blocked != log.end());
    CHECK(std::ranges::count(log, 429, &sim::LoggedCall::status) == 1);
    int others = 0;
    for (auto call = blocked + 1; call != log.end() && call->at < blocked->at + 17s; ++call) {
        CHECK(call->name != "read_status");
        ++others;
    }
    CHECK(others > 0);
}

TEST_CASE("a create that Spot refuses for good is one call and no rollback (scenario 23)") {
    World world(scenario_with(R"("images": ["ami-0aaaaaaaaaaaaaaa1"])"));
    const Outcome outcome = world.deploy(make_spec());
    CHECK(outcome.kind == OutcomeKind::unchanged);
    CHECK(exit_status(outcome) == 1);
    CHECK(world.changes() == Texts{"create_group app__8 (400)"});
    REQUIRE(outcome.error);
    CHECK(outcome.error->category == ErrorCategory::rejected);
    REQUIRE(outcome.error->remote);
    CHECK(outcome.error->remote->code == "CANT_VALIDATE_IMAGE");
    CHECK(!outcome.error->remote->message.empty());
    CHECK(!outcome.error->remote->request_id.empty());
}

TEST_CASE("a group that is gone when it is to be deleted is as good as deleted (scenario 24)") {
    constexpr const char* five_empty = R"("groups": [
        {"name": "app__1", "capacity": "0/0/0"}, {"name": "app__2", "capacity": "0/0/0"},
        {"name": "app__3", "capacity": "0/0/0"}, {"name": "app__4", "capacity": "0/0/0"},
        {"name": "app__7", "capacity": "2/4/8"}], )";
    struct Row {
        std::string_view why;
        const char* more;
        int deletes;
    };
    constexpr Row rows[] = {
        {"Spot says so at the delete", R"("faults": [{"call": "delete_group",
            "answer": {"status": 400, "code": "GROUP_DOESNT_EXIST", "message": "gone"}}])",
         1},
        {"somebody deleted it meanwhile",
         R"("events": [{"when": "60s", "delete": {"group": "app__1"}}])", 0},
        {"the first delete's answer was lost",
         R"("faults": [{"call": "delete_group", "lose": "answer"}])", 1},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world("{" + std::string(five_empty) + row.more + "}");
        const Outcome outcome = world.deploy(make_spec());
        CHECK(outcome.kind == OutcomeKind::done);
        CHECK(outcome.warnings.empty());
        CHECK(world.count("delete_group") == row.deletes);
    }
}

TEST_CASE("a revoked token stops the run, and a new one finishes it (scenario 25)") {
    World world(scenario_with(R"("events": [
        {"when": {"after": "target", "group": "app__8", "units": 4, "delay": "10s"},
         "revoke_token": true}])"));
    const Outcome stopped = world.deploy(make_spec());
    CHECK(stopped.kind == OutcomeKind::stopped);
    CHECK(exit_status(stopped) == 3);
    REQUIRE(stopped.error);
    CHECK(stopped.error->category == ErrorCategory::unauthenticated);
    CHECK(contains(stopped.error->message, "elastiroll resume " + world.id.text()));
    CHECK(world.capacities() == Texts{"app__7 2/4/8", "app__8 2/4/8"});
    CHECK(std::holds_alternative<EndedEntry>(world.journal().back().entry));

    world.add(R"({"events": [{"when": "0s", "accept_token": "renewed"}]})");
    world.crash("renewed");
    CHECK(world.resume().kind == OutcomeKind::done);
    CHECK(world.changes() ==
          Texts{"create_group app__8", "scale_group app__8 2/4/8", "scale_group app__7 0/0/0"});
    CHECK(world.capacities() == final_capacities);
}

} // namespace
} // namespace elastiroll::test::faults_test
