#include "base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace elastiroll {
namespace {

/// Bytes of ASCII from `at` on, eight at a time.
std::size_t skip_ascii(std::string_view text, std::size_t at) noexcept {
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
    std::uint64_t eight = 0;
    while (text.size() - at >= sizeof eight) {
        std::memcpy(&eight, text.data() + at, sizeof eight);
        if ((eight & high_bits) != 0)
            break;
        at += sizeof eight;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80)
        ++at;
    return at;
}

/// The bytes of the character that `text` (not empty, not ASCII) starts with; 0 where it is
/// ill-formed. RFC 3629, 4: the second byte's range depends on the first, which rules out overlong
/// forms, surrogates and what lies beyond U+10FFFF.
std::size_t character_bytes(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    std::size_t size = 0;
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
        size = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
        size = 3;
        if (first == 0xe0)
            second_min = 0xa0;
        if (first == 0xed)
            second_max = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
        size = 4;
        if (first == 0xf0)
            second_min = 0x90;
        if (first == 0xf4)
            second_max = 0x8f;
    }
    if (size == 0 || text.size() < size || byte(1) < second_min || byte(1) > second_max)
        return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    }
    return size;
}

} // namespace

std::size_t utf8_prefix(std::string_view text) noexcept {
    std::size_t at = 0;
    while (true) {
        at = skip_ascii(text, at);
        if (at == text.size())
            return at;
        const std::size_t bytes = character_bytes(text.substr(at));
        if (bytes == 0)
            return at;
        at += bytes;
    }
}

} // namespace elastiroll
