#include "adapters/spot/codec.hpp"

#include <algorithm>

namespace elastiroll::spot {
namespace {

constexpr std::string_view group_id_mark = "{groupId}";

/// Logs are asked for when a wait makes no progress; Spot sends at most 1000 lines.
constexpr std::string_view log_lines_max = "1000";
/// One roll runs at a time and a failed one blocks the next, so the newest few tell all.
constexpr std::string_view rolls_max = "10";

constexpr Route route(const ListGroupsCall&) { return {"GET", "/aws/ec2/group"}; }
constexpr Route route(const ReadGroupCall&) { return {"GET", "/aws/ec2/group/{groupId}"}; }
constexpr Route route(const ReadHealthCall&) {
    return {"GET", "/aws/ec2/group/{groupId}/instanceHealthiness"};
}
constexpr Route route(const ReadStatusCall&) { return {"GET", "/aws/ec2/group/{groupId}/status"}; }
constexpr Route route(const ReadSuspensionsCall&) {
    return {"GET", "/aws/ec2/group/{groupId}/suspension"};
}
constexpr Route route(const ReadRollsCall&) { return {"GET", "/aws/ec2/group/{groupId}/roll"}; }
constexpr Route route(const ReadLogCall&) { return {"GET", "/aws/ec2/group/{groupId}/logs"}; }
constexpr Route route(const CreateGroupCall&) { return {"POST", "/aws/ec2/group"}; }
constexpr Route route(const ScaleGroupCall&) {
    return {"PUT", "/aws/ec2/group/{groupId}/capacity"};
}
constexpr Route route(const RenameGroupCall&) { return {"PUT", "/aws/ec2/group/{groupId}"}; }
constexpr Route route(const SuspendProcessesCall&) {
    return {"POST", "/aws/ec2/group/{groupId}/suspension"};
}
constexpr Route route(const ResumeProcessesCall&) {
    return {"DELETE", "/aws/ec2/group/{groupId}/suspension"};
}
constexpr Route route(const DeleteGroupCall&) { return {"DELETE", "/aws/ec2/group/{groupId}"}; }

bool is_unreserved(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/// RFC 3986: everything but the unreserved characters as %XX.
std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[byte >> 4U];
        encoded += digits[byte & 0xFU];
    }
    return encoded;
}

std::string query_of(const SpotCall& call) {
    if (const auto* log = std::get_if<ReadLogCall>(&call)) {
        return "&fromDate=" + std::to_string(log->from.time_since_epoch().count()) +
               "&toDate=" + std::to_string(log->to.time_since_epoch().count()) +
               "&severity=ALL&limit=" + std::string(log_lines_max);
    }
    if (std::holds_alternative<ReadRollsCall>(call))
        return "&limit=" + std::string(rolls_max) + "&sort=createdAt%3ADESC";
    return {};
}

Document names(const std::vector<std::string>& processes) {
    Document::Array items;
    for (const auto& process : processes)
        items.emplace_back(process);
    return items;
}

template <class Call> std::string body(const Call&) { return {}; }

/// The group is written as it is, so that no second copy of a large document is made.
std::string body(const CreateGroupCall& call) { return "{\"group\":" + to_text(call.group) + '}'; }

std::string body(const ScaleGroupCall& call) {
    return to_text(Document::object({{"capacity", Document::object({
                                                      {"minimum", call.to.minimum()},
                                                      {"target", call.to.target()},
                                                      {"maximum", call.to.maximum()},
                                                  })}}));
}

std::string body(const RenameGroupCall& call) {
    return to_text(Document::object({{"group", Document::object({{"name", call.name}})}}));
}

std::string body(const SuspendProcessesCall& call) {
    Document::Array items;
    for (const auto& process : call.processes) {
        Document item = Document::object({{"name", process}});
        if (call.time_to_live) {
            // Rounded up: a hold that ends too early lets a schedule fire into the deployment.
            const auto minutes = std::chrono::ceil<std::chrono::minutes>(*call.time_to_live);
            item.set("ttlInMinutes", std::max<std::int64_t>(1, minutes.count()));
        }
        items.push_back(std::move(item));
    }
    return to_text(Document::object({{"suspensions", std::move(items)}}));
}

std::string body(const ResumeProcessesCall& call) {
    return to_text(Document::object({{"processes", names(call.processes)}}));
}

/// Spot's OpenAPI requires a body.
std::string body(const DeleteGroupCall& call) {
    return call.deallocation.is_null() ? "{}" : to_text(call.deallocation);
}

bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

} // namespace

Route route_of(const SpotCall& call) noexcept {
    return std::visit([](const auto& one) { return route(one); }, call);
}

Result<void> check_call(const SpotCall& call, const EncodeOptions& options) {
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorCategory::invalid_argument,
                    "cannot " + describe(call) + ": " + std::string(why));
    };
    if (options.account.empty())
        return refuse("no Spot account is set; set one, since Spot would take the oldest");
    if (options.token.empty())
        return refuse("no Spot token is set; set one");
    // A line feed in a header would begin another one.
    if (has_control(options.token.reveal()) || has_control(options.user_agent))
        return refuse("the Spot token or the user agent holds a control character; remove it");
    const bool has_id = route_of(call).path.find(group_id_mark) != std::string_view::npos;
    const GroupId group = call_group(call);
    // HTTP clients resolve dot segments, which would lead to another route.
    if (has_id && (group.empty() || group.text() == "." || group.text() == ".."))
        return refuse("'" + group.text() + "' is no group id");
    return {};
}

std::string encode_url(const SpotCall& call, const EncodeOptions& options) {
    std::string_view base = options.base_url;
    while (base.ends_with('/'))
        base.remove_suffix(1);
    std::string path{route_of(call).path};
    if (const auto mark = path.find(group_id_mark); mark != std::string::npos)
        path.replace(mark, group_id_mark.size(), percent_encode(call_group(call).text()));
    return std::string(base) + path + "?accountId=" + percent_encode(options.account.text()) +
           query_of(call);
}

HttpRequest encode(const SpotCall& call, const EncodeOptions& options) {
    HttpHeaders headers{
        {"Authorization", "Bearer " + options.token.reveal()},
        {"Accept", "application/json"},
        {"Content-Type", "application/json"},
    };
    if (!options.user_agent.empty())
        headers.emplace_back("User-Agent", options.user_agent);
    return HttpRequest{
        .method = std::string(route_of(call).method),
        .url = encode_url(call, options),
        .headers = std::move(headers),
        .body = std::visit([](const auto& one) { return body(one); }, call),
        .timeout = options.timeout,
    };
}

} // namespace elastiroll::spot
