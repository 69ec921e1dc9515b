#include <doctest/doctest.h>

#include <elastiroll/adapters/spot.hpp>

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <functional>
#include <map>

namespace elastiroll::spot::client_test {

namespace {

constexpr const char* token = "canary-5b1946c0ffee";
const GroupId group("sig-1");

ClientOptions default_options() {
    return {.base_url = "https://spot.test", .account = AccountId("act-1"), .token = Secret(token)};
}

HttpResponse answer(int status, std::string body, HttpHeaders headers = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

HttpResponse ok(HttpHeaders headers = {}) {
    return answer(200, R"({"request":{"id":"r-1"},"response":{"status":{"code":200},"items":[]}})",
                  std::move(headers));
}

HttpHeaders rate(int limit, int remaining, int reset) {
    return {{"X-RateLimit-Limit", std::to_string(limit)},
            {"X-RateLimit-Remaining", std::to_string(remaining)},
            {"X-RateLimit-Reset", std::to_string(reset)}};
}

HttpResponse throttled(HttpHeaders headers = {}) {
    return answer(429, R"({"response":{"status":{"code":429},"data":"Rate limit exceeded"}})",
                  std::move(headers));
}

/// A client, the requests that it has started and the replies that it has given.
class Harness {
public:
    explicit Harness(ClientOptions options = default_options()) : client(make_client(options)) {}

    void submit(std::uint64_t id, SpotCall call, CallPriority priority = CallPriority::read,
                Milliseconds time = Milliseconds(600'000)) {
        client->submit({.id = CallId{id},
                        .call = std::move(call),
                        .deadline = now + time,
                        .priority = priority},
                       now);
    }
    /// What is started now.
    std::vector<CallClient::Outgoing> pump() {
        auto started = client->requests(now);
        for (const auto& one : started)
            sent.push_back(one.request);
        for (auto& reply : client->replies()) {
            CHECK(replies.count(static_cast<std::uint64_t>(reply.id)) == 0);
            replies.emplace(static_cast<std::uint64_t>(reply.id), std::move(reply));
        }
        return started;
    }
    void respond(HttpRequestId id, HttpResult result) {
        client->on_response(id, std::move(result), now);
    }
    /// Answers everything with `respond_with(request)` until nothing is left to do.
    void run(const std::function<HttpResult(const HttpRequest&)>& respond_with) {
        for (int turn = 0; turn < 10'000; ++turn) {
            for (auto& one : pump())
                respond(one.id, respond_with(one.request));
            pump_replies();
            const auto wake = client->next_wake();
            if (!wake)
                return;
            now = std::max(now, *wake);
        }
        FAIL("the client never comes to rest");
    }
    void advance(Milliseconds by) { now += by; }
    const CallReply& reply(std::uint64_t id) {
        pump();
        REQUIRE(replies.count(id) == 1);
        return replies.at(id);
    }
    const Error& error(std::uint64_t id) {
        const auto& result = reply(id).result;
        REQUIRE(std::holds_alternative<Error>(result));
        return std::get<Error>(result);
    }
    bool is_unanswered(std::uint64_t id) {
        return std::holds_alternative<Unanswered>(reply(id).result);
    }
    bool is_answered(std::uint64_t id) {
        return std::holds_alternative<SpotReply>(reply(id).result);
    }

    std::unique_ptr<CallClient> client;
    TimePoint now{Milliseconds(1'000'000)};
    std::vector<HttpRequest> sent;
    std::map<std::uint64_t, CallReply> replies;

private:
    void pump_replies() {
        for (auto& reply : client->replies())
            replies.emplace(static_cast<std::uint64_t>(reply.id), std::move(reply));
    }
};

GroupId numbered(int number) { return GroupId("sig-" + std::to_string(number)); }

const ScaleGroupCall scale{group, {}};

} // namespace

TEST_CASE("a reply has its request id, its attempts and what is left of the budget") {
    Harness harness;
    harness.submit(1, ReadStatusCall{group});
    const auto started = harness.pump();
    REQUIRE(started.size() == 1);
    harness.respond(started[0].id, ok(rate(100, 42, 30)));
    CHECK(harness.reply(1) == CallReply{.id = CallId{1},
                                        .result = SpotReply{StatusReply{}},
                                        .request_id = "r-1",
                                        .attempts = 1,
                                        .budget = RateBudget{100, 42, Milliseconds(30'000)}});
    CHECK(!harness.client->next_wake());
}

TEST_CASE("a 429 with reset 17 closes its route and method for 17 s, and no other") {
    Harness harness;
    for (int i = 1; i <= 5; ++i)
        harness.submit(static_cast<std::uint64_t>(i), ReadStatusCall{numbered(i)});
    auto started = harness.pump();
    REQUIRE(started.size() == 5);
    harness.respond(started[0].id, throttled(rate(100, 0, 17)));
    for (std::size_t i = 1; i < 5; ++i)
        harness.respond(started[i].id, ok(rate(100, 0, 17)));
    const TimePoint opens = harness.now + std::chrono::seconds(17);

    // Many more submitters share the budget; other routes and methods go on.
    for (std::uint64_t i = 11; i <= 30; ++i)
        harness.submit(i, ReadStatusCall{numbered(static_cast<int>(i))}, CallPriority::rollback);
    harness.submit(50, ReadHealthCall{group});
    harness.submit(51, ReadSuspensionsCall{group});
    harness.submit(52, SuspendProcessesCall{group, {"AUTO_SCALE"}, {}}, CallPriority::change);
    started = harness.pump();
    CHECK(started.size() == 3);
    for (const auto& one : started)
        harness.respond(one.id, ok(rate(100, 90, 60)));
    harness.pump();

    CHECK(harness.client->next_wake() == opens);
    harness.now = opens - Milliseconds(1);
    CHECK(harness.pump().empty());
    harness.now = opens;
    started = harness.pump();
    REQUIRE(started.size() == 1); // one call asks what is left
    harness.respond(started[0].id, ok(rate(100, 3, 60)));
    CHECK(harness.pump().size() == 3);
}

TEST_CASE("a throttled call is sent again, changes included, and ends throttled when it stays so") {
    for (const SpotCall& call : {SpotCall{ReadStatusCall{group}}, SpotCall{scale}}) {
        CAPTURE(describe(call));
        Harness harness;
        harness.submit(1, call);
        int calls = 0;
        harness.run(
            [&](const HttpRequest&) { return ++calls < 3 ? throttled(rate(100, 0, 5)) : ok(); });
        CHECK(harness.is_answered(1));
        CHECK(harness.reply(1).attempts == 3);

        harness.submit(2, call);
        harness.run([](const HttpRequest&) { return throttled(); });
        CHECK(harness.error(2).category == ErrorCategory::throttled);
        CHECK(harness.reply(2).attempts == 4);
        CHECK(harness.error(2).remote->message == "Rate limit exceeded");
    }
}

TEST_CASE("reads are repeated after a 5xx, a lost answer and an unsent request") {
    const HttpResult bad[] = {
        answer(503, ""),
        answer(502, "<html>"),
        answer(500, R"({"response":{"errors":[{"code":"X","message":"y"}]}})"),
        HttpFailure{.is_unsent = false, .message = "connection reset"},
        HttpFailure{.is_unsent = true, .message = "connection refused"},
    };
    for (const auto& first : bad) {
        Harness harness;
        harness.submit(1, ReadStatusCall{group});
        int calls = 0;
        harness.run([&](const HttpRequest&) { return ++calls < 3 ? first : HttpResult{ok()}; });
        CHECK(harness.is_answered(1));
        CHECK(harness.reply(1).attempts == 3);

        harness.submit(2, ReadStatusCall{group});
        harness.run([&](const HttpRequest&) { return first; });
        CHECK(harness.error(2).category == ErrorCategory::unavailable);
        CHECK(harness.reply(2).attempts == 4);
    }
}

TEST_CASE("a change is repeated only where it was surely not applied") {
    struct Row {
        const char* why;
        HttpResult first;
        bool is_repeated;
    };
    const Row rows[] = {
        {"unsent", HttpFailure{.is_unsent = true, .message = "connection refused"}, true},
        {"throttled", throttled(rate(10, 0, 3)), true},
        {"answer lost", HttpFailure{.is_unsent = false, .message = "timed out"}, false},
        {"500 of Spot", answer(500, R"({"response":{"errors":[{"message":"x"}]}})"), false},
        {"503 of Spot", answer(503, R"({"response":{"status":{"code":503}}})"), false},
        {"502 page", answer(502, "<html>"), false},
        {"504", answer(504, ""), false},
        {"408", answer(408, ""), false},
        {"200 that is no JSON", answer(200, "<html>"), false},
    };
    const SpotCall calls[] = {
        scale,
        CreateGroupCall{Document::object({{"name", "shop__1"}})},
        RenameGroupCall{group, "x"},
        SuspendProcessesCall{group, {"AUTO_SCALE"}, {}},
        ResumeProcessesCall{group, {"AUTO_SCALE"}},
        DeleteGroupCall{group, {}},
    };
    const auto done =
        answer(200, R"({"response":{"items":[{"id":"sig-1","name":"shop__1","capacity":)"
                    R"({"minimum":0,"target":0,"maximum":0}}]}})");
    for (const auto& row : rows) {
        for (const auto& call : calls) {
            CAPTURE(row.why);
            CAPTURE(describe(call));
            Harness harness;
            harness.submit(1, call, CallPriority::change);
            int sent = 0;
            harness.run([&](const HttpRequest&) { return ++sent == 1 ? row.first : done; });
            CHECK(sent == (row.is_repeated ? 2 : 1));
            CHECK(harness.is_answered(1) == row.is_repeated);
            CHECK(harness.is_unanswered(1) == !row.is_repeated);
        }
    }
}

TEST_CASE("what Spot refuses is refused at once") {
    for (const int status : {400, 401, 403, 404, 422}) {
        CAPTURE(status);
        Harness harness;
        harness.submit(1, ReadStatusCall{group});
        harness.submit(2, scale, CallPriority::change);
        harness.run([&](const HttpRequest&) { return answer(status, R"({"response":{}})"); });
        CHECK(harness.sent.size() == 2);
        harness.error(1);
        harness.error(2);
    }
}

TEST_CASE("a 400 that is sometimes transient is told as unavailable and left to the caller") {
    Harness harness;
    harness.submit(1, CreateGroupCall{Document::object({{"name", "shop__1"}})});
    harness.run([](const HttpRequest&) {
        return answer(400, R"({"response":{"errors":[{"code":"CANT_CREATE_GROUP"}]}})");
    });
    CHECK(harness.error(1).category == ErrorCategory::unavailable);
    CHECK(harness.sent.size() == 1);
}

TEST_CASE("identical reads that wait share one request, with the most urgent priority of them") {
    ClientOptions options = default_options();
    options.in_flight_max = 1;
    Harness harness(options);
    harness.submit(1, ReadHealthCall{group});
    const auto first = harness.pump();
    harness.submit(2, ReadGroupCall{group}, CallPriority::read);
    harness.submit(3, ListGroupsCall{}, CallPriority::poll);
    harness.submit(4, ListGroupsCall{}, CallPriority::rollback);
    harness.submit(5, ListGroupsCall{}, CallPriority::read);
    harness.respond(first.at(0).id, ok());
    const auto list = harness.pump();
    REQUIRE(list.size() == 1);
    CHECK(list[0].request.url == "https://spot.test/aws/ec2/group?accountId=act-1");

    // One that comes while the request is on its way has to see the world as it is now.
    harness.submit(6, ListGroupsCall{});
    harness.respond(list[0].id, ok());
    harness.run([](const HttpRequest&) { return ok(); });
    for (const std::uint64_t id : {3U, 4U, 5U, 6U}) {
        CHECK(harness.is_answered(id));
        CHECK(harness.reply(id).attempts == 1);
    }
    CHECK(harness.sent.size() == 4); // health, list, group, list
}

TEST_CASE("equal changes are never shared") {
    Harness harness;
    harness.submit(1, scale);
    harness.submit(2, scale);
    CHECK(harness.pump().size() == 2);
}

TEST_CASE("a joined read that runs out of time ends alone") {
    Harness harness;
    harness.submit(1, ReadStatusCall{group}, CallPriority::read, Milliseconds(1'000));
    harness.submit(2, ReadStatusCall{group}, CallPriority::read, Milliseconds(9'000));
    const auto started = harness.pump();
    REQUIRE(started.size() == 1);
    CHECK(started[0].request.timeout == Milliseconds(9'000));
    CHECK(harness.client->next_wake() == harness.now + Milliseconds(1'000));
    harness.advance(Milliseconds(1'000));
    CHECK(harness.error(1).category == ErrorCategory::timeout);
    harness.advance(Milliseconds(1'000));
    harness.respond(started[0].id, ok());
    CHECK(harness.is_answered(2));
    CHECK(!harness.client->next_wake());
}

TEST_CASE("more urgent calls go first, then older ones") {
    ClientOptions options = default_options();
    options.in_flight_max = 1;
    Harness harness(options);
    harness.submit(1, ReadHealthCall{group}, CallPriority::poll);
    harness.submit(2, ReadStatusCall{group}, CallPriority::read);
    harness.submit(3, ReadStatusCall{numbered(3)}, CallPriority::read);
    harness.submit(4, scale, CallPriority::change);
    harness.submit(5, ReadRollsCall{group}, CallPriority::rollback);
    std::vector<std::string> order;
    harness.run([&](const HttpRequest& request) {
        order.push_back(request.url.substr(31));
        return ok();
    });
    const std::vector<std::string> expected{
        "/sig-1/roll?accountId=act-1&limit=10&sort=createdAt%3ADESC",
        "/sig-1/capacity?accountId=act-1",
        "/sig-1/status?accountId=act-1",
        "/sig-3/status?accountId=act-1",
        "/sig-1/instanceHealthiness?accountId=act-1",
    };
    CHECK(order == expected);
}

TEST_CASE("polls never fill all places in flight") {
    ClientOptions options = default_options();
    options.in_flight_max = 10;
    Harness harness(options);
    for (std::uint64_t i = 1; i <= 30; ++i)
        harness.submit(i, ReadStatusCall{numbered(static_cast<int>(i))}, CallPriority::poll);
    CHECK(harness.pump().size() == 8);
    harness.submit(40, ReadHealthCall{group}, CallPriority::read);
    harness.submit(41, ReadHealthCall{numbered(2)}, CallPriority::read);
    CHECK(harness.pump().size() == 1);
    harness.submit(50, scale, CallPriority::rollback);
    harness.submit(51, scale, CallPriority::change);
    const auto started = harness.pump();
    REQUIRE(started.size() == 1);
    CHECK(started[0].request.method == "PUT");
}

TEST_CASE("a call whose deadline passes before it is sent ends with timeout and no attempt") {
    ClientOptions options = default_options();
    options.in_flight_max = 1;
    Harness harness(options);
    harness.submit(1, ReadHealthCall{group});
    harness.pump();
    harness.submit(2, scale, CallPriority::change, Milliseconds(5'000));
    harness.submit(3, ReadStatusCall{group}, CallPriority::read, Milliseconds(5'000));
    harness.pump();
    CHECK(harness.client->next_wake() == harness.now + Milliseconds(5'000));
    harness.advance(Milliseconds(5'000));
    for (const std::uint64_t id : {2U, 3U}) {
        CHECK(harness.error(id).category == ErrorCategory::timeout);
        CHECK(harness.reply(id).attempts == 0);
    }
    CHECK(harness.error(2).message.starts_with("cannot scale sig-1 to 0/0/0: its deadline passed"));
    CHECK(harness.sent.size() == 1);
}

TEST_CASE("a request never gets more time than its call has left") {
    Harness harness;
    harness.submit(1, scale, CallPriority::change, Milliseconds(5'000));
    harness.submit(2, ReadHealthCall{group}, CallPriority::read, Milliseconds(90'000));
    for (const auto& one : harness.pump())
        CHECK(one.request.timeout == Milliseconds(one.request.method == "PUT" ? 5'000 : 30'000));
}

TEST_CASE("a change that was sent is waited for beyond its deadline, never called off") {
    Harness harness;
    harness.submit(1, scale, CallPriority::change, Milliseconds(5'000));
    const auto started = harness.pump();
    CHECK(!harness.client->next_wake());
    harness.advance(Milliseconds(6'000));
    harness.pump();
    CHECK(harness.replies.empty());
    harness.respond(started.at(0).id, HttpFailure{.message = "timed out"});
    CHECK(harness.is_unanswered(1));
}

TEST_CASE("a retry that would come too late is not waited for") {
    Harness harness;
    harness.submit(1, ReadStatusCall{group}, CallPriority::read, Milliseconds(10'000));
    auto started = harness.pump();
    harness.respond(started.at(0).id, throttled(rate(100, 0, 17)));
    CHECK(harness.error(1).category == ErrorCategory::throttled);
    CHECK(!harness.client->next_wake());

    harness.submit(2, ReadHealthCall{group}, CallPriority::read, Milliseconds(10'000));
    started = harness.pump();
    harness.respond(started.at(0).id, answer(503, "", {{"Retry-After", "11"}}));
    CHECK(harness.error(2).category == ErrorCategory::unavailable);

    harness.submit(3, ReadHealthCall{group}, CallPriority::read, Milliseconds(10'000));
    started = harness.pump();
    harness.advance(Milliseconds(10'000));
    harness.respond(started.at(0).id, HttpFailure{.message = "timed out"});
    CHECK(harness.error(3).category == ErrorCategory::timeout);
    CHECK(harness.error(3).message.find("timed out") != std::string::npos);
}

TEST_CASE("a Retry-After is waited for") {
    Harness harness;
    harness.submit(1, ReadStatusCall{group});
    const auto started = harness.pump();
    harness.respond(started.at(0).id, answer(503, "", {{"retry-after", "9"}}));
    harness.pump();
    CHECK(harness.client->next_wake() == harness.now + Milliseconds(9'000));
}

TEST_CASE("equal seeds give equal runs and others different ones") {
    const auto times = [](std::uint64_t seed) {
        ClientOptions options = default_options();
        options.seed = seed;
        Harness harness(options);
        for (std::uint64_t i = 1; i <= 5; ++i)
            harness.submit(i, ReadStatusCall{numbered(static_cast<int>(i))});
        std::vector<TimePoint> seen;
        harness.run([&](const HttpRequest&) {
            seen.push_back(harness.now);
            return answer(503, "");
        });
        CHECK(seen.size() == 20);
        return seen;
    };
    CHECK(times(7) == times(7));
    CHECK(times(7) != times(8));
}

TEST_CASE("a service that is down gets no more retries than the quota allows") {
    Harness harness;
    for (std::uint64_t i = 1; i <= 200; ++i)
        harness.submit(i, ReadStatusCall{numbered(static_cast<int>(i))});
    harness.run([](const HttpRequest&) { return answer(503, ""); });
    CHECK(harness.replies.size() == 200);
    CHECK(harness.sent.size() == 300);
}

TEST_CASE("a call that must not be sent ends at once") {
    Harness harness;
    harness.submit(1, DeleteGroupCall{});
    CHECK(harness.error(1).category == ErrorCategory::invalid_argument);
    CHECK(harness.reply(1).attempts == 0);
    CHECK(harness.sent.empty());
}

TEST_CASE("responses that nobody waits for are passed over") {
    Harness harness;
    harness.respond(HttpRequestId{77}, ok());
    harness.submit(1, ReadStatusCall{group}, CallPriority::read, Milliseconds(1'000));
    const auto started = harness.pump();
    harness.advance(Milliseconds(2'000));
    CHECK(harness.error(1).category == ErrorCategory::timeout);
    harness.respond(started.at(0).id, ok());
    harness.respond(started.at(0).id, ok());
    CHECK(harness.pump().empty());
    CHECK(harness.replies.size() == 1);
}

TEST_CASE("no message holds the token or user data, whatever comes back") {
    const std::string script = "#!/bin/sh\nexport PASSWORD=hunter2-canary\n";
    const std::string echo =
        std::string("bad token ") + token + " and " + encode_base64(script) + " " + token;
    const std::string errors = R"({"request":{"id":")" + echo +
                               R"("},"response":{"errors":[{"code":")" + echo + R"(","message":")" +
                               echo + R"(","field":")" + echo + R"("}]}})";
    std::vector<HttpResult> results{
        HttpFailure{.is_unsent = true, .message = echo},
        HttpFailure{.is_unsent = false, .message = echo},
        answer(200, "<html>" + echo, {{"Content-Type", echo}, {"X-Request-Id", echo}}),
        answer(200, R"({"response":{"items":[{"id":")" + echo + R"(","name":")" + echo +
                        R"(","capacity":{"unit":")" + echo + R"("}}]}})"),
        answer(200, R"({"response":{"status":{"code":400},"data":")" + echo + R"("}})"),
    };
    for (const int status : {0, 302, 400, 401, 403, 404, 408, 422, 429, 500, 502}) {
        results.emplace_back(answer(status, errors, {{"X-Request-Id", echo}}));
        results.emplace_back(answer(status, "<html>" + echo, {{"Content-Type", echo}}));
        results.emplace_back(answer(status, R"({"message":")" + echo + R"("})"));
    }
    const Document create = Document::object(
        {{"name", "shop__1"},
         {"compute",
          Document::object({{"launchSpecification",
                             Document::object({{"userData", encode_base64(script)}})}})}});
    const auto check = [&](const std::string& text) {
        CHECK(text.find(token) == std::string::npos);
    };
    for (const auto& result : results) {
        Harness harness;
        harness.submit(1, CreateGroupCall{create});
        harness.submit(2, ReadStatusCall{group}, CallPriority::read, Milliseconds(400));
        harness.submit(3, ListGroupsCall{});
        harness.run([&](const HttpRequest&) { return result; });
        for (const auto& [id, reply] : harness.replies) {
            check(reply.request_id);
            if (const auto* error = std::get_if<Error>(&reply.result))
                check(to_string(*error));
            if (const auto* lost = std::get_if<Unanswered>(&reply.result))
                check(to_string(lost->why));
            if (const auto* done = std::get_if<SpotReply>(&reply.result)) {
                if (const auto* list = std::get_if<GroupsReply>(done)) {
                    for (const auto& unreadable : list->unreadable)
                        check(to_string(unreadable.why));
                }
            }
        }
        const auto& made = harness.reply(1).result;
        const auto* error = std::get_if<Error>(&made);
        const auto* lost = std::get_if<Unanswered>(&made);
        const std::string text = to_string(error ? *error : lost->why);
        CHECK(text.find(encode_base64(script)) == std::string::npos);
    }
}

TEST_CASE("lists of several lines share a request, and each gets its own groups") {
    const auto group = [](const std::string& name) {
        return R"({"id":"sig-)" + name + R"(","name":")" + name +
               R"(","capacity":{"minimum":0,"target":0,"maximum":0}})";
    };
    const std::string list = R"({"response":{"status":{"code":200},"items":[)" + group("cart__1") +
                             "," + group("shop__1") + "," + group("shop__2") + "," +
                             group("till__1") + "]}}";
    const auto names_of = [](const CallReply& reply) {
        std::vector<std::string> names;
        for (const Elastigroup& one :
             std::get<GroupsReply>(std::get<SpotReply>(reply.result)).groups)
            names.push_back(one.name);
        return names;
    };
    Harness harness;
    harness.submit(1, ListGroupsCall{{"shop__"}});
    harness.submit(2, ListGroupsCall{{"cart__", "till__"}});
    harness.run([&](const HttpRequest&) { return answer(200, list); });
    CHECK(harness.sent.size() == 1);
    CHECK(names_of(harness.reply(1)) == std::vector<std::string>{"shop__1", "shop__2"});
    CHECK(names_of(harness.reply(2)) == std::vector<std::string>{"cart__1", "till__1"});

    harness.submit(3, ListGroupsCall{{"shop__"}});
    harness.submit(4, ListGroupsCall{});
    harness.run([&](const HttpRequest&) { return answer(200, list); });
    CHECK(harness.sent.size() == 2);
    CHECK(names_of(harness.reply(3)).size() == 2);
    CHECK(names_of(harness.reply(4)).size() == 4);
}

} // namespace elastiroll::spot::client_test
