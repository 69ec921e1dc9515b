#include "store_contract.hpp"
#include "temporary_folder.hpp"

#include <elastiroll/adapters/store.hpp>

#include <doctest/doctest.h>

#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace elastiroll::test::sqlite_test {
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

/// What a process of its own works with.
struct Actor {
    std::unique_ptr<Store> store;
    FencingNumber fence = 0;
};
using Act = std::function<bool(Actor&)>;

Act opens(const std::string& path) {
    return [path](Actor& actor) {
        auto store = store::make_sqlite_store({.path = path});
        if (!store)
            return false;
        actor.store = *std::move(store);
        return true;
    };
}
Act closes() {
    return [](Actor& actor) {
        actor.store = nullptr;
        return true;
    };
}
Act acquires() {
    return [](Actor& actor) {
        if (!actor.store)
            return false;
        const auto held = lease(*actor.store);
        actor.fence = held ? held->fence : 0;
        return actor.fence != 0;
    };
}
Act is_refused_an_append() {
    return [](Actor& actor) {
        const auto appended = append(*actor.store, actor.fence, 1);
        return !appended && appended.error().category == ErrorCategory::lock_held;
    };
}

/// A process that does one act after the other, each when it is told to. To be made while this
/// process has no store open, since SQLite's are not to be taken through fork().
class Child {
public:
    explicit Child(const std::vector<Act>& acts) {
        int orders[2];
        int answers[2];
        REQUIRE(pipe(orders) == 0);
        REQUIRE(pipe(answers) == 0);
        pid_ = fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            close(orders[1]);
            close(answers[0]);
            Actor actor;
            char order = 0;
            for (const Act& act : acts) {
                if (read(orders[0], &order, 1) != 1)
                    break;
                const char said = act(actor) ? 'y' : 'n';
                if (write(answers[1], &said, 1) != 1)
                    break;
            }
            while (read(orders[0], &order, 1) == 1) {
            }
            _exit(0);
        }
        close(orders[0]);
        close(answers[1]);
        orders_ = orders[1];
        answers_ = answers[0];
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        kill_now();
        close(orders_);
        close(answers_);
    }

    void start_next() const { REQUIRE(write(orders_, "x", 1) == 1); }
    bool has_done_well() const {
        char said = 'n';
        return read(answers_, &said, 1) == 1 && said == 'y';
    }
    bool does_next() const {
        start_next();
        return has_done_well();
    }
    void stop() const {
        kill(pid_, SIGSTOP);
        int status = 0;
        waitpid(pid_, &status, WUNTRACED);
    }
    void go_on() const { kill(pid_, SIGCONT); }
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
    int orders_ = -1;
    int answers_ = -1;
};

bool is_held(Store& store, TimePoint now = moment) {
    const auto read = ask(store, ReadLeaseOperation{"line", now});
    REQUIRE(read);
    return read->lease.is_held;
}

/// All bytes of the files that SQLite keeps.
std::string bytes_of(const std::string& path) {
    std::string bytes;
    for (const char* ending : {"", "-wal"}) {
        std::ifstream file(path + ending, std::ios::binary);
        bytes.append(std::istreambuf_iterator<char>(file), {});
    }
    return bytes;
}

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

TEST_CASE("a killed holder frees its lease at once") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    Child holder({opens(path), acquires()});
    REQUIRE(holder.does_next());
    REQUIRE(holder.does_next());
    const auto store = open(path);
    CHECK(is_held(*store));
    const auto refused = lease(*store);
    REQUIRE(!refused);
    CHECK(refused.error().category == ErrorCategory::lock_held);

    holder.kill_now();
    CHECK(!is_held(*store));
    const auto freed = lease(*store);
    REQUIRE(freed);
    CHECK(freed->is_abandoned);
    CHECK(append(*store, freed->fence, 1));
}

TEST_CASE("who only looks whether a holder lives keeps nobody from its lease") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    Child holder({opens(path), acquires()});
    REQUIRE(holder.does_next());
    REQUIRE(holder.does_next());
    holder.kill_now();
    // Another process in the middle of a look.
    const auto lock = *std::filesystem::directory_iterator(path + ".locks");
    const int looking = ::open(lock.path().c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(flock(looking, LOCK_SH | LOCK_NB) == 0);
    const auto store = open(path);
    CHECK(!is_held(*store));
    CHECK(lease(*store));
    close(looking);
}

TEST_CASE("a stopped holder keeps its lease until it runs out, and then writes no more") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    const Child holder({opens(path), acquires(), is_refused_an_append(), closes()});
    REQUIRE(holder.does_next());
    REQUIRE(holder.does_next());
    const auto store = open(path);
    const auto third = open(path);
    holder.stop();
    CHECK(!lease(*store, moment + half_minute / 2));
    const auto late = lease(*store, moment + half_minute);
    REQUIRE(late);
    CHECK(late->is_abandoned);
    // The stopped one still has the lock of the operating system: it says nothing of the new
    // holder, whose lease lasts.
    CHECK(!lease(*third, moment + half_minute));
    holder.go_on();
    CHECK(holder.does_next());
    CHECK(holder.does_next());
    CHECK(is_held(*third, moment + half_minute));
    CHECK(!lease(*third, moment + half_minute));
    CHECK(append(*store, late->fence, 1));
}

TEST_CASE("a stopped holder that is taken over from writes no more") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    const Child holder({opens(path), acquires(), is_refused_an_append()});
    REQUIRE(holder.does_next());
    REQUIRE(holder.does_next());
    const auto store = open(path);
    holder.stop();
    const auto taken =
        ask(*store, LeaseOperation{"line", "ben", deployment, 0, half_minute, moment, true});
    REQUIRE(taken);
    CHECK(taken->is_abandoned);
    holder.go_on();
    CHECK(holder.does_next());
}

TEST_CASE("of processes that race for a new file and its lease exactly one gets it") {
    const TemporaryFolder folder;
    for (int round = 0; round < 10; ++round) {
        CAPTURE(round);
        const std::string path = folder / ("state-" + std::to_string(round));
        std::vector<std::unique_ptr<Child>> children;
        children.reserve(4);
        for (int i = 0; i < 4; ++i)
            children.push_back(std::make_unique<Child>(std::vector<Act>{opens(path), acquires()}));
        int opened = 0;
        int winners = 0;
        for (const auto& child : children)
            child->start_next();
        for (const auto& child : children)
            opened += child->has_done_well() ? 1 : 0;
        for (const auto& child : children)
            child->start_next();
        for (const auto& child : children)
            winners += child->has_done_well() ? 1 : 0;
        CHECK(opened == 4);
        CHECK(winners == 1);
    }
}

TEST_CASE("what processes were told is kept is there, whichever of them are killed") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    constexpr int rounds = 10;
    constexpr char processes = 4;
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    // Each opens and closes the file again and again, as commands do, and says what it appended.
    const auto writes = [&](char name) -> Act {
        return [=](Actor&) {
            for (int round = 1; round <= rounds; ++round) {
                const auto store = store::make_sqlite_store({.path = path});
                if (!store)
                    return false;
                const std::string line(1, name);
                const auto held =
                    ask(**store, LeaseOperation{line, "mia", deployment, 0, half_minute, moment});
                if (!held)
                    return false;
                const AppendOperation next{DeploymentId(line),
                                           line,
                                           held->fence,
                                           {{static_cast<std::uint64_t>(round), "kind", "{}"}},
                                           {}};
                if (!ask(**store, next) || write(ends[1], &name, 1) != 1 ||
                    !ask(**store, ReleaseOperation{line, held->fence}))
                    return false;
            }
            return true;
        };
    };
    std::vector<std::unique_ptr<Child>> children;
    children.reserve(processes);
    for (char i = 0; i < processes; ++i)
        children.push_back(
            std::make_unique<Child>(std::vector<Act>{writes(static_cast<char>('a' + i))}));
    close(ends[1]);
    for (const auto& child : children)
        child->start_next();

    std::map<char, std::size_t> said;
    const auto listen = [&] {
        char name = 0;
        const bool is_there = read(ends[0], &name, 1) == 1;
        said[name] += is_there ? 1 : 0;
        return is_there;
    };
    for (int i = 0; i < processes; ++i)
        REQUIRE(listen());
    children[0]->kill_now();
    children[1]->kill_now();
    CHECK(children[2]->has_done_well());
    CHECK(children[3]->has_done_well());
    children.clear();
    while (listen()) {
    }
    close(ends[0]);

    const auto store = open(path);
    for (char i = 0; i < processes; ++i) {
        const auto name = static_cast<char>('a' + i);
        CAPTURE(name);
        const auto read = ask(*store, ReadOperation{DeploymentId(std::string(1, name)), 0});
        CHECK((read ? read->records.size() : 0) >= said[name]);
        CHECK(ask(*store, LeaseOperation{std::string(1, name), "ben", {}, 0, half_minute, moment}));
    }
    CHECK(said['c'] == rounds);
    CHECK(said['d'] == rounds);
}

TEST_CASE("two stores of one process keep each other out") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    auto one = open(path);
    const auto two = open(path);
    const auto held = lease(*one);
    REQUIRE(held);
    CHECK(!lease(*two));
    SUBCASE("until it is released") {
        CHECK(ask(*one, ReleaseOperation{"line", held->fence}));
        const auto next = lease(*two);
        REQUIRE(next);
        CHECK(!next->is_abandoned);
        CHECK(!lease(*one));
    }
    SUBCASE("until it is destroyed") {
        one = nullptr;
        const auto next = lease(*two);
        REQUIRE(next);
        CHECK(next->is_abandoned);
    }
    SUBCASE("however the path is spelled") {
        const std::string link = folder / "link";
        std::filesystem::create_symlink(path, link);
        CHECK(!lease(*open(link)));
        CHECK(!lease(*open(folder / "../" +
                           std::filesystem::path(folder.path()).filename().string() + "/link")));
    }
}

TEST_CASE("a holder that acquires anew has the lock under its new number") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    auto one = open(path);
    const auto two = open(path);
    const auto old = lease(*one);
    REQUIRE(old);
    const TimePoint late = moment + half_minute;
    const auto fresh = lease(*one, late);
    REQUIRE(fresh);
    CHECK(fresh->is_abandoned);
    // The former number frees nothing.
    CHECK(ask(*one, ReleaseOperation{"line", old->fence}));
    CHECK(!lease(*two, late));
    one = nullptr;
    CHECK(lease(*two, late));
}

TEST_CASE("a lease is released and taken again in one batch") {
    const TemporaryFolder folder;
    const auto one = open(folder / "state.sqlite");
    const auto two = open(folder / "state.sqlite");
    const auto old = lease(*one);
    REQUIRE(old);
    StoreBatch batch;
    batch.push_back({StoreTicket{1}, ReleaseOperation{"line", old->fence}});
    batch.push_back({StoreTicket{2}, LeaseOperation{"line", "ben", {}, 0, half_minute, moment}});
    one->submit(std::move(batch));
    const auto completions = one->poll();
    REQUIRE(completions.size() == 2);
    REQUIRE(completions[1].result);
    CHECK(!completions[1].result->is_abandoned);
    CHECK(!lease(*two));
}

TEST_CASE("where there can be no locks leases end by time alone") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    std::ofstream(path + ".locks") << "in the way";
    auto one = open(path);
    const auto two = open(path);
    CHECK(lease(*one));
    one = nullptr;
    CHECK(is_held(*two));
    CHECK(!lease(*two, moment + half_minute - Milliseconds(1)));
    CHECK(lease(*two, moment + half_minute));
}

TEST_CASE("a store that is opened and closed takes nothing from another one of its process") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    // As the last one to close the file it would remove the log that is still written to.
    const Child other({opens(path), closes()});
    {
        const auto store = open(path);
        const auto held = lease(*store);
        REQUIRE(held);
        open(path).reset();
        CHECK(other.does_next());
        CHECK(other.does_next());
        CHECK(append(*store, held->fence, 1));
        CHECK(ask(*open(path), ReadOperation{deployment, 0}));
    }
    CHECK(ask(*open(path), ReadOperation{deployment, 0}));
}

TEST_CASE("erased bytes are in none of the files") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    const auto store = open(path);
    const auto held = lease(*store);
    REQUIRE(held);
    std::string secret;
    while (secret.size() < 20'000)
        secret += "a very secret word ";
    CHECK(append(*store, held->fence, 1, secret));
    CHECK(append(*store, held->fence, 2, "a very secret word"));
    CHECK(append(*store, held->fence, 3, "what stays"));
    CHECK(contains(bytes_of(path), "very secret"));
    CHECK(ask(*store, EraseOperation{deployment, "line", held->fence, {1, 2}}));
    CHECK(!contains(bytes_of(path), "very secret"));
    CHECK(contains(bytes_of(path), "what stays"));
}

TEST_CASE("a file that another process keeps busy is waited for, within a limit") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    auto store = store::make_sqlite_store({.path = path, .busy_wait_max = Milliseconds(1)});
    REQUIRE(store);
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    const auto refused = lease(**store);
    REQUIRE(!refused);
    CHECK(refused.error().category == ErrorCategory::unavailable);
    CHECK(contains(refused.error().message, "busy"));
    CHECK(contains(refused.error().message, path));
    // Who only reads need not wait.
    CHECK(ask(**store, ListOperation{}));
    sqlite3_close(other);
    CHECK(lease(**store));
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

TEST_CASE("where a file may grow no further nothing is half written") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    const auto limit_files = [](rlim_t bytes) {
        rlimit limit{};
        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = std::min(bytes, limit.rlim_max);
        return signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &limit) == 0;
    };
    const auto count = [](Store& store) {
        const auto read = ask(store, ReadOperation{deployment, 0});
        return read ? read->records.size() : 0;
    };
    const Child writer(
        {opens(path), acquires(),
         [=](Actor& actor) {
             if (!limit_files(400'000))
                 return false;
             std::uint64_t kept = 0;
             for (; kept < 100; ++kept) {
                 const auto appended =
                     append(*actor.store, actor.fence, kept + 1, std::string(10'000, 'x'));
                 if (!appended)
                     return kept > 0 && appended.error().category == ErrorCategory::unavailable &&
                            contains(appended.error().message, path) && count(*actor.store) == kept;
             }
             return false;
         },
         [=](Actor& actor) {
             return limit_files(RLIM_INFINITY) &&
                    append(*actor.store, actor.fence, count(*actor.store) + 1).has_value();
         }});
    CHECK(writer.does_next());
    CHECK(writer.does_next());
    CHECK(writer.does_next());
    CHECK(writer.does_next());
}

TEST_CASE("a file and a folder that cannot be written are refused with what to do") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    open(path).reset();
    // Permissions do not bind root, so somebody else must try.
    constexpr uid_t nobody = 65'534;
    const auto is_refused = [](const std::string& file) -> Act {
        return [file](Actor&) {
            const auto store = store::make_sqlite_store({.path = file});
            return !store && store.error().category == ErrorCategory::unavailable &&
                   contains(store.error().message, file) &&
                   contains(store.error().message, "--state");
        };
    };
    REQUIRE(chmod(path.c_str(), 0444) == 0);
    REQUIRE(chmod(folder.path().c_str(), 0555) == 0);
    const Child other({[](Actor&) { return geteuid() != 0 || setuid(nobody) == 0; },
                       is_refused(path), is_refused(folder / "new.sqlite"),
                       is_refused(folder / "new/state.sqlite")});
    if (other.does_next()) {
        CHECK(other.does_next());
        CHECK(other.does_next());
        CHECK(other.does_next());
    } else {
        MESSAGE("left out: this root may become nobody else");
    }
    CHECK(chmod(folder.path().c_str(), 0700) == 0);
}

TEST_CASE("a file that was cut short is refused") {
    const TemporaryFolder folder;
    const std::string path = folder / "state.sqlite";
    {
        const auto store = open(path);
        const auto held = lease(*store);
        REQUIRE(held);
        REQUIRE(append(*store, held->fence, 1, std::string(50'000, 'x')));
    }
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    CHECK(refusal(path).category == ErrorCategory::protocol);
    CHECK(contains(refusal(path).message, path));
    CHECK(contains(refusal(path).message, "damaged"));
}

TEST_CASE("a path is a file's name and nothing else") {
    const TemporaryFolder folder;
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    for (const char* name : {":memory:", "file:state?mode=memory", "-", "a b"}) {
        CAPTURE(name);
        CHECK(lease(*open(name)));
        CHECK(std::filesystem::is_regular_file(folder / name));
    }
    // Where the process goes afterwards makes no difference.
    const auto store = open("a b");
    std::filesystem::current_path(before);
    CHECK(lease(*store, moment + half_minute));
    CHECK(refusal("").category == ErrorCategory::invalid_argument);
    CHECK(refusal(folder.path()).category == ErrorCategory::unavailable);
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

} // namespace elastiroll::test::sqlite_test
