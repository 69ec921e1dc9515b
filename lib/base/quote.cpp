#include "base/quote.hpp"

#include "base/utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace elastiroll {
namespace {

enum class Class : std::uint8_t { plain, escaped, not_ascii };

constexpr std::array<Class, 256> classes = [] {
    std::array<Class, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c) {
        if (c < 0x20 || c == '"' || c == '\\')
            table[c] = Class::escaped;
        else
            table[c] = c < 0x80 ? Class::plain : Class::not_ascii;
    }
    return table;
}();

void append_escape(std::string& out, char c) {
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    }
    constexpr std::string_view hex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out += "\\u00";
    out += hex[byte >> 4];
    out += hex[byte & 0xf];
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view replacement = "\xef\xbf\xbd";
    out += '"';
    std::size_t run = 0;      // start of what is copied as it is
    std::size_t good_end = 0; // before this everything was found to be UTF-8
    for (std::size_t i = 0; i < text.size(); ++i) {
        const Class kind = classes[static_cast<unsigned char>(text[i])];
        if (kind == Class::plain || (kind == Class::not_ascii && i < good_end))
            continue;
        if (kind == Class::not_ascii) {
            good_end = i + utf8_prefix(text.substr(i));
            if (good_end > i)
                continue;
        }
        out.append(text, run, i - run);
        run = i + 1;
        if (kind == Class::escaped)
            append_escape(out, text[i]);
        else
            out += replacement;
    }
    out.append(text, run);
    out += '"';
}

std::string quote(std::string_view text) {
    constexpr std::size_t shown_max = 80; // one line of a terminal
    std::string quoted;
    if (text.size() <= shown_max) {
        append_json_string(quoted, text);
        return quoted;
    }
    std::string_view shown = text.substr(0, shown_max);
    shown = shown.substr(0, utf8_prefix(shown));
    append_json_string(quoted, shown);
    quoted += "...";
    return quoted;
}

} // namespace elastiroll
