#pragma once

#include "cli/io.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::cli {

/// How a stream wants its text.
struct Style {
    bool colour = false;
    bool utf8 = false;

    bool operator==(const Style&) const = default;
};

/// Whether the environment's locale is UTF-8: LC_ALL, else LC_CTYPE, else LANG. The process's
/// locale is not touched.
bool is_utf8_environment(const Io& io);
/// Whether the terminal is one that cannot move its cursor (`TERM=dumb`, or none set).
bool is_dumb_terminal(const Io& io);
/// For a stream that is a terminal or not. Colour needs a terminal and no NO_COLOR.
/// Source: https://no-color.org
Style style_for(const Io& io, bool is_terminal);

/// Meaning, not colour: what a part of a line is.
enum class Tone { plain, dim, bold, good, waiting, bad };

/// A piece of text in one tone.
struct Span {
    std::string text{};
    Tone tone = Tone::plain;
};
using TextLine = std::vector<Span>;

/// Columns that `text` takes on a terminal: wide characters take two, combining ones none. Bytes
/// that are no UTF-8 take one each.
int display_width(std::string_view text);

/// `text` without anything that a terminal would obey: control characters become `?`. Where the
/// terminal is not UTF-8, so does every character beyond ASCII. Remote services choose these texts.
std::string printable(std::string_view text, const Style& style);
/// As printable(), but line feeds stay.
std::string printable_lines(std::string_view text, const Style& style);

/// At most `width` columns of `text`; what was cut off its end shows as an ellipsis.
std::string cut_end(std::string_view text, int width, const Style& style);
/// The same with the start cut off: the end is what tells revisions apart.
std::string cut_start(std::string_view text, int width, const Style& style);

/// `text` filled with spaces to `width` columns; longer text stays.
std::string pad_right(std::string text, int width);
std::string pad_left(std::string text, int width);

/// The line cut to `width` columns, with the escape sequences of its tones.
std::string paint(const TextLine& line, int width, const Style& style);
/// One piece of text in a tone, uncut.
std::string paint(std::string_view text, Tone tone, const Style& style);

/// Text broken at spaces into lines of at most `width` columns; a longer word stays whole.
std::vector<std::string> wrap(std::string_view text, int width);

} // namespace elastiroll::cli
