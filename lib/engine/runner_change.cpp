#include "engine/observe.hpp"
#include "engine/runner.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

/// Between attempts of one change: the effect of a lost call needs a moment to show.
constexpr Milliseconds pause_first{2'000};
constexpr Milliseconds pause_last{20'000};
/// A lost create is looked for at least this often before it is sent again.
constexpr int lists_min = 3;

Unexpected drift(std::string message) { return fail(ErrorCategory::drift, std::move(message)); }

} // namespace

Task<Result<void>> Runner::pause(int attempt, TimePoint deadline, const Error& why) {
    const Milliseconds time = std::min(pause_first * (1 << std::min(attempt, 4)), pause_last);
    const TimePoint until = driver_.now() + time;
    if (until >= deadline) {
        Error late = why;
        late.category = ErrorCategory::timeout;
        late.message += "; the deadline does not leave time for another attempt";
        co_return Unexpected(std::move(late));
    }
    while (driver_.now() < until) {
        co_await driver_.sleep_until(until);
        if (auto stop = reason_to_stop())
            co_return Unexpected(std::move(*stop));
    }
    co_return Result<void>();
}

Task<Result<Runner::Sent>> Runner::send(const Step& step, Call call, TimePoint deadline) {
    const std::string name(call_name(call));
    const std::string detail = describe(call);
    const auto* spots = std::get_if<SpotCall>(&call);
    const GroupId group = spots ? call_group(*spots) : GroupId();
    CallStartedEntry started{step.id, name, group, detail};
    std::optional<CallStartedEntry> open_before = journal_.open_call;
    record(std::move(started));
    auto kept = co_await keep_records();
    if (!kept) {
        journal_.open_call = std::move(open_before); // What could not be announced was not sent.
        co_return Unexpected(std::move(kept).error());
    }
    const TimePoint sent_at = driver_.now();
    const CallPriority priority = change_priority();
    CallReply reply = co_await driver_.call(std::move(call), deadline, priority);

    Sent sent;
    CallEndedEntry ended{step.id,          name, CallEnd::answered,      group,
                         reply.request_id, {},   driver_.now() - sent_at};
    if (auto* answer = std::get_if<SpotReply>(&reply.result)) {
        if (const auto* created = std::get_if<GroupReply>(answer))
            ended.group = created->group.id;
        sent.is_answered = true;
    } else if (std::holds_alternative<AwsReply>(reply.result)) {
        sent.is_answered = true;
    } else if (const auto* error = std::get_if<Error>(&reply.result)) {
        ended.end = CallEnd::failed;
        ended.error = *error;
        sent.error = *error;
    } else {
        ended.end = CallEnd::unanswered;
        ended.error = std::get<Unanswered>(reply.result).why;
        sent.error = ended.error;
        sent.is_unknown = true;
    }
    CallEvent event{step.id,          name,         detail, std::string(to_string(ended.end)),
                    reply.request_id, ended.latency};
    record(std::move(ended));
    tell(std::move(event));
    co_return sent;
}

Task<Result<Elastigroup>> Runner::read_group(GroupRef group, TimePoint deadline) {
    const GroupId id = id_of(group);
    // A group that was just created may not be readable everywhere at once.
    const TimePoint patience = id == journal_.new_group
                                   ? driver_.now() + journal_.spec.timing.create_settle
                                   : driver_.now();
    for (int attempt = 0;; ++attempt) {
        ReadGroupCall call{id};
        auto reply = co_await read_until(driver_, std::move(call), deadline, CallPriority::read);
        if (reply) {
            auto* read = std::get_if<GroupReply>(&*reply);
            if (!read)
                co_return fail(ErrorCategory::internal, "a reply does not fit read_group");
            capacities_.insert_or_assign(id, read->group.capacity);
            if (!facts_.contains(id))
                facts_.insert_or_assign(id, facts_in(read->group.unit, read->group.document));
            co_return std::move(read->group);
        }
        Error error = std::move(reply).error();
        if (error.category != ErrorCategory::not_found || driver_.now() >= patience)
            co_return Unexpected(std::move(error));
        auto paused = co_await pause(attempt, deadline, error);
        if (!paused)
            co_return Unexpected(std::move(paused).error());
    }
}

// Creating.

/// Looks for the group of a create whose answer was lost: until one carries our mark, or until
/// create_settle has passed since the last POST.
Task<Result<std::optional<GroupId>>> Runner::adopt(TimePoint posted_at, TimePoint deadline) {
    const TimePoint settled = posted_at + journal_.spec.timing.create_settle;
    const Milliseconds between =
        std::max(journal_.spec.timing.poll_min, journal_.spec.timing.create_settle / 4);
    for (int lists = 1;; ++lists) {
        SpotCall list = list_line(journal_.spec);
        auto reply = co_await read_until(driver_, std::move(list), deadline, CallPriority::change);
        if (!reply)
            co_return Unexpected(std::move(reply).error());
        const auto& groups = std::get<GroupsReply>(*reply).groups;
        std::optional<GroupId> found;
        for (const Elastigroup& group : groups) {
            if (group.name != journal_.plan.new_name)
                continue;
            const auto mark = ownership_of(group.document, journal_.spec.ownership);
            const bool is_ours = mark && mark->deployment == journal_.deployment;
            if (is_ours && (!found || group.id < *found))
                found = group.id;
        }
        if (found || (driver_.now() >= settled && lists >= lists_min))
            co_return found;
        const TimePoint next = driver_.now() + between;
        if (next >= deadline)
            co_return fail(ErrorCategory::timeout,
                           fmt::format("the answer to creating {} was lost, and the deadline does "
                                       "not leave time to find out whether it exists",
                                       journal_.plan.new_name));
        while (driver_.now() < next) {
            co_await driver_.sleep_until(next);
            if (auto stop = reason_to_stop())
                co_return Unexpected(std::move(*stop));
        }
    }
}

Task<Result<void>> Runner::create(const Step& step, TimePoint deadline) {
    // Announced by an earlier run and not known to have failed: it may exist.
    bool may_exist = journal_.announced.contains(step.id) && journal_.new_group.empty();
    TimePoint posted_at = journal_.create_posted_at.value_or(driver_.now());
    for (int attempt = 0; journal_.new_group.empty(); ++attempt) {
        if (may_exist) {
            auto adopted = co_await adopt(posted_at, deadline);
            if (!adopted)
                co_return Unexpected(std::move(adopted).error());
            if (*adopted) {
                journal_.new_group = **adopted;
                step_summary_ =
                    fmt::format("found as {} after its answer was lost", journal_.new_group.text());
                break;
            }
        }
        posted_at = driver_.now();
        CreateGroupCall call{
            .group = create_document(journal_.plan, journal_.deployment, journal_.spec.ownership),
            .secrets = secret_texts(journal_.spec)};
        auto sent = co_await send(step, std::move(call), deadline);
        if (!sent)
            co_return Unexpected(std::move(sent).error());
        if (sent->is_answered)
            break;
        may_exist = sent->is_unknown;
        if (!may_exist && !is_transient(*sent->error))
            co_return Unexpected(std::move(*sent->error));
        auto paused = co_await pause(attempt, deadline, *sent->error);
        if (!paused)
            co_return Unexpected(std::move(paused).error());
    }
    if (journal_.new_group.empty())
        co_return fail(
            ErrorCategory::protocol,
            fmt::format("creating {}: Spot's answer has no group id", journal_.plan.new_name));
    if (step_summary_.empty())
        step_summary_ = journal_.new_group.text();
    facts_.insert_or_assign(journal_.new_group,
                            facts_in(journal_.plan.unit, journal_.plan.group_document));
    capacities_.insert_or_assign(journal_.new_group, Capacity());
    let_documents_go();
    co_return Result<void>();
}

// Scaling.

namespace {

/// Whether somebody else has changed what the step relies on. A target that is not pinned may move
/// within its bounds, unless we hold it.
std::optional<std::string> drift_of(const Elastigroup& group, const ScaleGroupStep& action,
                                    bool is_pinned) {
    const Capacity& now = group.capacity;
    const Capacity& before = action.before;
    if (now.minimum() == before.minimum() && now.maximum() == before.maximum() &&
        (!is_pinned || now.target() == before.target()))
        return std::nullopt;
    return fmt::format("{} has capacity {}; it was {} when the plan was made, and this step sets "
                       "{}; somebody else has changed it",
                       group.name, to_string(now), to_string(before), to_string(action.to));
}

} // namespace

Task<Result<void>> Runner::scale(const Step& step, ScaleGroupStep action,
                                 const DeploymentPlan& plan, TimePoint deadline) {
    const GroupId id = id_of(action.group);
    for (int attempt = 0;; ++attempt) {
        auto group = co_await read_group(id, deadline);
        if (!group) {
            Error error = std::move(group).error();
            if (error.category == ErrorCategory::not_found)
                co_return drift(
                    fmt::format("{} no longer exists; somebody else has deleted it", name_of(id)));
            co_return Unexpected(std::move(error));
        }
        if (group->capacity == action.to) {
            if (attempt == 0)
                step_summary_ = "already so";
            co_return Result<void>();
        }
        // In blue/green the previous group scales until its hold, which comes just before.
        const bool is_pinned = is_held(id) && plan.strategy != Strategy::blue_green;
        if (auto moved = drift_of(*group, action, is_pinned))
            co_return drift(std::move(*moved));
        TimePoint call_deadline = deadline;
        // What a group has beyond its target may go with any update that does not raise it; but a
        // rollback gives a group what it had, whatever it has beyond that.
        const bool lowers = action.to.target() < group->capacity.target();
        const bool keeps = action.to.target() == group->capacity.target();
        if (lowers || (keeps && !is_rolling_back_)) {
            const Shrink shrink{id, action.to.target(), lowers};
            auto safe = co_await await_room(step, shrink, plan, deadline);
            if (!safe)
                co_return Unexpected(std::move(safe).error());
            // What was seen does not stay true: a call that waits too long for its turn to be sent
            // is given up, and the next one comes after another look.
            call_deadline = std::min(deadline, driver_.now() + journal_.spec.timing.call_timeout);
        }
        ScaleGroupCall call{id, action.to};
        auto sent = co_await send(step, std::move(call), call_deadline);
        if (!sent)
            co_return Unexpected(std::move(sent).error());
        changed_at_ = driver_.now();
        steady_at_.erase(id);
        if (sent->is_answered) {
            capacities_.insert_or_assign(id, action.to);
            if (action.to.target() > group->capacity.target())
                raised_at_.insert_or_assign(id, driver_.now());
            // What is beyond the new target is going; a display need not wait for a look to say so.
            CapacityReading& shown = shown_[id];
            shown.healthy = std::min(shown.healthy, action.to.target());
            step_summary_ =
                fmt::format("{} to {}", to_string(group->capacity), to_string(action.to));
            co_return Result<void>();
        }
        if (!sent->is_unknown && !is_transient(*sent->error))
            co_return Unexpected(std::move(*sent->error));
        auto paused = co_await pause(attempt, deadline, *sent->error);
        if (!paused)
            co_return Unexpected(std::move(paused).error());
    }
}

namespace {

/// What goes when the group becomes `to`, all of it counted as healthy: a request without an
/// instance may be kept in its place. Instances go whole until enough has gone, so the last one may
/// be the heaviest and come when all but a grain has gone.
int removed_units(const CapacityReading& units, int to) {
    const int beyond = units.active + units.pending - to;
    return beyond <= 0 ? 0 : (beyond - 1) / units.grain * units.grain + units.heaviest;
}

} // namespace

/// Waits until the floor lets the group shrink. Routes are looked at before, so that what is wrong
/// is said at once, and after, since the wait may have been long.
Task<Result<void>> Runner::await_room(const Step& step, Shrink shrink, const DeploymentPlan& plan,
                                      TimePoint deadline) {
    const GroupId group = shrink.group;
    auto before = co_await check_serving(group, plan, deadline);
    if (!before)
        co_return Unexpected(std::move(before).error());
    auto safe = co_await await_floor(step, shrink, plan, deadline);
    if (!safe)
        co_return Unexpected(std::move(safe).error());
    co_return co_await check_serving(group, plan, deadline);
}

/// Waits until what stays healthy after `group` has gone down to `to` is at least the floor, by
/// readings made after our last change of any capacity.
Task<Result<void>> Runner::await_floor(const Step& step, Shrink shrink, const DeploymentPlan& plan,
                                       TimePoint deadline) {
    if (plan.floor == 0)
        co_return Result<void>();
    const GroupId& group = shrink.group;
    std::set<GroupId> counted{group};
    if (plan.previous)
        counted.insert(plan.previous->id);
    if (!journal_.new_group.empty())
        counted.insert(journal_.new_group);
    for (int attempt = 0;; ++attempt) {
        int healthy = 0;
        bool takes_nothing = false;
        for (const GroupId& id : counted) {
            const auto known = readings_.find(id);
            const bool is_fresh = known != readings_.end() && attempt == 0 &&
                                  (!changed_at_ || known->second.at > *changed_at_) &&
                                  driver_.now() - known->second.at <= journal_.spec.timing.poll_max;
            if (!is_fresh) {
                auto reading = co_await read_instances(id, deadline, CallPriority::read);
                if (!reading) {
                    if (reading.error().category == ErrorCategory::not_found)
                        continue;
                    co_return Unexpected(std::move(reading).error());
                }
            }
            const CapacityReading has = units_of(id, readings_.at(id));
            const int removed = id == group ? removed_units(has, shrink.to) : 0;
            // An instance whose end would leave less than the target stays.
            const int beyond = has.active + has.pending - shrink.to;
            takes_nothing = takes_nothing || (id == group && beyond < has.lightest);
            healthy += std::max(0, has.healthy - removed);
        }
        if (healthy >= plan.floor || (takes_nothing && !shrink.lowers_target))
            co_return Result<void>();
        int floor = plan.floor;
        if (is_rolling_back_ && plan.strategy == Strategy::blue_green && plan.previous) {
            auto lower = co_await floor_back(plan, deadline);
            if (!lower)
                co_return Unexpected(std::move(lower).error());
            floor = *lower;
        }
        if (healthy >= floor)
            co_return Result<void>();
        NoticeEvent notice{step.id,
                           fmt::format("waiting to size {} down to {}: {} would stay healthy, the "
                                       "floor is {}",
                                       name_of(group), shrink.to, healthy, floor)};
        const Error low{.category = ErrorCategory::timeout, .message = notice.message};
        if (attempt == 0)
            tell(std::move(notice));
        auto paused = co_await pause(attempt, deadline, low);
        if (!paused)
            co_return Unexpected(std::move(paused).error());
    }
}

// Holding.

Task<Result<void>> Runner::suspend(const Step& step, SuspendProcessesStep action,
                                   TimePoint deadline) {
    const GroupId id = id_of(action.group);
    bool is_announced = journal_.announced.contains(step.id);
    for (int attempt = 0;; ++attempt) {
        ReadSuspensionsCall read{id};
        auto reply = co_await read_until(driver_, std::move(read), deadline, CallPriority::read);
        if (!reply)
            co_return Unexpected(std::move(reply).error());
        const auto& suspended = std::get<SuspensionsReply>(*reply).suspensions;
        std::vector<std::string> open;
        for (const std::string& process : action.processes) {
            const bool is_suspended =
                std::ranges::find(suspended, process, &Suspension::process) != suspended.end();
            if (is_suspended == (action.hold == HoldKind::released))
                open.push_back(process);
            else if (action.hold == HoldKind::timed && !is_announced)
                co_return drift(fmt::format("{} of {} was suspended by somebody else since the "
                                            "plan was made",
                                            process, name_of(id)));
        }
        // How long a suspension lasts cannot be read, so a lasting one is posted even where a timed
        // one stands; posting it twice does no harm.
        const bool must_post =
            action.hold == HoldKind::lasting && !journal_.answered.contains(step.id);
        if (open.empty() && !must_post) {
            if (attempt == 0)
                step_summary_ = "already so";
            co_return Result<void>();
        }
        SpotCall call = ResumeProcessesCall{id, open};
        if (action.hold != HoldKind::released) {
            SuspendProcessesCall hold{id, action.processes, {}};
            if (action.hold == HoldKind::timed)
                hold.time_to_live = action.time_to_live;
            call = std::move(hold);
        }
        auto sent = co_await send(step, std::move(call), deadline);
        if (!sent)
            co_return Unexpected(std::move(sent).error());
        if (sent->is_answered)
            co_return Result<void>();
        is_announced = is_announced || sent->is_unknown;
        if (!sent->is_unknown && !is_transient(*sent->error))
            co_return Unexpected(std::move(*sent->error));
        auto paused = co_await pause(attempt, deadline, *sent->error);
        if (!paused)
            co_return Unexpected(std::move(paused).error());
    }
}

// Deleting.

Task<Result<void>> Runner::remove(const Step& step, DeleteGroupStep action,
                                  const DeploymentPlan& plan, TimePoint deadline) {
    const GroupId id = id_of(action.group);
    for (int attempt = 0;; ++attempt) {
        std::vector<SpotCall> reads;
        reads.emplace_back(ReadGroupCall{id});
        reads.emplace_back(ReadStatusCall{id});
        auto replies = co_await read_all_until(driver_, reads, deadline, CallPriority::read);
        if (!replies) {
            Error error = std::move(replies).error();
            if (error.category != ErrorCategory::not_found)
                co_return Unexpected(std::move(error));
            if (attempt == 0)
                step_summary_ = "already gone";
            co_return Result<void>();
        }
        const auto& instances = std::get<StatusReply>(replies->back()).instances;
        if (action.must_be_empty) {
            const auto& group = std::get<GroupReply>(replies->front()).group;
            if (!group.capacity.is_zero() || !instances.empty())
                co_return fail(ErrorCategory::conflict,
                               fmt::format("{} has capacity {} and {} by now; it is not deleted",
                                           name_of(id), to_string(group.capacity),
                                           count_of(std::ssize(instances), "instance")));
        }
        // Locked instances stay through a down-size, and go now.
        TimePoint call_deadline = deadline;
        if (!instances.empty()) {
            const Shrink shrink{id, 0, false};
            auto safe = co_await await_room(step, shrink, plan, deadline);
            if (!safe)
                co_return Unexpected(std::move(safe).error());
            call_deadline = std::min(deadline, driver_.now() + journal_.spec.timing.call_timeout);
        }
        DeleteGroupCall call{id, action.deallocation};
        auto sent = co_await send(step, std::move(call), call_deadline);
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

} // namespace elastiroll
