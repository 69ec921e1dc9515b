#include <elastiroll/base/time.hpp>

#include <doctest/doctest.h>

#include <optional>

namespace elastiroll::time_test {

namespace {

std::optional<std::string> read_again(std::string_view text) {
    const auto time = parse_time(text);
    if (!time)
        return std::nullopt;
    return format_time(*time);
}

} // namespace

TEST_CASE("a time is read in RFC 3339 and Spot's form and written in UTC") {
    struct Row {
        std::string_view why;
        std::string_view text, written;
    };
    constexpr Row rows[] = {
        {"UTC", "2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z"},
        {"Spot's form", "2016-12-09T09:44:58.172+0000", "2016-12-09T09:44:58.172Z"},
        {"Spot's form without milliseconds", "2017-02-12T14:58:21.000Z", "2017-02-12T14:58:21Z"},
        {"east of Greenwich", "2026-11-23T09:00:00+05:30", "2026-11-23T03:30:00Z"},
        {"west of Greenwich, over midnight", "2026-12-31T23:30:00-0100", "2027-01-01T00:30:00Z"},
        {"unknown local offset", "2026-11-23T09:00:00-00:00", "2026-11-23T09:00:00Z"},
        {"small letters", "2026-11-23t09:00:00z", "2026-11-23T09:00:00Z"},
        {"a leap day", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"},
        {"the leap day of a century that has one", "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
        {"a leap second is the next day's first", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"a leap second elsewhere", "2016-12-31T15:59:60.5-08:00", "2017-01-01T00:00:00.500Z"},
        {"tenths", "2026-11-23T09:00:00.5Z", "2026-11-23T09:00:00.500Z"},
        {"digits below milliseconds are cut off", "2026-11-23T09:00:00.123999Z",
         "2026-11-23T09:00:00.123Z"},
        {"the epoch", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
        {"the epoch as seen from the east", "1970-01-01T01:00:00+01:00", "1970-01-01T00:00:00Z"},
        {"the last moment", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(read_again(row.text) == row.written);
    }
}

TEST_CASE("a time counts milliseconds since 1970") {
    CHECK(parse_time("1970-01-01T00:00:01.5Z") == TimePoint{Milliseconds{1'500}});
    CHECK(parse_time("2026-11-23T09:00:00Z") == TimePoint{Milliseconds{1'795'424'400'000}});
}

TEST_CASE("what is no time is refused with the text") {
    constexpr std::string_view rows[] = {
        "",
        "now",
        "2026-11-23",
        "2026-11-23T09:00:00",
        "2026-11-23 09:00:00Z",
        "2026-11-23T09:00Z",
        "2026-11-23T9:00:00Z",
        "2026-11-23T09:00:00.Z",
        "2026-11-23T09:00:00,5Z",
        "2026-11-23T09:00:00+1:00",
        "2026-11-23T09:00:00+00",
        "2026-11-23T09:00:00+24:00",
        "2026-11-23T09:00:00+00:60",
        "2026-11-23T09:00:00Z ",
        " 2026-11-23T09:00:00Z",
        "2026-11-23T09:00:00ZZ",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:60:00Z",
        "2026-11-23T09:00:61Z",
        "2026-11-23T09:00:60Z",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "+2026-11-23T09:00:00Z",
        "2026-11--3T09:00:00Z",
    };
    for (const auto text : rows) {
        CAPTURE(text);
        const auto time = parse_time(text);
        if (time) {
            FAIL_CHECK("was read as " << format_time(*time));
            continue;
        }
        CHECK(time.error().category == ErrorCategory::invalid_argument);
        CHECK(time.error().message.find('"' + std::string(text) + '"') != std::string::npos);
    }
}

TEST_CASE("a refused text stays on one line and is cut off where it is long") {
    const auto time = parse_time("12\n34");
    REQUIRE(!time);
    CHECK(time.error().message.ends_with(R"(got "12\n34")"));
    const auto text = parse_time(std::string(5000, 'x'));
    REQUIRE(!text);
    CHECK(text.error().message.size() < 250);
}

TEST_CASE("a duration is shown to people in at most two units") {
    struct Row {
        std::int64_t milliseconds;
        std::string_view text;
    };
    constexpr Row rows[] = {
        {0, "0 s"},
        {1, "1 ms"},
        {450, "450 ms"},
        {1'000, "1 s"},
        {38'900, "38 s"},
        {60'000, "1 min"},
        {125'000, "2 min 5 s"},
        {3'600'000, "1 h"},
        {3'605'000, "1 h"},
        {3'780'000, "1 h 3 min"},
        {86'399'999, "23 h 59 min"},
        {187'200'000, "2 d 4 h"},
        {-38'000, "-38 s"},
        {-125'000, "-2 min 5 s"},
    };
    for (const auto& row : rows)
        CHECK(format_duration(Milliseconds{row.milliseconds}) == row.text);
    CHECK(format_duration(Milliseconds::min()) == "-106751991167 d 7 h");
}

TEST_CASE("a duration is a whole number with a unit") {
    struct Row {
        std::string_view text;
        std::optional<std::int64_t> milliseconds;
    };
    constexpr Row rows[] = {
        {"500ms", 500},
        {"30s", 30'000},
        {"20m", 1'200'000},
        {"24h", 86'400'000},
        {"7d", 604'800'000},
        {"0s", 0},
        {"007s", 7'000},
        {"9223372036854775807ms", 9'223'372'036'854'775'807},
        {"9223372036854775808ms", std::nullopt},
        {"9223372036854776s", std::nullopt},
        {"106751991168d", std::nullopt},
        {"", std::nullopt},
        {"30", std::nullopt},
        {"s", std::nullopt},
        {"-30s", std::nullopt},
        {"+30s", std::nullopt},
        {"1.5h", std::nullopt},
        {"30 s", std::nullopt},
        {"30S", std::nullopt},
        {"30min", std::nullopt},
        {"1h30m", std::nullopt},
        {" 30s", std::nullopt},
        {"30s ", std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto duration = parse_duration(row.text);
        if (row.milliseconds) {
            CHECK(duration == Milliseconds{*row.milliseconds});
        } else {
            CHECK(!duration);
            if (!duration)
                CHECK(duration.error().category == ErrorCategory::invalid_argument);
        }
    }
}

TEST_CASE("the text of a duration has the largest unit that divides it") {
    struct Row {
        std::int64_t milliseconds;
        std::string_view text;
    };
    constexpr Row rows[] = {
        {0, "0s"},           {1, "1ms"},        {1'500, "1500ms"}, {30'000, "30s"},
        {90'000, "90s"},     {60'000, "1m"},    {7'200'000, "2h"}, {86'400'000, "1d"},
        {90'000'000, "25h"}, {-30'000, "-30s"},
    };
    for (const auto& row : rows)
        CHECK(duration_text(Milliseconds{row.milliseconds}) == row.text);
}

TEST_CASE("the Date header of an answer is read to the second, and nothing else is") {
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") ==
          parse_time("1994-11-06T08:49:37Z").value());
    CHECK(parse_http_date("Thu, 31 Dec 2026 23:59:59 GMT") ==
          parse_time("2026-12-31T23:59:59Z").value());
    for (const char* text : {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 anF 1994 08:49:37 GMT",
                             "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                             "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 GMT "}) {
        CAPTURE(text);
        CHECK_FALSE(parse_http_date(text).has_value());
    }
}

} // namespace elastiroll::time_test
