#pragma once

#include <elastiroll/base/secret.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/ports/spot_call.hpp>

#include <string>
#include <string_view>

namespace elastiroll::spot {

/// What every request carries besides its call.
struct EncodeOptions {
    std::string base_url{}; ///< trailing slashes are dropped
    AccountId account{};
    Secret token{};
    std::string user_agent{}; ///< empty: no such header
    Milliseconds timeout{30'000};
};

/// What Spot's limiter counts a call against: it counts per organisation, route and method.
/// Each kind of call has a route of its own, so that SpotCall::index() names it too.
struct Route {
    std::string_view method{};
    std::string_view path{}; ///< with `{groupId}` in the id's place
    auto operator<=>(const Route&) const = default;
};

Route route_of(const SpotCall& call) noexcept;

/// Fails with invalid_argument where `call` must not be sent: an empty group id would make the
/// request one for all groups, an empty account one for the organisation's oldest account.
Result<void> check_call(const SpotCall& call, const EncodeOptions& options);

/// The absolute URL of `call`: what tells identical reads.
std::string encode_url(const SpotCall& call, const EncodeOptions& options);

/// The request of `call`, which check_call() accepts.
/// Source: Spot's OpenAPI, paths under /aws/ec2/group.
HttpRequest encode(const SpotCall& call, const EncodeOptions& options);

struct Decoded {
    Result<SpotReply> reply;
    std::string request_id{}; ///< Spot's; may be empty
    /// Whether a failure says for sure that the call had no effect. A 5xx, a proxy's page and what
    /// cannot be read do not: the call may have been applied.
    bool is_effect_known = true;
};

/// The answer to `call`. Whatever the bytes are, they end in a reply or an Error: not_found,
/// unauthenticated, permission_denied, throttled, unavailable, rejected or protocol.
///
/// Texts of the Error are the service's and neither shortened nor searched for secrets: seal() is
/// to do that before anybody sees them.
Decoded decode(const SpotCall& call, const HttpResponse& response);

/// Whether an instance with this word in Spot's `status` is on its way out.
bool is_draining_status(std::string_view status);

} // namespace elastiroll::spot
