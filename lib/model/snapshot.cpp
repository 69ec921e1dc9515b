#include <elastiroll/model/snapshot.hpp>

#include <algorithm>

namespace elastiroll {

const GroupState* Snapshot::find(const GroupId& id) const noexcept {
    const auto found =
        std::ranges::find_if(groups, [&](const GroupState& one) { return one.group.id == id; });
    return found == groups.end() ? nullptr : &*found;
}

} // namespace elastiroll
