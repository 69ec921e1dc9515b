#include <elastiroll/adapters/http.hpp>

#include <initializer_list>

namespace elastiroll::http {

CurlOptions options_from(
    const std::function<std::optional<std::string>(const std::string& name)>& environment) {
    const auto first_of = [&](std::initializer_list<const char*> names) {
        for (const char* name : names) {
            if (auto value = environment(name); value && !value->empty())
                return *value;
        }
        return std::string();
    };
    CurlOptions options;
    options.ca_bundle = first_of({"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"});
    options.http_proxy = first_of({"http_proxy", "all_proxy", "ALL_PROXY"});
    options.https_proxy = first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    options.no_proxy = first_of({"no_proxy", "NO_PROXY"});
    return options;
}

} // namespace elastiroll::http
