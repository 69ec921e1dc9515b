#pragma once

#include <elastiroll/base/secret.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/ports/call_client.hpp>

#include <cstdint>
#include <memory>
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

} // namespace elastiroll::spot
