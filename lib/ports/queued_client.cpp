#include "ports/queued_client.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace elastiroll {
namespace {

/// No list of ours is longer: a page holds hundreds. A service that goes on for ever is broken.
constexpr int pages_max = 1'000;

/// The message of a failure that is not an answer's.
std::string cannot(const Call& call, std::string_view why) {
    return fmt::format("cannot {}: {}", describe(call), why);
}

} // namespace

QueuedClient::QueuedClient(std::unique_ptr<Protocol> protocol, const QueueOptions& options)
    : protocol_(std::move(protocol)), slots_max_(std::max(1, options.in_flight_max)),
      seed_(options.seed), queues_(protocol_->route_count()), rates_(protocol_->route_count()) {}

std::vector<CallReply> QueuedClient::replies() { return std::exchange(replies_, {}); }

Error QueuedClient::too_late(const Job& job, TimePoint now) const {
    Error error{.category = ErrorCategory::timeout};
    if (job.last_failure) {
        error.message =
            cannot(job.call, fmt::format("its deadline passed at {} after {}, "
                                         "one of which ended so: {}",
                                         format_time(now), count_of(job.attempts, "attempt"),
                                         job.last_failure->message));
        error.remote = job.last_failure->remote;
    } else if (job.attempts > 0) {
        error.message = cannot(job.call, fmt::format("its deadline passed at {} before {} "
                                                     "answered; give it more time",
                                                     format_time(now), protocol_->service()));
    } else {
        error.message = cannot(
            job.call, fmt::format("its deadline passed at {} while it waited for other calls or "
                                  "the rate limit of {}; give it more time or run less at once",
                                  format_time(now), protocol_->route_name(job.call)));
    }
    return error;
}

// ---- jobs ----------------------------------------------------------------------------------

/// The job that `request` becomes part of. An identical read is joined only while it has never been
/// sent: an answer already on its way may show the world as it was before this submit(), and an
/// observation must be made after the change that it is to confirm.
QueuedClient::Job& QueuedClient::job_for(Call call, CallPriority priority) {
    const bool is_read = !is_mutating(call);
    std::string key = is_read ? protocol_->key(call) : std::string{};
    if (const auto known = joinable_.find(key); is_read && known != joinable_.end()) {
        Job& job = jobs_.at(known->second);
        protocol_->join(job.call, call);
        return job;
    }
    const Ordinal ordinal = next_ordinal_++;
    Job& job = jobs_[ordinal];
    job.ordinal = ordinal;
    job.call = std::move(call);
    job.priority = priority;
    job.key = std::move(key);
    if (is_read)
        joinable_.emplace(job.key, ordinal);
    return job;
}

void QueuedClient::enqueue(Job& job) {
    queues_[protocol_->route_of(job.call)].emplace(job.priority, job.ordinal);
}

void QueuedClient::dequeue(const Job& job) {
    queues_[protocol_->route_of(job.call)].erase({job.priority, job.ordinal});
}

void QueuedClient::submit(CallRequest request, TimePoint now) {
    now_ = std::max(now_, now);
    if (const auto checked = protocol_->check(request.call); !checked) {
        replies_.push_back({.id = request.id, .result = checked.error()});
        return;
    }
    Member member{request.id, request.deadline, {}};
    if (!is_mutating(request.call))
        member.call = request.call;
    Job& job = job_for(std::move(request.call), request.priority);
    dequeue(job);
    job.priority = std::min(job.priority, request.priority);
    deadlines_.emplace(member.deadline, job.ordinal, member.id);
    job.members.push_back(std::move(member));
    enqueue(job);
}

void QueuedClient::expire_member(Job& job, CallId id, TimePoint now) {
    const auto member = std::ranges::find(job.members, id, &Member::id);
    if (member == job.members.end())
        return;
    reply(job, *member, sealed(job, too_late(job, now)));
    job.members.erase(member);
}

/// Ends the calls whose deadline has passed. A read in flight for others goes on.
void QueuedClient::expire(TimePoint now) {
    while (!deadlines_.empty() && std::get<TimePoint>(*deadlines_.begin()) <= now) {
        const auto [at, ordinal, id] = *deadlines_.begin();
        deadlines_.erase(deadlines_.begin());
        Job& job = jobs_.at(ordinal);
        expire_member(job, id, now);
        if (job.members.empty())
            forget(job);
    }
}

/// Drops a job that nobody waits for any more. Its request, if one is in flight, is only counted.
void QueuedClient::forget(Job& job) {
    const Ordinal ordinal = job.ordinal;
    dequeue(job);
    if (job.delayed_until)
        delayed_.erase({*job.delayed_until, ordinal});
    if (const auto known = joinable_.find(job.key);
        known != joinable_.end() && known->second == ordinal)
        joinable_.erase(known);
    jobs_.erase(ordinal);
}

// ---- sending -------------------------------------------------------------------------------

bool QueuedClient::has_slot(CallPriority priority) const noexcept {
    const int free = slots_max_ - static_cast<int>(in_flight_.size());
    return free > held_back(priority, slots_max_);
}

/// The most urgent, then oldest, job that may start now; null where there is none. Within a route
/// nothing overtakes its first job, so only the first of each has to be looked at.
QueuedClient::Job* QueuedClient::next_job(TimePoint now) {
    const std::pair<CallPriority, Ordinal>* best = nullptr;
    for (std::size_t route = 0; route < queues_.size(); ++route) {
        if (queues_[route].empty())
            continue;
        const auto& first = *queues_[route].begin();
        if (has_slot(first.first) && rates_[route].may_start(first.first, now) &&
            (!best || first < *best))
            best = &first;
    }
    return best ? &jobs_.at(best->second) : nullptr;
}

CallClient::Outgoing QueuedClient::send(Job& job, TimePoint now) {
    const std::size_t route = protocol_->route_of(job.call);
    dequeue(job);
    if (const auto known = joinable_.find(job.key);
        known != joinable_.end() && known->second == job.ordinal)
        joinable_.erase(known);
    // What was sent and may have changed something is not given up before its answer.
    if (is_mutating(job.call)) {
        for (const auto& member : job.members)
            deadlines_.erase({member.deadline, job.ordinal, member.id});
    }
    ++job.attempts;
    ++job.attempts_at_page;
    const HttpRequestId id{next_request_++};
    in_flight_.emplace(id, Sent{job.ordinal, route});
    rates_[route].start();
    const auto last = std::ranges::max(job.members, {}, &Member::deadline).deadline;
    HttpRequest request = protocol_->encode(job.call, job.page, now);
    request.timeout = std::min(request.timeout, last - now);
    return {id, std::move(request)};
}

bool QueuedClient::has_queued() const noexcept {
    return std::ranges::any_of(queues_, [](const Queue& queue) { return !queue.empty(); });
}

/// Whether requests can be made. Where they never can, ends the calls that would be sent now.
bool QueuedClient::look_whether_ready(TimePoint now) {
    const auto ready = protocol_->ready(now);
    if (!ready)
        return false;
    if (*ready)
        return true;
    while (Job* job = next_job(now)) {
        Error error = ready->error();
        error.message = cannot(job->call, error.message);
        finish(*job, sealed(*job, std::move(error)));
    }
    return true; // nothing waits any more for what will not come
}

std::vector<CallClient::Outgoing> QueuedClient::requests(TimePoint now) {
    now_ = std::max(now_, now);
    expire(now_);
    while (!delayed_.empty() && delayed_.begin()->first <= now_) {
        Job& job = jobs_.at(delayed_.begin()->second);
        delayed_.erase(delayed_.begin());
        job.delayed_until.reset();
        enqueue(job);
    }
    std::vector<Outgoing> outgoing;
    is_ready_ = !has_queued() || look_whether_ready(now_);
    if (!is_ready_)
        return outgoing;
    while (Job* job = next_job(now_))
        outgoing.push_back(send(*job, now_));
    return outgoing;
}

std::optional<TimePoint> QueuedClient::next_wake() const {
    std::optional<TimePoint> wake;
    const auto consider = [&](TimePoint at) { wake = std::min(wake.value_or(at), at); };
    if (!deadlines_.empty())
        consider(std::get<TimePoint>(*deadlines_.begin()));
    if (!delayed_.empty())
        consider(delayed_.begin()->first);
    for (std::size_t route = 0; is_ready_ && route < queues_.size(); ++route) {
        if (queues_[route].empty())
            continue;
        const CallPriority priority = queues_[route].begin()->first;
        const auto opens = rates_[route].opens_at(priority, now_);
        if (opens && has_slot(priority))
            consider(*opens);
    }
    return wake;
}

// ---- what came back ------------------------------------------------------------------------

void QueuedClient::on_response(HttpRequestId id, HttpResult result, TimePoint now) {
    now_ = std::max(now_, now);
    const auto sent = in_flight_.find(id);
    if (sent == in_flight_.end())
        return;
    const auto [ordinal, route] = sent->second;
    in_flight_.erase(sent);
    const auto found = jobs_.find(ordinal);
    Job* job = found == jobs_.end() ? nullptr : &found->second; // null: all have given up
    const auto* response = std::get_if<HttpResponse>(&result);
    if (!response) {
        rates_[route].lose();
        if (job)
            on_failure(*job, std::get<HttpFailure>(result), now_);
        return;
    }
    std::optional<ProtocolAnswer> answer;
    if (job)
        answer = protocol_->decode(job->call, *response, now_);
    const bool is_throttled =
        response->status == 429 ||
        (answer && !answer->reply && answer->reply.error().category == ErrorCategory::throttled);
    const Draw draw{.seed = ~seed_, .call = static_cast<std::uint64_t>(id)};
    rates_[route].answer(*response, is_throttled, static_cast<std::uint64_t>(id), now_,
                         static_cast<int>(random_below(draw, 1000)));
    if (answer)
        on_answer(*job, *response, std::move(*answer), now_);
}

void QueuedClient::on_answer(Job& job, const HttpResponse& response, ProtocolAnswer answer,
                             TimePoint now) {
    job.request_id = seal(std::move(answer.request_id), protocol_->secrets_of(job.call));
    job.budget = budget_from(response.headers);
    if (answer.reply) {
        quota_.give_back(std::exchange(job.quota_taken, 0));
        on_reply(job, *std::move(answer.reply), std::move(answer.next_page));
        return;
    }
    Error error = sealed(job, std::move(answer.reply).error());
    if (is_mutating(job.call) && !answer.is_effect_known) {
        finish(job, Unanswered{std::move(error)});
        return;
    }
    const bool has_attempts = job.attempts_at_page < protocol_->attempts_max();
    if (answer.is_mended && has_attempts) {
        try_again_at(job, now, std::move(error));
        return;
    }
    // A throttled call was not carried out, whatever it is. Its route is closed for a while, which
    // paces the next attempt; so it takes nothing from the quota.
    if (error.category == ErrorCategory::throttled && has_attempts) {
        const auto opens = rates_[protocol_->route_of(job.call)].opens_at(job.priority, now);
        const TimePoint drawn = now + retry_delay(draw_for(job));
        try_again_at(job, std::max(opens.value_or(now), drawn), std::move(error));
        return;
    }
    const bool is_transient = error.category == ErrorCategory::unavailable;
    if (is_transient && !is_mutating(job.call)) {
        const auto after = retry_after_from(response.headers).value_or(Milliseconds{0});
        fail_or_retry(job, std::move(error), RetryReason::bad_answer, now + after);
        return;
    }
    finish(job, std::move(error));
}

/// A page has come. The next is asked for at once; the last one answers the calls.
void QueuedClient::on_reply(Job& job, Reply reply, std::string next_page) {
    ++job.pages;
    const bool is_stuck = !next_page.empty() && next_page == job.page;
    if (is_stuck || job.pages > pages_max) {
        finish(job, sealed(job, {.category = ErrorCategory::protocol,
                                 .message = cannot(job.call,
                                                   fmt::format("{} gave {} of a list and no end; "
                                                               "report this with the request id",
                                                               protocol_->service(),
                                                               count_of(job.pages, "page")))}));
        return;
    }
    if (job.reply)
        protocol_->append(*job.reply, std::move(reply));
    else
        job.reply = std::move(reply);
    if (next_page.empty()) {
        finish_with_parts(job, *std::exchange(job.reply, {}));
        return;
    }
    job.page = std::move(next_page);
    job.attempts_at_page = 0;
    enqueue(job);
}

/// To each its part of a shared answer.
void QueuedClient::finish_with_parts(Job& job, Reply answer) {
    const auto result_of = [](Reply of) {
        return std::visit([](auto& one) { return CallResult(std::move(one)); }, of);
    };
    if (job.members.size() == 1) {
        finish(job, result_of(std::move(answer)));
        return;
    }
    for (const Member& member : job.members) {
        deadlines_.erase({member.deadline, job.ordinal, member.id});
        auto part = protocol_->part_of(member.call, answer);
        reply(job, member, result_of(part ? *std::move(part) : answer));
    }
    forget(job);
}

void QueuedClient::on_failure(Job& job, const HttpFailure& failure, TimePoint now) {
    const bool is_unknown = is_mutating(job.call) && !failure.is_unsent;
    Error error = sealed(
        job, Error{.category = ErrorCategory::unavailable,
                   .message = cannot(job.call,
                                     fmt::format("no answer from {}: {}; {}", protocol_->service(),
                                                 failure.message,
                                                 is_unknown ? "observe whether it was done"
                                                            : "check the network and try again"))});
    if (is_unknown)
        finish(job, Unanswered{std::move(error)});
    else
        fail_or_retry(job, std::move(error), RetryReason::no_answer, now);
}

/// Sends the job again after its jitter, not before `earliest`, where attempts, quota and deadlines
/// let it; else ends it with `error`.
void QueuedClient::fail_or_retry(Job& job, Error error, RetryReason reason, TimePoint earliest) {
    const TimePoint at = std::max(earliest, now_ + retry_delay(draw_for(job)));
    const auto taken =
        job.attempts_at_page < protocol_->attempts_max() ? quota_.take(reason) : std::nullopt;
    if (!taken) {
        finish(job, std::move(error));
        return;
    }
    job.quota_taken = *taken;
    try_again_at(job, at, std::move(error));
}

/// Calls that would be too late then end now, with what is known: waiting would only hide it.
void QueuedClient::try_again_at(Job& job, TimePoint at, Error error) {
    job.last_failure = std::move(error);
    std::vector<Member> staying;
    for (const auto& member : job.members) {
        if (member.deadline > at) {
            deadlines_.emplace(member.deadline, job.ordinal, member.id);
            staying.push_back(member);
            continue;
        }
        deadlines_.erase({member.deadline, job.ordinal, member.id});
        const bool is_over = member.deadline <= now_;
        reply(job, member, is_over ? sealed(job, too_late(job, now_)) : *job.last_failure);
    }
    job.members = std::move(staying);
    if (job.members.empty()) {
        forget(job);
        return;
    }
    delayed_.emplace(at, job.ordinal);
    job.delayed_until = at;
}

void QueuedClient::finish(Job& job, CallResult result) {
    for (const auto& member : job.members) {
        deadlines_.erase({member.deadline, job.ordinal, member.id});
        const bool is_last = &member == &job.members.back();
        // NOLINTNEXTLINE(bugprone-use-after-move): only the last turn moves
        reply(job, member, is_last ? std::move(result) : result);
    }
    forget(job);
}

void QueuedClient::reply(const Job& job, const Member& member, CallResult result) {
    replies_.push_back({.id = member.id,
                        .result = std::move(result),
                        .request_id = job.request_id,
                        .attempts = job.attempts,
                        .budget = job.budget});
}

Error QueuedClient::sealed(const Job& job, Error error) const {
    return seal(std::move(error), protocol_->secrets_of(job.call));
}

} // namespace elastiroll
