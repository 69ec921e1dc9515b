#pragma once

#include <elastiroll/base/error.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/aws_call.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/ports/spot_call.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace elastiroll {

using Call = std::variant<SpotCall, AwsCall>;

/// As for SpotCall and AwsCall.
bool is_mutating(const Call& call) noexcept;
std::string_view call_name(const Call& call) noexcept;
std::string describe(const Call& call);

/// A call whose outcome is unknown: it may have been applied, may be applied later, or never.
/// What it asked for has to be observed. Only mutating calls end so.
struct Unanswered {
    Error why{};
    bool operator==(const Unanswered&) const = default;
};

/// How a call ended: answered, failed for sure without effect, or unknown.
using CallResult = std::variant<SpotReply, AwsReply, Error, Unanswered>;

/// Chosen by who submits the call; unique among those in flight on one client.
enum class CallId : std::uint64_t {};

/// Who waits for a call. Lower values go first where the rate budget is short.
enum class CallPriority : std::uint8_t {
    rollback, ///< anything of a rollback
    change,   ///< a mutating call
    read,     ///< an observation
    poll,     ///< one look of many
};

struct CallRequest {
    CallId id{};
    Call call{};
    /// After it the call is not sent (again) and ends with timeout, or Unanswered where it was
    /// sent.
    TimePoint deadline{};
    CallPriority priority = CallPriority::read;

    bool operator==(const CallRequest&) const = default;
};

/// What is left of the rate limit that a call counted against.
struct RateBudget {
    int limit = 0;
    int remaining = 0;
    Milliseconds reset{}; ///< until the oldest call leaves the window

    bool operator==(const RateBudget&) const = default;
};

struct CallReply {
    CallId id{};
    CallResult result{};
    std::string request_id{};           ///< the service's; may be empty
    int attempts = 0;                   ///< how many requests it took; 0: never sent
    std::optional<RateBudget> budget{}; ///< as the answer's headers told

    bool operator==(const CallReply&) const = default;
};

/// Turns calls into HTTP requests and responses into replies. Sans-I/O: it never sends anything,
/// never sleeps and never reads a clock. Used by one thread at a time; shared by all executions of
/// one account and token.
class CallClient {
public:
    virtual ~CallClient();

    /// Takes a call. It is answered by replies(), exactly once, after requests() was pumped.
    virtual void submit(CallRequest request, TimePoint now) = 0;

    struct Outgoing {
        HttpRequestId id{};
        HttpRequest request{};
    };
    /// The requests to start now; each is answered by on_response(), exactly once. Ids are unique
    /// within this client for ever.
    virtual std::vector<Outgoing> requests(TimePoint now) = 0;

    virtual void on_response(HttpRequestId id, HttpResult result, TimePoint now) = 0;

    /// When requests() has something to do by itself (a retry, a budget's reset, a deadline).
    /// Empty: never, until submit() or on_response().
    virtual std::optional<TimePoint> next_wake() const = 0;

    /// The calls that have ended since the last call of this, in the order in which they ended.
    virtual std::vector<CallReply> replies() = 0;
};

} // namespace elastiroll
