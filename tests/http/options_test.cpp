#include <doctest/doctest.h>

#include <elastiroll/adapters/http.hpp>

#include <map>

namespace elastiroll::options_test {

namespace {

http::CurlOptions options_of(const std::map<std::string, std::string>& variables) {
    return http::options_from([&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

} // namespace

TEST_CASE("proxies are those that curl would take from the environment") {
    CHECK(options_of({}).https_proxy.empty());
    CHECK(options_of({}).http_proxy.empty());
    CHECK(options_of({{"HTTPS_PROXY", "a"}}).https_proxy == "a");
    CHECK(options_of({{"HTTPS_PROXY", "a"}, {"https_proxy", "b"}}).https_proxy == "b");
    CHECK(options_of({{"https_proxy", ""}, {"HTTPS_PROXY", "a"}}).https_proxy == "a");
    CHECK(options_of({{"ALL_PROXY", "a"}}).https_proxy == "a");
    CHECK(options_of({{"ALL_PROXY", "a"}}).http_proxy == "a");
    CHECK(options_of({{"http_proxy", "a"}}).http_proxy == "a");
    CHECK(options_of({{"HTTP_PROXY", "a"}}).http_proxy.empty());
    CHECK(options_of({{"NO_PROXY", "x,y"}}).no_proxy == "x,y");
}

TEST_CASE("the most specific variable names the CA bundle") {
    CHECK(options_of({}).ca_bundle.empty());
    CHECK(options_of({{"SSL_CERT_FILE", "c"}}).ca_bundle == "c");
    CHECK(options_of({{"SSL_CERT_FILE", "c"}, {"CURL_CA_BUNDLE", "b"}}).ca_bundle == "b");
    CHECK(options_of({{"CURL_CA_BUNDLE", "b"}, {"AWS_CA_BUNDLE", "a"}}).ca_bundle == "a");
}

} // namespace elastiroll::options_test
