#include <elastiroll/model/naming.hpp>

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

/// Spot documents no bound on names. Our choice: what fits a terminal line and an EC2 tag value
/// (256) with the revision behind it.
constexpr std::size_t prefix_bytes_max = 200;

bool ends_like_revision(std::string_view text) noexcept {
    const auto digits = std::ranges::find_if_not(text.rbegin(), text.rend(), is_digit);
    const auto count = static_cast<std::size_t>(digits - text.rbegin());
    return count > 0 && text.substr(0, text.size() - count).ends_with("__");
}

} // namespace

Result<GroupPrefix> GroupPrefix::make(std::string text) {
    const auto refuse = [&](std::string_view what) {
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("group prefix '{}': {}", text, what));
    };
    if (text.empty())
        return refuse("is empty");
    if (text.size() > prefix_bytes_max)
        return refuse(fmt::format("is longer than {} bytes", prefix_bytes_max));
    if (!is_utf8(text) || std::ranges::any_of(text, [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        }))
        return refuse("holds control characters or is not UTF-8");
    if (text.front() == ' ' || text.back() == ' ')
        return refuse("begins or ends with a space");
    if (ends_like_revision(text))
        return refuse("ends like a revision (__<digits>), so its groups would belong to two lines; "
                      "choose a prefix that ends otherwise");
    GroupPrefix prefix;
    prefix.text_ = std::move(text);
    return prefix;
}

Result<Revision> Revision::make(std::int64_t number) {
    if (number < 1 || number > max)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("revision {} is not in 1..{}", number, max));
    return Revision(static_cast<int>(number));
}

Result<Revision> Revision::next() const {
    if (number_ == max)
        return fail(
            ErrorCategory::conflict,
            fmt::format("revision {} is the last that a name can hold; choose another group "
                        "prefix, or delete the groups with these revisions",
                        number_));
    return Revision(number_ + 1);
}

std::string group_name(const GroupPrefix& prefix, Revision revision) {
    return fmt::format("{}__{}", prefix.text(), revision.number());
}

ParsedName parse_group_name(const GroupPrefix& prefix, std::string_view stage_name,
                            std::string_view name) {
    if (name == prefix.text())
        return {NameKind::production, {}};
    if (name == stage_name)
        return {NameKind::stage, {}};
    if (!name.starts_with(prefix.text()))
        return {};
    std::string_view rest = name.substr(prefix.text().size());
    if (!rest.starts_with("__"))
        return {};
    rest.remove_prefix(2);
    if (rest.empty() || !std::ranges::all_of(rest, is_digit))
        return {};
    const auto number = parse_integer(rest);
    if (rest.front() == '0' || !number || *number > Revision::max)
        return {NameKind::odd, {}};
    return {NameKind::revision, *Revision::make(*number)};
}

std::string to_string(const Line& line) {
    return fmt::format("{}/{}/{}", line.account.text(), line.region.text(), line.prefix.text());
}

std::string stage_name(const GroupPrefix& prefix, NamingPreset preset) {
    switch (preset) {
    case NamingPreset::elastiroll: return prefix.text() + "__STAGE";
    case NamingPreset::harness: return prefix.text() + "__STAGE__Harness";
    }
    return {};
}

std::string normalise_harness(std::string_view text) {
    constexpr std::string_view white = " \t\r\n";
    const auto first = text.find_first_not_of(white);
    if (first == std::string_view::npos)
        return {};
    text = text.substr(first, text.find_last_not_of(white) - first + 1);
    std::string result;
    for (const char c : text) {
        if (std::string_view("-|+*/\\ &$\"'.").find(c) != std::string_view::npos)
            result += "__";
        else
            result += c;
    }
    return result;
}

} // namespace elastiroll
