#pragma once

#include <cstddef>
#include <string_view>

namespace elastiroll {

/// How many bytes at the start of `text` are well-formed UTF-8 (RFC 3629), in whole characters.
std::size_t utf8_prefix(std::string_view text) noexcept;

} // namespace elastiroll
