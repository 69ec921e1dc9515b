// Whole deployments over HTTP into a simulated cloud that is a server, beside the same ones in
// process: what they do must not depend on the way.
#include <doctest/doctest.h>

#include "environment.hpp"
#include "fetch.hpp"

#include <elastiroll/elastiroll.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace elastiroll::loopback_test {

using namespace elastiroll::test;

namespace {

/// The server's clock as its client moves it.
class ServerTime final : public Clock {
public:
    explicit ServerTime(std::string url) : url_(std::move(url)) { tell("GET", "/_sim/state", ""); }
    TimePoint now() override { return now_; }

    /// Moves it on to `until`, or to the first answer to a request that waits.
    void advance(TimePoint until) {
        tell("POST", "/_sim/advance",
             R"({"until_answer":true,"to":")" + format_time(until) + R"("})");
    }
    /// How many requests have reached the server and are not answered yet.
    std::int64_t waiting() {
        tell("GET", "/_sim/state", "");
        return waiting_;
    }

private:
    void tell(const char* method, const char* path, std::string body) {
        const HttpResult result =
            fetch(*transport_, {.method = method, .url = url_ + path, .body = std::move(body)});
        REQUIRE(std::holds_alternative<HttpResponse>(result));
        const auto state = parse_document(std::get<HttpResponse>(result).body);
        REQUIRE(state);
        now_ = TimePoint(Milliseconds(*state->find("now_ms")->as_integer()));
        waiting_ = *state->find("waiting")->as_integer();
    }

    std::string url_;
    std::unique_ptr<HttpTransport> transport_ = http::make_curl_transport({});
    TimePoint now_{};
    std::int64_t waiting_ = 0;
};

/// Carries requests to the server, and moves its time on where a simulated transport would move the
/// cloud's.
class AdvancingTransport final : public HttpTransport {
public:
    explicit AdvancingTransport(ServerTime& time) : time_(&time) {}

    void start(HttpRequestId id, HttpRequest request) override {
        ++open_;
        request.timeout = Milliseconds(60'000); // of real time, which nothing here waits for
        inner_->start(id, std::move(request));
    }

    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        const TimePoint until = time_->now() + wait;
        for (;;) {
            const bool is_on_the_way = open_ > 0 && time_->waiting() < open_;
            auto completions = inner_->poll(Milliseconds(is_on_the_way ? 1'000 : 0));
            if (!completions.empty()) {
                open_ -= std::ssize(completions);
                return completions;
            }
            if (is_on_the_way)
                continue;
            if (time_->now() >= until)
                return {};
            time_->advance(until);
        }
    }

private:
    ServerTime* time_;
    std::unique_ptr<HttpTransport> inner_ = http::make_curl_transport({});
    std::int64_t open_ = 0;
};

class CloudTime final : public Clock {
public:
    explicit CloudTime(const sim::Cloud& cloud) : cloud_(&cloud) {}
    TimePoint now() override { return cloud_->now(); }

private:
    const sim::Cloud* cloud_;
};

/// A line with a previous group, launches by the seed, and up to three faults, each keyed by its
/// kind of call and ordinal.
Document scenario_of(std::uint64_t seed) {
    std::uint64_t state = seed;
    const auto below = [&](std::size_t bound) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>(state >> 33U) % bound;
    };
    constexpr const char* calls[] = {"list_groups", "read_group",   "read_health",
                                     "read_status", "create_group", "scale_group"};
    const char* effects[] = {R"("lose": "request")",
                             R"("lose": "answer")",
                             R"("delay": "3s")",
                             R"("throttle": "17s")",
                             R"("answer": {"status": 503})",
                             R"("answer": {"status": 502, "body": "<html>"})"};
    std::string faults;
    for (std::size_t count = below(4); count > 0; --count) {
        faults += faults.empty() ? "" : ",";
        faults += std::string(R"({"call": ")") + calls[below(std::size(calls))] + R"(", "nth": )" +
                  std::to_string(1 + below(6)) + ", " + effects[below(std::size(effects))] + "}";
    }
    return *parse_document(
        R"({"account": "act-1", "region": "eu-west-1", "latency": "0s", "seed": )" +
        std::to_string(seed) +
        R"(, "groups": [{"name": "app__7", "capacity": "2/4/8"}], "faults": [)" + faults + "]}");
}

DeploymentSpec spec() {
    auto resolved = resolve_spec(*parse_document(R"({
          "application": {"name": "shop"},
          "services": [{"name": "web", "image": {"id": "ami-0123456789abcdef0"}}],
          "environments": [{"name": "production"}],
          "infrastructures": [{"name": "main", "environment": "production", "region": "eu-west-1",
            "account": "act-1", "elastigroup": {"group": {
              "name": "t", "region": "eu-west-1", "strategy": {"risk": 100},
              "capacity": {"minimum": 1, "target": 2, "maximum": 4, "unit": "instance"},
              "compute": {"product": "Linux/UNIX", "instanceTypes": {"ondemand": "m5.large",
                "spot": ["m5.large"]}, "availabilityZones": [{"name": "eu-west-1a",
                "subnetIds": ["subnet-1"]}], "launchSpecification": {}}}}}],
          "workflows": [{"name": "canary", "strategy": "canary", "service": "web",
            "infrastructure": "main", "group_prefix": "app",
            "phases": [{"percent": 50}, {"percent": 100}]}]})"),
                                 {});
    REQUIRE_MESSAGE(resolved, (resolved ? std::string() : to_string(resolved.error())));
    return *std::move(resolved);
}

Outcome deploy_by(HttpTransport& transport, Clock& clock, const std::string& base_url) {
    const auto client = spot::make_client(
        {.base_url = base_url, .account = AccountId("act-1"), .token = Secret("simulated")});
    const auto store = store::make_memory_store();
    return deploy({.deployment = DeploymentId("01kloopback"), .spec = spec()},
                  {client.get(), &transport, store.get(), &clock});
}

/// What the deployment changed and how it ended, line by line. Without times: requests that are
/// sent at once arrive in any order, so that a fault may hit another of them.
std::string story(const std::vector<std::string>& changes, const Outcome& outcome) {
    std::string text = std::string(to_string(outcome.kind)) + " serving " + outcome.serving.text();
    for (const std::string& change : changes)
        text += '\n' + change;
    return text;
}

std::string in_process(const Document& scenario) {
    auto cloud = sim::Cloud::make(scenario);
    REQUIRE(cloud);
    const auto transport = sim::make_transport(*cloud);
    CloudTime clock(*cloud);
    const Outcome outcome = deploy_by(*transport, clock, "https://api.spotinst.io");
    std::vector<std::string> changes;
    for (const sim::LoggedCall& call : cloud->log()) {
        if (call.is_applied)
            changes.push_back(call.name + ' ' + call.group.text() + ' ' + call.body);
    }
    return story(changes, outcome);
}

std::string over_loopback(const Document& scenario) {
    auto cloud = sim::Cloud::make(scenario);
    REQUIRE(cloud);
    const auto server = sim::make_server({.cloud = *std::move(cloud)});
    REQUIRE(server);
    const std::string url = (*server)->url();
    ServerTime clock(url);
    AdvancingTransport transport(clock);
    const Outcome outcome = deploy_by(transport, clock, url);
    const HttpResult log = fetch({.method = "GET", .url = url + "/_sim/log"});
    const auto calls = parse_document(std::get<HttpResponse>(log).body);
    REQUIRE(calls);
    std::vector<std::string> changes;
    for (const Document& call : *calls->as_array()) {
        const auto text = [&](const char* key) {
            return std::string(*call.find(key)->as_string());
        };
        if (*call.find("is_applied")->as_boolean())
            changes.push_back(text("call") + ' ' + text("group") + ' ' + text("body"));
    }
    return story(changes, outcome);
}

} // namespace

TEST_CASE("a deployment does the same over loopback as in process, faults and all") {
    const int seeds = scaled(200);
    for (int seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        const Document scenario = scenario_of(static_cast<std::uint64_t>(seed));
        CAPTURE(to_text(scenario));
        CHECK(over_loopback(scenario) == in_process(scenario));
    }
}

TEST_CASE("a server is only made on loopback, on a port that is free") {
    const auto make = [](const std::string& host, int port) {
        return sim::make_server(
            {.cloud = *sim::Cloud::make(scenario_of(1)), .host = host, .port = port});
    };
    for (const char* host : {"0.0.0.0", "192.168.0.1", "example.com", ""}) {
        CAPTURE(host);
        CHECK(make(host, 0).error().category == ErrorCategory::invalid_argument);
    }
    CHECK(make("127.0.0.1", 70'000).error().category == ErrorCategory::invalid_argument);
    const auto first = make("127.0.0.1", 0);
    REQUIRE(first);
    CHECK(make("127.0.0.1", (*first)->port()).error().category == ErrorCategory::conflict);
}

TEST_CASE("control requests that make no sense are answered with what is wrong") {
    const auto server = sim::make_server({.cloud = *sim::Cloud::make(scenario_of(1))});
    REQUIRE(server);
    const auto post = [&](const char* path, const char* body) {
        return text_of(fetch({.method = "POST", .url = (*server)->url() + path, .body = body}));
    };
    CHECK(post("/_sim/advance", "{}").starts_with("400 "));
    CHECK(post("/_sim/advance", R"({"by_ms": -1})").starts_with("400 "));
    CHECK(
        post("/_sim/advance", R"({"by_ms": 1, "to": "2026-03-02T08:00:00Z"})").starts_with("400 "));
    CHECK(post("/_sim/advance", "canary").starts_with("400 "));
    CHECK(post("/_sim/nothing", "{}").starts_with("400 "));
    CHECK(post("/_sim/add", R"({"events": 7})").starts_with("400 "));
    CHECK(post("/_sim/advance", R"({"by_ms": 1000})").starts_with("200 "));
}

} // namespace elastiroll::loopback_test
