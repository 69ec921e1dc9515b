#include "adapters/sim/wire.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace elastiroll::sim {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Writes the last `digits` decimal digits of `value` at `at`.
void put_decimal(std::string& text, std::size_t at, std::int64_t value, std::size_t digits) {
    for (std::size_t i = digits; i > 0; --i, value /= 10)
        text[at + i - 1] = static_cast<char>('0' + value % 10);
}

void append_escaped(std::string& out, char c) {
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    out += "\\u";
    append_hex(out, static_cast<unsigned char>(c), 4);
}

} // namespace

void append_json(std::string& out, std::string_view text) {
    out += '"';
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20)
            continue;
        out += text.substr(done, i - done);
        append_escaped(out, c);
        done = i + 1;
    }
    out += text.substr(done);
    out += '"';
}

void append_number(std::string& out, std::int64_t value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
    for (int i = digits - 1; i >= 0; --i)
        out += hex_digits[(value >> (4 * i)) & 0xfu];
}

std::string zulu_time(TimePoint time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::string text = "0000-00-00T00:00:00.000Z";
    put_decimal(text, 0, static_cast<int>(date.year()), 4);
    put_decimal(text, 5, static_cast<unsigned>(date.month()), 2);
    put_decimal(text, 8, static_cast<unsigned>(date.day()), 2);
    put_decimal(text, 11, clock.hours().count(), 2);
    put_decimal(text, 14, clock.minutes().count(), 2);
    put_decimal(text, 17, clock.seconds().count(), 2);
    put_decimal(text, 20, clock.subseconds().count(), 3);
    return text;
}

} // namespace elastiroll::sim
