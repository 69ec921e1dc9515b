#include "world.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace elastiroll::test::tag_rollback_test {
namespace {

constexpr const char* one_group = R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})";
constexpr std::string_view halves =
    R"({"strategy": "canary", "phases": [{"percent": 50}, {"percent": 100}]})";

std::string group_that_scales(std::string_view members) {
    return R"({"groups": [{"name": "app__7", "capacity": "2/4/8", "document": )" +
           std::string(scaling_group) + std::string(members) + "}]}";
}

/// A deployment whose process dies once `changes` requests that change something were sent, and
/// takes its journal along.
void lose(World& world, DeploymentSpec spec, int changes) {
    world.deploy(std::move(spec), [&](Fleet&) { return std::ssize(world.changes()) < changes; });
    world.crash();
    world.forget();
    world.id = DeploymentId("01kundone");
}

TEST_CASE("a canary that died anywhere is put back by its tags alone (scenario 30)") {
    for (int changes = 1; changes <= 4; ++changes) {
        CAPTURE(changes);
        World world(one_group);
        lose(world, make_spec(halves), changes);
        const Outcome outcome = world.roll_back_from_tags(make_spec(halves));
        CHECK(outcome.kind == OutcomeKind::rolled_back);
        CHECK(exit_status(outcome) == 1);
        CHECK(outcome.serving == world.cloud.find("app__7")->id);
        CHECK(outcome.warnings.empty());
        CHECK(world.capacities() == Texts{"app__7 2/4/8"});
        CHECK(world.healthy("app__7") == 4);
        CHECK(world.lowest_healthy() == 4);

        // A second time there is nothing to undo; the line is as it was, and free.
        world.forget();
        CHECK(world.roll_back_from_tags(make_spec(halves)).kind == OutcomeKind::refused);
        world.id = DeploymentId("01kzlater");
        CHECK(world.deploy(make_spec(halves)).kind == OutcomeKind::done);
        CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 2/4/8"});
    }
}

TEST_CASE("the rollback from tags raises the previous group before the new one goes") {
    World world(one_group);
    lose(world, make_spec(halves), 4);
    const std::ptrdiff_t before = std::ssize(world.changes());
    CHECK(world.roll_back_from_tags(make_spec(halves)).kind == OutcomeKind::rolled_back);
    const Texts changes = world.changes();
    CHECK(std::vector(changes.begin() + before, changes.end()) ==
          std::vector<std::string>{"scale_group app__7 2/4/8", "scale_group app__8 0/0/0",
                                   "delete_group app__8"});
}

TEST_CASE("a previous group that was taken away first comes back by the tags") {
    World world(one_group);
    const DeploymentSpec spec = make_spec(R"({"order": "old_first", "floor": 0})");
    lose(world, spec, 2);
    CHECK(world.capacities() == Texts{"app__7 0/0/0", "app__8 0/0/0"});
    CHECK(world.roll_back_from_tags(spec).kind == OutcomeKind::rolled_back);
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
    CHECK(world.healthy("app__7") == 4);
}

TEST_CASE("ownership in descriptions tells as much as tags do") {
    World world(one_group);
    const DeploymentSpec spec = make_spec(
        R"({"strategy": "canary", "phases": [{"percent": 50}, {"percent": 100}],
            "ownership": {"place": "description"}})");
    lose(world, spec, 3);
    CHECK(world.roll_back_from_tags(spec).kind == OutcomeKind::rolled_back);
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
}

TEST_CASE("holds that a lost deployment has put on the previous group are released, and said") {
    struct Row {
        std::string_view why;
        const char* suspended;
        Texts after;
    };
    const Row rows[] = {
        {"nobody else had suspended anything", "", Texts{}},
        // Nothing tells it from ours, so it goes as well.
        {"somebody had suspended one of the two", R"(, "suspended": ["SCHEDULING"])", Texts{}},
        {"somebody had suspended what deployments never do", R"(, "suspended": ["AUTO_HEALING"])",
         Texts{"AUTO_HEALING"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(group_that_scales(row.suspended));
        const DeploymentSpec spec = make_spec(halves, scaling_group);
        lose(world, spec, 5);
        CHECK(world.suspended("app__7").size() >= 2);
        CHECK(world.roll_back_from_tags(spec).kind == OutcomeKind::rolled_back);
        CHECK(world.capacities() == Texts{"app__7 2/4/8"});
        CHECK(world.suspended("app__7") == row.after);
        CHECK(world.lowest_healthy() == 4);
        CHECK(contains(world.notices(), "nothing tells who suspended AUTO_SCALE"));
    }
}

TEST_CASE("a rollback from tags that dies is gone on with from its own journal") {
    for (const ResumeMode mode : {ResumeMode::go_on, ResumeMode::roll_back}) {
        for (int more = 1; more <= 4; ++more) {
            CAPTURE(to_string(mode));
            CAPTURE(more);
            World world(group_that_scales(""));
            const DeploymentSpec spec = make_spec(halves, scaling_group);
            lose(world, spec, 5);
            const auto until = std::ssize(world.changes()) + more;
            world.roll_back_from_tags(spec,
                                      [&](Fleet&) { return std::ssize(world.changes()) < until; });
            world.crash();

            const DeploymentId begun = std::exchange(world.id, DeploymentId("01kzlater"));
            const Outcome twice = world.roll_back_from_tags(spec);
            CHECK(twice.kind == OutcomeKind::refused);
            REQUIRE(twice.error);
            CHECK(contains(twice.error->message, "elastiroll rollback 01kundone"));

            world.id = begun;
            CHECK(world.resume(mode).kind == OutcomeKind::rolled_back);
            CHECK(world.capacities() == Texts{"app__7 2/4/8"});
            CHECK(world.suspended("app__7") == Texts{});
            CHECK(world.healthy("app__7") == 4);
            CHECK(world.lowest_healthy() == 4);
        }
    }
}

TEST_CASE("a rollback from tags whose process dies before its first call leaves a journal of it") {
    World world(one_group);
    lose(world, make_spec(halves), 3);
    world.roll_back_from_tags(make_spec(halves), [&](Fleet&) { return world.journal().empty(); });
    const Texts before = world.changes();
    world.crash();
    CHECK(world.resume().kind == OutcomeKind::rolled_back);
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
    CHECK(std::ssize(world.changes()) == std::ssize(before) + 3);
}

TEST_CASE("a rollback from tags changes nothing where it is refused or not confirmed") {
    struct Row {
        std::string_view why;
        int changes;
        bool is_forgotten;
        bool is_confirmed;
        OutcomeKind expected;
        const char* message;
    };
    constexpr Row rows[] = {
        {"the journal is there", 3, false, true, OutcomeKind::refused,
         "elastiroll rollback 01kdeployment"},
        {"the deployment had nothing left to do", 5, true, true, OutcomeKind::refused, "has ended"},
        {"somebody says no", 3, true, false, OutcomeKind::unchanged, "not confirmed"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(one_group);
        world.deploy(make_spec(halves),
                     [&](Fleet&) { return std::ssize(world.changes()) < row.changes; });
        world.crash();
        if (row.is_forgotten)
            world.forget();
        world.id = DeploymentId("01kundone");
        const Texts before = world.changes();
        std::string shown;
        const Outcome outcome = roll_back_from_tags({.deployment = world.id,
                                                     .spec = make_spec(halves),
                                                     .confirm =
                                                         [&](const DeploymentPlan& plan) {
                                                             shown = to_text(plan);
                                                             return row.is_confirmed;
                                                         }},
                                                    world.ports());
        CHECK(outcome.kind == row.expected);
        REQUIRE(outcome.error);
        CHECK_MESSAGE(contains(outcome.error->message, row.message), outcome.error->message);
        CHECK(world.changes() == before);
        CHECK(world.journal().empty());
        if (!row.is_confirmed)
            CHECK(contains(shown, "Rollback of app__8 over app__7"));
    }
}

TEST_CASE("a line that somebody runs is not rolled back from tags") {
    World world(one_group);
    std::optional<Outcome> second;
    const Outcome first =
        world.deploy(make_spec(halves), after_change(world, 3, [&](Fleet&) {
                         Fleet other(world.ports());
                         other.roll_back_from_tags(
                             {.deployment = DeploymentId("01kother"), .spec = make_spec(halves)});
                         other.run();
                         second = other.outcome(DeploymentId("01kother"));
                     }));
    CHECK(first.kind == OutcomeKind::done);
    REQUIRE(second);
    CHECK(second->kind == OutcomeKind::lock_lost);
}

} // namespace
} // namespace elastiroll::test::tag_rollback_test
