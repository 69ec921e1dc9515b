#include "cli/world.hpp"

#include "cli/recorded_cloud.hpp"
#include "cli/version.hpp"

#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/adapters/store.hpp>

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

std::unique_ptr<CallClient> client_for(AccountId account, std::string token,
                                       Milliseconds call_timeout, std::int64_t seed) {
    return spot::make_client({.account = std::move(account),
                              .token = Secret(std::move(token)),
                              .user_agent = "elastiroll/" + std::string(version),
                              .call_timeout = call_timeout,
                              .seed = static_cast<std::uint64_t>(seed)});
}

class SimulatedWorld final : public World {
public:
    SimulatedWorld(std::unique_ptr<RecordedCloud> cloud, AccountId account,
                   Milliseconds call_timeout)
        : cloud_(std::move(cloud)) {
        const std::string_view token = text_or(cloud_->scenario().find("token"), "simulated");
        client_ = client_for(std::move(account), std::string(token), call_timeout,
                             number_or(cloud_->scenario().find("seed"), 1));
        store_ = store::make_memory_store();
        clock_ = std::make_unique<CloudClock>(cloud_->cloud());
    }

    bool is_simulated() const noexcept override { return true; }
    std::vector<sim::GroupView> groups() const override { return cloud_->cloud().groups(); }

private:
    HttpTransport& transport() noexcept override { return cloud_->transport(); }

    std::unique_ptr<RecordedCloud> cloud_;
};

class RealWorld final : public World {
public:
    RealWorld(const Io& io, std::string token, AccountId account, Milliseconds call_timeout)
        : transport_(io.make_transport()) {
        store_ = store::make_memory_store();
        clock_ = io.make_clock();
        // Runners that start together must not repeat their calls together.
        client_ = client_for(std::move(account), std::move(token), call_timeout,
                             clock_->now().time_since_epoch().count());
    }

    bool is_simulated() const noexcept override { return false; }
    std::vector<sim::GroupView> groups() const override { return {}; }

private:
    HttpTransport& transport() noexcept override { return *transport_; }

    std::unique_ptr<HttpTransport> transport_;
};

} // namespace

World::~World() = default;

RuntimePorts World::ports(Observer* observer) {
    return {.client = client_.get(),
            .transport = &transport(),
            .store = store_.get(),
            .clock = clock_.get(),
            .observer = observer};
}

Result<std::unique_ptr<World>> make_simulated_world(SimulatedOptions options,
                                                    const std::string& record) {
    if (options.seed && options.scenario.is_object())
        options.scenario.set("seed", static_cast<std::int64_t>(*options.seed));
    auto cloud = RecordedCloud::make(options.scenario, record);
    if (!cloud)
        return Unexpected(std::move(cloud).error());
    return std::make_unique<SimulatedWorld>(*std::move(cloud), std::move(options.account),
                                            options.call_timeout);
}

Result<std::unique_ptr<World>> open_simulated_world(const std::string& record, AccountId account,
                                                    Milliseconds call_timeout) {
    auto cloud = RecordedCloud::open(record);
    if (!cloud)
        return Unexpected(std::move(cloud).error());
    return std::make_unique<SimulatedWorld>(*std::move(cloud), std::move(account), call_timeout);
}

Result<std::unique_ptr<World>> make_real_world(const Io& io, AccountId account,
                                               Milliseconds call_timeout) {
    auto token = io.environment("SPOTINST_TOKEN");
    if (!token || token->empty())
        return fail(ErrorCategory::unauthenticated,
                    "there is no token for Spot; set SPOTINST_TOKEN in the environment to one of "
                    "the account");
    return std::make_unique<RealWorld>(io, *std::move(token), std::move(account), call_timeout);
}

} // namespace elastiroll::cli
