#pragma once

#include "ports/rate.hpp"
#include "ports/retry.hpp"
#include "ports/seal.hpp"

#include <elastiroll/ports/call_client.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace elastiroll {

using Reply = std::variant<SpotReply, AwsReply>;

/// A response as its protocol understands it.
struct ProtocolAnswer {
    Result<Reply> reply;
    std::string request_id{}; ///< the service's; may be empty
    /// Where the reply goes on; empty: it is whole.
    std::string next_page{};
    /// Whether a failure says for sure that the call had no effect. A 5xx, a proxy's page and what
    /// cannot be read do not: the call may have been applied.
    bool is_effect_known = true;
    /// The call was refused for something that the protocol has mended since (an expired session,
    /// a clock that was wrong), so that it is worth sending again at once.
    bool is_mended = false;
};

/// What a QueuedClient does not know by itself: one service's words.
class Protocol {
public:
    virtual ~Protocol() = default;

    virtual std::string_view service() const = 0; ///< for people: `Spot`
    /// How often one call is sent at most, by us: retries live at one level.
    virtual int attempts_max() const = 0;

    /// Calls of one route share a rate limit. Every route is below route_count().
    virtual std::size_t route_count() const = 0;
    virtual std::size_t route_of(const Call& call) const = 0;
    virtual std::string route_name(const Call& call) const = 0; ///< for people

    /// Fails where `call` must not be sent.
    virtual Result<void> check(const Call& call) const = 0;
    /// What tells identical reads. Reads with equal keys share a request.
    virtual std::string key(const Call& call) const = 0;
    /// Makes `call` ask for what `other`, of equal key, asks for too.
    virtual void join(Call& call, const Call& other) const = 0;
    /// The part of a reply to joined calls that `call` asked for; empty: all of it.
    virtual std::optional<Reply> part_of(const Call& call, const Reply& reply) const = 0;

    /// Whether requests can be made: the credentials are there. Empty: not yet. An error ends the
    /// calls that wait.
    virtual std::optional<Result<void>> ready(TimePoint now) = 0;
    /// `page`: ProtocolAnswer::next_page of the answer before, or empty.
    virtual HttpRequest encode(const Call& call, std::string_view page, TimePoint now) = 0;
    virtual ProtocolAnswer decode(const Call& call, const HttpResponse& response,
                                  TimePoint now) = 0;
    /// Adds a page to those before it.
    virtual void append(Reply& pages, Reply page) const = 0;

    /// What must not stand in an error about `call`.
    virtual Secrets secrets_of(const Call& call) const = 0;
};

struct QueueOptions {
    int in_flight_max = 32; ///< requests at one time
    std::uint64_t seed = 1; ///< of the retries' jitter: equal seeds, equal runs
};

/// A CallClient that queues calls by priority, shares identical reads, keeps to rate limits and
/// deadlines, and repeats what may be repeated. The one place where calls are retried.
class QueuedClient final : public CallClient {
public:
    QueuedClient(std::unique_ptr<Protocol> protocol, const QueueOptions& options);

    void submit(CallRequest request, TimePoint now) override;
    std::vector<Outgoing> requests(TimePoint now) override;
    void on_response(HttpRequestId id, HttpResult result, TimePoint now) override;
    std::optional<TimePoint> next_wake() const override;
    std::vector<CallReply> replies() override;

    /// False while calls wait for what their protocol needs before it can send any.
    bool is_ready() const noexcept { return is_ready_; }

private:
    /// Orders jobs by submission and names them for ever.
    using Ordinal = std::uint64_t;
    using Queue = std::set<std::pair<CallPriority, Ordinal>>;
    using Timer = std::tuple<TimePoint, Ordinal, CallId>;

    /// A call that waits for a job's answer.
    struct Member {
        CallId id{};
        TimePoint deadline{};
        Call call{}; ///< of a read: which part of a shared answer it asked for
    };

    /// A request to be made, once or more, and the calls that its answer is for: one, or several
    /// identical reads.
    struct Job {
        Ordinal ordinal = 0;
        Call call{};
        CallPriority priority = CallPriority::read; ///< the most urgent of its members
        std::string key{};                          ///< of a read: what identical ones are told by
        std::vector<Member> members{};
        int attempts = 0;                         ///< requests sent, of all pages
        int attempts_at_page = 0;                 ///< of the present page
        int pages = 0;                            ///< read so far
        std::optional<Reply> reply{};             ///< of those pages
        std::string page{};                       ///< where the next begins
        int quota_taken = 0;                      ///< by the last retry
        std::optional<TimePoint> delayed_until{}; ///< while it is in the list of delayed jobs
        std::optional<Error> last_failure{};      ///< why it is to be sent again
        std::optional<RateBudget> budget{};       ///< as the last answer told
        std::string request_id{};                 ///< of the last answer
    };

    struct Sent {
        Ordinal job = 0;
        std::size_t route = 0;
    };

    // Jobs come and go.
    Job& job_for(Call call, CallPriority priority);
    void enqueue(Job& job);
    void dequeue(const Job& job);
    void expire(TimePoint now);
    void expire_member(Job& job, CallId id, TimePoint now);
    void forget(Job& job);

    // Sending.
    bool has_queued() const noexcept;
    bool look_whether_ready(TimePoint now);
    bool has_slot(CallPriority priority) const noexcept;
    Job* next_job(TimePoint now);
    Outgoing send(Job& job, TimePoint now);

    // What came back.
    void on_answer(Job& job, const HttpResponse& response, ProtocolAnswer answer, TimePoint now);
    void on_reply(Job& job, Reply reply, std::string next_page);
    void on_failure(Job& job, const HttpFailure& failure, TimePoint now);
    void fail_or_retry(Job& job, Error error, RetryReason reason, TimePoint earliest);
    void try_again_at(Job& job, TimePoint at, Error error);
    void finish(Job& job, CallResult result);
    void finish_with_parts(Job& job, Reply answer);
    void reply(const Job& job, const Member& member, CallResult result);

    Error too_late(const Job& job, TimePoint now) const;
    Error sealed(const Job& job, Error error) const;
    Draw draw_for(const Job& job) const noexcept {
        return {.seed = seed_, .call = job.ordinal, .attempt = job.attempts_at_page};
    }

    std::unique_ptr<Protocol> protocol_;
    int slots_max_;
    std::uint64_t seed_;
    TimePoint now_{}; ///< the latest that was told
    Ordinal next_ordinal_ = 1;
    std::uint64_t next_request_ = 1;
    RetryQuota quota_{};

    std::map<Ordinal, Job> jobs_{};
    std::vector<Queue> queues_;    ///< by route: may start as soon as their route lets them
    std::vector<RouteRate> rates_; ///< by route
    std::set<std::pair<TimePoint, Ordinal>> delayed_{}; ///< wait for their next attempt
    std::set<Timer> deadlines_{}; ///< of the members that may still be given up
    std::map<std::string, Ordinal, std::less<>> joinable_{}; ///< by key
    std::map<HttpRequestId, Sent> in_flight_{};
    bool is_ready_ = true; ///< whether the queues only wait for slots and rates
    std::vector<CallReply> replies_{};
};

} // namespace elastiroll
