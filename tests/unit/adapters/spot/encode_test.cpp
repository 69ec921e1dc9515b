#include <doctest/doctest.h>

#include <adapters/spot/codec.hpp>

#include <set>

namespace elastiroll::spot::encode_test {

namespace {

const EncodeOptions options{
    .base_url = "https://api.spotinst.io/",
    .account = AccountId("act-92d45673"),
    .token = Secret("canary-token"),
    .user_agent = "elastiroll/0.1",
    .timeout = Milliseconds(7'000),
};
const GroupId group("sig-4e2a9f10");

TimePoint at(std::int64_t milliseconds) { return TimePoint(Milliseconds(milliseconds)); }

Document shop() {
    return *parse_document(
        R"({"name":"shop__1","capacity":{"minimum":0,"target":0,"maximum":0,"unit":"instance"},)"
        R"("odd":[0.10,12345678901234567890,null]})");
}

std::vector<SpotCall> one_of_each() {
    return {
        ListGroupsCall{},
        ReadGroupCall{group},
        ReadHealthCall{group},
        ReadStatusCall{group},
        ReadSuspensionsCall{group},
        ReadRollsCall{group},
        ReadLogCall{group, at(1'540'036'800'000), at(1'542'715'200'000)},
        CreateGroupCall{shop()},
        ScaleGroupCall{group, *Capacity::make({2, 4, 8})},
        RenameGroupCall{group, "shop \"stage\""},
        SuspendProcessesCall{group, {"AUTO_SCALE"}, {}},
        ResumeProcessesCall{group, {"AUTO_SCALE", "SCHEDULING"}},
        DeleteGroupCall{group, {}},
    };
}

} // namespace

TEST_CASE("each call has one request, to the byte") {
    struct Row {
        const char* method;
        const char* target;
        const char* body;
    };
    constexpr Row rows[] = {
        {"GET", "?accountId=act-92d45673", ""},
        {"GET", "/sig-4e2a9f10?accountId=act-92d45673", ""},
        {"GET", "/sig-4e2a9f10/instanceHealthiness?accountId=act-92d45673", ""},
        {"GET", "/sig-4e2a9f10/status?accountId=act-92d45673", ""},
        {"GET", "/sig-4e2a9f10/suspension?accountId=act-92d45673", ""},
        {"GET", "/sig-4e2a9f10/roll?accountId=act-92d45673&limit=10&sort=createdAt%3ADESC", ""},
        {"GET",
         "/sig-4e2a9f10/logs?accountId=act-92d45673&fromDate=1540036800000&toDate=1542715200000"
         "&severity=ALL&limit=1000",
         ""},
        {"POST", "?accountId=act-92d45673",
         R"({"group":{"name":"shop__1","capacity":{"minimum":0,"target":0,"maximum":0,)"
         R"("unit":"instance"},"odd":[0.10,12345678901234567890,null]}})"},
        {"PUT", "/sig-4e2a9f10/capacity?accountId=act-92d45673",
         R"({"capacity":{"minimum":2,"target":4,"maximum":8}})"},
        {"PUT", "/sig-4e2a9f10?accountId=act-92d45673", R"({"group":{"name":"shop \"stage\""}})"},
        {"POST", "/sig-4e2a9f10/suspension?accountId=act-92d45673",
         R"({"suspensions":[{"name":"AUTO_SCALE"}]})"},
        {"DELETE", "/sig-4e2a9f10/suspension?accountId=act-92d45673",
         R"({"processes":["AUTO_SCALE","SCHEDULING"]})"},
        {"DELETE", "/sig-4e2a9f10?accountId=act-92d45673", "{}"},
    };
    const auto calls = one_of_each();
    REQUIRE(calls.size() == std::size(rows));
    for (std::size_t i = 0; i < calls.size(); ++i) {
        CAPTURE(std::string(call_name(calls[i])));
        CHECK(encode(calls[i], options) ==
              HttpRequest{
                  .method = rows[i].method,
                  .url = std::string("https://api.spotinst.io/aws/ec2/group") + rows[i].target,
                  .headers = {{"Authorization", "Bearer canary-token"},
                              {"Accept", "application/json"},
                              {"Content-Type", "application/json"},
                              {"User-Agent", "elastiroll/0.1"}},
                  .body = rows[i].body,
                  .timeout = Milliseconds(7'000),
              });
    }
}

TEST_CASE("each kind of call counts against a route and method of its own") {
    std::set<Route> routes;
    for (const auto& call : one_of_each())
        routes.insert(route_of(call));
    CHECK(routes.size() == std::variant_size_v<SpotCall>);
}

TEST_CASE("a time-to-live is sent in whole minutes, rounded up, at least one") {
    struct Row {
        std::int64_t milliseconds;
        const char* minutes;
    };
    constexpr Row rows[] = {
        {-60'000, "1"}, {0, "1"}, {1, "1"}, {60'000, "1"}, {60'001, "2"}, {35 * 60'000, "35"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.milliseconds);
        const SuspendProcessesCall call{group, {"SCHEDULING"}, Milliseconds(row.milliseconds)};
        CHECK(encode(call, options).body ==
              R"({"suspensions":[{"name":"SCHEDULING","ttlInMinutes":)" + std::string(row.minutes) +
                  "}]}");
    }
}

TEST_CASE("a delete carries the deallocation document that it was given") {
    const DeleteGroupCall call{
        group, *parse_document(R"({"statefulDeallocation":{"shouldDeleteVolumes":true}})")};
    CHECK(encode(call, options).body == R"({"statefulDeallocation":{"shouldDeleteVolumes":true}})");
}

TEST_CASE("account and group id are percent-encoded") {
    EncodeOptions odd = options;
    odd.account = AccountId("act&x=1 \xC3\xA9");
    CHECK(encode_url(ReadStatusCall{GroupId("a/b?c#d")}, odd) ==
          "https://api.spotinst.io/aws/ec2/group/a%2Fb%3Fc%23d/status"
          "?accountId=act%26x%3D1%20%C3%A9");
}

TEST_CASE("a call that would reach something else than meant is refused") {
    struct Row {
        const char* why;
        SpotCall call;
        EncodeOptions options;
    };
    const auto with = [](auto change) {
        EncodeOptions changed = options;
        change(changed);
        return changed;
    };
    const Row rows[] = {
        {"Spot would take the oldest account", ListGroupsCall{},
         with([](auto& o) { o.account = AccountId(); })},
        {"no token", ListGroupsCall{}, with([](auto& o) { o.token = Secret(); })},
        {"a header of its own", ListGroupsCall{},
         with([](auto& o) { o.token = Secret("a\r\nX: y"); })},
        {"DELETE on all groups", DeleteGroupCall{}, options},
        {"another route once dots are resolved", DeleteGroupCall{GroupId("..")}, options},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto checked = check_call(row.call, row.options);
        REQUIRE(!checked);
        CHECK(checked.error().category == ErrorCategory::invalid_argument);
    }
    for (const auto& call : one_of_each())
        CHECK(check_call(call, options));
}

} // namespace elastiroll::spot::encode_test
