#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <string>
#include <vector>

namespace elastiroll {

/// The groups of a line, each in its role. Pointers lead into the Snapshot.
struct LineRoles {
    const GroupState* previous = nullptr; ///< the group that serves now; null: none does
    std::vector<const GroupState*> busy;  ///< older groups with capacity, by revision
    std::vector<const GroupState*> empty; ///< older groups at 0/0/0, by revision
    Revision next;                        ///< of the group to create
    std::vector<std::string> notices;
};

/// Decides which group is previous, from what the user said, else from the journal, else from
/// capacity and marks. Fails with conflict where the evidence is not clear.
Result<LineRoles> assign_roles(const DeploymentSpec& spec, const Snapshot& world);

/// Refuses a line whose last deployment, by its journals, has not ended.
Result<void> refuse_unfinished(const Snapshot& world);

/// Two groups of one name make every word about "the group called so" meaningless.
Result<void> refuse_duplicate_names(const Snapshot& world);

/// `reading` of a group in units; zeros where none was made.
CapacityReading units_of(const GroupState& state);

/// How a group is called in messages: `shop__web__7 (sig-1)`.
std::string named(const Elastigroup& group);

} // namespace elastiroll
