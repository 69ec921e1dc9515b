#include <elastiroll/base/text.hpp>

#include <array>
#include <cstddef>

namespace elastiroll {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

std::uint32_t byte_at(std::string_view bytes, std::size_t index) noexcept {
    return static_cast<unsigned char>(bytes[index]);
}

char digit_of(std::uint32_t group, unsigned shift) noexcept {
    return alphabet[(group >> shift) & 0x3fu];
}

} // namespace

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::size_t at = 0;
    for (; bytes.size() - at >= 3; at += 3) {
        const std::uint32_t group =
            byte_at(bytes, at) << 16 | byte_at(bytes, at + 1) << 8 | byte_at(bytes, at + 2);
        for (const unsigned shift : {18u, 12u, 6u, 0u})
            text += digit_of(group, shift);
    }
    const std::size_t rest = bytes.size() - at;
    if (rest > 0) {
        const std::uint32_t second = rest == 2 ? byte_at(bytes, at + 1) : 0;
        const std::uint32_t group = byte_at(bytes, at) << 16 | second << 8;
        text += digit_of(group, 18);
        text += digit_of(group, 12);
        text += rest == 2 ? digit_of(group, 6) : '=';
        text += '=';
    }
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char digit : text.substr(0, text.size() - padding)) {
        const std::uint8_t value = digit_values[static_cast<unsigned char>(digit)];
        if (value == no_digit)
            return std::nullopt;
        pending = (pending << 6 | value) & 0xffffu;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(static_cast<unsigned char>(pending >> bits & 0xffu));
        }
    }
    // Bits that no byte takes must be zero (RFC 4648, 3.5), so that one text stands for one value.
    if ((pending & ((1u << bits) - 1)) != 0)
        return std::nullopt;
    return bytes;
}

} // namespace elastiroll
