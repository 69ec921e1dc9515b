#include "adapters/sim/traffic.hpp"

#include <algorithm>
#include <utility>

namespace elastiroll::sim {
namespace {

struct Tuple {
    std::string target_group{};
    std::string weight = "1";
};

std::vector<Tuple> tuples_of(const Document& action) {
    std::vector<Tuple> tuples;
    const Document* list = action.find_path({"ForwardConfig", "TargetGroups"});
    if (const auto* items = list ? list->as_array() : nullptr) {
        for (const Document& one : *items) {
            Tuple tuple{std::string(text_at(one, "TargetGroupArn"))};
            if (const auto weight = text_at(one, "Weight"); !weight.empty())
                tuple.weight = weight;
            tuples.push_back(std::move(tuple));
        }
    }
    if (const auto alone = text_at(action, "TargetGroupArn"); tuples.empty() && !alone.empty())
        tuples.push_back({std::string(alone)});
    return tuples;
}

bool is_registered(const Group& group, std::string_view type, std::string_view name) {
    return std::ranges::any_of(group.facts->load_balancers, [&](const LoadBalancerEntry& entry) {
        return entry.type == type && (type == "CLASSIC" ? entry.name : entry.arn) == name;
    });
}

/// How an instance fares as a target that answers `healthy_after` its boot, and after
/// `checked_from`; never where that is empty.
Target target_of(const Instance& instance, TimePoint now, TimePoint checked_from,
                 const std::optional<Milliseconds>& healthy_after) {
    if (!instance.is_active())
        return {.state = "draining",
                .reason = "Target.DeregistrationInProgress",
                .description = "Target deregistration is in progress"};
    if (instance.health == HealthStatus::unhealthy ||
        instance.seen_health() == HealthStatus::unhealthy)
        return {.state = "unhealthy",
                .reason = "Target.FailedHealthChecks",
                .description = "Health checks failed"};
    const bool is_booted = instance.booted_at != TimePoint();
    if (!is_booted || !healthy_after ||
        now < std::max(instance.booted_at, checked_from) + *healthy_after)
        return {.state = "initial",
                .reason = "Elb.InitialHealthChecking",
                .description = "Initial health checks in progress"};
    return {.state = "healthy"};
}

template <class Make>
std::vector<Target> targets_in(const Traffic::Groups& groups, std::string_view type,
                               std::string_view name, const Make& make) {
    std::vector<Target> targets;
    for (const Group& group : groups) {
        if (!is_registered(group, type, name))
            continue;
        for (const Instance& instance : group.instances) {
            if (instance.stage == Instance::Stage::pending)
                continue;
            Target target = make(instance);
            target.instance = instance_id_of(group, instance);
            targets.push_back(std::move(target));
        }
    }
    return targets;
}

} // namespace

Traffic::Traffic(std::shared_ptr<const Scenario> scenario) : scenario_(std::move(scenario)) {
    const auto add = [&](const std::string& arn, const Document& actions) {
        routes_.push_back({arn, std::make_shared<const Document>(shown_actions(actions))});
    };
    for (const SimulatedLoadBalancer& balancer : scenario_->load_balancers) {
        for (const SimulatedListener& listener : balancer.listeners) {
            add(listener.arn, listener.actions);
            for (const SimulatedRule& rule : listener.rules)
                add(rule.arn, rule.actions);
        }
    }
}

const SimulatedTargetGroup* Traffic::find_target_group(std::string_view arn) const noexcept {
    const auto& groups = scenario_->target_groups;
    const auto found = std::ranges::find(groups, arn, &SimulatedTargetGroup::arn);
    return found == groups.end() ? nullptr : &*found;
}

const Document* Traffic::actions_of(std::string_view arn) const noexcept {
    const auto found = std::ranges::find(routes_, arn, &Route::arn);
    return found == routes_.end() ? nullptr : found->actions.get();
}

void Traffic::set_actions(std::string_view arn, const Document& actions, TimePoint now) {
    const auto found = std::ranges::find(routes_, arn, &Route::arn);
    if (found == routes_.end())
        return;
    std::vector<std::string> unused;
    for (const SimulatedTargetGroup& group : scenario_->target_groups) {
        if (!is_in_use(group.arn))
            unused.push_back(group.arn);
    }
    found->actions = std::make_shared<const Document>(shown_actions(actions));
    for (const std::string& group : unused) {
        if (is_in_use(group))
            used_since_.insert_or_assign(group, now);
    }
}

bool Traffic::is_in_use(std::string_view target_group) const {
    return std::ranges::any_of(routes_, [&](const Route& route) {
        const auto& actions = *route.actions->as_array();
        return std::ranges::any_of(actions, [&](const Document& action) {
            const auto tuples = tuples_of(action);
            return std::ranges::find(tuples, target_group, &Tuple::target_group) != tuples.end();
        });
    });
}

std::vector<Target> Traffic::targets(const SimulatedTargetGroup& target_group, const Groups& groups,
                                     TimePoint now) const {
    const bool is_used = is_in_use(target_group.arn);
    const auto since = used_since_.find(target_group.arn);
    const TimePoint checked_from = since == used_since_.end() ? TimePoint() : since->second;
    return targets_in(groups, "TARGET_GROUP", target_group.arn,
                      [&](const Instance& instance) -> Target {
                          if (!is_used && instance.is_active())
                              return {.state = "unused",
                                      .reason = "Target.NotInUse",
                                      .description = "Target group is not configured to receive "
                                                     "traffic from the load balancer"};
                          return target_of(instance, now, checked_from, target_group.healthy_after);
                      });
}

std::vector<Target> Traffic::classic_targets(std::string_view name, const Groups& groups,
                                             TimePoint now) {
    return targets_in(groups, "CLASSIC", name, [&](const Instance& instance) -> Target {
        const Target target = target_of(instance, now, TimePoint(), Milliseconds(0));
        if (target.state == "healthy")
            return {.state = "InService", .reason = "N/A", .description = "N/A"};
        return {.state = "OutOfService", .reason = "Instance", .description = target.description};
    });
}

std::vector<Traffic::Serving> Traffic::serving(const Groups& groups, TimePoint now) const {
    std::vector<Serving> all;
    for (const Route& route : routes_) {
        for (const Document& action : *route.actions->as_array()) {
            for (Tuple& tuple : tuples_of(action)) {
                const SimulatedTargetGroup* group = find_target_group(tuple.target_group);
                if (tuple.weight == "0" || !group)
                    continue;
                const auto behind = targets(*group, groups, now);
                const auto healthy =
                    std::ranges::count(behind, std::string_view("healthy"), &Target::state);
                all.push_back(
                    {route.arn, std::move(tuple.target_group), static_cast<int>(healthy)});
            }
        }
    }
    return all;
}

Document shown_actions(const Document& actions) {
    Document shown = Document::array();
    std::int64_t order = 0;
    const auto* given = actions.as_array();
    if (!given)
        return shown;
    for (Document action : *given) {
        action.set("Order", std::to_string(++order));
        if (Document* oidc = action.find("AuthenticateOidcConfig")) {
            oidc->erase("ClientSecret");
            oidc->erase("UseExistingClientSecret");
        }
        const auto tuples = tuples_of(action);
        if (text_at(action, "Type") == "forward" && !tuples.empty()) {
            Document list = Document::array();
            for (const Tuple& tuple : tuples)
                list.push_back(Document::object(
                    {{"TargetGroupArn", tuple.target_group}, {"Weight", tuple.weight}}));
            const Document* sticky =
                action.find_path({"ForwardConfig", "TargetGroupStickinessConfig"});
            Document config = Document::object({{"TargetGroups", std::move(list)}});
            config.set("TargetGroupStickinessConfig",
                       sticky ? *sticky : Document::object({{"Enabled", "false"}}));
            action.erase("TargetGroupArn");
            if (tuples.size() == 1)
                action.set("TargetGroupArn", tuples.front().target_group);
            action.set("ForwardConfig", std::move(config));
        }
        shown.push_back(std::move(action));
    }
    return shown;
}

} // namespace elastiroll::sim
