#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// What the caller can do about a failure. The set is part of the API: the C status codes, the exit
/// statuses and the engine's failure table are all functions of it.
enum class ErrorCategory : std::uint8_t {
    invalid_argument,  ///< the input is wrong; mend it and call again
    not_found,         ///< what was named does not exist
    conflict,          ///< the world is not in a state in which this may be done
    unauthenticated,   ///< the credentials are missing, wrong or expired
    permission_denied, ///< the credentials are right and not allowed to do this
    throttled,         ///< too many calls; later
    unavailable,       ///< no answer, or an answer that says "not now"
    timeout,           ///< a deadline of ours passed
    rejected,          ///< the service understood and refused for good
    protocol,          ///< an answer that cannot be understood
    drift,             ///< somebody else changed what a step relies on
    lock_held,         ///< another run holds the lease of the line
    cancelled,         ///< a person asked for it
    internal,          ///< a bug of ours
};

/// The category's name as it appears in JSON, logs and C (`lock_held`). The text is static.
std::string_view to_string(ErrorCategory category) noexcept;

/// The inverse of to_string(); empty where the text names no category.
std::optional<ErrorCategory> error_category_from(std::string_view text) noexcept;

/// One finding in an input: where, what is wrong and, where there is one, the fix.
struct ErrorDetail {
    std::string path{};    ///< JSON path (`$.workflows[0].phases`) or `line:column`
    std::string message{}; ///< what is wrong there
    std::string fix{};     ///< what to write instead; may be empty

    bool operator==(const ErrorDetail&) const = default;
};

/// What a remote service said, for those who must ask its operators.
struct RemoteError {
    int http_status = 0;      ///< 0 where no answer arrived
    std::string code{};       ///< the service's own code (`CANT_VALIDATE_IMAGE`); may be empty
    std::string message{};    ///< the service's own words; may be empty
    std::string request_id{}; ///< may be empty

    bool operator==(const RemoteError&) const = default;
};

/// A failure as a value. The message says what was being done, to what, what happened and what to
/// do next, in one line and without secrets.
struct Error {
    ErrorCategory category = ErrorCategory::internal;
    std::string message{};
    std::vector<ErrorDetail> details{};
    std::optional<RemoteError> remote{};

    bool operator==(const Error&) const = default;
};

/// `error` with "`doing`: " put before its message. Category, details and origin stay.
Error with_context(Error error, std::string_view doing);

/// The message, then one line per detail (`  path: message (fix)`), then the remote origin.
/// Ends without a line feed.
std::string to_string(const Error& error);

} // namespace elastiroll
