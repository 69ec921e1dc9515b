#include "cli/world.hpp"

#include "cli/recorded_cloud.hpp"
#include "cli/version.hpp"

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/adapters/http.hpp>
#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/adapters/store.hpp>

#include <fmt/format.h>

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

std::string user_agent() { return "elastiroll/" + std::string(version); }

class SimulatedWorld final : public World {
public:
    SimulatedWorld(std::unique_ptr<RecordedCloud> cloud, Place place) : cloud_(std::move(cloud)) {
        const std::string_view token = text_or(cloud_->scenario().find("token"), "simulated");
        const auto seed = static_cast<std::uint64_t>(number_or(cloud_->scenario().find("seed"), 1));
        client_ = spot::make_client({.account = std::move(place.account),
                                     .token = Secret(std::string(token)),
                                     .user_agent = user_agent(),
                                     .call_timeout = place.call_timeout,
                                     .seed = seed});
        aws_ = aws::make_client(
            {.region = std::move(place.region),
             .credentials = aws::make_static_credentials(
                 {.access_key_id = "SIMULATED", .secret_access_key = Secret("simulated")}),
             .user_agent = user_agent(),
             .call_timeout = place.call_timeout,
             .seed = seed});
        store_ = store::make_memory_store();
        clock_ = std::make_unique<CloudClock>(cloud_->cloud());
    }

    bool is_simulated() const noexcept override { return true; }
    std::vector<sim::GroupView> groups() const override { return cloud_->cloud().groups(); }

private:
    HttpTransport& transport() noexcept override { return cloud_->transport(); }

    std::unique_ptr<RecordedCloud> cloud_;
};

Result<spot::Credentials> credentials_for(const Io& io, const CredentialsReference& reference) {
    return spot::find_credentials({.profile = reference.profile, .token_env = reference.token_env},
                                  io.environment, io.read_file);
}

class RealWorld final : public World {
public:
    RealWorld(const Io& io, const Place& place)
        : transport_(io.make_transport
                         ? io.make_transport()
                         : http::make_curl_transport(http::options_from(io.environment))) {
        store_ = store::make_memory_store();
        clock_ = io.make_clock();
        // Runners that start together must not repeat their calls together.
        seed_ = static_cast<std::uint64_t>(clock_->now().time_since_epoch().count());
        connect_aws(io, place);
    }

    void connect_spot(const Io& io, const Place& place, Secret token) {
        const std::string base_url = io.environment("SPOTINST_BASE_URL").value_or("");
        client_ = spot::make_client(
            {.base_url = base_url.empty() ? spot::ClientOptions().base_url : base_url,
             .account = place.account,
             .token = std::move(token),
             .user_agent = user_agent(),
             .call_timeout = place.call_timeout,
             .seed = seed_});
    }

    bool is_simulated() const noexcept override { return false; }
    std::vector<sim::GroupView> groups() const override { return {}; }

private:
    HttpTransport& transport() noexcept override { return *transport_; }

    /// Credentials are only looked for when a call needs them.
    void connect_aws(const Io& io, const Place& place) {
        const aws::Surroundings surroundings{.environment = io.environment,
                                             .read_file = io.read_file,
                                             .run_process =
                                                 aws::process_surroundings().run_process};
        const aws::ChainOptions chain{
            .profile = place.aws_profile, .region = place.region, .seed = seed_};
        const Region region = aws::region_of(chain, surroundings);
        aws_ = aws::make_client({.region = region,
                                 .credentials = aws::make_credential_chain(chain, surroundings),
                                 .endpoints = aws::endpoints_of(chain, surroundings),
                                 .user_agent = user_agent(),
                                 .call_timeout = place.call_timeout,
                                 .seed = seed_});
    }

    std::unique_ptr<HttpTransport> transport_;
    std::uint64_t seed_ = 0;
};

} // namespace

World::~World() = default;

Place place_of(const DeploymentSpec& spec) {
    return {spec.line.account, spec.line.region, spec.credentials.aws_profile,
            spec.timing.call_timeout};
}

RuntimePorts World::ports(Observer* observer) {
    return {.client = client_.get(),
            .transport = &transport(),
            .store = store_.get(),
            .clock = clock_.get(),
            .observer = observer,
            .aws = aws_.get()};
}

Result<std::unique_ptr<World>> make_simulated_world(SimulatedOptions options,
                                                    const std::string& record) {
    if (options.seed && options.scenario.is_object())
        options.scenario.set("seed", static_cast<std::int64_t>(*options.seed));
    auto cloud = RecordedCloud::make(options.scenario, record);
    if (!cloud)
        return Unexpected(std::move(cloud).error());
    return std::make_unique<SimulatedWorld>(*std::move(cloud), std::move(options.place));
}

Result<std::unique_ptr<World>> open_simulated_world(const std::string& record, Place place) {
    auto cloud = RecordedCloud::open(record);
    if (!cloud)
        return Unexpected(std::move(cloud).error());
    return std::make_unique<SimulatedWorld>(*std::move(cloud), std::move(place));
}

Result<std::unique_ptr<World>> make_real_world(const Io& io, const DeploymentSpec& spec) {
    auto credentials = credentials_for(io, spec.credentials);
    if (!credentials) {
        Error error = std::move(credentials).error();
        error.message += "; to try it without an account, add --simulate";
        return Unexpected(std::move(error));
    }
    auto world = std::make_unique<RealWorld>(io, place_of(spec));
    world->connect_spot(io, place_of(spec), std::move(credentials->token));
    return world;
}

std::unique_ptr<World> make_examined_world(const Io& io,
                                           const std::optional<DeploymentSpec>& spec) {
    auto credentials = credentials_for(io, spec ? spec->credentials : CredentialsReference{});
    Place place = spec ? place_of(*spec) : Place{};
    if (credentials && place.account.empty())
        place.account = credentials->account;
    auto world = std::make_unique<RealWorld>(io, place);
    if (credentials)
        world->connect_spot(io, place, std::move(credentials->token));
    else
        world->without_token = std::move(credentials).error();
    return world;
}

} // namespace elastiroll::cli
