#include "generator.hpp"
#include "trial.hpp"

#include "environment.hpp"

#include <doctest/doctest.h>

namespace elastiroll::laws {
namespace {

void check(const Tally& tally) {
    for (const BrokenLaw& broken : tally.broken)
        FAIL_CHECK(to_string(broken));
}

TEST_CASE("a deployment that crashes anywhere ends as without the crash, or as before") {
    Tally tally;
    try_case(generate(1), {.crash_points = 0}, tally);
    check(tally);
}

TEST_CASE("generated deployments keep the laws, whatever fails and wherever they crash") {
    Tally tally;
    const std::uint64_t first = test::seed();
    const auto count = static_cast<std::uint64_t>(test::scaled(2'000));
    for (std::uint64_t i = 0; i < count; ++i)
        try_case(generate(first + i), {.crash_points = 10}, tally);
    check(tally);
}

} // namespace
} // namespace elastiroll::laws
