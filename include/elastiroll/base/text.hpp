#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// RFC 4648 with padding.
std::string encode_base64(std::string_view bytes);

/// The bytes, or empty where `text` is not RFC 4648 with padding (white space is not skipped).
std::optional<std::string> decode_base64(std::string_view text);

/// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits. Ours, so that the pure core needs no
/// OpenSSL for a digest; nothing secret depends on it.
std::string sha256_hex(std::string_view bytes);

/// The candidate nearest to `word` by edit distance (case ignored), where it is near enough to be a
/// slip of the keyboard: at most a third of the longer word's length, at least 1. Else empty.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates);

/// Whether `c` is an ASCII digit: no locale.
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The whole of `text` as a decimal integer. Empty on a sign other than '-', a space, an overflow.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// `text` in lower case, ASCII only: no locale.
std::string to_lower(std::string_view text);

/// `1 instance`, `2 instances`.
std::string count_of(std::int64_t count, std::string_view singular);

/// The parts joined with `separator`.
std::string join(std::span<const std::string> parts, std::string_view separator);

/// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text) noexcept;

} // namespace elastiroll
