#pragma once

#include "handles.hpp"

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace elastiroll::capi {

/// How requests travel and what time it is, for one blocking run.
struct Wire {
    std::unique_ptr<HttpTransport> transport{};
    std::unique_ptr<Clock> clock{};
    bool is_virtual = false; ///< time passes only by waiting
};
/// Fails where a simulated cloud's server does not answer.
Result<Wire> make_wire(const std::shared_ptr<const ClientConfig>& config);

/// The clients of a client handle's accounts, made when they are needed.
class Accounts final : public ClientSource {
public:
    /// `is_driven`: credentials are never asked for by callback.
    Accounts(std::shared_ptr<const ClientConfig> config, std::uint64_t seed, bool is_driven)
        : config_(std::move(config)), seed_(seed), is_driven_(is_driven) {}

    Result<ServiceClients> clients_for(const DeploymentSpec& spec) override;

private:
    struct Account {
        std::unique_ptr<CallClient> spot{};
        std::unique_ptr<CallClient> aws{};
    };

    Result<Account> connect(const DeploymentSpec& spec) const;
    Result<Secret> spot_token(const DeploymentSpec& spec) const;
    std::unique_ptr<CallClient> aws_client(const DeploymentSpec& spec) const;
    std::shared_ptr<aws::CredentialProvider> aws_credentials(const DeploymentSpec& spec) const;
    bool is_simulated() const { return config_->cloud || !config_->sim_url.empty(); }

    std::shared_ptr<const ClientConfig> config_;
    std::uint64_t seed_;
    bool is_driven_;
    std::map<std::tuple<AccountId, Region, std::string>, Account> accounts_{};
};

} // namespace elastiroll::capi
