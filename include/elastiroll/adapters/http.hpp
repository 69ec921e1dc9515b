#pragma once

#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/http.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace elastiroll::http {

/// How requests travel. Verification of TLS certificates and host names is always on, and nothing
/// turns it off.
struct CurlOptions {
    /// File with the certificates of the authorities that are trusted, in PEM; empty: the system's.
    std::string ca_bundle{};
    /// Proxies by the scheme of the request, as curl writes them (`http://user@host:port`); empty:
    /// none. Their passwords are shown nowhere.
    std::string http_proxy{};
    std::string https_proxy{};
    std::string no_proxy{}; ///< hosts that are reached without one, as curl reads NO_PROXY
    /// Until the connection is there, name resolution and TLS included; never beyond the request's
    /// own timeout.
    Milliseconds connect_timeout{10'000};
    /// Connections at one time, in all; further requests wait for a free one.
    int connections_max = 256;
    /// Connections at one time to one host, where requests do not share one by HTTP/2.
    int connections_per_host_max = 64;
    /// A longer body is a failure. A list of 5,000 groups has about 20 MB.
    std::size_t body_bytes_max = std::size_t{128} * 1024 * 1024;
};

/// The options that the environment's variables ask for, as curl's command reads them: HTTPS_PROXY,
/// https_proxy, http_proxy (not HTTP_PROXY, which a CGI's client could set), ALL_PROXY, NO_PROXY;
/// and for the certificates AWS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, in this order. The
/// library reads no environment by itself.
CurlOptions
options_from(const std::function<std::optional<std::string>(const std::string& name)>& environment);

/// A transport over libcurl: connections are reused, HTTP/2 is used where it is offered, DNS
/// answers and TLS sessions are kept; thousands of requests are in flight on the caller's thread.
/// Redirects are answers: following one could carry credentials to another host. Starts no thread,
/// except that a libcurl built so (Debian's is) resolves names on threads of its own. May be
/// destroyed with requests in flight; they have no completion then.
std::unique_ptr<HttpTransport> make_curl_transport(const CurlOptions& options);

} // namespace elastiroll::http
