#include "adapters/sim/http.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "adapters/sim/wire.hpp"

namespace elastiroll::sim {
namespace {

constexpr std::string_view root = "/aws/ec2/group";

struct Route {
    std::string_view method;
    std::string_view tail; ///< after the group's id
    CallKind kind;
};

constexpr std::array<Route, 11> routes = {{
    {"GET", "", CallKind::read_group},
    {"PUT", "", CallKind::rename_group},
    {"DELETE", "", CallKind::delete_group},
    {"GET", "/status", CallKind::read_status},
    {"GET", "/instanceHealthiness", CallKind::read_health},
    {"PUT", "/capacity", CallKind::scale_group},
    {"GET", "/suspension", CallKind::read_suspensions},
    {"POST", "/suspension", CallKind::suspend_processes},
    {"DELETE", "/suspension", CallKind::resume_processes},
    {"GET", "/roll", CallKind::read_rolls},
    {"GET", "/logs", CallKind::read_log},
}};

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size();
        const int high = is_escape ? hex_value(text[i + 1]) : -1;
        const int low = is_escape ? hex_value(text[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

/// What an AWS request asks for: `DescribeImages` of the query protocol, `AmazonSSM.GetParameter`
/// of the JSON one.
std::string aws_action(const HttpRequest& request) {
    const std::string_view target = header_value(request.headers, "X-Amz-Target");
    return target.empty() ? query_value(request.body, "Action").value_or("") : std::string(target);
}

CallKind kind_of_action(std::string_view action) noexcept {
    constexpr std::pair<std::string_view, CallKind> kinds[] = {
        {"DescribeImages", CallKind::describe_images},
        {"DescribeLoadBalancers", CallKind::describe_load_balancers},
        {"DescribeListeners", CallKind::describe_listeners},
        {"DescribeRules", CallKind::describe_rules},
        {"DescribeTargetGroups", CallKind::describe_target_groups},
        {"DescribeTargetGroupAttributes", CallKind::describe_target_group_attributes},
        {"DescribeTargetHealth", CallKind::describe_target_health},
        {"ModifyListener", CallKind::modify_listener},
        {"ModifyRule", CallKind::modify_rule},
        {"DescribeInstanceHealth", CallKind::describe_instance_health},
        {"GetCallerIdentity", CallKind::get_caller_identity},
        {"AmazonSSM.GetParameter", CallKind::get_parameter},
        {"SimulatePrincipalPolicy", CallKind::simulate_principal_policy},
    };
    const auto* const found =
        std::ranges::find(kinds, action, &std::pair<std::string_view, CallKind>::first);
    return found == std::end(kinds) ? CallKind::unknown : found->second;
}

void begin(std::string& out, const Echo& echo, int status) {
    out += R"({"request":{"id":")";
    out += echo.id;
    out += R"(","url":)";
    append_json(out, echo.url);
    out += R"(,"method":)";
    append_json(out, echo.method);
    out += R"(,"timestamp":")";
    out += zulu_time(echo.at);
    out += R"("},"response":{"status":{"code":)";
    append_number(out, status);
    out += R"(,"message":")";
    out += reason_phrase(status);
    out += R"("})";
}

} // namespace

Address parse_address(const HttpRequest& request) {
    const std::string_view method = request.method;
    std::string_view url = request.url;
    Address address;
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
        const auto path = url.find('/', scheme + 3);
        url.remove_prefix(path == std::string_view::npos ? url.size() : path);
    }
    url = url.substr(0, url.find('#'));
    const auto question = url.find('?');
    address.path = url.substr(0, question);
    if (question != std::string_view::npos)
        address.query = url.substr(question + 1);
    std::string_view rest = address.path;
    if (method == "POST" && (rest.empty() || rest == "/")) {
        address.is_aws = true;
        address.kind = kind_of_action(aws_action(request));
        // Both generations of load balancers have this action.
        if (address.kind == CallKind::describe_load_balancers &&
            query_value(request.body, "Version") == "2012-06-01")
            address.kind = CallKind::describe_classic_load_balancers;
        return address;
    }
    if (!rest.starts_with(root))
        return address;
    rest.remove_prefix(root.size());
    if (rest.empty() || rest == "/") {
        if (method == "GET")
            address.kind = CallKind::list_groups;
        else if (method == "POST")
            address.kind = CallKind::create_group;
        return address;
    }
    if (rest.front() != '/')
        return address;
    rest.remove_prefix(1);
    const auto slash = rest.find('/');
    address.group = rest.substr(0, slash);
    const std::string_view tail =
        slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    for (const Route& route : routes) {
        if (route.method == method && route.tail == tail)
            address.kind = route.kind;
    }
    return address;
}

void for_each_value(std::string_view query,
                    const std::function<void(std::string_view, const std::string&)>& take) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        const auto equals = pair.find('=');
        take(pair.substr(0, equals), equals == std::string_view::npos
                                         ? std::string()
                                         : percent_decoded(pair.substr(equals + 1)));
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    }
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        const auto equals = pair.find('=');
        if (pair.substr(0, equals) == name)
            return equals == std::string_view::npos ? std::string()
                                                    : percent_decoded(pair.substr(equals + 1));
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    }
    return std::nullopt;
}

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 409: return "Conflict";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Unknown";
    }
}

std::string items_envelope(const Echo& echo, std::string_view kind, std::string_view items,
                           int count) {
    std::string out;
    out.reserve(items.size() + 300);
    begin(out, echo, 200);
    out += R"(,"kind":")";
    out += kind;
    out += R"(","items":[)";
    out += items;
    out += R"(],"count":)";
    append_number(out, count);
    out += "}}";
    return out;
}

std::string bare_envelope(const Echo& echo) {
    std::string out;
    begin(out, echo, 200);
    out += "}}";
    return out;
}

std::string error_envelope(const Echo& echo, int status, const std::vector<ApiError>& errors) {
    std::string out;
    begin(out, echo, status);
    out += R"(,"errors":[)";
    for (const ApiError& error : errors) {
        out += '{';
        const auto member = [&](std::string_view key, std::string_view value) {
            if (value.empty())
                return;
            append_json(out, key);
            out += ':';
            append_json(out, value);
            out += ',';
        };
        member("code", error.code);
        member("message", error.message);
        member("field", error.field);
        if (out.back() == ',')
            out.pop_back();
        out += "},";
    }
    if (out.back() == ',')
        out.pop_back();
    out += "]}}";
    return out;
}

std::string throttled_envelope(const Echo& echo) {
    std::string out;
    begin(out, echo, 429);
    out += R"(,"data":"Rate limit exceeded"}})";
    return out;
}

} // namespace elastiroll::sim
