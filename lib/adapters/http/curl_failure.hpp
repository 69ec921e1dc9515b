#pragma once

#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/http.hpp>

#include <string>
#include <string_view>

namespace elastiroll::http {

/// What is known of a transfer that ended without an answer.
struct FailedTransfer {
    int code = 0; ///< a CURLcode
    /// Whether anything of the request may have left this machine on its connection.
    bool was_sent = false;
    int proxy_status = 0;       ///< the proxy's answer to being asked to connect; 0: none
    bool is_over_limit = false; ///< the answer was longer than the limit
    std::size_t body_bytes_max = 0;
    std::string detail{};   ///< curl's own words
    std::string host{};     ///< `api.spotinst.io:443`
    std::string proxy{};    ///< `proxy:3128`, without user and password; empty: none
    Milliseconds timeout{}; ///< of the request
};

/// `host:port` of a URL; nothing else of it, since paths, queries and user names may be secret.
std::string host_of(std::string_view url);

/// The failure in words, and whether the request cannot have reached the server. Where that is not
/// certain it may have.
HttpFailure failure_of(const FailedTransfer& transfer);

} // namespace elastiroll::http
