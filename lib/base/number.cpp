#include "base/number.hpp"

namespace elastiroll {
namespace {

std::size_t skip_digits(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && text[at] >= '0' && text[at] <= '9')
        ++at;
    return at;
}

} // namespace

std::size_t json_number_prefix(std::string_view text) noexcept {
    const auto is_at = [text](std::size_t at, std::string_view choice) {
        return at < text.size() && choice.find(text[at]) != std::string_view::npos;
    };
    const std::size_t first = is_at(0, "-") ? 1 : 0;
    std::size_t end = is_at(first, "0") ? first + 1 : skip_digits(text, first);
    if (end == first)
        return 0;
    if (is_at(end, ".")) {
        const std::size_t fraction = skip_digits(text, end + 1);
        if (fraction == end + 1)
            return end;
        end = fraction;
    }
    if (is_at(end, "eE")) {
        const std::size_t digits = end + (is_at(end + 1, "+-") ? 2 : 1);
        const std::size_t exponent = skip_digits(text, digits);
        if (exponent > digits)
            end = exponent;
    }
    return end;
}

} // namespace elastiroll
