#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/ports/store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace elastiroll::store {

// What every store checks and says in the same words.

/// A line's lease as a store keeps it.
struct LeaseState {
    FencingNumber fence = 0; ///< the newest ever given
    LeaseView view{};        ///< is_held: it was not released

    bool operator==(const LeaseState&) const = default;
};

/// Whether somebody holds the lease at `now`, as far as time tells.
bool is_held_at(const LeaseState& lease, TimePoint now);
/// Grants or renews the lease. `is_held`: somebody holds it at the request's time. Fails with
/// lock_held, without a change.
Result<StoreAnswer> grant(LeaseState& lease, const LeaseOperation& request, bool is_held);
/// Fails with lock_held where `fence` is not the newest.
Result<void> check_fence(const LeaseState& lease, std::string_view line, FencingNumber fence);

/// Where a journal stands.
struct JournalEnd {
    std::string line{};
    std::uint64_t last = 0; ///< the newest record's sequence
};

/// Fails with conflict where the records do not follow the journal without a gap or it is another
/// line's, with invalid_argument where a record or the headline is too large.
Result<void> check_append(const AppendOperation& append, const std::optional<JournalEnd>& journal);
/// Fails with conflict where the journal is another line's.
Result<void> check_line(const DeploymentId& deployment, std::string_view line,
                        const std::optional<JournalEnd>& journal);
/// Fails with invalid_argument where a decision is too large.
Result<void> check_post(const PostOperation& post);
/// Fails with invalid_argument where the limit is out of its range.
Result<void> check_list(const ListOperation& list);

std::string no_deployment(const DeploymentId& deployment);

} // namespace elastiroll::store
