#include <doctest/doctest.h>

#include <array>
#include <string>

#include <elastiroll/base/time.hpp>

#include "adapters/sim/cron.hpp"

namespace elastiroll::sim::cron_test {

TEST_CASE("a cron expression names its next minute") {
    struct Row {
        const char* cron;
        const char* after;
        const char* next;
    };
    // 2 March 2026 is a Monday.
    constexpr Row rows[] = {
        {"0 9 * * *", "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"},
        {"0 9 * * *", "2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"},
        {"0 9 * * *", "2026-03-02T08:59:59.999Z", "2026-03-02T09:00:00Z"},
        {"*/15 * * * *", "2026-03-02T08:01:00Z", "2026-03-02T08:15:00Z"},
        {"5,35 8-9 * * *", "2026-03-02T08:10:00Z", "2026-03-02T08:35:00Z"},
        {"0 9 * * 1-5", "2026-03-06T10:00:00Z", "2026-03-09T09:00:00Z"},
        {"0 9 * * mon", "2026-03-02T10:00:00Z", "2026-03-09T09:00:00Z"},
        {"0 0 * * 7", "2026-03-02T10:00:00Z", "2026-03-08T00:00:00Z"},
        {"0 0 1 * *", "2026-03-02T10:00:00Z", "2026-04-01T00:00:00Z"},
        {"0 0 1 JAN *", "2026-03-02T10:00:00Z", "2027-01-01T00:00:00Z"},
        {"0 0 29 2 *", "2026-03-02T10:00:00Z", "2028-02-29T00:00:00Z"},
        {"0 0 13 * 5", "2026-03-02T10:00:00Z", "2026-03-06T00:00:00Z"},
        {"0 22/1 * * *", "2026-03-02T10:00:00Z", "2026-03-02T22:00:00Z"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.cron);
        CAPTURE(row.after);
        const auto cron = parse_cron(row.cron);
        REQUIRE(cron);
        const auto next = next_time(*cron, parse_time(row.after).value());
        REQUIRE(next);
        CHECK(format_time(*next) == row.next);
    }
}

TEST_CASE("what is no cron expression is refused") {
    for (const char* text :
         {"", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
          "a * * * *", "5-1 * * * *", "*/0 * * * *", "1, * * * *", "* * * * * *"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_cron(text));
    }
}

TEST_CASE("a day that never comes is never due") {
    const auto cron = parse_cron("0 0 31 2 *");
    REQUIRE(cron);
    CHECK_FALSE(next_time(*cron, parse_time("2026-03-02T10:00:00Z").value()));
}

} // namespace elastiroll::sim::cron_test
