#include "target.hpp"

#include <adapters/spot/codec.hpp>
#include <adapters/spot/narrow.hpp>
#include <ports/seal.hpp>

#include <elastiroll/adapters/spot.hpp>

#include <array>
#include <utility>
#include <vector>

namespace elastiroll::fuzz {
namespace {

const std::vector<SpotCall>& spot_calls() {
    const GroupId group("sig-1");
    static const std::vector<SpotCall> all{
        ListGroupsCall{},           ReadGroupCall{group},       ReadHealthCall{group},
        ReadStatusCall{group},      ReadSuspensionsCall{group}, ReadRollsCall{group},
        ReadLogCall{group, {}, {}}, CreateGroupCall{},          ScaleGroupCall{group, {}},
        DeleteGroupCall{group, {}},
    };
    return all;
}

constexpr std::array spot_statuses = {200, 400, 401, 403, 404, 429,  500,
                                      502, 204, 301, 0,   -1,  99999};

} // namespace

std::string broken_spot_answer_law(std::string_view bytes) {
    const SpotCall& call = spot_calls()[take_choice(bytes, spot_calls().size())];
    const int status = spot_statuses.at(take_choice(bytes, spot_statuses.size()));
    const auto decoded = spot::decode(call, {.status = status, .body = std::string(bytes)});
    if (decoded.reply)
        return "";
    const Error& error = decoded.reply.error();
    if (error.message.empty() || !error.remote)
        return "a failure says what was being done, and what the service said";
    const Error sealed = seal(error, {std::string(canary)});
    return sealed.message.find(canary) == std::string::npos ? "" : "a sealed error shows no secret";
}

std::string broken_spot_list_law(std::string_view bytes) {
    const HttpResponse response{.status = 200, .body = std::string(bytes)};
    const std::vector<std::string> prefixes{"shop__", "old"};
    const auto whole = spot::decode(ListGroupsCall{}, response);
    const auto narrowed = spot::decode(ListGroupsCall{.name_prefixes = prefixes}, response);
    if (!whole.reply)
        return ""; // one that fails in a group that nobody asked for may pass
    if (!narrowed.reply)
        return "a list that can be read can be read in part";
    std::vector<Elastigroup> wanted;
    for (const Elastigroup& group : std::get<GroupsReply>(*whole.reply).groups)
        if (spot::is_wanted(group.name, prefixes))
            wanted.push_back(group);
    return std::get<GroupsReply>(*narrowed.reply).groups == wanted
               ? ""
               : "the groups that are left are those that were asked for";
}

std::string broken_spot_credentials_law(std::string_view bytes) {
    const std::string file(bytes);
    const auto found = spot::find_credentials(
        {}, [](const std::string&) -> std::optional<std::string> { return std::nullopt; },
        [&](const std::string&) -> Result<std::string> { return file; });
    if (found)
        return found->token.empty() ? "credentials have a token" : "";
    std::string shown = found.error().message;
    for (const ErrorDetail& detail : found.error().details)
        shown += detail.message + detail.fix;
    return shown.find(canary) == std::string::npos ? "" : "a failure shows nothing of the file";
}

} // namespace elastiroll::fuzz
