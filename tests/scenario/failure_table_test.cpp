#include "world.hpp"

#include <elastiroll/adapters/store.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace elastiroll::test::failure_table_test {
namespace {

// What a failure means depends on its category and on what has happened before it.

enum class Moment : std::uint8_t { nothing_changed, changed, new_serves_all };

/// The call that fails at a moment: of a basic deployment without automation.
struct FailingCall {
    const char* call;
    const char* group;
};
constexpr FailingCall failing_calls[] = {
    {"create_group", "app__8"}, {"scale_group", "app__8"}, {"scale_group", "app__7"}};

struct End {
    OutcomeKind kind;
    int status;
};

std::string scenario_with(Moment moment, std::string_view effect) {
    const FailingCall& failing = failing_calls[static_cast<std::size_t>(moment)];
    return fmt::format(R"({{"groups": [{{"name": "app__7", "capacity": "2/4/8"}}],
        "faults": [{{"call": "{}", "group": "{}", {}}}]}})",
                       failing.call, failing.group, effect);
}

void check_end(const Outcome& outcome, const End& expected) {
    CHECK(outcome.kind == expected.kind);
    CHECK(exit_status(outcome) == expected.status);
}

TEST_CASE("a failing call ends as the table says for its category and moment") {
    struct Row {
        std::string_view why;
        const char* effect;
        ErrorCategory category;
        End ends[3]; ///< by moment
    };
    constexpr End fails{OutcomeKind::unchanged, 1};
    constexpr End rolls_back{OutcomeKind::rolled_back, 1};
    constexpr End warns{OutcomeKind::done, 0};
    constexpr End stops{OutcomeKind::stopped, 3};
    constexpr Row rows[] = {
        {"rejected",
         R"("count": "all", "answer": {"status": 400, "code": "NO"})",
         ErrorCategory::rejected,
         {fails, rolls_back, warns}},
        {"bad image",
         R"("count": "all", "answer": {"status": 400, "code": "CANT_VALIDATE_IMAGE"})",
         ErrorCategory::rejected,
         {fails, rolls_back, warns}},
        {"not found",
         R"("count": "all", "answer": {"status": 400, "code": "GROUP_DOESNT_EXIST"})",
         ErrorCategory::not_found,
         {fails, rolls_back, warns}},
        {"permission denied",
         R"("count": "all", "answer": {"status": 403})",
         ErrorCategory::permission_denied,
         {fails, rolls_back, warns}},
        {"unavailable until the deadline",
         R"("count": "all", "answer": {"status": 503})",
         ErrorCategory::timeout,
         {fails, rolls_back, warns}},
        {"throttled until the deadline",
         R"("count": "all", "throttle": "2h")",
         ErrorCategory::timeout,
         {fails, rolls_back, warns}},
        {"never answered",
         R"("count": "all", "lose": "request")",
         ErrorCategory::timeout,
         {fails, rolls_back, warns}},
        {"unavailable for a while",
         R"("count": 4, "answer": {"status": 503})",
         ErrorCategory::internal,
         {warns, warns, warns}},
        {"unauthenticated",
         R"("revoke_token": true)",
         ErrorCategory::unauthenticated,
         // Nothing was changed, so nobody has to put anything right.
         {{OutcomeKind::refused, 2}, stops, stops}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        for (const Moment moment :
             {Moment::nothing_changed, Moment::changed, Moment::new_serves_all}) {
            CAPTURE(static_cast<int>(moment));
            World world(scenario_with(moment, row.effect));
            const Outcome outcome = world.deploy(make_spec());
            const End& expected = row.ends[static_cast<std::size_t>(moment)];
            check_end(outcome, expected);
            CHECK(world.lowest_healthy() == 4);
            if (expected.kind == OutcomeKind::done) {
                const bool is_passing = row.category == ErrorCategory::internal;
                CHECK(outcome.warnings.empty() == is_passing);
                CHECK(world.capacity("app__8") == "2/4/8");
                continue;
            }
            REQUIRE(outcome.error);
            CHECK(outcome.error->category == row.category);
            CHECK(world.capacity("app__7") == "2/4/8");
            if (expected.status == 1)
                CHECK(world.capacities() == Texts{"app__7 2/4/8"});
        }
    }
}

TEST_CASE("an unanswered observation changes nothing, and wrong credentials are refused") {
    struct Row {
        std::string_view why;
        const char* effect;
        End end;
    };
    constexpr Row rows[] = {
        {"unauthenticated", R"("revoke_token": true)", {OutcomeKind::refused, 2}},
        {"permission denied",
         R"("count": "all", "answer": {"status": 403})",
         {OutcomeKind::refused, 2}},
        {"unavailable",
         R"("count": "all", "answer": {"status": 503})",
         {OutcomeKind::unchanged, 1}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(fmt::format(R"({{"groups": [{{"name": "app__7", "capacity": "2/4/8"}}],
            "faults": [{{"call": "list_groups", {}}}]}})",
                                row.effect));
        check_end(world.deploy(make_spec()), row.end);
        CHECK(world.changes().empty());
    }
}

TEST_CASE("what somebody else changed stops the run with both values (scenario 45)") {
    struct Row {
        std::string_view why;
        const char* event;
        const char* seen;
        const char* planned;
        int changes;
    };
    constexpr Row rows[] = {
        {"before anything was changed",
         R"({"when": {"after": "call", "call": "read_suspensions", "group": "app__7"},
             "suspend": {"processes": ["SCHEDULING"]}})",
         "SCHEDULING", "app__7", 0},
        {"the new group",
         R"({"when": {"after": "created", "group": "app__8"}, "capacity": {"to": "1/1/1"}})",
         "1/1/1", "0/0/0", 3},
        {"the previous group, when the new one serves all",
         R"({"when": {"after": "target", "group": "app__8", "units": 4, "delay": "5s"},
             "capacity": {"group": "app__7", "to": "3/3/3"}})",
         "3/3/3", "2/4/8", 6},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(fmt::format(R"({{"groups": [{{"name": "app__7", "capacity": "2/4/8",
            "document": {}}}], "events": [{}]}})",
                                scaling_group, row.event));
        const Outcome outcome = world.deploy(make_spec("{}", scaling_group));
        check_end(outcome, {OutcomeKind::drifted, 5});
        REQUIRE(outcome.error);
        CHECK(outcome.error->category == ErrorCategory::drift);
        CHECK(contains(outcome.error->message, row.seen));
        CHECK(contains(outcome.error->message, row.planned));
        CHECK(std::ssize(world.changes()) == row.changes);
    }
}

/// A store that fails every append with `category` once the cloud has seen `changes` mutating
/// requests, until it is mended.
class FailingStore final : public Store {
public:
    FailingStore(const World& world, ErrorCategory category, std::ptrdiff_t changes)
        : world_(world), category_(category), changes_(changes) {}

    void submit(StoreBatch batch) override {
        StoreBatch passed;
        for (StoreRequest& request : batch) {
            if (std::holds_alternative<AppendOperation>(request.operation) &&
                std::ssize(world_.changes()) >= changes_)
                failed_.push_back({request.ticket, fail(category_, "the store is not there")});
            else
                passed.push_back(std::move(request));
        }
        store_->submit(std::move(passed));
    }
    std::vector<StoreCompletion> poll() override {
        std::vector<StoreCompletion> completions = store_->poll();
        std::ranges::move(std::exchange(failed_, {}), std::back_inserter(completions));
        return completions;
    }
    bool is_busy() const override { return store_->is_busy() || !failed_.empty(); }
    void mend() noexcept { changes_ = std::numeric_limits<std::ptrdiff_t>::max(); }

private:
    const World& world_;
    ErrorCategory category_;
    std::ptrdiff_t changes_;
    std::unique_ptr<Store> store_ = store::make_memory_store();
    std::vector<StoreCompletion> failed_;
};

TEST_CASE("without its journal the run makes no further change, and resumes (scenario 33)") {
    struct Row {
        std::string_view why;
        ErrorCategory category;
        int changes; ///< before the store fails
        End end;
    };
    constexpr Row rows[] = {
        {"no store from the start", ErrorCategory::unavailable, 0, {OutcomeKind::refused, 2}},
        {"no store once the group exists",
         ErrorCategory::unavailable,
         1,
         {OutcomeKind::stopped, 3}},
        {"no store once the new group is growing",
         ErrorCategory::unavailable,
         2,
         {OutcomeKind::stopped, 3}},
        {"no store once the new group serves all",
         ErrorCategory::unavailable,
         3,
         {OutcomeKind::stopped, 3}},
        {"the lease lost at the start", ErrorCategory::lock_held, 0, {OutcomeKind::lock_lost, 4}},
        {"the lease lost once the group exists",
         ErrorCategory::lock_held,
         1,
         {OutcomeKind::lock_lost, 4}},
        {"the lease lost once the new group serves all",
         ErrorCategory::lock_held,
         3,
         {OutcomeKind::lock_lost, 4}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}]})");
        FailingStore store(world, row.category, row.changes);
        RuntimePorts ports = world.ports();
        ports.store = &store;
        const Outcome outcome = elastiroll::deploy(world.request(make_spec()), ports);
        check_end(outcome, row.end);
        REQUIRE(outcome.error);
        CHECK(outcome.error->category == row.category);
        CHECK(std::ssize(world.changes()) == row.changes);
        if (row.changes == 0)
            continue; // There is no journal to resume.
        store.mend();
        const Outcome again = elastiroll::resume({.deployment = world.id}, ports);
        check_end(again, {OutcomeKind::done, 0});
        CHECK(world.changes() ==
              Texts{"create_group app__8", "scale_group app__8 2/4/8", "scale_group app__7 0/0/0"});
    }
}

TEST_CASE("a rollback that fails stops, and rolls back when it is resumed") {
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8"}],
        "instances": [{"group": "app__8", "from": 3, "healthy": "never"}],
        "faults": [{"call": "scale_group", "group": "app__7", "nth": 2,
                    "answer": {"status": 400, "code": "NO", "message": "not now"}}]})");
    const Outcome outcome = world.deploy(
        make_spec(R"({"strategy": "canary", "phases": [{"percent": 50}, {"percent": 100}]})"));
    check_end(outcome, {OutcomeKind::stopped, 3});
    REQUIRE(outcome.error);
    CHECK(outcome.error->category == ErrorCategory::rejected);
    CHECK(contains(outcome.error->message, "not now"));
    CHECK(world.lowest_healthy() == 4);

    check_end(world.resume(), {OutcomeKind::rolled_back, 1});
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
    CHECK(world.lowest_healthy() == 4);
}

} // namespace
} // namespace elastiroll::test::failure_table_test
