#include "adapters/store/checks.hpp"
#include "adapters/store/line_locks.hpp"
#include "adapters/store/sqlite_database.hpp"

#include <elastiroll/adapters/store.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace elastiroll::store {
namespace {

bool is_read(const StoreOperation& operation) {
    return std::holds_alternative<ReadLeaseOperation>(operation) ||
           std::holds_alternative<InboxOperation>(operation) ||
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
            forget_locks();
            results.assign(batch.size(), Unexpected(done.error()));
        }
        new_locks_.clear();
        for (std::size_t i = 0; i < batch.size(); ++i)
            completions_.push_back({batch[i].ticket, std::move(results[i])});
    }

    std::vector<StoreCompletion> poll() override { return std::exchange(completions_, {}); }
    bool is_busy() const override { return !completions_.empty(); }

private:
    struct Lease {
        FencingNumber fence = 0;
        LeaseView view;
        bool has_lock = false; ///< the holder has the lock of the operating system
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
        for (const std::string& line : std::exchange(released_, {}))
            locks_.unlock(line);
        return {};
    }

    void roll_back() {
        is_broken_ = false;
        released_.clear();
        if (database_.is_in_transaction())
            static_cast<void>(database_.run("ROLLBACK"));
    }

    void forget_locks() {
        for (const std::string& line : new_locks_)
            locks_.unlock(line);
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
        if (lease->fence == 0)
            return fail(ErrorCategory::lock_held, lease_never_held(line));
        if (lease->fence != fence)
            return fail(ErrorCategory::lock_held, lease_gone(line, lease->view));
        return {};
    }

    Result<StoreAnswer> run(LeaseOperation& request) {
        auto lease = read_lease(request.line);
        if (!lease)
            return Unexpected(std::move(lease).error());
        const bool is_renewal = request.fence != 0 && request.fence == lease->fence;
        if (request.fence != 0 && !is_renewal)
            return fail(ErrorCategory::lock_held, lease_gone(request.line, lease->view));
        StoreAnswer answer;
        if (!is_renewal) {
            const bool is_held = lease->view.is_held && lease->view.until > request.now;
            const bool is_ours = locks_.try_lock(request.line);
            if (is_ours)
                new_locks_.push_back(request.line);
            // A holder that had the lock and has it no more is gone.
            const bool is_dead = lease->has_lock && is_ours;
            if (is_held && !is_dead && !request.takes_over) {
                if (is_ours)
                    locks_.unlock(request.line);
                return fail(ErrorCategory::lock_held, lease_taken(request.line, lease->view));
            }
            answer.is_abandoned = lease->view.is_held;
            ++lease->fence;
            lease->has_lock = is_ours;
            lease->view = {true, request.holder, request.deployment, request.now, {}};
        }
        lease->view.is_held = true;
        lease->view.until = request.now + request.duration;
        if (auto written = write_lease(request.line, *lease); !written)
            return Unexpected(std::move(written).error());
        answer.fence = lease->fence;
        return answer;
    }

    Result<StoreAnswer> run(ReleaseOperation& release) {
        auto lease = read_lease(release.line);
        if (!lease)
            return Unexpected(std::move(lease).error());
        if (lease->fence == 0 || lease->fence != release.fence)
            return StoreAnswer{};
        lease->view.is_held = false;
        if (auto written = write_lease(release.line, *lease); !written)
            return Unexpected(std::move(written).error());
        released_.push_back(release.line);
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ReadLeaseOperation& read) {
        auto lease = read_lease(read.line);
        if (!lease)
            return Unexpected(std::move(lease).error());
        StoreAnswer answer;
        answer.lease = std::move(lease->view);
        answer.lease.is_held = answer.lease.is_held && answer.lease.until > read.now;
        if (answer.lease.is_held && lease->has_lock && locks_.try_lock(read.line)) {
            locks_.unlock(read.line); // Its holder is gone.
            answer.lease.is_held = false;
        }
        return answer;
    }

    // Journals.

    Result<std::uint64_t> last_of(const DeploymentId& deployment) {
        auto row = database_.prepare("SELECT last FROM deployments WHERE id = ?");
        auto found = row.bind(deployment.text()).next("reading a journal from");
        if (!found)
            return broken(std::move(found).error());
        return *found ? static_cast<std::uint64_t>(row.number(0)) : 0;
    }

    Result<StoreAnswer> run(AppendOperation& append) {
        if (auto held = check_fence(append.line, append.fence); !held)
            return Unexpected(std::move(held).error());
        auto last = last_of(append.deployment);
        if (!last)
            return Unexpected(std::move(last).error());
        if (auto fits = check_append(append, *last); !fits)
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
            .bind(number_of(*last + append.records.size()))
            .bind_blob(append.headline);
        if (auto written = row.run("writing a journal to"); !written)
            return broken(std::move(written).error());
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(EraseOperation& erase) {
        if (auto held = check_fence(erase.line, erase.fence); !held)
            return Unexpected(std::move(held).error());
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
        auto last = last_of(read.deployment);
        if (!last)
            return Unexpected(std::move(last).error());
        if (*last == 0)
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
        auto row = database_.prepare(
            "INSERT INTO inbox (deployment, sequence, bytes) SELECT ?1, "
            "1 + coalesce(max(sequence), 0), ?2 FROM inbox WHERE deployment = ?1");
        row.bind(post.deployment.text()).bind_blob(post.bytes);
        if (auto written = row.run("posting a decision to"); !written)
            return broken(std::move(written).error());
        return StoreAnswer{};
    }

    Result<StoreAnswer> run(ListOperation& list) {
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
    std::vector<std::string> new_locks_; ///< taken by the batch that runs
    std::vector<std::string> released_;  ///< to be unlocked once the batch is kept
    bool is_broken_ = false;
    std::vector<StoreCompletion> completions_;
};

} // namespace

Result<std::unique_ptr<Store>> make_sqlite_store(const SqliteOptions& options) {
    constexpr int busy_timeout_ms = 5'000;
    auto database = Database::open({options.path, busy_timeout_ms, options.pages_max});
    if (!database)
        return Unexpected(std::move(database).error());
    std::unique_ptr<Store> store = std::make_unique<SqliteStore>(*std::move(database));
    return store;
}

} // namespace elastiroll::store
