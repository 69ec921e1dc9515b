#include "adapters/sim/scenario.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <elastiroll/base/text.hpp>

#include "adapters/sim/defaults.hpp"
#include "adapters/sim/reader.hpp"
#include "adapters/sim/scenario_parts.hpp"
#include "adapters/sim/scenario_traffic.hpp"
#include "base/quote.hpp"

namespace elastiroll::sim {
namespace {

/// Far above what any run of ours needs; a scenario that is about throttling sets its own.
constexpr int rate_limit_usual = 600;
/// Request and answer on a healthy connection, there and back.
constexpr Span latency_usual{Milliseconds(20), Milliseconds(80)};
constexpr LaunchTimes launch_usual{
    .fulfilled = {std::chrono::seconds(10), std::chrono::seconds(30)},
    .healthy = {std::chrono::seconds(40), std::chrono::seconds(90)}};
/// Spot's default for `strategy.drainingTimeout`.
constexpr Milliseconds draining_usual = std::chrono::seconds(120);
constexpr std::int64_t instances_max = 10'000;

void read_rate_limits(ObjectReader& reader, Scenario& scenario) {
    scenario.rate_limits.fill(rate_limit_usual);
    const Document* member = reader.find("rate_limits");
    if (!member)
        return;
    ObjectReader limits(*member, reader.path_of("rate_limits"), reader.findings());
    constexpr IntegerRange range{1, 1'000'000};
    if (const auto all = limits.integer("default", range))
        scenario.rate_limits.fill(static_cast<int>(*all));
    for (std::size_t i = 0; i < call_names.size(); ++i) {
        if (const auto one = limits.integer(call_names[i], range))
            scenario.rate_limits[i] = static_cast<int>(*one);
    }
    limits.finish();
}

/// A moment in the past: RFC 3339, or a duration before `start`.
std::optional<TimePoint> read_past(ObjectReader& reader, TimePoint start) {
    const auto text = reader.text("created");
    if (!text)
        return std::nullopt;
    if (const auto age = parse_duration(*text))
        return start - *age;
    return reader.time("created", start);
}

void read_suspensions(ObjectReader& reader, InitialGroup& group) {
    const auto items = reader.items("suspended");
    for (std::size_t i = 0; i < items.size(); ++i) {
        Suspend suspend;
        if (const auto name = items[i].as_string()) {
            suspend.processes.emplace_back(*name);
        } else {
            ObjectReader inner(items[i], item_path(reader.path_of("suspended"), i),
                               reader.findings());
            inner.require("process");
            suspend.processes.push_back(inner.text("process").value_or(""));
            suspend.duration = inner.duration("for");
            inner.finish();
        }
        check_processes(reader, "suspended", suspend.processes);
        group.suspensions.push_back(std::move(suspend));
    }
}

void read_rolls(ObjectReader& reader, InitialGroup& group) {
    const auto items = reader.items("rolls");
    for (std::size_t i = 0; i < items.size(); ++i) {
        ObjectReader inner(items[i], item_path(reader.path_of("rolls"), i), reader.findings());
        inner.require("id");
        group.rolls.push_back({.id = inner.text("id").value_or(""),
                               .status = inner.text("status").value_or("in_progress")});
        inner.finish();
    }
}

void read_lock(ObjectReader& reader, InitialGroup& group) {
    const Document* member = reader.find("locked");
    if (!member)
        return;
    ObjectReader inner(*member, reader.path_of("locked"), reader.findings());
    group.lock = Lock{.count = inner.integer("count", {1, instances_max}).value_or(1),
                      .duration = inner.duration("for")};
    inner.finish();
}

/// The group's document: complete as given under `group`, else `document` laid over the default.
Document document_of(ObjectReader& reader, std::string_view region) {
    const Document* complete = reader.find("group");
    const Document* over = reader.find("document");
    if (complete && over)
        reader.report("document", "is for groups without a complete document in group");
    for (const auto& [key, member] : {std::pair{"group", complete}, std::pair{"document", over}}) {
        if (member && !member->is_object())
            reader.report(key, "must be an object");
    }
    if (complete && complete->is_object())
        return *complete;
    Document document = default_group(region);
    if (over && over->is_object())
        lay_over(document, *over);
    return document;
}

void set_capacity(Document& document, const CapacityBounds& bounds) {
    Document* capacity = document.find("capacity");
    if (!capacity || !capacity->is_object())
        capacity = &document.set("capacity", Document::object());
    capacity->set("minimum", bounds.minimum);
    capacity->set("target", bounds.target);
    capacity->set("maximum", bounds.maximum);
    if (!capacity->find("unit"))
        capacity->set("unit", "instance");
}

void check_document(ObjectReader& reader, const Document& document) {
    const Document* name = document.find("name");
    if (!name || name->as_string().value_or("").empty())
        reader.report("name", "is missing");
    const auto bound = [&](std::string_view key) {
        const Document* value = document.find_path({"capacity", key});
        return value ? value->as_integer().value_or(-1) : -1;
    };
    const CapacityBounds bounds{
        .minimum = bound("minimum"), .target = bound("target"), .maximum = bound("maximum")};
    if (!Capacity::make(bounds))
        reader.report("capacity", "is missing or not minimum <= target <= maximum", "\"2/4/8\"");
}

std::vector<std::pair<std::string, std::string>> read_tags(ObjectReader& reader) {
    std::vector<std::pair<std::string, std::string>> tags;
    const Document* member = reader.find("tags");
    const auto* object = member ? member->as_object() : nullptr;
    if (member && !object)
        reader.report("tags", "must be an object");
    if (object) {
        for (const Document::Member& tag : *object) {
            if (!tag.value.is_string())
                reader.report("tags", fmt::format("{} must be a text", quote(tag.key)));
            tags.emplace_back(tag.key, text_at(&tag.value));
        }
    }
    return tags;
}

/// An image: its id alone, or with what EC2 says about it.
SimulatedImage read_image(const Document& item, const std::string& path, TimePoint start,
                          Findings& findings) {
    SimulatedImage image{.owner = std::string(default_owner),
                         .created_at = start - std::chrono::hours(24),
                         .state = "available",
                         .architecture = "x86_64"};
    if (const auto id = item.as_string()) {
        image.id = *id;
        return image;
    }
    ObjectReader reader(item, path, findings);
    reader.require("id");
    image.id = reader.text("id").value_or("");
    image.name = reader.text("name").value_or("");
    image.owner = reader.text("owner").value_or(image.owner);
    image.state = reader.text("state").value_or(image.state);
    image.architecture = reader.text("architecture").value_or(image.architecture);
    image.created_at = read_past(reader, start).value_or(image.created_at);
    image.tags = read_tags(reader);
    reader.finish();
    return image;
}

/// `{"/images/shop": "ami-1"}`, or `["ami-0", "ami-1"]` for several versions.
std::vector<SimulatedParameter> read_parameters(ObjectReader& reader) {
    std::vector<SimulatedParameter> parameters;
    const Document* member = reader.find("parameters");
    const auto* object = member ? member->as_object() : nullptr;
    if (member && !object)
        reader.report("parameters", "must be an object");
    if (!object)
        return parameters;
    for (const Document::Member& one : *object) {
        SimulatedParameter parameter{.name = one.key};
        if (const auto value = one.value.as_string())
            parameter.versions.emplace_back(*value);
        else if (const auto* values = one.value.as_array())
            for (const Document& version : *values)
                parameter.versions.emplace_back(text_at(&version));
        if (parameter.versions.empty() || std::ranges::count(parameter.versions, "") > 0)
            reader.report(
                "parameters",
                fmt::format("{} must be a text or a list of texts, oldest first", quote(one.key)));
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

InitialGroup read_group(const Document& item, const std::string& path, const Scenario& scenario,
                        Findings& findings) {
    ObjectReader reader(item, path, findings);
    InitialGroup group;
    group.document = document_of(reader, scenario.region);
    if (const auto name = reader.text("name"))
        group.document.set("name", *name);
    if (const auto capacity = read_capacity(reader, "capacity"))
        set_capacity(group.document, *capacity);
    check_document(reader, group.document);
    const Document* id = group.document.find("id");
    group.id = reader.text("id").value_or(std::string(id ? id->as_string().value_or("") : ""));
    group.created_at = read_past(reader, scenario.start);
    group.healthy = reader.integer("healthy", {0, instances_max});
    group.launch = read_launch(reader, "launch", scenario.launch);
    read_suspensions(reader, group);
    read_lock(reader, group);
    read_rolls(reader, group);
    reader.finish();
    return group;
}

template <class T> Result<T> result_of(T value, Findings findings, std::string_view what) {
    if (findings.empty())
        return value;
    return Unexpected(Error{.category = ErrorCategory::invalid_argument,
                            .message = fmt::format("the {} has {}; see docs/simulation.md", what,
                                                   count_of(std::ssize(findings), "mistake")),
                            .details = std::move(findings)});
}

} // namespace

bool matches(std::string_view pattern, std::string_view text) noexcept {
    if (pattern.empty())
        return true;
    const auto star = pattern.find('*');
    if (star == std::string_view::npos)
        return pattern == text;
    if (!text.starts_with(pattern.substr(0, star)))
        return false;
    text.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    if (pattern.empty())
        return true;
    // Tries every place at which the rest may begin: patterns and names are short.
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (matches(pattern, text.substr(i)))
            return true;
    }
    return false;
}

Result<Scenario> parse_scenario(const Document& document) {
    Findings findings;
    ObjectReader reader(document, "$", findings);
    Scenario scenario;
    reader.find("$schema");
    // A Monday morning, so that schedules of office hours have a meaning.
    scenario.start =
        TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 3 / 2)) + std::chrono::hours(8);
    scenario.start = reader.time("start", scenario.start).value_or(scenario.start);
    scenario.seed = static_cast<std::uint64_t>(
        reader.integer("seed", {0, std::numeric_limits<std::int64_t>::max()}).value_or(1));
    scenario.token = reader.text("token").value_or("simulated");
    scenario.account = reader.text("account").value_or("");
    scenario.region = reader.text("region").value_or("us-east-1");
    if (reader.has("images")) {
        scenario.images.emplace();
        const auto images = reader.items("images");
        for (std::size_t i = 0; i < images.size(); ++i)
            scenario.images->push_back(read_image(images[i], item_path(reader.path_of("images"), i),
                                                  scenario.start, findings));
    }
    scenario.parameters = read_parameters(reader);
    read_load_balancers(reader, scenario);
    scenario.latency = reader.span("latency").value_or(latency_usual);
    scenario.launch = read_launch(reader, "launch", launch_usual).value_or(launch_usual);
    scenario.draining = reader.duration("draining").value_or(draining_usual);
    scenario.list_lag = reader.duration("list_lag").value_or(Milliseconds(0));
    scenario.heal_after = reader.duration("heal_after");
    read_rate_limits(reader, scenario);
    const auto groups = reader.items("groups");
    for (std::size_t i = 0; i < groups.size(); ++i) {
        scenario.groups.push_back(
            read_group(groups[i], item_path(reader.path_of("groups"), i), scenario, findings));
    }
    scenario.part = read_part(reader, scenario.start);
    reader.finish();
    return result_of(std::move(scenario), std::move(findings), "scenario");
}

Result<ScenarioPart> parse_scenario_part(const Document& document, TimePoint now) {
    Findings findings;
    ObjectReader reader(document, "$", findings);
    ScenarioPart part = read_part(reader, now);
    reader.finish();
    return result_of(std::move(part), std::move(findings), "part of a scenario");
}

} // namespace elastiroll::sim
