#include "adapters/sim/cron.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <elastiroll/base/text.hpp>

namespace elastiroll::sim {
namespace {

constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names = {"sun", "mon", "tue", "wed",
                                                           "thu", "fri", "sat"};

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

/// What one field may hold: its numbers and, where it has them, the names of the first ones.
struct Field {
    std::int64_t first = 0;
    std::int64_t last = 0;
    const std::string_view* names = nullptr;
    std::size_t name_count = 0;
};

std::optional<std::int64_t> number_in(const Field& field, std::string_view text) {
    const std::string word = to_lower(text);
    for (std::size_t i = 0; i < field.name_count; ++i) {
        if (word == field.names[i])
            return field.first + static_cast<std::int64_t>(i);
    }
    const auto number = parse_integer(text);
    if (!number || *number < field.first || *number > field.last)
        return std::nullopt;
    return number;
}

/// Sets the bits of one part of a list: `*`, `7`, `1-5`, each with `/step` or not.
template <std::size_t Size>
bool set_part(const Field& field, std::string_view part, std::bitset<Size>& bits) {
    const auto slash = part.find('/');
    const std::string_view range = part.substr(0, slash);
    std::int64_t step = 1;
    if (slash != std::string_view::npos) {
        const auto given = parse_integer(part.substr(slash + 1));
        if (!given || *given < 1)
            return false;
        step = *given;
    }
    std::int64_t from = field.first;
    std::int64_t to = field.last;
    if (range != "*") {
        const auto dash = range.find('-');
        const auto first = number_in(field, range.substr(0, dash));
        if (!first)
            return false;
        from = *first;
        if (dash != std::string_view::npos) {
            const auto last = number_in(field, range.substr(dash + 1));
            if (!last || *last < from)
                return false;
            to = *last;
        } else if (slash == std::string_view::npos) {
            to = from;
        }
    }
    for (std::int64_t i = from; i <= to; i += step)
        bits.set(static_cast<std::size_t>(i) % Size);
    return true;
}

template <std::size_t Size>
bool set_field(const Field& field, std::string_view text, std::bitset<Size>& bits) {
    for (const std::string_view part : split(text, ',')) {
        if (!set_part(field, part, bits))
            return false;
    }
    return true;
}

bool is_day(const Cron& cron, std::chrono::sys_days day) {
    const std::chrono::year_month_day date(day);
    if (!cron.months.test(static_cast<unsigned>(date.month())))
        return false;
    const bool is_date = cron.days.test(static_cast<unsigned>(date.day()));
    const bool is_weekday = cron.weekdays.test(std::chrono::weekday(day).c_encoding());
    return cron.is_any_day || cron.is_any_weekday ? is_date && is_weekday : is_date || is_weekday;
}

} // namespace

std::optional<Cron> parse_cron(std::string_view text) {
    std::vector<std::string_view> fields;
    for (const std::string_view field : split(text, ' ')) {
        if (!field.empty())
            fields.push_back(field);
    }
    if (fields.size() != 5)
        return std::nullopt;
    Cron cron;
    const bool is_valid =
        set_field({.first = 0, .last = 59}, fields[0], cron.minutes) &&
        set_field({.first = 0, .last = 23}, fields[1], cron.hours) &&
        set_field({.first = 1, .last = 31}, fields[2], cron.days) &&
        set_field({.first = 1, .last = 12, .names = month_names.data(), .name_count = 12},
                  fields[3], cron.months) &&
        // Seven is Sunday too: the bit set wraps it to 0.
        set_field({.first = 0, .last = 7, .names = weekday_names.data(), .name_count = 7},
                  fields[4], cron.weekdays);
    if (!is_valid)
        return std::nullopt;
    cron.is_any_day = fields[2].front() == '*';
    cron.is_any_weekday = fields[4].front() == '*';
    return cron;
}

std::optional<TimePoint> next_time(const Cron& cron, TimePoint after) {
    constexpr int days_max = 8 * 366;
    const auto start = std::chrono::floor<std::chrono::minutes>(after) + std::chrono::minutes(1);
    auto day = std::chrono::floor<std::chrono::days>(start);
    for (int i = 0; i < days_max; ++i, day += std::chrono::days(1)) {
        if (!is_day(cron, day))
            continue;
        for (std::size_t hour = 0; hour < cron.hours.size(); ++hour) {
            if (!cron.hours.test(hour))
                continue;
            for (std::size_t minute = 0; minute < cron.minutes.size(); ++minute) {
                const auto time = day + std::chrono::hours(static_cast<int>(hour)) +
                                  std::chrono::minutes(static_cast<int>(minute));
                if (cron.minutes.test(minute) && time >= start)
                    return TimePoint(time);
            }
        }
    }
    return std::nullopt;
}

} // namespace elastiroll::sim
