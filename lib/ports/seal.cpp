#include "ports/seal.hpp"

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <utility>

namespace elastiroll {
namespace {

constexpr std::string_view redacted = "[redacted]";

/// Spot's longest known messages list invalid members in some hundred bytes.
constexpr std::size_t text_bytes_max = 2000;

void replace_all(std::string& text, std::string_view secret) {
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + redacted.size()))
        text.replace(at, secret.size(), redacted);
}

bool is_inside_character(std::string_view text, std::size_t at) noexcept {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

/// Takes out the middle: the beginning says what was being done, the end what to do next.
void shorten(std::string& text) {
    if (text.size() <= text_bytes_max)
        return;
    std::size_t begin = text_bytes_max / 4 * 3;
    std::size_t end = text.size() - text_bytes_max / 4;
    while (begin > 0 && is_inside_character(text, begin))
        --begin;
    while (end < text.size() && is_inside_character(text, end))
        ++end;
    text.replace(begin, end - begin, " ... ");
}

} // namespace

std::string seal(std::string text, const Secrets& secrets) {
    for (const auto& secret : secrets)
        replace_all(text, secret);
    const bool is_text = is_utf8(text);
    std::ranges::replace_if(
        text,
        [&](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !is_text);
        },
        ' ');
    shorten(text);
    return text;
}

Error seal(Error error, const Secrets& secrets) {
    const auto sealed = [&](std::string& text) { text = seal(std::move(text), secrets); };
    sealed(error.message);
    for (auto& detail : error.details) {
        sealed(detail.path);
        sealed(detail.message);
        sealed(detail.fix);
    }
    if (error.remote) {
        sealed(error.remote->code);
        sealed(error.remote->message);
        sealed(error.remote->request_id);
    }
    return error;
}

} // namespace elastiroll
