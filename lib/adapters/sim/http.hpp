#pragma once

#include "adapters/sim/call_kind.hpp"

#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/http.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::sim {

/// A request's address, taken apart. Points into the request's url.
struct Address {
    std::string_view path{};  ///< `/aws/ec2/group/sig-1/capacity`
    std::string_view query{}; ///< without the question mark
    CallKind kind = CallKind::unknown;
    bool is_aws = false;      ///< sent to AWS, be it of a known kind or not
    std::string_view group{}; ///< the id in the path; empty for list and create
};

Address parse_address(const HttpRequest& request);

/// Every `name=value` of a query or form, in order; values are decoded.
void for_each_value(std::string_view query,
                    const std::function<void(std::string_view, const std::string&)>& take);
/// The first value of a query parameter, percent-decoded; empty where it is absent.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// What an envelope says about the request.
struct Echo {
    std::string id{};
    std::string_view url{};
    std::string_view method{};
    TimePoint at{};
};

struct ApiError {
    std::string code{};
    std::string message{};
    std::string field{}; ///< may be empty
};

std::string_view reason_phrase(int status) noexcept;

/// The envelope of a success; `items` is the inside of the array.
std::string items_envelope(const Echo& echo, std::string_view kind, std::string_view items,
                           int count);
/// The envelope of a success without items.
std::string bare_envelope(const Echo& echo);
std::string error_envelope(const Echo& echo, int status, const std::vector<ApiError>& errors);
/// 429 has no errors but a text under `response.data`.
std::string throttled_envelope(const Echo& echo);

} // namespace elastiroll::sim
