#include "adapters/store/checks.hpp"

#include <elastiroll/adapters/store.hpp>

#include <fmt/format.h>

#include <map>
#include <utility>

namespace elastiroll::store {
namespace {

struct Lease {
    FencingNumber fence = 0; ///< the newest ever given
    LeaseView view;
};

struct Journal {
    std::string line;
    std::string headline;
    std::vector<StoredRecord> records;
};

class MemoryStore final : public Store {
public:
    void submit(StoreBatch batch) override {
        for (StoreRequest& request : batch) {
            auto result =
                std::visit([this](auto& operation) { return run(operation); }, request.operation);
            completions_.push_back({request.ticket, std::move(result)});
        }
    }

    std::vector<StoreCompletion> poll() override { return std::exchange(completions_, {}); }

    bool is_busy() const override { return !completions_.empty(); }

private:
    Result<void> check_fence(const std::string& line, FencingNumber fence) {
        const Lease& lease = leases_[line];
        if (lease.fence == 0)
            return fail(ErrorCategory::lock_held, lease_never_held(line));
        if (lease.fence != fence)
            return fail(ErrorCategory::lock_held, lease_gone(line, lease.view));
        return {};
    }

    Result<StoreAnswer> run(AppendOperation& append) {
        if (auto held = check_fence(append.line, append.fence); !held)
            return Unexpected(std::move(held).error());
        const auto found = journals_.find(append.deployment);
        const std::uint64_t last = found == journals_.end() ? 0 : found->second.records.size();
        if (auto fits = check_append(append, last); !fits)
            return Unexpected(std::move(fits).error());
        Journal& journal = journals_[append.deployment];
        journal.line = append.line;
        for (StoredRecord& record : append.records)
            journal.records.push_back(std::move(record));
        if (!append.headline.empty())
            journal.headline = std::move(append.headline);
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(LeaseOperation& request) {
        Lease& lease = leases_[request.line];
        const bool is_held = lease.view.is_held && lease.view.until > request.now;
        const bool is_renewal = request.fence != 0 && request.fence == lease.fence;
        if (request.fence != 0 && !is_renewal)
            return fail(ErrorCategory::lock_held, lease_gone(request.line, lease.view));
        if (is_held && !is_renewal && !request.takes_over)
            return fail(ErrorCategory::lock_held, lease_taken(request.line, lease.view));
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

    Result<StoreAnswer> run(ReleaseOperation& release) {
        Lease& lease = leases_[release.line];
        if (lease.fence == release.fence)
            lease.view.is_held = false;
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ReadLeaseOperation& read) {
        StoreAnswer answer;
        answer.lease = leases_[read.line].view;
        answer.lease.is_held = answer.lease.is_held && answer.lease.until > read.now;
        return answer;
    }

    Result<StoreAnswer> run(EraseOperation& erase) {
        if (auto held = check_fence(erase.line, erase.fence); !held)
            return Unexpected(std::move(held).error());
        const auto found = journals_.find(erase.deployment);
        if (found == journals_.end())
            return StoreAnswer{};
        for (const std::uint64_t sequence : erase.sequences)
            if (sequence > 0 && sequence <= found->second.records.size())
                found->second.records[sequence - 1].bytes.clear();
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(InboxOperation& inbox) {
        StoreAnswer answer;
        answer.records = after(inboxes_[inbox.deployment], inbox.after);
        return answer;
    }

    Result<StoreAnswer> run(PostOperation& post) {
        auto& inbox = inboxes_[post.deployment];
        inbox.push_back({inbox.size() + 1, "decision", std::move(post.bytes)});
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ReadOperation& read) {
        const auto journal = journals_.find(read.deployment);
        if (journal == journals_.end())
            return fail(ErrorCategory::not_found, no_deployment(read.deployment));
        StoreAnswer answer;
        answer.records = after(journal->second.records, read.after);
        return answer;
    }

    Result<StoreAnswer> run(ListOperation& list) {
        StoreAnswer answer;
        for (auto it = journals_.rbegin(); it != journals_.rend(); ++it) {
            const auto& [deployment, journal] = *it;
            if (answer.deployments.size() >= list.limit)
                break;
            const bool is_asked = (list.line.empty() || list.line == journal.line) &&
                                  (list.before.empty() || deployment < list.before);
            if (is_asked)
                answer.deployments.push_back(
                    {deployment, journal.line, journal.records.size(), journal.headline});
        }
        return answer;
    }

    static std::vector<StoredRecord> after(const std::vector<StoredRecord>& records,
                                           std::uint64_t sequence) {
        if (sequence >= records.size())
            return {};
        return {records.begin() + static_cast<std::ptrdiff_t>(sequence), records.end()};
    }

    std::map<std::string, Lease> leases_;
    std::map<DeploymentId, Journal> journals_;
    std::map<DeploymentId, std::vector<StoredRecord>> inboxes_;
    std::vector<StoreCompletion> completions_;
};

} // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

} // namespace elastiroll::store
