#include <elastiroll/adapters/http.hpp>
#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/adapters/store.hpp>
#include <elastiroll/base/document.hpp>
#include <elastiroll/runtime/runtime.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

// Canaries of lines app-0, app-1, ... in one Fleet on one thread, over HTTP, in a simulated cloud
// that is served elsewhere and whose time goes faster: the counterpart of bench/peers/fleet.
//
//     loopback-bench URL DEPLOYMENTS SPEED      prints milliseconds of CPU and KiB of memory

namespace {

using namespace elastiroll;

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << why << '\n';
    std::exit(2);
}

template <class T> T must(Result<T> result) {
    if (!result)
        give_up(to_string(result.error()));
    return std::move(*result);
}

/// Time as the served cloud has it.
class FastClock final : public Clock {
public:
    FastClock(TimePoint begin, int speed)
        : begin_(begin), began_(std::chrono::steady_clock::now()), speed_(speed) {}
    TimePoint now() override {
        return begin_ + std::chrono::duration_cast<Milliseconds>(
                            (std::chrono::steady_clock::now() - began_) * speed_);
    }

private:
    TimePoint begin_;
    std::chrono::steady_clock::time_point began_;
    int speed_;
};

/// Waits of fast time, as long as they take.
class FastTransport final : public HttpTransport {
public:
    FastTransport(HttpTransport& inner, int speed) : inner_(&inner), speed_(speed) {}
    void start(HttpRequestId id, HttpRequest request) override {
        inner_->start(id, std::move(request));
    }
    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        return inner_->poll((wait + Milliseconds(speed_ - 1)) / speed_); // 0 would not wait at all
    }

private:
    HttpTransport* inner_;
    int speed_;
};

TimePoint time_of(HttpTransport& transport, const std::string& url) {
    transport.start(HttpRequestId{0}, {.method = "GET", .url = url + "/_sim/state"});
    const auto completions = transport.poll(std::chrono::seconds(10));
    const auto* response =
        completions.empty() ? nullptr : std::get_if<HttpResponse>(&completions.front().result);
    if (!response)
        give_up("no answer from " + url);
    const Document state = must(parse_document(response->body));
    return TimePoint(Milliseconds(state.find("now_ms")->as_integer().value()));
}

DeploymentSpec make_spec(int line) {
    const std::string text = fmt::format(
        R"({{
  "application": {{"name": "shop"}},
  "services": [{{"name": "web", "image": {{"id": "ami-0123456789abcdef0"}}}}],
  "environments": [{{"name": "production"}}],
  "infrastructures": [{{
    "name": "virginia", "environment": "production", "region": "us-east-1", "account": "act-1",
    "elastigroup": {{"group": {{
      "strategy": {{"risk": 100, "drainingTimeout": 60}},
      "capacity": {{"unit": "instance"}},
      "compute": {{
        "product": "Linux/UNIX",
        "instanceTypes": {{"ondemand": "m5.large", "spot": ["m5.large", "m5a.large"]}},
        "availabilityZones": [{{"name": "us-east-1a", "subnetIds": ["subnet-1"]}}],
        "launchSpecification": {{"securityGroupIds": ["sg-1"]}}}}}}}}}}],
  "workflows": [{{
    "name": "deploy", "strategy": "canary", "service": "web", "infrastructure": "virginia",
    "group_prefix": "app-{}", "instances": {{"minimum": 2, "target": 4, "maximum": 8}},
    "phases": [{{"percent": 25, "bake": "5m"}}, {{"percent": 50}}, {{"percent": 100}}]}}]
}})",
        line);
    return must(resolve_spec(must(parse_document(text)), {}));
}

double cpu_ms(const rusage& usage) {
    const auto milliseconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

DeploymentId id_of(int line) { return DeploymentId(fmt::format("01k{:023}", line)); }

void run(const std::string& url, int count, int speed) {
    const auto curl = http::make_curl_transport({});
    FastTransport transport(*curl, speed);
    FastClock clock(time_of(*curl, url), speed);
    const auto client = spot::make_client({.base_url = url,
                                           .account = AccountId("act-1"),
                                           .token = Secret("simulated"),
                                           .in_flight_max = 64});
    const auto store = store::make_memory_store();
    Fleet fleet(
        {.client = client.get(), .transport = &transport, .store = store.get(), .clock = &clock});
    for (int line = 0; line < count; ++line)
        fleet.add({.deployment = id_of(line), .spec = make_spec(line), .actor = "bench"});
    fleet.run();
    int done = 0;
    for (int line = 0; line < count; ++line) {
        const auto outcome = fleet.outcome(id_of(line));
        done += outcome && outcome->kind == OutcomeKind::done ? 1 : 0;
        if (outcome && outcome->error)
            std::cerr << to_string(*outcome->error) << '\n';
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("{} {:.0f} {}\n", done, cpu_ms(usage), usage.ru_maxrss);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4)
        give_up("loopback-bench URL DEPLOYMENTS SPEED");
    run(argv[1], std::atoi(argv[2]), std::atoi(argv[3]));
    return 0;
}
