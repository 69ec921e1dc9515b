#pragma once

#include <elastiroll/base/error.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/ports/aws_call.hpp>
#include <elastiroll/ports/http.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace elastiroll::aws {

/// Fails with invalid_argument where `call` must not be sent: without the name or ARN it is about
/// it would ask for everything, or change something else.
Result<void> check_call(const AwsCall& call);

/// The request of `call`, to `url`, not yet signed; `page` as Decoded::next_page of the answer
/// before, or empty. Source: the API references of EC2, Elastic Load Balancing, STS, IAM (query
/// protocol) and Systems Manager (JSON 1.1).
HttpRequest encode(const AwsCall& call, std::string_view page, const std::string& url);

/// What a failure asks the client for, beside its category.
enum class Mending : std::uint8_t {
    none,
    credentials, ///< they have expired, or are not known any more: fetch others
    clock,       ///< ours differs from the service's
};

struct Decoded {
    Result<AwsReply> reply;
    std::string next_page{};  ///< empty: this was the last
    std::string request_id{}; ///< may be empty
    /// Whether a failure says for sure that the call had no effect.
    bool is_effect_known = true;
    Mending mending = Mending::none;
};

/// The answer to `call`. Whatever the bytes are, they end in a reply or an Error: not_found,
/// unauthenticated, permission_denied, throttled, unavailable, rejected or protocol. Texts of the
/// Error are the service's: seal() is to be called before anybody sees them.
Decoded decode(const AwsCall& call, const HttpResponse& response);

/// What a failed answer says, of any service. `doing`: "describe image ami-1".
struct Failure {
    Error error{};
    bool is_effect_known = true;
    Mending mending = Mending::none;
};
Failure failure_of(std::string_view doing, const HttpResponse& response);

/// Adds a page to those before it; both answer the same call.
void append_page(AwsReply& pages, AwsReply page);

} // namespace elastiroll::aws
