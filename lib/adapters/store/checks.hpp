#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/ports/store.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace elastiroll::store {

// What every store checks and says in the same words.

/// Fails with conflict where the records do not follow `last` without a gap, with invalid_argument
/// where one or the headline is too large.
Result<void> check_append(const AppendOperation& append, std::uint64_t last);

std::string lease_never_held(std::string_view line);
/// Somebody else has taken the lease.
std::string lease_gone(std::string_view line, const LeaseView& holder);
/// Somebody else holds the lease: who, since when, how to look, how to take it.
std::string lease_taken(std::string_view line, const LeaseView& holder);
std::string no_deployment(const DeploymentId& deployment);

} // namespace elastiroll::store
