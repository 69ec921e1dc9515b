#pragma once

#include <elastiroll/base/time.hpp>

#include <bitset>
#include <optional>
#include <string_view>

namespace elastiroll::sim {

/// A Unix cron expression in UTC: minute, hour, day of month, month, day of week. Each field takes
/// `*`, numbers, ranges, lists and steps; months and weekdays also their English names.
/// Source: crontab(5). As there, a day matches where both day fields do, or either of them where
/// both are restricted.
struct Cron {
    std::bitset<60> minutes{};
    std::bitset<24> hours{};
    std::bitset<32> days{};    ///< 1..31
    std::bitset<13> months{};  ///< 1..12
    std::bitset<7> weekdays{}; ///< 0: Sunday
    bool is_any_day = false;
    bool is_any_weekday = false;

    bool operator==(const Cron&) const = default;
};

/// Empty where `text` is no cron expression.
std::optional<Cron> parse_cron(std::string_view text);

/// The first minute after `after` that `cron` names; empty where there is none within eight years
/// (29 February comes at least that often).
std::optional<TimePoint> next_time(const Cron& cron, TimePoint after);

} // namespace elastiroll::sim
