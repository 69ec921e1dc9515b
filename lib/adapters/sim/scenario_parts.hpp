#pragma once

#include "adapters/sim/reader.hpp"
#include "adapters/sim/scenario.hpp"

namespace elastiroll::sim {

/// Reads `instances`, `faults` and `events` of the object behind `reader`.
ScenarioPart read_part(ObjectReader& reader, TimePoint origin);

/// `"2/4/8"` or an object with minimum, target and maximum.
std::optional<CapacityBounds> read_capacity(ObjectReader& reader, std::string_view key);

/// `{"fulfilled": <span>, "healthy": <span>}`; what is absent stays as in `usual`.
std::optional<LaunchTimes> read_launch(ObjectReader& reader, std::string_view key,
                                       LaunchTimes usual);

/// The names of `processes` that Spot does not know become findings.
void check_processes(ObjectReader& reader, std::string_view key,
                     const std::vector<std::string>& processes);

/// Every process that can be suspended. Source: Spot API, suspension.
inline constexpr std::array<std::string_view, 6> process_names = {
    "AUTO_SCALE",       "AUTO_HEALING", "OUT_OF_STRATEGY", "PREVENTIVE_REPLACEMENT",
    "REVERT_PREFERRED", "SCHEDULING"};

} // namespace elastiroll::sim
