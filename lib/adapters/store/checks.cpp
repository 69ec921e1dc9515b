#include "adapters/store/checks.hpp"

#include <fmt/format.h>

namespace elastiroll::store {

Result<void> check_append(const AppendOperation& append, std::uint64_t last) {
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

std::string lease_never_held(std::string_view line) {
    return fmt::format("nobody has ever held the lease of {}", line);
}

std::string lease_gone(std::string_view line, const LeaseView& holder) {
    return fmt::format("the lease of {} has gone to {} (deployment {}) at {}; this run writes and "
                       "calls no more",
                       line, holder.holder, holder.deployment.text(), format_time(holder.since));
}

std::string lease_taken(std::string_view line, const LeaseView& holder) {
    return fmt::format("{0} is being deployed by {1} since {2} (deployment {3}); wait for it, look "
                       "with 'elastiroll status {3}', or, if that run is dead, go on with "
                       "'elastiroll resume {3} --take-over'",
                       line, holder.holder, format_time(holder.since), holder.deployment.text());
}

std::string no_deployment(const DeploymentId& deployment) {
    return fmt::format("there is no deployment {}; 'elastiroll history' lists those that are known",
                       deployment.text());
}

} // namespace elastiroll::store
