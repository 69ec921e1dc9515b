#include <doctest/doctest.h>

#include <elastiroll/adapters/sim.hpp>

#include "api.hpp"

namespace elastiroll::sim::faults_test {

using namespace elastiroll::sim::test;

namespace {

Cloud with_faults(std::string_view faults) {
    return round_cloud(fmt::format(R"("faults":[{}])", faults));
}

} // namespace

TEST_CASE("a lost answer leaves the request applied") {
    Cloud cloud = with_faults(R"({"call":"create_group","lose":"answer"})");
    Api api(cloud);
    const Reply reply = api.create(new_group("shop__1"));
    CHECK(reply.status == 0);
    CHECK_FALSE(reply.is_unsent);
    CHECK(reply.failure == "connection reset by api.spotinst.io");
    REQUIRE(cloud.find("shop__1"));
    CHECK(cloud.log().back().status == 0);
    CHECK(cloud.log().back().is_applied);
    CHECK(cloud.log().back().fault == "lose");
    CHECK(cloud.log().back().group == cloud.find("shop__1")->id);
    CHECK(api.create(new_group("shop__2")).status == 200);
}

TEST_CASE("a lost request changes nothing") {
    Cloud cloud = with_faults(R"({"call":"create_group","lose":"request"})");
    Api api(cloud);
    const Reply reply = api.create(new_group("shop__1"));
    CHECK(reply.status == 0);
    CHECK_FALSE(reply.is_unsent);
    CHECK(cloud.groups().empty());
    CHECK_FALSE(cloud.log().back().is_applied);
    CHECK(api.create(new_group("shop__1")).status == 200);
}

TEST_CASE("a refused connection was never sent") {
    Cloud cloud = with_faults(R"({"call":"list_groups","refuse":true})");
    Api api(cloud);
    const Reply reply = api.list();
    CHECK(reply.is_unsent);
    CHECK(reply.failure == "connection refused by api.spotinst.io");
    CHECK(api.list().status == 200);
}

TEST_CASE("a late request is applied after its connection was lost") {
    Cloud cloud = with_faults(R"({"call":"create_group","late":"30s"})");
    Api api(cloud);
    CHECK(api.create(new_group("shop__1")).status == 0);
    CHECK(cloud.groups().empty());
    CHECK_FALSE(cloud.log().front().is_applied);
    CHECK(cloud.is_busy());
    api.wait(seconds(31));
    REQUIRE(cloud.find("shop__1"));
    CHECK(cloud.log().front().is_applied);
    CHECK(cloud.log().front().group == cloud.find("shop__1")->id);
    CHECK_FALSE(cloud.is_busy());
}

TEST_CASE("a delayed answer comes late, or not at all once the client has given up") {
    Cloud cloud = with_faults(R"({"call":"create_group","count":2,"delay":"20s"})");
    Api api(cloud);
    TimePoint start = cloud.now();
    CHECK(api.create(new_group("shop__1")).status == 200);
    CHECK(cloud.now() - start == seconds(20) + Milliseconds(10));
    api.timeout = seconds(5);
    start = cloud.now();
    const Reply reply = api.create(new_group("shop__2"));
    CHECK(reply.failure == "no answer in time from api.spotinst.io");
    CHECK_FALSE(reply.is_unsent);
    CHECK(cloud.now() - start == seconds(5));
    CHECK(cloud.find("shop__2"));
    CHECK(cloud.log().back().status == 0);
}

TEST_CASE("an answer of the scenario's comes instead and changes nothing") {
    struct Row {
        const char* answer;
        int status;
        const char* type;
        const char* body; ///< what it contains
    };
    constexpr Row rows[] = {
        {R"({"status":503})", 503, "application/json", R"("message":"Service Unavailable"}])"},
        {R"({"status":502,"body":"<html>Bad Gateway</html>"})", 502, "text/html",
         "<html>Bad Gateway</html>"},
        {R"({"status":400,"code":"CANT_CREATE_GROUP","message":"later"})", 400, "application/json",
         R"("errors":[{"code":"CANT_CREATE_GROUP","message":"later"}])"},
        {R"({"status":429})", 429, "application/json", R"("data":"Rate limit exceeded")"},
        {R"({"status":401,"code":"UNAUTHORIZED"})", 401, "application/json", "UNAUTHORIZED"},
        {R"({"status":504,"body":""})", 504, "application/json", ""},
        {R"({"status":500,"body":{"odd":[1]}})", 500, "application/json", R"({"odd":[1]})"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.answer);
        Cloud cloud =
            with_faults(fmt::format(R"({{"call":"create_group","answer":{}}})", row.answer));
        Api api(cloud);
        const Reply reply = api.create(new_group("shop__1"));
        CHECK(reply.status == row.status);
        CHECK(header_value(reply.headers, "content-type") == row.type);
        CHECK(reply.text.find(row.body) != std::string::npos);
        CHECK(cloud.groups().empty());
        CHECK(cloud.log().back().fault == "answer");
        CHECK(api.create(new_group("shop__1")).status == 200);
    }
}

TEST_CASE("a scenario's answer may set headers") {
    Cloud cloud = with_faults(
        R"({"call":"list_groups","answer":{"status":429,"headers":{"X-RateLimit-Reset":17}}})");
    Api api(cloud);
    const Reply reply = api.list();
    CHECK(header_value(reply.headers, "x-ratelimit-reset") == "17");
    CHECK(header_value(reply.headers, "x-ratelimit-limit") == "600");
}

TEST_CASE("a fault hits the requests it counts") {
    struct Row {
        const char* why;
        const char* fault;    ///< beside the answer
        const char* statuses; ///< of five lists, a second apart
    };
    constexpr Row rows[] = {
        {"the first", R"("call":"list_groups")", "503 200 200 200 200"},
        {"the third", R"("call":"list_groups","nth":3)", "200 200 503 200 200"},
        {"two from the second on", R"("call":"list_groups","nth":2,"count":2)",
         "200 503 503 200 200"},
        {"all from the second on", R"("call":"list_groups","nth":2,"count":"all")",
         "200 503 503 503 503"},
        {"those of a stretch of time", R"("call":"*","from":"1s","until":"3s")",
         "200 503 503 200 200"},
        {"one from a time on", R"("call":"*","from":"2s","count":1)", "200 200 503 200 200"},
        {"those of another call", R"("call":"read_group","count":"all")", "200 200 200 200 200"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Cloud cloud = with_faults(fmt::format(R"({{{},"answer":{{"status":503}}}})", row.fault));
        Api api(cloud);
        std::string statuses;
        for (int i = 0; i < 5; ++i) {
            statuses += fmt::format("{}{}", i == 0 ? "" : " ", api.list().status);
            api.wait(seconds(1) - Milliseconds(10));
        }
        CHECK(statuses == row.statuses);
    }
}

TEST_CASE("a fault may be about one group, by name, pattern or id") {
    for (const char* pattern : {"shop__2", "*2", "sig-b", "shop*2"}) {
        CAPTURE(pattern);
        Cloud cloud = round_cloud(fmt::format(
            R"("groups":[{{"name":"shop__1","id":"sig-a","capacity":"0/0/0"}},
                         {{"name":"shop__2","id":"sig-b","capacity":"0/0/0"}}],
               "faults":[{{"call":"read_group","group":"{}","answer":{{"status":503}}}}])",
            pattern));
        Api api(cloud);
        CHECK(api.get("sig-a").status == 200);
        CHECK(api.get("sig-b").status == 503);
    }
    Cloud cloud =
        with_faults(R"({"call":"create_group","group":"shop__2","answer":{"status":503}})");
    Api api(cloud);
    CHECK(api.create(new_group("shop__1")).status == 200);
    CHECK(api.create(new_group("shop__2")).status == 503);
}

TEST_CASE("of several faults the first hits and all of them count") {
    Cloud cloud = with_faults(R"({"call":"list_groups","answer":{"status":503}},
                                 {"call":"list_groups","nth":2,"answer":{"status":500}},
                                 {"call":"list_groups","count":1,"answer":{"status":502}})");
    Api api(cloud);
    CHECK(api.list().status == 503);
    CHECK(api.list().status == 500);
    CHECK(api.list().status == 200);
}

TEST_CASE("the token is revoked with a certain call") {
    Cloud cloud = with_faults(R"({"call":"*","nth":2,"revoke_token":true})");
    Api api(cloud);
    CHECK(api.list().status == 200);
    CHECK(api.list().status == 401);
    CHECK(api.list().status == 401);
    REQUIRE(cloud.add(document(R"({"events":[{"when":"0s","accept_token":"new"}]})")));
    api.wait(seconds(1));
    api.token = "new";
    CHECK(api.list().status == 200);
}

TEST_CASE("every answer tells what is left of the rate limit") {
    Cloud cloud = round_cloud(R"("rate_limits":{"list_groups":3})");
    Api api(cloud);
    struct Row {
        int status;
        const char* remaining;
        const char* reset;
    };
    constexpr Row rows[] = {{200, "2", "60"}, {200, "1", "50"}, {200, "0", "40"}, {429, "0", "40"}};
    for (const Row& row : rows) {
        const Reply reply = api.list();
        CHECK(reply.status == row.status);
        CHECK(header_value(reply.headers, "X-RateLimit-Limit") == "3");
        CHECK(header_value(reply.headers, "X-RateLimit-Remaining") == row.remaining);
        CHECK(header_value(reply.headers, "X-RateLimit-Reset") == row.reset);
        api.wait(seconds(10) - Milliseconds(10));
    }
    CHECK(api.get("sig-none").status == 400);
}

TEST_CASE("a call over the rate limit is not applied and says so without errors") {
    Cloud cloud = round_cloud(R"("rate_limits":{"create_group":1})");
    Api api(cloud);
    api.create(new_group("shop__1"));
    const Reply reply = api.create(new_group("shop__2"));
    CHECK(reply.status == 429);
    CHECK(reply.text_at({"response", "data"}) == "Rate limit exceeded");
    CHECK_FALSE(reply.body.find_path({"response", "errors"}));
    CHECK_FALSE(cloud.find("shop__2"));
    api.wait(seconds(60));
    CHECK(api.create(new_group("shop__2")).status == 200);
}

TEST_CASE("calls made while blocked push the reset out") {
    Cloud cloud = round_cloud(R"("rate_limits":{"list_groups":2})");
    Api api(cloud);
    api.list();
    api.list();
    api.wait(seconds(30));
    CHECK(api.list().status == 429);
    CHECK(api.list().status == 429);
    // The two that were allowed have left the window, the two that were not are in it.
    api.wait(seconds(31));
    const Reply reply = api.list();
    CHECK(reply.status == 429);
    api.wait(seconds(60));
    CHECK(api.list().status == 200);
}

TEST_CASE("a throttled route is blocked for its time, anew with each call meanwhile") {
    Cloud cloud = with_faults(R"({"call":"list_groups","throttle":"17s"})");
    Api api(cloud);
    const Reply first = api.list();
    CHECK(first.status == 429);
    CHECK(header_value(first.headers, "X-RateLimit-Reset") == "17");
    CHECK(header_value(first.headers, "X-RateLimit-Remaining") == "0");
    CHECK(api.get("sig-none").status == 400);
    api.wait(seconds(10));
    const Reply second = api.list();
    CHECK(second.status == 429);
    CHECK(header_value(second.headers, "X-RateLimit-Reset") == "17");
    api.wait(seconds(10));
    CHECK(api.list().status == 429);
    api.wait(seconds(17));
    CHECK(api.list().status == 200);
}

} // namespace elastiroll::sim::faults_test
