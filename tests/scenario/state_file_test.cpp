#include "temporary_folder.hpp"
#include "world.hpp"

#include <elastiroll/adapters/store.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

namespace elastiroll::test::state_file_test {
namespace {

// Whole deployments on a state file that something happens to.

using namespace std::chrono_literals;

constexpr const char* one_group = R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})";
constexpr std::string_view halves =
    R"({"strategy": "canary", "phases": [{"percent": 50}, {"percent": 100}]})";

std::unique_ptr<Store> open(const std::string& path) {
    auto store = store::make_sqlite_store({.path = path});
    REQUIRE_MESSAGE(store, (store ? "" : store.error().message));
    return *std::move(store);
}

/// The calls that the journal announces, and those that the cloud was asked for.
std::ptrdiff_t announced(const World& world) {
    return std::ranges::count_if(world.journal(), [](const JournalRecord& record) {
        return std::holds_alternative<CallStartedEntry>(record.entry);
    });
}
std::ptrdiff_t asked(const World& world) { return std::ssize(world.changes()); }

TEST_CASE(
    "a state file that takes no more stops the run, which resumes when it does (scenario 33)") {
    int stopped = 0;
    for (int room = 4; room < 60; ++room) {
        CAPTURE(room);
        const TemporaryFolder folder;
        const std::string path = folder / "state.sqlite";
        World world(one_group);
        auto store = store::make_sqlite_store({.path = path, .pages_max = room});
        if (!store)
            continue; // not even room for its tables
        world.set_store(*std::move(store));
        const Outcome outcome = world.deploy(make_spec(halves));
        if (outcome.kind == OutcomeKind::done)
            break;
        const bool has_changed = asked(world) > 0;
        CHECK(exit_status(outcome) == (has_changed ? 3 : 2));
        REQUIRE(outcome.error);
        CHECK(outcome.error->category == ErrorCategory::unavailable);
        CHECK(contains(outcome.error->message, path));
        CHECK(contains(outcome.error->message, "make room"));
        CHECK(world.lowest_healthy() == 4);
        // There is room again: in the same file, by another process.
        world.set_store(open(path));
        CHECK(announced(world) >= asked(world));
        world.pass(61s);
        if (!has_changed)
            continue;
        ++stopped;
        CHECK(world.resume().kind == OutcomeKind::done);
        CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
        CHECK(world.lowest_healthy() == 4);
        CHECK(world.count("create_group") == 1);
    }
    CHECK(stopped > 1);
}

TEST_CASE("a state file that is removed or replaced stops the run without another call") {
    struct Row {
        const char* what;
        std::function<void(const std::string& path)> happens;
        ErrorCategory category;
        const char* says;
    };
    const Row rows[] = {
        {"removed", [](const std::string& path) { std::filesystem::remove(path); },
         ErrorCategory::unavailable, "removed"},
        {"replaced",
         [](const std::string& path) {
             std::filesystem::rename(path, path + ".old");
             open(path);
         },
         ErrorCategory::unavailable, "replaced"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const TemporaryFolder folder;
        const std::string path = folder / "state.sqlite";
        World world(one_group);
        world.set_store(open(path));
        const Outcome outcome = world.deploy(
            make_spec(halves), after_change(world, 2, [&](Fleet&) { row.happens(path); }));
        CHECK(outcome.kind == OutcomeKind::stopped);
        CHECK(exit_status(outcome) == 3);
        REQUIRE(outcome.error);
        CHECK(outcome.error->category == row.category);
        CHECK(contains(outcome.error->message, path));
        CHECK(contains(outcome.error->message, row.says));
        CHECK(asked(world) == 2);
        CHECK(world.capacities() == Texts{"app__7 2/4/8", "app__8 2/2/2"});
        CHECK(world.lowest_healthy() == 4);
    }
}

TEST_CASE("a deployment in a state file ends alike, whoever sets the machine's clock") {
    for (const Milliseconds by : {Milliseconds(-1h), Milliseconds(1h)}) {
        CAPTURE(by.count());
        const TemporaryFolder folder;
        World world(one_group);
        world.set_store(open(folder / "state.sqlite"));
        const Outcome outcome = world.deploy(
            make_spec(halves), after_change(world, 2, [&](Fleet&) { world.set_clock(by); }));
        CHECK(outcome.kind == OutcomeKind::done);
        CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
        CHECK(world.lowest_healthy() == 4);
        CHECK(asked(world) == announced(world));
    }
}

TEST_CASE("a run that was interrupted goes on after the clock was set back an hour") {
    const TemporaryFolder folder;
    World world(one_group);
    world.set_store(open(folder / "state.sqlite"));
    const Outcome interrupted = world.deploy(
        make_spec(halves), after_change(world, 2, [](Fleet& fleet) { fleet.interrupt(); }));
    CHECK(interrupted.kind == OutcomeKind::interrupted);
    world.set_clock(-1h);
    CHECK(world.resume().kind == OutcomeKind::done);
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
    CHECK(world.lowest_healthy() == 4);
    CHECK(world.count("create_group") == 1);
}

TEST_CASE("a run whose lease is taken during a long call makes no other one (scenario 32)") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}],
        "faults": [{"call": "scale_group", "nth": 1, "delay": "25s"}]})");
    world.set_store(open(path));
    const auto second_store = open(path);
    std::optional<Outcome> second;
    const Outcome first = world.deploy(
        make_spec(halves), after_change(world, 2, [&](Fleet&) {
            RuntimePorts ports = world.ports();
            ports.store = second_store.get();
            const auto client = make_client();
            const auto transport = sim::make_transport(world.cloud);
            ports.client = client.get();
            ports.transport = transport.get();
            second = resume({.deployment = world.id, .takes_over = true, .actor = "second"}, ports);
        }));
    REQUIRE(second);
    CHECK(second->kind == OutcomeKind::done);
    CHECK(first.kind == OutcomeKind::lock_lost);
    CHECK(exit_status(first) == 4);
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
    CHECK(world.lowest_healthy() == 4);
    CHECK(world.count("create_group") == 1);
    CHECK(asked(world) <= announced(world));
}

} // namespace
} // namespace elastiroll::test::state_file_test
