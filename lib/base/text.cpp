#include <elastiroll/base/text.hpp>

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <numeric>
#include <system_error>

namespace elastiroll {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Insertions, deletions, replacements and swaps of neighbours, each counted as one: what fingers
/// do wrong.
std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before_last(to.size() + 1);
    std::vector<std::size_t> last(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[to.size()];
}

std::string plural_of(std::string_view singular) {
    constexpr std::string_view vowels = "aeiou";
    const auto ends_in = [singular](std::string_view end) { return singular.ends_with(end); };
    if (singular.size() >= 2 && ends_in("y") &&
        vowels.find(singular[singular.size() - 2]) == std::string_view::npos)
        return fmt::format("{}ies", singular.substr(0, singular.size() - 1));
    if (ends_in("s") || ends_in("x") || ends_in("ch") || ends_in("sh"))
        return fmt::format("{}es", singular);
    return fmt::format("{}s", singular);
}

} // namespace

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates) {
    const std::string wanted = to_lower(word);
    std::optional<std::string_view> nearest;
    std::size_t nearest_distance = 0;
    for (const std::string_view candidate : candidates) {
        const auto [shorter, longer] = std::minmax({candidate.size(), word.size()});
        const std::size_t limit = std::max<std::size_t>(1, longer / 3);
        if (shorter == 0 || longer - shorter > limit)
            continue;
        const std::size_t distance = edit_distance(wanted, to_lower(candidate));
        // What shares no letter is no slip, however short it is.
        const bool is_near = distance <= limit && distance < longer;
        if (is_near && (!nearest || distance < nearest_distance)) {
            nearest = candidate;
            nearest_distance = distance;
        }
    }
    return nearest;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end)
        return std::nullopt;
    return value;
}

std::string to_lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string count_of(std::int64_t count, std::string_view singular) {
    return count == 1 ? fmt::format("1 {}", singular)
                      : fmt::format("{} {}", count, plural_of(singular));
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
    std::string joined;
    for (const std::string& part : parts) {
        if (&part != parts.data())
            joined += separator;
        joined += part;
    }
    return joined;
}

bool is_utf8(std::string_view text) noexcept { return utf8_prefix(text) == text.size(); }

} // namespace elastiroll
