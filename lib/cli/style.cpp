#include "cli/style.hpp"

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace elastiroll::cli {

namespace {

/// One character of a text that may be UTF-8.
struct Character {
    char32_t code = 0; ///< for a byte that is no UTF-8: U+FFFD
    std::size_t bytes = 1;
};

Character character_at(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80)
        return {lead, 1};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
    if (length == 1 || at + length > text.size() || !is_utf8(text.substr(at, length)))
        return {U'\uFFFD', 1};
    auto code = static_cast<char32_t>(lead & (0xFFu >> (length + 1)));
    for (std::size_t i = 1; i < length; ++i)
        code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    return {code, length};
}

using Range = std::pair<char32_t, char32_t>;

template <std::size_t N> bool is_in(const std::array<Range, N>& ranges, char32_t code) {
    return std::any_of(ranges.begin(), ranges.end(), [code](const Range& range) {
        return code >= range.first && code <= range.second;
    });
}

// The blocks that names and messages can plausibly hold, not all of Unicode: an error shifts a
// column, no more.
constexpr std::array<Range, 10> zero_width = {{{0x300, 0x36F},
                                               {0x483, 0x489},
                                               {0x591, 0x5BD},
                                               {0x610, 0x61A},
                                               {0x64B, 0x65F},
                                               {0x200B, 0x200F},
                                               {0x20D0, 0x20FF},
                                               {0xFE00, 0xFE0F},
                                               {0xFE20, 0xFE2F},
                                               {0xFEFF, 0xFEFF}}};
constexpr std::array<Range, 9> double_width = {{{0x1100, 0x115F},
                                                {0x2E80, 0x303E},
                                                {0x3041, 0xA4CF},
                                                {0xAC00, 0xD7A3},
                                                {0xF900, 0xFAFF},
                                                {0xFE30, 0xFE6F},
                                                {0xFF00, 0xFF60},
                                                {0x1F300, 0x1FAFF},
                                                {0x20000, 0x3FFFD}}};
// What changes the direction or the meaning of the text around it, beside C0, DEL and C1.
constexpr std::array<Range, 2> obeyed = {{{0x2028, 0x202E}, {0x2066, 0x2069}}};

int width_of(char32_t code) {
    if (is_in(zero_width, code))
        return 0;
    return is_in(double_width, code) ? 2 : 1;
}

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || is_in(obeyed, code);
}

std::string clean(std::string_view text, const Style& style, bool keeps_line_feeds) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const Character character = character_at(text, at);
        const bool is_kept = keeps_line_feeds && character.code == U'\n';
        const bool is_invalid = character.code == U'\uFFFD' && character.bytes == 1;
        if (!is_kept &&
            (is_control(character.code) || is_invalid || (!style.utf8 && character.code >= 0x80)))
            result += '?';
        else
            result += text.substr(at, character.bytes);
        at += character.bytes;
    }
    return result;
}

std::string_view ellipsis(const Style& style) { return style.utf8 ? "…" : "~"; }

std::string_view escape_of(Tone tone) {
    switch (tone) {
    case Tone::plain: return "";
    case Tone::dim: return "\x1b[2m";
    case Tone::bold: return "\x1b[1m";
    case Tone::good: return "\x1b[32m";
    case Tone::waiting: return "\x1b[33m";
    case Tone::bad: return "\x1b[31m";
    }
    return "";
}

} // namespace

bool is_utf8_environment(const Io& io) {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string value = to_lower(io.environment(name).value_or(""));
        if (!value.empty())
            return value.find("utf-8") != std::string::npos ||
                   value.find("utf8") != std::string::npos;
    }
    return false;
}

bool is_dumb_terminal(const Io& io) {
    const std::string terminal = io.environment("TERM").value_or("");
    return terminal.empty() || terminal == "dumb";
}

Style style_for(const Io& io, bool is_terminal) {
    const bool is_colour_unwanted = !io.environment("NO_COLOR").value_or("").empty();
    return {.colour = is_terminal && !is_colour_unwanted && !is_dumb_terminal(io),
            .utf8 = is_utf8_environment(io)};
}

int display_width(std::string_view text) {
    int width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character character = character_at(text, at);
        width += width_of(character.code);
        at += character.bytes;
    }
    return width;
}

std::string printable(std::string_view text, const Style& style) {
    return clean(text, style, false);
}

std::string printable_lines(std::string_view text, const Style& style) {
    return clean(text, style, true);
}

std::string cut_end(std::string_view text, int width, const Style& style) {
    if (width <= 0)
        return {};
    if (display_width(text) <= width)
        return std::string(text);
    std::string result;
    int used = 1; // the ellipsis
    for (std::size_t at = 0; at < text.size();) {
        const Character character = character_at(text, at);
        used += width_of(character.code);
        if (used > width)
            break;
        result += text.substr(at, character.bytes);
        at += character.bytes;
    }
    return result.append(ellipsis(style));
}

std::string cut_start(std::string_view text, int width, const Style& style) {
    if (width <= 0)
        return {};
    int left = display_width(text);
    if (left <= width)
        return std::string(text);
    std::size_t at = 0;
    while (at < text.size() && left > width - 1) {
        const Character character = character_at(text, at);
        left -= width_of(character.code);
        at += character.bytes;
    }
    return std::string(ellipsis(style)).append(text.substr(at));
}

std::string pad_right(std::string text, int width) {
    const int missing = width - display_width(text);
    return missing > 0 ? text.append(static_cast<std::size_t>(missing), ' ') : text;
}

std::string pad_left(std::string text, int width) {
    const int missing = width - display_width(text);
    return missing > 0 ? text.insert(0, static_cast<std::size_t>(missing), ' ') : text;
}

std::string paint(std::string_view text, Tone tone, const Style& style) {
    if (!style.colour || tone == Tone::plain || text.empty())
        return std::string(text);
    return std::string(escape_of(tone)).append(text).append("\x1b[0m");
}

std::string paint(const TextLine& line, int width, const Style& style) {
    int total = 0;
    for (const Span& span : line)
        total += display_width(span.text);
    std::string result;
    int left = width;
    for (const Span& span : line) {
        const int needed = display_width(span.text);
        const bool is_last = total <= left;
        // The span that would leave no column for the ellipsis is where the line ends.
        if (!is_last && needed >= left) {
            const std::string cut = needed == left ? span.text + " " : span.text;
            return result + paint(cut_end(cut, left, style), span.tone, style);
        }
        result += paint(span.text, span.tone, style);
        left -= needed;
        total -= needed;
    }
    while (!style.colour && !result.empty() && result.back() == ' ')
        result.pop_back();
    return result;
}

std::vector<std::string> wrap(std::string_view text, int width) {
    std::vector<std::string> lines;
    std::string line;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t space = std::min(text.find(' ', at), text.size());
        const std::string_view word = text.substr(at, space - at);
        if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
            lines.push_back(std::exchange(line, {}));
        }
        if (!line.empty())
            line += ' ';
        line += word;
        at = space + 1;
    }
    if (!line.empty() || lines.empty())
        lines.push_back(line);
    return lines;
}

} // namespace elastiroll::cli
