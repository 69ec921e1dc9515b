#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/ports/store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace elastiroll::store {

// What every store checks and says in the same words.

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

std::string lease_never_held(std::string_view line);
/// Somebody else has taken the lease.
std::string lease_gone(std::string_view line, const LeaseView& holder);
/// Somebody else holds the lease: who, since when, how to look, how to take it.
std::string lease_taken(std::string_view line, const LeaseView& holder);
std::string no_deployment(const DeploymentId& deployment);

} // namespace elastiroll::store
