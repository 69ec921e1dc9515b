#include "plan/blue_green.hpp"

#include "plan/decisions.hpp"
#include "plan/evidence.hpp"
#include "plan/group_document.hpp"
#include "plan/preview.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace elastiroll {
namespace {

constexpr int weight_whole = 100;

Unexpected in_conflict(std::string message) {
    return fail(ErrorCategory::conflict, std::move(message));
}

// ---- where traffic goes ---------------------------------------------------------------------

/// A listener's default actions or a rule, as observed.
struct Route {
    const ListenerState* listener = nullptr;
    const ListenerRule* rule = nullptr; ///< null: the listener's default actions
    std::string name{};                 ///< `shop:443`

    const Document& actions() const {
        return rule ? rule->actions : listener->listener.default_actions;
    }
    const std::string& arn() const { return rule ? rule->arn : listener->listener.arn; }
};

/// What one load balancer does for the deployment.
struct Pair {
    const LoadBalancer* balancer = nullptr;
    TrafficKind kind = TrafficKind::instant;
    Route production{};
    Route stage{};                  ///< of TrafficKind::instant
    std::string production_group{}; ///< target groups' ARNs
    std::string stage_group{};
    bool has_left_over = false; ///< the stage target group has traffic of an aborted shift
};

const LoadBalancer* find_balancer(const TrafficState& traffic, const std::string& name) {
    const auto found = std::ranges::find_if(traffic.load_balancers, [&](const LoadBalancer& one) {
        return one.name == name || one.arn == name;
    });
    return found == traffic.load_balancers.end() ? nullptr : &*found;
}

Result<Route> find_route(const TrafficState& traffic, const LoadBalancer& balancer,
                         const RouteSpec& wanted) {
    std::vector<std::string> ports;
    for (const ListenerState& state : traffic.listeners) {
        const Listener& listener = state.listener;
        if (listener.load_balancer_arn != balancer.arn)
            continue;
        const std::string name = fmt::format("{}:{}", balancer.name, listener.port);
        if (wanted.port == listener.port || wanted.listener_arn == listener.arn)
            return Route{&state, nullptr, name};
        ports.push_back(std::to_string(listener.port));
        for (const ListenerRule& rule : state.rules) {
            if (rule.arn != wanted.rule_arn)
                continue;
            // AWS lets the default rule be changed through its listener alone.
            if (rule.is_default)
                return Route{&state, nullptr, name};
            return Route{&state, &rule, fmt::format("{} rule {}", name, rule.priority)};
        }
    }
    const std::string what = wanted.port != 0 ? fmt::format("listener on port {}", wanted.port)
                             : wanted.rule_arn.empty()
                                 ? fmt::format("listener {}", wanted.listener_arn)
                                 : fmt::format("rule {}", wanted.rule_arn);
    return fail(ErrorCategory::not_found,
                fmt::format("load balancer {} has no {}; its listeners are on {}", balancer.name,
                            what, ports.empty() ? "no port" : join(ports, ", ")));
}

/// The only target group that gets traffic by `route`.
Result<std::string> only_target(const Route& route) {
    std::vector<std::string> serving;
    for (const ForwardTarget& target : forward_targets(route.actions())) {
        if (target.weight > 0)
            serving.push_back(target.target_group);
    }
    if (serving.size() == 1)
        return serving.front();
    return in_conflict(fmt::format("{} leads to {}; an instant swap needs exactly one target group "
                                   "with traffic there; use weighted traffic, or mend the rule",
                                   route.name, forward_text(route.actions())));
}

bool is_called(const std::string& arn, const std::string& name) {
    return !name.empty() && (arn == name || target_group_name(arn) == name);
}

/// Tells production from stage by the weights, or by what the user says.
Result<void> tell_apart(Pair& pair, const std::string& named_production) {
    const auto targets = forward_targets(pair.production.actions());
    const std::string text = forward_text(pair.production.actions());
    if (targets.size() != 2)
        return in_conflict(fmt::format("{} leads to {}; weighted traffic needs exactly two target "
                                       "groups there, the stage with weight 0",
                                       pair.production.name, text));
    std::size_t production = targets[0].weight > 0 ? 0 : 1;
    if ((targets[0].weight > 0) == (targets[1].weight > 0)) {
        if (is_called(targets[0].target_group, named_production))
            production = 0;
        else if (is_called(targets[1].target_group, named_production))
            production = 1;
        else
            return in_conflict(fmt::format(
                "{} leads to {}, so it cannot be told which of them is production: an earlier "
                "shift may not have ended; say which serves with --prod-target-group NAME",
                pair.production.name, text));
        pair.has_left_over = targets[0].weight > 0;
        if (!pair.has_left_over)
            return in_conflict(
                fmt::format("{} leads nowhere: both weights are 0", // asks to be mended
                            pair.production.name));
    }
    pair.production_group = targets[production].target_group;
    pair.stage_group = targets[1 - production].target_group;
    return {};
}

Result<Pair> make_pair(const LoadBalancerSpec& spec, const TrafficSpec& traffic,
                       const TrafficState& state) {
    Pair pair{.balancer = find_balancer(state, spec.name), .kind = spec.kind};
    if (!pair.balancer)
        return fail(ErrorCategory::not_found,
                    fmt::format("there is no load balancer {} in this region", spec.name));
    auto production = find_route(state, *pair.balancer, spec.production);
    if (!production)
        return Unexpected(std::move(production).error());
    pair.production = *std::move(production);
    if (auto fits = check_rewritable(pair.production.actions(), pair.production.name); !fits)
        return Unexpected(std::move(fits).error());
    if (spec.kind == TrafficKind::weighted) {
        if (auto told = tell_apart(pair, traffic.production_target_group); !told)
            return Unexpected(std::move(told).error());
        return pair;
    }
    auto stage = find_route(state, *pair.balancer, spec.stage);
    if (!stage)
        return Unexpected(std::move(stage).error());
    pair.stage = *std::move(stage);
    if (pair.stage.arn() == pair.production.arn())
        return in_conflict(
            fmt::format("{} cannot be production and stage at once", pair.stage.name));
    if (auto fits = check_rewritable(pair.stage.actions(), pair.stage.name); !fits)
        return Unexpected(std::move(fits).error());
    auto production_group = only_target(pair.production);
    if (!production_group)
        return Unexpected(std::move(production_group).error());
    auto stage_group = only_target(pair.stage);
    if (!stage_group)
        return Unexpected(std::move(stage_group).error());
    pair.production_group = *std::move(production_group);
    pair.stage_group = *std::move(stage_group);
    return pair;
}

const TargetGroupState* find_target_group(const TrafficState& traffic, const std::string& arn) {
    const auto found = std::ranges::find_if(
        traffic.target_groups, [&](const TargetGroupState& one) { return one.group.arn == arn; });
    return found == traffic.target_groups.end() ? nullptr : &*found;
}

Result<void> check_target_group(const Pair& pair, const std::string& arn,
                                const TrafficState& traffic) {
    const TargetGroupState* state = find_target_group(traffic, arn);
    if (!state)
        return fail(ErrorCategory::not_found,
                    fmt::format("target group {}, which {} leads to, cannot be described",
                                target_group_name(arn), pair.production.name));
    const TargetGroup& group = state->group;
    if (group.target_type != "instance")
        return in_conflict(fmt::format("target group {} takes targets of type \"{}\"; Elastigroups "
                                       "register instances",
                                       group.name, group.target_type));
    if (group.vpc != pair.balancer->vpc)
        return in_conflict(fmt::format("target group {} is in {}, its load balancer {} in {}",
                                       group.name, group.vpc, pair.balancer->name,
                                       pair.balancer->vpc));
    return {};
}

/// Calls `check(arn, name, actions)` for every listener's default actions and every rule, until one
/// fails.
template <class Check>
Result<void> for_each_route(const TrafficState& traffic, const Check& check) {
    for (const ListenerState& state : traffic.listeners) {
        const std::string name = fmt::format("port {}", state.listener.port);
        if (Result<void> fits = check(state.listener.arn, name, state.listener.default_actions);
            !fits)
            return fits;
        for (const ListenerRule& rule : state.rules) {
            if (rule.is_default)
                continue;
            if (Result<void> fits =
                    check(rule.arn, fmt::format("{} rule {}", name, rule.priority), rule.actions);
                !fits)
                return fits;
        }
    }
    return {};
}

/// No route but the stage's own may send requests to where the new group comes up.
Result<void> check_stage_is_idle(const std::vector<Pair>& pairs, const TrafficState& traffic) {
    std::set<std::string_view> stage_routes;
    for (const Pair& pair : pairs) {
        if (pair.kind == TrafficKind::instant)
            stage_routes.insert(pair.stage.arn());
    }
    return for_each_route(
        traffic,
        [&](const std::string& arn, const std::string& name,
            const Document& actions) -> Result<void> {
            if (stage_routes.contains(arn))
                return {};
            for (const ForwardTarget& target : forward_targets(actions)) {
                for (const Pair& pair : pairs) {
                    const bool is_left_over = pair.has_left_over && pair.production.arn() == arn;
                    if (target.weight > 0 && target.target_group == pair.stage_group &&
                        !is_left_over)
                        return in_conflict(fmt::format(
                            "{} sends requests to stage target group {}; a swap may not have "
                            "ended, or "
                            "the routes are mixed up: lead it elsewhere before the next deployment",
                            name, target_group_name(target.target_group)));
                }
            }
            return {};
        });
}

/// Where the previous group is sized down, no route but those that move may lead to it.
Result<void> check_production_moves(const std::vector<Pair>& pairs, const TrafficState& traffic) {
    return for_each_route(
        traffic,
        [&](const std::string& arn, const std::string& name,
            const Document& actions) -> Result<void> {
            for (const Pair& pair : pairs) {
                if (pair.production.arn() == arn)
                    return {};
            }
            for (const ForwardTarget& target : forward_targets(actions)) {
                const bool is_production =
                    std::ranges::find(pairs, target.target_group, &Pair::production_group) !=
                    pairs.end();
                if (target.weight > 0 && is_production)
                    return in_conflict(fmt::format("{} leads to {} as well and this workflow does "
                                                   "not move it: it would lead to "
                                                   "nobody once the previous group is sized down; "
                                                   "name it in \"load_balancers\" "
                                                   "too, or set \"downsize_old\": \"never\"",
                                                   name, target_group_name(target.target_group)));
            }
            return {};
        });
}

Result<std::vector<Pair>> make_pairs(const DeploymentSpec& spec, const Snapshot& world) {
    if (!spec.traffic || !world.traffic)
        return fail(ErrorCategory::unauthenticated,
                    fmt::format("load balancers can only be seen and changed through AWS: {}",
                                world.targets_unchecked.empty() ? "nothing here asks it"
                                                                : world.targets_unchecked));
    std::vector<Pair> pairs;
    for (const LoadBalancerSpec& one : spec.traffic->load_balancers) {
        auto pair = make_pair(one, *spec.traffic, *world.traffic);
        if (!pair)
            return Unexpected(std::move(pair).error());
        pairs.push_back(*std::move(pair));
    }
    std::set<std::string> production;
    std::set<std::string> stage;
    std::set<std::string> routes;
    for (const Pair& pair : pairs) {
        for (const std::string& arn : {pair.production_group, pair.stage_group}) {
            if (auto fits = check_target_group(pair, arn, *world.traffic); !fits)
                return Unexpected(std::move(fits).error());
        }
        production.insert(pair.production_group);
        stage.insert(pair.stage_group);
        const bool is_repeated =
            !routes.insert(pair.production.arn()).second ||
            (pair.kind == TrafficKind::instant && !routes.insert(pair.stage.arn()).second);
        if (is_repeated)
            return fail(
                ErrorCategory::invalid_argument,
                fmt::format("{} is named twice in \"load_balancers\"", pair.production.name));
    }
    for (const std::string& arn : stage) {
        if (production.contains(arn))
            return in_conflict(
                fmt::format("target group {} is production and stage at once; a swap "
                            "may have stopped half-way: lead one of the routes to the "
                            "other target group",
                            target_group_name(arn)));
    }
    if (auto idle = check_stage_is_idle(pairs, *world.traffic); !idle)
        return Unexpected(std::move(idle).error());
    if (spec.traffic->downsizes_old) {
        if (auto moves = check_production_moves(pairs, *world.traffic); !moves)
            return Unexpected(std::move(moves).error());
    }
    return pairs;
}

// ---- which groups ---------------------------------------------------------------------------

struct Colours {
    const GroupState* previous = nullptr; ///< serves now
    const GroupState* stage = nullptr;    ///< has the stage name, and makes room
    std::vector<std::string> notices{};
};

bool is_attached(const GroupState& state, const std::string& target_group) {
    return std::ranges::any_of(load_balancers_of(state.group.document),
                               [&](const LoadBalancerEntry& entry) {
                                   return entry.type == "TARGET_GROUP" && entry.arn == target_group;
                               });
}

Result<Colours> find_colours(const DeploymentSpec& spec, const Snapshot& world) {
    if (auto unique = refuse_duplicate_names(world); !unique)
        return Unexpected(std::move(unique).error());
    if (auto ended = refuse_unfinished(world); !ended)
        return Unexpected(std::move(ended).error());
    const std::string stage = stage_name(spec.line.prefix, spec.naming);
    Colours roles;
    for (const GroupState& state : world.groups) {
        const ParsedName name = parse_group_name(spec.line.prefix, stage, state.group.name);
        const bool is_adopted = spec.previous && state.group.name == *spec.previous;
        // The new group takes the stage's name at first and the production one in the end.
        const bool is_in_the_way =
            spec.previous &&
            (name.kind == NameKind::production ? !is_adopted
                                               : name.kind == NameKind::stage && is_adopted);
        if (is_in_the_way)
            return in_conflict(
                fmt::format("{} has a name that the new group needs, and {} is to be "
                            "replaced; rename or delete it first",
                            named(state.group), *spec.previous));
        if (is_adopted || (name.kind == NameKind::production && !spec.previous))
            roles.previous = &state;
        else if (name.kind == NameKind::stage)
            roles.stage = &state;
        else if (name.kind == NameKind::revision && !state.group.capacity.is_zero())
            return in_conflict(fmt::format("{} has capacity {} under a revision's name, but this "
                                           "workflow is blue/green; if it "
                                           "is the group to replace, say so with --previous {}",
                                           named(state.group), to_string(state.group.capacity),
                                           state.group.name));
    }
    if (spec.previous && !roles.previous)
        return fail(
            ErrorCategory::not_found,
            fmt::format("no group called {} was found to take as previous", *spec.previous));
    return roles;
}

/// The groups stand where their names say, and nobody else's targets are in the way.
Result<void> check_places(const Colours& roles, const std::vector<Pair>& pairs,
                          const Snapshot& world) {
    std::set<std::string_view> of_stage;
    if (roles.stage && roles.stage->reading)
        for (const InstanceReading& one : roles.stage->reading->instances)
            of_stage.insert(one.status.id.text());
    for (const Pair& pair : pairs) {
        const std::string_view production = target_group_name(pair.production_group);
        const std::string_view stage = target_group_name(pair.stage_group);
        if (roles.stage && is_attached(*roles.stage, pair.production_group))
            return in_conflict(fmt::format(
                "{} has the stage's name and is attached to {}, which {} leads to: names and "
                "traffic do not agree, and whoever serves would be deleted; resume or roll back "
                "the deployment that stopped there, or rename the groups by hand",
                named(roles.stage->group), production, pair.production.name));
        if (roles.previous && !is_attached(*roles.previous, pair.production_group))
            return in_conflict(
                fmt::format("{} is not attached to {}, which {} leads to; it is not the "
                            "group that serves there",
                            named(roles.previous->group), production, pair.production.name));
        if (roles.previous && is_attached(*roles.previous, pair.stage_group))
            return in_conflict(
                fmt::format("{} is attached to the stage target group {} as well; take "
                            "it away there",
                            named(roles.previous->group), stage));
        for (const TargetHealth& target :
             find_target_group(*world.traffic, pair.stage_group)->targets) {
            if (target.state != "draining" && !of_stage.contains(target.target))
                return in_conflict(
                    fmt::format("{} is a target of the stage target group {} and of no "
                                "group of this line; take it away there",
                                target.target, stage));
        }
    }
    return {};
}

/// The load balancers of the new group: the stage's, and what else the template names.
Result<std::vector<LoadBalancerEntry>>
stage_entries(const DeploymentSpec& spec, const std::vector<Pair>& pairs, const Snapshot& world) {
    std::vector<LoadBalancerEntry> entries;
    std::set<std::string> ours;
    for (const Pair& pair : pairs) {
        ours.insert({pair.production_group, pair.stage_group});
        LoadBalancerEntry entry{"TARGET_GROUP", std::string(target_group_name(pair.stage_group)),
                                pair.stage_group};
        if (std::ranges::find(entries, entry) == entries.end())
            entries.push_back(std::move(entry));
    }
    std::vector<LoadBalancerEntry> others;
    for (const LoadBalancerEntry& entry : load_balancers_of(spec.group_template)) {
        if (ours.contains(entry.arn))
            continue;
        if (!spec.traffic->keeps_other_load_balancers)
            return in_conflict(fmt::format(
                "the Elastigroup configuration is attached to {}, whose traffic this workflow does "
                "not move: the new group would get requests from there at once; remove it, or set "
                "\"keep_other_load_balancers\": true",
                entry.arn.empty() ? entry.name : entry.arn));
        others.push_back(entry);
    }
    if (auto known =
            check_load_balancers_of(others, "the group that the configuration makes", world);
        !known)
        return Unexpected(std::move(known).error());
    std::ranges::move(others, std::back_inserter(entries));
    return entries;
}

// ---- steps ----------------------------------------------------------------------------------

/// How long the previous group keeps its instances once it gets no traffic, and why.
struct Drain {
    Milliseconds time{0};
    std::string source{};
};

Drain drain_of(const TrafficSpec& spec, const std::vector<Pair>& pairs,
               const TrafficState& traffic) {
    Drain drain;
    for (const Pair& pair : pairs) {
        const TargetGroupState* group = find_target_group(traffic, pair.production_group);
        if (group->deregistration_delay > drain.time)
            drain = {group->deregistration_delay,
                     fmt::format("the deregistration delay of {}", group->group.name)};
        const auto sticky = forward_stickiness(pair.production.actions());
        if (sticky && *sticky > drain.time)
            drain = {*sticky, fmt::format("the stickiness of {}", pair.production.name)};
    }
    if (spec.drain)
        return {*spec.drain, drain.time > *spec.drain
                                 ? fmt::format("the workflow, though {} is {}", drain.source,
                                               format_duration(drain.time))
                                 : "the workflow"};
    return drain;
}

struct TrafficDecisions {
    const DeploymentSpec& spec;
    const Snapshot& world;
    Colours roles;
    std::vector<Pair> pairs;
    Capacity requested;
    CapacityUnit unit = CapacityUnit::instance;
    int floor = 0;
    bool is_new_automated = false;
    std::string stage;      ///< names
    std::string production; ///< of groups
};

class TrafficWriter {
public:
    explicit TrafficWriter(const TrafficDecisions& decisions)
        : decisions_(decisions), traffic_(*decisions.spec.traffic) {}

    std::vector<Step> write() && {
        clear_left_overs();
        clear_stage();
        setup();
        deploy();
        const bool is_stepwise = std::ranges::any_of(
            decisions_.pairs, [](const Pair& pair) { return pair.kind == TrafficKind::weighted; });
        if (is_stepwise) {
            for (std::size_t i = 0; i + 1 < traffic_.weights.size(); ++i)
                shift(i);
        }
        move_everything();
        finish();
        return std::move(steps_);
    }

private:
    void add(std::string id, StepAction action, std::string reason, bool is_cleanup = false) {
        steps_.push_back({std::move(id), std::move(action), std::move(reason), is_cleanup});
    }

    const GroupState* previous() const { return decisions_.roles.previous; }

    void set_forwards(const std::string& section, const Route& route,
                      const std::vector<ForwardTarget>& targets, std::string reason) {
        Document& before = present_.try_emplace(route.arn(), route.actions()).first->second;
        Document to = with_forward_targets(before, targets);
        if (are_same_actions(before, to))
            return;
        add(fmt::format("{}.forward-{}", section, label(route)),
            SetForwardsStep{route.arn(), route.rule != nullptr, route.name, before, to},
            std::move(reason));
        before = std::move(to);
    }

    /// `shop-443`, `shop-443-rule-10`.
    static std::string label(const Route& route) {
        std::string text = route.name;
        std::ranges::replace_if(text, [](char c) { return c == ':' || c == ' '; }, '-');
        return text;
    }

    static std::vector<ForwardTarget> weighted(const Pair& pair, int stage_weight) {
        std::vector<ForwardTarget> targets = forward_targets(pair.production.actions());
        for (ForwardTarget& target : targets)
            target.weight = target.target_group == pair.stage_group ? stage_weight
                                                                    : weight_whole - stage_weight;
        return targets;
    }

    static std::vector<ForwardTarget> exchanged(const Pair& pair, const Route& route) {
        std::vector<ForwardTarget> targets = forward_targets(route.actions());
        for (ForwardTarget& target : targets) {
            if (target.target_group == pair.production_group)
                target.target_group = pair.stage_group;
            else if (target.target_group == pair.stage_group)
                target.target_group = pair.production_group;
        }
        return targets;
    }

    void clear_left_overs() {
        for (const Pair& pair : decisions_.pairs) {
            if (pair.has_left_over)
                set_forwards("reset", pair.production, weighted(pair, 0),
                             "an aborted shift left traffic on the stage; all of it goes back to "
                             "the target group that was named");
        }
    }

    void clear_stage() {
        const GroupState* stage = decisions_.roles.stage;
        if (!stage)
            return;
        const GroupId& id = stage->group.id;
        if (!stage->group.capacity.is_zero())
            add("stage.scale-old", ScaleGroupStep{id, stage->group.capacity, Capacity()},
                "it stands where the new group comes up");
        if (!stage->group.capacity.is_zero() ||
            (stage->reading && !stage->reading->instances.empty()))
            add("stage.await-old", AwaitSmallStep{id, 0},
                "its instances leave the stage target groups");
        add("stage.delete-old",
            DeleteGroupStep{
                id, is_stateful(stage->group.document) ? decisions_.spec.deallocation : Document(),
                true},
            "its name is needed; with it ends the undo of the deployment before");
    }

    void setup() {
        add("setup.create", CreateGroupStep{},
            "the new group begins with no instances behind the stage, so making it changes "
            "nothing");
        if (decisions_.is_new_automated)
            add("setup.hold-new",
                SuspendProcessesStep{NewGroup{}, processes_to_hold(nullptr), HoldKind::timed,
                                     hold_time()},
                "its policies and schedules wait until it has all the traffic");
        add("setup.unique", ConfirmUniqueStep{},
            "a create whose answer was lost may have made a second group; exactly one must exist");
    }

    Milliseconds hold_time() const {
        const Timing& timing = decisions_.spec.timing;
        Milliseconds time = timing.hold_margin + timing.phase_deadline * 3;
        for (const WeightSpec& step : traffic_.weights)
            time += timing.phase_deadline + step.bake +
                    (step.needs_approval ? timing.gate_timeout : Milliseconds(0));
        return traffic_.needs_approval ? time + timing.gate_timeout : time;
    }

    void deploy() {
        add("deploy.scale-new", ScaleGroupStep{NewGroup{}, Capacity(), decisions_.requested},
            "all of the requested capacity, before any traffic");
        add("deploy.await-new",
            AwaitSteadyStep{NewGroup{}, decisions_.requested, decisions_.is_new_automated},
            "traffic only moves to what is healthy in the stage target groups and stays so");
        if (traffic_.needs_approval) {
            add("deploy.approval", ApprovalGateStep{},
                "the workflow asks for a person's approval before traffic moves");
            recheck("deploy");
        }
    }

    void recheck(const std::string& section) {
        add(section + ".recheck-new",
            AwaitSteadyStep{NewGroup{}, decisions_.requested, decisions_.is_new_automated},
            "time has passed, so what is built upon is looked at once more");
    }

    void shift(std::size_t index) {
        const WeightSpec& step = traffic_.weights[index];
        const std::string section = fmt::format("shift-{}", index + 1);
        for (const Pair& pair : decisions_.pairs) {
            if (pair.kind == TrafficKind::weighted)
                set_forwards(section, pair.production, weighted(pair, step.weight),
                             fmt::format("{} of 100 requests go to the new group", step.weight));
        }
        if (step.bake.count() > 0)
            add(section + ".bake", BakeGateStep{step.bake},
                fmt::format("the new group serves its part for {} before it goes on",
                            format_duration(step.bake)));
        if (step.needs_approval)
            add(section + ".approval", ApprovalGateStep{},
                "the workflow asks for a person's approval here");
        if (step.bake.count() > 0 || step.needs_approval)
            recheck(section);
    }

    void move_everything() {
        for (const Pair& pair : decisions_.pairs) {
            if (pair.kind == TrafficKind::weighted) {
                set_forwards("traffic", pair.production, weighted(pair, weight_whole),
                             "all requests go to the new group");
                continue;
            }
            set_forwards("traffic", pair.production, exchanged(pair, pair.production),
                         "all requests go to the new group");
            set_forwards("traffic", pair.stage, exchanged(pair, pair.stage),
                         "the stage leads to the previous group, for an undo");
        }
    }

    void finish() {
        if (decisions_.is_new_automated)
            add("finish.release-new",
                SuspendProcessesStep{NewGroup{}, processes_to_hold(nullptr), HoldKind::released},
                "it has all the traffic, so it may scale by itself", true);
        if (previous())
            add("finish.rename-previous",
                RenameGroupStep{previous()->group.id, previous()->group.name, decisions_.stage},
                "it waits as the stage", true);
        add("finish.rename-new",
            RenameGroupStep{NewGroup{}, decisions_.stage, decisions_.production}, "it serves",
            true);
        const Drain drain = drain_of(traffic_, decisions_.pairs, *decisions_.world.traffic);
        const bool shrinks = previous() && traffic_.downsizes_old;
        const bool is_later = shrinks && traffic_.downsize_after;
        const Milliseconds drained = shrinks && !is_later ? drain.time : Milliseconds(0);
        const Milliseconds wait = std::max(traffic_.bake, drained);
        if (wait.count() > 0)
            add("finish.bake", BakeGateStep{wait},
                reason_to_wait(drained.count() > 0 ? drain : Drain{}));
        if (!shrinks)
            return;
        if (is_later)
            add("finish.wait", BakeGateStep{std::max(*traffic_.downsize_after, drain.time), true},
                "the deployment is done, and the previous group stays for an undo until then",
                true);
        if (has_automation(previous()->group.document))
            add("finish.hold-previous",
                SuspendProcessesStep{previous()->group.id, processes_to_hold(previous()),
                                     HoldKind::lasting},
                "a parked group must not be brought back by its own policies or schedules", true);
        if (!previous()->group.capacity.is_zero())
            add("finish.park-previous",
                ScaleGroupStep{previous()->group.id, previous()->group.capacity, Capacity()},
                "the new group carries everything; the previous one stays at 0 for an undo", true);
        add("finish.await-previous", AwaitSmallStep{previous()->group.id, 0},
            "the instances of the previous group drain and end", true);
    }

    std::string reason_to_wait(const Drain& drain) const {
        std::vector<std::string> reasons;
        if (traffic_.bake.count() > 0)
            reasons.push_back(
                fmt::format("the workflow watches for {}", format_duration(traffic_.bake)));
        if (drain.time.count() > 0)
            reasons.push_back(fmt::format("clients leave the previous group within {} ({})",
                                          format_duration(drain.time), drain.source));
        return join(reasons, "; ");
    }

    const TrafficDecisions& decisions_;
    const TrafficSpec& traffic_;
    std::vector<Step> steps_;
    std::map<std::string, Document>
        present_; ///< action lists by ARN, as the steps so far leave them
};

Result<int> floor_of_traffic(const DeploymentSpec& spec, const GroupState* previous,
                             const Capacity& requested) {
    if (!previous)
        return 0;
    if (spec.floor && *spec.floor > requested.target())
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("the floor of {} is above the requested target of {}", *spec.floor,
                                requested.target()));
    return spec.floor.value_or(std::min(
        {previous->group.capacity.target(), units_of(*previous).healthy, requested.target()}));
}

/// Two groups that differ in nothing but which colour they are have one digest.
std::string digest_without_colour(Document document, const DeploymentSpec& spec,
                                  const std::vector<Pair>& pairs) {
    std::vector<LoadBalancerEntry> entries = load_balancers_of(document);
    std::erase_if(entries, [&](const LoadBalancerEntry& entry) {
        return std::ranges::any_of(pairs, [&](const Pair& pair) {
            return entry.arn == pair.production_group || entry.arn == pair.stage_group;
        });
    });
    set_load_balancers(document, entries);
    return digest_of(std::move(document), spec.ownership);
}

/// What every step rests on, or why there can be none.
Result<TrafficDecisions> decide_traffic(const DeploymentSpec& spec, const Snapshot& world) {
    auto roles = find_colours(spec, world);
    if (!roles)
        return Unexpected(std::move(roles).error());
    auto pairs = make_pairs(spec, world);
    if (!pairs)
        return Unexpected(std::move(pairs).error());
    if (auto placed = check_places(*roles, *pairs, world); !placed)
        return Unexpected(std::move(placed).error());
    std::vector<const GroupState*> changed;
    for (const GroupState* state : {roles->previous, roles->stage}) {
        if (state)
            changed.push_back(state);
    }
    if (auto free = check_rolls(changed); !free)
        return Unexpected(std::move(free).error());
    if (auto shareable = check_shareable(spec); !shareable)
        return Unexpected(std::move(shareable).error());
    if (roles->stage && is_stateful(roles->stage->group.document) && spec.deallocation.is_null())
        return in_conflict(fmt::format("{} makes room and is stateful: say what becomes of its "
                                       "volumes, images and network interfaces with "
                                       "\"deallocation\"",
                                       named(roles->stage->group)));
    auto unit = unit_of(spec, roles->previous);
    if (!unit)
        return Unexpected(std::move(unit).error());
    auto requested = requested_capacity(spec, roles->previous, roles->notices);
    if (!requested)
        return Unexpected(std::move(requested).error());
    if (requested->target() == 0)
        return fail(ErrorCategory::invalid_argument,
                    "the requested target is 0: no traffic can move to a group without instances");
    auto floor = floor_of_traffic(spec, roles->previous, *requested);
    if (!floor)
        return Unexpected(std::move(floor).error());
    return TrafficDecisions{spec,
                            world,
                            *std::move(roles),
                            *std::move(pairs),
                            *requested,
                            *unit,
                            *floor,
                            has_automation(spec.group_template),
                            stage_name(spec.line.prefix, spec.naming),
                            spec.line.prefix.text()};
}

/// All of the plan but its steps and what follows from them.
DeploymentPlan plan_without_steps(const TrafficDecisions& decisions) {
    DeploymentPlan plan;
    plan.line = decisions.spec.line;
    plan.strategy = decisions.spec.strategy;
    plan.unit = decisions.unit;
    plan.requested = decisions.requested;
    plan.floor = decisions.floor;
    plan.phases = static_cast<int>(decisions.spec.traffic->weights.size());
    set_image(plan, decisions.spec, decisions.world);
    plan.notices = decisions.roles.notices;
    note_unchecked_image(plan, decisions.world);
    if (decisions.roles.previous)
        plan.previous = planned(*decisions.roles.previous);
    if (decisions.roles.stage)
        plan.others.push_back(planned(*decisions.roles.stage));
    for (const Pair& pair : decisions.pairs) {
        if (std::ranges::find(plan.load_balancers, pair.balancer->arn) == plan.load_balancers.end())
            plan.load_balancers.push_back(pair.balancer->arn);
        if (pair.kind == TrafficKind::instant)
            plan.stage_routes.push_back(pair.stage.arn());
    }
    if (decisions.spec.previous)
        plan.notices.push_back(
            fmt::format("{} is taken as previous because it was named", *decisions.spec.previous));
    return plan;
}

} // namespace

Result<DeploymentPlan> plan_blue_green(const DeploymentSpec& spec, const Snapshot& world) {
    auto decided = decide_traffic(spec, world);
    if (!decided)
        return Unexpected(std::move(decided).error());
    const TrafficDecisions& decisions = *decided;
    auto entries = stage_entries(spec, decisions.pairs, world);
    if (!entries)
        return Unexpected(std::move(entries).error());
    auto document = make_group_document(spec, decisions.stage);
    if (!document)
        return Unexpected(std::move(document).error());
    set_load_balancers(*document, *entries);

    DeploymentPlan plan = plan_without_steps(decisions);
    plan.digest = digest_without_colour(*document, spec, decisions.pairs);
    const GroupState* previous = decisions.roles.previous;
    if (is_already_so(spec, previous, decisions.requested, plan.digest)) {
        plan.is_no_op = true;
        plan.requested = previous->group.capacity;
        return plan;
    }
    plan.steps = TrafficWriter(decisions).write();
    plan.new_name = decisions.stage;
    plan.group_document = *std::move(document);
    plan.preview = preview_of(plan);
    plan.preview.lowest = previous ? units_of(*previous).healthy : 0;
    plan.preview.peak =
        decisions.requested.target() + (previous ? previous->group.capacity.target() : 0);
    return plan;
}

} // namespace elastiroll
