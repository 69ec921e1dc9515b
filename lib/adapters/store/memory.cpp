#include "adapters/store/checks.hpp"

#include <elastiroll/adapters/store.hpp>

#include <fmt/format.h>

#include <map>
#include <optional>
#include <ranges>
#include <utility>

namespace elastiroll::store {
namespace {

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
    std::optional<JournalEnd> end_of(const DeploymentId& deployment) const {
        const auto found = journals_.find(deployment);
        if (found == journals_.end())
            return std::nullopt;
        return JournalEnd{found->second.line, found->second.records.size()};
    }

    Result<StoreAnswer> run(AppendOperation& append) {
        if (auto held = check_fence(leases_[append.line], append.line, append.fence); !held)
            return Unexpected(std::move(held).error());
        if (auto fits = check_append(append, end_of(append.deployment)); !fits)
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
        LeaseState& lease = leases_[request.line];
        return grant(lease, request, is_held_at(lease, request.now));
    }

    Result<StoreAnswer> run(ReleaseOperation& release) {
        LeaseState& lease = leases_[release.line];
        if (lease.fence == release.fence)
            lease.view.is_held = false;
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ReadLeaseOperation& read) {
        StoreAnswer answer;
        const LeaseState& lease = leases_[read.line];
        answer.lease = lease.view;
        answer.lease.is_held = is_held_at(lease, read.now);
        return answer;
    }

    Result<StoreAnswer> run(EraseOperation& erase) {
        if (auto held = check_fence(leases_[erase.line], erase.line, erase.fence); !held)
            return Unexpected(std::move(held).error());
        if (auto fits = check_line(erase.deployment, erase.line, end_of(erase.deployment)); !fits)
            return Unexpected(std::move(fits).error());
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
        if (auto fits = check_post(post); !fits)
            return Unexpected(std::move(fits).error());
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
        if (auto fits = check_list(list); !fits)
            return Unexpected(std::move(fits).error());
        StoreAnswer answer;
        for (const auto& [deployment, journal] : std::ranges::reverse_view(journals_)) {
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

    std::map<std::string, LeaseState> leases_;
    std::map<DeploymentId, Journal> journals_;
    std::map<DeploymentId, std::vector<StoredRecord>> inboxes_;
    std::vector<StoreCompletion> completions_;
};

} // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

} // namespace elastiroll::store
