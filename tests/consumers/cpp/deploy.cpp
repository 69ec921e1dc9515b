#include "deploy.hpp"

using namespace elastiroll;

namespace {

class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(&cloud) {}
    TimePoint now() override { return cloud_->now(); }

private:
    const sim::Cloud* cloud_;
};

} // namespace

Result<Outcome> deploy(std::string_view json) {
    auto document = parse_document(json);
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
    return elastiroll::deploy(
        {.deployment = make_deployment_id(clock.now(), "consumer"), .spec = *spec},
        {.client = client.get(),
         .transport = transport.get(),
         .store = store.get(),
         .clock = &clock});
}
