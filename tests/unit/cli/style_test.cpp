#include "cli/style.hpp"

#include "test_io.hpp"

#include <doctest/doctest.h>

namespace elastiroll::cli::style_test {
namespace {

constexpr Style utf8{.colour = false, .utf8 = true};
constexpr Style ascii{.colour = false, .utf8 = false};

TEST_CASE("a text's width is its columns, not its bytes") {
    struct Row {
        const char* text;
        int width;
    };
    constexpr Row rows[] = {
        {"", 0}, {"shop", 4}, {"größe", 5}, {"日本", 4}, {"e\u0301", 1}, {"\xff\xfe", 2}, {"█▒", 2},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(display_width(row.text) == row.width);
    }
}

TEST_CASE("a cut text fills its columns and shows where it was cut") {
    CHECK(cut_end("shop__web__7", 12, utf8) == "shop__web__7");
    CHECK(cut_end("shop__web__7", 6, utf8) == "shop_…");
    CHECK(cut_end("shop__web__7", 6, ascii) == "shop_~");
    CHECK(cut_start("shop__web__7", 6, utf8) == "…eb__7");
    CHECK(cut_end("日本語", 4, utf8) == "日…"); // a wide character is not cut in two
    CHECK(cut_end("shop", 0, utf8).empty());
}

TEST_CASE("nothing that a terminal obeys gets through") {
    CHECK(printable("a\x1b[2Jb\r\nc", utf8) == "a?[2Jb??c");
    CHECK(printable("a\u009b31mb", utf8) == "a?31mb");
    CHECK(printable("a\u202eb", utf8) == "a?b");
    CHECK(printable("a\xffz", utf8) == "a?z");
    CHECK(printable("größe", utf8) == "größe");
    CHECK(printable("größe", ascii) == "gr??e");
    CHECK(printable_lines("a\nb\t", utf8) == "a\nb?");
}

TEST_CASE("a painted line is never wider than asked for, whatever its spans") {
    const TextLine line{{"ab", Tone::good}, {"cd"}, {"ef", Tone::bad}};
    const char* expected[] = {"", "…", "a…", "ab…", "abc…", "abcd…", "abcdef"};
    for (int width = 0; width <= 6; ++width) {
        CAPTURE(width);
        CHECK(paint(line, width, utf8) == expected[width]);
    }
    CHECK(paint(line, 6, {.colour = true, .utf8 = true}) == "\x1b[32mab\x1b[0mcd\x1b[31mef\x1b[0m");
}

TEST_CASE("the environment says whether there is colour and UTF-8") {
    struct Row {
        const char* why;
        std::map<std::string, std::string> environment;
        bool is_terminal;
        Style expected;
    };
    const Row rows[] = {
        {"a usual terminal", {{"TERM", "xterm"}, {"LANG", "en_GB.UTF-8"}}, true, {true, true}},
        {"a pipe", {{"TERM", "xterm"}, {"LANG", "en_GB.UTF-8"}}, false, {false, true}},
        {"NO_COLOR", {{"TERM", "xterm"}, {"NO_COLOR", "1"}}, true, {false, false}},
        {"an empty NO_COLOR counts as none",
         {{"TERM", "xterm"}, {"NO_COLOR", ""}},
         true,
         {true, false}},
        {"a dumb terminal", {{"TERM", "dumb"}, {"LANG", "C.utf8"}}, true, {false, true}},
        {"LC_ALL beats LANG",
         {{"TERM", "x"}, {"LC_ALL", "C"}, {"LANG", "C.UTF-8"}},
         true,
         {true, false}},
        {"LC_CTYPE beats LANG",
         {{"TERM", "x"}, {"LC_CTYPE", "C.UTF-8"}, {"LANG", "C"}},
         true,
         {true, true}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        TestIo test;
        test.environment = row.environment;
        CHECK(style_for(test.io, row.is_terminal) == row.expected);
    }
}

} // namespace
} // namespace elastiroll::cli::style_test
