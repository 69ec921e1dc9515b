#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/journal.hpp>

#include <vector>

namespace elastiroll {

/// A journal of the line's unfinished deployment, made from what its groups say about themselves:
/// for want of its own. It ends with the failure that a rollback was asked for, so whoever takes it
/// up, in whatever mode, rolls back.
///
/// `begun` is whose the journal is: a new id, since the deployment's own may have a journal
/// elsewhere; the spec says where the line is and how its groups are marked. The deployment is that
/// of the newest revision with a mark of this line. What it did is not known, only what was before:
/// the previous group had the capacity of the mark. So the journal has that group's holds and its
/// change of capacity as begun and never as done, and the new group as made; the plan's notices say
/// what nothing can tell. Its floor is the spec's, by default the least of the previous group's
/// former target and what both groups have healthy now.
///
/// Pure. Fails with not_found (no group of the line was made by a deployment) or conflict (a
/// journal is there or says that it ended; two groups of the name; no previous group, or it is
/// gone; a newer group that is not ours has capacity; the previous group is at 0/0/0 and the new
/// one serves, so the deployment has ended).
[[nodiscard]] Result<std::vector<JournalRecord>> journal_from_tags(BegunEntry begun,
                                                                   const Snapshot& world);

} // namespace elastiroll
