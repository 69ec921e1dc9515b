#pragma once

#include <elastiroll/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace elastiroll {

/// What a group's capacity counts. Read-only once a group exists.
/// Source: Spot API, Elastigroup `capacity.unit`.
enum class CapacityUnit : std::uint8_t { instance, weight };

std::string_view to_string(CapacityUnit unit) noexcept;
std::optional<CapacityUnit> capacity_unit_from(std::string_view text) noexcept;

/// The three numbers of a capacity before they are checked.
struct CapacityBounds {
    std::int64_t minimum = 0;
    std::int64_t target = 0;
    std::int64_t maximum = 0;

    bool operator==(const CapacityBounds&) const = default;
};

/// The most units a group may be asked for. Our choice: ten times the largest fleet we have heard
/// of; a larger number is a slip of the keyboard that would cost a fortune.
inline constexpr std::int64_t capacity_max = 100'000;

/// How many units a group may hold and how many it wants now. A unit is an instance or a weight.
///
/// Always 0 <= minimum <= target <= maximum <= capacity_max, so code that holds one has nothing
/// left to check. Source: Spot API, Elastigroup `capacity`.
class Capacity {
public:
    /// 0/0/0.
    Capacity() = default;

    /// Fails with invalid_argument, naming the bound that does not hold.
    static Result<Capacity> make(CapacityBounds bounds);
    /// `units`/`units`/`units`: minimum, target and maximum pinned to one number, which must be in
    /// 0..capacity_max (asserted: callers compute it from a Capacity).
    static Capacity pinned(int units);

    int minimum() const noexcept { return minimum_; }
    int target() const noexcept { return target_; }
    int maximum() const noexcept { return maximum_; }
    bool is_zero() const noexcept { return maximum_ == 0; }
    bool is_pinned() const noexcept { return minimum_ == maximum_; }

    bool operator==(const Capacity&) const = default;

private:
    int minimum_ = 0;
    int target_ = 0;
    int maximum_ = 0;
};

/// `2/4/8`: minimum, target, maximum.
std::string to_string(const Capacity& capacity);
/// The inverse; fails with invalid_argument.
Result<Capacity> parse_capacity(std::string_view text);

} // namespace elastiroll
