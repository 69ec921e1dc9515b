#include <elastiroll/adapters/spot.hpp>

#include "adapters/spot/codec.hpp"
#include "adapters/spot/rate.hpp"
#include "adapters/spot/retry.hpp"
#include "adapters/spot/seal.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace elastiroll::spot {
namespace {

/// Orders jobs by submission and names them for ever.
using Ordinal = std::uint64_t;

constexpr std::size_t route_count = std::variant_size_v<SpotCall>;

/// A call that waits for a job's answer.
struct Member {
    CallId id{};
    TimePoint deadline{};
};

/// A request to be made, once or more, and the calls that its answer is for: one, or several
/// identical reads.
struct Job {
    Ordinal ordinal = 0;
    SpotCall call{};
    CallPriority priority = CallPriority::read; ///< the most urgent of its members
    std::string url{};                          ///< of a read: what identical ones are told by
    std::vector<Member> members{};
    int attempts = 0;
    int quota_taken = 0;                      ///< by the last retry
    std::optional<TimePoint> delayed_until{}; ///< while it is in the list of delayed jobs
    std::optional<Error> last_failure{};      ///< why it is to be sent again
    std::optional<RateBudget> budget{};       ///< as the last answer told
    std::string request_id{};                 ///< of the last answer
};

class Client final : public CallClient {
public:
    explicit Client(const ClientOptions& options)
        : encoding_{.base_url = options.base_url,
                    .account = options.account,
                    .token = options.token,
                    .user_agent = options.user_agent,
                    .timeout = options.call_timeout},
          slots_max_(std::max(1, options.in_flight_max)), seed_(options.seed) {}

    void submit(CallRequest request, TimePoint now) override;
    std::vector<Outgoing> requests(TimePoint now) override;
    void on_response(HttpRequestId id, HttpResult result, TimePoint now) override;
    std::optional<TimePoint> next_wake() const override;
    std::vector<CallReply> replies() override { return std::exchange(replies_, {}); }

private:
    using Queue = std::set<std::pair<CallPriority, Ordinal>>;
    using Timer = std::tuple<TimePoint, Ordinal, CallId>;

    struct Sent {
        Ordinal job = 0;
        std::size_t route = 0;
    };

    // Jobs come and go.
    Job& job_for(SpotCall call, CallPriority priority);
    void enqueue(Job& job);
    void dequeue(const Job& job);
    void expire(TimePoint now);
    void expire_member(Job& job, CallId id, TimePoint now);
    void forget(Job& job);

    // Sending.
    bool has_slot(CallPriority priority) const noexcept;
    Job* next_job(TimePoint now);
    Outgoing send(Job& job, TimePoint now);

    // What came back.
    void on_answer(Job& job, const HttpResponse& response, TimePoint now);
    void on_failure(Job& job, const HttpFailure& failure, TimePoint now);
    void fail_or_retry(Job& job, Error error, RetryReason reason, TimePoint earliest);
    void try_again_at(Job& job, TimePoint at, Error error);
    void finish(Job& job, CallResult result);
    void reply(const Job& job, const Member& member, CallResult result);
    Error sealed(const Job& job, Error error) const;
    Draw draw_for(const Job& job) const noexcept {
        return {.seed = seed_, .call = job.ordinal, .attempt = job.attempts};
    }

    EncodeOptions encoding_;
    int slots_max_;
    std::uint64_t seed_;
    TimePoint now_{}; ///< the latest that was told
    Ordinal next_ordinal_ = 1;
    std::uint64_t next_request_ = 1;
    RetryQuota quota_{};

    std::map<Ordinal, Job> jobs_{};
    std::array<Queue, route_count> queues_{};    ///< may start as soon as their route lets them
    std::array<RouteRate, route_count> rates_{}; ///< by SpotCall::index(), see Route
    std::set<std::pair<TimePoint, Ordinal>> delayed_{}; ///< wait for their next attempt
    std::set<Timer> deadlines_{}; ///< of the members that may still be given up
    std::map<std::string, Ordinal, std::less<>> joinable_{}; ///< by url
    std::map<HttpRequestId, Sent> in_flight_{};
    std::vector<CallReply> replies_{};
};

/// The message of a failure that is not an answer's.
std::string cannot(const SpotCall& call, std::string_view why) {
    return fmt::format("cannot {}: {}", describe(call), why);
}

Error too_late(const Job& job, TimePoint now) {
    const Route route = route_of(job.call);
    Error error{.category = ErrorCategory::timeout};
    if (job.last_failure) {
        error.message =
            cannot(job.call, fmt::format("its deadline passed at {} after {}, "
                                         "one of which ended so: {}",
                                         format_time(now), count_of(job.attempts, "attempt"),
                                         job.last_failure->message));
        error.remote = job.last_failure->remote;
    } else if (job.attempts > 0) {
        error.message = cannot(job.call, fmt::format("its deadline passed at {} before Spot "
                                                     "answered; give it more time",
                                                     format_time(now)));
    } else {
        error.message = cannot(
            job.call, fmt::format("its deadline passed at {} while it waited for other calls or "
                                  "the rate limit of {} {}; give it more time or run less at once",
                                  format_time(now), route.method, route.path));
    }
    return error;
}

// ---- jobs ----------------------------------------------------------------------------------

/// The job that `request` becomes part of. An identical read is joined only while it has never been
/// sent: an answer already on its way may show the world as it was before this submit(), and an
/// observation must be made after the change that it is to confirm.
Job& Client::job_for(SpotCall call, CallPriority priority) {
    const bool is_read = !is_mutating(call);
    std::string url = is_read ? encode_url(call, encoding_) : std::string{};
    if (const auto known = joinable_.find(url); is_read && known != joinable_.end())
        return jobs_.at(known->second);
    const Ordinal ordinal = next_ordinal_++;
    Job& job = jobs_[ordinal];
    job.ordinal = ordinal;
    job.call = std::move(call);
    job.priority = priority;
    job.url = std::move(url);
    if (is_read)
        joinable_.emplace(job.url, ordinal);
    return job;
}

void Client::enqueue(Job& job) { queues_[job.call.index()].emplace(job.priority, job.ordinal); }

void Client::dequeue(const Job& job) {
    queues_[job.call.index()].erase({job.priority, job.ordinal});
}

void Client::submit(CallRequest request, TimePoint now) {
    now_ = std::max(now_, now);
    auto* call = std::get_if<SpotCall>(&request.call);
    const Result<void> checked =
        call ? check_call(*call, encoding_)
             : fail(ErrorCategory::internal,
                    fmt::format("cannot {}: this client only knows Spot", describe(request.call)));
    if (!checked) {
        replies_.push_back({.id = request.id, .result = checked.error()});
        return;
    }
    const Member member{request.id, request.deadline};
    Job& job = job_for(std::move(*call), request.priority);
    dequeue(job);
    job.priority = std::min(job.priority, request.priority);
    job.members.push_back(member);
    deadlines_.emplace(member.deadline, job.ordinal, member.id);
    enqueue(job);
}

void Client::expire_member(Job& job, CallId id, TimePoint now) {
    const auto member = std::ranges::find(job.members, id, &Member::id);
    if (member == job.members.end())
        return;
    reply(job, *member, sealed(job, too_late(job, now)));
    job.members.erase(member);
}

/// Ends the calls whose deadline has passed. A read in flight for others goes on.
void Client::expire(TimePoint now) {
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
void Client::forget(Job& job) {
    const Ordinal ordinal = job.ordinal;
    dequeue(job);
    if (job.delayed_until)
        delayed_.erase({*job.delayed_until, ordinal});
    if (const auto known = joinable_.find(job.url);
        known != joinable_.end() && known->second == ordinal)
        joinable_.erase(known);
    jobs_.erase(ordinal);
}

// ---- sending -------------------------------------------------------------------------------

bool Client::has_slot(CallPriority priority) const noexcept {
    const int free = slots_max_ - static_cast<int>(in_flight_.size());
    return free > held_back(priority, slots_max_);
}

/// The most urgent, then oldest, job that may start now; null where there is none. Within a route
/// nothing overtakes its first job, so only the first of each has to be looked at.
Job* Client::next_job(TimePoint now) {
    const std::pair<CallPriority, Ordinal>* best = nullptr;
    for (std::size_t route = 0; route < route_count; ++route) {
        if (queues_[route].empty())
            continue;
        const auto& first = *queues_[route].begin();
        if (has_slot(first.first) && rates_[route].may_start(first.first, now) &&
            (!best || first < *best))
            best = &first;
    }
    return best ? &jobs_.at(best->second) : nullptr;
}

CallClient::Outgoing Client::send(Job& job, TimePoint now) {
    const std::size_t route = job.call.index();
    dequeue(job);
    if (const auto known = joinable_.find(job.url);
        known != joinable_.end() && known->second == job.ordinal)
        joinable_.erase(known);
    // What was sent and may have changed something is not given up before its answer.
    if (is_mutating(job.call)) {
        for (const auto& member : job.members)
            deadlines_.erase({member.deadline, job.ordinal, member.id});
    }
    ++job.attempts;
    const HttpRequestId id{next_request_++};
    in_flight_.emplace(id, Sent{job.ordinal, route});
    rates_[route].start();
    const auto last = std::ranges::max(job.members, {}, &Member::deadline).deadline;
    HttpRequest request = encode(job.call, encoding_);
    request.timeout = std::min(request.timeout, last - now);
    return {id, std::move(request)};
}

std::vector<CallClient::Outgoing> Client::requests(TimePoint now) {
    now_ = std::max(now_, now);
    expire(now_);
    while (!delayed_.empty() && delayed_.begin()->first <= now_) {
        Job& job = jobs_.at(delayed_.begin()->second);
        delayed_.erase(delayed_.begin());
        job.delayed_until.reset();
        enqueue(job);
    }
    std::vector<Outgoing> outgoing;
    while (Job* job = next_job(now_))
        outgoing.push_back(send(*job, now_));
    return outgoing;
}

std::optional<TimePoint> Client::next_wake() const {
    std::optional<TimePoint> wake;
    const auto consider = [&](TimePoint at) { wake = std::min(wake.value_or(at), at); };
    if (!deadlines_.empty())
        consider(std::get<TimePoint>(*deadlines_.begin()));
    if (!delayed_.empty())
        consider(delayed_.begin()->first);
    for (std::size_t route = 0; route < route_count; ++route) {
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

void Client::on_response(HttpRequestId id, HttpResult result, TimePoint now) {
    now_ = std::max(now_, now);
    const auto sent = in_flight_.find(id);
    if (sent == in_flight_.end())
        return;
    const auto [ordinal, route] = sent->second;
    in_flight_.erase(sent);
    const auto* response = std::get_if<HttpResponse>(&result);
    if (response) {
        const Draw draw{.seed = ~seed_, .call = static_cast<std::uint64_t>(id)};
        rates_[route].answer(*response, static_cast<std::uint64_t>(id), now_,
                             static_cast<int>(random_below(draw, 1000)));
    } else {
        rates_[route].lose();
    }
    const auto job = jobs_.find(ordinal);
    if (job == jobs_.end())
        return; // everybody who waited has given up
    if (response)
        on_answer(job->second, *response, now_);
    else
        on_failure(job->second, std::get<HttpFailure>(result), now_);
}

void Client::on_answer(Job& job, const HttpResponse& response, TimePoint now) {
    Decoded decoded = decode(job.call, response);
    job.request_id = seal(std::move(decoded.request_id), secrets_of(job.call, encoding_.token));
    job.budget = budget_from(response.headers);
    if (decoded.reply) {
        quota_.give_back(job.quota_taken);
        if (auto* list = std::get_if<GroupsReply>(&*decoded.reply)) {
            for (auto& group : list->unreadable)
                group.why = sealed(job, std::move(group.why));
        }
        finish(job, std::move(*decoded.reply));
        return;
    }
    Error error = sealed(job, std::move(decoded.reply).error());
    if (is_mutating(job.call) && !decoded.is_effect_known) {
        finish(job, Unanswered{std::move(error)});
        return;
    }
    // A throttled call was not carried out, whatever it is. Its route is closed for a while, which
    // paces the next attempt; so it takes nothing from the quota.
    if (error.category == ErrorCategory::throttled && job.attempts < attempts_max) {
        const auto opens = rates_[job.call.index()].opens_at(job.priority, now);
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

void Client::on_failure(Job& job, const HttpFailure& failure, TimePoint now) {
    const bool is_unknown = is_mutating(job.call) && !failure.is_unsent;
    Error error = sealed(
        job, Error{.category = ErrorCategory::unavailable,
                   .message = cannot(job.call,
                                     fmt::format("no answer from Spot: {}; {}", failure.message,
                                                 is_unknown ? "observe whether it was done"
                                                            : "check the network and try again"))});
    if (is_unknown)
        finish(job, Unanswered{std::move(error)});
    else
        fail_or_retry(job, std::move(error), RetryReason::no_answer, now);
}

/// Sends the job again after its jitter, not before `earliest`, where attempts, quota and deadlines
/// let it; else ends it with `error`.
void Client::fail_or_retry(Job& job, Error error, RetryReason reason, TimePoint earliest) {
    const TimePoint at = std::max(earliest, now_ + retry_delay(draw_for(job)));
    const auto taken = job.attempts < attempts_max ? quota_.take(reason) : std::nullopt;
    if (!taken) {
        finish(job, std::move(error));
        return;
    }
    job.quota_taken = *taken;
    try_again_at(job, at, std::move(error));
}

/// Calls that would be too late then end now, with what is known: waiting would only hide it.
void Client::try_again_at(Job& job, TimePoint at, Error error) {
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

void Client::finish(Job& job, CallResult result) {
    for (const auto& member : job.members) {
        deadlines_.erase({member.deadline, job.ordinal, member.id});
        const bool is_last = &member == &job.members.back();
        // NOLINTNEXTLINE(bugprone-use-after-move): only the last turn moves
        reply(job, member, is_last ? std::move(result) : result);
    }
    forget(job);
}

void Client::reply(const Job& job, const Member& member, CallResult result) {
    replies_.push_back({.id = member.id,
                        .result = std::move(result),
                        .request_id = job.request_id,
                        .attempts = job.attempts,
                        .budget = job.budget});
}

Error Client::sealed(const Job& job, Error error) const {
    return seal(std::move(error), secrets_of(job.call, encoding_.token));
}

} // namespace

std::unique_ptr<CallClient> make_client(const ClientOptions& options) {
    return std::make_unique<Client>(options);
}

} // namespace elastiroll::spot
