#include "adapters/http/curl_failure.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

namespace elastiroll::http {
namespace {

/// Errors that end a transfer before there is a connection that a request could be sent on.
bool is_before_sending(int code) {
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_FAILED_INIT:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_PROXY:
    case CURLE_NO_CONNECTION_AVAILABLE: return true;
    default: return false;
    }
}

bool mentions(const FailedTransfer& transfer, std::string_view words) {
    return transfer.detail.find(words) != std::string::npos;
}

/// OpenSSL's words for what is wrong with a certificate, as curl passes them on.
std::string certificate_trouble(const FailedTransfer& transfer) {
    if (mentions(transfer, "expired"))
        return fmt::format("the certificate of {} has expired", transfer.host);
    if (mentions(transfer, "does not match") || mentions(transfer, "no alternative certificate"))
        return fmt::format("the certificate of {} is for another name", transfer.host);
    return fmt::format("the certificate of {} is not from a trusted authority ({}); where a proxy "
                       "or a private authority signs, name its CA bundle",
                       transfer.host, transfer.detail);
}

std::string words_of(const FailedTransfer& transfer) {
    const std::string& host = transfer.host;
    switch (transfer.code) {
    case CURLE_COULDNT_RESOLVE_HOST: return fmt::format("there is no address for {}", host);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return fmt::format("there is no address for the proxy {}", transfer.proxy);
    case CURLE_COULDNT_CONNECT:
        return fmt::format("connection refused by {} ({})",
                           transfer.proxy.empty() ? host : "the proxy " + transfer.proxy,
                           transfer.detail);
    case CURLE_PROXY:
        return fmt::format("the proxy {} did not connect to {} ({})", transfer.proxy, host,
                           transfer.detail);
    case CURLE_SSL_CONNECT_ERROR:
        return fmt::format("no TLS connection to {} ({}); TLS 1.2 or newer is needed", host,
                           transfer.detail);
    case CURLE_PEER_FAILED_VERIFICATION: return certificate_trouble(transfer);
    case CURLE_SSL_CACERT_BADFILE:
        return fmt::format("the CA bundle cannot be read ({})", transfer.detail);
    case CURLE_OPERATION_TIMEDOUT:
        return transfer.was_sent
                   ? fmt::format("no whole answer from {} within {}", host,
                                 format_duration(transfer.timeout))
                   : fmt::format("no connection to {} in time ({})", host, transfer.detail);
    case CURLE_GOT_NOTHING: return fmt::format("{} closed the connection without an answer", host);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return fmt::format("the connection to {} broke ({})", host, transfer.detail);
    case CURLE_PARTIAL_FILE:
        return fmt::format("the answer of {} was cut off ({})", host, transfer.detail);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return fmt::format("{} does not speak HTTP ({})", host, transfer.detail);
    default: break;
    }
    return fmt::format("the request to {} failed ({})", host, transfer.detail);
}

} // namespace

std::string host_of(std::string_view url) {
    const auto scheme_end = url.find("://");
    const bool is_https = url.starts_with("https");
    url.remove_prefix(scheme_end == std::string_view::npos ? 0 : scheme_end + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto user = url.rfind('@'); user != std::string_view::npos)
        url.remove_prefix(user + 1);
    const std::string host(url);
    const bool has_port =
        host.find(':', host.rfind(']') == std::string::npos ? 0 : host.rfind(']')) !=
        std::string::npos;
    return has_port ? host : fmt::format("{}:{}", host, is_https ? 443 : 80);
}

HttpFailure failure_of(const FailedTransfer& transfer) {
    if (transfer.proxy_status >= 300 && !transfer.was_sent)
        return {.is_unsent = true,
                .message = fmt::format("the proxy {} answered {} instead of connecting to {}",
                                       transfer.proxy, transfer.proxy_status, transfer.host)};
    if (transfer.is_over_limit)
        return {.message = fmt::format("the answer of {} is longer than {} bytes", transfer.host,
                                       transfer.body_bytes_max)};
    return {.is_unsent = !transfer.was_sent && (is_before_sending(transfer.code) ||
                                                transfer.code == CURLE_OPERATION_TIMEDOUT),
            .message = words_of(transfer)};
}

} // namespace elastiroll::http
