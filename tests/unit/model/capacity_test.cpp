#include <elastiroll/model/capacity.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace elastiroll::capacity_test {

TEST_CASE("a capacity is made from rising bounds up to the largest, and from nothing else") {
    constexpr auto huge = std::numeric_limits<std::int64_t>::max();
    struct Row {
        CapacityBounds bounds;
        std::string expected; ///< the capacity's text, or the bound that does not hold
    };
    const Row rows[] = {
        {{0, 0, 0}, "0/0/0"},
        {{2, 4, 8}, "2/4/8"},
        {{4, 4, 4}, "4/4/4"},
        {{0, 0, capacity_max}, "0/0/100000"},
        {{capacity_max, capacity_max, capacity_max}, "100000/100000/100000"},
        {{-1, 0, 0}, "the minimum is below 0"},
        {{3, 2, 8}, "the target is below the minimum"},
        {{0, -1, 8}, "the target is below the minimum"},
        {{2, 4, 3}, "the maximum is below the target"},
        {{0, 0, -1}, "the maximum is below the target"},
        {{0, 0, capacity_max + 1}, "the maximum is above 100000"},
        {{10'000'000, 10'000'000, 10'000'000}, "the maximum is above 100000"},
        {{0, 4'294'967'297, 4'294'967'297}, "the maximum is above 100000"},
        {{huge, huge, huge}, "the maximum is above 100000"},
        {{std::numeric_limits<std::int64_t>::min(), 0, huge}, "the minimum is below 0"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.expected);
        const auto made = Capacity::make(row.bounds);
        if (made) {
            CHECK(to_string(*made) == row.expected);
            CHECK(CapacityBounds{made->minimum(), made->target(), made->maximum()} == row.bounds);
        } else {
            CHECK(made.error().category == ErrorCategory::invalid_argument);
            CHECK(made.error().message.find(row.expected) != std::string::npos);
        }
    }
}

TEST_CASE("a refused capacity is named in the message") {
    const auto refused = Capacity::make({2, 4, 3});
    REQUIRE(!refused);
    CHECK(refused.error().message ==
          "capacity 2/4/3 (minimum/target/maximum): the maximum is below the target");
}

TEST_CASE("a pinned capacity has one number three times") {
    CHECK(Capacity::pinned(3) == *Capacity::make({3, 3, 3}));
    CHECK(Capacity::pinned(3).is_pinned());
    CHECK(Capacity::pinned(0) == Capacity());
    CHECK(Capacity().is_zero());
    CHECK(!Capacity::make({0, 0, 1})->is_zero());
    CHECK(!Capacity::make({0, 0, 1})->is_pinned());
}

TEST_CASE("parsing undoes writing a capacity") {
    for (const char* text : {"0/0/0", "2/4/8", "1/1/1", "0/100000/100000"}) {
        CAPTURE(text);
        const auto parsed = parse_capacity(text);
        CHECK((parsed && to_string(*parsed) == text));
    }
}

TEST_CASE("what is no capacity is refused with what to write instead") {
    for (const char* text : {"", "4", "2/4", "2/4/8/16", "2/4/", "/4/8", "a/b/c", "2/ 4/8",
                             "2/4.0/8", "2/4/99999999999999999999", " 2/4/8", "2/4/8\n"}) {
        CAPTURE(text);
        const auto parsed = parse_capacity(text);
        CHECK(!parsed);
        if (!parsed) {
            CHECK(parsed.error().category == ErrorCategory::invalid_argument);
            CHECK(parsed.error().message.find("as in 2/4/8") != std::string::npos);
        }
    }
    CHECK(!parse_capacity("8/4/2"));
    CHECK(!parse_capacity("-1/4/8"));
    CHECK(!parse_capacity("10000000/10000000/10000000"));
}

TEST_CASE("a capacity's unit has Spot's two names and no other") {
    for (const CapacityUnit unit : {CapacityUnit::instance, CapacityUnit::weight})
        CHECK(capacity_unit_from(to_string(unit)) == unit);
    for (const char* text : {"", "Instance", "vcpu", "weights"}) {
        CAPTURE(text);
        CHECK(capacity_unit_from(text) == std::nullopt);
    }
}

} // namespace elastiroll::capacity_test
