#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/store.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace elastiroll::store {

/// Journals in this process's memory: they end with it. For tests, plans and simulated runs.
std::unique_ptr<Store> make_memory_store();

struct SqliteOptions {
    std::string path{}; ///< of the file; it is made, and its folder, where they are missing
    int pages_max = 0;  ///< of 4 KiB: the file grows no further; 0: as the disk has room
    /// How long a batch waits for other processes that write; then it fails with unavailable. Much
    /// shorter than a lease, which is renewed through this file.
    Milliseconds busy_wait_max{5'000};
};

/// Journals in one SQLite file: durable once an append has completed, private (0600), shared by
/// any number of processes of one machine. A batch is one transaction, carried out inside submit().
///
/// A lock of the operating system beside the file (`<path>.locks/`) tells at once that a lease's
/// holder has died, or its store was destroyed. Not for network file systems: neither SQLite's
/// locks nor these hold there. Not across fork(): the child opens a store of its own, and does so
/// before the parent opens one.
/// Fails with unavailable (cannot be opened or written), invalid_argument (another program's file,
/// or a newer elastiroll's; a build without SQLite) or protocol (damaged). Later failures are the
/// operations'; after one that the disk caused nothing of the batch is kept.
Result<std::unique_ptr<Store>> make_sqlite_store(const SqliteOptions& options);

/// One store for several threads, each with a view of its own: only views may be used at one time,
/// and each by one thread. What a view submits is answered to it alone. `store` works inside
/// submit(), as those of this header do; it lives as long as the last view.
class SharedStore {
public:
    explicit SharedStore(std::unique_ptr<Store> store);
    /// Any thread.
    std::unique_ptr<Store> view() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

// Journals in a database of the host's own. All that it has to offer are items under keys, each
// with a version, and three requests: a table with the columns key, version and bytes does.

/// An item as the host keeps it. Its bytes are ours, less than 300 KiB, not always UTF-8, and hold
/// user data: they are to be kept as private as the machines' credentials.
struct Item {
    std::string key{}; ///< ASCII but for names of lines; at most some hundred bytes
    std::string bytes{};
    std::uint64_t version = 0; ///< grows by 1 with every write; 0: there is no such item

    bool operator==(const Item&) const = default;
};

/// The item under `key`, by a read that sees every write that was answered before.
struct GetItem {
    std::string key{};

    bool operator==(const GetItem&) const = default;
};
/// Writes the item, which then has version `version` + 1, on the condition that it has `version`
/// now (0: that it is not there). Answered when the write would survive a crash.
///
/// As SQL: `UPDATE items SET bytes = ?, version = version + 1 WHERE key = ? AND version = ?`, or,
/// for version 0, `INSERT ... ON CONFLICT DO NOTHING`; written if a row was.
struct PutItem {
    std::string key{};
    std::string bytes{};
    std::uint64_t version = 0;

    bool operator==(const PutItem&) const = default;
};
/// All items whose key begins with `prefix`, by key, bytewise, as of one moment or, item by item,
/// of moments after the request.
struct ScanItems {
    std::string prefix{};
    std::string before{};         ///< only keys less than this; empty: all
    std::size_t limit = 0;        ///< only so many; 0: all
    bool is_newest_first = false; ///< from the greatest key on

    bool operator==(const ScanItems&) const = default;
};
using ItemOperation = std::variant<GetItem, PutItem, ScanItems>;

/// Chosen by the store; unique within it for ever.
enum class ItemTicket : std::uint64_t {};

struct ItemRequest {
    ItemTicket ticket{};
    ItemOperation operation{};
};

struct ItemAnswer {
    bool is_written = false; ///< PutItem: whether the condition held
    std::vector<Item>
        items{}; ///< GetItem: one, or none where it is not there; ScanItems: all found

    bool operator==(const ItemAnswer&) const = default;
};

/// A Store over a host's items. Sans-I/O: it gives requests and is given their answers, in any
/// order; it makes no threads and reads no clock. Any number of them, in any number of processes,
/// may work on the same items at one time.
///
/// An error for a request (unavailable, as a rule) fails the operation that it belongs to. Of a put
/// it means: it may have been written, or may be yet.
class ItemStore : public Store {
public:
    /// The requests to carry out now, each given once; those given together may be carried out at
    /// one time.
    virtual std::vector<ItemRequest> requests() = 0;
    /// The answer to a request; one that is not under way is passed over.
    virtual void on_answer(ItemTicket ticket, Result<ItemAnswer> answer) = 0;
};

std::unique_ptr<ItemStore> make_item_store();

} // namespace elastiroll::store
