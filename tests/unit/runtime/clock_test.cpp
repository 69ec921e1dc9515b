#include <elastiroll/runtime/runtime.hpp>

#include <doctest/doctest.h>

namespace elastiroll::clock_test {

TEST_CASE("leases are not measured with the clock that somebody may set") {
    const auto clock = make_system_clock();
    // One counts from 1970, the other from a start of the machine.
    const Milliseconds since_1970 = clock->now().time_since_epoch();
    CHECK(since_1970 - clock->monotonic() > std::chrono::years(10));
    CHECK(clock->monotonic() > Milliseconds(0));
}

} // namespace elastiroll::clock_test
