#include <elastiroll/engine/execution.hpp>
#include <elastiroll/plan/planner.hpp>

#include "hand_cloud.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace elastiroll::execution_test {
using test::capacity;
using test::group;
using test::moment;

namespace {

/// An execution, the cloud it runs in and the journal it writes, driven by hand.
struct Drive {
    explicit Drive(const DeploymentSpec& spec, const Snapshot& world)
        : cloud(world), execution(start(spec, world), moment()) {}

    static ExecutionStart start(const DeploymentSpec& spec, const Snapshot& world) {
        const auto plan = plan_deployment(spec, world);
        REQUIRE(plan);
        return {DeploymentId("01kdeployment"), spec, world, *plan, "mia@host", "", {}};
    }

    /// Whether the newest record announces `call` and would survive a crash.
    bool is_announced(const SpotCall& call) const {
        if (records.empty() || records.back().sequence > persisted)
            return false;
        const auto* started = std::get_if<CallStartedEntry>(&records.back().entry);
        return started && started->call == call_name(call) && started->group == call_group(call);
    }

    /// What there is to do now: keeps records, counts and checks calls, answers them.
    /// Whether anything happened.
    bool turn() {
        Execution::Work work = execution.work(now);
        for (const CallRequest& one : work.calls) {
            if (!is_mutating(one.call))
                continue;
            CAPTURE(describe(one.call));
            CHECK(is_announced(std::get<SpotCall>(one.call)));
            changes.emplace_back(call_name(one.call));
        }
        records.insert(records.end(), work.records.begin(), work.records.end());
        most_bytes = std::max(most_bytes, execution.memory_bytes());
        if (before_replies && !work.calls.empty())
            before_replies();
        for (const CallRequest& one : work.calls)
            execution.on_reply({one.id, cloud.answer(one.call), "req", 1, {}}, now);
        if (!work.records.empty()) {
            persisted = records.back().sequence;
            if (refuse && refuse(work.records)) {
                execution.on_persist_failed(refusal, now);
                persisted = 0;
            } else {
                execution.on_persisted(persisted, now);
            }
        }
        const bool has_moved = !work.calls.empty() || !work.records.empty();
        if (!has_moved && work.wake_at) {
            now = std::max(now, *work.wake_at);
            return true;
        }
        return has_moved;
    }

    const Outcome* run() {
        for (int turns = 0; turns < 5'000 && !execution.outcome(); ++turns) {
            if (!turn())
                break;
        }
        return execution.outcome() ? &*execution.outcome() : nullptr;
    }

    test::HandCloud cloud;
    TimePoint now = moment();
    Execution execution;
    std::vector<JournalRecord> records;
    std::uint64_t persisted = 0;
    std::vector<std::string> changes;
    std::size_t most_bytes = 0;
    std::function<bool(const std::vector<JournalRecord>&)> refuse;
    Error refusal{};
    std::function<void()> before_replies; ///< while calls are under way
};

DeploymentSpec canary() {
    DeploymentSpec spec = test::canary_spec();
    test::add_automation(spec.group_template);
    return spec;
}

Snapshot line(int older = 0) {
    std::vector<GroupState> groups{
        group({.name = "shop__web__700", .capacity = capacity(2, 4, 8), .has_automation = true})};
    for (int i = 1; i <= older; ++i)
        groups.push_back(group({.name = "shop__web__" + std::to_string(i)}));
    return test::line_of(std::move(groups));
}

const std::vector<std::string> canary_changes{
    "suspend_processes", "create_group",      "suspend_processes", "scale_group",
    "scale_group",       "scale_group",       "scale_group",       "scale_group",
    "resume_processes",  "suspend_processes", "scale_group"};

} // namespace

TEST_CASE("a run makes the calls of its plan, each after its record was kept, and ends as done") {
    Drive drive(canary(), line());
    const Outcome* outcome = drive.run();
    REQUIRE(outcome);
    CHECK(*outcome ==
          Outcome{OutcomeKind::done, {}, {}, test::new_group_id(), test::new_group_id()});
    CHECK(drive.changes == canary_changes);
    const auto state = replay(drive.records);
    REQUIRE(state);
    CHECK(state->outcome == *outcome);
    CHECK(std::ssize(drive.changes) == state->plan.preview.mutating_calls);
    CHECK(test::healthy_of(drive.cloud.world, test::new_group_id()) == 4);
    CHECK(test::healthy_of(drive.cloud.world, GroupId("sig-700")) == 0);
}

TEST_CASE("a mutating call waits for its record for as long as it takes") {
    Drive drive(test::basic_spec(), line());
    // The two first records are kept; nothing of what follows is, for an hour.
    drive.turn();
    for (int i = 0; i < 60; ++i) {
        const auto work = drive.execution.work(moment(Milliseconds(60'000 * i)));
        for (const CallRequest& one : work.calls)
            CHECK(!is_mutating(one.call));
    }
}

TEST_CASE("once a record cannot be kept there is no further call, and the outcome says why") {
    struct Row {
        ErrorCategory category;
        OutcomeKind kind;
        int exit;
    };
    constexpr Row rows[] = {
        {ErrorCategory::unavailable, OutcomeKind::stopped, 3},
        {ErrorCategory::conflict, OutcomeKind::stopped, 3},
        {ErrorCategory::lock_held, OutcomeKind::lock_lost, 4},
    };
    for (const Row& row : rows) {
        // Around every mutating call in turn.
        for (std::size_t allowed = 0; allowed < canary_changes.size(); ++allowed) {
            CAPTURE(to_string(row.category));
            CAPTURE(allowed);
            Drive drive(canary(), line());
            std::size_t announced = 0;
            bool has_failed = false;
            drive.refusal = {.category = row.category, .message = "the store says no"};
            drive.refuse = [&](const std::vector<JournalRecord>& records) {
                for (const JournalRecord& record : records)
                    announced += std::holds_alternative<CallStartedEntry>(record.entry) ? 1U : 0U;
                has_failed = has_failed || announced > allowed;
                return has_failed;
            };
            const Outcome* outcome = drive.run();
            REQUIRE(outcome);
            CHECK(drive.changes.size() == allowed);
            // Before any call there is nothing to resume, and nobody is needed.
            const bool is_refused = allowed == 0 && row.kind == OutcomeKind::stopped;
            CHECK(outcome->kind == (is_refused ? OutcomeKind::refused : row.kind));
            CHECK(exit_status(*outcome) == (is_refused ? 2 : row.exit));
            REQUIRE(outcome->error);
            CHECK(outcome->error->category == row.category);
            CHECK(outcome->error->message.find("the store says no") != std::string::npos);
            CHECK((outcome->error->message.find("resume 01kdeployment") != std::string::npos) ==
                  !is_refused);
        }
    }
}

TEST_CASE("a run whose lease has gone says so, whatever it sees of its successor's work") {
    enum class Successor { is_idle, has_undone, has_finished };
    for (const Successor successor :
         {Successor::is_idle, Successor::has_undone, Successor::has_finished}) {
        // While any of its calls is under way, in turn.
        for (int which = 1;; ++which) {
            Drive drive(canary(), line(4));
            int calls = 0;
            bool is_lost = false;
            drive.before_replies = [&] {
                if (++calls != which)
                    return;
                is_lost = true;
                drive.execution.on_persist_failed(
                    {.category = ErrorCategory::lock_held, .message = "it is another's"},
                    drive.now);
                auto& groups = drive.cloud.world.groups;
                if (successor == Successor::has_undone)
                    std::erase_if(groups, [](const GroupState& state) {
                        return state.group.id == test::new_group_id();
                    });
                if (successor == Successor::has_finished)
                    std::erase_if(groups, [](const GroupState& state) {
                        return state.group.name == "shop__web__1";
                    });
            };
            const Outcome* outcome = drive.run();
            if (!is_lost)
                break;
            CAPTURE(which);
            CAPTURE(static_cast<int>(successor));
            REQUIRE(outcome);
            CHECK(outcome->kind == OutcomeKind::lock_lost);
            REQUIRE(outcome->error);
            CHECK(outcome->error->category == ErrorCategory::lock_held);
        }
    }
}

TEST_CASE("a group that vanishes at any moment ends the run, without a storm of looks") {
    for (int which = 1;; ++which) {
        Drive drive(canary(), line());
        int calls = 0;
        drive.before_replies = [&] {
            if (++calls == which)
                std::erase_if(drive.cloud.world.groups, [](const GroupState& state) {
                    return state.group.id == test::new_group_id();
                });
        };
        const Outcome* outcome = drive.run();
        if (calls < which)
            break;
        CAPTURE(which);
        CHECK(outcome);
        // A wait of 20 min that looks every 2 s, and what comes before and after it.
        CHECK(calls < 800);
    }
}

TEST_CASE("where not even the first records are kept nothing is called at all") {
    Drive drive(canary(), line());
    drive.refusal = {.category = ErrorCategory::unavailable, .message = "the disk is full"};
    drive.refuse = [](const auto&) { return true; };
    const Outcome* outcome = drive.run();
    REQUIRE(outcome);
    CHECK(outcome->kind == OutcomeKind::refused);
    CHECK(drive.changes.empty());
}

TEST_CASE("an interrupted run stops after its call with the journal intact") {
    Drive drive(canary(), line());
    while (drive.changes.size() < 3)
        REQUIRE(drive.turn());
    drive.execution.interrupt(drive.now);
    const Outcome* outcome = drive.run();
    REQUIRE(outcome);
    CHECK(outcome->kind == OutcomeKind::interrupted);
    CHECK(exit_status(*outcome) == 130);
    CHECK(drive.changes.size() == 3);
    auto state = replay(drive.records);
    REQUIRE(state);

    // Another process renews what is held, goes on from the journal and makes the calls that were
    // missing.
    drive.execution = Execution(ExecutionResume{.journal = std::move(*state)}, drive.now);
    outcome = drive.run();
    REQUIRE(outcome);
    CHECK(outcome->kind == OutcomeKind::done);
    auto expected = canary_changes;
    const std::vector<std::string> held(canary_changes.begin(), canary_changes.begin() + 3);
    std::vector<std::string> renewed;
    std::ranges::copy_if(held, std::back_inserter(renewed),
                         [](const std::string& change) { return change.starts_with("suspend"); });
    CHECK(!renewed.empty());
    expected.insert(expected.begin() + 3, renewed.begin(), renewed.end());
    CHECK(drive.changes == expected);
    CHECK(replay(drive.records));
}

TEST_CASE("an aborted run puts everything back") {
    Drive drive(canary(), line());
    while (drive.changes.size() < 6)
        REQUIRE(drive.turn());
    drive.execution.decide({DecisionKind::abort, "", "mia"}, drive.now);
    const Outcome* outcome = drive.run();
    REQUIRE(outcome);
    CHECK(outcome->kind == OutcomeKind::rolled_back);
    CHECK(outcome->serving == GroupId("sig-700"));
    REQUIRE(drive.cloud.world.groups.size() == 1);
    CHECK(drive.cloud.world.groups.front().group.capacity == capacity(2, 4, 8));
    CHECK(drive.cloud.world.groups.front().suspensions == std::vector<Suspension>());
}

TEST_CASE("an approval that comes before its gate is kept for it") {
    DeploymentSpec spec = canary();
    spec.phases[0].needs_approval = true;
    Drive early(spec, line());
    early.execution.decide({DecisionKind::approve, "phase-1.approval", "mia"}, early.now);
    const Outcome* outcome = early.run();
    REQUIRE(outcome);
    CHECK(outcome->kind == OutcomeKind::done);

    Drive never(spec, line());
    outcome = never.run();
    REQUIRE(outcome);
    CHECK(outcome->kind == OutcomeKind::rolled_back);
    CHECK(never.now - moment() >= spec.timing.gate_timeout);
}

TEST_CASE("a deployment in flight holds less than 36 KiB beside documents, however long its line") {
    struct Row {
        const char* why;
        int older, retention;
    };
    constexpr Row rows[] = {
        {"no older groups", 0, 3},
        {"a hundred older groups that are kept", 100, 100},
        {"a hundred older groups of which ten go", 100, 90},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        DeploymentSpec spec = canary();
        spec.retention = row.retention;
        Drive drive(spec, line(row.older));
        bool has_group = false;
        while (!drive.execution.outcome() && drive.turn()) {
            if (!has_group && drive.cloud.world.find(test::new_group_id())) {
                has_group = true;
                drive.turn();
                drive.turn();
                drive.most_bytes = 0;
            }
        }
        REQUIRE(drive.execution.outcome());
        CHECK(drive.execution.outcome()->kind == OutcomeKind::done);
        CHECK(drive.most_bytes > 1'024);
        CHECK(drive.most_bytes < 36u * 1024);
    }
}

} // namespace elastiroll::execution_test
