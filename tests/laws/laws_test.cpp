#include "generator.hpp"
#include "trial.hpp"

#include "environment.hpp"

#include <elastiroll/adapters/aws.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

namespace elastiroll::laws {
namespace {

void check(const Tally& tally) {
    for (const BrokenLaw& broken : tally.broken)
        FAIL_CHECK(to_string(broken));
}

/// The same seeds each time, so that a change answers for what it breaks. To look further is for
/// campaigns, and for who sets ELASTIROLL_TEST_SEED.
void try_some(std::uint64_t first) {
    const int jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u));
    const auto count = static_cast<std::uint64_t>(test::scaled(1'000));
    const Tally tally =
        try_cases(first + test::given_seed().value_or(0), count, {.crash_points = 10}, jobs);
    check(tally);
    CHECK(tally.deployments == static_cast<std::int64_t>(count));
    CHECK(tally.crash_points > tally.deployments * 9);
}

TEST_CASE("generated deployments keep the laws, whatever fails and wherever they crash") {
    try_some(1);
}

TEST_CASE("so do those behind load balancers, blue/green and others") {
    const bool has_aws = aws::make_static_credentials({}) != nullptr;
    if (!has_aws) {
        MESSAGE("not tried: this build cannot ask AWS");
        return;
    }
    try_some(first_traffic_seed + 1);
}

TEST_CASE("deployments that once broke a law keep all of them, wherever they crash") {
    struct Row {
        const char* found;
        std::uint64_t seed;
    };
    constexpr Row rows[] = {
        {"a rollback missed a group that was made late, behind a list that lags", 2221},
        {"the same after a second crash", 3894},
        {"a create without an answer was taken for one that never was", 1252},
        {"who had lost the line changed something after the new holder", 5100},
        {"a create that was refused hid that an earlier one had come through", 31478},
        {"a late group was looked for until it could be there, not until it had to show", 100717},
        {"more went from a weighted group than its surplus, and with it a healthy one", 4119800762},
        {"an update that left the target took what was beyond it", 83149},
        {"locked instances went with their group while the previous one was short", 1046083590},
        {"a rollback waited for a floor that its call took nothing from", 117769},
        {"a last look that failed was not taken again", 7336},
    };
    for (const Row& row : rows) {
        CAPTURE(row.found);
        CAPTURE(row.seed);
        Tally tally;
        // More than any of them has, but for sanitizers, which take a part.
        try_case(generate(row.seed), {.crash_points = test::scaled(2'000)}, tally);
        check(tally);
    }
}

} // namespace
} // namespace elastiroll::laws
