#pragma once

#include <elastiroll/base/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace elastiroll {

using Milliseconds = std::chrono::milliseconds;

/// A moment on the UTC clock, to the millisecond. Always an argument below the runtime layer.
using TimePoint = std::chrono::sys_time<Milliseconds>;

/// RFC 3339 in UTC, as we write it: `2026-11-23T09:00:00Z`, with `.123` only where not zero.
std::string format_time(TimePoint time);

/// Reads RFC 3339 with any offset, and the `+0000` form that Spot writes.
/// Fails with invalid_argument, with the text. Years 1970..9999.
Result<TimePoint> parse_time(std::string_view text);

/// Reads the Date header of an HTTP answer, `Sun, 06 Nov 1994 08:49:37 GMT`; empty where it is not
/// that. Source: RFC 9110, 5.6.7 (only the form that may still be sent).
std::optional<TimePoint> parse_http_date(std::string_view text);

/// For people: `0 s`, `450 ms`, `38 s`, `2 min 5 s`, `1 h 3 min`, `2 d 4 h`. At most two units, the
/// rest is cut off.
std::string format_duration(Milliseconds duration);

/// Reads a whole number with a unit, `500ms`, `30s`, `20m`, `24h`, `7d`.
/// Fails with invalid_argument; a missing unit is a failure, since 30 could mean anything.
Result<Milliseconds> parse_duration(std::string_view text);

/// The inverse of parse_duration(), exact: the largest unit that divides it (`90s`, `2h`).
std::string duration_text(Milliseconds duration);

} // namespace elastiroll
