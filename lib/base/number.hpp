#pragma once

#include <cstddef>
#include <string_view>

namespace elastiroll {

/// How many bytes at the start of `text` are a JSON number (RFC 8259, 6), taking as many as
/// possible; 0 where there is none.
std::size_t json_number_prefix(std::string_view text) noexcept;

/// Whether all of `text` is one JSON number.
inline bool is_json_number(std::string_view text) noexcept {
    return !text.empty() && json_number_prefix(text) == text.size();
}

} // namespace elastiroll
