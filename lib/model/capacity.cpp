#include <elastiroll/model/capacity.hpp>

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <cassert>
#include <vector>

namespace elastiroll {

std::string_view to_string(CapacityUnit unit) noexcept {
    switch (unit) {
    case CapacityUnit::instance: return "instance";
    case CapacityUnit::weight: return "weight";
    }
    return "instance";
}

std::optional<CapacityUnit> capacity_unit_from(std::string_view text) noexcept {
    if (text == "instance")
        return CapacityUnit::instance;
    if (text == "weight")
        return CapacityUnit::weight;
    return std::nullopt;
}

Result<Capacity> Capacity::make(CapacityBounds bounds) {
    const auto refuse = [&](std::string_view what) {
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("capacity {}/{}/{} (minimum/target/maximum): {}", bounds.minimum,
                                bounds.target, bounds.maximum, what));
    };
    if (bounds.minimum < 0)
        return refuse("the minimum is below 0");
    if (bounds.target < bounds.minimum)
        return refuse("the target is below the minimum");
    if (bounds.maximum < bounds.target)
        return refuse("the maximum is below the target");
    if (bounds.maximum > capacity_max)
        return refuse(
            fmt::format("the maximum is above {}, the most this tool will ask for", capacity_max));
    Capacity capacity;
    capacity.minimum_ = static_cast<int>(bounds.minimum);
    capacity.target_ = static_cast<int>(bounds.target);
    capacity.maximum_ = static_cast<int>(bounds.maximum);
    return capacity;
}

Capacity Capacity::pinned(int units) {
    assert(units >= 0 && units <= capacity_max);
    Capacity capacity;
    capacity.minimum_ = capacity.target_ = capacity.maximum_ = units;
    return capacity;
}

std::string to_string(const Capacity& capacity) {
    return fmt::format("{}/{}/{}", capacity.minimum(), capacity.target(), capacity.maximum());
}

Result<Capacity> parse_capacity(std::string_view text) {
    const auto first = text.find('/');
    const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
    if (second != std::string_view::npos) {
        const auto minimum = parse_integer(text.substr(0, first));
        const auto target = parse_integer(text.substr(first + 1, second - first - 1));
        const auto maximum = parse_integer(text.substr(second + 1));
        if (minimum && target && maximum)
            return Capacity::make({*minimum, *target, *maximum});
    }
    return fail(
        ErrorCategory::invalid_argument,
        fmt::format("'{}' is no capacity: write minimum/target/maximum, as in 2/4/8", text));
}

} // namespace elastiroll
