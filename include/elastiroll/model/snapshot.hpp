#pragma once

#include <elastiroll/base/time.hpp>
#include <elastiroll/model/elastigroup.hpp>
#include <elastiroll/model/image.hpp>
#include <elastiroll/model/instances.hpp>
#include <elastiroll/model/load_balancing.hpp>

#include <optional>
#include <vector>

namespace elastiroll {

/// What was observed of one group. What was not asked for is empty, which differs from "none".
struct GroupState {
    Elastigroup group{};
    /// Both instance lists; healthy is what its load balancers find healthy too.
    std::optional<GroupReading> reading{};
    std::optional<std::vector<Suspension>> suspensions{}; ///< suspended processes, by name
    std::optional<std::vector<Roll>> rolls{};

    bool operator==(const GroupState&) const = default;
};

/// What the journals of a line say about the group that serves.
struct LineHistory {
    GroupId serving{}; ///< what the last finished deployment left serving
    std::optional<DeploymentId> unfinished{};
    /// Between a scale-up and its health, oldest first: what waits look around. Not part of what a
    /// journal keeps of a snapshot.
    std::vector<Milliseconds> times_to_healthy{};

    bool operator==(const LineHistory&) const = default;
};

/// What was observed of a line at one moment, as a value.
///
/// Holds the groups whose name is on the line (NameKind other than unrelated) or was asked for by
/// name, and whose region is the line's; ordered by name, then id.
struct Snapshot {
    Line line{};
    TimePoint at{}; ///< when the observation ended
    std::vector<GroupState> groups{};
    std::optional<LineHistory> history{};
    std::optional<Image> image{};  ///< the one to deploy, where AWS was asked
    std::string image_unchecked{}; ///< why AWS did not tell about it; may be empty
    /// Why `reading`s are Spot's word alone though there are load balancers; else empty.
    std::string targets_unchecked{};
    /// Of a blue/green deployment. Not part of what a journal keeps of a snapshot: what a rollback
    /// restores stands in the plan's steps.
    std::optional<TrafficState> traffic{};

    const GroupState* find(const GroupId& id) const noexcept;

    bool operator==(const Snapshot&) const = default;
};

} // namespace elastiroll
