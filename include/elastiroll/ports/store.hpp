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
inline constexpr std::size_t record_bytes_max = std::size_t{256} * 1024;

/// What lists show of a deployment without reading its journal: at most this many bytes.
inline constexpr std::size_t headline_bytes_max = std::size_t{16} * 1024;

/// A list holds at most this many deployments: one page of what remote stores answer at once.
inline constexpr std::size_t list_limit_max = 1'000;

/// Appends records; all or none. Fails with lock_held where `fence` is no longer the newest of the
/// line, with conflict where the journal does not end just before the first record's sequence or is
/// another line's, with invalid_argument where a record or the headline is too large.
///
/// The first append makes the journal, even if it holds a headline only.
struct AppendOperation {
    DeploymentId deployment{};
    std::string line{};
    FencingNumber fence = 0;
    std::vector<StoredRecord> records{};
    /// Replaces the deployment's headline together with the append; empty: the former one stays.
    std::string headline{};
};
/// Takes the lease of a line for `duration`, or renews it for the holder of `fence`.
/// Fails with lock_held, naming the holder, its deployment, since when, and what to do.
///
/// A lease is free when its holder released it, when it ran out, and where the store can tell that
/// the holder's process is gone.
struct LeaseOperation {
    std::string line{};
    std::string holder{};      ///< for people: `user@host, pid 4711`
    DeploymentId deployment{}; ///< which the holder is about
    FencingNumber fence = 0;   ///< 0: acquire
    Milliseconds duration{};
    TimePoint now{};
    bool takes_over = false; ///< acquire whoever holds it: the former holder can append no more
};
struct ReleaseOperation {
    std::string line{};
    FencingNumber fence = 0;
};
/// Reads who holds the lease of a line.
struct ReadLeaseOperation {
    std::string line{};
    TimePoint now{};
};
/// Takes the bytes out of records, which keep their place and kind: secrets that nothing needs any
/// more. Fails with lock_held as an append, with conflict where the journal is another line's. A
/// sequence that is not there is passed over.
struct EraseOperation {
    DeploymentId deployment{};
    std::string line{};
    FencingNumber fence = 0;
    std::vector<std::uint64_t> sequences{};
};
/// Reads the decisions posted to a deployment after `after`.
struct InboxOperation {
    DeploymentId deployment{};
    std::uint64_t after = 0;
};
/// Posts a decision (approve, abort) to a deployment. Needs no lease, and no journal to be there.
/// Fails with invalid_argument where it is larger than a record may be.
struct PostOperation {
    DeploymentId deployment{};
    std::string bytes{};
};
/// Reads a deployment's journal after `after`. Fails with not_found where there is none.
struct ReadOperation {
    DeploymentId deployment{};
    std::uint64_t after = 0;
};
/// Reads the headlines of deployments, newest first: ids sort by the time they were made. Fails
/// with invalid_argument where the limit is out of range.
struct ListOperation {
    std::string line{};      ///< empty: of all lines
    DeploymentId before{};   ///< only ids less than this one; empty: from the newest
    std::size_t limit = 100; ///< at most so many; 1..list_limit_max
};

using StoreOperation =
    std::variant<AppendOperation, LeaseOperation, ReleaseOperation, ReadLeaseOperation,
                 EraseOperation, InboxOperation, PostOperation, ReadOperation, ListOperation>;

struct StoreRequest {
    StoreTicket ticket{};
    StoreOperation operation{};
};
using StoreBatch = std::vector<StoreRequest>;

/// Who holds a line, as ReadLeaseOperation tells it.
struct LeaseView {
    bool is_held = false; ///< at the time that was asked for
    std::string holder{};
    DeploymentId deployment{};
    TimePoint since{};
    TimePoint until{};

    bool operator==(const LeaseView&) const = default;
};
/// A deployment as ListOperation tells it.
struct StoredDeployment {
    DeploymentId deployment{};
    std::string line{};
    std::uint64_t last_sequence = 0;
    std::string headline{};

    bool operator==(const StoredDeployment&) const = default;
};

/// How an operation ended. Which fields are set depends on the operation.
struct StoreAnswer {
    FencingNumber fence = 0; ///< LeaseOperation: the number to append under
    /// LeaseOperation: the lease was not released by its last holder, whose last call may still be
    /// under way.
    bool is_abandoned = false;
    LeaseView lease{};                           ///< ReadLeaseOperation
    std::vector<StoredRecord> records{};         ///< InboxOperation, ReadOperation
    std::vector<StoredDeployment> deployments{}; ///< ListOperation

    bool operator==(const StoreAnswer&) const = default;
};

struct StoreCompletion {
    StoreTicket ticket{};
    Result<StoreAnswer> result;
};

/// Where journals live. What was submitted is answered by poll(). A remote store never blocks; a
/// local one may take the time of one commit inside submit(), and as long as it waits for others.
///
/// Operations that write to one line, or to one deployment's inbox, take effect in the order in
/// which they were submitted to one store. Reads see at least what was completed before they were
/// submitted.
///
/// What a store that is far away has to offer: reads that are consistent, writes of single items
/// that are conditional on the item's version, and lists of keys by prefix; no transaction over
/// several items. An item per line holds its lease, its newest number, and the end and headline of
/// the journal that was written to last; records are items of their own, keyed by deployment,
/// sequence and fencing number. An append writes its records first, which nobody sees yet, and then
/// the line's item, on the condition that it is unchanged: that one write checks number and place,
/// and makes all of it visible or nothing. When another deployment of the line is written to, the
/// end of the former one is first copied to an item of its own. An erasure is announced in the
/// line's item and then carried out; whoever writes the item next finishes what was left. An item
/// then stays below record_bytes_max plus some hundred bytes. tests/support/conditional_store.cpp
/// does just that.
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
