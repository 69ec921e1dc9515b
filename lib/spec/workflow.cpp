#include "spec/spec_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace elastiroll {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array workflow_keys{
    "name"sv,           "description"sv,    "strategy"sv,     "service"sv,
    "infrastructure"sv, "group_prefix"sv,   "naming"sv,       "instances"sv,
    "phases"sv,         "order"sv,          "floor"sv,        "allow_zero"sv,
    "await_old"sv,      "retention"sv,      "allow"sv,        "allow_missing_load_balancers"sv,
    "deallocation"sv,   "ownership"sv,      "previous"sv,     "timing"sv,
    "overrides"sv,      "load_balancers"sv, "weights"sv,      "approval"sv,
    "bake"sv,           "drain"sv,          "downsize_old"sv, "keep_other_load_balancers"sv,
};

/// Empty where it is missing or wrong: then nothing that depends on it is found fault with.
std::optional<Strategy> read_strategy(const ObjectReader& reader) {
    static constexpr std::array words{"basic"sv, "canary"sv, "blue_green"sv};
    if (!reader.require("strategy", R"(write "basic", "canary" or "blue_green")"))
        return std::nullopt;
    const auto word = reader.choice("strategy", words);
    if (!word)
        return std::nullopt;
    return *word == "basic"    ? Strategy::basic
           : *word == "canary" ? Strategy::canary
                               : Strategy::blue_green;
}

AllowedPaths read_allowed_paths(const ObjectReader& reader) {
    AllowedPaths paths;
    const Document::Array* items = reader.list("allow", allowed_paths_max);
    if (items == nullptr)
        return paths;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const auto text = (*items)[i].as_string();
        if (text && !text->empty() && text->size() <= short_text_bytes_max &&
            !text->starts_with('$') && !text->starts_with("group."))
            paths.emplace_back(*text);
        else
            reader.findings().add(
                item_path(reader.path_of("allow"), i),
                fmt::format("expected a path within the group, found {}", describe((*items)[i])),
                "for example \"compute.elasticIps\"");
    }
    return paths;
}

OwnershipStyle read_ownership(const ObjectReader& parent) {
    OwnershipStyle style;
    const Document* value = parent.member("ownership");
    if (value == nullptr)
        return style;
    static constexpr std::array known{"place"sv, "tag_prefix"sv};
    const ObjectReader reader(*value, parent.path_of("ownership"), known, parent.findings());
    static constexpr std::array places{"tags"sv, "description"sv};
    if (reader.choice("place", places) == "description"sv)
        style.place = OwnershipPlace::description;
    constexpr std::size_t tag_prefix_bytes_max = 100; // EC2 ends a key at 128; ours add up to 20
    auto prefix = reader.text("tag_prefix", tag_prefix_bytes_max);
    if (!prefix)
        return style;
    if (prefix->text.starts_with("aws:"))
        parent.findings().add(prefix->path, "EC2 keeps tag keys that begin with \"aws:\" to itself",
                              "choose another beginning");
    else
        style.tag_prefix = std::move(prefix->text);
    return style;
}

Document read_deallocation(const ObjectReader& reader) {
    const Document* value = reader.member("deallocation");
    if (value == nullptr)
        return {};
    if (value->is_object())
        return *value;
    reader.findings().add(reader.path_of("deallocation"),
                          fmt::format("expected an object, found {}", describe(*value)),
                          R"(as Spot's delete call takes it: {"statefulDeallocation": {...}})");
    return {};
}

/// What may stay away; the rest of a workflow is a name, a reference or the strategy.
void read_options(const ObjectReader& reader, WorkflowText& workflow) {
    static constexpr std::array presets{"elastiroll"sv, "harness"sv};
    if (reader.choice("naming", presets) == "harness"sv)
        workflow.naming = NamingPreset::harness;
    static constexpr std::array orders{"new_first"sv, "old_first"sv};
    if (reader.choice("order", orders) == "old_first"sv)
        workflow.order = ResizeOrder::old_first;
    if (const auto floor = reader.integer("floor", {.minimum = 0, .maximum = capacity_max}))
        workflow.floor = static_cast<int>(*floor);
    workflow.allow_zero = reader.boolean("allow_zero").value_or(false);
    workflow.await_old = reader.boolean("await_old").value_or(false);
    if (const auto kept = reader.integer("retention", {.minimum = 0, .maximum = retention_max}))
        workflow.retention = static_cast<int>(*kept);
    workflow.allow = read_allowed_paths(reader);
    workflow.allow_missing_load_balancers =
        reader.boolean("allow_missing_load_balancers").value_or(false);
    workflow.deallocation = read_deallocation(reader);
    workflow.ownership = read_ownership(reader);
    workflow.previous = reader.text("previous", short_text_bytes_max);
    workflow.timing = read_timing(reader);
}

} // namespace

Timing read_timing(const ObjectReader& parent) {
    Timing timing;
    const Document* value = parent.member("timing");
    if (value == nullptr)
        return timing;
    constexpr Milliseconds second{1000};
    constexpr Milliseconds minute{60 * second};
    constexpr Milliseconds hour{60 * minute};
    constexpr Milliseconds none{0};
    struct Entry {
        std::string_view key;
        Milliseconds& value;
        DurationRange range;
    };
    const Entry entries[] = {
        {"stable_for", timing.stable_for, {none, hour}},
        {"phase_deadline", timing.phase_deadline, {second, 24 * hour}},
        {"poll_min", timing.poll_min, {Milliseconds{100}, 10 * minute}},
        {"poll_max", timing.poll_max, {Milliseconds{100}, 10 * minute}},
        {"call_timeout", timing.call_timeout, {second, 5 * minute}},
        {"gate_timeout", timing.gate_timeout, {second, 7 * 24 * hour}},
        {"create_settle", timing.create_settle, {none, hour}},
        {"hold_margin", timing.hold_margin, {none, 24 * hour}},
    };
    static constexpr std::array known{"stable_for"sv,    "phase_deadline"sv, "poll_min"sv,
                                      "poll_max"sv,      "call_timeout"sv,   "gate_timeout"sv,
                                      "create_settle"sv, "hold_margin"sv};
    const ObjectReader reader(*value, parent.path_of("timing"), known, parent.findings());
    for (const Entry& entry : entries)
        entry.value = reader.duration(entry.key, entry.range).value_or(entry.value);
    if (timing.poll_min > timing.poll_max)
        reader.findings().add(
            reader.path_of(reader.member("poll_min") != nullptr ? "poll_min" : "poll_max"),
            fmt::format("poll_min {} is more than poll_max {}", duration_text(timing.poll_min),
                        duration_text(timing.poll_max)),
            "poll_min <= poll_max; their defaults are 2s and 20s");
    return timing;
}

WorkflowText read_workflow(const Document& value, const std::string& path, Findings& findings) {
    const ObjectReader reader(value, path, workflow_keys, findings);
    WorkflowText workflow{.path = path};
    if (!reader.is_object())
        return workflow;
    workflow.name = read_own_name(reader);
    const auto strategy = read_strategy(reader);
    workflow.strategy = strategy.value_or(Strategy::basic);
    workflow.service = read_name(reader, "service");
    workflow.infrastructure = read_name(reader, "infrastructure");
    workflow.group_prefix = reader.text("group_prefix", short_text_bytes_max);
    workflow.instances = read_instances(reader);
    workflow.phases = read_phases(reader, strategy);
    workflow.traffic = read_traffic(reader, strategy);
    read_options(reader, workflow);
    if (const Document* overrides = reader.member("overrides")) {
        static constexpr std::array known{"image"sv, "user_data"sv, "variables"sv, "files"sv};
        workflow.overrides =
            read_settings(ObjectReader(*overrides, reader.path_of("overrides"), known, findings));
    }
    return workflow;
}

} // namespace elastiroll
