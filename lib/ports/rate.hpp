#pragma once

#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/ports/http.hpp>

#include <cstdint>
#include <optional>

namespace elastiroll {

/// How many of `total` (calls of a rate limit, requests in flight) a call of `priority` has to
/// leave for more urgent ones: a tenth for changes and rollbacks, another tenth for single
/// observations, so that polls never keep a rollback waiting. Nothing where `total` is under ten: a
/// share of so little would shut the others out.
int held_back(CallPriority priority, int total) noexcept;

/// What the headers of an answer say about its route; empty where there are none.
/// Source: Spot help, "API rate limits": X-RateLimit-Limit, -Remaining, -Reset (in seconds).
std::optional<RateBudget> budget_from(const HttpHeaders& headers) noexcept;

/// The wait that a Retry-After header asks for; empty where there is none or it is a date.
std::optional<Milliseconds> retry_after_from(const HttpHeaders& headers) noexcept;

/// When calls of one route may start, learned from its answers.
///
/// Spot counts per organisation in a sliding window, and others use the same budget, so nothing is
/// assumed: without any answer calls just start; after one, at most what it left; once that is used
/// up, none until its reset; and after the reset, when it is out of date, one at a time until an
/// answer tells anew. Calls made while blocked would push the reset out.
class RouteRate {
public:
    bool may_start(CallPriority priority, TimePoint now) const noexcept;
    /// When may_start() may become true by itself; empty where an answer has to come first.
    std::optional<TimePoint> opens_at(CallPriority priority, TimePoint now) const noexcept;

    void start() noexcept { ++in_flight_; }
    /// No answer came to a started call.
    void lose() noexcept;
    /// An answer came to the call that was the `order`-th to start. `spread` in 0..999 is drawn for
    /// a throttled answer that does not say how long.
    void answer(const HttpResponse& response, bool is_throttled, std::uint64_t order, TimePoint now,
                int spread) noexcept;

private:
    int room(CallPriority priority) const noexcept;
    void adopt(const RateBudget& budget, std::uint64_t order, TimePoint now) noexcept;
    void block(const HttpHeaders& headers, TimePoint now, int spread) noexcept;

    int in_flight_ = 0;
    std::optional<RateBudget> budget_{};
    TimePoint resets_at_{};            ///< from then on budget_ is out of date
    std::optional<TimePoint> opens_{}; ///< blocked until then
    std::uint64_t told_by_ = 0;        ///< the latest started call that told budget_
    int throttled_in_a_row_ = 0;
};

} // namespace elastiroll
