#include "store_contract.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace elastiroll::test {
namespace {

constexpr TimePoint moment{Milliseconds{1'750'000'000'000}};
constexpr Milliseconds half_minute{30'000};
const DeploymentId first("01kfirst");
const DeploymentId second("01ksecond");

StoredRecord record(std::uint64_t sequence, std::string bytes = "{}") {
    return {sequence, "step_started", std::move(bytes)};
}

/// One store and what it answers, ticket by ticket.
class Talk {
public:
    explicit Talk(const StoreFactory& make) : store_(make()) { REQUIRE(store_); }

    /// Submits the operations as one batch and waits for all of their completions.
    std::vector<Result<StoreAnswer>> all(std::vector<StoreOperation> operations) {
        StoreBatch batch;
        const std::uint64_t from = next_;
        for (StoreOperation& operation : operations)
            batch.push_back({StoreTicket{next_++}, std::move(operation)});
        store_->submit(std::move(batch));
        std::map<std::uint64_t, Result<StoreAnswer>> answers;
        while (answers.size() < operations.size()) {
            auto completions = store_->poll();
            const bool has_answered = !completions.empty();
            for (StoreCompletion& one : completions) {
                const auto ticket = static_cast<std::uint64_t>(one.ticket);
                const bool is_new = answers.emplace(ticket, std::move(one.result)).second;
                CHECK(is_new);
                CHECK(ticket >= from);
                CHECK(ticket < next_);
            }
            if (!has_answered && !store_->is_busy())
                break;
        }
        REQUIRE(answers.size() == operations.size());
        CHECK(store_->poll().empty());
        CHECK(!store_->is_busy());
        std::vector<Result<StoreAnswer>> ordered;
        ordered.reserve(answers.size());
        for (auto& [ticket, answer] : answers)
            ordered.push_back(std::move(answer));
        return ordered;
    }

    Result<StoreAnswer> one(StoreOperation operation) {
        std::vector<StoreOperation> operations;
        operations.push_back(std::move(operation));
        return all(std::move(operations)).front();
    }

    Result<StoreAnswer> lease(FencingNumber fence, TimePoint now, std::string holder = "mia",
                              std::string line = "line") {
        return one(
            LeaseOperation{std::move(line), std::move(holder), first, fence, half_minute, now});
    }
    FencingNumber acquire(std::string line = "line", TimePoint now = moment) {
        const auto answer = lease(0, now, "mia", std::move(line));
        REQUIRE(answer);
        return answer->fence;
    }
    Result<StoreAnswer> append(FencingNumber fence, std::vector<StoredRecord> records,
                               const DeploymentId& deployment = first, std::string line = "line") {
        return one(AppendOperation{deployment, std::move(line), fence, std::move(records)});
    }
    std::vector<StoredRecord> read(std::uint64_t after = 0,
                                   const DeploymentId& deployment = first) {
        const auto answer = one(ReadOperation{deployment, after});
        REQUIRE(answer);
        return answer->records;
    }

private:
    std::unique_ptr<Store> store_;
    std::uint64_t next_ = 1;
};

/// The category of a failure; empty where there is none.
std::optional<ErrorCategory> failure(const Result<StoreAnswer>& answer) {
    return answer ? std::nullopt : std::optional(answer.error().category);
}

void check_appends(const StoreFactory& make) {
    INFO("appends");
    Talk store(make);
    const FencingNumber fence = store.acquire();
    CHECK(fence > 0);
    CHECK(store.append(fence, {record(1, "a"), record(2, std::string("b\0\xff\n", 4))}));
    CHECK(store.append(fence, {record(3, "")}));
    const std::vector<StoredRecord> whole{record(1, "a"), record(2, std::string("b\0\xff\n", 4)),
                                          record(3, "")};
    CHECK(store.read() == whole);
    CHECK(store.read(1) == std::vector<StoredRecord>{whole[1], whole[2]});
    CHECK(store.read(3).empty());
    CHECK(store.read(1'000).empty());

    struct Row {
        const char* why;
        std::vector<StoredRecord> records;
    };
    const Row gaps[] = {
        {"a record is left out", {record(5)}}, {"a record again", {record(3)}},
        {"from the beginning", {record(1)}},   {"a gap inside", {record(4), record(6)}},
        {"one twice", {record(4), record(4)}}, {"no sequence", {record(0)}},
    };
    for (const Row& row : gaps) {
        CAPTURE(row.why);
        CHECK(failure(store.append(fence, row.records)) == ErrorCategory::conflict);
        CHECK(store.read() == whole);
    }
    const std::string largest(record_bytes_max, 'x');
    CHECK(failure(store.append(fence, {record(4), record(5, largest + 'x')})) ==
          ErrorCategory::invalid_argument);
    CHECK(store.read() == whole);
    CHECK(store.append(fence, {record(4, largest)}));
    CHECK(store.read(3) == std::vector<StoredRecord>{record(4, largest)});
}

void check_batches(const StoreFactory& make) {
    INFO("batches");
    Talk store(make);
    const FencingNumber fence = store.acquire();
    const FencingNumber other = store.acquire("other line");
    // One bad operation spoils no other, of the same or of another deployment.
    const auto answers =
        store.all({AppendOperation{first, "line", fence, {record(1)}},
                   AppendOperation{first, "line", fence, {record(9)}},
                   AppendOperation{second, "other line", other, {record(1, "second")}},
                   ReadOperation{DeploymentId("01knone"), 0}, PostOperation{first, "decision"},
                   LeaseOperation{"third line", "ben", {}, 0, half_minute, moment}});
    std::vector<std::optional<ErrorCategory>> failures;
    failures.reserve(answers.size());
    for (const auto& answer : answers)
        failures.push_back(failure(answer));
    CHECK(failures == std::vector<std::optional<ErrorCategory>>{
                          {}, ErrorCategory::conflict, {}, ErrorCategory::not_found, {}, {}});
    CHECK(store.read() == std::vector<StoredRecord>{record(1)});
    CHECK(store.read(0, second) == std::vector<StoredRecord>{record(1, "second")});
    CHECK(store.all({}).empty());
}

void check_fencing(const StoreFactory& make) {
    INFO("fencing");
    Talk store(make);
    CHECK(failure(store.append(1, {record(1)})) == ErrorCategory::lock_held);
    CHECK(failure(store.append(0, {record(1)})) == ErrorCategory::lock_held);
    const FencingNumber old = store.acquire();
    CHECK(store.append(old, {record(1)}));
    CHECK(failure(store.append(old + 1, {record(2)})) == ErrorCategory::lock_held);
    CHECK(failure(store.append(old, {record(1)}, second, "other line")) ==
          ErrorCategory::lock_held);
    // The lease ran out and somebody else has it: whatever the first one still writes is refused.
    const FencingNumber fresh = store.acquire("line", moment + half_minute);
    CHECK(fresh > old);
    CHECK(failure(store.append(old, {record(2)})) == ErrorCategory::lock_held);
    CHECK(store.append(fresh, {record(2, "fresh")}));
    CHECK(store.read() == std::vector<StoredRecord>{record(1), record(2, "fresh")});
}

void check_leases(const StoreFactory& make) {
    INFO("leases");
    Talk store(make);
    const FencingNumber mine = store.acquire();
    const auto refused = store.lease(0, moment + half_minute / 2, "ben");
    REQUIRE(!refused);
    CHECK(refused.error().category == ErrorCategory::lock_held);
    CHECK(refused.error().message.find("mia") != std::string::npos);
    CHECK(refused.error().message.find(format_time(moment)) != std::string::npos);

    // A renewal keeps the number and counts from its own time.
    const auto renewed = store.lease(mine, moment + half_minute / 2);
    REQUIRE(renewed);
    CHECK(renewed->fence == mine);
    CHECK(failure(store.lease(0, moment + half_minute + Milliseconds(1), "ben")) ==
          ErrorCategory::lock_held);

    // One that ran out may be renewed as long as nobody else has taken it.
    const TimePoint late = moment + 10 * half_minute;
    const auto revived = store.lease(mine, late);
    CHECK((revived && revived->fence == mine));
    const TimePoint later = late + half_minute;
    const auto taken = store.lease(0, later, "ben");
    REQUIRE(taken);
    CHECK(taken->fence > mine);
    const auto lost = store.lease(mine, later);
    REQUIRE(!lost);
    CHECK(lost.error().category == ErrorCategory::lock_held);
    CHECK(lost.error().message.find("ben") != std::string::npos);
    // Nor after the other one's has run out in its turn, nor under a number never given.
    CHECK(failure(store.lease(mine, later + 10 * half_minute)) == ErrorCategory::lock_held);
    CHECK(failure(store.lease(taken->fence + 1, later)) == ErrorCategory::lock_held);

    // Lines are strangers to each other.
    CHECK(store.lease(0, later, "eve", "other line"));
}

void check_release(const StoreFactory& make) {
    INFO("release");
    Talk store(make);
    const FencingNumber mine = store.acquire();
    // Somebody who does not hold it releases nothing.
    CHECK(store.one(ReleaseOperation{"line", mine + 1}));
    CHECK(failure(store.lease(0, moment, "ben")) == ErrorCategory::lock_held);
    CHECK(store.one(ReleaseOperation{"line", mine}));
    const auto next = store.lease(0, moment, "ben");
    REQUIRE(next);
    CHECK(next->fence > mine);
    // Releasing twice takes nothing from the next holder.
    CHECK(store.one(ReleaseOperation{"line", mine}));
    CHECK(failure(store.lease(0, moment, "eve")) == ErrorCategory::lock_held);
    CHECK(store.one(ReleaseOperation{"a line that nobody knows", 7}));
}

void check_inbox(const StoreFactory& make) {
    INFO("inbox");
    Talk store(make);
    const auto inbox = [&](std::uint64_t after, const DeploymentId& deployment = first) {
        std::vector<std::pair<std::uint64_t, std::string>> decisions;
        const auto answer = store.one(InboxOperation{deployment, after});
        REQUIRE(answer);
        for (const StoredRecord& one : answer->records)
            decisions.emplace_back(one.sequence, one.bytes);
        return decisions;
    };
    using Decisions = std::vector<std::pair<std::uint64_t, std::string>>;
    CHECK(inbox(0) == Decisions());
    // Nobody needs a lease to decide.
    CHECK(store.one(PostOperation{first, "approve"}));
    CHECK(store.one(PostOperation{first, "abort"}));
    CHECK(store.one(PostOperation{second, "else"}));
    CHECK(inbox(0) == Decisions{{1, "approve"}, {2, "abort"}});
    CHECK(inbox(0) == Decisions{{1, "approve"}, {2, "abort"}});
    CHECK(inbox(1) == Decisions{{2, "abort"}});
    CHECK(inbox(2) == Decisions());
    CHECK(inbox(0, second) == Decisions{{1, "else"}});
    CHECK(inbox(1'000'000) == Decisions());
    const std::string large(record_bytes_max + 1, 'x');
    CHECK(failure(store.one(PostOperation{second, large})) == ErrorCategory::invalid_argument);
    CHECK(inbox(1, second) == Decisions());
    // A decision is no record of the journal.
    CHECK(failure(store.one(ReadOperation{first, 0})) == ErrorCategory::not_found);
}

void check_takeover(const StoreFactory& make) {
    INFO("taking over");
    Talk store(make);
    const auto take = [&](TimePoint now, bool takes_over) {
        return store.one(LeaseOperation{"line", "ben", second, 0, half_minute, now, takes_over});
    };
    const auto view = [&](TimePoint now) {
        const auto answer = store.one(ReadLeaseOperation{"line", now});
        REQUIRE(answer);
        return answer->lease;
    };
    CHECK(view(moment) == LeaseView());
    const auto fresh = store.lease(0, moment);
    REQUIRE(fresh);
    CHECK(!fresh->is_abandoned);
    CHECK(view(moment) == LeaseView{true, "mia", first, moment, moment + half_minute});
    CHECK(!view(moment + half_minute).is_held);

    // Refused with what helps; then taken, whereupon the former holder writes no more.
    const auto refused = take(moment, false);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("elastiroll resume 01kfirst --take-over") !=
          std::string::npos);
    const auto taken = take(moment, true);
    REQUIRE(taken);
    CHECK(taken->is_abandoned);
    CHECK(taken->fence > fresh->fence);
    CHECK(view(moment).holder == "ben");
    CHECK(failure(store.append(fresh->fence, {record(1)})) == ErrorCategory::lock_held);
    CHECK(failure(store.lease(fresh->fence, moment)) == ErrorCategory::lock_held);

    // What ran out was not released either; what was released was not abandoned.
    const auto expired = take(moment + half_minute, false);
    REQUIRE(expired);
    CHECK(expired->is_abandoned);
    CHECK(store.one(ReleaseOperation{"line", expired->fence}));
    const auto released = take(moment + half_minute, false);
    REQUIRE(released);
    CHECK(!released->is_abandoned);
}

void check_lists(const StoreFactory& make) {
    INFO("lists");
    Talk store(make);
    const FencingNumber fence = store.acquire();
    const FencingNumber other = store.acquire("other line");
    const DeploymentId third("01kthird");
    const auto append = [&](const DeploymentId& id, const std::string& line, FencingNumber under,
                            std::vector<StoredRecord> records, std::string headline) {
        return store.one(AppendOperation{id, line, under, std::move(records), std::move(headline)});
    };
    const auto list = [&](ListOperation operation) {
        const auto answer = store.one(std::move(operation));
        REQUIRE(answer);
        return answer->deployments;
    };
    using Listed = std::vector<StoredDeployment>;
    CHECK(list({}) == Listed());
    CHECK(append(first, "line", fence, {record(1), record(2)}, "begun"));
    CHECK(append(second, "other line", other, {record(1)}, ""));
    CHECK(append(third, "line", fence, {record(1)}, "third"));
    CHECK(append(first, "line", fence, {record(3)}, ""));
    CHECK(append(first, "line", fence, {}, "done"));
    const StoredDeployment one{first, "line", 3, "done"};
    const StoredDeployment two{second, "other line", 1, ""};
    const StoredDeployment three{third, "line", 1, "third"};
    CHECK(list({}) == Listed{three, two, one});
    CHECK(list({.line = "line"}) == Listed{three, one});
    CHECK(list({.line = "line", .limit = 1}) == Listed{three});
    CHECK(list({.before = second}) == Listed{one});
    CHECK(list({.line = "no line"}) == Listed());
    const std::string large(headline_bytes_max + 1, 'x');
    CHECK(failure(append(first, "line", fence, {record(4)}, large)) ==
          ErrorCategory::invalid_argument);
    CHECK(list({.before = second}) == Listed{one});
    CHECK(list({.before = first}) == Listed());
    for (const std::size_t limit : {std::size_t{0}, list_limit_max + 1}) {
        CAPTURE(limit);
        CHECK(failure(store.one(ListOperation{.limit = limit})) == ErrorCategory::invalid_argument);
    }
    CHECK(list({.limit = list_limit_max}).size() == 3);

    // A headline alone makes a journal without records.
    const DeploymentId fourth("01kzfourth");
    CHECK(append(fourth, "line", fence, {}, "fourth"));
    CHECK(list({.limit = 1}) == Listed{{fourth, "line", 0, "fourth"}});
    CHECK(store.read(0, fourth).empty());
    CHECK(append(fourth, "line", fence, {record(1)}, ""));
    CHECK(list({.limit = 1}) == Listed{{fourth, "line", 1, "fourth"}});
}

void check_lines(const StoreFactory& make) {
    INFO("lines");
    Talk store(make);
    const FencingNumber fence = store.acquire();
    const FencingNumber other = store.acquire("other line");
    CHECK(store.append(fence, {record(1)}));
    // The lease of one line is no key to the journals of another.
    CHECK(failure(store.append(other, {record(2)}, first, "other line")) ==
          ErrorCategory::conflict);
    CHECK(failure(store.one(EraseOperation{first, "other line", other, {1}})) ==
          ErrorCategory::conflict);
    CHECK(store.read() == std::vector<StoredRecord>{record(1)});
    const auto listed = store.one(ListOperation{});
    REQUIRE(listed);
    CHECK(listed->deployments == std::vector<StoredDeployment>{{first, "line", 1, ""}});
}

void check_erasing(const StoreFactory& make) {
    INFO("erasing");
    Talk store(make);
    const FencingNumber fence = store.acquire();
    CHECK(store.append(fence, {record(1, "a"), record(2, "secret"), record(3, "c")}));
    CHECK(failure(store.one(EraseOperation{first, "line", fence + 1, {2}})) ==
          ErrorCategory::lock_held);
    CHECK(store.read(1).front() == record(2, "secret"));
    CHECK(store.one(EraseOperation{second, "line", fence, {1}}));
    CHECK(store.one(EraseOperation{first, "line", fence, {2, 99, 0}}));
    CHECK(store.read() == std::vector<StoredRecord>{record(1, "a"), record(2, ""), record(3, "c")});
    CHECK(store.append(fence, {record(4, "d")}));
}

} // namespace

void check_store(const StoreFactory& make) {
    check_appends(make);
    check_batches(make);
    check_fencing(make);
    check_leases(make);
    check_release(make);
    check_inbox(make);
    check_takeover(make);
    check_lists(make);
    check_lines(make);
    check_erasing(make);
}

} // namespace elastiroll::test
