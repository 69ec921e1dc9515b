#include "ports/rate.hpp"

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <limits>

namespace elastiroll {
namespace {

/// Spot counts in a window of 60 s; what an answer without a reset is taken for.
constexpr Milliseconds window{60'000};
/// Calls of others while blocked push the reset beyond the window, but a header that says more than
/// this is broken and must not stop a route for good.
constexpr Milliseconds reset_max{5 * 60'000};
/// The first back-off after a throttled answer without a reset. Doubles up to the window, after
/// which a limiter that counts over it has forgotten us.
constexpr Milliseconds back_off_base{1'000};
/// After so many doublings the window is passed anyway; more would overflow.
constexpr int throttle_doublings_max = 6;

std::optional<std::int64_t> number_in(const HttpHeaders& headers, std::string_view name) noexcept {
    const auto number = parse_integer(header_value(headers, name));
    return number && *number >= 0 ? number : std::nullopt;
}

std::optional<Milliseconds> seconds_in(const HttpHeaders& headers, std::string_view name) noexcept {
    const auto seconds = number_in(headers, name);
    if (!seconds)
        return std::nullopt;
    return std::chrono::seconds(std::min<std::int64_t>(*seconds, reset_max.count() / 1000));
}

int to_count(std::int64_t number) noexcept {
    return static_cast<int>(std::min<std::int64_t>(number, std::numeric_limits<int>::max()));
}

} // namespace

int held_back(CallPriority priority, int total) noexcept {
    const int share = total / 10;
    switch (priority) {
    case CallPriority::rollback:
    case CallPriority::change: return 0;
    case CallPriority::read: return share;
    case CallPriority::poll: return 2 * share;
    }
    return 0;
}

std::optional<RateBudget> budget_from(const HttpHeaders& headers) noexcept {
    const auto remaining = number_in(headers, "X-RateLimit-Remaining");
    if (!remaining)
        return std::nullopt;
    return RateBudget{
        .limit = to_count(number_in(headers, "X-RateLimit-Limit").value_or(0)),
        .remaining = to_count(*remaining),
        .reset = seconds_in(headers, "X-RateLimit-Reset").value_or(window),
    };
}

std::optional<Milliseconds> retry_after_from(const HttpHeaders& headers) noexcept {
    return seconds_in(headers, "Retry-After");
}

/// Every call in flight is taken as not yet counted in what the last answer left. Some are counted
/// twice so, which corrects itself with their answers.
int RouteRate::room(CallPriority priority) const noexcept {
    return budget_->remaining - in_flight_ - held_back(priority, budget_->limit);
}

bool RouteRate::may_start(CallPriority priority, TimePoint now) const noexcept {
    if (opens_ && now < *opens_)
        return false;
    if (!budget_ || room(priority) > 0)
        return true;
    return now >= resets_at_ && in_flight_ == 0;
}

std::optional<TimePoint> RouteRate::opens_at(CallPriority priority, TimePoint now) const noexcept {
    if (may_start(priority, now))
        return now;
    const TimePoint unblocked = std::max(opens_.value_or(now), now);
    if (!budget_ || room(priority) > 0)
        return unblocked;
    const TimePoint at = std::max(unblocked, resets_at_);
    return at > now ? std::optional(at) : std::nullopt;
}

void RouteRate::lose() noexcept {
    --in_flight_;
    // It may have been counted all the same.
    if (budget_ && budget_->remaining > 0)
        --budget_->remaining;
}

void RouteRate::adopt(const RateBudget& budget, std::uint64_t order, TimePoint now) noexcept {
    // Overtaken by the answer to a later call. Where it has less to tell, Spot counted it later.
    if (order < told_by_ && (!budget_ || budget.remaining >= budget_->remaining))
        return;
    budget_ = budget;
    resets_at_ = now + budget.reset;
    told_by_ = std::max(told_by_, order);
}

void RouteRate::block(const HttpHeaders& headers, TimePoint now, int spread) noexcept {
    auto wait = seconds_in(headers, "X-RateLimit-Reset");
    if (const auto after = retry_after_from(headers))
        wait = std::max(wait.value_or(*after), *after);
    if (!wait || wait->count() == 0) {
        const auto full = std::min(window, back_off_base * (1 << throttled_in_a_row_));
        wait = full / 2 + full * spread / 2000;
    }
    throttled_in_a_row_ = std::min(throttled_in_a_row_ + 1, throttle_doublings_max);
    opens_ = std::max(opens_.value_or(now), now + *wait);
    // Nothing is left whatever the headers say, so that afterwards one call asks first.
    budget_ = RateBudget{.limit = budget_ ? budget_->limit : 0, .remaining = 0, .reset = *wait};
    resets_at_ = std::max(resets_at_, *opens_);
}

void RouteRate::answer(const HttpResponse& response, bool is_throttled, std::uint64_t order,
                       TimePoint now, int spread) noexcept {
    --in_flight_;
    const auto budget = budget_from(response.headers);
    if (budget)
        adopt(*budget, order, now);
    if (is_throttled) {
        block(response.headers, now, spread);
        told_by_ = std::max(told_by_, order);
        return;
    }
    const bool is_success = response.status >= 200 && response.status <= 299;
    if (is_success)
        throttled_in_a_row_ = 0;
    if (is_success && !budget)
        budget_.reset(); // this server tells nothing, so there is nothing to go by
}

} // namespace elastiroll
