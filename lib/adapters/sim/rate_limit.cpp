#include "adapters/sim/rate_limit.hpp"

#include <algorithm>
#include <chrono>

namespace elastiroll::sim {
namespace {

constexpr Milliseconds window = std::chrono::seconds(60);

int whole_seconds(Milliseconds duration) {
    return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

} // namespace

RateLimit::Verdict RateLimit::count(TimePoint now) {
    while (first_ < calls_.size() && calls_[first_] + window <= now)
        ++first_;
    const auto limit = static_cast<std::size_t>(limit_);
    const bool is_full = calls_.size() - first_ >= limit;
    // Beyond the limit only the newest calls decide when the next one is allowed.
    if (is_full)
        ++first_;
    calls_.push_back(now);
    if (first_ > limit) {
        calls_.erase(calls_.begin(), calls_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    const bool is_blocked = now < blocked_until_;
    if (is_blocked)
        blocked_until_ = now + block_;
    Verdict verdict;
    verdict.limit = limit_;
    verdict.is_allowed = !is_full && !is_blocked;
    verdict.remaining =
        is_blocked ? 0 : limit_ - static_cast<int>(std::ssize(calls_) - std::ptrdiff_t(first_));
    const TimePoint reset =
        is_blocked ? std::max(blocked_until_, calls_[first_]) : calls_[first_] + window;
    verdict.reset_seconds = whole_seconds(reset - now);
    return verdict;
}

void RateLimit::block(TimePoint now, Milliseconds duration) {
    block_ = duration;
    blocked_until_ = now + duration;
}

} // namespace elastiroll::sim
