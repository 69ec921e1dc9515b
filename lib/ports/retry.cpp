#include "ports/retry.hpp"

#include <algorithm>

namespace elastiroll {
namespace {

constexpr Milliseconds delay_base{500};
constexpr Milliseconds delay_max{20'000};
/// 500 ms doubled six times is over the maximum; more doublings would overflow in the end.
constexpr int doublings_max = 6;

/// One step of SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t state) noexcept {
    state += 0x9E3779B97F4A7C15U;
    state = (state ^ (state >> 30U)) * 0xBF58476D1CE4E5B9U;
    state = (state ^ (state >> 27U)) * 0x94D049BB133111EBU;
    return state ^ (state >> 31U);
}

} // namespace

std::uint64_t random_below(const Draw& draw, std::uint64_t bound) noexcept {
    if (bound == 0)
        return 0;
    const auto attempt = static_cast<std::uint64_t>(draw.attempt);
    return mix(mix(mix(draw.seed) ^ draw.call) ^ attempt) % bound;
}

Milliseconds retry_delay(const Draw& draw) noexcept {
    const int doublings = std::clamp(draw.attempt - 1, 0, doublings_max);
    const Milliseconds most = std::min(delay_max, delay_base * (1 << doublings));
    const auto bound = static_cast<std::uint64_t>(most.count()) + 1;
    return Milliseconds(static_cast<Milliseconds::rep>(random_below(draw, bound)));
}

std::optional<int> RetryQuota::take(RetryReason reason) noexcept {
    const int cost = reason == RetryReason::no_answer ? 10 : 5;
    if (cost > tokens_)
        return std::nullopt;
    tokens_ -= cost;
    return cost;
}

void RetryQuota::give_back(int taken) noexcept {
    tokens_ = std::min(tokens_max, tokens_ + std::max(1, taken));
}

} // namespace elastiroll
