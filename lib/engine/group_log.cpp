#include "engine/group_log.hpp"

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <array>
#include <ranges>

namespace elastiroll {
namespace {

/// More would bury the message; the newest say what is wrong now.
constexpr std::size_t entries_max = 3;

/// Not among them: capacity and limits (`MaxSpotInstanceCountExceeded`), which pass, and
/// `Invalid IAM Instance Profile`, which IAM's eventual consistency causes for a minute.
constexpr std::array<std::string_view, 9> hopeless_codes{
    "InvalidAMIID.NotFound",           "InvalidAMIID.Malformed",   "InvalidAMIID.Unavailable",
    "InvalidKeyPair.NotFound",         "InvalidSubnetID.NotFound", "InvalidGroup.NotFound",
    "InvalidSecurityGroupID.NotFound", "UnauthorizedOperation",    "OptInRequired"};

} // namespace

std::string log_excerpt(const std::vector<LogEntry>& entries) {
    std::vector<LogEntry> troubles;
    std::ranges::copy_if(entries, std::back_inserter(troubles), [](const LogEntry& entry) {
        return entry.severity == "ERROR" || entry.severity == "WARN" || entry.severity == "WARNING";
    });
    std::ranges::stable_sort(troubles, std::ranges::greater{}, &LogEntry::at);
    std::vector<std::string> texts;
    for (const LogEntry& entry : troubles) {
        if (texts.size() < entries_max && std::ranges::find(texts, entry.message) == texts.end())
            texts.push_back(entry.message);
    }
    return join(texts, "; ");
}

std::string_view hopeless_code(std::string_view excerpt) noexcept {
    const auto found = std::ranges::find_if(hopeless_codes, [&](std::string_view code) {
        return excerpt.find(code) != std::string_view::npos;
    });
    return found == hopeless_codes.end() ? std::string_view() : *found;
}

} // namespace elastiroll
