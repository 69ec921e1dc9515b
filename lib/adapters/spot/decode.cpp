#include "adapters/spot/codec.hpp"

#include "adapters/spot/answer.hpp"
#include "adapters/spot/narrow.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace elastiroll::spot {
namespace {

/// What has been read of a success. A failure's message is only what is wrong with the answer
/// (`items[2] is no object`); what was being done is put around it later.
using Reading = Result<SpotReply>;

Unexpected misfit(std::string why) { return fail(ErrorCategory::protocol, std::move(why)); }

std::optional<TimePoint> time_at(const Document& object, std::string_view key) {
    const auto time = parse_time(text_at(object, key));
    return time ? std::optional(*time) : std::nullopt;
}

/// A group object, the `index`-th of the answer.
Result<Elastigroup> decode_item(Document item, std::size_t index) {
    return decode_elastigroup(std::move(item)).transform_error([&](Error error) {
        return with_context(std::move(error), fmt::format("items[{}]", index));
    });
}

/// A group without a name is on no line, so it is passed over. One that has a name and cannot be
/// read is told as such: passed over it would look as if it did not exist, and failing the call
/// would let one odd group block every deployment of the account.
Reading decode_list(const ListGroupsCall& call, Document::Array items) {
    GroupsReply reply;
    for (std::size_t index = 0; index < items.size(); ++index) {
        GroupId id{std::string(text_at(items[index], "id"))};
        std::string name = std::string(text_at(items[index], "name"));
        if (!is_wanted(name, call.name_prefixes))
            continue;
        auto group = decode_item(std::move(items[index]), index);
        if (group)
            reply.groups.push_back(std::move(*group));
        else if (!name.empty())
            reply.unreadable.push_back({std::move(id), std::move(name), std::move(group).error()});
    }
    return SpotReply{std::move(reply)};
}

Reading decode_first_group(Document::Array items) {
    auto group = decode_item(std::move(items.front()), 0);
    if (!group)
        return Unexpected(std::move(group).error());
    return SpotReply{GroupReply{std::move(*group)}};
}

HealthStatus health_from(std::string_view word) {
    if (word == "HEALTHY")
        return HealthStatus::healthy;
    if (word == "UNHEALTHY")
        return HealthStatus::unhealthy;
    if (word == "INSUFFICIENT_DATA")
        return HealthStatus::insufficient_data;
    return HealthStatus::unknown;
}

/// A line without an instance cannot be joined with `status`, and what is left out here counts as
/// not healthy, which is the safe side.
Reading decode_health(const Document::Array& items) {
    HealthReply reply;
    for (const auto& item : items) {
        InstanceId id{std::string(text_at(item, "instanceId"))};
        if (!id.empty())
            reply.instances.push_back({std::move(id), health_from(text_at(item, "healthStatus"))});
    }
    return SpotReply{std::move(reply)};
}

InstanceStatus decode_instance(const Document& item) {
    InstanceStatus instance{
        .id = InstanceId{std::string(text_at(item, "instanceId"))},
        .type = std::string(text_at(item, "instanceType")),
        .status = std::string(text_at(item, "status")),
        .is_locked = to_lower(text_at(item, "lockStatus")) == "locked",
        .locked_until = time_at(item, "protectedUntil"),
    };
    instance.is_draining = is_draining_status(instance.status);
    return instance;
}

/// This list proves that a group is empty, so nothing in it is passed over.
Reading decode_status(const Document::Array& items) {
    StatusReply reply;
    for (std::size_t index = 0; index < items.size(); ++index) {
        if (!items[index].is_object())
            return misfit(fmt::format("items[{}] is no object", index));
        reply.instances.push_back(decode_instance(items[index]));
    }
    return SpotReply{std::move(reply)};
}

void add_process(std::vector<Suspension>& suspensions, std::string_view process,
                 std::optional<TimePoint> expires_at) {
    while (process.starts_with(' '))
        process.remove_prefix(1);
    while (process.ends_with(' '))
        process.remove_suffix(1);
    if (process.empty())
        return;
    const auto same = [&](const Suspension& known) { return known.process == process; };
    const auto known = std::ranges::find_if(suspensions, same);
    if (known == suspensions.end())
        suspensions.push_back({std::string(process), expires_at});
    else if (!known->expires_at)
        known->expires_at = expires_at;
}

/// `processes` as Spot's examples show it (a list) or as its schema has it (a text, one name or
/// several with commas).
void add_processes(std::vector<Suspension>& suspensions, const Document& processes) {
    if (const auto* list = processes.as_array()) {
        for (const auto& process : *list)
            add_process(suspensions, process.as_string().value_or(""), std::nullopt);
        return;
    }
    std::string_view rest = processes.as_string().value_or("");
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        add_process(suspensions, rest.substr(0, comma), std::nullopt);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
}

/// Both forms: `{groupId, processes}` of a GET and `{suspensions: [{name, expiresAt}]}`. An item
/// that is neither must not read as "nothing is suspended".
Reading decode_suspensions(const Document::Array& items) {
    SuspensionsReply reply;
    for (std::size_t index = 0; index < items.size(); ++index) {
        const Document& item = items[index];
        const Document* processes = item.find("processes");
        const Document* suspensions = item.find("suspensions");
        if (!processes && !suspensions && !item.find("groupId"))
            return misfit(fmt::format("items[{}] lists no processes", index));
        if (processes)
            add_processes(reply.suspensions, *processes);
        if (const auto* list = suspensions ? suspensions->as_array() : nullptr) {
            for (const auto& one : *list)
                add_process(reply.suspensions, std::string(text_at(one, "name")),
                            time_at(one, "expiresAt"));
        }
    }
    std::ranges::sort(reply.suspensions, {}, &Suspension::process);
    return SpotReply{std::move(reply)};
}

Reading decode_rolls(const Document::Array& items) {
    RollsReply reply;
    for (std::size_t index = 0; index < items.size(); ++index) {
        if (!items[index].is_object())
            return misfit(fmt::format("items[{}] is no object", index));
        reply.rolls.push_back({std::string(text_at(items[index], "id")),
                               std::string(text_at(items[index], "status"))});
    }
    return SpotReply{std::move(reply)};
}

/// The log is read for people: a line without a readable time is shown at the start of the range.
Reading decode_log(const Document::Array& items, TimePoint from) {
    LogReply reply;
    for (const auto& item : items) {
        std::string message = std::string(text_at(item, "message"));
        if (!message.empty())
            reply.entries.push_back({time_at(item, "createdAt").value_or(from),
                                     std::string(text_at(item, "severity")), std::move(message)});
    }
    return SpotReply{std::move(reply)};
}

Reading decode_items(const ListGroupsCall& call, Document::Array items) {
    return decode_list(call, std::move(items));
}
Reading decode_items(const ReadGroupCall& call, Document::Array items) {
    // terraform-provider-spotinst takes an empty list for an absent group too.
    if (items.empty())
        return fail(ErrorCategory::not_found, "it shows no such group");
    if (text_at(items.front(), "id") != call.group.text())
        return misfit("it shows another group");
    return decode_first_group(std::move(items));
}
Reading decode_items(const CreateGroupCall&, Document::Array items) {
    if (items.empty())
        return misfit("it does not show the new group");
    return decode_first_group(std::move(items));
}
Reading decode_items(const ReadHealthCall&, const Document::Array& items) {
    return decode_health(items);
}
Reading decode_items(const ReadStatusCall&, const Document::Array& items) {
    return decode_status(items);
}
Reading decode_items(const ReadSuspensionsCall&, const Document::Array& items) {
    return decode_suspensions(items);
}
Reading decode_items(const ReadRollsCall&, const Document::Array& items) {
    return decode_rolls(items);
}
Reading decode_items(const ReadLogCall& call, const Document::Array& items) {
    return decode_log(items, call.from);
}

/// Whether the answer's `items` matter; what the other calls did is observed, not believed.
template <class Call>
constexpr bool has_items = requires(const Call& call) { decode_items(call, Document::Array()); };

Result<SpotReply> decode_success(const SpotCall& call, Answer& answer) {
    auto reading = std::visit(
        [&]<class Call>(const Call& one) -> Reading {
            if constexpr (!has_items<Call>)
                return SpotReply{DoneReply{}};
            else if (!answer.items)
                return misfit("it holds no list of items");
            else
                return decode_items(one, std::move(*answer.items));
        },
        call);
    return std::move(reading).transform_error(
        [&](const Error& error) { return unusable(call, answer, error); });
}

/// A 4xx is Spot's "no". The others are not sure: a proxy that gave up waiting (408, 502, 504) says
/// nothing about what it has passed on, and a 500 may come after the change.
bool is_effect_known(const Answer& answer, const Error& error) {
    return error.category == ErrorCategory::not_found ||
           (answer.status >= 400 && answer.status <= 499 && answer.status != 408);
}

Result<SpotReply> decode_answer(const SpotCall& call, Answer& answer) {
    // 204: a success that has nothing to tell.
    if (answer.status == 204 || (answer.is_success() && answer.is_enveloped))
        return decode_success(call, answer);
    Error error = failure_of(call, answer);
    // Who wants a group gone has what they want.
    if (error.category == ErrorCategory::not_found && std::holds_alternative<DeleteGroupCall>(call))
        return SpotReply{DoneReply{}};
    return Unexpected(std::move(error));
}

} // namespace

Decoded decode(const SpotCall& call, const HttpResponse& response) {
    const auto* list = std::get_if<ListGroupsCall>(&call);
    const bool is_narrowed = list && !list->name_prefixes.empty() && response.status == 200;
    Answer answer = is_narrowed ? read_answer(response, narrow(response.body, list->name_prefixes))
                                : read_answer(response);
    auto reply = decode_answer(call, answer);
    const bool is_known = reply.has_value() || is_effect_known(answer, reply.error());
    return {std::move(reply), std::move(answer.request_id), is_known};
}

bool is_draining_status(std::string_view status) {
    // Spot passes on the words of EC2: instance states, spot request states and spot request status
    // codes (EC2 user guide, "Get the status of a Spot Instance request"), and adds its own; case
    // and separators vary. The set is open. What is not listed (fulfilled, running, pending,
    // request-canceled-and-instance-running, ...) counts as active: then a wait for an empty group
    // goes on, and a wait for healthy ones still asks the health list.
    constexpr std::array words = {
        std::string_view{"closed"},          std::string_view{"detaching"},
        std::string_view{"draining"},        std::string_view{"failed"},
        std::string_view{"marked-for-stop"}, std::string_view{"marked-for-termination"},
        std::string_view{"shutting-down"},   std::string_view{"stopped"},
        std::string_view{"stopping"},        std::string_view{"terminated"},
        std::string_view{"terminating"},
    };
    std::string word = to_lower(status);
    std::ranges::replace_if(word, [](char c) { return c == '_' || c == ' '; }, '-');
    // instance-terminated-by-price, instance-stopped-no-capacity, ...
    return std::ranges::find(words, word) != words.end() ||
           word.starts_with("instance-terminated-") || word.starts_with("instance-stopped-");
}

} // namespace elastiroll::spot
