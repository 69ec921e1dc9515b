#pragma once

#include <elastiroll/adapters/http.hpp>

#include <string>
#include <utility>
#include <variant>

namespace elastiroll::test {

/// One request and what becomes of it, within its timeout.
inline HttpResult fetch(HttpTransport& transport, HttpRequest request) {
    transport.start(HttpRequestId{1}, std::move(request));
    for (;;) {
        for (HttpCompletion& one : transport.poll(Milliseconds(10'000)))
            return std::move(one.result);
    }
}

inline HttpResult fetch(HttpRequest request, const http::CurlOptions& options = {}) {
    const auto transport = http::make_curl_transport(options);
    return fetch(*transport, std::move(request));
}

/// For comparing: `200 body`, or `unsent: message`, `maybe sent: message`.
inline std::string text_of(const HttpResult& result) {
    if (const auto* response = std::get_if<HttpResponse>(&result))
        return std::to_string(response->status) + ' ' + response->body;
    const auto& failure = std::get<HttpFailure>(result);
    return (failure.is_unsent ? "unsent: " : "maybe sent: ") + failure.message;
}

} // namespace elastiroll::test
