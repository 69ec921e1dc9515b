#pragma once

#include <elastiroll/base/error.hpp>
#include <elastiroll/base/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll {

/// Chosen by who starts the request; unique among those in flight on one transport.
enum class HttpRequestId : std::uint64_t {};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method{}; ///< `GET`
    std::string url{};    ///< absolute, query included, percent-encoded
    HttpHeaders headers{};
    std::string body{};
    Milliseconds timeout{30'000}; ///< from start to the last byte of the answer

    bool operator==(const HttpRequest&) const = default;
};

/// An answer, whatever its status: a status is an answer, not an error.
struct HttpResponse {
    int status = 0;
    HttpHeaders headers{}; ///< names as received; compare them without case
    std::string body{};

    bool operator==(const HttpResponse&) const = default;
};

/// The value of header `name` (case ignored); empty where there is none.
std::string_view header_value(const HttpHeaders& headers, std::string_view name) noexcept;

/// No answer arrived.
struct HttpFailure {
    /// Whether the request cannot have reached the server (no address, refused, TLS failed), so
    /// that it is safe to send it again.
    bool is_unsent = false;
    std::string message{}; ///< for people: "connection refused by api.spotinst.io:443"

    bool operator==(const HttpFailure&) const = default;
};

using HttpResult = std::variant<HttpResponse, HttpFailure>;

struct HttpCompletion {
    HttpRequestId id{};
    HttpResult result{};
};

/// Carries requests. Used by one thread at a time; starts none.
class HttpTransport {
public:
    virtual ~HttpTransport();

    /// Starts a request. Never blocks, never fails: what goes wrong is a completion.
    virtual void start(HttpRequestId id, HttpRequest request) = 0;

    /// Completions since the last call, each exactly once. Waits for the first at most `wait`
    /// (0: not at all); returns early with none only when wait is over.
    virtual std::vector<HttpCompletion> poll(Milliseconds wait) = 0;
};

} // namespace elastiroll
