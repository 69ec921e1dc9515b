#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace elastiroll {
namespace {

/// A number as the API's XML has it, a text, or as JSON has it.
std::optional<int> number_at(const Document& object, std::string_view key) {
    const Document* value = object.find(key);
    if (!value)
        return std::nullopt;
    if (const auto integer = value->as_integer())
        return static_cast<int>(std::clamp<std::int64_t>(*integer, -1, 1'000'000'000));
    const std::string_view text = text_at(value);
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

bool is_true(const Document* value) {
    return value && (value->as_boolean().value_or(false) || text_at(value) == "true");
}

bool is_forward(const Document& action) { return text_at(action, "Type") == "forward"; }

std::vector<ForwardTarget> targets_of(const Document& forward) {
    std::vector<ForwardTarget> targets;
    const Document* tuples = forward.find_path({"ForwardConfig", "TargetGroups"});
    if (const auto* list = tuples ? tuples->as_array() : nullptr) {
        for (const Document& tuple : *list)
            targets.push_back({std::string(text_at(tuple, "TargetGroupArn")),
                               number_at(tuple, "Weight").value_or(1)});
    }
    if (targets.empty())
        targets.push_back({std::string(text_at(forward, "TargetGroupArn")), 1});
    return targets;
}

std::optional<Milliseconds> stickiness_of(const Document& forward) {
    const Document* config = forward.find_path({"ForwardConfig", "TargetGroupStickinessConfig"});
    if (!config || !is_true(config->find("Enabled")))
        return std::nullopt;
    return std::chrono::seconds(number_at(*config, "DurationSeconds").value_or(0));
}

/// One spelling of whatever means the same.
Document normal_action(const Document& action) {
    Document normal = action;
    normal.erase("Order");
    if (Document* oidc = normal.find("AuthenticateOidcConfig")) {
        // Neither is in an answer: the secret stays as it is.
        oidc->erase("ClientSecret");
        oidc->erase("UseExistingClientSecret");
    }
    if (!is_forward(action))
        return normal;
    std::vector<ForwardTarget> targets = targets_of(action);
    std::ranges::sort(targets, {}, &ForwardTarget::target_group);
    Document tuples = Document::array();
    for (const ForwardTarget& target : targets)
        tuples.push_back(
            Document::object({{"TargetGroupArn", target.target_group}, {"Weight", target.weight}}));
    const auto stickiness = stickiness_of(action);
    return Document::object(
        {{"Type", "forward"},
         {"TargetGroups", std::move(tuples)},
         {"Stickiness", stickiness ? Document(stickiness->count()) : Document()}});
}

std::vector<const Document*> in_order(const Document& actions) {
    std::vector<const Document*> list;
    if (const auto* given = actions.as_array()) {
        for (const Document& action : *given)
            list.push_back(&action);
    }
    std::ranges::stable_sort(
        list, {}, [](const Document* action) { return number_at(*action, "Order").value_or(0); });
    return list;
}

template <class Health, class Name, class IsHealthy>
void join_states(GroupReading& reading, const std::vector<Health>& targets, Name name,
                 IsHealthy is_healthy) {
    for (InstanceReading& instance : reading.instances) {
        const std::string& id = instance.status.id.text();
        const auto is_named = [&](const Health& target) { return name(target) == id; };
        const bool is_in_service =
            std::ranges::any_of(targets, is_named) &&
            std::ranges::all_of(targets, [&](const Health& target) {
                return !is_named(target) || is_healthy(target); // one per port
            });
        if (instance.health == HealthStatus::healthy && !is_in_service)
            instance.health = HealthStatus::unhealthy;
    }
}

} // namespace

std::vector<ForwardTarget> forward_targets(const Document& actions) {
    std::vector<ForwardTarget> targets;
    for (const Document* action : in_order(actions)) {
        if (is_forward(*action))
            std::ranges::move(targets_of(*action), std::back_inserter(targets));
    }
    return targets;
}

std::optional<Milliseconds> forward_stickiness(const Document& actions) {
    std::optional<Milliseconds> longest;
    for (const Document* action : in_order(actions)) {
        if (const auto one = is_forward(*action) ? stickiness_of(*action) : std::nullopt)
            longest = std::max(longest.value_or(*one), *one);
    }
    return longest;
}

Result<void> check_rewritable(const Document& actions, std::string_view what) {
    constexpr std::array<std::string_view, 3> known{"forward", "authenticate-oidc",
                                                    "authenticate-cognito"};
    int forwards = 0;
    for (const Document* action : in_order(actions)) {
        const std::string_view type = text_at(*action, "Type");
        if (std::ranges::find(known, type) == known.end())
            return fail(ErrorCategory::conflict,
                        fmt::format("{} has an action of type \"{}\", which is not known to "
                                    "survive being written back; move it to another rule",
                                    what, type));
        forwards += is_forward(*action) ? 1 : 0;
    }
    if (forwards == 1)
        return {};
    return fail(ErrorCategory::conflict,
                fmt::format("{} does not forward to target groups, so there is no traffic of it to "
                            "move; name a listener or rule that does",
                            what));
}

Document with_forward_targets(const Document& actions, const std::vector<ForwardTarget>& targets) {
    Document changed = actions;
    auto* list = changed.as_array();
    if (!list)
        return changed;
    for (Document& action : *list) {
        if (Document* oidc = action.find("AuthenticateOidcConfig"))
            oidc->set("UseExistingClientSecret", "true");
        if (!is_forward(action))
            continue;
        Document tuples = Document::array();
        for (const ForwardTarget& target : targets)
            tuples.push_back(Document::object({{"TargetGroupArn", target.target_group},
                                               {"Weight", std::to_string(target.weight)}}));
        action.erase("TargetGroupArn"); // exclusive with the configuration, once that says more
        Document config =
            action.find("ForwardConfig") ? *action.find("ForwardConfig") : Document::object();
        config.set("TargetGroups", std::move(tuples));
        action.set("ForwardConfig", std::move(config));
    }
    return changed;
}

bool are_same_actions(const Document& a, const Document& b) {
    const auto normal = [](const Document* action) {
        return canonical_text(normal_action(*action));
    };
    return std::ranges::equal(in_order(a), in_order(b), {}, normal, normal);
}

std::string_view target_group_name(std::string_view arn) noexcept {
    constexpr std::string_view mark = ":targetgroup/";
    const auto at = arn.find(mark);
    if (at == std::string_view::npos)
        return arn;
    arn.remove_prefix(at + mark.size());
    return arn.substr(0, arn.find('/'));
}

std::string forward_text(const Document& actions) { return forward_text(forward_targets(actions)); }

std::string forward_text(const std::vector<ForwardTarget>& targets) {
    std::string text;
    for (const ForwardTarget& target : targets)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                            target_group_name(target.target_group), target.weight);
    return text;
}

const Document* TrafficState::find_actions(std::string_view arn) const {
    for (const ListenerState& state : listeners) {
        if (state.listener.arn == arn)
            return &state.listener.default_actions;
        for (const ListenerRule& rule : state.rules) {
            if (rule.arn == arn)
                return &rule.actions;
        }
    }
    return nullptr;
}

void join_target_health(GroupReading& reading, const std::vector<TargetHealth>& targets) {
    join_states(
        reading, targets, [](const TargetHealth& one) -> const std::string& { return one.target; },
        [](const TargetHealth& one) { return one.state == "healthy"; });
}

void join_classic_health(GroupReading& reading, const std::vector<ClassicInstanceHealth>& targets) {
    join_states(
        reading, targets,
        [](const ClassicInstanceHealth& one) -> const std::string& { return one.id.text(); },
        [](const ClassicInstanceHealth& one) { return one.state == "InService"; });
}

} // namespace elastiroll
