#include <doctest/doctest.h>

#include <ports/rate.hpp>
#include <ports/retry.hpp>

namespace elastiroll::rate_test {

namespace {

TimePoint at(double seconds) {
    return TimePoint(Milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

HttpResponse told(int status, int limit, int remaining, int reset) {
    return {.status = status,
            .headers = {{"x-ratelimit-limit", std::to_string(limit)},
                        {"X-RateLimit-Remaining", std::to_string(remaining)},
                        {"X-RATELIMIT-RESET", std::to_string(reset)}}};
}

void answer(RouteRate& rate, const HttpResponse& response, std::uint64_t order, TimePoint now,
            int spread) {
    rate.answer(response, response.status == 429, order, now, spread);
}

/// A rate after one call whose answer was `response`, at 0.
RouteRate after(const HttpResponse& response) {
    RouteRate rate;
    rate.start();
    answer(rate, response, 1, at(0), 0);
    return rate;
}

constexpr auto change = CallPriority::change;
constexpr auto read = CallPriority::read;
constexpr auto poll = CallPriority::poll;

} // namespace

TEST_CASE("calls start freely until an answer tells how many are left") {
    RouteRate rate;
    for (int i = 0; i < 100; ++i) {
        CHECK(rate.may_start(poll, at(0)));
        rate.start();
    }
}

TEST_CASE("no more calls start than the last answer left") {
    RouteRate rate = after(told(200, 5, 2, 30));
    CHECK(rate.may_start(change, at(1)));
    rate.start();
    CHECK(rate.may_start(change, at(1)));
    rate.start();
    CHECK(!rate.may_start(change, at(1)));
    CHECK(rate.opens_at(change, at(1)) == at(30));
}

TEST_CASE("after the reset one call at a time asks anew") {
    RouteRate rate = after(told(200, 5, 0, 30));
    CHECK(!rate.may_start(change, at(29.9)));
    CHECK(rate.may_start(change, at(30)));
    rate.start();
    CHECK(!rate.may_start(change, at(30)));
    CHECK(!rate.opens_at(change, at(30)));
    answer(rate, told(200, 5, 4, 60), 2, at(31), 0);
    CHECK(rate.may_start(change, at(31)));
}

TEST_CASE("a throttled answer closes the route until its reset") {
    RouteRate rate = after(told(429, 5, 3, 17));
    CHECK(!rate.may_start(change, at(16.999)));
    CHECK(rate.opens_at(poll, at(1)) == at(17));
    CHECK(rate.may_start(poll, at(17)));
    rate.start();
    CHECK(!rate.may_start(change, at(17)));
}

TEST_CASE("a late answer to an earlier call does not open what a later one has closed") {
    RouteRate rate;
    rate.start();
    rate.start();
    answer(rate, told(200, 5, 0, 30), 2, at(1), 0);
    answer(rate, told(200, 5, 4, 30), 1, at(2), 0);
    CHECK(!rate.may_start(change, at(3)));
    RouteRate other;
    other.start();
    other.start();
    answer(other, told(200, 5, 3, 30), 2, at(1), 0);
    answer(other, told(200, 5, 0, 30), 1, at(2), 0);
    CHECK(!other.may_start(change, at(3)));
}

TEST_CASE("throttled answers without a reset back off twice as long each time, up to the window") {
    RouteRate rate;
    TimePoint now = at(0);
    std::uint64_t order = 0;
    for (const double seconds : {0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0}) {
        CAPTURE(seconds);
        rate.start();
        answer(rate, {.status = 429}, ++order, now, 0);
        CHECK(rate.opens_at(change, now) == now + at(seconds).time_since_epoch());
        now = *rate.opens_at(change, now);
    }
    rate.start();
    answer(rate, {.status = 200}, ++order, now, 0);
    rate.start();
    answer(rate, {.status = 429}, ++order, now, 999);
    CHECK(rate.opens_at(change, now) == now + Milliseconds(999));
}

TEST_CASE("an absurd reset is cut and a broken one is not believed") {
    CHECK(after(told(429, 5, 0, 2'000'000'000)).opens_at(change, at(0)) == at(300));
    const auto headers = [](const char* remaining, const char* reset) {
        return HttpHeaders{{"X-RateLimit-Remaining", remaining}, {"X-RateLimit-Reset", reset}};
    };
    CHECK(!budget_from(headers("-1", "1")));
    CHECK(!budget_from(headers("many", "1")));
    CHECK(!budget_from(headers("99999999999999999999", "1")));
    CHECK(budget_from(headers("1", "-5"))->reset == Milliseconds(60'000));
    CHECK(budget_from(headers("99999999999", "0"))->remaining == 2'147'483'647);
    CHECK(retry_after_from({{"Retry-After", "7"}}) == Milliseconds(7'000));
    CHECK(!retry_after_from({{"Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"}}));
}

TEST_CASE("polls leave a fifth of the budget and observations a tenth to the more urgent") {
    const RouteRate two_left = after(told(200, 10, 2, 30));
    CHECK(!two_left.may_start(poll, at(1)));
    CHECK(two_left.may_start(read, at(1)));
    const RouteRate one_left = after(told(200, 10, 1, 30));
    CHECK(!one_left.may_start(read, at(1)));
    CHECK(one_left.may_start(change, at(1)));
    CHECK(one_left.may_start(CallPriority::rollback, at(1)));
    // Of a small limit nothing is held back, else polls would never be made.
    CHECK(after(told(200, 2, 1, 30)).may_start(poll, at(1)));
}

TEST_CASE("a lost answer counts against the budget") {
    RouteRate rate = after(told(200, 5, 1, 30));
    rate.start();
    rate.lose();
    CHECK(!rate.may_start(change, at(1)));
}

TEST_CASE("jitter depends on seed, call and attempt alone and stays in its bounds") {
    for (std::uint64_t call = 1; call < 200; ++call) {
        const std::int64_t most[] = {500, 500, 1000, 2000, 4000, 8000, 16'000, 20'000, 20'000};
        for (int attempt = 0; attempt < 9; ++attempt) {
            const Draw draw{.seed = 42, .call = call, .attempt = attempt};
            const auto delay = retry_delay(draw);
            CHECK(delay == retry_delay(draw));
            CHECK(delay.count() >= 0);
            CHECK(delay.count() <= most[attempt]);
        }
    }
    CHECK(retry_delay({1, 1, 3}) != retry_delay({2, 1, 3}));
    CHECK(retry_delay({1, 1, 3}) != retry_delay({1, 2, 3}));
    CHECK(random_below({1, 1, 1}, 0) == 0);
    CHECK(retry_delay({1, 1, 1'000'000}) <= Milliseconds(20'000));
}

TEST_CASE("the retry quota runs out after a hundred retries and comes back with successes") {
    RetryQuota quota;
    int retries = 0;
    while (quota.take(RetryReason::bad_answer))
        ++retries;
    CHECK(retries == 100);
    quota.give_back(5);
    CHECK(quota.take(RetryReason::bad_answer) == 5);
    for (int i = 0; i < 9; ++i)
        quota.give_back(0);
    CHECK(!quota.take(RetryReason::no_answer));
    quota.give_back(0);
    CHECK(quota.take(RetryReason::no_answer) == 10);
}

} // namespace elastiroll::rate_test
