#include <elastiroll/adapters/store.hpp>

#include "conditional_store.hpp"
#include "store_contract.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace elastiroll::test::store_test {
namespace {

constexpr TimePoint moment{Milliseconds{1'750'000'000'000}};
constexpr Milliseconds half_minute{30'000};
const DeploymentId older("01kolder");
const DeploymentId newer("01knewer");

void submit(Store& store, StoreOperation operation) {
    StoreBatch batch;
    batch.push_back({StoreTicket{1}, std::move(operation)});
    store.submit(std::move(batch));
}

/// The answer to the one operation that is under way.
Result<StoreAnswer> await(Store& store) {
    while (store.is_busy()) {
        auto completions = store.poll();
        if (!completions.empty())
            return std::move(completions.front().result);
    }
    return fail(ErrorCategory::internal, "no answer");
}

Result<StoreAnswer> ask(Store& store, StoreOperation operation) {
    submit(store, std::move(operation));
    return await(store);
}

AppendOperation append(const DeploymentId& deployment, FencingNumber fence,
                       std::vector<StoredRecord> records, std::string headline) {
    return {deployment, "line", fence, std::move(records), std::move(headline)};
}

LeaseOperation take_over() { return {"line", "ben", newer, 0, half_minute, moment, true}; }

} // namespace

TEST_CASE("the store in memory keeps the contract of stores") {
    check_store([] { return store::make_memory_store(); });
}

TEST_CASE("a store with nothing but conditional writes of single items keeps the contract") {
    check_store([] { return make_conditional_store(make_remote_items()); });
}

TEST_CASE("with conditional writes a takeover comes before an append or after it, never within") {
    // The new holder acts after each of the requests that the append consists of.
    constexpr int requests_max = 40;
    int kept = 0;
    int refused = 0;
    for (int requests = 0; requests < requests_max; ++requests) {
        CAPTURE(requests);
        const auto items = make_remote_items();
        const auto mia = make_conditional_store(items, 1);
        const auto ben = make_conditional_store(items, 1);
        const auto held = ask(*mia, LeaseOperation{"line", "mia", older, 0, half_minute, moment});
        REQUIRE(held);
        REQUIRE(ask(*mia, append(older, held->fence, {{1, "kind", "a"}}, "begun")));
        REQUIRE(ask(*mia, append(newer, held->fence, {{1, "kind", "b"}}, "begun")));

        submit(*mia, append(older, held->fence, {{2, "kind", "mia"}, {3, "kind", "mia"}}, "mia"));
        std::vector<StoreCompletion> early;
        for (int i = 0; i < requests && early.empty(); ++i)
            early = mia->poll();
        const auto taken = ask(*ben, take_over());
        REQUIRE(taken);
        const auto appended = early.empty() ? await(*mia) : std::move(early.front().result);
        (appended ? kept : refused) += 1;
        if (!appended)
            CHECK(appended.error().category == ErrorCategory::lock_held);

        const auto read = ask(*ben, ReadOperation{older, 1});
        REQUIRE(read);
        using Records = std::vector<StoredRecord>;
        CHECK(read->records ==
              (appended ? Records{{2, "kind", "mia"}, {3, "kind", "mia"}} : Records()));
        const auto listed = ask(*ben, ListOperation{});
        REQUIRE(listed);
        using Listed = std::vector<StoredDeployment>;
        const StoredDeployment with{older, "line", 3, "mia"};
        const StoredDeployment without{older, "line", 1, "begun"};
        CHECK(listed->deployments ==
              Listed{appended ? with : without, {newer, "line", 1, "begun"}});

        // The new holder goes on from there; what the old one left half-written is never seen.
        const std::uint64_t next = appended ? 4 : 2;
        CHECK(ask(*ben, append(older, taken->fence, {{next, "kind", "ben"}}, "ben")));
        const auto whole = ask(*ben, ReadOperation{older, next - 1});
        REQUIRE(whole);
        CHECK(whole->records == Records{{next, "kind", "ben"}});
    }
    CHECK(kept > 0);
    CHECK(refused > 0);
}

TEST_CASE(
    "with conditional writes an erasure that nobody finished is finished by the next writer") {
    constexpr int requests_max = 20;
    for (int requests = 0; requests < requests_max; ++requests) {
        CAPTURE(requests);
        const auto items = make_remote_items();
        auto mia = make_conditional_store(items, 1);
        const auto held = ask(*mia, LeaseOperation{"line", "mia", older, 0, half_minute, moment});
        REQUIRE(held);
        REQUIRE(ask(*mia, append(older, held->fence, {{1, "kind", "a"}, {2, "kind", "b"}}, "")));
        submit(*mia, EraseOperation{older, "line", held->fence, {1, 2}});
        for (int i = 0; i < requests; ++i)
            static_cast<void>(mia->poll());
        mia = nullptr;
        const auto ben = make_conditional_store(items, 1);
        REQUIRE(ask(*ben, take_over()));
        const auto read = ask(*ben, ReadOperation{older, 0});
        REQUIRE(read);
        using Records = std::vector<StoredRecord>;
        const Records all{{1, "kind", "a"}, {2, "kind", "b"}};
        const Records none{{1, "kind", ""}, {2, "kind", ""}};
        CHECK((read->records == all || read->records == none));
    }
}

TEST_CASE(
    "an append whose request fails is there as a whole or not at all, and can be gone on from") {
    constexpr std::uint64_t requests_max = 30;
    std::uint64_t failed = 0;
    for (const bool is_applied : {false, true}) {
        for (std::uint64_t nth = 1; nth < requests_max; ++nth) {
            CAPTURE(nth);
            CAPTURE(is_applied);
            const auto items = make_remote_items();
            const auto mia = make_conditional_store(items, 1);
            const auto held =
                ask(*mia, LeaseOperation{"line", "mia", older, 0, half_minute, moment});
            REQUIRE(held);
            REQUIRE(ask(*mia, append(older, held->fence, {{1, "kind", "a"}}, "begun")));
            const std::uint64_t before = items->requests;
            submit(*mia, append(newer, held->fence, {{1, "kind", "b"}, {2, "kind", "c"}}, "begun"));
            while (mia->is_busy() && items->requests + 1 < before + nth)
                static_cast<void>(mia->poll());
            if (!mia->is_busy())
                break;
            items->fail_next(is_applied);
            const auto appended = await(*mia);
            failed += appended ? 0U : 1U;
            if (!appended)
                CHECK(appended.error().category == ErrorCategory::unavailable);

            using Records = std::vector<StoredRecord>;
            const auto read = ask(*mia, ReadOperation{newer, 0});
            const bool is_there = read.has_value();
            if (is_there)
                CHECK(read->records == Records{{1, "kind", "b"}, {2, "kind", "c"}});
            else
                CHECK(read.error().category == ErrorCategory::not_found);
            const std::uint64_t next = is_there ? 3 : 1;
            CHECK(ask(*mia, append(newer, held->fence, {{next, "kind", "d"}}, "")));
            const auto whole = ask(*mia, ReadOperation{newer, next - 1});
            REQUIRE(whole);
            CHECK(whole->records == Records{{next, "kind", "d"}});
        }
    }
    CHECK(failed > 4);
}

TEST_CASE("a list of one line asks for no more journals than it shows") {
    const auto items = make_remote_items();
    const auto store = make_conditional_store(items, 1);
    const auto held = ask(*store, LeaseOperation{"line", "mia", older, 0, half_minute, moment});
    REQUIRE(held);
    for (int i = 0; i < 20; ++i) {
        const DeploymentId deployment("01k" + std::to_string(10 + i));
        REQUIRE(ask(*store, append(deployment, held->fence, {{1, "kind", "a"}}, "begun")));
    }
    const std::uint64_t before = items->requests;
    const auto listed = ask(*store, ListOperation{"line", DeploymentId("01k20"), 3});
    REQUIRE(listed);
    REQUIRE(listed->deployments.size() == 3);
    CHECK(listed->deployments.front().deployment == DeploymentId("01k19"));
    CHECK(listed->deployments.back().deployment == DeploymentId("01k17"));
    CHECK(items->requests - before == 2);
}

} // namespace elastiroll::test::store_test
