#include "engine/observe.hpp"
#include "engine/runner.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {

/// What a group's document says is known from the observation, but not where that has let it go.
Task<Result<void>> Runner::know_facts(GroupId group, TimePoint deadline) {
    if (facts_.contains(group))
        co_return Result<void>();
    auto read = co_await read_group(group, deadline);
    if (!read)
        co_return Unexpected(std::move(read).error());
    co_return Result<void>();
}

/// The action list that the step is about, as it is now.
Task<Result<Document>> Runner::read_actions(const SetForwardsStep& action, TimePoint deadline) {
    const std::string arn = action.arn;
    std::vector<AwsCall> calls;
    if (action.is_rule)
        calls.emplace_back(DescribeRulesCall{.arns = {arn}});
    else
        calls.emplace_back(DescribeListenersCall{.arns = {arn}});
    auto answers = co_await read_aws_until(driver_, std::move(calls), deadline, CallPriority::read);
    if (!answers)
        co_return Unexpected(std::move(answers).error());
    const AwsReply& answer = answers->front();
    const auto* listeners = std::get_if<ListenersReply>(&answer);
    if (listeners && listeners->listeners.size() == 1)
        co_return listeners->listeners.front().default_actions;
    const auto* rules = std::get_if<RulesReply>(&answer);
    if (rules && rules->rules.size() == 1)
        co_return rules->rules.front().actions;
    co_return fail(ErrorCategory::not_found,
                   fmt::format("{} no longer exists; somebody else has deleted it", arn));
}

namespace {

/// The target groups that get a greater share of the requests by `to` than by `now`.
std::vector<std::string> gaining_targets(const Document& now, const Document& to) {
    const auto weight_of = [](const std::vector<ForwardTarget>& targets, std::string_view which) {
        std::int64_t weight = 0;
        for (const ForwardTarget& one : targets)
            weight += which.empty() || one.target_group == which ? one.weight : 0;
        return weight;
    };
    const auto before = forward_targets(now);
    const auto after = forward_targets(to);
    std::vector<std::string> gaining;
    for (const ForwardTarget& target : after) {
        // As fractions: a share of nothing at all is 0.
        const std::int64_t had = weight_of(before, target.target_group) * weight_of(after, "");
        const std::int64_t gets = target.weight * std::max<std::int64_t>(weight_of(before, ""), 1);
        if (gets > had)
            gaining.push_back(target.target_group);
    }
    return gaining;
}

} // namespace

/// The floor of a rollback: the previous group scales by itself as long as it serves, so more than
/// it is to have at the moment is not waited for.
Task<Result<int>> Runner::floor_back(const DeploymentPlan& plan, TimePoint deadline) {
    const GroupId previous = plan.previous->id;
    auto group = co_await read_group(previous, deadline);
    if (!group)
        co_return Unexpected(std::move(group).error());
    co_return std::min(plan.floor, group->capacity.target());
}

/// Waits until whoever is to get more requests can take them: the floor of healthy units where the
/// requests come from users, one at least on the way forth.
Task<Result<void>> Runner::await_targets(const Step& step, SetForwardsStep action, Document now,
                                         const DeploymentPlan& plan, TimePoint deadline) {
    if (std::ranges::find(plan.stage_routes, action.arn) != plan.stage_routes.end())
        co_return Result<void>();
    const std::vector<std::string> gaining = gaining_targets(now, action.to);
    // On the way back nobody is waited for who was not there before.
    const bool was_served = plan.previous && plan.previous->healthy > 0;
    const int needed = is_rolling_back_ && !was_served ? 0 : std::max(1, plan.floor);
    for (int attempt = 0; !gaining.empty() && needed > 0; ++attempt) {
        std::string missing;
        for (const std::string& target_group : gaining) {
            int healthy = 0;
            for (const GroupId& id :
                 {journal_.new_group, plan.previous ? plan.previous->id : GroupId()}) {
                if (id.empty())
                    continue;
                auto known = co_await know_facts(id, deadline);
                if (!known)
                    co_return Unexpected(std::move(known).error());
                // What its other load balancers find of it is not asked here.
                std::vector<LoadBalancerEntry> behind = facts_of(id).load_balancers;
                std::erase_if(behind, [&](const LoadBalancerEntry& entry) {
                    return entry.arn != target_group;
                });
                if (behind.empty())
                    continue;
                auto reading =
                    co_await read_behind(id, std::move(behind), deadline, CallPriority::read);
                if (!reading)
                    co_return Unexpected(std::move(reading).error());
                healthy += units_of(id, *reading).healthy;
            }
            int least = needed;
            if (healthy < needed && is_rolling_back_) {
                auto floor = co_await floor_back(plan, deadline);
                if (!floor)
                    co_return Unexpected(std::move(floor).error());
                least = std::max(1, *floor);
            }
            if (healthy < least)
                missing = fmt::format("{} has {} healthy, {} are needed before it gets requests",
                                      target_group_name(target_group), healthy, least);
        }
        if (missing.empty())
            break;
        NoticeEvent notice{step.id, "waiting: " + missing};
        const Error low{.category = ErrorCategory::timeout, .message = std::move(missing)};
        if (attempt == 0)
            tell(std::move(notice));
        auto paused = co_await pause(attempt, deadline, low);
        if (!paused)
            co_return Unexpected(std::move(paused).error());
    }
    co_return Result<void>();
}

/// Before production gets more of the new group it has to carry what the previous one carries by
/// now, which scales as long as it serves: so it is raised first, as far as it may be. Tells
/// whether steps were put before `step`.
Task<Result<bool>> Runner::match_previous(const Step& step) {
    const auto* forwards = std::get_if<SetForwardsStep>(&step.action);
    const DeploymentPlan& known = journal_.plan;
    const bool is_stage = forwards && std::ranges::find(known.stage_routes, forwards->arn) !=
                                          known.stage_routes.end();
    if (!forwards || is_stage || !known.previous || step.id.starts_with("reset."))
        co_return false;
    const TimePoint deadline = driver_.now() + journal_.spec.timing.phase_deadline;
    auto previous = co_await read_group(known.previous->id, deadline);
    if (!previous)
        co_return Unexpected(std::move(previous).error());
    int has = known.requested.target();
    int raises = 0;
    for (const Step& one : known.steps) {
        const auto* scale = std::get_if<ScaleGroupStep>(&one.action);
        if (scale && std::holds_alternative<NewGroup>(scale->group))
            has = std::max(has, scale->to.target());
        raises += one.id.find(".raise-new") != std::string::npos ? 1 : 0;
    }
    const int target = previous->capacity.target();
    if (target <= has || target <= known.previous->capacity.target())
        co_return false;
    if (target > known.requested.maximum())
        co_return fail(ErrorCategory::conflict,
                       fmt::format("{} has grown to {} since the plan was made, and the new group "
                                   "may have {} at most; deploy again with a greater maximum",
                                   name_of(known.previous->id), target, known.requested.maximum()));
    const auto to = Capacity::make({known.requested.minimum(), target, known.requested.maximum()});
    const auto before = Capacity::make({known.requested.minimum(), has, known.requested.maximum()});
    DeploymentPlan plan = known;
    auto place = std::ranges::find(plan.steps, step.id, &Step::id);
    const std::string number = raises == 0 ? std::string() : fmt::format("-{}", raises + 1);
    const std::string section(section_of(step));
    place = plan.steps.insert(place, {fmt::format("{}.raise-new{}", section, number),
                                      ScaleGroupStep{NewGroup{}, *before, *to},
                                      "the previous group has grown, and the new one is to carry "
                                      "as much",
                                      false});
    plan.steps.insert(place + 1, {fmt::format("{}.await-raised{}", section, number),
                                  AwaitSteadyStep{NewGroup{}, *to, is_held(journal_.new_group)},
                                  "traffic only moves to what is healthy", false});
    PlannedEntry planned{journal_.snapshot, std::move(plan), journal_.step};
    record(std::move(planned));
    tell(PlannedEvent{journal_.plan});
    co_return true;
}

// Changes of a route that had no answer. Where one may still come into force, it shall meet nothing
// that it harms: a step that leads the route elsewhere is over only when that time has passed, and
// what came meanwhile is set right by it.

/// A change without an answer that shows has come, where it was sent only once.
void Runner::note_actions(const std::string& route, const Document& actions) {
    std::erase_if(journal_.unknown_forwards, [&](const UnknownForwards& one) {
        return one.action.arn == route && !one.is_repeated &&
               are_same_actions(one.action.to, actions);
    });
}

/// When no change of ours can lead the route elsewhere any more; empty: none can now.
std::optional<TimePoint> Runner::settled_at(const SetForwardsStep& action) const {
    std::optional<TimePoint> settled;
    for (const UnknownForwards& one : journal_.unknown_forwards) {
        const TimePoint until = one.announced_at + lateness();
        if (one.action.arn == action.arn && !are_same_actions(one.action.to, action.to) &&
            until > driver_.now())
            settled = std::max(settled.value_or(until), until);
    }
    return settled;
}

/// A swap of production that came after all is led back would lead it to a target group that no
/// route had led to until then, and which therefore has no health: before a rollback it has come,
/// or can come no more.
Task<Result<void>> Runner::await_late_swap(TimePoint deadline) {
    if (journal_.plan.stage_routes.empty())
        co_return Result<void>();
    const std::vector<UnknownForwards> all = journal_.unknown_forwards;
    for (const UnknownForwards& one : all) {
        const auto& stages = journal_.plan.stage_routes;
        if (std::ranges::find(stages, one.action.arn) != stages.end())
            continue;
        for (int attempt = 0; driver_.now() < one.announced_at + lateness(); ++attempt) {
            auto now = co_await read_actions(one.action, deadline);
            if (!now)
                co_return Unexpected(std::move(now).error());
            note_actions(one.action.arn, *now);
            const bool has_come =
                std::ranges::none_of(journal_.unknown_forwards, [&](const UnknownForwards& same) {
                    return same.action == one.action;
                });
            if (has_come)
                break;
            if (attempt == 0)
                tell(NoticeEvent{
                    {},
                    fmt::format("waiting: a change of {} to {} had no answer and may still come",
                                one.action.name, forward_text(one.action.to))});
            const Error late{.category = ErrorCategory::timeout,
                             .message = "a change of a route had no answer"};
            auto paused = co_await pause(attempt, deadline, late);
            if (!paused)
                co_return Unexpected(std::move(paused).error());
        }
    }
    co_return Result<void>();
}

/// Whether the route shows what the step starts from, or what a call of ours has set.
bool Runner::may_be_of_ours(const SetForwardsStep& action, const Document& actions) const {
    if (are_same_actions(actions, action.before))
        return true;
    const bool is_late =
        std::ranges::any_of(journal_.unknown_forwards, [&](const UnknownForwards& one) {
            return one.action.arn == action.arn && are_same_actions(actions, one.action.to);
        });
    if (is_late)
        return true;
    // On the way back it may be anything that a step of ours has set.
    return is_rolling_back_ &&
           (accepts_drift_ || std::ranges::any_of(journal_.plan.steps, [&](const Step& one) {
                const auto* forwards = std::get_if<SetForwardsStep>(&one.action);
                return forwards && forwards->arn == action.arn &&
                       (are_same_actions(actions, forwards->to) ||
                        are_same_actions(actions, forwards->before));
            }));
}

Task<Result<void>> Runner::set_forwards(const Step& step, SetForwardsStep action,
                                        const DeploymentPlan& plan, TimePoint deadline) {
    bool has_sent = false;
    bool has_changed = false;
    for (int attempt = 0;; ++attempt) {
        auto now = co_await read_actions(action, deadline);
        if (!now)
            co_return Unexpected(std::move(now).error());
        note_actions(action.arn, *now);
        if (are_same_actions(*now, action.to)) {
            if (const auto settled = settled_at(action)) {
                tell(NoticeEvent{step.id,
                                 fmt::format("watching {}: an earlier change of it had no answer "
                                             "and may still come",
                                             action.name)});
                const TimePoint until = *settled;
                while (driver_.now() < until) {
                    co_await driver_.sleep_until(until);
                    if (auto stop = reason_to_stop())
                        co_return Unexpected(std::move(*stop));
                }
                has_sent = false;
                continue;
            }
            tell(TrafficEvent{step.id, action.name, action.arn, forward_targets(*now)});
            step_summary_ = has_changed ? fmt::format("{} to {}", forward_text(action.before),
                                                      forward_text(action.to))
                                        : std::string("already so");
            co_return Result<void>();
        }
        if (!may_be_of_ours(action, *now))
            co_return fail(ErrorCategory::drift,
                           fmt::format("{} forwards to {}; it was {} when the plan was made, and "
                                       "this step sets {}; somebody else has changed it",
                                       action.name, forward_text(*now), forward_text(action.before),
                                       forward_text(action.to)));
        if (has_sent) {
            const Error unseen{.category = ErrorCategory::timeout,
                               .message = fmt::format("{} was set to {} and does not show it",
                                                      action.name, forward_text(action.to))};
            auto paused = co_await pause(attempt, deadline, unseen);
            if (!paused)
                co_return Unexpected(std::move(paused).error());
        }
        auto ready = co_await await_targets(step, action, *now, plan, deadline);
        if (!ready)
            co_return Unexpected(std::move(ready).error());
        // What was seen does not stay true: see scale().
        const TimePoint call_deadline =
            std::min(deadline, driver_.now() + journal_.spec.timing.call_timeout);
        // What was read, a snapshot's too, is not what can be written.
        Document written = with_forward_targets(action.to, forward_targets(action.to));
        AwsCall call = ModifyListenerCall{action.arn, written};
        if (action.is_rule)
            call = ModifyRuleCall{action.arn, std::move(written)};
        Call sent_call = std::move(call);
        auto sent = co_await send(step, std::move(sent_call), call_deadline);
        if (!sent)
            co_return Unexpected(std::move(sent).error());
        // What was answered is read back; what may have been carried out is looked at too.
        has_changed = true;
        has_sent = has_sent || sent->is_answered;
        if (sent->is_answered)
            continue;
        if (!sent->is_unknown && !is_transient(*sent->error))
            co_return Unexpected(std::move(*sent->error));
        auto paused = co_await pause(attempt, deadline, *sent->error);
        if (!paused)
            co_return Unexpected(std::move(paused).error());
        has_sent = false; // it has been waited for
    }
}

Task<Result<void>> Runner::rename(const Step& step, RenameGroupStep action,
                                  const DeploymentPlan& plan, TimePoint deadline) {
    const GroupId id = id_of(action.group);
    for (const Step& earlier : plan.steps) {
        if (earlier.id == step.id)
            break;
        const auto* other = std::get_if<RenameGroupStep>(&earlier.action);
        if (other && other->before == action.to && !journal_.done.contains(earlier.id))
            co_return fail(
                ErrorCategory::conflict,
                fmt::format("{} still has the name {}", name_of(id_of(other->group)), action.to));
    }
    for (int attempt = 0;; ++attempt) {
        auto group = co_await read_group(id, deadline);
        if (!group)
            co_return Unexpected(std::move(group).error());
        if (group->name == action.to) {
            if (attempt == 0)
                step_summary_ = "already so";
            co_return Result<void>();
        }
        if (group->name != action.before && !(is_rolling_back_ && accepts_drift_))
            co_return fail(ErrorCategory::drift,
                           fmt::format("{} is called {}; it was {} when the plan was made, and "
                                       "this step sets {}; somebody else has renamed it",
                                       id.text(), group->name, action.before, action.to));
        Call call = SpotCall(RenameGroupCall{id, action.to});
        auto sent = co_await send(step, std::move(call), deadline);
        if (!sent)
            co_return Unexpected(std::move(sent).error());
        if (sent->is_answered)
            co_return Result<void>();
        if (!sent->is_unknown && !is_transient(*sent->error))
            co_return Unexpected(std::move(*sent->error));
        auto paused = co_await pause(attempt, deadline, *sent->error);
        if (!paused)
            co_return Unexpected(std::move(paused).error());
    }
}

/// What the instances of the line's two groups weigh, where they are not counted one by one.
Task<Result<std::map<std::string, int>>> Runner::read_weights(const DeploymentPlan& plan,
                                                              TimePoint deadline) {
    std::map<std::string, int> weights;
    std::vector<GroupId> groups;
    if (plan.unit == CapacityUnit::weight && plan.previous)
        groups.push_back(plan.previous->id);
    if (plan.unit == CapacityUnit::weight && !journal_.new_group.empty())
        groups.push_back(journal_.new_group);
    for (const GroupId& id : groups) {
        auto known = co_await know_facts(id, deadline);
        if (!known)
            co_return Unexpected(std::move(known).error());
        ReadStatusCall status{id};
        auto reply = co_await read_until(driver_, std::move(status), deadline, CallPriority::read);
        if (!reply)
            co_return Unexpected(std::move(reply).error());
        const GroupFacts facts = facts_of(id);
        for (const InstanceStatus& one : std::get<StatusReply>(*reply).instances) {
            const auto weight = facts.weights.find(one.type);
            weights[one.id.text()] = weight == facts.weights.end() ? 1 : weight->second;
        }
    }
    co_return weights;
}

/// A group whose target group serves is not made smaller where too few would stay behind it: of
/// every group that is registered there, by what the routes are at this moment.
Task<Result<void>> Runner::check_serving(GroupId group, const DeploymentPlan& plan,
                                         TimePoint deadline) {
    if (plan.load_balancers.empty())
        co_return Result<void>();
    auto known = co_await know_facts(group, deadline);
    if (!known)
        co_return Unexpected(std::move(known).error());
    const auto facts = facts_of(group);
    std::vector<std::string> arns = plan.load_balancers;
    auto listeners =
        co_await read_listeners(driver_, std::move(arns), deadline, CallPriority::read);
    if (!listeners)
        co_return Unexpected(std::move(listeners).error());
    std::map<std::string, std::string> serving; ///< target group, and a route that leads there
    const auto note = [&](const std::string& arn, const Document& actions) {
        if (std::ranges::find(plan.stage_routes, arn) != plan.stage_routes.end())
            return;
        for (const ForwardTarget& target : forward_targets(actions)) {
            if (target.weight > 0)
                serving.try_emplace(target.target_group, arn);
        }
    };
    for (const ListenerState& state : *listeners) {
        note(state.listener.arn, state.listener.default_actions);
        for (const ListenerRule& rule : state.rules) {
            if (!rule.is_default)
                note(rule.arn, rule.actions);
        }
    }
    for (const LoadBalancerEntry& entry : facts.load_balancers) {
        const auto place = serving.find(entry.arn);
        if (place == serving.end())
            continue;
        ReadStatusCall status{group};
        auto instances =
            co_await read_until(driver_, std::move(status), deadline, CallPriority::read);
        if (!instances)
            co_return Unexpected(std::move(instances).error());
        std::vector<AwsCall> calls;
        calls.emplace_back(DescribeTargetHealthCall{entry.arn});
        auto health =
            co_await read_aws_until(driver_, std::move(calls), deadline, CallPriority::read);
        if (!health)
            co_return Unexpected(std::move(health).error());
        const auto& own = std::get<StatusReply>(*instances).instances;
        const auto& targets = std::get<TargetHealthReply>(health->front()).targets;
        const auto is_own = [&](const TargetHealth& target) {
            return std::ranges::any_of(
                own, [&](const InstanceStatus& one) { return one.id.text() == target.target; });
        };
        if (std::ranges::none_of(targets, is_own))
            continue;
        auto weights = co_await read_weights(plan, deadline);
        if (!weights)
            co_return Unexpected(std::move(weights).error());
        int staying = 0;
        for (const TargetHealth& target : targets) {
            const auto weight = weights->find(target.target);
            if (target.state == "healthy" && !is_own(target))
                staying += weight == weights->end() ? 1 : weight->second;
        }
        if (staying < std::max(1, plan.floor))
            co_return fail(ErrorCategory::drift,
                           fmt::format("{} stands behind {}, which {} leads to, and {} would stay "
                                       "healthy there without it, the floor is {}; somebody else "
                                       "has changed the routes",
                                       name_of(group), target_group_name(entry.arn), place->second,
                                       staying, std::max(1, plan.floor)));
    }
    co_return Result<void>();
}

} // namespace elastiroll
