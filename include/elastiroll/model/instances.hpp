#pragma once

#include <elastiroll/base/time.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/identifiers.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// Source: Spot API, `instanceHealthiness.healthStatus`. A word we do not know reads as unknown.
enum class HealthStatus : std::uint8_t { healthy, unhealthy, insufficient_data, unknown };

std::string_view to_string(HealthStatus status) noexcept;

/// One line of Spot's `instanceHealthiness`.
struct InstanceHealth {
    InstanceId id{};
    HealthStatus status = HealthStatus::unknown;

    bool operator==(const InstanceHealth&) const = default;
};

/// One line of Spot's `status`: what exists, healthy or not.
struct InstanceStatus {
    InstanceId id{};                         ///< empty while a spot request waits for its instance
    std::string type{};                      ///< `m5.large`; may be empty
    std::string status{};                    ///< Spot's word (`fulfilled`)
    bool is_draining = false;                ///< on its way out: still there, no longer counted on
    bool is_locked = false;                  ///< locked against scaling down
    std::optional<TimePoint> locked_until{}; ///< end of its lock, where one is known

    bool operator==(const InstanceStatus&) const = default;
};

/// What was seen of one instance, both of Spot's lists joined by its id.
struct InstanceReading {
    InstanceStatus status{};
    HealthStatus health = HealthStatus::unknown;

    bool operator==(const InstanceReading&) const = default;
};

/// What was seen of a group's instances at one moment: those that `status` lists, ordered by id.
struct GroupReading {
    TimePoint at{};
    std::vector<InstanceReading> instances{};

    bool operator==(const GroupReading&) const = default;
};

/// Joins the two lists. Only what `status` lists counts; health of an instance that is not listed
/// is dropped, an instance without health is unknown.
GroupReading join_reading(TimePoint at, const std::vector<InstanceStatus>& status,
                          const std::vector<InstanceHealth>& health);

/// A reading in units of capacity.
struct CapacityReading {
    int healthy = 0;  ///< healthy and not draining
    int active = 0;   ///< not draining, healthy or not
    int present = 0;  ///< everything that exists, draining included
    int heaviest = 1; ///< units of the heaviest active instance; 1 for CapacityUnit::instance
    int pending = 0;  ///< requests that wait for their instance: a smaller target may spare them
    int lightest = 1; ///< units of the lightest active instance; 1 for CapacityUnit::instance
    int grain = 1;    ///< that the units of every active instance are a multiple of

    bool operator==(const CapacityReading&) const = default;
};

/// Counts `reading` in `unit`; a type that `weights` does not list weighs 1. What does not tell its
/// type, as requests that wait do not, may be of the heaviest one, and as healthy counts 1.
CapacityReading count_units(const GroupReading& reading, CapacityUnit unit,
                            const std::map<std::string, int, std::less<>>& weights);

/// A process of a group that is suspended. Names are Spot's and an open set.
struct Suspension {
    std::string process{};
    std::optional<TimePoint>
        expires_at{}; ///< empty: until deleted, or not told (GET does not tell)

    bool operator==(const Suspension&) const = default;
};

/// The processes that change a group's capacity by themselves; a hold suspends both.
/// Source: Spot API, suspension.
inline constexpr std::string_view process_auto_scale = "AUTO_SCALE";
inline constexpr std::string_view process_scheduling = "SCHEDULING";

/// A Spot roll: Spot's own replacement of a group's instances.
struct Roll {
    std::string id{};     ///< `sbgd-781c6212`
    std::string status{}; ///< an open set, case varies

    bool operator==(const Roll&) const = default;
};

/// Whether capacity updates would meet this roll: every status but those known to be ended.
bool is_running(const Roll& roll) noexcept;

/// An entry of a group's log.
struct LogEntry {
    TimePoint at{};
    std::string severity{};
    std::string message{};

    bool operator==(const LogEntry&) const = default;
};

} // namespace elastiroll
