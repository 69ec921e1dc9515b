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

std::optional<store::JournalEnd> StoreBooks::end_of(const DeploymentId& deployment) const {
    const auto found = journals_.find(deployment);
    if (found == journals_.end())
        return std::nullopt;
    return store::JournalEnd{found->second.line, found->second.records.size()};
}

Result<StoreAnswer> StoreBooks::answer(const AppendOperation& append) {
    if (auto held = store::check_fence(leases_[append.line], append.line, append.fence); !held)
        return Unexpected(std::move(held).error());
    if (auto fits = store::check_append(append, end_of(append.deployment)); !fits)
        return Unexpected(std::move(fits).error());
    Journal& journal = journals_[append.deployment];
    journal.line = append.line;
    journal.records.insert(journal.records.end(), append.records.begin(), append.records.end());
    if (!append.headline.empty())
        journal.headline = append.headline;
    return StoreAnswer{};
}

Result<StoreAnswer> StoreBooks::answer(const LeaseOperation& request) {
    store::LeaseState& lease = leases_[request.line];
    return store::grant(lease, request, store::is_held_at(lease, request.now));
}

Result<StoreAnswer> StoreBooks::answer(const ReleaseOperation& release) {
    store::LeaseState& lease = leases_[release.line];
    if (lease.fence == release.fence)
        lease.view.is_held = false;
    return StoreAnswer{};
}

Result<StoreAnswer> StoreBooks::answer(const ReadLeaseOperation& read) {
    StoreAnswer answer;
    const store::LeaseState& lease = leases_[read.line];
    answer.lease = lease.view;
    answer.lease.is_held = store::is_held_at(lease, read.now);
    return answer;
}

Result<StoreAnswer> StoreBooks::answer(const EraseOperation& erase) {
    if (auto held = store::check_fence(leases_[erase.line], erase.line, erase.fence); !held)
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
