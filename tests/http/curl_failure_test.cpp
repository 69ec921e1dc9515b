#include <doctest/doctest.h>

#include <adapters/http/curl_failure.hpp>

#include <string>

namespace elastiroll::curl_failure_test {
using http::host_of;

TEST_CASE("of a URL only host and port are shown") {
    CHECK(host_of("https://api.spotinst.io/aws?accountId=x") == "api.spotinst.io:443");
    CHECK(host_of("http://127.0.0.1:8080") == "127.0.0.1:8080");
    CHECK(host_of("http://user:p@ss@proxy.test:3128/") == "proxy.test:3128");
    CHECK(host_of("proxy.test:3128") == "proxy.test:3128");
    CHECK(host_of("http://[::1]/x") == "[::1]:80");
    CHECK(host_of("http://[::1]:9/x") == "[::1]:9");
}

TEST_CASE("a request counts as unsent only where it cannot have left") {
    struct Row {
        const char* why;
        int code; // a CURLcode: numbers that never change
        bool was_sent;
        bool is_unsent;
    };
    constexpr Row rows[] = {
        {"no address", 6, false, true},
        {"refused", 7, false, true},
        {"TLS failed", 35, false, true},
        {"a wrong certificate", 60, false, true},
        {"the proxy refused", 97, false, true},
        {"out of time while connecting", 28, false, true},
        {"out of time while waiting", 28, true, false},
        {"closed without an answer", 52, true, false},
        {"cut off", 18, true, false},
        {"sending failed", 55, false, false},
        {"receiving failed", 56, false, false},
        {"an error of a later curl", 999, false, false},
        {"refused, and yet something went out", 7, true, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto failure = http::failure_of(
            {.code = row.code, .was_sent = row.was_sent, .detail = "words", .host = "h:1"});
        CHECK(failure.is_unsent == row.is_unsent);
        CHECK(!failure.message.empty());
    }
}

} // namespace elastiroll::curl_failure_test
