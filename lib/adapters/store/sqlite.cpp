#include "adapters/store/checks.hpp"
#include "adapters/store/line_locks.hpp"
#include "adapters/store/sqlite_database.hpp"

#include <elastiroll/adapters/store.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace elastiroll::store {
namespace {

/// Whether the operation needs no writer's lock. Reading a lease does: it tries the lock of the
/// line, in whose way nobody must come who acquires it.
bool is_read(const StoreOperation& operation) {
    return std::holds_alternative<InboxOperation>(operation) ||
           std::holds_alternative<ReadOperation>(operation) ||
           std::holds_alternative<ListOperation>(operation);
}

TimePoint time_of(std::int64_t milliseconds) { return TimePoint(Milliseconds(milliseconds)); }
std::int64_t number_of(TimePoint time) {
    return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}
std::int64_t number_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

class SqliteStore final : public Store {
public:
    explicit SqliteStore(Database database)
        : database_(std::move(database)), locks_(database_.path() + ".locks") {}

    void submit(StoreBatch batch) override {
        if (batch.empty())
            return;
        std::vector<Result<StoreAnswer>> results;
        const auto done = run_batch(batch, results);
        if (!done) {
            undo_locks();
            results.assign(batch.size(), Unexpected(done.error()));
        }
        lock_changes_.clear();
        for (std::size_t i = 0; i < batch.size(); ++i)
            completions_.push_back({batch[i].ticket, std::move(results[i])});
    }

    std::vector<StoreCompletion> poll() override { return std::exchange(completions_, {}); }
    bool is_busy() const override { return !completions_.empty(); }

private:
    struct Lease : LeaseState {
        bool has_lock = false; ///< the holder has the lock of the operating system
    };
    /// A lock of this store that a batch took, or handed on from an older lease of its own.
    struct LockChange {
        std::string line;
        FencingNumber former_fence = 0; ///< 0: it was not ours
    };

    /// All operations in one transaction. Fails where none of them was kept.
    Result<void> run_batch(StoreBatch& batch, std::vector<Result<StoreAnswer>>& results) {
        if (!database_.is_in_place())
            return fail(ErrorCategory::unavailable,
                        fmt::format("the state file {} was removed or replaced while it was in "
                                    "use; put it back, then go on",
                                    database_.path()));
        const bool is_reading = std::ranges::all_of(
            batch, [](const StoreRequest& request) { return is_read(request.operation); });
        if (auto begun = database_.run(is_reading ? "BEGIN" : "BEGIN IMMEDIATE"); !begun)
            return begun;
        for (StoreRequest& request : batch) {
            results.push_back(
                std::visit([this](auto& operation) { return run(operation); }, request.operation));
            // What SQLite could not do has undone the whole transaction, or must.
            const bool is_ours = results.back() || !is_broken_;
            if (is_ours && database_.is_in_transaction())
                continue;
            const Error error =
                results.back() ? database_.error("writing") : results.back().error();
            roll_back();
            return Unexpected(error);
        }
        if (auto committed = database_.run("COMMIT"); !committed) {
            roll_back();
            return committed;
        }
        const bool has_erased = std::ranges::any_of(batch, [](const StoreRequest& request) {
            return std::holds_alternative<EraseOperation>(request.operation);
        });
        // What was erased is in the log as well, until that is emptied. Where another process
        // reads at this moment that comes later, at the latest when the last one closes the file.
        if (has_erased)
            static_cast<void>(database_.run("PRAGMA wal_checkpoint(TRUNCATE)"));
        return {};
    }

    void roll_back() {
        is_broken_ = false;
        if (database_.is_in_transaction())
            static_cast<void>(database_.run("ROLLBACK"));
    }

    void undo_locks() {
        for (const LockChange& change : lock_changes_) {
            if (change.former_fence == 0)
                unlock(change.line);
            else
                lock_fences_[change.line] = change.former_fence;
        }
    }

    void unlock(const std::string& line) {
        locks_.unlock(line);
        lock_fences_.erase(line);
    }

    /// A failure of the database, after which nothing of the batch is kept.
    Unexpected broken(Error error) {
        is_broken_ = true;
        return Unexpected(std::move(error));
    }

    // Leases.

    Result<Lease> read_lease(const std::string& line) {
        auto row = database_.prepare("SELECT fence, holder, deployment, since_ms, until_ms, "
                                     "is_held, has_lock FROM leases WHERE line = ?");
        auto found = row.bind(line).next("reading a lease from");
        if (!found)
            return broken(std::move(found).error());
        Lease lease;
        if (!*found)
            return lease;
        lease.fence = static_cast<FencingNumber>(row.number(0));
        lease.view = {row.number(5) != 0, row.text(1), DeploymentId(row.text(2)),
                      time_of(row.number(3)), time_of(row.number(4))};
        lease.has_lock = row.number(6) != 0;
        return lease;
    }

    Result<void> write_lease(const std::string& line, const Lease& lease) {
        auto row = database_.prepare("INSERT OR REPLACE INTO leases (line, fence, holder, "
                                     "deployment, since_ms, until_ms, is_held, has_lock) "
                                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        row.bind(line)
            .bind(number_of(lease.fence))
            .bind(lease.view.holder)
            .bind(lease.view.deployment.text())
            .bind(number_of(lease.view.since))
            .bind(number_of(lease.view.until))
            .bind(std::int64_t{lease.view.is_held})
            .bind(std::int64_t{lease.has_lock});
        if (auto written = row.run("writing a lease to"); !written)
            return broken(std::move(written).error());
        return {};
    }

    Result<void> check_fence(const std::string& line, FencingNumber fence) {
        auto lease = read_lease(line);
        if (!lease)
            return Unexpected(std::move(lease).error());
        return store::check_fence(*lease, line, fence);
    }

    bool is_held(const std::string& line, const Lease& lease, TimePoint now) {
        // A holder that had the lock and has it no more is gone.
        return is_held_at(lease, now) && !(lease.has_lock && locks_.is_free(line));
    }

    /// Whether the new lease of `fence` has the lock. Not where a former holder still has it: one
    /// that was stopped, or taken over from.
    bool take_lock(const std::string& line, FencingNumber fence) {
        const auto former = lock_fences_.find(line);
        if (!locks_.try_lock(line))
            return false;
        lock_changes_.push_back({line, former == lock_fences_.end() ? 0 : former->second});
        lock_fences_[line] = fence;
        return true;
    }

    Result<StoreAnswer> run(LeaseOperation& request) {
        auto lease = read_lease(request.line);
        if (!lease)
            return Unexpected(std::move(lease).error());
        const bool is_renewal = request.fence != 0;
        const bool is_held = !is_renewal && this->is_held(request.line, *lease, request.now);
        auto answer = grant(*lease, request, is_held);
        if (!answer)
            return answer;
        if (!is_renewal)
            lease->has_lock = take_lock(request.line, lease->fence);
        if (auto written = write_lease(request.line, *lease); !written)
            return Unexpected(std::move(written).error());
        return answer;
    }

    Result<StoreAnswer> run(ReleaseOperation& release) {
        // Before the commit, so that the next holder finds it free. Should the commit fail, the
        // lease looks abandoned, which it is.
        const auto locked = lock_fences_.find(release.line);
        if (locked != lock_fences_.end() && locked->second == release.fence)
            unlock(release.line);
        auto lease = read_lease(release.line);
        if (!lease)
            return Unexpected(std::move(lease).error());
        if (lease->fence == 0 || lease->fence != release.fence)
            return StoreAnswer{};
        lease->view.is_held = false;
        if (auto written = write_lease(release.line, *lease); !written)
            return Unexpected(std::move(written).error());
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ReadLeaseOperation& read) {
        auto lease = read_lease(read.line);
        if (!lease)
            return Unexpected(std::move(lease).error());
        const bool is_held = this->is_held(read.line, *lease, read.now);
        StoreAnswer answer;
        answer.lease = std::move(lease->view);
        answer.lease.is_held = is_held;
        return answer;
    }

    // Journals.

    Result<std::optional<JournalEnd>> end_of(const DeploymentId& deployment) {
        auto row = database_.prepare("SELECT line, last FROM deployments WHERE id = ?");
        auto found = row.bind(deployment.text()).next("reading a journal from");
        if (!found)
            return broken(std::move(found).error());
        if (!*found)
            return std::optional<JournalEnd>();
        return std::optional(JournalEnd{row.text(0), static_cast<std::uint64_t>(row.number(1))});
    }

    Result<StoreAnswer> run(AppendOperation& append) {
        if (auto held = check_fence(append.line, append.fence); !held)
            return Unexpected(std::move(held).error());
        const auto end = end_of(append.deployment);
        if (!end)
            return Unexpected(end.error());
        if (auto fits = check_append(append, *end); !fits)
            return Unexpected(std::move(fits).error());
        const std::string& id = append.deployment.text();
        for (const StoredRecord& record : append.records) {
            auto row = database_.prepare(
                "INSERT INTO records (deployment, sequence, kind, bytes) VALUES (?, ?, ?, ?)");
            row.bind(id).bind(number_of(record.sequence)).bind(record.kind).bind_blob(record.bytes);
            if (auto written = row.run("writing a journal to"); !written)
                return broken(std::move(written).error());
        }
        auto row = database_.prepare(
            "INSERT INTO deployments (id, line, last, headline) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET last = excluded.last, headline = "
            "iif(length(excluded.headline) = 0, headline, excluded.headline)");
        row.bind(id)
            .bind(append.line)
            .bind(number_of((*end ? (*end)->last : 0) + append.records.size()))
            .bind_blob(append.headline);
        if (auto written = row.run("writing a journal to"); !written)
            return broken(std::move(written).error());
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(EraseOperation& erase) {
        if (auto held = check_fence(erase.line, erase.fence); !held)
            return Unexpected(std::move(held).error());
        const auto end = end_of(erase.deployment);
        if (!end)
            return Unexpected(end.error());
        if (auto fits = check_line(erase.deployment, erase.line, *end); !fits)
            return Unexpected(std::move(fits).error());
        for (const std::uint64_t sequence : erase.sequences) {
            auto row = database_.prepare(
                "UPDATE records SET bytes = x'' WHERE deployment = ? AND sequence = ?");
            row.bind(erase.deployment.text()).bind(number_of(sequence));
            if (auto written = row.run("erasing secrets from"); !written)
                return broken(std::move(written).error());
        }
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ReadOperation& read) {
        const auto end = end_of(read.deployment);
        if (!end)
            return Unexpected(end.error());
        if (!*end)
            return fail(ErrorCategory::not_found, no_deployment(read.deployment));
        return records_of("SELECT sequence, kind, bytes FROM records WHERE deployment = ? AND "
                          "sequence > ? ORDER BY sequence",
                          read.deployment, read.after);
    }

    Result<StoreAnswer> run(InboxOperation& inbox) {
        return records_of("SELECT sequence, 'decision', bytes FROM inbox WHERE deployment = ? AND "
                          "sequence > ? ORDER BY sequence",
                          inbox.deployment, inbox.after);
    }

    Result<StoreAnswer> records_of(const char* sql, const DeploymentId& deployment,
                                   std::uint64_t after) {
        // No sequence is beyond what SQLite's integers hold.
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        StoreAnswer answer;
        auto rows = database_.prepare(sql);
        rows.bind(deployment.text()).bind(number_of(std::min(after, most)));
        for (;;) {
            auto found = rows.next("reading a journal from");
            if (!found)
                return broken(std::move(found).error());
            if (!*found)
                return answer;
            answer.records.push_back(
                {static_cast<std::uint64_t>(rows.number(0)), rows.text(1), rows.text(2)});
        }
    }

    Result<StoreAnswer> run(PostOperation& post) {
        if (auto fits = check_post(post); !fits)
            return Unexpected(std::move(fits).error());
        auto row = database_.prepare(
            "INSERT INTO inbox (deployment, sequence, bytes) SELECT ?1, "
            "1 + coalesce(max(sequence), 0), ?2 FROM inbox WHERE deployment = ?1");
        row.bind(post.deployment.text()).bind_blob(post.bytes);
        if (auto written = row.run("posting a decision to"); !written)
            return broken(std::move(written).error());
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ListOperation& list) {
        if (auto fits = check_list(list); !fits)
            return Unexpected(std::move(fits).error());
        StoreAnswer answer;
        auto rows = database_.prepare(
            "SELECT id, line, last, headline FROM deployments WHERE (?1 = '' OR line = ?1) AND "
            "(?2 = '' OR id < ?2) ORDER BY id DESC LIMIT ?3");
        rows.bind(list.line).bind(list.before.text()).bind(number_of(std::uint64_t{list.limit}));
        for (;;) {
            auto found = rows.next("listing the deployments of");
            if (!found)
                return broken(std::move(found).error());
            if (!*found)
                return answer;
            answer.deployments.push_back({DeploymentId(rows.text(0)), rows.text(1),
                                          static_cast<std::uint64_t>(rows.number(2)),
                                          rows.text(3)});
        }
    }

    Database database_;
    LineLocks locks_;
    std::map<std::string, FencingNumber> lock_fences_; ///< of the locks that are ours, by line
    std::vector<LockChange> lock_changes_;             ///< of the batch that runs
    bool is_broken_ = false;
    std::vector<StoreCompletion> completions_;
};

} // namespace

Result<std::unique_ptr<Store>> make_sqlite_store(const SqliteOptions& options) {
    auto database = Database::open({options.path, options.busy_wait_max, options.pages_max});
    if (!database)
        return Unexpected(std::move(database).error());
    std::unique_ptr<Store> store = std::make_unique<SqliteStore>(*std::move(database));
    return store;
}

} // namespace elastiroll::store
