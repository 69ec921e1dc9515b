#include <elastiroll/adapters/store.hpp>

#include <fmt/format.h>

#include <map>
#include <utility>

namespace elastiroll::store {
namespace {

struct Lease {
    FencingNumber fence = 0; ///< the newest ever given
    std::string holder;
    TimePoint since{};
    TimePoint until{};
    bool is_held = false;
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
    Result<StoreAnswer> run(AppendOperation& append) {
        const Lease& lease = leases_[append.line];
        if (lease.fence == 0)
            return fail(ErrorCategory::lock_held,
                        fmt::format("nobody has ever held the lease of {}", append.line));
        if (lease.fence != append.fence)
            return fail(ErrorCategory::lock_held,
                        fmt::format("the lease of {} has gone to {}", append.line, lease.holder));
        auto& journal = journals_[append.deployment];
        for (std::size_t i = 0; i < append.records.size(); ++i) {
            if (append.records[i].sequence != journal.size() + i + 1)
                return fail(ErrorCategory::conflict,
                            fmt::format("the journal of {} ends at record {}, not before {}",
                                        append.deployment.text(), journal.size(),
                                        append.records.front().sequence));
            if (append.records[i].bytes.size() > record_bytes_max)
                return fail(ErrorCategory::invalid_argument,
                            fmt::format("a record of {} bytes is larger than {}",
                                        append.records[i].bytes.size(), record_bytes_max));
        }
        for (StoredRecord& record : append.records)
            journal.push_back(std::move(record));
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(LeaseOperation& request) {
        Lease& lease = leases_[request.line];
        const bool is_free = !lease.is_held || lease.until <= request.now;
        const bool is_renewal = request.fence != 0 && request.fence == lease.fence;
        if (!is_free && !is_renewal)
            return fail(ErrorCategory::lock_held,
                        fmt::format("{} is being deployed by {} since {}; wait for it, or look "
                                    "with 'elastiroll status'",
                                    request.line, lease.holder, format_time(lease.since)));
        if (request.fence != 0 && !is_renewal)
            return fail(ErrorCategory::lock_held,
                        fmt::format("the lease of {} has gone to {}", request.line, lease.holder));
        if (!is_renewal) {
            ++lease.fence;
            lease.since = request.now;
            lease.holder = request.holder;
        }
        lease.is_held = true;
        lease.until = request.now + request.duration;
        return StoreAnswer{lease.fence, {}};
    }

    Result<StoreAnswer> run(ReleaseOperation& release) {
        Lease& lease = leases_[release.line];
        if (lease.fence == release.fence)
            lease.is_held = false;
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(InboxOperation& inbox) {
        return StoreAnswer{0, after(inboxes_[inbox.deployment], inbox.after)};
    }

    Result<StoreAnswer> run(PostOperation& post) {
        auto& inbox = inboxes_[post.deployment];
        inbox.push_back({inbox.size() + 1, "decision", std::move(post.bytes)});
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ReadOperation& read) {
        const auto journal = journals_.find(read.deployment);
        if (journal == journals_.end())
            return fail(ErrorCategory::not_found,
                        fmt::format("there is no deployment {}", read.deployment.text()));
        return StoreAnswer{0, after(journal->second, read.after)};
    }

    static std::vector<StoredRecord> after(const std::vector<StoredRecord>& records,
                                           std::uint64_t sequence) {
        if (sequence >= records.size())
            return {};
        return {records.begin() + static_cast<std::ptrdiff_t>(sequence), records.end()};
    }

    std::map<std::string, Lease> leases_;
    std::map<DeploymentId, std::vector<StoredRecord>> journals_;
    std::map<DeploymentId, std::vector<StoredRecord>> inboxes_;
    std::vector<StoreCompletion> completions_;
};

} // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

} // namespace elastiroll::store
