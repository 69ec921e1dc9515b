#include <elastiroll/model/instances.hpp>

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <array>
#include <numeric>

namespace elastiroll {

std::string_view to_string(HealthStatus status) noexcept {
    switch (status) {
    case HealthStatus::healthy: return "HEALTHY";
    case HealthStatus::unhealthy: return "UNHEALTHY";
    case HealthStatus::insufficient_data: return "INSUFFICIENT_DATA";
    case HealthStatus::unknown: return "UNKNOWN";
    }
    return "UNKNOWN";
}

GroupReading join_reading(TimePoint at, const std::vector<InstanceStatus>& status,
                          const std::vector<InstanceHealth>& health) {
    GroupReading reading{at, {}};
    reading.instances.reserve(status.size());
    for (const InstanceStatus& one : status) {
        HealthStatus state = HealthStatus::unknown;
        const auto found = std::ranges::find(health, one.id, &InstanceHealth::id);
        if (found != health.end() && !one.id.empty())
            state = found->status;
        reading.instances.push_back({one, state});
    }
    std::ranges::stable_sort(reading.instances, {},
                             [](const InstanceReading& one) { return one.status.id; });
    return reading;
}

CapacityReading count_units(const GroupReading& reading, CapacityUnit unit,
                            const std::map<std::string, int, std::less<>>& weights) {
    CapacityReading count;
    int most = 1;
    int grain = 0;
    int lightest = 0;
    for (const auto& [type, weight] : weights)
        most = std::max(most, weight);
    for (const InstanceReading& one : reading.instances) {
        const bool is_unknown = one.status.type.empty();
        int units = 1;
        if (unit == CapacityUnit::weight) {
            const auto found = weights.find(one.status.type);
            units = is_unknown ? most : found == weights.end() ? 1 : found->second;
        }
        // A spot request that still waits for its instance is nothing that could be taken away, but
        // something that may be kept in place of an instance.
        if (one.status.id.empty()) {
            count.pending += units;
            continue;
        }
        count.present += units;
        if (one.status.is_draining)
            continue;
        count.active += units;
        count.heaviest = std::max(count.heaviest, units);
        const int least = is_unknown ? 1 : units;
        grain = std::gcd(grain, least);
        lightest = lightest == 0 ? least : std::min(lightest, least);
        if (one.health == HealthStatus::healthy)
            count.healthy += is_unknown ? 1 : units;
    }
    count.grain = std::max(1, grain);
    count.lightest = std::max(1, lightest);
    return count;
}

bool is_running(const Roll& roll) noexcept {
    // Not `failed`: a failed roll blocks capacity updates until somebody stops it.
    constexpr std::array<std::string_view, 4> ended{"finished", "stopped", "completed", "aborted"};
    return std::ranges::find(ended, to_lower(roll.status)) == ended.end();
}

} // namespace elastiroll
