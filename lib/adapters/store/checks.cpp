#include "adapters/store/checks.hpp"

#include <fmt/format.h>

namespace elastiroll::store {
namespace {

std::string lease_never_held(std::string_view line) {
    return fmt::format("nobody has ever held the lease of {}", line);
}

/// Somebody else has taken the lease.
std::string lease_gone(std::string_view line, const LeaseView& holder) {
    return fmt::format("the lease of {} has gone to {} (deployment {}) at {}; this run writes and "
                       "calls no more",
                       line, holder.holder, holder.deployment.text(), format_time(holder.since));
}

/// Somebody else holds the lease: who, since when, how to look, how to take it.
std::string lease_taken(std::string_view line, const LeaseView& holder) {
    return fmt::format("{0} is being deployed by {1} since {2} (deployment {3}); wait for it, look "
                       "with 'elastiroll status {3}', or, if that run is dead, go on with "
                       "'elastiroll resume {3} --take-over'",
                       line, holder.holder, format_time(holder.since), holder.deployment.text());
}

} // namespace

bool is_held_at(const LeaseState& lease, TimePoint now) {
    return lease.view.is_held && lease.view.until > now;
}

Result<StoreAnswer> grant(LeaseState& lease, const LeaseOperation& request, bool is_held) {
    const bool is_renewal = request.fence != 0;
    if (is_renewal && request.fence != lease.fence)
        return fail(ErrorCategory::lock_held, lease_gone(request.line, lease.view));
    if (!is_renewal && is_held && !request.takes_over)
        return fail(ErrorCategory::lock_held, lease_taken(request.line, lease.view));
    StoreAnswer answer;
    if (!is_renewal) {
        answer.is_abandoned = lease.view.is_held;
        ++lease.fence;
        lease.view = {true, request.holder, request.deployment, request.now, {}};
    }
    lease.view.is_held = true;
    lease.view.until = request.now + request.duration;
    answer.fence = lease.fence;
    return answer;
}

Result<void> check_fence(const LeaseState& lease, std::string_view line, FencingNumber fence) {
    if (lease.fence == 0)
        return fail(ErrorCategory::lock_held, lease_never_held(line));
    if (lease.fence != fence)
        return fail(ErrorCategory::lock_held, lease_gone(line, lease.view));
    return {};
}

Result<void> check_line(const DeploymentId& deployment, std::string_view line,
                        const std::optional<JournalEnd>& journal) {
    if (!journal || journal->line == line)
        return {};
    return fail(ErrorCategory::conflict,
                fmt::format("deployment {} belongs to {}, not to {}; nothing was written",
                            deployment.text(), journal->line, line));
}

Result<void> check_post(const PostOperation& post) {
    if (post.bytes.size() <= record_bytes_max)
        return {};
    return fail(ErrorCategory::invalid_argument,
                fmt::format("a decision of {} bytes is larger than {}", post.bytes.size(),
                            record_bytes_max));
}

Result<void> check_list(const ListOperation& list) {
    if (list.limit >= 1 && list.limit <= list_limit_max)
        return {};
    return fail(ErrorCategory::invalid_argument,
                fmt::format("a list of {} deployments was asked for; ask for 1 to {}", list.limit,
                            list_limit_max));
}

Result<void> check_append(const AppendOperation& append, const std::optional<JournalEnd>& journal) {
    if (auto fits = check_line(append.deployment, append.line, journal); !fits)
        return fits;
    std::uint64_t last = journal ? journal->last : 0;
    for (const StoredRecord& record : append.records) {
        if (record.sequence != ++last)
            return fail(ErrorCategory::conflict,
                        fmt::format("the journal of {} goes on with record {}, not with {}; "
                                    "somebody else has written to it",
                                    append.deployment.text(), last, record.sequence));
        if (record.bytes.size() > record_bytes_max)
            return fail(ErrorCategory::invalid_argument,
                        fmt::format("a record of {} bytes is larger than {}", record.bytes.size(),
                                    record_bytes_max));
    }
    if (append.headline.size() > headline_bytes_max)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("a headline of {} bytes is larger than {}", append.headline.size(),
                                headline_bytes_max));
    return {};
}

std::string no_deployment(const DeploymentId& deployment) {
    return fmt::format("there is no deployment {}; 'elastiroll history' lists those that are known",
                       deployment.text());
}

} // namespace elastiroll::store
