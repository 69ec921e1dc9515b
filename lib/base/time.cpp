#include <elastiroll/base/time.hpp>

#include "base/quote.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace elastiroll {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Reads a text from left to right; after the first mismatch nothing matches any more.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool is_good() const noexcept { return is_good_; }
    bool is_at_end() const noexcept { return is_good_ && rest_.empty(); }

    /// Exactly `count` decimal digits.
    int digits(std::size_t count) noexcept {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rest_.empty() || !is_digit(rest_.front())) {
                is_good_ = false;
                return 0;
            }
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    /// One character of `choice`, which is returned; NUL where there is none.
    char one_of(std::string_view choice) noexcept {
        if (rest_.empty() || choice.find(rest_.front()) == std::string_view::npos) {
            is_good_ = false;
            return '\0';
        }
        const char found = rest_.front();
        rest_.remove_prefix(1);
        return found;
    }

    /// Takes `c` where it stands next.
    bool take(char c) noexcept {
        if (!rest_.starts_with(c))
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// A decimal fraction, cut off after milliseconds.
    Milliseconds fraction() noexcept {
        std::int64_t value = std::int64_t{digits(1)} * 100;
        for (std::int64_t weight = 10; !rest_.empty() && is_digit(rest_.front()); weight /= 10) {
            value += weight * (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return Milliseconds{value};
    }

private:
    std::string_view rest_;
    bool is_good_ = true;
};

/// How far ahead of UTC the clock was that showed the time: `Z`, `+02:00` or `+0200`.
minutes offset_of(Scanner& scanner, bool& is_valid) {
    const char sign = scanner.one_of("Zz+-");
    if (sign == 'Z' || sign == 'z')
        return minutes{0};
    const int offset_hours = scanner.digits(2);
    scanner.take(':');
    const int offset_minutes = scanner.digits(2);
    is_valid = is_valid && offset_hours <= 23 && offset_minutes <= 59;
    const minutes offset = hours{offset_hours} + minutes{offset_minutes};
    return sign == '-' ? -offset : offset;
}

std::optional<TimePoint> scan_time(std::string_view text) {
    Scanner scanner(text);
    const int year = scanner.digits(4);
    scanner.one_of("-");
    const int month = scanner.digits(2);
    scanner.one_of("-");
    const int day = scanner.digits(2);
    scanner.one_of("Tt");
    const int hour = scanner.digits(2);
    scanner.one_of(":");
    const int minute = scanner.digits(2);
    scanner.one_of(":");
    const int second = scanner.digits(2);
    const Milliseconds fraction = scanner.take('.') ? scanner.fraction() : Milliseconds{0};

    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    bool is_valid = date.ok() && hour <= 23 && minute <= 59 && second <= 60;
    const minutes offset = offset_of(scanner, is_valid);
    if (!is_valid || !scanner.is_at_end())
        return std::nullopt;

    const TimePoint time = std::chrono::sys_days{date} + hours{hour} + minutes{minute} +
                           seconds{second} + fraction - offset;
    // A leap second ends a day in UTC; the system's clock counts it as the next day's first.
    if (second == 60 && std::chrono::floor<seconds>(time) != std::chrono::floor<days>(time))
        return std::nullopt;
    constexpr TimePoint first = std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
    constexpr TimePoint end = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
    if (time < first || time >= end)
        return std::nullopt;
    return time;
}

struct Unit {
    std::string_view suffix; ///< as parse_duration() reads it
    std::string_view name;   ///< as format_duration() writes it
    std::int64_t milliseconds;
};

constexpr std::array units = {
    Unit{"d", "d", 86'400'000}, Unit{"h", "h", 3'600'000}, Unit{"m", "min", 60'000},
    Unit{"s", "s", 1'000},      Unit{"ms", "ms", 1},
};
constexpr std::size_t seconds_index = 3;

/// The amount without its sign; unlike std::abs defined for the smallest value too.
std::uint64_t magnitude_of(Milliseconds duration) noexcept {
    const auto bits = static_cast<std::uint64_t>(duration.count());
    return duration.count() < 0 ? 0 - bits : bits;
}

std::string_view sign_of(Milliseconds duration) noexcept { return duration.count() < 0 ? "-" : ""; }

} // namespace

std::string format_time(TimePoint time) {
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    clock.hours().count(), clock.minutes().count(), clock.seconds().count());
    if (clock.subseconds().count() != 0)
        text += fmt::format(".{:03}", clock.subseconds().count());
    text += 'Z';
    return text;
}

Result<TimePoint> parse_time(std::string_view text) {
    if (const std::optional<TimePoint> time = scan_time(text))
        return *time;
    return fail(ErrorCategory::invalid_argument,
                fmt::format("expected a time such as 2026-11-23T09:00:00Z (RFC 3339, years 1970 to "
                            "9999), got {}",
                            quote(text)));
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
    constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != form.size() || text.substr(3, 2) != ", " || !text.ends_with(" GMT"))
        return std::nullopt;
    const std::size_t month = months.find(text.substr(8, 3));
    if (month == std::string_view::npos || month % 3 != 0)
        return std::nullopt;
    const auto time = parse_time(fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), month / 3 + 1,
                                             text.substr(5, 2), text.substr(17, 8)));
    return time ? std::optional(*time) : std::nullopt;
}

std::string format_duration(Milliseconds duration) {
    const std::uint64_t total = magnitude_of(duration);
    const auto milliseconds = [](std::size_t i) {
        return static_cast<std::uint64_t>(units[i].milliseconds);
    };
    if (total == 0)
        return "0 s";
    std::size_t first = 0;
    while (total < milliseconds(first))
        ++first;
    std::string text =
        fmt::format("{}{} {}", sign_of(duration), total / milliseconds(first), units[first].name);
    if (first < seconds_index) {
        const std::uint64_t rest = total % milliseconds(first) / milliseconds(first + 1);
        if (rest != 0)
            text += fmt::format(" {} {}", rest, units[first + 1].name);
    }
    return text;
}

Result<Milliseconds> parse_duration(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::optional<std::int64_t> count = parse_integer(text.substr(0, digits));
    const std::string_view suffix = text.substr(digits);
    for (const Unit& unit : units) {
        if (suffix != unit.suffix || !count)
            continue;
        if (*count > std::numeric_limits<std::int64_t>::max() / unit.milliseconds)
            break;
        return Milliseconds{*count * unit.milliseconds};
    }
    return fail(
        ErrorCategory::invalid_argument,
        fmt::format("expected a duration such as 500ms, 30s, 20m, 24h or 7d, got {}", quote(text)));
}

std::string duration_text(Milliseconds duration) {
    const std::uint64_t total = magnitude_of(duration);
    if (total == 0)
        return "0s";
    for (const Unit& unit : units) {
        const auto milliseconds = static_cast<std::uint64_t>(unit.milliseconds);
        if (total % milliseconds == 0)
            return fmt::format("{}{}{}", sign_of(duration), total / milliseconds, unit.suffix);
    }
    return {}; // not reached: everything is a multiple of a millisecond
}

} // namespace elastiroll
