#include <elastiroll/base/time.hpp>

#include "property.hpp"

namespace elastiroll::time_property {
using elastiroll::test::check_law;

namespace {

/// Milliseconds from 1970 to the end of 9999.
rc::Gen<std::int64_t> moment() { return rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000); }

} // namespace

TEST_CASE("parsing a time undoes formatting it") {
    check_law(2'000, [] {
        const TimePoint time{Milliseconds{*moment()}};
        RC_ASSERT(parse_time(format_time(time)) == time);
    });
}

TEST_CASE("times sort as their texts do where both have milliseconds or both have none") {
    check_law(1'000, [] {
        const auto second = [] { return TimePoint{Milliseconds{*moment() / 1000 * 1000}}; };
        const TimePoint one = second();
        const TimePoint other = second();
        RC_ASSERT((one < other) == (format_time(one) < format_time(other)));
    });
}

TEST_CASE("parsing a duration undoes writing it") {
    check_law(2'000, [](std::uint64_t bits, unsigned char shift) {
        const Milliseconds duration{static_cast<std::int64_t>(bits >> (1 + shift % 63))};
        RC_ASSERT(parse_duration(duration_text(duration)) == duration);
    });
}

TEST_CASE("a duration of whole units has a text without milliseconds") {
    check_law(500, [] {
        const Milliseconds duration{*rc::gen::inRange<std::int64_t>(0, 1'000'000) * 1000};
        RC_ASSERT(!duration_text(duration).ends_with("ms"));
    });
}

} // namespace elastiroll::time_property
