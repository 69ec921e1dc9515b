#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/identifiers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace elastiroll {

/// Chosen by who submits; unique among those in flight on one store.
enum class StoreTicket : std::uint64_t {};

/// Grows with every acquisition of a line's lease; part of every append, so that a holder that lost
/// its lease cannot write.
using FencingNumber = std::uint64_t;

/// One record of a journal as the store sees it: bytes with a place.
struct StoredRecord {
    std::uint64_t sequence = 0; ///< from 1, without gaps, per deployment
    std::string kind{};         ///< the record's kind, for people who look into the store
    std::string bytes{};        ///< at most record_bytes_max

    bool operator==(const StoredRecord&) const = default;
};

/// A record is at most 256 KiB: what remote conditional-write stores hold in one item, with room.
inline constexpr std::size_t record_bytes_max = 256u * 1024;

/// Appends records; all or none. Fails with lock_held where `fence` is no longer the newest of the
/// line, with conflict where the journal does not end just before the first record's sequence.
struct AppendOperation {
    DeploymentId deployment{};
    std::string line{};
    FencingNumber fence = 0;
    std::vector<StoredRecord> records{};
};
/// Takes the lease of a line for `duration`, or renews it for the holder of `fence`.
/// Fails with lock_held, naming the holder and since when.
struct LeaseOperation {
    std::string line{};
    std::string holder{};    ///< for people: `user@host, pid 4711`
    FencingNumber fence = 0; ///< 0: acquire
    Milliseconds duration{};
    TimePoint now{};
};
struct ReleaseOperation {
    std::string line{};
    FencingNumber fence = 0;
};
/// Reads the decisions posted to a deployment after `after`.
struct InboxOperation {
    DeploymentId deployment{};
    std::uint64_t after = 0;
};
/// Posts a decision (approve, abort) to a deployment. Needs no lease.
struct PostOperation {
    DeploymentId deployment{};
    std::string bytes{};
};
/// Reads a deployment's journal after `after`.
struct ReadOperation {
    DeploymentId deployment{};
    std::uint64_t after = 0;
};

using StoreOperation = std::variant<AppendOperation, LeaseOperation, ReleaseOperation,
                                    InboxOperation, PostOperation, ReadOperation>;

struct StoreRequest {
    StoreTicket ticket{};
    StoreOperation operation{};
};
using StoreBatch = std::vector<StoreRequest>;

/// How an operation ended. Which fields are set depends on the operation.
struct StoreAnswer {
    FencingNumber fence = 0;             ///< LeaseOperation: the number to append under
    std::vector<StoredRecord> records{}; ///< InboxOperation (sequence and bytes), ReadOperation

    bool operator==(const StoreAnswer&) const = default;
};

struct StoreCompletion {
    StoreTicket ticket{};
    Result<StoreAnswer> result;
};

/// Where journals live. Never blocks: what was submitted is answered by poll().
class Store {
public:
    virtual ~Store();

    /// Starts all operations of `batch`, of any number of deployments. Each has its own completion;
    /// an append completes only when it would survive a crash.
    virtual void submit(StoreBatch batch) = 0;

    /// Completions since the last call, in no particular order.
    virtual std::vector<StoreCompletion> poll() = 0;

    /// Whether poll() may return something later without a further submit().
    virtual bool is_busy() const = 0;
};

} // namespace elastiroll
