#include <elastiroll/base/text.hpp>

#include <doctest/doctest.h>

#include <limits>

namespace elastiroll::text_test {

TEST_CASE("the nearest word is the one that a slip of the keyboard turned into the given one") {
    constexpr std::string_view candidates[] = {"canary", "blue_green", "basic", "phases", "floor"};
    struct Row {
        std::string_view why;
        std::string_view word;
        std::optional<std::string_view> nearest;
    };
    constexpr Row rows[] = {
        {"the word itself", "canary", "canary"},
        {"case is ignored", "Canary", "canary"},
        {"a letter missing", "canry", "canary"},
        {"a letter too many", "cannary", "canary"},
        {"two neighbours swapped count once", "caanry", "canary"},
        {"two slips in six letters", "kannary", "canary"},
        {"three slips in six letters are another word", "kannery", std::nullopt},
        {"the other spelling of a compound", "bluegreen", "blue_green"},
        {"nothing in common", "weighted", std::nullopt},
        {"an empty word is near nothing", "", std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(nearest_word(row.word, candidates) == row.nearest);
    }
}

TEST_CASE("of equally near words the first is taken, and a single other letter is no slip") {
    constexpr std::string_view rhymes[] = {"cat", "rat"};
    CHECK(nearest_word("bat", rhymes) == "cat");
    constexpr std::string_view letters[] = {"", "a"};
    CHECK(nearest_word("x", letters) == std::nullopt);
    CHECK(nearest_word("word", {}) == std::nullopt);
}

TEST_CASE("an integer is digits with at most a minus before them") {
    struct Row {
        std::string_view text;
        std::optional<std::int64_t> value;
    };
    constexpr Row rows[] = {
        {"0", 0},
        {"-0", 0},
        {"42", 42},
        {"-42", -42},
        {"007", 7},
        {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
        {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
        {"9223372036854775808", std::nullopt},
        {"-9223372036854775809", std::nullopt},
        {"", std::nullopt},
        {"-", std::nullopt},
        {"+1", std::nullopt},
        {" 1", std::nullopt},
        {"1 ", std::nullopt},
        {"1.0", std::nullopt},
        {"0x10", std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(parse_integer(row.text) == row.value);
    }
}

TEST_CASE("lower case touches ASCII letters only") {
    CHECK(to_lower("AZaz09_\xc3\x84[") == "azaz09_\xc3\x84[");
}

TEST_CASE("a count takes the plural for all but one") {
    struct Row {
        std::int64_t count;
        std::string_view singular, text;
    };
    constexpr Row rows[] = {
        {0, "instance", "0 instances"}, {1, "instance", "1 instance"},
        {2, "instance", "2 instances"}, {2, "policy", "2 policies"},
        {2, "day", "2 days"},           {2, "process", "2 processes"},
        {2, "batch", "2 batches"},      {1, "policy", "1 policy"},
    };
    for (const auto& row : rows)
        CHECK(count_of(row.count, row.singular) == row.text);
}

TEST_CASE("parts are joined with the separator between them only") {
    const std::string parts[] = {"AUTO_SCALE", "", "SCHEDULING"};
    CHECK(join(parts, ", ") == "AUTO_SCALE, , SCHEDULING");
    CHECK(join(std::span(parts).first(1), ", ") == "AUTO_SCALE");
    CHECK(join({}, ", ").empty());
}

TEST_CASE("UTF-8 is what RFC 3629 allows and nothing else") {
    struct Row {
        std::string_view why;
        std::string_view text;
        bool is_good;
    };
    constexpr Row rows[] = {
        {"empty", "", true},
        {"ASCII with NUL", std::string_view("a\0b", 3), true},
        {"ASCII longer than a machine word", "0123456789abcdef0", true},
        {"two bytes", "\xc2\x80\xdf\xbf", true},
        {"three bytes", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", true},
        {"four bytes", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", true},
        {"after a machine word of ASCII", "01234567\xc3\xa4", true},
        {"a continuation byte alone", "\x80", false},
        {"an overlong slash in two bytes", "\xc0\xaf", false},
        {"an overlong form that begins with c1", "\xc1\xbf", false},
        {"an overlong form in three bytes", "\xe0\x9f\xbf", false},
        {"an overlong form in four bytes", "\xf0\x8f\xbf\xbf", false},
        {"the first surrogate", "\xed\xa0\x80", false},
        {"the last surrogate", "\xed\xbf\xbf", false},
        {"beyond U+10FFFF", "\xf4\x90\x80\x80", false},
        {"a byte that never occurs", "\xf5\x80\x80\x80", false},
        {"cut off after one byte of two", "abcdefgh\xc3", false},
        {"cut off after two bytes of three", "\xe2\x82", false},
        {"cut off after three bytes of four", "\xf0\x9f\x98", false},
        {"a start byte in place of a continuation", "\xe2\x82\xe2", false},
        {"bad after a machine word of ASCII", "01234567\xff", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(is_utf8(row.text) == row.is_good);
    }
}

} // namespace elastiroll::text_test
