#include "engine/observe.hpp"

#include <elastiroll/plan/planner.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace elastiroll {
namespace {

/// Between two attempts of ours; the client has retried at its own pace by then.
constexpr Milliseconds pause_min{2'000};
constexpr Milliseconds pause_max{20'000};

template <class T> const T* answer(const SpotReply& reply) { return std::get_if<T>(&reply); }

Unexpected unfitting(const SpotCall& call) {
    return fail(ErrorCategory::internal,
                fmt::format("{}: the client's reply does not fit the call", describe(call)));
}

const Error& error_of(const CallResult& result) {
    if (const auto* unanswered = std::get_if<Unanswered>(&result))
        return unanswered->why;
    return std::get<Error>(result);
}

} // namespace

bool is_transient(const Error& error) noexcept {
    return error.category == ErrorCategory::throttled ||
           error.category == ErrorCategory::unavailable ||
           error.category == ErrorCategory::timeout || error.category == ErrorCategory::protocol;
}

Task<Result<std::vector<SpotReply>>> read_all_until(Driver& driver, std::vector<SpotCall> calls,
                                                    TimePoint deadline, CallPriority priority) {
    std::vector<SpotReply> answers(calls.size());
    std::vector<std::size_t> open(calls.size());
    for (std::size_t i = 0; i < open.size(); ++i)
        open[i] = i;
    Milliseconds pause = pause_min;
    while (!open.empty()) {
        std::vector<Call> batch;
        batch.reserve(open.size());
        for (const std::size_t index : open)
            batch.push_back(calls[index]);
        std::vector<CallReply> replies =
            co_await driver.call_all(std::move(batch), deadline, priority);
        std::vector<std::size_t> still_open;
        std::optional<Error> trouble;
        for (std::size_t i = 0; i < replies.size(); ++i) {
            if (auto* reply = std::get_if<SpotReply>(&replies[i].result)) {
                answers[open[i]] = std::move(*reply);
                continue;
            }
            const Error& error = error_of(replies[i].result);
            if (!is_transient(error))
                co_return Unexpected(error);
            trouble = error;
            still_open.push_back(open[i]);
        }
        open = std::move(still_open);
        if (open.empty())
            break;
        if (driver.now() + pause >= deadline)
            co_return Unexpected(*trouble);
        const TimePoint next = driver.now() + pause;
        while (driver.now() < next) {
            co_await driver.sleep_until(next);
            if (auto stop = driver.reason_to_stop())
                co_return Unexpected(std::move(*stop));
        }
        pause = std::min(pause * 2, pause_max);
    }
    co_return answers;
}

Task<Result<SpotReply>> read_until(Driver& driver, SpotCall call, TimePoint deadline,
                                   CallPriority priority) {
    std::vector<SpotCall> calls;
    calls.push_back(std::move(call));
    auto answers = co_await read_all_until(driver, std::move(calls), deadline, priority);
    if (!answers)
        co_return Unexpected(std::move(answers).error());
    co_return std::move(answers->front());
}

SpotCall list_line(const DeploymentSpec& spec) {
    // Revisions and the production name begin with the prefix.
    ListGroupsCall call{{spec.line.prefix.text(), stage_name(spec.line.prefix, spec.naming)}};
    if (spec.previous)
        call.name_prefixes.push_back(*spec.previous);
    return call;
}

namespace {

/// The calls that complete a snapshot, with where each answer belongs.
struct ReadPlan {
    std::vector<SpotCall> calls;
    ObservationNeeds needs;
};

ReadPlan plan_reads(const DeploymentSpec& spec, const std::vector<Elastigroup>& groups) {
    ReadPlan plan{{}, observation_needs(spec, groups)};
    for (const GroupId& id : plan.needs.readings) {
        plan.calls.emplace_back(ReadStatusCall{id});
        plan.calls.emplace_back(ReadHealthCall{id});
    }
    for (const GroupId& id : plan.needs.suspensions)
        plan.calls.emplace_back(ReadSuspensionsCall{id});
    for (const GroupId& id : plan.needs.rolls)
        plan.calls.emplace_back(ReadRollsCall{id});
    return plan;
}

GroupState* state_of(Snapshot& snapshot, const GroupId& id) {
    const auto found = std::ranges::find_if(
        snapshot.groups, [&](const GroupState& one) { return one.group.id == id; });
    return found == snapshot.groups.end() ? nullptr : &*found;
}

Result<void> fill(Snapshot& snapshot, const ReadPlan& plan, std::vector<SpotReply>& answers) {
    std::size_t next = 0;
    for (const GroupId& id : plan.needs.readings) {
        const auto* status = answer<StatusReply>(answers[next]);
        const auto* health = answer<HealthReply>(answers[next + 1]);
        if (!status || !health)
            return unfitting(plan.calls[next]);
        if (GroupState* state = state_of(snapshot, id))
            state->reading = join_reading(snapshot.at, status->instances, health->instances);
        next += 2;
    }
    for (const GroupId& id : plan.needs.suspensions) {
        const auto* reply = answer<SuspensionsReply>(answers[next]);
        if (!reply)
            return unfitting(plan.calls[next]);
        if (GroupState* state = state_of(snapshot, id))
            state->suspensions = reply->suspensions;
        ++next;
    }
    for (const GroupId& id : plan.needs.rolls) {
        const auto* reply = answer<RollsReply>(answers[next]);
        if (!reply)
            return unfitting(plan.calls[next]);
        if (GroupState* state = state_of(snapshot, id))
            state->rolls = reply->rolls;
        ++next;
    }
    return {};
}

} // namespace

namespace {

/// A group of our line that cannot be read is no proof of anything; others' do not concern us.
Result<void> check_readable(const DeploymentSpec& spec, const GroupsReply& groups) {
    const std::string stage = stage_name(spec.line.prefix, spec.naming);
    for (const UnreadableGroup& group : groups.unreadable) {
        const NameKind kind = parse_group_name(spec.line.prefix, stage, group.name).kind;
        if (kind != NameKind::unrelated || group.name == spec.previous)
            return Unexpected(with_context(group.why, "observing the line"));
    }
    return {};
}

} // namespace

Task<Result<Snapshot>> observe(Driver& driver, const DeploymentSpec& spec, TimePoint deadline,
                               CallPriority priority) {
    SpotCall list = list_line(spec);
    auto listed = co_await read_until(driver, list, deadline, priority);
    if (!listed)
        co_return Unexpected(with_context(std::move(listed).error(), "observing the line"));
    auto* groups = std::get_if<GroupsReply>(&*listed);
    if (!groups)
        co_return unfitting(list);
    if (auto readable = check_readable(spec, *groups); !readable)
        co_return Unexpected(std::move(readable).error());
    Snapshot snapshot{spec.line, driver.now(), {}, {}};
    const std::vector<Elastigroup> on_line = groups_of_line(spec, std::move(groups->groups));
    const ReadPlan plan = plan_reads(spec, on_line);
    for (const Elastigroup& group : on_line)
        snapshot.groups.push_back({group, {}, {}, {}});
    if (!plan.calls.empty()) {
        auto answers = co_await read_all_until(driver, plan.calls, deadline, priority);
        if (!answers)
            co_return Unexpected(with_context(std::move(answers).error(), "observing the line"));
        snapshot.at = driver.now();
        if (auto filled = fill(snapshot, plan, *answers); !filled)
            co_return Unexpected(std::move(filled).error());
    }
    co_return snapshot;
}

} // namespace elastiroll
