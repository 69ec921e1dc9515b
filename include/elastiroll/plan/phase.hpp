#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <vector>

namespace elastiroll {

/// One deploy phase in units of capacity.
struct Phase {
    int new_size = 0;      ///< the new group's target after the phase
    int old_size = 0;      ///< the previous group's target after the phase
    bool is_final = false; ///< the new group has all it was asked for, the previous one is parked
    Milliseconds bake{0};
    bool needs_approval = false;

    bool operator==(const Phase&) const = default;
};

/// The targets that phases are resolved against.
struct PhaseTargets {
    int requested = 0; ///< T: what the new group gets in the end
    int previous = 0;  ///< O: the previous group's target at setup; 0 without one

    bool operator==(const PhaseTargets&) const = default;
};

/// The new group's size for a share of `requested`: percent rounds half up, at least 1, at most
/// `requested`; a count is capped at `requested`.
/// Source: the reference system's arithmetic, with its cases of 101 % and 0 % refused beforehand.
int phase_size(const Share& size, int requested) noexcept;

/// The previous group's size that matches `new_size`: in inverse proportion, rounded up.
int matching_old_size(int new_size, const PhaseTargets& targets) noexcept;

/// Resolves all phases. Fails with invalid_argument where they do not rise, where the last does not
/// reach `requested`, or where an explicit down-size is above the size before it.
Result<std::vector<Phase>> resolve_phases(const std::vector<PhaseSpec>& phases,
                                          const PhaseTargets& targets);

} // namespace elastiroll
