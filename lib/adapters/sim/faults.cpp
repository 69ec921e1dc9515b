#include "adapters/sim/faults.hpp"

#include <array>
#include <utility>

namespace elastiroll::sim {
namespace {

bool is_about(const Fault& fault, CallKind call, std::string_view name, std::string_view id,
              TimePoint now) {
    if (fault.call && *fault.call != call)
        return false;
    if ((fault.from && now < *fault.from) || (fault.until && now >= *fault.until))
        return false;
    return matches(fault.group, name) || matches(fault.group, id);
}

} // namespace

void FaultBook::add(std::vector<Fault> faults) {
    for (Fault& fault : faults)
        entries_.push_back({.fault = std::make_shared<const Fault>(std::move(fault))});
}

FaultBook::Hit FaultBook::match(CallKind call, std::string_view name, std::string_view id,
                                TimePoint now) {
    Hit hit;
    for (Entry& entry : entries_) {
        const Fault& fault = *entry.fault;
        if (!is_about(fault, call, name, id, now))
            continue;
        ++entry.seen;
        const bool is_hit =
            entry.seen >= fault.nth && (!fault.count || entry.seen - fault.nth < *fault.count);
        if (!is_hit)
            continue;
        if (const auto* delay = std::get_if<Delay>(&fault.effect))
            hit.delay += delay->by;
        else if (!hit.fault)
            hit.fault = entry.fault;
    }
    return hit;
}

std::string_view effect_name(const FaultEffect& effect) noexcept {
    // In the order of the variant.
    constexpr std::array<std::string_view, std::variant_size_v<FaultEffect>> names = {
        "lose", "lose", "refuse", "late", "delay", "throttle", "answer", "revoke_token"};
    return names[effect.index()];
}

} // namespace elastiroll::sim
