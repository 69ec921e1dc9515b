#pragma once

#include <elastiroll/base/time.hpp>

#include <cstddef>
#include <vector>

namespace elastiroll::sim {

/// Spot's limiter for one route and method: calls in a sliding window. Calls made while blocked
/// count too, so whoever goes on calling stays blocked.
/// Source: Spot's documentation, administration/api ("Rate limits").
class RateLimit {
public:
    struct Verdict {
        bool is_allowed = true;
        int limit = 0;
        int remaining = 0;
        int reset_seconds = 0; ///< until the next call would be allowed, or the oldest leaves
    };

    explicit RateLimit(int limit) : limit_(limit) {}

    Verdict count(TimePoint now);
    /// Blocks the route for `duration`, and anew with each call made meanwhile.
    void block(TimePoint now, Milliseconds duration);

private:
    int limit_;
    std::vector<TimePoint> calls_{}; ///< the newest `limit_` of the window, oldest first
    std::size_t first_ = 0;          ///< those before it have left
    Milliseconds block_{};
    TimePoint blocked_until_{};
};

} // namespace elastiroll::sim
