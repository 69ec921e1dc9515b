#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/adapters/store.hpp>
#include <elastiroll/plan/planner.hpp>
#include <elastiroll/runtime/runtime.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

// Planning, and a whole deployment in the simulated cloud: the canary of docs/examples, three
// phases with a bake, without faults. Run from the repository's root.

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

DeploymentSpec example_spec() {
    const Document document = must(parse_document(read_file("docs/examples/canary.json")));
    ResolveRequest request;
    request.workflow = "canary";
    for (const std::string& path : referenced_files(document))
        request.files.emplace(path, read_file("docs/examples/" + path));
    return must(resolve_spec(document, request));
}

sim::Cloud example_cloud() {
    return must(
        sim::Cloud::make(must(parse_document(read_file("docs/examples/scenarios/canary.json")))));
}

class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(cloud) {}
    TimePoint now() override { return cloud_.now(); }

private:
    const sim::Cloud& cloud_;
};

/// A cloud with all that a deployment runs on.
struct World {
    explicit World(const sim::Cloud& start, const DeploymentSpec& spec)
        : cloud(start), transport(sim::make_transport(cloud)), store(store::make_memory_store()),
          clock(cloud) {
        spot::ClientOptions options;
        options.account = spec.line.account;
        options.token = Secret("simulated");
        client = spot::make_client(std::move(options));
    }
    RuntimePorts ports() { return {client.get(), transport.get(), store.get(), &clock, nullptr}; }

    sim::Cloud cloud;
    std::unique_ptr<HttpTransport> transport;
    std::unique_ptr<Store> store;
    std::unique_ptr<CallClient> client;
    CloudClock clock;
};

void plan_canary(benchmark::State& state) {
    const DeploymentSpec spec = example_spec();
    World world(example_cloud(), spec);
    const SavedPlan planned = must(plan(spec, world.ports()));
    for (auto _ : state)
        benchmark::DoNotOptimize(plan_deployment(spec, planned.snapshot));
}
BENCHMARK(plan_canary);

void simulated_canary(benchmark::State& state) {
    const DeploymentSpec spec = example_spec();
    const sim::Cloud cloud = example_cloud();
    double requests = 0;
    for (auto _ : state) {
        World world(cloud, spec);
        DeployRequest request{DeploymentId("bench"), spec, "bench", {}, {}};
        const Outcome outcome = deploy(std::move(request), world.ports());
        if (outcome.kind != OutcomeKind::done)
            state.SkipWithError("the deployment did not end as done");
        requests = static_cast<double>(world.cloud.log().size());
    }
    state.counters["requests"] = requests;
}
BENCHMARK(simulated_canary)->Unit(benchmark::kMicrosecond);

/// The same requests as before answered by the simulated cloud alone: what of the figure above is
/// the cloud's.
void cloud_alone(benchmark::State& state) {
    const DeploymentSpec spec = example_spec();
    const sim::Cloud start = example_cloud();
    for (auto _ : state) {
        sim::Cloud cloud = start;
        for (std::uint64_t i = 1; i <= 100; ++i) {
            HttpRequest request{"GET",
                                "https://api.spotinst.io/aws/ec2/group/sig-4300a74d/"
                                "instanceHealthiness?accountId=" +
                                    spec.line.account.text(),
                                {{"Authorization", "Bearer simulated"}},
                                {},
                                Milliseconds(30'000)};
            cloud.start(HttpRequestId{i}, std::move(request));
            cloud.advance(cloud.now() + Milliseconds(2'000));
            benchmark::DoNotOptimize(cloud.take_completions());
        }
    }
}
BENCHMARK(cloud_alone)->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
