// Deploys a spec document in the simulated cloud. README.md shows the marked part.
//
//     quickstart docs/examples/minimal.json

#include <elastiroll/elastiroll.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

using namespace elastiroll;

/// The cloud's own time: it moves only while the deployment waits.
class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(&cloud) {}
    TimePoint now() override { return cloud_->now(); }

private:
    const sim::Cloud* cloud_;
};

// [README]
Result<Outcome> deploy_in_simulation(std::string_view spec_text) {
    auto document = parse_document(spec_text);
    if (!document)
        return Unexpected(document.error());
    auto spec = resolve_spec(*document, {.workflow = "basic"});
    if (!spec)
        return Unexpected(spec.error());
    auto cloud = parse_document(sim::default_scenario()).and_then(sim::Cloud::make);
    if (!cloud)
        return Unexpected(cloud.error());

    const auto transport = sim::make_transport(*cloud);
    CloudClock clock(*cloud);
    const auto store = store::make_memory_store();
    const auto client =
        spot::make_client({.account = spec->line.account, .token = Secret("simulated")});
    const RuntimePorts ports{client.get(), transport.get(), store.get(), &clock};

    const auto planned = plan(*spec, ports); // reads only
    if (!planned)
        return Unexpected(planned.error());
    std::cout << to_text(planned->plan);
    const DeploymentId id = make_deployment_id(clock.now(), "quickstart");
    return deploy({.deployment = id, .spec = *spec}, ports);
}
// [README]

} // namespace

int main(int argc, char** argv) {
    std::ifstream file(argc > 1 ? argv[1] : "");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const Result<Outcome> outcome = deploy_in_simulation(text);
    if (!outcome) {
        std::cerr << to_string(outcome.error()) << '\n';
        return 2;
    }
    std::cout << '\n' << to_string(outcome->kind) << ": " << outcome->serving.text() << " serves\n";
    if (outcome->error)
        std::cerr << to_string(*outcome->error) << '\n';
    return exit_status(*outcome);
}
