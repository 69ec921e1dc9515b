#include "engine/polling.hpp"

#include <algorithm>

namespace elastiroll {
namespace {

/// A stretched interval must still see a deadline of minutes coming.
constexpr int stretch_max = 8;

int stretch_of(const std::optional<RateBudget>& budget) {
    if (!budget || budget->limit <= 0 || budget->remaining * 2 >= budget->limit)
        return 1;
    return std::clamp(budget->limit / (2 * std::max(1, budget->remaining)), 1, stretch_max);
}

} // namespace

Milliseconds poll_interval(Milliseconds elapsed, std::optional<Milliseconds> expected,
                           const std::optional<RateBudget>& budget, const Timing& timing) {
    Milliseconds interval = std::max(timing.poll_min * 5, elapsed / 8);
    Milliseconds longest = timing.poll_max;
    if (expected) {
        const Milliseconds before = *expected * 3 / 4;
        if (elapsed < before) {
            interval = before - elapsed;
            longest *= 3;
        } else if (elapsed < *expected * 3 / 2) {
            interval = *expected / 12;
        } else {
            interval = (elapsed - *expected) / 4;
        }
    }
    return std::clamp(interval, timing.poll_min, longest) * stretch_of(budget);
}

std::optional<Milliseconds> median(std::vector<Milliseconds> times) {
    if (times.empty())
        return std::nullopt;
    std::ranges::sort(times);
    return times[times.size() / 2];
}

} // namespace elastiroll
