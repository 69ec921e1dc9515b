#include "adapters/sim/elb_routes.hpp"

#include "adapters/sim/aws_routes.hpp"
#include "adapters/sim/xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <utility>

namespace elastiroll::sim {
namespace {

/// Source: ELBv2 API, PageSize.
constexpr std::size_t page_size_max = 400;
constexpr std::size_t tuples_max = 5;
constexpr int weight_max = 999;

/// What the service refuses with.
struct Refusal {
    std::string code{};
    std::string message{};
};

/// One request and the answer being written to it.
class Request {
public:
    Request(CallKind kind, const Echo& echo, std::string_view form)
        : kind_(kind), echo_(&echo), form_(form) {}

    std::string value(std::string_view name) const { return query_value(form_, name).value_or(""); }
    std::vector<std::string> list(std::string_view name) const {
        return list_of(form_, fmt::format("{}.member", name));
    }
    std::string_view form() const noexcept { return form_; }

    Answer refuse(const Refusal& refusal) const {
        return refuse_aws_request(kind_, *echo_, 400, refusal.code, refusal.message);
    }

    /// The action's result, in the envelope that the service puts around it.
    Answer answer(std::string_view result) const {
        const std::string action = value("Action");
        std::string body = fmt::format(
            R"(<{0}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/{1}/"><{0}Result>)"
            "{2}</{0}Result><ResponseMetadata>",
            action, value("Version"), result);
        append_element(body, "RequestId", echo_->id);
        body += fmt::format("</ResponseMetadata></{}Response>", action);
        return {.body = std::move(body), .content_type = xml_type};
    }

    /// The page of `items` that is asked for, with the marker of the next.
    Answer page(std::string_view name, const std::vector<std::string>& items) const {
        std::size_t size = page_size_max;
        std::size_t begin = 0;
        parse(value("PageSize"), size);
        parse(value("Marker"), begin);
        size = std::clamp<std::size_t>(size, 1, page_size_max);
        std::string result = fmt::format("<{}>", name);
        const std::size_t end = std::min(begin + size, items.size());
        for (std::size_t i = begin; i < end; ++i)
            result += fmt::format("<member>{}</member>", items[i]);
        result += fmt::format("</{}>", name);
        if (end < items.size())
            append_element(result, "NextMarker", std::to_string(end));
        return answer(result);
    }

private:
    static void parse(const std::string& text, std::size_t& number) {
        std::from_chars(text.data(), text.data() + text.size(), number);
    }

    CallKind kind_;
    const Echo* echo_;
    std::string_view form_;
};

bool is_asked_for(const std::vector<std::string>& wanted, std::string_view one) {
    return wanted.empty() || std::ranges::find(wanted, one) != wanted.end();
}

/// The first of `wanted` that none of `known` is.
const std::string* first_unknown(const std::vector<std::string>& wanted,
                                 const std::vector<std::string>& known) {
    const auto found = std::ranges::find_if(wanted, [&](const std::string& one) {
        return std::ranges::find(known, one) == known.end();
    });
    return found == wanted.end() ? nullptr : &*found;
}

Refusal not_found(std::string_view what, std::string_view which) {
    return {fmt::format("{}NotFound", what),
            fmt::format("One or more {}s not found: '{}'", what, which)};
}

Answer describe_load_balancers(const Traffic& traffic, const Request& request) {
    const auto arns = request.list("LoadBalancerArns");
    const auto names = request.list("Names");
    std::vector<std::string> known_arns;
    std::vector<std::string> known_names;
    std::vector<std::string> items;
    for (const SimulatedLoadBalancer& one : traffic.load_balancers()) {
        known_arns.push_back(one.arn);
        known_names.push_back(one.name);
        if (!is_asked_for(arns, one.arn) || !is_asked_for(names, one.name))
            continue;
        std::string item;
        append_element(item, "LoadBalancerArn", one.arn);
        append_element(item, "LoadBalancerName", one.name);
        append_element(item, "DNSName", fmt::format("{}.elb.amazonaws.com", one.name));
        append_element(item, "Scheme", "internet-facing");
        append_element(item, "Type", one.type);
        append_element(item, "VpcId", one.vpc);
        item += "<State><Code>active</Code></State>";
        items.push_back(std::move(item));
    }
    if (const auto* which = first_unknown(arns, known_arns))
        return request.refuse(not_found("LoadBalancer", *which));
    if (const auto* which = first_unknown(names, known_names))
        return request.refuse(not_found("LoadBalancer", *which));
    return request.page("LoadBalancers", items);
}

std::string listener_item(const Traffic& traffic, const SimulatedLoadBalancer& balancer,
                          const SimulatedListener& listener) {
    std::string item;
    append_element(item, "ListenerArn", listener.arn);
    append_element(item, "LoadBalancerArn", balancer.arn);
    append_element(item, "Port", std::to_string(listener.port));
    append_element(item, "Protocol", listener.protocol);
    append_document(item, "DefaultActions", *traffic.actions_of(listener.arn));
    return item;
}

Answer describe_listeners(const Traffic& traffic, const Request& request) {
    const std::string of = request.value("LoadBalancerArn");
    const auto arns = request.list("ListenerArns");
    std::vector<std::string> known;
    std::vector<std::string> items;
    bool is_known = of.empty();
    for (const SimulatedLoadBalancer& balancer : traffic.load_balancers()) {
        is_known = is_known || balancer.arn == of;
        for (const SimulatedListener& listener : balancer.listeners) {
            known.push_back(listener.arn);
            const bool is_of = of.empty() || balancer.arn == of;
            if (is_of && is_asked_for(arns, listener.arn))
                items.push_back(listener_item(traffic, balancer, listener));
        }
    }
    if (!is_known)
        return request.refuse(not_found("LoadBalancer", of));
    if (const auto* which = first_unknown(arns, known))
        return request.refuse(not_found("Listener", *which));
    return request.page("Listeners", items);
}

/// The ARN of the rule that stands for a listener's default actions.
std::string default_rule_arn(const SimulatedListener& listener) {
    std::string arn = listener.arn;
    if (const auto at = arn.find(":listener/"); at != std::string::npos)
        arn.replace(at, 10, ":listener-rule/");
    return arn + "/default";
}

std::string rule_item(std::string_view arn, std::string_view priority, bool is_default,
                      const Document& conditions, const Document& actions) {
    std::string item;
    append_element(item, "RuleArn", arn);
    append_element(item, "Priority", priority);
    append_element(item, "IsDefault", is_default ? "true" : "false");
    append_document(item, "Conditions", conditions);
    append_document(item, "Actions", actions);
    return item;
}

Answer describe_rules(const Traffic& traffic, const Request& request) {
    const std::string of = request.value("ListenerArn");
    const auto arns = request.list("RuleArns");
    std::vector<std::string> known;
    std::vector<std::string> items;
    bool is_known = of.empty();
    for (const SimulatedLoadBalancer& balancer : traffic.load_balancers()) {
        for (const SimulatedListener& listener : balancer.listeners) {
            is_known = is_known || listener.arn == of;
            const bool is_of = of.empty() || listener.arn == of;
            const auto add = [&](const std::string& arn, std::string_view priority, bool is_default,
                                 const Document& conditions, const Document& actions) {
                known.push_back(arn);
                if (is_of && is_asked_for(arns, arn))
                    items.push_back(rule_item(arn, priority, is_default, conditions, actions));
            };
            for (const SimulatedRule& rule : listener.rules)
                add(rule.arn, rule.priority, false, rule.conditions, *traffic.actions_of(rule.arn));
            add(default_rule_arn(listener), "default", true, Document::array(),
                *traffic.actions_of(listener.arn));
        }
    }
    if (!is_known)
        return request.refuse(not_found("Listener", of));
    if (const auto* which = first_unknown(arns, known))
        return request.refuse(not_found("Rule", *which));
    return request.page("Rules", items);
}

Answer describe_target_groups(const Traffic& traffic, const Scenario& scenario,
                              const Request& request) {
    const std::string of = request.value("LoadBalancerArn");
    const auto arns = request.list("TargetGroupArns");
    const auto names = request.list("Names");
    std::vector<std::string> known_arns;
    std::vector<std::string> known_names;
    std::vector<std::string> items;
    for (const SimulatedTargetGroup& group : scenario.target_groups) {
        known_arns.push_back(group.arn);
        known_names.push_back(group.name);
        const bool is_of = of.empty() || group.load_balancer == of;
        if (!is_of || !is_asked_for(arns, group.arn) || !is_asked_for(names, group.name))
            continue;
        std::string item;
        append_element(item, "TargetGroupArn", group.arn);
        append_element(item, "TargetGroupName", group.name);
        append_element(item, "Protocol", "HTTP");
        append_element(item, "Port", std::to_string(group.port));
        append_element(item, "VpcId", group.vpc);
        append_element(item, "TargetType", group.type);
        // Only one that a rule refers to belongs to its load balancer.
        item += "<LoadBalancerArns>";
        if (traffic.is_in_use(group.arn))
            append_element(item, "member", group.load_balancer);
        item += "</LoadBalancerArns>";
        items.push_back(std::move(item));
    }
    if (const auto* which = first_unknown(arns, known_arns))
        return request.refuse(not_found("TargetGroup", *which));
    if (const auto* which = first_unknown(names, known_names))
        return request.refuse(not_found("TargetGroup", *which));
    return request.page("TargetGroups", items);
}

Answer describe_attributes(const Traffic& traffic, const Request& request) {
    const std::string arn = request.value("TargetGroupArn");
    const SimulatedTargetGroup* group = traffic.find_target_group(arn);
    if (!group)
        return request.refuse(not_found("TargetGroup", arn));
    const auto attribute = [](std::string_view key, std::string_view value) {
        std::string item = "<member>";
        append_element(item, "Key", key);
        append_element(item, "Value", value);
        return item + "</member>";
    };
    const auto seconds = std::chrono::floor<std::chrono::seconds>(group->deregistration_delay);
    return request.answer(
        "<Attributes>" +
        attribute("deregistration_delay.timeout_seconds", std::to_string(seconds.count())) +
        attribute("stickiness.enabled", "false") + "</Attributes>");
}

Answer describe_target_health(const World& world, const Request& request) {
    const std::string arn = request.value("TargetGroupArn");
    const SimulatedTargetGroup* group = world.traffic().find_target_group(arn);
    if (!group)
        return request.refuse(not_found("TargetGroup", arn));
    std::string result = "<TargetHealthDescriptions>";
    for (const Target& target : world.traffic().targets(*group, world.groups(), world.now())) {
        result += "<member><Target>";
        append_element(result, "Id", target.instance);
        append_element(result, "Port", std::to_string(group->port));
        result += "</Target><TargetHealth>";
        append_element(result, "State", target.state);
        if (!target.reason.empty()) {
            append_element(result, "Reason", target.reason);
            append_element(result, "Description", target.description);
        }
        result += "</TargetHealth></member>";
    }
    return request.answer(result + "</TargetHealthDescriptions>");
}

Answer describe_classic(const World& world, const Scenario& scenario, const Request& request) {
    const auto names = request.list("LoadBalancerNames");
    if (const auto* which = first_unknown(names, scenario.classic_load_balancers))
        return request.refuse({"LoadBalancerNotFound",
                               fmt::format("There is no ACTIVE Load Balancer named '{}'", *which)});
    std::string result = "<LoadBalancerDescriptions>";
    for (const std::string& name : scenario.classic_load_balancers) {
        if (!is_asked_for(names, name))
            continue;
        result += "<member>";
        append_element(result, "LoadBalancerName", name);
        result += "<Instances>";
        for (const Target& target : Traffic::classic_targets(name, world.groups(), world.now())) {
            result += "<member>";
            append_element(result, "InstanceId", target.instance);
            result += "</member>";
        }
        result += "</Instances></member>";
    }
    return request.answer(result + "</LoadBalancerDescriptions>");
}

Answer describe_instance_health(const World& world, const Scenario& scenario,
                                const Request& request) {
    const std::string name = request.value("LoadBalancerName");
    if (first_unknown({name}, scenario.classic_load_balancers))
        return request.refuse({"LoadBalancerNotFound",
                               fmt::format("There is no ACTIVE Load Balancer named '{}'", name)});
    std::string result = "<InstanceStates>";
    for (const Target& target : Traffic::classic_targets(name, world.groups(), world.now())) {
        result += "<member>";
        append_element(result, "InstanceId", target.instance);
        append_element(result, "State", target.state);
        append_element(result, "ReasonCode", target.reason);
        append_element(result, "Description", target.description);
        result += "</member>";
    }
    return request.answer(result + "</InstanceStates>");
}

// Changes.

/// Puts the value of `member.2.Weight` where it belongs. Lists come in order.
void put(Document& place, std::string_view key, const std::string& value) {
    const auto dot = key.find('.');
    const std::string_view head = key.substr(0, dot);
    const std::string_view rest = dot == std::string_view::npos ? "" : key.substr(dot + 1);
    if (head == "member" || head == "entry") {
        const auto end = std::min(rest.find('.'), rest.size());
        std::size_t index = 0;
        std::from_chars(rest.data(), rest.data() + end, index);
        if (head == "entry") {
            // A map is an object with its entries in one member.
            if (!place.find("entry"))
                place.set("entry", Document::array());
            put(*place.find("entry"), fmt::format("member.{}", rest), value);
            return;
        }
        if (place.is_null())
            place = Document::array();
        auto* list = place.as_array();
        if (!list || index < 1 || index > list->size() + 1)
            return;
        if (index > list->size())
            list->emplace_back();
        if (end == rest.size())
            (*list)[index - 1] = value;
        else
            put((*list)[index - 1], rest.substr(end + 1), value);
        return;
    }
    if (rest.empty()) {
        place.set(head, value);
        return;
    }
    if (!place.find(head))
        place.set(head, Document());
    put(*place.find(head), rest, value);
}

Document document_in(std::string_view form, std::string_view name) {
    Document found = Document::array();
    for_each_value(form, [&](std::string_view key, const std::string& value) {
        if (key.starts_with(name) && key.substr(name.size()).starts_with('.'))
            put(found, key.substr(name.size() + 1), value);
    });
    return found;
}

std::optional<Refusal> check_tuple(const Traffic& traffic, const Document& tuple,
                                   std::string_view balancer) {
    const std::string_view arn = text_at(tuple, "TargetGroupArn");
    const SimulatedTargetGroup* group = traffic.find_target_group(arn);
    if (!group)
        return not_found("TargetGroup", arn);
    if (group->load_balancer != balancer)
        return Refusal{"TargetGroupAssociationLimit",
                       fmt::format("The following target groups cannot be associated with more "
                                   "than one load balancer: {}",
                                   arn)};
    const std::string_view text = text_at(tuple, "Weight");
    int weight = 1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
    const bool is_number =
        text.empty() || (error == std::errc{} && end == text.data() + text.size());
    if (!is_number || weight < 0 || weight > weight_max)
        return Refusal{"ValidationError",
                       fmt::format("Weight '{}' must be between 0 and 999", text)};
    return std::nullopt;
}

std::optional<Refusal> check_actions(const Traffic& traffic, const Document& actions,
                                     std::string_view balancer) {
    for (const Document& action : *actions.as_array()) {
        if (text_at(action, "Type") == "authenticate-oidc" &&
            !action.find_path({"AuthenticateOidcConfig", "ClientSecret"}) &&
            text_at(action.find_path({"AuthenticateOidcConfig", "UseExistingClientSecret"})) !=
                "true")
            return Refusal{"InvalidConfigurationRequest", "You must specify a client secret"};
        if (text_at(action, "Type") != "forward")
            continue;
        const Document* list = action.find_path({"ForwardConfig", "TargetGroups"});
        const auto* tuples = list ? list->as_array() : nullptr;
        if (!tuples) {
            if (auto refusal = check_tuple(traffic, action, balancer))
                return refusal;
            continue;
        }
        if (tuples->size() > tuples_max)
            return Refusal{"TooManyTargetGroups", "A forward has at most 5 target groups"};
        const std::string_view alone = text_at(action, "TargetGroupArn");
        if (!alone.empty() &&
            (tuples->size() != 1 || text_at(tuples->front(), "TargetGroupArn") != alone))
            return Refusal{
                "InvalidLoadBalancerAction",
                "A target group ARN must be the only one of the forward's configuration"};
        for (const Document& tuple : *tuples) {
            if (auto refusal = check_tuple(traffic, tuple, balancer))
                return refusal;
        }
    }
    return std::nullopt;
}

Answer modify_listener(World& world, const Request& request) {
    const std::string arn = request.value("ListenerArn");
    Traffic& traffic = world.traffic();
    for (const SimulatedLoadBalancer& balancer : traffic.load_balancers()) {
        for (const SimulatedListener& listener : balancer.listeners) {
            if (listener.arn != arn)
                continue;
            const Document actions = document_in(request.form(), "DefaultActions");
            if (const auto refusal = check_actions(traffic, actions, balancer.arn))
                return request.refuse(*refusal);
            traffic.set_actions(arn, actions, world.now());
            Answer answer = request.page("Listeners", {listener_item(traffic, balancer, listener)});
            answer.is_applied = true;
            return answer;
        }
    }
    return request.refuse(not_found("Listener", arn));
}

Answer modify_rule(World& world, const Request& request) {
    const std::string arn = request.value("RuleArn");
    Traffic& traffic = world.traffic();
    for (const SimulatedLoadBalancer& balancer : traffic.load_balancers()) {
        for (const SimulatedListener& listener : balancer.listeners) {
            if (arn == default_rule_arn(listener))
                return request.refuse({"OperationNotPermitted",
                                       fmt::format("Default rule '{}' cannot be modified", arn)});
            for (const SimulatedRule& rule : listener.rules) {
                if (rule.arn != arn)
                    continue;
                const Document actions = document_in(request.form(), "Actions");
                if (const auto refusal = check_actions(traffic, actions, balancer.arn))
                    return request.refuse(*refusal);
                traffic.set_actions(arn, actions, world.now());
                Answer answer =
                    request.page("Rules", {rule_item(arn, rule.priority, false, rule.conditions,
                                                     *traffic.actions_of(arn))});
                answer.is_applied = true;
                return answer;
            }
        }
    }
    return request.refuse(not_found("Rule", arn));
}

} // namespace

Answer apply_elb_request(World& world, const Scenario& scenario, CallKind kind, const Echo& echo,
                         std::string_view form) {
    const Request request(kind, echo, form);
    const Traffic& traffic = world.traffic();
    switch (kind) {
    case CallKind::describe_load_balancers: return describe_load_balancers(traffic, request);
    case CallKind::describe_listeners: return describe_listeners(traffic, request);
    case CallKind::describe_rules: return describe_rules(traffic, request);
    case CallKind::describe_target_groups:
        return describe_target_groups(traffic, scenario, request);
    case CallKind::describe_target_group_attributes: return describe_attributes(traffic, request);
    case CallKind::describe_target_health: return describe_target_health(world, request);
    case CallKind::modify_listener: return modify_listener(world, request);
    case CallKind::modify_rule: return modify_rule(world, request);
    case CallKind::describe_classic_load_balancers:
        return describe_classic(world, scenario, request);
    default: return describe_instance_health(world, scenario, request); // the only one left
    }
}

} // namespace elastiroll::sim
