#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/store.hpp>

#include <memory>
#include <string>

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

} // namespace elastiroll::store
