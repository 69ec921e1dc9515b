#pragma once

#include "cli/style.hpp"

namespace elastiroll::cli {

/// What a group's bar shows, in units of capacity.
struct BarUnits {
    int target = 0;
    int healthy = 0;
    int present = 0;
};
struct BarSize {
    int scale = 1;   ///< units that the whole bar stands for, >= 1
    int columns = 1; ///< >= 1
};

/// Healthy units, then those that are still to come, then those on their way out, then nothing.
/// Parts round to whole columns; a part that is not 0 units takes at least one while there is room.
TextLine bar_line(const BarUnits& units, const BarSize& size, bool is_failing, const Style& style);

} // namespace elastiroll::cli
