#include "wiring.hpp"

#include <elastiroll/adapters/http.hpp>
#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/adapters/spot.hpp>

#include <utility>

namespace elastiroll::capi {
namespace {

/// A client of a cloud that others use too.
class CloudTransport final : public HttpTransport {
public:
    explicit CloudTransport(std::shared_ptr<SharedCloud> shared) : shared_(std::move(shared)) {
        const std::scoped_lock lock(shared_->mutex);
        inner_ = sim::make_transport(shared_->cloud);
    }
    CloudTransport(const CloudTransport&) = delete;
    CloudTransport& operator=(const CloudTransport&) = delete;
    ~CloudTransport() override {
        const std::scoped_lock lock(shared_->mutex);
        inner_.reset();
    }

    void start(HttpRequestId id, HttpRequest request) override {
        const std::scoped_lock lock(shared_->mutex);
        inner_->start(id, std::move(request));
    }
    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        const std::scoped_lock lock(shared_->mutex);
        return inner_->poll(wait);
    }

private:
    std::shared_ptr<SharedCloud> shared_;
    std::unique_ptr<HttpTransport> inner_;
};

class CloudClock final : public Clock {
public:
    explicit CloudClock(std::shared_ptr<SharedCloud> shared) : shared_(std::move(shared)) {}
    TimePoint now() override {
        const std::scoped_lock lock(shared_->mutex);
        return shared_->cloud.now();
    }

private:
    std::shared_ptr<SharedCloud> shared_;
};

/// Lends the transport of a remote cloud, and owns it.
class RemoteTransport final : public HttpTransport {
public:
    explicit RemoteTransport(std::shared_ptr<sim::RemoteCloud> remote)
        : remote_(std::move(remote)) {}
    void start(HttpRequestId id, HttpRequest request) override {
        remote_->transport().start(id, std::move(request));
    }
    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        return remote_->transport().poll(wait);
    }

private:
    std::shared_ptr<sim::RemoteCloud> remote_;
};

class RemoteClock final : public Clock {
public:
    explicit RemoteClock(std::shared_ptr<const sim::RemoteCloud> remote)
        : remote_(std::move(remote)) {}
    TimePoint now() override { return remote_->now(); }

private:
    std::shared_ptr<const sim::RemoteCloud> remote_;
};

http::CurlOptions curl_options(const ClientConfig& config) {
    http::CurlOptions options;
    if (config.uses_environment)
        options = http::options_from(aws::process_surroundings().environment);
    const auto prefer = [](std::string& option, const std::string& given) {
        if (!given.empty())
            option = given;
    };
    prefer(options.ca_bundle, config.ca_bundle);
    prefer(options.https_proxy, config.https_proxy);
    prefer(options.http_proxy, config.http_proxy);
    prefer(options.no_proxy, config.no_proxy);
    return options;
}

/// AWS's credentials from a host's callback, asked again where they are about to expire.
class HookProvider final : public aws::CredentialProvider {
public:
    explicit HookProvider(Hook<elr_credentials_fn> hook) : hook_(std::move(hook)) {}

    std::optional<Result<aws::Credentials>> get(TimePoint now) override {
        constexpr Milliseconds ahead{60'000};
        const bool is_old =
            present_ && present_->expires_at && *present_->expires_at - ahead <= now;
        if (!present_ || is_old) {
            auto fresh = ask();
            if (!fresh)
                return Result<aws::Credentials>(Unexpected(std::move(fresh).error()));
            present_ = *std::move(fresh);
        }
        return Result<aws::Credentials>(*present_);
    }
    void reject(const aws::Credentials& credentials, TimePoint /*now*/) override {
        if (present_ && *present_ == credentials)
            present_.reset();
    }
    std::vector<CallClient::Outgoing> requests(TimePoint /*now*/) override { return {}; }
    void on_response(HttpRequestId /*id*/, HttpResult /*result*/, TimePoint /*now*/) override {}
    std::optional<TimePoint> next_wake() const override { return std::nullopt; }

private:
    Result<aws::Credentials> ask() const {
        elr_credentials given{};
        given.struct_size = sizeof given;
        if (hook_(ELR_SERVICE_AWS, &given) != ELR_OK || !given.aws_access_key_id ||
            !given.aws_secret_access_key)
            return fail(ErrorCategory::unauthenticated,
                        "the host's credentials callback gave none for AWS");
        aws::Credentials credentials{.access_key_id = given.aws_access_key_id,
                                     .secret_access_key = Secret(given.aws_secret_access_key),
                                     .source = "the host"};
        if (given.aws_session_token)
            credentials.session_token = Secret(given.aws_session_token);
        if (given.aws_expires_at_ms > 0)
            credentials.expires_at = TimePoint(Milliseconds(given.aws_expires_at_ms));
        return credentials;
    }

    Hook<elr_credentials_fn> hook_;
    std::optional<aws::Credentials> present_{};
};

constexpr std::string_view simulated = "simulated";

} // namespace

Result<Wire> make_wire(const std::shared_ptr<const ClientConfig>& config) {
    if (config->cloud)
        return Wire{std::make_unique<CloudTransport>(config->cloud),
                    std::make_unique<CloudClock>(config->cloud), true};
    auto curl = http::make_curl_transport(curl_options(*config));
    if (config->sim_url.empty())
        return Wire{std::move(curl), make_system_clock(), false};
    auto remote = sim::connect_remote_cloud(config->sim_url, std::move(curl));
    if (!remote)
        return Unexpected(std::move(remote).error());
    const std::shared_ptr<sim::RemoteCloud> shared = *std::move(remote);
    return Wire{std::make_unique<RemoteTransport>(shared), std::make_unique<RemoteClock>(shared),
                true};
}

Result<ServiceClients> Accounts::clients_for(const DeploymentSpec& spec) {
    const std::tuple key{spec.line.account, spec.line.region,
                         spec.credentials.profile + '\n' + spec.credentials.token_env + '\n' +
                             spec.credentials.aws_profile};
    auto found = accounts_.find(key);
    if (found == accounts_.end()) {
        auto account = connect(spec);
        if (!account)
            return Unexpected(std::move(account).error());
        found = accounts_.emplace(key, *std::move(account)).first;
    }
    return ServiceClients{found->second.spot.get(), found->second.aws.get()};
}

Result<Accounts::Account> Accounts::connect(const DeploymentSpec& spec) const {
    auto token = spot_token(spec);
    if (!token)
        return Unexpected(std::move(token).error());
    spot::ClientOptions options{.account = spec.line.account,
                                .token = *std::move(token),
                                .user_agent = config_->user_agent,
                                .call_timeout = spec.timing.call_timeout,
                                .seed = seed_};
    if (!config_->sim_url.empty())
        options.base_url = config_->sim_url;
    if (!config_->spot_base_url.empty())
        options.base_url = config_->spot_base_url;
    return Account{spot::make_client(options), aws_client(spec)};
}

Result<Secret> Accounts::spot_token(const DeploymentSpec& spec) const {
    if (!config_->spot_token.empty())
        return config_->spot_token;
    if (config_->credentials && !is_driven_) {
        elr_credentials given{};
        given.struct_size = sizeof given;
        if (config_->credentials(ELR_SERVICE_SPOT, &given) != ELR_OK || !given.spot_token)
            return fail(ErrorCategory::unauthenticated,
                        "the host's credentials callback gave none for Spot");
        return Secret(given.spot_token);
    }
    if (is_simulated())
        return Secret(std::string(simulated));
    if (!config_->uses_environment)
        return fail(ErrorCategory::unauthenticated,
                    "there is no token for Spot: set the client's spot_token, credentials or "
                    "uses_environment");
    const auto surroundings = aws::process_surroundings();
    auto found = spot::find_credentials(
        {.profile = spec.credentials.profile, .token_env = spec.credentials.token_env},
        surroundings.environment, surroundings.read_file);
    if (!found)
        return Unexpected(std::move(found).error());
    return std::move(found->token);
}

std::shared_ptr<aws::CredentialProvider>
Accounts::aws_credentials(const DeploymentSpec& spec) const {
    if (!config_->aws_access_key_id.empty())
        return aws::make_static_credentials({.access_key_id = config_->aws_access_key_id,
                                             .secret_access_key = config_->aws_secret_access_key,
                                             .session_token = config_->aws_session_token,
                                             .source = "the host"});
    if (config_->credentials && !is_driven_)
        return std::make_shared<HookProvider>(config_->credentials);
    if (is_simulated())
        return aws::make_static_credentials({.access_key_id = std::string(simulated),
                                             .secret_access_key = Secret(std::string(simulated))});
    if (!config_->uses_environment)
        return nullptr;
    return aws::make_credential_chain(
        {.profile = spec.credentials.aws_profile, .region = spec.line.region, .seed = seed_},
        aws::process_surroundings());
}

std::unique_ptr<CallClient> Accounts::aws_client(const DeploymentSpec& spec) const {
    auto credentials = aws_credentials(spec);
    if (!credentials)
        return nullptr;
    aws::ClientOptions options{.region = spec.line.region,
                               .credentials = std::move(credentials),
                               .user_agent = config_->user_agent,
                               .call_timeout = spec.timing.call_timeout,
                               .seed = seed_};
    std::string endpoint = config_->aws_endpoint_url;
    if (endpoint.empty())
        endpoint = config_->sim_url;
    if (!endpoint.empty())
        options.endpoints.override_of = [endpoint](const std::string&) { return endpoint; };
    else if (config_->uses_environment)
        options.endpoints =
            aws::endpoints_of({.profile = spec.credentials.aws_profile, .region = spec.line.region},
                              aws::process_surroundings());
    return aws::make_client(options);
}

} // namespace elastiroll::capi
