#include "store_contract.hpp"
#include "temporary_folder.hpp"

#include <elastiroll/adapters/store.hpp>

#include <doctest/doctest.h>

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace elastiroll::test {
namespace {

constexpr TimePoint moment{Milliseconds{1'750'000'000'000}};
constexpr Milliseconds half_minute{30'000};
const DeploymentId deployment("01kdeployment");

std::unique_ptr<Store> open(const std::string& path, int pages_max = 0) {
    auto store = store::make_sqlite_store({.path = path, .pages_max = pages_max});
    REQUIRE_MESSAGE(store, (store ? "" : store.error().message));
    return *std::move(store);
}

Result<StoreAnswer> ask(Store& store, StoreOperation operation) {
    StoreBatch batch;
    batch.push_back({StoreTicket{1}, std::move(operation)});
    store.submit(std::move(batch));
    return store.poll().front().result;
}

Result<StoreAnswer> lease(Store& store, TimePoint now = moment, FencingNumber fence = 0) {
    return ask(store, LeaseOperation{"line", "mia", deployment, fence, half_minute, now});
}

Result<StoreAnswer> append(Store& store, FencingNumber fence, std::uint64_t sequence,
                           std::string bytes = "{}") {
    return ask(store, AppendOperation{
                          deployment, "line", fence, {{sequence, "kind", std::move(bytes)}}, ""});
}

mode_t mode_of(const std::string& path) {
    struct stat place{};
    REQUIRE(stat(path.c_str(), &place) == 0);
    return place.st_mode & 0777;
}

/// What opening `path` fails with.
Error refusal(const std::string& path) {
    auto store = store::make_sqlite_store({.path = path});
    REQUIRE(!store);
    return store.error();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

void run_sql(const std::string& path, const char* sql) {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    CHECK(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(handle);
}

/// Whether the lease could be had, by a store that stays open until the process ends.
bool takes_lease(const std::string& path) {
    auto store = store::make_sqlite_store({.path = path});
    const bool is_held = store && lease(**store);
    if (store)
        static_cast<void>(store->release());
    return is_held;
}

/// A process that does `act`, tells that it is through, and then waits to be killed.
class Child {
public:
    explicit Child(const std::function<bool()>& act) {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        pid_ = fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            const char said = act() ? 'y' : 'n';
            if (write(ends[1], &said, 1) != 1)
                _exit(1);
            for (;;)
                pause();
        }
        close(ends[1]);
        char said = 'n';
        was_good_ = read(ends[0], &said, 1) == 1 && said == 'y';
        close(ends[0]);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { kill_now(); }

    bool was_good() const { return was_good_; }
    void stop() const {
        kill(pid_, SIGSTOP);
        int status = 0;
        waitpid(pid_, &status, WUNTRACED);
    }
    void kill_now() {
        if (pid_ <= 0)
            return;
        kill(pid_, SIGKILL);
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = 0;
    }

private:
    pid_t pid_ = 0;
    bool was_good_ = false;
};

} // namespace

TEST_CASE("the store in SQLite keeps the contract of stores") {
    const TemporaryFolder folder;
    int files = 0;
    check_store([&] { return open(folder / ("state-" + std::to_string(++files))); });
}

TEST_CASE("what was appended is there after the file was closed") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    {
        const auto store = open(path);
        const auto held = lease(*store);
        REQUIRE(held);
        CHECK(append(*store, held->fence, 1, std::string("b\0\xff", 3)));
    }
    const auto store = open(path);
    const auto read = ask(*store, ReadOperation{deployment, 0});
    REQUIRE(read);
    CHECK(read->records == std::vector<StoredRecord>{{1, "kind", std::string("b\0\xff", 3)}});
}

TEST_CASE("the file and its folder are its owner's only") {
    const TemporaryFolder folder;
    const std::string path = folder / "a/b/state.sqlite";
    const auto store = open(path);
    CHECK(lease(*store));
    CHECK(mode_of(folder / "a") == 0700);
    CHECK(mode_of(folder / "a/b") == 0700);
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path + "-wal") == 0600);
    CHECK(mode_of(path + "-shm") == 0600);
}

TEST_CASE("a killed holder frees its lease at once, a stopped one when it runs out") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    const auto holds = [&] { return takes_lease(path); };
    Child first(holds);
    REQUIRE(first.was_good());
    const auto store = open(path);
    const auto refused = lease(*store);
    REQUIRE(!refused);
    CHECK(refused.error().category == ErrorCategory::lock_held);

    first.kill_now();
    const auto freed = lease(*store);
    REQUIRE(freed);
    CHECK(freed->is_abandoned);
    CHECK(ask(*store, ReleaseOperation{"line", freed->fence}));

    const Child second(holds);
    REQUIRE(second.was_good());
    second.stop();
    CHECK(!lease(*store, moment + half_minute / 2));
    const auto late = lease(*store, moment + half_minute);
    REQUIRE(late);
    CHECK(late->is_abandoned);
    // The stopped one still has the lock of the operating system: it says nothing of the new
    // holder, whose lease lasts.
    const auto third = open(path);
    CHECK(!lease(*third, moment + half_minute));
}

TEST_CASE("of processes that race for a lease exactly one gets it") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    std::vector<std::unique_ptr<Child>> children;
    int winners = 0;
    for (int i = 0; i < 4; ++i) {
        children.push_back(std::make_unique<Child>([&] { return takes_lease(path); }));
        winners += children.back()->was_good() ? 1 : 0;
    }
    CHECK(winners == 1);
}

TEST_CASE("a clock that is set back lengthens a lease, and the number still decides") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    const auto before = open(path);
    const auto old = lease(*before);
    REQUIRE(old);
    CHECK(append(*before, old->fence, 1));
    const auto after = open(path);
    CHECK(!lease(*after, moment - std::chrono::hours(1)));
    const auto taken = ask(*after, LeaseOperation{"line", "ben", deployment, 0, half_minute,
                                                  moment - std::chrono::hours(1), true});
    REQUIRE(taken);
    const auto stale = append(*before, old->fence, 2);
    REQUIRE(!stale);
    CHECK(stale.error().category == ErrorCategory::lock_held);
    CHECK(append(*after, taken->fence, 2));
}

TEST_CASE("a file that is not ours, or newer, or damaged is refused with what to do") {
    const TemporaryFolder folder;
    const std::string text = folder / "text";
    std::ofstream(text) << "This is a text and no database, long enough for a header to be read. "
                           "And a bit longer than that, to be sure.";
    CHECK(refusal(text).category == ErrorCategory::protocol);
    CHECK(contains(refusal(text).message, text));
    CHECK(contains(refusal(text).message, "--state"));

    const std::string other = folder / "other";
    run_sql(other, "CREATE TABLE theirs (x)");
    CHECK(refusal(other).category == ErrorCategory::invalid_argument);
    CHECK(contains(refusal(other).message, "another program's"));

    const std::string newer = folder / "newer";
    open(newer);
    run_sql(newer, "PRAGMA user_version = 99");
    CHECK(refusal(newer).category == ErrorCategory::invalid_argument);
    CHECK(contains(refusal(newer).message, "schema 99"));

    const std::string below_a_file = text + "/state";
    CHECK(refusal(below_a_file).category == ErrorCategory::unavailable);
    CHECK(contains(refusal(below_a_file).message, "Not a directory"));
}

TEST_CASE("a file that is damaged while it rests says so when it is read") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    {
        const auto store = open(path);
        const auto held = lease(*store);
        REQUIRE(held);
        for (std::uint64_t i = 1; i <= 50; ++i)
            REQUIRE(append(*store, held->fence, i, std::string(5'000, 'x')));
    }
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
        constexpr std::streamoff page = 4'096;
        for (std::streamoff place = page; place + page <= size; place += page) {
            file.seekp(place);
            file << std::string(page, '\x5a');
        }
    }
    const auto store = store::make_sqlite_store({.path = path});
    const Error error = store ? ask(**store, ReadOperation{deployment, 0}).error() : store.error();
    CHECK(error.category == ErrorCategory::protocol);
    CHECK(contains(error.message, path));
    CHECK(contains(error.message, "damaged"));
}

TEST_CASE("where the disk is full nothing is half written, and it goes on when there is room") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    FencingNumber fence = 0;
    std::uint64_t kept = 0;
    {
        const auto store = open(path, 40);
        const auto held = lease(*store);
        REQUIRE(held);
        fence = held->fence;
        std::optional<Error> error;
        while (!error && kept < 100) {
            const auto appended = append(*store, fence, kept + 1, std::string(10'000, 'x'));
            if (appended)
                ++kept;
            else
                error = appended.error();
        }
        REQUIRE(error);
        CHECK(error->category == ErrorCategory::unavailable);
        CHECK(contains(error->message, path));
        CHECK(contains(error->message, "make room"));
        // It can still be read.
        const auto read = ask(*store, ReadOperation{deployment, 0});
        REQUIRE(read);
        CHECK(read->records.size() == kept);
    }
    const auto store = open(path);
    const auto again = lease(*store);
    REQUIRE(again);
    CHECK(append(*store, again->fence, kept + 1, std::string(10'000, 'x')));
}

TEST_CASE("a file that was removed while it was open takes nothing more") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    const auto store = open(path);
    const auto held = lease(*store);
    REQUIRE(held);
    std::filesystem::remove(path);
    const auto appended = append(*store, held->fence, 1);
    REQUIRE(!appended);
    CHECK(appended.error().category == ErrorCategory::unavailable);
    CHECK(contains(appended.error().message, "removed or replaced"));
}

} // namespace elastiroll::test
