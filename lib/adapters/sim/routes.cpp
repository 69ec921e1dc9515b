#include "adapters/sim/routes.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <elastiroll/base/text.hpp>

#include "adapters/sim/defaults.hpp"
#include "adapters/sim/group.hpp"
#include "adapters/sim/scenario_parts.hpp"
#include "adapters/sim/wire.hpp"

namespace elastiroll::sim {
namespace {

using ApiErrors = std::vector<ApiError>;

constexpr std::string_view group_kind = "spotinst:aws:ec2:group";
/// The code of every finding in a body. Source: Spot's answers as its SDKs' tests record them.
constexpr std::string_view invalid = "ValidationError";

/// One request on its way through the API.
struct Call {
    World& world;
    const Scenario& scenario;
    const Address& address;
    const Echo& echo;
    std::string_view body;
};

Answer refuse(const Call& call, const ApiErrors& errors, int status = 400) {
    return {.status = status,
            .body = error_envelope(call.echo, status, errors),
            .group = std::string(call.address.group)};
}

Answer refuse(const Call& call, std::string_view code, std::string message) {
    return refuse(call, ApiErrors{{.code = std::string(code), .message = std::move(message)}});
}

Answer items(const Call& call, const Group& group, std::string_view kind, std::string_view text,
             int count, bool is_applied = false) {
    return {.status = 200,
            .body = items_envelope(call.echo, kind, text, count),
            .is_applied = is_applied,
            .group = group.id};
}

Answer no_group(const Call& call) {
    return refuse(call, "GROUP_DOESNT_EXIST",
                  fmt::format("Group {} doesn't exist", call.address.group));
}

bool is_set(const Document* value) { return value && !value->is_null(); }

void check_capacity(const Document* capacity, bool needs_unit, ApiErrors& errors) {
    const auto report = [&](std::string message, std::string field) {
        errors.push_back({.code = std::string(invalid),
                          .message = std::move(message),
                          .field = std::move(field)});
    };
    if (!capacity || !capacity->is_object()) {
        report("capacity is required", "capacity");
        return;
    }
    for (const std::string_view key : {"target", "minimum", "maximum"}) {
        const Document* value = capacity->find(key);
        const auto number = value ? value->as_integer() : std::nullopt;
        if (!number || *number < 0 || *number > capacity_max)
            report(fmt::format("{} must be a whole number", key), fmt::format("capacity.{}", key));
    }
    const auto unit = text_at(capacity->find("unit"));
    if (needs_unit && unit != "instance" && unit != "weight")
        report("unit must be instance or weight", "capacity.unit");
    const auto bounds = bounds_of(*capacity);
    if (bounds && (bounds->minimum > bounds->target || bounds->target > bounds->maximum))
        report("target must be between minimum and maximum", "capacity.target");
}

/// The images that a launch specification names, and a finding unless it does so in one way.
std::vector<std::string> images_of(const Document& group, ApiErrors& errors) {
    const Document* launch = group.find_path({"compute", "launchSpecification"});
    const Document* single = launch ? launch->find("imageId") : nullptr;
    const Document* several = launch ? launch->find("images") : nullptr;
    std::vector<std::string> images;
    if (is_set(single))
        images.emplace_back(text_at(single));
    if (const auto* list = is_set(several) ? several->as_array() : nullptr) {
        for (const Document& image : *list)
            images.emplace_back(text_at(image.find("id")));
    }
    if (is_set(single) == is_set(several) || images.empty()) {
        errors.push_back({.code = std::string(invalid),
                          .message = "exactly one of imageId and images is required",
                          .field = "compute.launchSpecification.imageId"});
    }
    return images;
}

void check_images(const Call& call, const Document& group, ApiErrors& errors) {
    for (const std::string& image : images_of(group, errors)) {
        const auto& known = call.scenario.images;
        if (known && std::ranges::find(*known, image, &SimulatedImage::id) == known->end())
            errors.push_back({.code = "CANT_VALIDATE_IMAGE",
                              .message = fmt::format("Can't validate image: {}", image),
                              .field = "compute.launchSpecification.imageId"});
    }
}

/// Finds fault with a group that is to be made or, with the members of `change` only, updated.
ApiErrors check_group(const Call& call, const Document& group, const Document* change) {
    const auto is_checked = [&](std::string_view key) { return !change || change->find(key); };
    ApiErrors errors;
    if (is_checked("name") && text_at(group.find("name")).empty())
        errors.push_back(
            {.code = std::string(invalid), .message = "name is required", .field = "name"});
    if (is_checked("capacity"))
        check_capacity(group.find("capacity"), true, errors);
    for (const std::string_view key : {"strategy", "compute"}) {
        const Document* member = group.find(key);
        if (is_checked(key) && (!member || !member->is_object())) {
            errors.push_back({.code = std::string(invalid),
                              .message = fmt::format("{} is required", key),
                              .field = std::string(key)});
        }
    }
    if (is_checked("compute"))
        check_images(call, group, errors);
    return errors;
}

/// The object under `key` of a request's body; empty where there is none.
std::optional<Document> member_of_body(const Call& call, std::string_view key) {
    auto body = parse_document(call.body);
    Document* member = body ? body->find(key) : nullptr;
    if (!member || !member->is_object())
        return std::nullopt;
    return std::move(*member);
}

Answer no_body(const Call& call, std::string_view key) {
    return refuse(call, ApiErrors{{.code = std::string(invalid),
                                   .message = fmt::format("the body must hold {}", key),
                                   .field = std::string(key)}});
}

Answer in_roll(const Call& call, const Group& group) {
    return refuse(
        call, "CANT_UPDATE_GROUP",
        fmt::format("Group {} can't be updated while a deployment is in progress", group.id));
}

Answer list_groups(const Call& call) {
    const std::string& text = call.world.list_items();
    return {.status = 200,
            .body = items_envelope(call.echo, group_kind, text, call.world.list_count())};
}

Answer create_group(const Call& call) {
    auto group = member_of_body(call, "group");
    if (!group)
        return no_body(call, "group");
    if (const auto errors = check_group(call, *group, nullptr); !errors.empty())
        return refuse(call, errors);
    Group& made = call.world.create(std::move(*group));
    return items(call, made, group_kind, document_text(made), 1, true);
}

Answer update_group(const Call& call, Group& group) {
    auto change = member_of_body(call, "group");
    if (!change)
        return no_body(call, "group");
    if (group.is_rolling())
        return in_roll(call, group);
    Document merged = document_of(group);
    lay_over(merged, *change);
    auto errors = check_group(call, merged, &*change);
    if (merged.find_path({"capacity", "unit"}) &&
        text_at(merged.find_path({"capacity", "unit"})) !=
            (group.facts->unit == CapacityUnit::weight ? "weight" : "instance")) {
        errors.push_back({.code = std::string(invalid),
                          .message = "the unit of a group can't be changed",
                          .field = "capacity.unit"});
    }
    if (!errors.empty())
        return refuse(call, errors);
    const auto bounds = bounds_of(*merged.find("capacity"));
    call.world.update(group, std::move(merged));
    if (bounds && *bounds != group.capacity)
        call.world.set_capacity(group, *bounds, "an update");
    return items(call, group, group_kind, document_text(group), 1, true);
}

Answer scale_group(const Call& call, Group& group) {
    const auto capacity = member_of_body(call, "capacity");
    if (!capacity)
        return no_body(call, "capacity");
    ApiErrors errors;
    check_capacity(&*capacity, false, errors);
    if (!errors.empty())
        return refuse(call, errors);
    if (group.is_rolling())
        return in_roll(call, group);
    const CapacityBounds bounds = *bounds_of(*capacity);
    call.world.set_capacity(group, bounds, "the API");
    const std::string text = fmt::format(R"({{"minimum":{},"maximum":{},"target":{}}})",
                                         bounds.minimum, bounds.maximum, bounds.target);
    return items(call, group, "spotinst:aws:ec2:group:capacity", text, 1, true);
}

Answer delete_group(const Call& call, Group& group) {
    call.world.remove(group);
    return {.status = 200, .body = bare_envelope(call.echo), .is_applied = true, .group = group.id};
}

/// What a POST of suspensions asks for.
struct Wanted {
    std::string process{};
    std::optional<Milliseconds> duration{};
};

/// Reads either form of the body. A finding where it has neither or names no known process.
std::vector<Wanted> read_wanted(const Document& body, ApiErrors& errors) {
    const auto report = [&](std::string message, std::string field) {
        errors.push_back({.code = std::string(invalid),
                          .message = std::move(message),
                          .field = std::move(field)});
    };
    std::vector<Wanted> wanted;
    const auto want = [&](std::string_view name, std::optional<Milliseconds> duration) {
        if (std::ranges::find(process_names, name) == process_names.end())
            report(fmt::format("unknown process \"{}\"", name), "processes");
        else
            wanted.push_back({.process = std::string(name), .duration = duration});
    };
    const Document* suspensions = body.find("suspensions");
    const Document* processes = body.find("processes");
    if (const auto* list = suspensions ? suspensions->as_array() : nullptr) {
        for (const Document& one : *list) {
            const Document* minutes = one.find("ttlInMinutes");
            std::optional<Milliseconds> duration;
            if (is_set(minutes)) {
                // Our choice: a year. More would be meant to last, and overflow in the end.
                constexpr std::int64_t ttl_max = std::int64_t{366} * 24 * 60;
                const std::int64_t count = minutes->as_integer().value_or(0);
                if (count < 1 || count > ttl_max)
                    report(fmt::format("ttlInMinutes must be a whole number of 1 to {}", ttl_max),
                           "suspensions.ttlInMinutes");
                else
                    duration = std::chrono::minutes(count);
            }
            want(text_at(one.find("name")), duration);
        }
    } else if (const auto* names = processes ? processes->as_array() : nullptr) {
        for (const Document& name : *names)
            want(name.as_string().value_or(""), std::nullopt);
    } else {
        report("suspensions or processes is required", "suspensions");
    }
    return wanted;
}

std::string processes_text(const Group& group, TimePoint now) {
    std::string text = fmt::format(R"({{"groupId":"{}","processes":[)", group.id);
    for (const SuspendedProcess& one : group.suspended) {
        if (!one.until || *one.until > now)
            text += fmt::format("\"{}\",", one.name);
    }
    if (text.back() == ',')
        text.pop_back();
    return text + "]";
}

constexpr std::string_view suspension_kind = "spotinst:aws:ec2:suspension";

Answer suspend_processes(const Call& call, Group& group) {
    const auto body = parse_document(call.body);
    if (!body)
        return no_body(call, "suspensions");
    ApiErrors errors;
    const auto wanted = read_wanted(*body, errors);
    if (!errors.empty())
        return refuse(call, errors);
    const TimePoint now = call.world.now();
    for (const Wanted& one : wanted)
        call.world.suspend(group, one.process,
                           one.duration ? std::optional(now + *one.duration) : std::nullopt);
    std::string text = processes_text(group, now) + R"(,"suspensions":[)";
    for (const SuspendedProcess& one : group.suspended) {
        if (one.until && *one.until <= now)
            continue;
        text += fmt::format(R"({{"name":"{}","expiresAt":)", one.name);
        text += one.until ? fmt::format("\"{}\"", zulu_time(*one.until)) : "null";
        text += "},";
    }
    if (text.back() == ',')
        text.pop_back();
    text += "]}";
    return items(call, group, suspension_kind, text, 1, true);
}

Answer read_suspensions(const Call& call, const Group& group) {
    return items(call, group, suspension_kind, processes_text(group, call.world.now()) + "}", 1);
}

Answer resume_processes(const Call& call, Group& group) {
    const auto body = parse_document(call.body);
    const Document* processes = body ? body->find("processes") : nullptr;
    const auto* names = processes ? processes->as_array() : nullptr;
    if (!names)
        return no_body(call, "processes");
    for (const Document& name : *names)
        call.world.resume(group, name.as_string().value_or(""));
    return items(call, group, suspension_kind, "", 0, true);
}

Answer read_rolls(const Call& call, const Group& group) {
    std::string text;
    for (const RunningRoll& roll : group.rolls) {
        text += text.empty() ? "{\"id\":" : ",{\"id\":";
        append_json(text, roll.id);
        text += ",\"status\":";
        append_json(text, roll.status);
        text += fmt::format(
            R"(,"progress":{{"unit":"percent","value":{}}},"createdAt":"{}","updatedAt":"{}"}})",
            roll.status == "finished" ? 100 : 0, zulu_time(roll.created_at),
            zulu_time(roll.created_at));
    }
    return items(call, group, "spotinst:aws:ec2:group:roll", text,
                 static_cast<int>(group.rolls.size()));
}

Answer read_log(const Call& call, const Group& group) {
    const auto moment = [&](std::string_view key) -> std::optional<TimePoint> {
        const auto text = query_value(call.address.query, key);
        const auto number = text ? parse_integer(*text) : std::nullopt;
        return number ? std::optional(TimePoint(Milliseconds(*number))) : std::nullopt;
    };
    const auto from = moment("fromDate");
    const auto to = moment("toDate");
    if (!from || !to)
        return no_body(call, "fromDate and toDate in milliseconds");
    const auto severity = query_value(call.address.query, "severity").value_or("ALL");
    const auto limit_text = query_value(call.address.query, "limit");
    // Spot's default and its maximum.
    const auto limit =
        std::clamp<std::int64_t>(parse_integer(limit_text.value_or("500")).value_or(500), 1, 1000);
    std::string text;
    int count = 0;
    // Newest first, as Spot's examples show it.
    for (auto entry = group.log.rbegin(); entry != group.log.rend() && count < limit; ++entry) {
        if (entry->at < *from || entry->at > *to ||
            (severity != "ALL" && severity != entry->severity))
            continue;
        text += count++ == 0 ? "{\"message\":" : ",{\"message\":";
        append_json(text, entry->message);
        text += ",\"severity\":";
        append_json(text, entry->severity);
        text += fmt::format(",\"createdAt\":\"{}\"}}", zulu_time(entry->at));
    }
    return items(call, group, "spotinst:aws:ec2:group:log", text, count);
}

Answer no_route(const Call& call) {
    return refuse(
        call,
        ApiErrors{{.code = "NOT_FOUND",
                   .message = fmt::format("no route {} {}", call.echo.method, call.address.path)}},
        404);
}

Answer apply_to_group(const Call& call, Group& group) {
    switch (call.address.kind) {
    case CallKind::read_group: return items(call, group, group_kind, document_text(group), 1);
    case CallKind::read_health:
        return items(call, group, "spotinst:aws:ec2:group:instanceHealthiness", health_items(group),
                     health_count(group));
    case CallKind::read_status:
        return items(call, group, group_kind, status_items(group), status_count(group));
    case CallKind::read_suspensions: return read_suspensions(call, group);
    case CallKind::read_rolls: return read_rolls(call, group);
    case CallKind::read_log: return read_log(call, group);
    case CallKind::scale_group: return scale_group(call, group);
    case CallKind::rename_group: return update_group(call, group);
    case CallKind::suspend_processes: return suspend_processes(call, group);
    case CallKind::resume_processes: return resume_processes(call, group);
    case CallKind::delete_group: return delete_group(call, group);
    default: return no_route(call); // what is about no group, and all of AWS
    }
}

} // namespace

Answer apply_request(World& world, const Scenario& scenario, const Address& address,
                     const Echo& echo, std::string_view body) {
    const Call call{world, scenario, address, echo, body};
    if (address.kind == CallKind::list_groups)
        return list_groups(call);
    if (address.kind == CallKind::create_group)
        return create_group(call);
    if (address.kind == CallKind::unknown)
        return no_route(call);
    Group* group = world.find(address.group);
    return group ? apply_to_group(call, *group) : no_group(call);
}

} // namespace elastiroll::sim
