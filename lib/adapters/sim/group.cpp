#include "adapters/sim/group.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "adapters/sim/wire.hpp"

namespace elastiroll::sim {
namespace {

/// Members that Spot sets itself: what a client sends for them is replaced.
constexpr std::array<std::string_view, 3> own_keys = {"id", "createdAt", "updatedAt"};

std::optional<std::int64_t> integer_at(const Document& object,
                                       std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (const Document* value = object.find(name)) {
            if (const auto integer = value->as_integer())
                return integer;
        }
    }
    return std::nullopt;
}

int weight_of(const Document& document, std::string_view type) {
    const Document* weights = document.find_path({"compute", "instanceTypes", "weights"});
    const auto* items = weights ? weights->as_array() : nullptr;
    if (!items)
        return 1;
    for (const Document& item : *items) {
        if (text_at(item.find("instanceType")) == type)
            return static_cast<int>(std::clamp<std::int64_t>(
                integer_at(item, {"weightedCapacity"}).value_or(1), 1, capacity_max));
    }
    return 1;
}

std::vector<InstanceType> types_of(const Document& document, CapacityUnit unit) {
    std::vector<InstanceType> types;
    const auto add = [&](std::string_view name) {
        types.push_back({.name = std::string(name),
                         .weight = unit == CapacityUnit::weight ? weight_of(document, name) : 1});
    };
    const Document* spot = document.find_path({"compute", "instanceTypes", "spot"});
    if (const auto* items = spot ? spot->as_array() : nullptr) {
        for (const Document& item : *items) {
            if (const auto name = item.as_string())
                add(*name);
        }
    }
    if (types.empty()) {
        const auto demand = text_at(document.find_path({"compute", "instanceTypes", "ondemand"}));
        add(demand.empty() ? "m5.large" : demand);
    }
    return types;
}

std::vector<std::string> zones_of(const Document& document) {
    std::vector<std::string> zones;
    const Document* list = document.find_path({"compute", "availabilityZones"});
    if (const auto* items = list ? list->as_array() : nullptr) {
        for (const Document& item : *items) {
            if (const auto name = text_at(item.find("name")); !name.empty())
                zones.emplace_back(name);
        }
    }
    if (zones.empty()) {
        const auto region = text_at(document.find("region"));
        zones.push_back(fmt::format("{}a", region.empty() ? "us-east-1" : region));
    }
    return zones;
}

bool has_policies(const Document& document) {
    const Document* scaling = document.find("scaling");
    if (!scaling)
        return false;
    for (const std::string_view key : {"up", "down", "target"}) {
        const Document* policies = scaling->find(key);
        if (const auto* items = policies ? policies->as_array() : nullptr; items && !items->empty())
            return true;
    }
    const Document* metrics = scaling->find("multipleMetrics");
    return metrics && metrics->is_object();
}

std::optional<ScheduledTask> task_of(const Document& item) {
    const Document* enabled = item.find("isEnabled");
    if (enabled && enabled->as_boolean() == false)
        return std::nullopt;
    ScheduledTask task;
    const auto type = text_at(item.find("taskType"));
    if (type == "scale" || type == "setCapacity" || type == "statefulUpdateCapacity") {
        task.minimum = integer_at(item, {"scaleMinCapacity", "minCapacity", "MinCapacity"});
        task.target = integer_at(item, {"scaleTargetCapacity", "targetCapacity"});
        task.maximum = integer_at(item, {"scaleMaxCapacity", "maxCapacity", "MaxCapacity"});
    } else if (type == "scaleUp" || type == "scaleDown") {
        task.kind = ScheduledTask::Kind::adjust;
        task.adjustment = integer_at(item, {"adjustment"}).value_or(0);
    } else if (type == "percentageScaleUp" || type == "percentageScaleDown") {
        task.kind = ScheduledTask::Kind::adjust_percent;
        task.adjustment = integer_at(item, {"adjustmentPercentage"}).value_or(0);
    } else {
        return std::nullopt;
    }
    if (type.ends_with("Down"))
        task.adjustment = -task.adjustment;
    if (const auto start = parse_time(text_at(item.find("startTime"))))
        task.start = *start;
    if (const auto cron = text_at(item.find("cronExpression")); !cron.empty()) {
        task.cron = parse_cron(cron);
        return task.cron ? std::optional(task) : std::nullopt;
    }
    const auto frequency = text_at(item.find("frequency"));
    if (frequency == "hourly")
        task.every = std::chrono::hours(1);
    else if (frequency == "daily")
        task.every = std::chrono::hours(24);
    else if (frequency == "weekly")
        task.every = std::chrono::hours(24 * 7);
    return task.start ? std::optional(task) : std::nullopt;
}

std::vector<ScheduledTask> tasks_of(const Document& document) {
    std::vector<ScheduledTask> tasks;
    const Document* list = document.find_path({"scheduling", "tasks"});
    if (const auto* items = list ? list->as_array() : nullptr) {
        for (const Document& item : *items) {
            if (auto task = task_of(item))
                tasks.push_back(*task);
        }
    }
    return tasks;
}

void append_member(std::string& out, std::string_view key, std::string_view value_text) {
    append_json(out, key);
    out += ':';
    out += value_text;
    out += ',';
}

/// The capacity member as it is now, in the shape in which it was sent.
Document present_capacity(const Group& group) {
    Document capacity = group.facts->capacity;
    capacity.set("minimum", group.capacity.minimum);
    capacity.set("target", group.capacity.target);
    capacity.set("maximum", group.capacity.maximum);
    return capacity;
}

std::string_view status_word(const Instance& instance) {
    switch (instance.stage) {
    case Instance::Stage::pending: return "pending-fulfillment";
    case Instance::Stage::running: return "fulfilled";
    case Instance::Stage::draining: return "draining";
    // The word that EC2 gives a spot request whose instance has two minutes left.
    case Instance::Stage::marked: return "marked-for-termination";
    }
    return "";
}

std::string_view health_word(HealthStatus status) {
    switch (status) {
    case HealthStatus::healthy: return "HEALTHY";
    case HealthStatus::unhealthy: return "UNHEALTHY";
    case HealthStatus::insufficient_data: return "INSUFFICIENT_DATA";
    case HealthStatus::unknown: return "UNKNOWN";
    }
    return "";
}

/// What identifies an instance, all drawn from its group and ordinal.
struct InstanceNames {
    std::string instance_id = "i-0";
    std::string request_id = "sir-";
    std::string address = "10.0.";
};

InstanceNames names_of(const Group& group, const Instance& instance) {
    const auto ordinal = static_cast<std::uint64_t>(instance.ordinal);
    const auto first = draw(group.entity, DrawPurpose::instance_id, 2 * ordinal);
    const auto second = draw(group.entity, DrawPurpose::instance_id, 2 * ordinal + 1);
    InstanceNames names;
    append_hex(names.instance_id, first, 16);
    append_hex(names.request_id, second, 8);
    append_number(names.address, static_cast<std::int64_t>(second >> 56));
    names.address += '.';
    append_number(names.address, static_cast<std::int64_t>((second >> 48) & 0xffu));
    return names;
}

void append_status(std::string& out, const Group& group, const Instance& instance) {
    const InstanceNames names = names_of(group, instance);
    const GroupFacts& facts = *group.facts;
    const bool is_there = instance.stage != Instance::Stage::pending;
    const auto zone = static_cast<std::size_t>(instance.ordinal - 1) % facts.zones.size();
    const auto text = [&](std::string_view name, std::string_view value, bool is_known = true) {
        out += name;
        if (is_known)
            append_json(out, value);
        else
            out += "null";
    };
    text(R"({"spotInstanceRequestId":)", names.request_id);
    text(R"(,"instanceId":)", names.instance_id, is_there);
    text(R"(,"instanceType":)", facts.types[instance.type % facts.types.size()].name, is_there);
    text(R"(,"product":)", facts.product);
    text(R"(,"groupId":)", group.id);
    text(R"(,"availabilityZone":)", facts.zones[zone], is_there);
    text(R"(,"privateIp":)", names.address, is_there);
    text(R"(,"publicIp":)", "", false);
    text(R"(,"createdAt":)", zulu_time(instance.created_at));
    text(R"(,"status":)", status_word(instance));
    text(R"(,"lockStatus":)", instance.is_locked ? "locked" : "unlocked", is_there);
    const bool has_end = instance.is_locked && instance.locked_until;
    text(R"(,"protectedUntil":)", has_end ? zulu_time(*instance.locked_until) : "", has_end);
    out += '}';
}

void append_health(std::string& out, const Group& group, const Instance& instance) {
    const InstanceNames names = names_of(group, instance);
    const GroupFacts& facts = *group.facts;
    const auto zone = static_cast<std::size_t>(instance.ordinal - 1) % facts.zones.size();
    const auto text = [&](std::string_view name, std::string_view value) {
        out += name;
        append_json(out, value);
    };
    text(R"({"instanceId":)", names.instance_id);
    text(R"(,"spotRequestId":)", names.request_id);
    text(R"(,"groupId":)", group.id);
    text(R"(,"availabilityZone":)", facts.zones[zone]);
    text(R"(,"lifeCycle":)", "SPOT");
    text(R"(,"healthStatus":)", health_word(instance.seen_health()));
    out += '}';
}

bool is_in_health_list(const Instance& instance) {
    return instance.stage == Instance::Stage::running;
}

} // namespace

std::string instance_id_of(const Group& group, const Instance& instance) {
    return names_of(group, instance).instance_id;
}

std::optional<CapacityBounds> bounds_of(const Document& capacity) {
    const auto minimum = integer_at(capacity, {"minimum"});
    const auto target = integer_at(capacity, {"target"});
    const auto maximum = integer_at(capacity, {"maximum"});
    if (!minimum || !target || !maximum)
        return std::nullopt;
    return CapacityBounds{.minimum = *minimum, .target = *target, .maximum = *maximum};
}

std::shared_ptr<const GroupFacts> make_facts(Document document) {
    auto facts = std::make_shared<GroupFacts>();
    for (const std::string_view key : own_keys)
        document.erase(key);
    facts->document = std::move(document);
    const Document& read = facts->document;
    facts->name = text_at(read.find("name"));
    std::string* out = &facts->head;
    if (const auto* members = read.as_object()) {
        for (const auto& [key, value] : *members) {
            if (key == "capacity") {
                facts->capacity = value;
                out = &facts->tail;
            } else {
                append_member(*out, key, to_text(value));
            }
        }
    }
    if (text_at(facts->capacity.find("unit")) == "weight")
        facts->unit = CapacityUnit::weight;
    facts->types = types_of(read, facts->unit);
    facts->zones = zones_of(read);
    const auto product = text_at(read.find_path({"compute", "product"}));
    facts->product = product.empty() ? "Linux/UNIX" : product;
    facts->tasks = tasks_of(read);
    facts->load_balancers = load_balancers_of(read);
    facts->has_policies = has_policies(read);
    facts->is_newest_first =
        text_at(read.find_path({"strategy", "scalingStrategy", "terminationPolicy"})) ==
        "newestInstance";
    if (const Document* strategy = read.find("strategy")) {
        if (const auto seconds = integer_at(*strategy, {"drainingTimeout"}))
            facts->draining = std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, 86'400));
    }
    return facts;
}

std::optional<TimePoint> next_time(const ScheduledTask& task, TimePoint after) {
    if (task.cron) {
        const TimePoint from =
            task.start && *task.start > after ? *task.start - Milliseconds(1) : after;
        return next_time(*task.cron, from);
    }
    if (!task.start)
        return std::nullopt;
    if (*task.start > after)
        return task.start;
    if (!task.every)
        return std::nullopt;
    return *task.start + *task.every * ((after - *task.start) / *task.every + 1);
}

Instance* Group::find(std::int64_t ordinal) noexcept {
    const auto found = std::ranges::lower_bound(instances, ordinal, {}, &Instance::ordinal);
    return found != instances.end() && found->ordinal == ordinal ? &*found : nullptr;
}

bool Group::is_suspended(std::string_view process, TimePoint now) const noexcept {
    return std::ranges::any_of(suspended, [&](const SuspendedProcess& one) {
        return one.name == process && (!one.until || *one.until > now);
    });
}

bool Group::is_rolling() const noexcept {
    return std::ranges::any_of(rolls, [](const RunningRoll& roll) {
        return roll.status != "finished" && roll.status != "stopped" && roll.status != "failed";
    });
}

int Group::healthy_units() const noexcept {
    int units = 0;
    for (const Instance& instance : instances)
        units += instance.is_healthy() ? instance.weight : 0;
    return units;
}

int Group::active_units() const noexcept {
    int units = 0;
    for (const Instance& instance : instances)
        units += instance.is_active() ? instance.weight : 0;
    return units;
}

int Group::present_units() const noexcept {
    int units = 0;
    for (const Instance& instance : instances)
        units += instance.stage != Instance::Stage::pending ? instance.weight : 0;
    return units;
}

Document document_of(const Group& group) {
    Document document = Document::object({{"id", group.id}});
    if (const auto* members = group.facts->document.as_object()) {
        for (const auto& [key, value] : *members)
            document.set(key, key == "capacity" ? present_capacity(group) : value);
    }
    document.set("createdAt", zulu_time(group.created_at));
    document.set("updatedAt", zulu_time(group.updated_at));
    return document;
}

const std::string& document_text(Group& group) {
    if (!group.document_text) {
        std::string text = R"({"id":)";
        append_json(text, group.id);
        text += ',';
        text += group.facts->head;
        append_member(text, "capacity", to_text(present_capacity(group)));
        text += group.facts->tail;
        append_member(text, "createdAt", '"' + zulu_time(group.created_at) + '"');
        append_member(text, "updatedAt", '"' + zulu_time(group.updated_at) + '"');
        text.back() = '}';
        group.document_text = std::make_shared<const std::string>(std::move(text));
    }
    return *group.document_text;
}

const std::string& status_items(Group& group) {
    if (!group.status_text) {
        std::string text;
        for (const Instance& instance : group.instances) {
            if (!text.empty())
                text += ',';
            append_status(text, group, instance);
        }
        group.status_text = std::make_shared<const std::string>(std::move(text));
    }
    return *group.status_text;
}

const std::string& health_items(Group& group) {
    if (!group.health_text) {
        std::string text;
        for (const Instance& instance : group.instances) {
            if (!is_in_health_list(instance))
                continue;
            if (!text.empty())
                text += ',';
            append_health(text, group, instance);
        }
        group.health_text = std::make_shared<const std::string>(std::move(text));
    }
    return *group.health_text;
}

int status_count(const Group& group) noexcept { return static_cast<int>(group.instances.size()); }

int health_count(const Group& group) noexcept {
    return static_cast<int>(std::ranges::count_if(group.instances, is_in_health_list));
}

} // namespace elastiroll::sim
