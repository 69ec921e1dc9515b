#include "plan/decisions.hpp"

#include "plan/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

/// What the reference system gives a group about whose size nothing is known.
constexpr CapacityBounds default_capacity{1, 2, 4};

Result<CapacityUnit> unit_of_template(const DeploymentSpec& spec) {
    const Document* unit = spec.group_template.find_path({"capacity", "unit"});
    if (!unit || unit->is_null())
        return CapacityUnit::instance;
    const auto known = capacity_unit_from(unit->as_string().value_or(""));
    if (!known)
        return fail(ErrorCategory::invalid_argument,
                    "$.group.capacity.unit is neither \"instance\" nor \"weight\"");
    return *known;
}

} // namespace

Result<Capacity> requested_capacity(const DeploymentSpec& spec, const GroupState* previous,
                                    std::vector<std::string>& notices) {
    if (const auto* fixed = std::get_if<Capacity>(&spec.instances))
        return *fixed;
    if (previous && !previous->group.capacity.is_zero())
        return previous->group.capacity;
    notices.emplace_back("no group of this line runs, so there is no size to copy; the new "
                         "group gets 1/2/4 (minimum/target/maximum)");
    return Capacity::make(default_capacity);
}

Result<CapacityUnit> unit_of(const DeploymentSpec& spec, const GroupState* previous) {
    auto unit = unit_of_template(spec);
    if (unit && previous && previous->group.unit != *unit)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("the Elastigroup configuration counts in units of {}, but {} "
                                "counts in {}: their capacities cannot be compared",
                                to_string(*unit), named(previous->group),
                                to_string(previous->group.unit)));
    return unit;
}

Result<void> check_rolls(const std::vector<const GroupState*>& groups) {
    for (const GroupState* state : groups) {
        for (const Roll& roll : state->rolls.value_or(std::vector<Roll>())) {
            if (is_running(roll))
                return fail(ErrorCategory::conflict,
                            fmt::format("roll {} of {} is {}; while it runs, Spot takes no change "
                                        "of capacity; wait for it or stop it, then deploy again",
                                        roll.id, named(state->group), roll.status));
        }
    }
    return {};
}

Result<void> check_load_balancers_of(const std::vector<LoadBalancerEntry>& entries,
                                     const std::string& what, const Snapshot& world) {
    for (const LoadBalancerEntry& entry : entries) {
        if (entry.type != "TARGET_GROUP" && entry.type != "CLASSIC")
            return fail(ErrorCategory::conflict,
                        fmt::format("{} is attached to {} of type {}, of which nobody tells "
                                    "whether it finds the instances healthy; take it away",
                                    what, entry.name, entry.type));
    }
    if (entries.empty() || world.targets_unchecked.empty())
        return {};
    return fail(ErrorCategory::unauthenticated,
                fmt::format("{} is attached to load balancers, and whether they find the instances "
                            "healthy cannot be seen: {}",
                            what, world.targets_unchecked));
}

std::vector<std::string> processes_to_hold(const GroupState* state) {
    std::vector<std::string> processes;
    for (const std::string_view process : {process_auto_scale, process_scheduling}) {
        const bool is_foreign =
            state && state->suspensions &&
            std::ranges::find(*state->suspensions, process, &Suspension::process) !=
                state->suspensions->end();
        if (!is_foreign)
            processes.emplace_back(process);
    }
    return processes;
}

PlannedGroup planned(const GroupState& state) {
    return {state.group.id, state.group.name, state.group.capacity, units_of(state).healthy};
}

bool is_already_so(const DeploymentSpec& spec, const GroupState* previous, const Capacity& wanted,
                   const std::string& digest) {
    if (spec.force || !previous)
        return false;
    const auto mark = ownership_of(previous->group.document, spec.ownership);
    const Capacity& has = previous->group.capacity;
    return mark && mark->digest == digest && has.minimum() == wanted.minimum() &&
           has.maximum() == wanted.maximum() && units_of(*previous).healthy >= has.target();
}

Result<void> check_image(const DeploymentSpec& spec, const Snapshot& world) {
    if (spec.image.empty())
        return fail(
            ErrorCategory::invalid_argument,
            "no image was found yet: what chooses it by filter or parameter has to ask AWS");
    if (!world.image || world.image->state == "available")
        return {};
    return fail(
        ErrorCategory::conflict,
        fmt::format("image {} is {}, not available; wait until it is, or deploy another one",
                    world.image->id.text(), world.image->state));
}

void set_image(DeploymentPlan& plan, const DeploymentSpec& spec, const Snapshot& world) {
    plan.image = spec.image;
    if (!world.image)
        return;
    plan.image_name = world.image->name;
    plan.image_created_at = world.image->created_at;
}

void note_unchecked_image(DeploymentPlan& plan, const Snapshot& world) {
    if (!world.image_unchecked.empty())
        plan.notices.push_back(
            fmt::format("the image was not looked at: {}", world.image_unchecked));
}

} // namespace elastiroll
