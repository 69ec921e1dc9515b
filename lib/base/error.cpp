#include <elastiroll/base/error.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace elastiroll {
namespace {

constexpr std::array all_categories = {
    ErrorCategory::invalid_argument,
    ErrorCategory::not_found,
    ErrorCategory::conflict,
    ErrorCategory::unauthenticated,
    ErrorCategory::permission_denied,
    ErrorCategory::throttled,
    ErrorCategory::unavailable,
    ErrorCategory::timeout,
    ErrorCategory::rejected,
    ErrorCategory::protocol,
    ErrorCategory::drift,
    ErrorCategory::lock_held,
    ErrorCategory::cancelled,
    ErrorCategory::internal,
};

std::string remote_line(const RemoteError& remote) {
    std::string line = "  the service answered";
    if (remote.http_status != 0)
        line += fmt::format(" HTTP {}", remote.http_status);
    if (!remote.code.empty())
        line += fmt::format(" {}", remote.code);
    if (!remote.message.empty())
        line += fmt::format(": {}", remote.message);
    if (!remote.request_id.empty())
        line += fmt::format(" (request {})", remote.request_id);
    return line;
}

} // namespace

std::string_view to_string(ErrorCategory category) noexcept {
    switch (category) {
    case ErrorCategory::invalid_argument: return "invalid_argument";
    case ErrorCategory::not_found: return "not_found";
    case ErrorCategory::conflict: return "conflict";
    case ErrorCategory::unauthenticated: return "unauthenticated";
    case ErrorCategory::permission_denied: return "permission_denied";
    case ErrorCategory::throttled: return "throttled";
    case ErrorCategory::unavailable: return "unavailable";
    case ErrorCategory::timeout: return "timeout";
    case ErrorCategory::rejected: return "rejected";
    case ErrorCategory::protocol: return "protocol";
    case ErrorCategory::drift: return "drift";
    case ErrorCategory::lock_held: return "lock_held";
    case ErrorCategory::cancelled: return "cancelled";
    case ErrorCategory::internal: return "internal";
    }
    return "internal";
}

std::optional<ErrorCategory> error_category_from(std::string_view text) noexcept {
    for (const ErrorCategory category : all_categories) {
        if (to_string(category) == text)
            return category;
    }
    return std::nullopt;
}

Error with_context(Error error, std::string_view doing) {
    error.message = fmt::format("{}: {}", doing, error.message);
    return error;
}

std::string to_string(const Error& error) {
    std::string text = error.message;
    for (const ErrorDetail& detail : error.details) {
        text += fmt::format("\n  {}: {}", detail.path, detail.message);
        if (!detail.fix.empty())
            text += fmt::format(" ({})", detail.fix);
    }
    if (error.remote)
        text += '\n' + remote_line(*error.remote);
    return text;
}

} // namespace elastiroll
