#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/adapters/store.hpp>
#include <elastiroll/runtime/runtime.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Deployments that are all in flight at once, in one Fleet on one thread: canaries with a bake, ten
// lines in each of as many simulated accounts as that takes. Each number of them runs in a process
// of its own, for its own peak of memory. What is counted is everything: clouds, clients and
// journals in memory too.

namespace {

using namespace elastiroll;

constexpr int lines_per_account = 10;

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << why << '\n';
    std::exit(2);
}

template <class T> T must(Result<T> result) {
    if (!result)
        give_up(to_string(result.error()));
    return std::move(*result);
}

std::string account_name(int account) { return fmt::format("act-{:08}", account); }
std::string prefix(int line) { return fmt::format("app-{}", line); }

sim::Cloud make_cloud(int account) {
    Document groups = Document::array();
    for (int line = 0; line < lines_per_account; ++line)
        groups.push_back(Document::object({{"name", prefix(line) + "__7"}, {"capacity", "2/4/8"}}));
    return must(sim::Cloud::make(Document::object({{"seed", account}, {"groups", groups}})));
}

DeploymentSpec make_spec(int account, int line) {
    const std::string text = fmt::format(
        R"({{
  "application": {{"name": "shop"}},
  "services": [{{"name": "web", "image": {{"id": "ami-0123456789abcdef0"}}}}],
  "environments": [{{"name": "production"}}],
  "infrastructures": [{{
    "name": "virginia", "environment": "production", "region": "us-east-1", "account": "{}",
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
    "group_prefix": "{}", "instances": {{"minimum": 2, "target": 4, "maximum": 8}},
    "phases": [{{"percent": 25, "bake": "5m"}}, {{"percent": 50}}, {{"percent": 100}}]}}]
}})",
        account_name(account), prefix(line));
    return must(resolve_spec(must(parse_document(text)), {}));
}

/// All accounts behind one transport, in one time. A cloud is only touched when something happens
/// in it.
class Accounts final : public HttpTransport, public Clock {
public:
    explicit Accounts(int count) {
        for (int account = 0; account < count; ++account) {
            clouds_.push_back(make_cloud(account));
            places_.emplace(account_name(account), clouds_.size() - 1);
            wakes_.emplace_back();
            note_wake(clouds_.size() - 1);
        }
        now_ = clouds_.front().now();
    }

    TimePoint now() override { return now_; }

    void start(HttpRequestId id, HttpRequest request) override {
        constexpr std::string_view key = "accountId=";
        const std::string name =
            request.url.substr(request.url.find(key) + key.size(), account_name(0).size());
        const std::size_t place = places_.at(name);
        clouds_[place].advance(now_);
        clouds_[place].start(id, std::move(request));
        note_wake(place);
        ++requests;
    }

    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        const TimePoint until = now_ + wait;
        std::vector<HttpCompletion> completions;
        while (completions.empty()) {
            if (events_.empty() || events_.begin()->first > until) {
                now_ = until;
                break;
            }
            const auto [at, place] = *events_.begin();
            now_ = std::max(now_, at);
            clouds_[place].advance(now_);
            completions = clouds_[place].take_completions();
            note_wake(place);
        }
        return completions;
    }

    std::int64_t requests = 0;

private:
    void note_wake(std::size_t place) {
        if (wakes_[place])
            events_.erase({*wakes_[place], place});
        wakes_[place] = clouds_[place].next_event();
        if (wakes_[place])
            events_.emplace(*wakes_[place], place);
    }

    std::vector<sim::Cloud> clouds_;
    std::map<std::string, std::size_t> places_;
    std::vector<std::optional<TimePoint>> wakes_;
    std::set<std::pair<TimePoint, std::size_t>> events_;
    TimePoint now_{};
};

double cpu_seconds(const rusage& usage) {
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// In a process of its own; the parent reads what it cost.
void run(int count) {
    const int accounts = (count + lines_per_account - 1) / lines_per_account;
    Accounts world(accounts);
    std::vector<std::unique_ptr<CallClient>> clients;
    for (int account = 0; account < accounts; ++account)
        clients.push_back(spot::make_client(
            {.account = AccountId(account_name(account)), .token = Secret("simulated")}));
    const auto store = store::make_memory_store();
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    Fleet fleet({.transport = &world, .store = store.get(), .clock = &world});
    for (int i = 0; i < count; ++i) {
        const int account = i / lines_per_account;
        fleet.add({.deployment = DeploymentId(fmt::format("01k{:023}", i)),
                   .spec = make_spec(account, i % lines_per_account),
                   .actor = "bench",
                   .client = clients[static_cast<std::size_t>(account)].get()});
    }
    fleet.run();
    rusage after{};
    getrusage(RUSAGE_SELF, &after);
    for (int i = 0; i < count; ++i) {
        const auto outcome = fleet.outcome(DeploymentId(fmt::format("01k{:023}", i)));
        if (!outcome || outcome->kind != OutcomeKind::done)
            give_up(fmt::format("deployment {} did not end as done", i));
    }
    fmt::print("{:>11}  {:>10.2f}  {:>12.1f}  {:>8.1f}\n", count,
               (cpu_seconds(after) - cpu_seconds(before)) * 1e3 / count,
               static_cast<double>(after.ru_maxrss - before.ru_maxrss) / count,
               static_cast<double>(world.requests) / count);
}

} // namespace

int main(int argc, char** argv) {
    std::vector<int> counts;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        int count = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
        if (error != std::errc{} || end != word.data() + word.size() || count < 1)
            give_up("fleet-bench [NUMBER OF DEPLOYMENTS...]; default: 100 1000 10000");
        counts.push_back(count);
    }
    if (counts.empty())
        counts = {100, 1'000, 10'000};
    fmt::print("{:>11}  {:>10}  {:>12}  {:>8}\n{:>11}  {:>10}  {:>12}  {:>8}\n", "deployments",
               "CPU ms", "peak KiB", "requests", "in flight", "each", "each", "each");
    for (const int count : counts) {
        std::fflush(stdout);
        const pid_t child = fork();
        if (child == 0) {
            run(count);
            return 0;
        }
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
            give_up("the run failed");
    }
    return 0;
}
