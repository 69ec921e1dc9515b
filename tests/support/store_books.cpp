#include "store_books.hpp"

#include "adapters/store/checks.hpp"

#include <variant>

namespace elastiroll::test {
namespace {

std::vector<StoredRecord> after(const std::vector<StoredRecord>& records, std::uint64_t sequence) {
    if (sequence >= records.size())
        return {};
    return {records.begin() + static_cast<std::ptrdiff_t>(sequence), records.end()};
}

} // namespace

Result<StoreAnswer> StoreBooks::run(const StoreOperation& operation) {
    return std::visit([this](const auto& one) { return answer(one); }, operation);
}

void StoreBooks::holders_died() {
    for (auto& [line, lease] : leases_)
        lease.view.until = lease.view.since;
}

const std::vector<StoredRecord>& StoreBooks::records(const DeploymentId& deployment) const {
    static const std::vector<StoredRecord> none;
    const auto journal = journals_.find(deployment);
    return journal == journals_.end() ? none : journal->second.records;
}

Result<void> StoreBooks::check_fence(const std::string& line, FencingNumber fence) const {
    const auto lease = leases_.find(line);
    if (lease == leases_.end() || lease->second.fence != fence)
        return fail(
            ErrorCategory::lock_held,
            store::lease_gone(line, lease == leases_.end() ? LeaseView{} : lease->second.view));
    return {};
}

Result<StoreAnswer> StoreBooks::answer(const AppendOperation& append) {
    if (auto held = check_fence(append.line, append.fence); !held)
        return Unexpected(std::move(held).error());
    if (auto fits = store::check_append(append, records(append.deployment).size()); !fits)
        return Unexpected(std::move(fits).error());
    Journal& journal = journals_[append.deployment];
    journal.line = append.line;
    journal.records.insert(journal.records.end(), append.records.begin(), append.records.end());
    if (!append.headline.empty())
        journal.headline = append.headline;
    return StoreAnswer{};
}

Result<StoreAnswer> StoreBooks::answer(const LeaseOperation& request) {
    Lease& lease = leases_[request.line];
    const bool is_held = lease.view.is_held && lease.view.until > request.now;
    const bool is_renewal = request.fence != 0 && request.fence == lease.fence;
    if (request.fence != 0 && !is_renewal)
        return fail(ErrorCategory::lock_held, store::lease_gone(request.line, lease.view));
    if (is_held && !is_renewal && !request.takes_over)
        return fail(ErrorCategory::lock_held, store::lease_taken(request.line, lease.view));
    StoreAnswer answer;
    if (!is_renewal) {
        answer.is_abandoned = lease.view.is_held;
        ++lease.fence;
        lease.view.since = request.now;
        lease.view.holder = request.holder;
        lease.view.deployment = request.deployment;
    }
    lease.view.is_held = true;
    lease.view.until = request.now + request.duration;
    answer.fence = lease.fence;
    return answer;
}

Result<StoreAnswer> StoreBooks::answer(const ReleaseOperation& release) {
    Lease& lease = leases_[release.line];
    if (lease.fence == release.fence)
        lease.view.is_held = false;
    return StoreAnswer{};
}

Result<StoreAnswer> StoreBooks::answer(const ReadLeaseOperation& read) {
    StoreAnswer answer;
    answer.lease = leases_[read.line].view;
    answer.lease.is_held = answer.lease.is_held && answer.lease.until > read.now;
    return answer;
}

Result<StoreAnswer> StoreBooks::answer(const EraseOperation& erase) {
    if (auto held = check_fence(erase.line, erase.fence); !held)
        return Unexpected(std::move(held).error());
    const auto found = journals_.find(erase.deployment);
    for (const std::uint64_t sequence : erase.sequences)
        if (found != journals_.end() && sequence > 0 && sequence <= found->second.records.size())
            found->second.records[sequence - 1].bytes.clear();
    return StoreAnswer{};
}

Result<StoreAnswer> StoreBooks::answer(const InboxOperation& inbox) {
    StoreAnswer answer;
    answer.records = after(inboxes_[inbox.deployment], inbox.after);
    return answer;
}

Result<StoreAnswer> StoreBooks::answer(const PostOperation& post) {
    auto& inbox = inboxes_[post.deployment];
    inbox.push_back({inbox.size() + 1, "decision", post.bytes});
    return StoreAnswer{};
}

Result<StoreAnswer> StoreBooks::answer(const ReadOperation& read) {
    const auto journal = journals_.find(read.deployment);
    if (journal == journals_.end())
        return fail(ErrorCategory::not_found, store::no_deployment(read.deployment));
    StoreAnswer answer;
    answer.records = after(journal->second.records, read.after);
    return answer;
}

Result<StoreAnswer> StoreBooks::answer(const ListOperation& list) {
    StoreAnswer answer;
    for (auto it = journals_.rbegin(); it != journals_.rend(); ++it) {
        const auto& [deployment, journal] = *it;
        if (answer.deployments.size() >= list.limit)
            break;
        if ((list.line.empty() || list.line == journal.line) &&
            (list.before.empty() || deployment < list.before))
            answer.deployments.push_back(
                {deployment, journal.line, journal.records.size(), journal.headline});
    }
    return answer;
}

} // namespace elastiroll::test
