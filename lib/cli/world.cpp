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

Result<std::unique_ptr<World>> World::make(WorldOptions options, const std::string& record) {
    if (options.seed && options.scenario.is_object())
        options.scenario.set("seed", static_cast<std::int64_t>(*options.seed));
    auto cloud = RecordedCloud::make(options.scenario, record);
    if (!cloud)
        return Unexpected(std::move(cloud).error());
    return std::unique_ptr<World>(
        new World(*std::move(cloud), std::move(options.account), options.call_timeout));
}

Result<std::unique_ptr<World>> World::open(const std::string& record, AccountId account,
                                           Milliseconds call_timeout) {
    auto cloud = RecordedCloud::open(record);
    if (!cloud)
        return Unexpected(std::move(cloud).error());
    return std::unique_ptr<World>(new World(*std::move(cloud), std::move(account), call_timeout));
}

World::World(std::unique_ptr<RecordedCloud> cloud, AccountId account, Milliseconds call_timeout)
    : cloud_(std::move(cloud)), store_(store::make_memory_store()),
      clock_(std::make_unique<CloudClock>(cloud_->cloud())) {
    const Document* seed = cloud_->scenario().find("seed");
    const Document* token = cloud_->scenario().find("token");
    client_ = spot::make_client({.account = std::move(account),
                                 .token = std::string(text_or(token, "simulated")),
                                 .user_agent = "elastiroll/" + std::string(version),
                                 .call_timeout = call_timeout,
                                 .seed = static_cast<std::uint64_t>(number_or(seed, 1))});
}

World::~World() = default;

RuntimePorts World::ports(Observer* observer) {
    return {.client = client_.get(),
            .transport = &cloud_->transport(),
            .store = store_.get(),
            .clock = clock_.get(),
            .observer = observer};
}

} // namespace elastiroll::cli
