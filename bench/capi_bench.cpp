#include <elastiroll.h>
#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/adapters/store.hpp>
#include <elastiroll/runtime/runtime.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

// The canary of capi/examples through the C API, blocking and driven, beside the same in C++; and
// what making a client costs. Run from the repository's root.

namespace {

using namespace elastiroll;

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
        std::cerr << "cannot read " << path << "; run this from the repository's root\n";
        std::exit(2);
    }
    return text.str();
}

template <class T> T must(Result<T> result) {
    if (!result) {
        std::cerr << to_string(result.error()) << '\n';
        std::exit(2);
    }
    return std::move(*result);
}

void must(elr_status status, elr_error* error) {
    if (status == ELR_OK)
        return;
    std::cerr << elr_error_text(error) << '\n';
    std::exit(2);
}

const std::string& spec_text() {
    static const std::string text = read_file("capi/examples/spec.json");
    return text;
}
const std::string& scenario_text() {
    static const std::string text = read_file("capi/examples/scenario.json");
    return text;
}

class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(cloud) {}
    TimePoint now() override { return cloud_.now(); }

private:
    const sim::Cloud& cloud_;
};

class Silent final : public Observer {
public:
    void on_event(const DeploymentId& /*deployment*/, const Event& event) override {
        bytes += to_text(encode(event)).size() + describe(event).size();
    }
    std::size_t bytes = 0;
};

/// As the C API does it: from the texts on, with an observer that has every event as text.
void cpp_canary(benchmark::State& state) {
    for (auto _ : state) {
        auto cloud = must(sim::Cloud::make(must(parse_document(scenario_text()))));
        auto spec = must(resolve_spec(must(parse_document(spec_text())), {.workflow = "canary"}));
        const auto transport = sim::make_transport(cloud);
        const auto store = store::make_memory_store();
        CloudClock clock(cloud);
        Silent observer;
        const auto client =
            spot::make_client({.account = spec.line.account, .token = Secret("simulated")});
        const auto aws = aws::make_client(
            {.region = spec.line.region,
             .credentials = aws::make_static_credentials(
                 {.access_key_id = "simulated", .secret_access_key = Secret("simulated")})});
        const Outcome outcome = deploy({.deployment = DeploymentId("bench"), .spec = spec},
                                       {.client = client.get(),
                                        .transport = transport.get(),
                                        .store = store.get(),
                                        .clock = &clock,
                                        .observer = &observer,
                                        .aws = aws.get()});
        if (outcome.kind != OutcomeKind::done)
            state.SkipWithError("the deployment did not end as done");
        benchmark::DoNotOptimize(observer.bytes);
    }
}
BENCHMARK(cpp_canary)->Unit(benchmark::kMicrosecond);

/// All that a deployment through C has.
struct Handles {
    Handles() {
        elr_error* error = nullptr;
        must(elr_cloud_new(scenario_text().data(), scenario_text().size(), &cloud, &error), error);
        elr_spec_options which{};
        which.struct_size = sizeof which;
        which.workflow = "canary";
        must(elr_spec_new(spec_text().data(), spec_text().size(), &which, &spec, &error), error);
        elr_client_options how{};
        how.struct_size = sizeof how;
        how.cloud = cloud;
        must(elr_client_new(&how, &client, &error), error);
        must(elr_store_new_memory(&store, &error), error);
    }
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;
    ~Handles() {
        elr_store_free(store);
        elr_client_free(client);
        elr_spec_free(spec);
        elr_cloud_free(cloud);
    }

    elr_cloud* cloud = nullptr;
    elr_spec* spec = nullptr;
    elr_client* client = nullptr;
    elr_store* store = nullptr;
};

void hear(const elr_event* event, void* user_data) {
    *static_cast<std::size_t*>(user_data) += event->json_size;
}

void c_canary_blocking(benchmark::State& state) {
    for (auto _ : state) {
        const Handles handles;
        std::size_t bytes = 0;
        elr_run_options options{};
        options.struct_size = sizeof options;
        options.observer = hear;
        options.observer_data = &bytes;
        elr_outcome* outcome = nullptr;
        elr_error* error = nullptr;
        must(elr_deploy(handles.client, handles.store, handles.spec, &options, &outcome, &error),
             error);
        if (elr_outcome_kind(outcome) != ELR_OUTCOME_DONE)
            state.SkipWithError("the deployment did not end as done");
        elr_outcome_free(outcome);
        benchmark::DoNotOptimize(bytes);
    }
}
BENCHMARK(c_canary_blocking)->Unit(benchmark::kMicrosecond);

void c_canary_driven(benchmark::State& state) {
    for (auto _ : state) {
        const Handles handles;
        elr_fleet_options options{};
        options.struct_size = sizeof options;
        options.store = handles.store;
        options.now_ms = elr_cloud_now_ms(handles.cloud);
        elr_fleet* fleet = nullptr;
        elr_error* error = nullptr;
        must(elr_fleet_new(handles.client, &options, &fleet, &error), error);
        must(elr_fleet_deploy(fleet, handles.spec, nullptr, nullptr, &error), error);
        int32_t kind = 0;
        while (elr_fleet_is_running(fleet) == 1) {
            const elr_action* action = nullptr;
            must(elr_fleet_next(fleet, elr_cloud_now_ms(handles.cloud), &action, &error), error);
            if (elr_action_kind(action) == ELR_ACTION_HTTP)
                must(elr_cloud_send(handles.cloud, action, &error), error);
            if (elr_action_kind(action) == ELR_ACTION_DONE)
                kind = elr_outcome_kind(elr_action_outcome(action));
            if (elr_action_kind(action) != ELR_ACTION_WAKE_AT)
                continue;
            const int64_t to =
                std::min(elr_action_wake_at_ms(action), elr_cloud_next_event_ms(handles.cloud));
            must(elr_cloud_advance(handles.cloud, to, &error), error);
            must(elr_cloud_deliver(handles.cloud, fleet, nullptr, &error), error);
        }
        if (kind != ELR_OUTCOME_DONE)
            state.SkipWithError("the deployment did not end as done");
        elr_fleet_free(fleet);
    }
}
BENCHMARK(c_canary_driven)->Unit(benchmark::kMicrosecond);

/// For real accounts: nothing is opened or read before it is used.
void c_client(benchmark::State& state) {
    elr_client_options options{};
    options.struct_size = sizeof options;
    options.uses_environment = 1;
    for (auto _ : state) {
        elr_client* client = nullptr;
        elr_error* error = nullptr;
        must(elr_client_new(&options, &client, &error), error);
        elr_client_free(client);
    }
}
BENCHMARK(c_client);

} // namespace

BENCHMARK_MAIN();
