#include <elastiroll/adapters/store.hpp>

#include <benchmark/benchmark.h>

#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Durable appends: one record each for some deployments in one batch, beside plain inserts of as
// many rows of the same size in one transaction of SQLite's, with the same pragmas. The argument
// is the number of deployments. Items are records.

namespace {

using namespace elastiroll;

constexpr TimePoint moment{Milliseconds{1'750'000'000'000}};
/// What a record of a step takes, about.
constexpr std::size_t record_bytes = 500;

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << why << '\n';
    std::exit(2);
}

/// A new folder, gone at the end.
class Folder {
public:
    Folder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "elastiroll-bench-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            give_up("cannot make a temporary folder");
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(const char* name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

struct Writer {
    DeploymentId deployment;
    std::string line;
    FencingNumber fence = 0;
};

void append_to(Store& store, benchmark::State& state) {
    std::vector<Writer> writers;
    StoreBatch leases;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        const std::string number = std::to_string(i);
        writers.push_back({DeploymentId("01kdeployment" + number), "line " + number});
        leases.push_back(
            {static_cast<StoreTicket>(i),
             LeaseOperation{writers.back().line, "bench", {}, 0, Milliseconds(30'000), moment}});
    }
    store.submit(std::move(leases));
    for (const StoreCompletion& one : store.poll()) {
        if (!one.result)
            give_up(one.result.error().message);
        writers[static_cast<std::size_t>(one.ticket)].fence = one.result->fence;
    }
    const std::string bytes(record_bytes, 'x');
    std::uint64_t sequence = 0;
    for (auto _ : state) {
        ++sequence;
        StoreBatch batch;
        for (std::size_t i = 0; i < writers.size(); ++i)
            batch.push_back(
                {static_cast<StoreTicket>(i), AppendOperation{writers[i].deployment,
                                                              writers[i].line,
                                                              writers[i].fence,
                                                              {{sequence, "step_started", bytes}},
                                                              {}}});
        store.submit(std::move(batch));
        for (const StoreCompletion& one : store.poll()) {
            if (!one.result)
                give_up(one.result.error().message);
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void sqlite_store(benchmark::State& state) {
    const Folder folder;
    auto store = store::make_sqlite_store({.path = folder / "state.sqlite"});
    if (!store)
        give_up(store.error().message);
    append_to(**store, state);
}

void memory_store(benchmark::State& state) {
    const auto store = store::make_memory_store();
    append_to(*store, state);
}

void plain_sqlite(benchmark::State& state) {
    const Folder folder;
    sqlite3* handle = nullptr;
    if (sqlite3_open((folder / "plain.sqlite").c_str(), &handle) != SQLITE_OK)
        give_up("cannot open a database");
    const auto run = [&](const char* sql) {
        if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
            give_up(sqlite3_errmsg(handle));
    };
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; "
        "CREATE TABLE records (deployment TEXT NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT "
        "NULL, bytes BLOB NOT NULL, PRIMARY KEY (deployment, sequence))");
    sqlite3_stmt* insert = nullptr;
    if (sqlite3_prepare_v2(handle, "INSERT INTO records VALUES (?, ?, 'step_started', ?)", -1,
                           &insert, nullptr) != SQLITE_OK)
        give_up(sqlite3_errmsg(handle));
    const std::string bytes(record_bytes, 'x');
    std::int64_t sequence = 0;
    for (auto _ : state) {
        ++sequence;
        run("BEGIN IMMEDIATE");
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            const std::string deployment = "01kdeployment" + std::to_string(i);
            sqlite3_bind_text64(insert, 1, deployment.data(), deployment.size(), SQLITE_TRANSIENT,
                                SQLITE_UTF8);
            sqlite3_bind_int64(insert, 2, sequence);
            sqlite3_bind_blob64(insert, 3, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
            if (sqlite3_step(insert) != SQLITE_DONE)
                give_up(sqlite3_errmsg(handle));
            sqlite3_reset(insert);
        }
        run("COMMIT");
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    sqlite3_finalize(insert);
    sqlite3_close(handle);
}

// What the disk takes counts, so time on the wall is what is measured.
BENCHMARK(sqlite_store)->Arg(1)->Arg(10)->Arg(100)->UseRealTime();
BENCHMARK(plain_sqlite)->Arg(1)->Arg(10)->Arg(100)->UseRealTime();
BENCHMARK(memory_store)->Arg(1)->Arg(10)->Arg(100)->UseRealTime();

} // namespace

BENCHMARK_MAIN();
