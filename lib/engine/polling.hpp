#pragma once

#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <optional>
#include <vector>

namespace elastiroll {

/// How long to wait before the next look at a group that is to become healthy or empty.
///
/// Where nothing is known: five times poll_min, and later an eighth of the time that has passed.
/// Where it is `expected` when it will be so: at three quarters of that, every twelfth of it until
/// one and a half, then a quarter of what it is late by. Always within poll_min..poll_max (before
/// three quarters of what is expected within three times that), all stretched alike (at most
/// eightfold) when more than half of the rate budget is used up.
/// docs/how-it-works.md has the rule for users.
Milliseconds poll_interval(Milliseconds elapsed, std::optional<Milliseconds> expected,
                           const std::optional<RateBudget>& budget, const Timing& timing);

/// The middle of what was seen; empty where nothing was.
std::optional<Milliseconds> median(std::vector<Milliseconds> times);

} // namespace elastiroll
