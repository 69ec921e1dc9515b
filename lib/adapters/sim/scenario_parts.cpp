#include "adapters/sim/scenario_parts.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include <elastiroll/base/text.hpp>

#include "adapters/sim/scenario_traffic.hpp"

namespace elastiroll::sim {
namespace {

/// Larger counts are slips of the keyboard.
constexpr std::int64_t count_max = 1'000'000;
constexpr IntegerRange counts{1, count_max};

std::vector<std::string_view> call_words() {
    // `unknown` is no call that anybody could mean.
    return {call_names.begin(), call_names.end() - 1};
}

std::optional<CallKind> read_call(ObjectReader& reader) {
    std::vector<std::string_view> words = call_words();
    words.emplace_back("*");
    const auto index = reader.word("call", words);
    if (!index || *index == words.size() - 1)
        return std::nullopt;
    return static_cast<CallKind>(*index);
}

LaunchRule read_rule(const Document& item, const std::string& path, Findings& findings) {
    ObjectReader reader(item, path, findings);
    LaunchRule rule;
    rule.group = reader.text("group").value_or("");
    rule.from = reader.integer("from", counts).value_or(1);
    rule.to = reader.integer("to", {rule.from, count_max});
    const auto span_or_never = [&](std::string_view key, bool& is_never) -> std::optional<Span> {
        const Document* member = reader.find(key);
        is_never = member && member->as_string() == "never";
        return is_never ? std::nullopt : reader.span(key);
    };
    rule.fulfilled = span_or_never("fulfilled", rule.is_never_fulfilled);
    rule.healthy = span_or_never("healthy", rule.is_never_healthy);
    rule.turns_unhealthy = reader.boolean("unhealthy").value_or(false);
    rule.log = reader.text("log").value_or("");
    reader.finish();
    return rule;
}

std::string text_of(const Document& body) {
    const auto text = body.as_string();
    return text ? std::string(*text) : to_text(body);
}

AnswerInstead read_answer(const Document& item, const std::string& path, Findings& findings) {
    ObjectReader reader(item, path, findings);
    AnswerInstead answer;
    reader.require("status");
    answer.status = static_cast<int>(reader.integer("status", {100, 599}).value_or(500));
    answer.code = reader.text("code").value_or("");
    answer.message = reader.text("message").value_or("");
    if (const Document* body = reader.find("body"))
        answer.body = text_of(*body);
    if (const Document* headers = reader.find("headers")) {
        if (const auto* members = headers->as_object()) {
            for (const auto& [name, value] : *members)
                answer.headers.emplace_back(name, text_of(value));
        } else {
            reader.report("headers", "must be an object");
        }
    }
    reader.finish();
    return answer;
}

std::optional<FaultEffect> read_effect(ObjectReader& reader) {
    std::optional<FaultEffect> effect;
    int effects = 0;
    const auto take = [&](auto one) {
        effect.emplace(std::move(one));
        ++effects;
    };
    const auto lost = reader.word("lose", {"request", "answer"});
    if (lost == 0u)
        take(LoseRequest{});
    else if (lost)
        take(LoseAnswer{});
    if (reader.boolean("refuse").value_or(false))
        take(Refuse{});
    if (const auto after = reader.duration("late"))
        take(ApplyLate{*after});
    if (const auto by = reader.duration("delay"))
        take(Delay{*by});
    if (const auto duration = reader.duration("throttle"))
        take(Throttle{*duration});
    if (const Document* answer = reader.find("answer"))
        take(read_answer(*answer, reader.path_of("answer"), reader.findings()));
    if (reader.boolean("revoke_token").value_or(false))
        take(RevokeToken{});
    if (effects != 1) {
        reader.report("lose", "a fault has one effect",
                      "one of lose, refuse, late, delay, throttle, answer, revoke_token");
    }
    return effect;
}

std::optional<Fault> read_fault(const Document& item, const std::string& path, TimePoint origin,
                                Findings& findings) {
    ObjectReader reader(item, path, findings);
    Fault fault;
    reader.require("call");
    fault.call = read_call(reader);
    fault.group = reader.text("group").value_or("");
    fault.nth = reader.integer("nth", counts).value_or(1);
    fault.from = reader.time("from", origin);
    fault.until = reader.time("until", origin);
    const Document* count = reader.find("count");
    const bool is_endless = count ? count->as_string() == "all" : fault.from || fault.until;
    if (is_endless)
        fault.count = std::nullopt;
    else if (count)
        fault.count = reader.integer("count", counts);
    auto effect = read_effect(reader);
    reader.finish();
    if (!effect)
        return std::nullopt;
    fault.effect = std::move(*effect);
    return fault;
}

Anchor read_anchor(const Document& item, const std::string& path, Findings& findings) {
    ObjectReader reader(item, path, findings);
    Anchor anchor;
    reader.require("after");
    const auto kind = reader.word("after", {"created", "healthy", "target", "call"});
    anchor.kind = static_cast<Anchor::Kind>(kind.value_or(0));
    anchor.group = reader.text("group").value_or("");
    anchor.delay = reader.duration("delay").value_or(Milliseconds(0));
    if (anchor.kind == Anchor::Kind::healthy || anchor.kind == Anchor::Kind::target)
        anchor.units = reader.integer("units", {0, capacity_max}).value_or(1);
    if (anchor.kind == Anchor::Kind::call) {
        reader.require("call");
        anchor.call = read_call(reader);
        anchor.nth = reader.integer("nth", counts).value_or(1);
    }
    reader.finish();
    return anchor;
}

std::vector<std::string> read_processes(ObjectReader& reader) {
    reader.require("processes");
    auto processes = reader.texts("processes");
    check_processes(reader, "processes", processes);
    return processes;
}

Action read_health(ObjectReader& reader) {
    SetHealth action;
    action.count = reader.integer("count", counts).value_or(1);
    const auto status =
        reader.word("status", {"HEALTHY", "UNHEALTHY", "INSUFFICIENT_DATA", "UNKNOWN"});
    action.status = static_cast<HealthStatus>(status.value_or(3));
    action.duration = reader.duration("for");
    return action;
}

Action read_policy(ObjectReader& reader) {
    ApplyPolicy action;
    action.target = reader.integer("target", {0, capacity_max});
    action.adjustment = reader.integer("adjust", {-capacity_max, capacity_max}).value_or(0);
    if (action.target.has_value() == (action.adjustment != 0))
        reader.report("target", "a policy sets a target or adjusts it", "target or adjust");
    return action;
}

Action read_set_capacity(ObjectReader& reader) {
    reader.require("to");
    return SetCapacity{.to = read_capacity(reader, "to").value_or(CapacityBounds{})};
}

Action read_log(ObjectReader& reader) {
    reader.require("message");
    WriteLog action;
    action.severity = reader.text("severity").value_or("ERROR");
    action.message = reader.text("message").value_or("");
    return action;
}

/// An action that is an object with a `group` beside its own members.
struct ActionKind {
    std::string_view key;
    Action (*read)(ObjectReader&);
};

constexpr std::array<ActionKind, 12> action_kinds = {{
    {"interrupt",
     [](ObjectReader& reader) -> Action {
         return Interrupt{.count = reader.integer("count", counts).value_or(1),
                          .notice = reader.duration("notice").value_or(Milliseconds(0))};
     }},
    {"surge",
     [](ObjectReader& reader) -> Action {
         return Surge{.count = reader.integer("count", counts).value_or(1)};
     }},
    {"health", read_health},
    {"policy", read_policy},
    {"capacity", read_set_capacity},
    {"rename",
     [](ObjectReader& reader) -> Action {
         reader.require("name");
         return Rename{.name = reader.text("name").value_or("")};
     }},
    {"suspend",
     [](ObjectReader& reader) -> Action {
         return Suspend{.processes = read_processes(reader), .duration = reader.duration("for")};
     }},
    {"resume",
     [](ObjectReader& reader) -> Action { return Resume{.processes = read_processes(reader)}; }},
    {"delete", [](ObjectReader&) -> Action { return Delete{}; }},
    {"roll",
     [](ObjectReader& reader) -> Action { return StartRoll{.duration = reader.duration("for")}; }},
    {"lock",
     [](ObjectReader& reader) -> Action {
         return Lock{.count = reader.integer("count", counts).value_or(1),
                     .duration = reader.duration("for")};
     }},
    {"log", read_log},
}};

void set_group(Action& action, const std::string& group) {
    std::visit(
        [&](auto& one) {
            if constexpr (requires { one.group; })
                one.group = group;
        },
        action);
}

/// `{"arn": ..., "actions": [...]}`.
SetActions read_set_actions(const Document& item, const std::string& path, Findings& findings) {
    ObjectReader reader(item, path, findings);
    SetActions action;
    reader.require("arn");
    action.route = reader.text("arn").value_or("");
    reader.require("actions");
    Document::Array actions;
    for (const Document& one : reader.items("actions"))
        actions.push_back(as_texts(one));
    action.actions = std::move(actions);
    reader.finish();
    return action;
}

/// Without a group of its own an action is about the group that its anchor waits for. At a time of
/// its own it must name one.
std::optional<Action> read_action(ObjectReader& reader, bool needs_group) {
    std::optional<Action> action;
    int actions = 0;
    for (const ActionKind& kind : action_kinds) {
        const Document* member = reader.find(kind.key);
        if (!member)
            continue;
        ObjectReader inner(*member, reader.path_of(kind.key), reader.findings());
        if (needs_group)
            inner.require("group");
        const std::string group = inner.text("group").value_or("");
        action = kind.read(inner);
        set_group(*action, group);
        inner.finish();
        ++actions;
    }
    if (reader.boolean("revoke_token").value_or(false)) {
        action = RevokeToken{};
        ++actions;
    }
    if (auto token = reader.text("accept_token")) {
        action = AcceptToken{std::move(*token)};
        ++actions;
    }
    if (const Document* route = reader.find("route")) {
        action = read_set_actions(*route, reader.path_of("route"), reader.findings());
        ++actions;
    }
    if (const auto lag = reader.duration("list_lag")) {
        action = SetListLag{*lag};
        ++actions;
    }
    if (actions != 1) {
        reader.report("when", "an event has one action beside when",
                      "one of interrupt, surge, health, policy, capacity, rename, suspend, resume, "
                      "delete, roll, lock, log, list_lag, revoke_token, accept_token, route");
    }
    return action;
}

std::optional<WorldEvent> read_event(const Document& item, const std::string& path,
                                     TimePoint origin, Findings& findings) {
    ObjectReader reader(item, path, findings);
    WorldEvent event;
    reader.require("when");
    const Document* when = reader.find("when");
    if (when && when->is_object())
        event.when = read_anchor(*when, reader.path_of("when"), findings);
    else
        event.when = reader.time("when", origin).value_or(origin);
    const bool needs_group = std::holds_alternative<TimePoint>(event.when);
    auto action = read_action(reader, needs_group);
    reader.finish();
    if (!action)
        return std::nullopt;
    event.action = std::move(*action);
    return event;
}

} // namespace

ScenarioPart read_part(ObjectReader& reader, TimePoint origin) {
    ScenarioPart part;
    Findings& findings = reader.findings();
    const auto each = [&](std::string_view key, const auto& read) {
        const auto items = reader.items(key);
        for (std::size_t i = 0; i < items.size(); ++i)
            read(items[i], item_path(reader.path_of(key), i));
    };
    each("instances", [&](const Document& item, const std::string& path) {
        part.instances.push_back(read_rule(item, path, findings));
    });
    each("faults", [&](const Document& item, const std::string& path) {
        if (auto fault = read_fault(item, path, origin, findings))
            part.faults.push_back(std::move(*fault));
    });
    each("events", [&](const Document& item, const std::string& path) {
        if (auto event = read_event(item, path, origin, findings))
            part.events.push_back(std::move(*event));
    });
    return part;
}

std::optional<CapacityBounds> read_capacity(ObjectReader& reader, std::string_view key) {
    const Document* member = reader.find(key);
    if (!member)
        return std::nullopt;
    CapacityBounds bounds;
    constexpr IntegerRange range{0, capacity_max};
    if (const auto text = member->as_string()) {
        const auto first = text->find('/');
        const auto second = first == std::string_view::npos ? first : text->find('/', first + 1);
        if (second != std::string_view::npos) {
            bounds.minimum = parse_integer(text->substr(0, first)).value_or(-1);
            bounds.target = parse_integer(text->substr(first + 1, second - first - 1)).value_or(-1);
            bounds.maximum = parse_integer(text->substr(second + 1)).value_or(-1);
        } else {
            bounds.minimum = -1;
        }
    } else {
        ObjectReader inner(*member, reader.path_of(key), reader.findings());
        bounds.minimum = inner.integer("minimum", range).value_or(-1);
        bounds.target = inner.integer("target", range).value_or(-1);
        bounds.maximum = inner.integer("maximum", range).value_or(-1);
        inner.finish();
    }
    if (!Capacity::make(bounds)) {
        reader.report(key, "must be minimum/target/maximum with minimum <= target <= maximum",
                      "\"2/4/8\"");
        return std::nullopt;
    }
    return bounds;
}

std::optional<LaunchTimes> read_launch(ObjectReader& reader, std::string_view key,
                                       LaunchTimes usual) {
    const Document* member = reader.find(key);
    if (!member)
        return std::nullopt;
    ObjectReader inner(*member, reader.path_of(key), reader.findings());
    usual.fulfilled = inner.span("fulfilled").value_or(usual.fulfilled);
    usual.healthy = inner.span("healthy").value_or(usual.healthy);
    inner.finish();
    return usual;
}

void check_processes(ObjectReader& reader, std::string_view key,
                     const std::vector<std::string>& processes) {
    const std::vector<std::string_view> known(process_names.begin(), process_names.end());
    for (const std::string& process : processes) {
        if (std::ranges::find(known, process) == known.end())
            report_unknown_word(reader, key, process, known);
    }
}

} // namespace elastiroll::sim
