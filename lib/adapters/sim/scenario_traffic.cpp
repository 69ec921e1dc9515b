#include "adapters/sim/scenario_traffic.hpp"

#include "adapters/sim/defaults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace elastiroll::sim {
namespace {

/// How long a target is checked before it counts, where a target group does not say.
constexpr Milliseconds healthy_after_usual = std::chrono::seconds(10);
/// ELBv2's default for `deregistration_delay.timeout_seconds`.
constexpr Milliseconds deregistration_delay_usual = std::chrono::seconds(300);
constexpr IntegerRange ports{1, 65'535};

/// What a load balancer's parts are read with: ARNs count the parts in the scenario's order.
struct Place {
    Scenario& scenario;
    SimulatedLoadBalancer& balancer;
    std::size_t ordinal; ///< of the load balancer, from 1

    std::string arn(std::string_view kind, std::string_view rest) const {
        return fmt::format("arn:aws:elasticloadbalancing:{}:{}:{}/{}", scenario.region,
                           default_owner, kind, rest);
    }
    /// `app/shop/0000000000000001`.
    std::string own_path() const {
        return fmt::format("{}/{}/{:016x}", balancer.type == "network" ? "net" : "app",
                           balancer.name, ordinal);
    }
};

SimulatedTargetGroup read_target_group(const Document& item, const std::string& path,
                                       const Place& place, Findings& findings) {
    ObjectReader reader(item, path, findings);
    SimulatedTargetGroup group;
    reader.require("name");
    group.name = reader.text("name").value_or("");
    const std::size_t ordinal = place.scenario.target_groups.size() + 1;
    group.arn = reader.text("arn").value_or(
        place.arn("targetgroup", fmt::format("{}/{:016x}", group.name, ordinal)));
    group.load_balancer = place.balancer.arn;
    group.type = reader.text("type").value_or("instance");
    group.vpc = reader.text("vpc").value_or(place.balancer.vpc);
    group.port = static_cast<int>(reader.integer("port", ports).value_or(80));
    group.deregistration_delay =
        reader.duration("deregistration_delay").value_or(deregistration_delay_usual);
    const Document* after = reader.find("healthy_after");
    if (!after || after->as_string() != "never")
        group.healthy_after = reader.duration("healthy_after").value_or(healthy_after_usual);
    reader.finish();
    return group;
}

/// `forward`: a target group's name, or weights by name; `actions`: as the API has them.
Document read_actions(ObjectReader& reader, const Scenario& scenario) {
    const Document* forward = reader.find("forward");
    const auto stickiness = reader.duration("stickiness");
    Document actions = Document::array();
    for (const Document& action : reader.items("actions"))
        actions.push_back(as_texts(action));
    if (!forward) {
        if (actions.as_array()->empty())
            reader.report("forward", "is missing",
                          "a target group's name, weights by name, or actions");
        return actions;
    }
    const auto arn_of = [&](std::string_view name) {
        const auto found =
            std::ranges::find(scenario.target_groups, name, &SimulatedTargetGroup::name);
        if (found != scenario.target_groups.end())
            return found->arn;
        reader.report("forward", fmt::format("there is no target group \"{}\"", name));
        return std::string();
    };
    Document tuples = Document::array();
    if (const auto* weights = forward->as_object()) {
        for (const auto& [name, weight] : *weights)
            tuples.push_back(
                Document::object({{"TargetGroupArn", arn_of(name)}, {"Weight", to_text(weight)}}));
    } else {
        tuples.push_back(
            Document::object({{"TargetGroupArn", arn_of(forward->as_string().value_or(""))}}));
    }
    Document config = Document::object({{"TargetGroups", std::move(tuples)}});
    if (stickiness) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(*stickiness);
        config.set("TargetGroupStickinessConfig",
                   Document::object({{"Enabled", "true"},
                                     {"DurationSeconds", std::to_string(seconds.count())}}));
    }
    // After what logs in, or whatever else comes first.
    actions.push_back(
        Document::object({{"Type", "forward"}, {"ForwardConfig", std::move(config)}}));
    return actions;
}

SimulatedListener read_listener(const Document& item, const std::string& path, const Place& place,
                                Findings& findings) {
    ObjectReader reader(item, path, findings);
    SimulatedListener listener;
    reader.require("port");
    listener.port = static_cast<int>(reader.integer("port", ports).value_or(80));
    const std::string own_path =
        fmt::format("{}/{:016x}", place.own_path(), place.balancer.listeners.size() + 1);
    listener.arn = reader.text("arn").value_or(place.arn("listener", own_path));
    listener.protocol = reader.text("protocol").value_or("HTTP");
    listener.actions = read_actions(reader, place.scenario);
    const auto rules = reader.items("rules");
    for (std::size_t i = 0; i < rules.size(); ++i) {
        ObjectReader rule_reader(rules[i], item_path(reader.path_of("rules"), i), findings);
        SimulatedRule rule;
        rule.arn = rule_reader.text("arn").value_or(
            place.arn("listener-rule", fmt::format("{}/{:016x}", own_path, i + 1)));
        rule.priority = rule_reader.text("priority").value_or(std::to_string(i + 1));
        rule.conditions = Document::array();
        for (const Document& condition : rule_reader.items("conditions"))
            rule.conditions.push_back(as_texts(condition));
        rule.actions = read_actions(rule_reader, place.scenario);
        rule_reader.finish();
        listener.rules.push_back(std::move(rule));
    }
    reader.finish();
    return listener;
}

} // namespace

Document as_texts(const Document& document) {
    if (const auto* items = document.as_array()) {
        Document::Array texts;
        for (const Document& item : *items)
            texts.push_back(as_texts(item));
        return texts;
    }
    if (const auto* members = document.as_object()) {
        Document texts = Document::object();
        for (const auto& [key, value] : *members)
            texts.set(key, as_texts(value));
        return texts;
    }
    return document.is_string() || document.is_null() ? document : Document(to_text(document));
}

void read_load_balancers(ObjectReader& reader, Scenario& scenario) {
    const auto items = reader.items("load_balancers");
    for (std::size_t i = 0; i < items.size(); ++i) {
        ObjectReader inner(items[i], item_path(reader.path_of("load_balancers"), i),
                           reader.findings());
        SimulatedLoadBalancer balancer;
        inner.require("name");
        balancer.name = inner.text("name").value_or("");
        balancer.type = inner.text("type").value_or("application");
        balancer.vpc = inner.text("vpc").value_or("vpc-1");
        const Place place{scenario, balancer, i + 1};
        balancer.arn = inner.text("arn").value_or(place.arn("loadbalancer", place.own_path()));
        const auto groups = inner.items("target_groups");
        for (std::size_t k = 0; k < groups.size(); ++k)
            scenario.target_groups.push_back(read_target_group(
                groups[k], item_path(inner.path_of("target_groups"), k), place, reader.findings()));
        const auto listeners = inner.items("listeners");
        for (std::size_t k = 0; k < listeners.size(); ++k)
            balancer.listeners.push_back(read_listener(
                listeners[k], item_path(inner.path_of("listeners"), k), place, reader.findings()));
        inner.finish();
        scenario.load_balancers.push_back(std::move(balancer));
    }
    scenario.classic_load_balancers = reader.texts("classic_load_balancers");
}

} // namespace elastiroll::sim
