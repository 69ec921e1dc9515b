#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/ports/store.hpp>

#include <algorithm>

namespace elastiroll {

CallClient::~CallClient() = default;
HttpTransport::~HttpTransport() = default;
Store::~Store() = default;

namespace {
char lower_case(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
} // namespace

std::string_view header_value(const HttpHeaders& headers, std::string_view name) noexcept {
    for (const auto& [key, value] : headers) {
        if (std::ranges::equal(key, name, {}, lower_case, lower_case))
            return value;
    }
    return {};
}

bool is_mutating(const Call& call) noexcept {
    return std::visit([](const auto& one) { return is_mutating(one); }, call);
}

std::string_view call_name(const Call& call) noexcept {
    return std::visit([](const auto& one) { return call_name(one); }, call);
}

std::string describe(const Call& call) {
    return std::visit([](const auto& one) { return describe(one); }, call);
}

} // namespace elastiroll
