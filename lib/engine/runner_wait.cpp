#include "engine/group_log.hpp"
#include "engine/observe.hpp"
#include "engine/polling.hpp"
#include "engine/runner.hpp"
#include "engine/target_health.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace elastiroll {
namespace {

/// The reply to one call of a look; null where it failed, which `trouble` then tells.
template <class T> const T* answer_of(const CallReply& reply, std::optional<Error>& trouble) {
    if (const auto* answer = std::get_if<SpotReply>(&reply.result))
        return std::get_if<T>(answer);
    if (const auto* error = std::get_if<Error>(&reply.result))
        trouble = *error;
    else
        trouble = std::get<Unanswered>(reply.result).why;
    return nullptr;
}

/// The same for a call of AWS.
const AwsReply* aws_answer_of(const CallReply& reply, std::optional<Error>& trouble) {
    if (const auto* error = std::get_if<Error>(&reply.result))
        trouble = *error;
    else if (const auto* unanswered = std::get_if<Unanswered>(&reply.result))
        trouble = unanswered->why;
    return std::get_if<AwsReply>(&reply.result);
}

int healthy_lines(const HealthReply& health) {
    return static_cast<int>(
        std::ranges::count(health.instances, HealthStatus::healthy, &InstanceHealth::status));
}

/// The phase's number in `phase-2.await-new`; 0 elsewhere.
int phase_of(std::string_view step) {
    int phase = 0;
    if (step.starts_with("phase-"))
        std::from_chars(step.data() + 6, step.data() + step.size(), phase);
    return phase;
}

} // namespace

/// The group's instances, healthy where Spot and `load_balancers` say so.
Task<Result<GroupReading>> Runner::read_behind(GroupId group,
                                               std::vector<LoadBalancerEntry> load_balancers,
                                               TimePoint deadline, CallPriority priority) {
    std::vector<SpotCall> calls;
    calls.emplace_back(ReadStatusCall{group});
    calls.emplace_back(ReadHealthCall{group});
    auto replies = co_await read_all_until(driver_, std::move(calls), deadline, priority);
    if (!replies)
        co_return Unexpected(std::move(replies).error());
    const auto* status = std::get_if<StatusReply>(&replies->front());
    const auto* health = std::get_if<HealthReply>(&replies->back());
    if (!status || !health)
        co_return fail(ErrorCategory::internal, "a reply does not fit the reading of instances");
    GroupReading spots = join_reading(driver_.now(), status->instances, health->instances);
    co_return co_await read_targets(driver_, std::move(spots), std::move(load_balancers), deadline,
                                    priority);
}

/// The same for all of its load balancers.
Task<Result<GroupReading>> Runner::read_instances(GroupId group, TimePoint deadline,
                                                  CallPriority priority) {
    std::vector<LoadBalancerEntry> load_balancers = facts_of(group).load_balancers;
    auto reading = co_await read_behind(group, std::move(load_balancers), deadline, priority);
    if (!reading)
        co_return Unexpected(std::move(reading).error());
    shown_.insert_or_assign(group, units_of(group, *reading));
    readings_.insert_or_assign(group, *reading);
    co_return reading;
}

/// Notes the target that a look has read; false where it could not.
bool Runner::note_target(const AwaitSteadyStep& action, const GroupId& group,
                         const CallReply& reply, WaitState& wait) {
    const auto* read = answer_of<GroupReply>(reply, wait.last_error);
    if (!read)
        return false;
    capacities_.insert_or_assign(group, read->group.capacity);
    wait.wanted =
        std::clamp(read->group.capacity.target(), action.wanted.minimum(), action.wanted.maximum());
    wait.wanted_read_at = driver_.now();
    return true;
}

/// The load balancers of the group whose health can be read.
std::vector<LoadBalancerEntry> Runner::asked_load_balancers(const GroupId& group) const {
    std::vector<LoadBalancerEntry> entries = facts_of(group).load_balancers;
    std::erase_if(entries, [](const LoadBalancerEntry& one) { return !health_call(one); });
    return entries;
}

/// One look of a wait. Health is asked first; only where it could be enough are the instances
/// listed too, since nothing else tells what is draining and what weighs how much, and a target
/// that may move is read with them. Empty where the answer was bad: a bad answer never ends a wait.
Task<std::optional<Runner::Look>> Runner::look(const AwaitSteadyStep& action, GroupId group,
                                               WaitState& wait) {
    ++wait.looks;
    wait.last_error.reset();
    const bool may_move = !action.is_held && !action.wanted.is_pinned();
    // Who lowers the target in the middle of a wait is noticed in time all the same.
    const Milliseconds wanted_age_max = journal_.spec.timing.poll_max * 3;
    bool reads_group = may_move && (!wait.wanted_read_at ||
                                    driver_.now() - *wait.wanted_read_at >= wanted_age_max);
    std::vector<Call> calls;
    calls.emplace_back(ReadHealthCall{group});
    if (reads_group)
        calls.emplace_back(ReadGroupCall{group});
    std::vector<CallReply> replies =
        co_await driver_.call_all(std::move(calls), wait.deadline, CallPriority::poll);
    const auto* health = answer_of<HealthReply>(replies.front(), wait.last_error);
    if (!health || (reads_group && !note_target(action, group, replies.back(), wait)))
        co_return std::nullopt;
    Look seen{{}, wait.wanted.value_or(action.wanted.target()), false};
    seen.units.healthy = healthy_lines(*health);
    seen.units.present = static_cast<int>(health->instances.size());
    const bool is_weighted = facts_of(group).unit == CapacityUnit::weight;
    if (!is_weighted && seen.units.healthy < seen.wanted)
        co_return seen;
    const std::vector<InstanceHealth> lines = health->instances;
    reads_group = may_move && !reads_group;
    const std::vector<LoadBalancerEntry> load_balancers = asked_load_balancers(group);
    calls.clear();
    calls.emplace_back(ReadStatusCall{group});
    for (const LoadBalancerEntry& entry : load_balancers)
        calls.emplace_back(*health_call(entry));
    if (reads_group)
        calls.emplace_back(ReadGroupCall{group});
    replies = co_await driver_.call_all(std::move(calls), wait.deadline, CallPriority::poll);
    const auto* status = answer_of<StatusReply>(replies.front(), wait.last_error);
    if (!status || (reads_group && !note_target(action, group, replies.back(), wait)))
        co_return std::nullopt;
    seen.wanted = wait.wanted.value_or(seen.wanted);
    GroupReading reading = join_reading(driver_.now(), status->instances, lines);
    const GroupReading spots = reading;
    wait.not_served.clear();
    for (std::size_t i = 0; i < load_balancers.size(); ++i) {
        const auto* answer = aws_answer_of(replies[i + 1], wait.last_error);
        if (!answer)
            co_return std::nullopt;
        join_health(reading, *answer);
        if (wait.not_served.empty())
            wait.not_served = why_not_served(spots, load_balancers[i], *answer);
    }
    seen.units = units_of(group, reading);
    seen.is_complete = true;
    readings_.insert_or_assign(group, std::move(reading));
    co_return seen;
}

Task<Result<void>> Runner::read_log(const Step& step, GroupId group, WaitState& wait) {
    wait.has_read_log = true;
    ReadLogCall call{group, wait.log_from, driver_.now()};
    const TimePoint deadline = driver_.now() + journal_.spec.timing.call_timeout;
    const CallReply reply = co_await driver_.call(std::move(call), deadline, CallPriority::poll);
    const auto* log = answer_of<LogReply>(reply, wait.last_error);
    if (!log)
        co_return Result<void>();
    wait.log_excerpt = log_excerpt(log->entries);
    if (wait.log_excerpt.empty())
        co_return Result<void>();
    NoticeEvent notice{step.id,
                       fmt::format("the log of {} says: {}", name_of(group), wait.log_excerpt)};
    tell(std::move(notice));
    const std::string_view code = hopeless_code(wait.log_excerpt);
    if (!code.empty())
        co_return fail(ErrorCategory::rejected,
                       fmt::format("{} cannot launch instances ({}): {}; mend the configuration "
                                   "and deploy again",
                                   name_of(group), code, wait.log_excerpt));
    co_return Result<void>();
}

Error Runner::too_late(std::string_view doing, const WaitState& wait, std::string_view seen) const {
    std::string message = fmt::format("{} did not happen in time: {} after {}", doing, seen,
                                      format_duration(driver_.now() - wait.start));
    if (!wait.not_served.empty())
        message += "; " + wait.not_served;
    if (!wait.log_excerpt.empty())
        message += fmt::format("; the group's log says: {}", wait.log_excerpt);
    if (wait.last_error)
        message += fmt::format("; the last bad answer was: {}", wait.last_error->message);
    message += "; look at the instances, or give it more time with timing.phase_deadline";
    Error error{.category = ErrorCategory::timeout, .message = std::move(message)};
    if (wait.last_error)
        error.remote = wait.last_error->remote;
    return error;
}

void Runner::tell_progress(const Step& step, int wanted, const WaitState& wait) {
    const auto progress_of = [&](const GroupId& id) {
        GroupProgress progress{present_name(id, journal_.plan), id, {}, 0, 0};
        if (const auto capacity = capacities_.find(id); capacity != capacities_.end())
            progress.capacity = capacity->second;
        if (const auto shown = shown_.find(id); shown != shown_.end()) {
            progress.healthy = shown->second.healthy;
            progress.present = shown->second.present;
        }
        return progress;
    };
    ProgressEvent event;
    event.step = step.id;
    event.phase = phase_of(step.id);
    event.phases = journal_.plan.phases;
    event.wanted = wanted;
    if (!journal_.new_group.empty())
        event.new_group = progress_of(journal_.new_group);
    if (journal_.plan.previous)
        event.previous = progress_of(journal_.plan.previous->id);
    event.elapsed = driver_.now() - wait.start;
    event.expected = wait.expected;
    event.left = std::max(Milliseconds(0), Milliseconds(wait.deadline - driver_.now()));
    tell(std::move(event));
}

TimePoint Runner::next_look(const WaitState& wait, bool is_answered) const {
    const Timing& timing = journal_.spec.timing;
    const TimePoint now = driver_.now();
    const TimePoint next =
        wait.steady_since
            ? std::min(*wait.steady_since + timing.stable_for, now + timing.poll_max * 2)
            : now + poll_interval(now - wait.start, wait.expected, driver_.budget(), timing);
    // After a bad answer the time to be steady may be over already.
    return is_answered ? next : std::max(next, now + timing.poll_min);
}

Task<Result<void>> Runner::await_steady(const Step& step, AwaitSteadyStep action,
                                        TimePoint deadline) {
    const GroupId group = id_of(action.group);
    const Timing& timing = journal_.spec.timing;
    WaitState wait;
    wait.start = wait.progress_at = driver_.now();
    wait.deadline = deadline;
    wait.expected = median(times_to_healthy_);
    const Milliseconds impatience = (deadline - wait.start) / 4;
    const auto raised = raised_at_.find(group);
    // Launches begin, and fail, as soon as the group is scaled up, which the answer tells later.
    wait.log_from = std::min(wait.start, raised == raised_at_.end() ? wait.start : raised->second) -
                    timing.call_timeout;
    // What we have just asked for cannot be there yet; what was there before may be.
    TimePoint next = wait.start;
    if (raised != raised_at_.end() && raised->second + timing.poll_min > wait.start) {
        next += poll_interval(Milliseconds(0), wait.expected, driver_.budget(), timing);
        wait.wanted_read_at = raised->second; // the answer to the scaling told it
    }
    const auto steady = steady_at_.find(group);
    const std::optional<TimePoint> was_steady =
        steady == steady_at_.end() ? std::nullopt : std::optional(steady->second);
    std::string seen = "no look succeeded";
    for (;;) {
        while (driver_.now() < std::min(next, deadline)) {
            co_await driver_.sleep_until(std::min(next, deadline));
            if (auto stop = reason_to_stop())
                co_return Unexpected(std::move(*stop));
        }
        std::optional<Look> now;
        if (driver_.now() < deadline)
            now = co_await look(action, group, wait);
        if (wait.last_error && wait.last_error->category == ErrorCategory::unauthenticated)
            co_return Unexpected(std::move(*wait.last_error));
        const bool is_enough =
            now && now->units.healthy >= now->wanted &&
            (now->is_complete || (now->wanted == 0 && action.wanted.target() == 0));
        if (now) {
            seen = fmt::format("{} of {} healthy", now->units.healthy, now->wanted);
            if (now->units.healthy > wait.best) {
                wait.best = now->units.healthy;
                wait.progress_at = driver_.now();
            }
            shown_.insert_or_assign(group, now->units);
            tell_progress(step, now->wanted, wait);
        }
        if (is_enough) {
            if (!wait.steady_since) {
                // What was steady before, and is now, has stayed so unless somebody scaled it.
                wait.steady_since = wait.looks == 1 && was_steady ? *was_steady : driver_.now();
                if (wait.looks > 1)
                    step_times_ = {driver_.now() - wait.start};
            }
            if (driver_.now() >= *wait.steady_since + timing.stable_for)
                break;
        } else if (now) {
            wait.steady_since.reset();
            step_times_.clear();
        }
        if (driver_.now() >= deadline) {
            auto log = co_await read_log(step, group, wait);
            if (!log)
                co_return Unexpected(std::move(log).error());
            co_return Unexpected(too_late(fmt::format("a steady {}", name_of(group)), wait, seen));
        }
        if (!is_enough && !wait.has_read_log && driver_.now() - wait.progress_at >= impatience) {
            auto log = co_await read_log(step, group, wait);
            if (!log)
                co_return Unexpected(std::move(log).error());
        }
        next = next_look(wait, now.has_value());
    }
    times_to_healthy_.insert(times_to_healthy_.end(), step_times_.begin(), step_times_.end());
    steady_at_.insert_or_assign(group, driver_.now());
    step_summary_ = fmt::format(
        "{} after {}, {}", seen,
        format_duration(std::max(Milliseconds(0), Milliseconds(*wait.steady_since - wait.start))),
        count_of(wait.looks, "look"));
    co_return Result<void>();
}

namespace {

/// Instances that stay whatever we wait: all of them locked beyond the deadline. Empty where one
/// may still go.
std::string locked_beyond(const std::vector<InstanceStatus>& instances, TimePoint deadline) {
    std::vector<std::string> texts;
    for (const InstanceStatus& one : instances) {
        if (!one.is_locked || (one.locked_until && *one.locked_until < deadline))
            return {};
        texts.push_back(fmt::format("{} is locked {}", one.id.text(),
                                    one.locked_until ? "until " + format_time(*one.locked_until)
                                                     : "without an end"));
    }
    return join(texts, ", ");
}

} // namespace

Task<Result<void>> Runner::await_small(const Step& step, AwaitSmallStep action,
                                       TimePoint deadline) {
    const GroupId group = id_of(action.group);
    const Timing& timing = journal_.spec.timing;
    WaitState wait;
    wait.start = driver_.now();
    wait.deadline = deadline;
    if (action.active_max == 0)
        wait.expected = facts_of(group).draining;
    std::string seen = "no look succeeded";
    for (;;) {
        if (driver_.now() >= deadline)
            co_return Unexpected(too_late(fmt::format("emptying {}", name_of(group)), wait, seen));
        ++wait.looks;
        wait.last_error.reset();
        ReadStatusCall call{group};
        const CallReply reply =
            co_await driver_.call(std::move(call), deadline, CallPriority::poll);
        if (const auto* status = answer_of<StatusReply>(reply, wait.last_error)) {
            const GroupReading reading = join_reading(driver_.now(), status->instances, {});
            const CapacityReading units = units_of(group, reading);
            // 0 means that nothing is left, requests that wait for an instance included.
            const int left =
                action.active_max == 0 ? static_cast<int>(status->instances.size()) : units.active;
            if (left <= action.active_max)
                break;
            seen = fmt::format("{} left", count_of(left, "instance"));
            const std::string locked = locked_beyond(status->instances, deadline);
            if (!locked.empty())
                co_return fail(ErrorCategory::timeout,
                               fmt::format("{} does not get smaller: {}; the rest is done",
                                           name_of(group), locked));
            shown_.insert_or_assign(group, units);
            tell_progress(step, action.active_max, wait);
        } else if (wait.last_error->category == ErrorCategory::not_found) {
            break; // What no longer exists has no instances.
        } else if (wait.last_error->category == ErrorCategory::unauthenticated) {
            co_return Unexpected(std::move(*wait.last_error));
        }
        const TimePoint next = std::min(
            deadline, driver_.now() + poll_interval(driver_.now() - wait.start, wait.expected,
                                                    driver_.budget(), timing));
        while (driver_.now() < next) {
            co_await driver_.sleep_until(next);
            if (auto stop = reason_to_stop())
                co_return Unexpected(std::move(*stop));
        }
    }
    step_summary_ = fmt::format("after {}, {}", format_duration(driver_.now() - wait.start),
                                count_of(wait.looks, "look"));
    co_return Result<void>();
}

// Gates. Their time is nobody's deadline but their own.

Task<Result<void>> Runner::await_approval(const Step& step) {
    const TimePoint start = journal_.started_at.at(step.id);
    const TimePoint until = start + journal_.spec.timing.gate_timeout;
    GateEvent event{step.id, true, until};
    tell(std::move(event));
    const auto is_approved = [&] {
        return journal_.approved.contains(step.id) || journal_.approved.contains("");
    };
    while (!is_approved()) {
        if (detaches_ && driver_.now() < until) {
            leaves_gate_ = until;
            co_return fail(ErrorCategory::cancelled, "left, as asked");
        }
        if (driver_.now() >= until)
            co_return fail(ErrorCategory::timeout,
                           fmt::format("nobody approved within {}",
                                       format_duration(journal_.spec.timing.gate_timeout)));
        co_await driver_.sleep_until(until);
        if (auto stop = reason_to_stop())
            co_return Unexpected(std::move(*stop));
    }
    journal_.deadlines.erase(std::string(section_of(step)));
    step_summary_ = "approved";
    co_return Result<void>();
}

Task<Result<void>> Runner::await_bake(const Step& step, BakeGateStep action) {
    const TimePoint until = journal_.started_at.at(step.id) + action.duration;
    GateEvent event{step.id, false, until};
    tell(std::move(event));
    if ((detaches_ || action.leaves) && driver_.now() < until) {
        leaves_gate_ = until;
        co_return fail(ErrorCategory::cancelled, "left, as asked");
    }
    while (driver_.now() < until) {
        co_await driver_.sleep_until(until);
        if (auto stop = reason_to_stop())
            co_return Unexpected(std::move(*stop));
    }
    journal_.deadlines.erase(std::string(section_of(step)));
    step_summary_ = format_duration(action.duration);
    co_return Result<void>();
}

} // namespace elastiroll
