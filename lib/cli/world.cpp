#include "cli/world.hpp"

#include "cli/version.hpp"

#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/adapters/store.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace elastiroll::cli {

namespace {

class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(&cloud) {}
    TimePoint now() override { return cloud_->now(); }

private:
    const sim::Cloud* cloud_;
};

std::string_view text_or(const Document* document, std::string_view otherwise) {
    return document != nullptr ? document->as_string().value_or(otherwise) : otherwise;
}

std::int64_t number_or(const Document* document, std::int64_t otherwise) {
    return document != nullptr ? document->as_integer().value_or(otherwise) : otherwise;
}

} // namespace

Result<std::unique_ptr<World>> World::make(WorldOptions options) {
    if (options.seed && options.scenario.is_object())
        options.scenario.set("seed", static_cast<std::int64_t>(*options.seed));
    const Document* seed = options.scenario.find("seed");
    const Document* token = options.scenario.find("token");
    auto cloud = sim::Cloud::make(options.scenario);
    if (!cloud)
        return Unexpected(std::move(cloud).error());
    std::unique_ptr<World> world(new World(*std::move(cloud)));
    world->client_ = spot::make_client({.account = std::move(options.account),
                                        .token = std::string(text_or(token, "simulated")),
                                        .user_agent = "elastiroll/" + std::string(version),
                                        .call_timeout = options.call_timeout,
                                        .seed = static_cast<std::uint64_t>(number_or(seed, 1))});
    return world;
}

World::World(sim::Cloud cloud)
    : cloud_(std::move(cloud)), transport_(sim::make_transport(cloud_)),
      store_(store::make_memory_store()), clock_(std::make_unique<CloudClock>(cloud_)) {}

World::~World() = default;

RuntimePorts World::ports(Observer* observer) {
    return {.client = client_.get(),
            .transport = transport_.get(),
            .store = store_.get(),
            .clock = clock_.get(),
            .observer = observer};
}

} // namespace elastiroll::cli
