#pragma once

#include "adapters/store/checks.hpp"

#include <elastiroll/ports/store.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll::test {

/// What a store keeps, as a value: a copy of the books goes on by itself, as a world does whose
/// process has died at that moment.
class StoreBooks {
public:
    Result<StoreAnswer> run(const StoreOperation& operation);

    /// The holders of all leases are dead, and the store can tell.
    void holders_died();

    const std::vector<StoredRecord>& records(const DeploymentId& deployment) const;

    bool operator==(const StoreBooks&) const = default;

private:
    struct Journal {
        std::string line{};
        std::string headline{};
        std::vector<StoredRecord> records{};

        bool operator==(const Journal&) const = default;
    };

    std::optional<store::JournalEnd> end_of(const DeploymentId& deployment) const;
    Result<StoreAnswer> answer(const AppendOperation& append);
    Result<StoreAnswer> answer(const LeaseOperation& request);
    Result<StoreAnswer> answer(const ReleaseOperation& release);
    Result<StoreAnswer> answer(const ReadLeaseOperation& read);
    Result<StoreAnswer> answer(const EraseOperation& erase);
    Result<StoreAnswer> answer(const InboxOperation& inbox);
    Result<StoreAnswer> answer(const PostOperation& post);
    Result<StoreAnswer> answer(const ReadOperation& read);
    Result<StoreAnswer> answer(const ListOperation& list);

    std::map<std::string, store::LeaseState> leases_;
    std::map<DeploymentId, Journal> journals_;
    std::map<DeploymentId, std::vector<StoredRecord>> inboxes_;
};

} // namespace elastiroll::test
