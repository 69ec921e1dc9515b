#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/base/secret.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/ports/call_client.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace elastiroll::spot {

struct ClientOptions {
    std::string base_url = "https://api.spotinst.io"; ///< no trailing slash
    AccountId account{};                              ///< sent with every call
    Secret token{}; ///< sent as `Authorization: Bearer`; never shown
    std::string user_agent{};
    Milliseconds call_timeout{30'000}; ///< of one request; never beyond the call's deadline
    int in_flight_max = 32;            ///< requests at one time
    std::uint64_t seed = 1;            ///< of the retries' jitter: equal seeds, equal runs
};

/// A CallClient for Spot's Elastigroup API. One per account and token, shared by the executions it
/// is given to. Memory is bounded by the calls in flight.
std::unique_ptr<CallClient> make_client(const ClientOptions& options);

/// Where a token is to be looked for; all empty: as Spot's tools do.
struct CredentialOptions {
    std::string profile{};   ///< of the credentials file; beats the environment's token
    std::string token_env{}; ///< the name of an environment variable that holds the token
};

struct Credentials {
    Secret token{};
    AccountId account{};  ///< may be empty
    std::string source{}; ///< for people: "SPOTINST_TOKEN", "profile ci of ~/.spotinst/credentials"

    bool operator==(const Credentials&) const = default;
};

/// SPOTINST_TOKEN and SPOTINST_ACCOUNT, then the file SPOTINST_CREDENTIALS_FILE
/// (~/.spotinst/credentials), profile SPOTINST_CREDENTIALS_PROFILE (`default`): as INI
/// (`[profile]`, `token`, `account`) or as JSON (`{"token", "account"}`, also one such object for
/// each profile). `read_file` fails with not_found where there is no file.
///
/// Fails with unauthenticated; the details are the places, each with why it had none.
Result<Credentials>
find_credentials(const CredentialOptions& options,
                 const std::function<std::optional<std::string>(const std::string&)>& environment,
                 const std::function<Result<std::string>(const std::string& path)>& read_file);

} // namespace elastiroll::spot
