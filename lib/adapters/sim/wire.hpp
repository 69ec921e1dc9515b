#pragma once

#include <elastiroll/base/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace elastiroll::sim {

// How values look in the bodies that the cloud writes. By hand rather than with fmt: most of the
// cloud's time goes into these few functions.

/// Appends `text` as a JSON string.
void append_json(std::string& out, std::string_view text);

/// Appends `value` in decimal.
void append_number(std::string& out, std::int64_t value);

/// Appends the lowest `digits` hexadecimal digits of `value`.
void append_hex(std::string& out, std::uint64_t value, int digits);

/// `2016-12-09T09:44:58.172Z`. Spot's OpenAPI shows `+0000` in places, which its own Go SDK, that
/// others' tools are made with, cannot read.
std::string zulu_time(TimePoint time);

} // namespace elastiroll::sim
