#include "spec/spec_document.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

namespace elastiroll {
namespace {

using std::string_view_literals::operator""sv;

/// The keys under which a share stands.
struct ShareKeys {
    std::string_view percent;
    std::string_view count;
    int percent_minimum;
};
constexpr ShareKeys new_keys{"percent", "count", 1};
constexpr ShareKeys old_keys{"old_percent", "old_count", 0};

/// A phase and whether what it says could be read: what is wrong is not compared with others.
struct ReadPhase {
    PhaseSpec phase{};
    std::optional<Share> size{};
    std::string path{};
};

std::optional<Share> read_share(const ObjectReader& reader, const ShareKeys& keys) {
    const bool has_percent = reader.member(keys.percent) != nullptr;
    if (has_percent && reader.member(keys.count) != nullptr) {
        reader.findings().add(reader.path(),
                              fmt::format("has both \"{}\" and \"{}\"", keys.percent, keys.count),
                              "give one of them");
        return std::nullopt;
    }
    if (has_percent) {
        const auto value =
            reader.integer(keys.percent, {.minimum = keys.percent_minimum, .maximum = 100});
        if (value == 0) // a Percent is at least 1
            return Count{0};
        return value ? std::optional<Share>(Percent{static_cast<int>(*value)}) : std::nullopt;
    }
    const auto value = reader.integer(keys.count, {.minimum = 0, .maximum = capacity_max});
    return value ? std::optional<Share>(Count{static_cast<int>(*value)}) : std::nullopt;
}

ReadPhase read_phase(const Document& value, const std::string& path, Findings& findings) {
    static constexpr std::array known{"percent"sv,   "count"sv, "old_percent"sv,
                                      "old_count"sv, "bake"sv,  "approval"sv};
    const ObjectReader reader(value, path, known, findings);
    ReadPhase result{.path = path};
    if (reader.is_object() && reader.member("percent") == nullptr &&
        reader.member("count") == nullptr)
        findings.add(path, "says no size for the new group", R"(add "percent" or "count")");
    result.size = read_share(reader, new_keys);
    result.phase.size = result.size.value_or(Percent{100});
    result.phase.old_size = read_share(reader, old_keys);
    constexpr Milliseconds none{0};
    result.phase.bake = reader.duration("bake", {none, bake_max}).value_or(none);
    result.phase.needs_approval = reader.boolean("approval").value_or(false);
    return result;
}

/// The number of a share of kind T.
template <class T> std::optional<int> number_of(const std::optional<Share>& share) {
    const T* value = share ? std::get_if<T>(&*share) : nullptr;
    return value == nullptr ? std::nullopt : std::optional(value->value);
}

/// Percents are compared with percents and counts with counts: what a percent is in units is known
/// only to the planner.
template <class T>
void check_order(std::span<const ReadPhase> phases, std::string_view key, std::string_view old_key,
                 Findings& findings) {
    std::optional<int> last;
    std::optional<int> last_old;
    for (const ReadPhase& read : phases) {
        const auto size = number_of<T>(read.size);
        if (size && last && *size <= *last)
            findings.add(member_path(read.path, key),
                         fmt::format("{} does not rise: an earlier phase has {}", *size, *last),
                         "each phase is larger than the one before");
        const auto old_size = number_of<T>(read.phase.old_size);
        if (old_size && last_old && *old_size > *last_old)
            findings.add(member_path(read.path, old_key),
                         fmt::format("{} is more than the {} of an earlier phase: the previous "
                                     "group only shrinks",
                                     *old_size, *last_old));
        last = size ? size : last;
        last_old = old_size ? old_size : last_old;
    }
}

void check_end(std::span<const ReadPhase> phases, Findings& findings) {
    for (const ReadPhase& read : phases.first(phases.size() - 1))
        if (number_of<Percent>(read.size) == 100)
            findings.add(member_path(read.path, "percent"), "only the last phase is 100 percent");
    const ReadPhase& last = phases.back();
    const auto percent = number_of<Percent>(last.size);
    if (percent && *percent != 100)
        findings.add(member_path(last.path, "percent"),
                     fmt::format("the last phase is {} percent, so that the new group would never "
                                 "be whole",
                                 *percent),
                     "write 100, or add a phase with 100");
    if (last.phase.old_size && number_of<Count>(last.phase.old_size) != 0)
        findings.add(last.path,
                     "the last phase takes the previous group to 0, whatever it says should stay",
                     "leave out \"old_percent\" and \"old_count\" there");
}

void check_basic(std::span<const ReadPhase> phases, const std::string& path, Findings& findings) {
    if (phases.size() != 1 || (phases[0].size && phases[0].size != Share{Percent{100}}))
        findings.add(path, "the strategy \"basic\" has one phase of 100 percent",
                     "leave \"phases\" out, or choose the strategy \"canary\"");
}

} // namespace

std::vector<PhaseSpec> read_phases(const ObjectReader& reader, std::optional<Strategy> strategy) {
    const std::string path = reader.path_of("phases");
    std::vector<PhaseSpec> whole(1);
    if (reader.member("phases") == nullptr) {
        if (strategy == Strategy::canary)
            reader.require("phases", R"(for example [{"percent": 25}, {"percent": 100}])");
        return whole;
    }
    const Document::Array* items = reader.list("phases", phases_max);
    if (items == nullptr)
        return whole;
    std::vector<ReadPhase> phases;
    phases.reserve(items->size());
    for (std::size_t i = 0; i < items->size(); ++i)
        phases.push_back(read_phase((*items)[i], item_path(path, i), reader.findings()));
    if (strategy == Strategy::blue_green) {
        reader.findings().add(path, "the strategy \"blue_green\" has no phases of capacity",
                              "leave \"phases\" out; \"weights\" are phases of traffic");
    } else if (strategy == Strategy::basic) {
        check_basic(phases, path, reader.findings());
    } else if (!strategy) {
        // what the phases must be like is not known
    } else if (phases.empty()) {
        reader.findings().add(path, "has no phases",
                              R"(for example [{"percent": 25}, {"percent": 100}])");
    } else {
        check_order<Percent>(phases, new_keys.percent, old_keys.percent, reader.findings());
        check_order<Count>(phases, new_keys.count, old_keys.count, reader.findings());
        check_end(phases, reader.findings());
    }
    std::vector<PhaseSpec> result;
    result.reserve(phases.size());
    for (const ReadPhase& phase : phases)
        result.push_back(phase.phase);
    return result;
}

} // namespace elastiroll
