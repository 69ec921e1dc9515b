#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/base/secret.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/ports/http.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll::aws {

/// What requests are signed with.
struct Credentials {
    std::string access_key_id{};
    Secret secret_access_key{};
    Secret session_token{};                ///< empty: long-term credentials
    std::optional<TimePoint> expires_at{}; ///< empty: never
    std::string source{}; ///< where they came from, for people: "profile ci of ~/.aws/credentials"

    bool operator==(const Credentials&) const = default;
};

/// What the credential chain reads of its process and machine. Every function may be called on the
/// thread that uses the provider, and at any time while it lives.
struct Surroundings {
    /// An environment variable; empty where it is not set.
    std::function<std::optional<std::string>(const std::string& name)> environment{};
    /// A file's bytes. Fails with not_found where there is none.
    std::function<Result<std::string>(const std::string& path)> read_file{};
    /// Runs a command line, split into words as a shell does it but without a shell, to its end,
    /// and gives its standard output. Blocks. Empty: `credential_process` is refused.
    std::function<Result<std::string>(const std::string& command)> run_process{};
};

/// Those of this process. A command of `credential_process` has 60 s and 64 KiB.
Surroundings process_surroundings();

/// Gives credentials. Sans-I/O, as CallClient: it makes requests and is told of their answers.
class CredentialProvider {
public:
    virtual ~CredentialProvider();

    /// Credentials that are valid for a while yet, or why there are none. Empty: they are being
    /// fetched; pump requests() and ask again after on_response(). Asking starts the fetch (one at
    /// a time, however often it is asked), and a refresh ahead of expiry, during which the present
    /// ones are given as long as they are valid.
    virtual std::optional<Result<Credentials>> get(TimePoint now) = 0;
    /// A service refused them as expired or unknown: the next get() fetches anew, where it can.
    virtual void reject(const Credentials& credentials, TimePoint now) = 0;

    /// Requests to start now; each is answered by on_response(), exactly once. Ids are unique
    /// within this provider for ever.
    virtual std::vector<CallClient::Outgoing> requests(TimePoint now) = 0;
    virtual void on_response(HttpRequestId id, HttpResult result, TimePoint now) = 0;
    /// When requests() has something to do by itself; empty: never.
    virtual std::optional<TimePoint> next_wake() const = 0;
};

/// How a profile and its region are found.
struct ChainOptions {
    std::string profile{};  ///< empty: AWS_PROFILE, else `default`
    Region region{};        ///< for STS; empty: as region_of()
    std::uint64_t seed = 1; ///< of the jitter of retries
};

/// The credentials of the process's surroundings, in AWS's order: environment, web identity,
/// profile (assume role, SSO, static, credential_process), container, instance metadata.
///
/// Fails, through get(), with unauthenticated; the message lists every place that was looked at and
/// why each had none. Source: AWS SDKs and tools reference, "Credential provider chain".
std::unique_ptr<CredentialProvider> make_credential_chain(ChainOptions options,
                                                          Surroundings surroundings);
/// Always these.
std::unique_ptr<CredentialProvider> make_static_credentials(Credentials credentials);

/// AWS_REGION, AWS_DEFAULT_REGION, else the profile's `region`; empty where none says.
Region region_of(const ChainOptions& options, const Surroundings& surroundings);

/// Where services are reached, if not at their regional endpoints.
struct Endpoints {
    /// The base URL of `service` ("ec2", "elastic load balancing v2", ...); empty: the regional
    /// one. See endpoints_of().
    std::function<std::string(const std::string& service)> override_of{};
};
/// AWS_ENDPOINT_URL_<SERVICE> (`EC2`, `ELASTIC_LOAD_BALANCING_V2`, `STS`, `SSM`, `SSO`, `IAM`),
/// AWS_ENDPOINT_URL, then the profile's; none where AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true.
/// Source: AWS SDKs and tools reference, "Service-specific endpoints".
Endpoints endpoints_of(const ChainOptions& options, const Surroundings& surroundings);

struct ClientOptions {
    Region region{};
    std::shared_ptr<CredentialProvider> credentials{}; ///< shared by the clients of several regions
    Endpoints endpoints{};
    std::string user_agent{};
    Milliseconds call_timeout{30'000}; ///< of one request; never beyond the call's deadline
    int in_flight_max = 32;            ///< requests at one time
    std::uint64_t seed = 1;            ///< of the retries' jitter: equal seeds, equal runs
};

/// A CallClient for the AWS calls of one region. Memory is bounded by the calls in flight. Null
/// where this build has no AWS client (`-Daws=disabled`), as the providers are then.
std::unique_ptr<CallClient> make_client(const ClientOptions& options);

} // namespace elastiroll::aws
