#include "engine/observe.hpp"

#include "engine/target_health.hpp"

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

namespace {

/// Makes reads of one service, again and again while an answer is "not now", until `deadline`.
template <class Reply, class One>
Task<Result<std::vector<Reply>>> read_all_of(Driver& driver, std::vector<One> calls,
                                             TimePoint deadline, CallPriority priority) {
    std::vector<Reply> answers(calls.size());
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
            if (auto* reply = std::get_if<Reply>(&replies[i].result)) {
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
        driver.note_trouble(*std::move(trouble));
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

} // namespace

Task<Result<std::vector<SpotReply>>> read_all_until(Driver& driver, std::vector<SpotCall> calls,
                                                    TimePoint deadline, CallPriority priority) {
    return read_all_of<SpotReply>(driver, std::move(calls), deadline, priority);
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

Task<Result<std::vector<AwsReply>>> read_aws_until(Driver& driver, std::vector<AwsCall> calls,
                                                   TimePoint deadline, CallPriority priority) {
    return read_all_of<AwsReply>(driver, std::move(calls), deadline, priority);
}

Task<Result<GroupReading>> read_targets(Driver& driver, GroupReading reading,
                                        std::vector<LoadBalancerEntry> load_balancers,
                                        TimePoint deadline, CallPriority priority) {
    std::vector<AwsCall> calls;
    for (const LoadBalancerEntry& entry : load_balancers) {
        if (auto call = health_call(entry))
            calls.push_back(*std::move(call));
    }
    if (calls.empty() || reading.instances.empty())
        co_return reading;
    auto answers = co_await read_aws_until(driver, std::move(calls), deadline, priority);
    if (!answers)
        co_return Unexpected(std::move(answers).error());
    for (const AwsReply& answer : *answers)
        join_health(reading, answer);
    reading.at = driver.now();
    co_return reading;
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

namespace {

/// The load balancers of the line's groups and of the one to be made, each once.
std::vector<LoadBalancerEntry> load_balancers_of(const DeploymentSpec& spec,
                                                 const Snapshot& snapshot) {
    std::vector<LoadBalancerEntry> all = load_balancers_of(spec.group_template);
    for (const GroupState& state : snapshot.groups) {
        if (state.reading && !state.reading->instances.empty())
            std::ranges::move(load_balancers_of(state.group.document), std::back_inserter(all));
    }
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
    return all;
}

/// Reads how the load balancers find the instances of `snapshot`; those of the template are read
/// for whether they exist.
Task<Result<void>> read_load_balancers(Driver& driver, const DeploymentSpec& spec,
                                       Snapshot& snapshot, TimePoint deadline,
                                       CallPriority priority) {
    std::vector<AwsCall> calls;
    std::vector<LoadBalancerEntry> asked;
    for (const LoadBalancerEntry& entry : load_balancers_of(spec, snapshot)) {
        if (auto call = health_call(entry)) {
            calls.push_back(*std::move(call));
            asked.push_back(entry);
        }
    }
    if (calls.empty())
        co_return Result<void>();
    auto answers = co_await read_aws_until(driver, std::move(calls), deadline, priority);
    if (!answers)
        co_return Unexpected(with_context(std::move(answers).error(),
                                          "reading what the load balancers find healthy"));
    snapshot.at = driver.now();
    for (GroupState& state : snapshot.groups) {
        if (!state.reading)
            continue;
        for (const LoadBalancerEntry& entry : load_balancers_of(state.group.document)) {
            const auto place = std::ranges::find(asked, entry);
            if (place != asked.end())
                join_health(*state.reading,
                            (*answers)[static_cast<std::size_t>(place - asked.begin())]);
        }
    }
    co_return Result<void>();
}

} // namespace

Task<Result<Snapshot>> observe(Driver& driver, const DeploymentSpec& spec, bool has_aws,
                               TimePoint deadline, CallPriority priority) {
    const SpotCall list = list_line(spec);
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
    if (!has_aws && (spec.traffic || !load_balancers_of(spec, snapshot).empty()))
        snapshot.targets_unchecked = "nothing here asks AWS; give it credentials for that";
    if (has_aws) {
        auto read = co_await read_load_balancers(driver, spec, snapshot, deadline, priority);
        if (!read)
            co_return Unexpected(std::move(read).error());
    }
    if (has_aws && spec.traffic) {
        auto traffic = co_await read_traffic(driver, *spec.traffic, deadline, priority);
        if (!traffic)
            co_return Unexpected(
                with_context(std::move(traffic).error(), "reading the load balancers"));
        snapshot.traffic = *std::move(traffic);
    }
    co_return snapshot;
}

// ---- the image -------------------------------------------------------------------------------

namespace {

Task<Result<AwsReply>> read_aws(Driver& driver, AwsCall call, TimePoint deadline) {
    std::vector<AwsCall> calls;
    calls.push_back(std::move(call));
    auto answers = co_await read_aws_until(driver, std::move(calls), deadline, CallPriority::read);
    if (!answers)
        co_return Unexpected(std::move(answers).error());
    co_return std::move(answers->front());
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = text.find_first_not_of(space);
    return begin == std::string_view::npos
               ? std::string()
               : std::string(text.substr(begin, text.find_last_not_of(space) - begin + 1));
}

Task<Result<ImageId>> read_parameter(Driver& driver, ImageParameter parameter, TimePoint deadline) {
    AwsCall call = GetParameterCall{parameter.name};
    auto answer = co_await read_aws(driver, std::move(call), deadline);
    if (!answer)
        co_return Unexpected(std::move(answer).error());
    const auto* found = std::get_if<ParameterReply>(&*answer);
    std::string id = found ? trimmed(found->value) : std::string();
    if (!is_image_id(id))
        co_return fail(ErrorCategory::invalid_argument,
                       fmt::format("parameter {} holds no AMI id; it should be one, like "
                                   "ami-0123456789abcdef0",
                                   parameter.name));
    co_return ImageId(std::move(id));
}

/// The newest of them. Two that were made in the same millisecond are told by their ids, so that
/// equal answers give equal choices.
const Image* newest_of(const std::vector<Image>& images) {
    const auto newer = [](const Image& a, const Image& b) {
        return std::pair(a.created_at, a.id) < std::pair(b.created_at, b.id);
    };
    const auto newest = std::ranges::max_element(images, newer);
    return newest == images.end() ? nullptr : &*newest;
}

DescribeImagesCall describe_of(const ImageQuery& query) {
    DescribeImagesCall call{.owners = query.owners, .filters = query.filters};
    call.filters.push_back({"state", {"available"}});
    return call;
}

Task<Result<Image>> find_image(Driver& driver, const DeploymentSpec& spec, TimePoint deadline) {
    DescribeImagesCall call{.images = {spec.image}};
    std::string wanted = "image " + spec.image.text();
    if (spec.image_selector) {
        wanted = to_string(*spec.image_selector);
        if (const auto* query = std::get_if<ImageQuery>(&*spec.image_selector)) {
            call = describe_of(*query);
        } else {
            auto id = co_await read_parameter(
                driver, std::get<ImageParameter>(*spec.image_selector), deadline);
            if (!id)
                co_return Unexpected(std::move(id).error());
            call.images = {*id};
        }
    }
    AwsCall describe = std::move(call);
    auto answer = co_await read_aws(driver, std::move(describe), deadline);
    if (!answer)
        co_return Unexpected(std::move(answer).error());
    const auto* reply = std::get_if<ImagesReply>(&*answer);
    const Image* newest = reply ? newest_of(reply->images) : nullptr;
    if (!newest)
        co_return fail(ErrorCategory::not_found,
                       fmt::format("{} does not exist, or is not visible to this account in {}; "
                                   "check it, and that it is shared",
                                   wanted, spec.line.region.text()));
    co_return *newest;
}

/// Whether an image that is named by its id may be deployed though AWS does not tell about it.
bool may_be_unchecked(const Error& error) {
    return error.category == ErrorCategory::unauthenticated ||
           error.category == ErrorCategory::permission_denied;
}

} // namespace

Task<Result<Snapshot>> observe_with_image(Driver& driver, const DeploymentSpec& spec, bool has_aws,
                                          TimePoint deadline) {
    std::optional<Image> image;
    std::string unchecked;
    if (has_aws) {
        auto found = co_await find_image(driver, spec, deadline);
        if (found)
            image = *std::move(found);
        else if (!spec.image_selector && may_be_unchecked(found.error()))
            unchecked = found.error().message;
        else
            co_return Unexpected(with_context(std::move(found).error(), "choosing the image"));
    } else if (spec.image_selector) {
        co_return fail(ErrorCategory::unauthenticated,
                       fmt::format("{} can only be found by asking AWS, and nothing here does; "
                                   "name the image's id instead",
                                   to_string(*spec.image_selector)));
    }
    auto snapshot = co_await observe(driver, spec, has_aws, deadline, CallPriority::read);
    if (snapshot) {
        snapshot->image = std::move(image);
        snapshot->image_unchecked = std::move(unchecked);
    }
    co_return snapshot;
}

} // namespace elastiroll
