#pragma once

#include <elastiroll/base/time.hpp>

#include <cstdint>
#include <optional>

namespace elastiroll {

/// Who draws: equal draws give equal numbers on every platform, whatever else was drawn before.
struct Draw {
    std::uint64_t seed = 0;
    std::uint64_t call = 0; ///< the call's ordinal on its client
    int attempt = 0;        ///< attempts so far
};

/// A number in 0..bound-1 (0 where bound is 0). Slightly uneven for huge bounds, which jitter
/// bears.
std::uint64_t random_below(const Draw& draw, std::uint64_t bound) noexcept;

/// The wait before the next attempt: anything from 0 to 500 ms doubled with every attempt, at most
/// 20 s. Source: AWS SDKs and tools reference, retry behaviour; "full jitter" of the AWS
/// architecture blog.
Milliseconds retry_delay(const Draw& draw) noexcept;

/// Why a call is to be sent again.
enum class RetryReason : std::uint8_t {
    no_answer, ///< the connection failed or the time ran out
    bad_answer ///< a 5xx
};

/// A bucket of retries shared by all calls of a client, so that a service that is down gets few
/// more requests than one that is up. Source: AWS SDKs, "standard" mode: 500 tokens, 5 per retry,
/// 10 where no answer came, 1 back for each success at once.
class RetryQuota {
public:
    /// What the retry took; empty where there is not enough left.
    std::optional<int> take(RetryReason reason) noexcept;
    /// A call succeeded whose last retry had taken `taken` (0: it needed none).
    void give_back(int taken) noexcept;

private:
    static constexpr int tokens_max = 500;
    int tokens_ = tokens_max;
};

} // namespace elastiroll
