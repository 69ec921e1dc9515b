#include "engine/group_log.hpp"
#include "engine/polling.hpp"

#include <doctest/doctest.h>

#include <string>

namespace elastiroll::polling_test {

namespace {

constexpr Milliseconds seconds(int count) { return Milliseconds(count * 1'000); }

/// When the looks of a wait happen that is over after `takes`.
int looks(Milliseconds takes, std::optional<Milliseconds> expected) {
    int count = 1;
    for (Milliseconds at{}; at < takes; ++count)
        at += poll_interval(at, expected, {}, {});
    return count;
}

} // namespace

TEST_CASE("a look comes after some time, or near when it is expected to be so") {
    struct Row {
        const char* why;
        Milliseconds elapsed;
        std::optional<Milliseconds> expected;
        Milliseconds interval;
    };
    constexpr Row rows[] = {
        {"nothing known: five times the least interval", seconds(0), {}, seconds(10)},
        {"up to eighty seconds too", seconds(80), {}, seconds(10)},
        {"then an eighth", seconds(120), {}, seconds(15)},
        {"at most the largest", seconds(200), {}, seconds(20)},
        {"long after", seconds(80'000), {}, seconds(20)},
        {"long before, at three quarters", seconds(0), seconds(80), seconds(60)},
        {"at most three of the largest", seconds(0), seconds(100), seconds(60)},
        {"then just at three quarters", seconds(60), seconds(100), seconds(15)},
        {"but never at once", seconds(74), seconds(100), seconds(2)},
        {"around it, every twelfth", seconds(90), seconds(120), seconds(10)},
        {"still around it", Milliseconds(179'999), seconds(120), seconds(10)},
        {"late: a quarter of the lateness", seconds(150), seconds(100), Milliseconds(12'500)},
        {"very late", seconds(400), seconds(100), seconds(20)},
        {"what is expected at once is looked at often", seconds(0), seconds(0), seconds(2)},
        {"a twelfth is not below the least", seconds(10), seconds(10), seconds(2)},
        {"nor above the largest", seconds(1'000), seconds(1'000), seconds(20)},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(poll_interval(row.elapsed, row.expected, {}, {}).count() == row.interval.count());
    }
}

TEST_CASE("a low budget stretches all intervals alike, at most eightfold") {
    struct Row {
        std::optional<RateBudget> budget;
        int stretch;
    };
    const Row rows[] = {
        {std::nullopt, 1},
        {RateBudget{100, 100, {}}, 1},
        {RateBudget{100, 50, {}}, 1},
        {RateBudget{100, 49, {}}, 1},
        {RateBudget{100, 25, {}}, 2},
        {RateBudget{100, 10, {}}, 5},
        {RateBudget{100, 6, {}}, 8},
        {RateBudget{100, 1, {}}, 8},
        {RateBudget{100, 0, {}}, 8},
        {RateBudget{0, 0, {}}, 1},
        {RateBudget{1, 0, {}}, 1},
    };
    for (const Row& row : rows) {
        for (const Milliseconds elapsed : {seconds(0), seconds(40), seconds(400)}) {
            CAPTURE(row.stretch);
            CHECK(poll_interval(elapsed, {}, row.budget, {}).count() ==
                  (poll_interval(elapsed, {}, {}, {}) * row.stretch).count());
        }
    }
}

TEST_CASE("the least and the largest interval are the workflow's") {
    Timing timing;
    timing.poll_min = Milliseconds(500);
    timing.poll_max = seconds(5);
    CHECK(poll_interval(seconds(0), {}, {}, timing) == Milliseconds(2'500));
    CHECK(poll_interval(seconds(24), {}, {}, timing) == seconds(3));
    CHECK(poll_interval(seconds(1), seconds(1), {}, timing) == Milliseconds(500));
    CHECK(poll_interval(seconds(0), seconds(600), {}, timing) == seconds(15));
    CHECK(poll_interval(seconds(800), {}, {}, timing) == seconds(5));
}

TEST_CASE("knowing how long it takes saves looks and sees the end sooner") {
    CHECK(looks(seconds(92), {}) == 11);
    CHECK(looks(seconds(92), seconds(92)) == 7);
    CHECK(looks(seconds(600), {}) == 37);
    CHECK(looks(seconds(600), seconds(600)) == 17);
}

TEST_CASE("the median is a time that was seen") {
    CHECK(median({}) == std::nullopt);
    CHECK(median({seconds(7)}) == seconds(7));
    CHECK(median({seconds(9), seconds(1), seconds(5)}) == seconds(5));
    CHECK(median({seconds(4), seconds(1)}) == seconds(4));
    CHECK(median({seconds(90), seconds(91), seconds(3'600)}) == seconds(91));
}

TEST_CASE("an excerpt has the newest three different troubles of a log, newest first") {
    const auto at = [](int second, const char* severity, const char* message) {
        return LogEntry{TimePoint(seconds(second)), severity, message};
    };
    struct Row {
        const char* why;
        std::vector<LogEntry> entries;
        const char* expected;
    };
    const Row rows[] = {
        {"nothing", {}, ""},
        {"no trouble", {at(1, "INFO", "started"), at(2, "DEBUG", "x"), at(3, "", "y")}, ""},
        {"the newest first",
         {at(1, "ERROR", "old"), at(3, "WARN", "new"), at(2, "WARNING", "mid")},
         "new; mid; old"},
        {"three at most",
         {at(1, "ERROR", "a"), at(2, "ERROR", "b"), at(3, "ERROR", "c"), at(4, "ERROR", "d")},
         "d; c; b"},
        {"what repeats is said once",
         {at(1, "ERROR", "a"), at(2, "ERROR", "b"), at(3, "ERROR", "b"), at(4, "ERROR", "b")},
         "b; a"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(log_excerpt(row.entries) == row.expected);
    }
}

TEST_CASE("only failures of the launch specification itself are hopeless") {
    struct Row {
        const char* excerpt;
        const char* expected;
    };
    constexpr Row rows[] = {
        {"", ""},
        {"Can't spin: InvalidAMIID.NotFound: the image id '[ami-1]' does not exist",
         "InvalidAMIID.NotFound"},
        {"x; InvalidKeyPair.NotFound", "InvalidKeyPair.NotFound"},
        {"InvalidSubnetID.NotFound", "InvalidSubnetID.NotFound"},
        {"InvalidGroup.NotFound", "InvalidGroup.NotFound"},
        {"UnauthorizedOperation: encoded", "UnauthorizedOperation"},
        {"MaxSpotInstanceCountExceeded", ""},
        {"InsufficientInstanceCapacity", ""},
        {"Invalid IAM Instance Profile name", ""},
        {"invalidamiid.notfound", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.excerpt);
        CHECK(hopeless_code(row.excerpt) == row.expected);
    }
}

} // namespace elastiroll::polling_test
