#include "adapters/store/sqlite_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <new>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace elastiroll::store {
namespace {

/// "elrl": whose file this is, in SQLite's header.
constexpr std::int64_t application_id = 0x656c726c;

/// The schema, version by version: the n-th text brings a file from version n to n + 1.
constexpr const char* migrations[] = {
    R"(CREATE TABLE deployments (
           id TEXT NOT NULL PRIMARY KEY,
           line TEXT NOT NULL,
           last INTEGER NOT NULL,
           headline BLOB NOT NULL);
       CREATE INDEX deployments_by_line ON deployments (line, id);
       CREATE TABLE records (
           deployment TEXT NOT NULL,
           sequence INTEGER NOT NULL,
           kind TEXT NOT NULL,
           bytes BLOB NOT NULL,
           PRIMARY KEY (deployment, sequence));
       CREATE TABLE leases (
           line TEXT NOT NULL PRIMARY KEY,
           fence INTEGER NOT NULL,
           holder TEXT NOT NULL,
           deployment TEXT NOT NULL,
           since_ms INTEGER NOT NULL,
           until_ms INTEGER NOT NULL,
           is_held INTEGER NOT NULL,
           has_lock INTEGER NOT NULL);
       CREATE TABLE inbox (
           deployment TEXT NOT NULL,
           sequence INTEGER NOT NULL,
           bytes BLOB NOT NULL,
           PRIMARY KEY (deployment, sequence));)",
};
constexpr auto schema_version = static_cast<std::int64_t>(std::size(migrations));

Error unusable(const std::string& path, std::string_view what) {
    return {.category = ErrorCategory::unavailable,
            .message = fmt::format("opening the state file {}: {}; make it writable, or name "
                                   "another one with --state",
                                   path, what)};
}

/// That a folder was made in `parent` survives a crash from here on.
void keep_folder(const std::filesystem::path& parent) {
    const int file = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return;
    fsync(file);
    ::close(file);
}

/// Makes the folder, for its owner only, and the file, which SQLite would make for everybody.
/// Returns the file's path without links: log and locks lie beside the file itself.
Result<std::string> make_private_file(const std::string& path) {
    if (path.empty() || path.find('\0') != std::string::npos)
        return fail(ErrorCategory::invalid_argument,
                    "opening the state file: its path is empty or no text; name it with --state");
    std::error_code failed;
    const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
    if (failed)
        return Unexpected(unusable(path, failed.message()));
    std::filesystem::path made;
    for (const std::filesystem::path& part : absolute.parent_path()) {
        const std::filesystem::path parent = made;
        made /= part;
        if (mkdir(made.c_str(), S_IRWXU) == 0)
            keep_folder(parent);
        else if (errno != EEXIST && errno != EISDIR)
            return Unexpected(unusable(path, fmt::format("its folder {} cannot be made: {}",
                                                         made.string(), std::strerror(errno))));
    }
    // Not open() and close(): closing a file ends all of the process's locks on it, and with them
    // those of another store on the same file.
    if (mknod(absolute.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) != 0 && errno != EEXIST)
        return Unexpected(unusable(path, std::strerror(errno)));
    const std::filesystem::path real = std::filesystem::canonical(absolute, failed);
    if (failed)
        return Unexpected(unusable(path, failed.message()));
    if (!std::filesystem::is_regular_file(real, failed))
        return Unexpected(unusable(path, "it is no file"));
    return real.string();
}

} // namespace

Result<Database> Database::open(const Options& options) {
    auto path = make_private_file(options.path);
    if (!path)
        return Unexpected(std::move(path).error());
    Database database;
    database.path_ = *std::move(path);
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(
        database.path_.c_str(), &handle,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    database.handle_.reset(handle);
    if (handle == nullptr)
        throw std::bad_alloc();
    if (opened != SQLITE_OK)
        return Unexpected(database.error("opening"));
    struct stat place{};
    if (stat(database.path_.c_str(), &place) == 0) {
        database.device_ = place.st_dev;
        database.inode_ = place.st_ino;
    }
    if (sqlite3_db_readonly(handle, "main") == 1)
        return Unexpected(unusable(database.path_, "it cannot be written"));
    constexpr Milliseconds::rep longest = 3'600'000;
    sqlite3_busy_timeout(handle, static_cast<int>(std::clamp<Milliseconds::rep>(
                                     options.busy_wait_max.count(), 0, longest)));
    // SQLite does not wait by itself where several open a new file at once and all of them would
    // change its mode.
    constexpr int pause_ms = 5;
    const auto deadline = std::chrono::steady_clock::now() + options.busy_wait_max;
    for (;;) {
        auto ready = database.configure(options.pages_max);
        if (ready)
            ready = database.migrate();
        if (ready)
            return database;
        const bool is_busy = (sqlite3_errcode(handle) & 0xff) == SQLITE_BUSY;
        if (!is_busy || std::chrono::steady_clock::now() >= deadline)
            return Unexpected(std::move(ready).error());
        if (database.is_in_transaction())
            static_cast<void>(database.run("ROLLBACK"));
        sqlite3_sleep(pause_ms);
    }
}

Result<void> Database::configure(int pages_max) {
    // The owner first: nothing is changed in a file of somebody else's. Both numbers from one
    // moment, since another process may be making the tables.
    if (auto begun = run("BEGIN"); !begun)
        return begun;
    auto owner = number("PRAGMA application_id");
    if (!owner)
        return Unexpected(std::move(owner).error());
    auto objects = number("SELECT count(*) FROM sqlite_master");
    if (!objects)
        return Unexpected(std::move(objects).error());
    if (auto ended = run("COMMIT"); !ended)
        return ended;
    if (*owner != application_id && (*owner != 0 || *objects != 0))
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("opening the state file {}: it is another program's database; "
                                "name another one with --state",
                                path_));
    for (const char* pragma : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                               "PRAGMA secure_delete = ON", "PRAGMA cell_size_check = ON"}) {
        if (auto set = run(pragma); !set)
            return set;
    }
    if (pages_max > 0)
        return run(fmt::format("PRAGMA max_page_count = {}", pages_max).c_str());
    return {};
}

Result<void> Database::migrate() {
    // Another process may be doing the same: looked at again under the lock.
    for (const bool is_locked : {false, true}) {
        auto version = number("PRAGMA user_version");
        if (!version)
            return Unexpected(std::move(version).error());
        if (*version > schema_version)
            return fail(ErrorCategory::invalid_argument,
                        fmt::format("opening the state file {}: it was written by a newer "
                                    "elastiroll (schema {}, this one knows up to {}); use that "
                                    "one, or name another file with --state",
                                    path_, *version, schema_version));
        if (*version == schema_version)
            return is_locked ? run("ROLLBACK") : Result<void>();
        if (!is_locked) {
            if (auto begun = run("BEGIN IMMEDIATE"); !begun)
                return begun;
            continue;
        }
        for (auto step = *version; step < schema_version; ++step) {
            if (auto done = run(migrations[step]); !done)
                return done;
        }
    }
    const std::string mark =
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT", application_id,
                    schema_version);
    return run(mark.c_str());
}

Result<void> Database::run(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK)
        return {};
    return Unexpected(error("using"));
}

Result<std::int64_t> Database::number(const char* sql) {
    Statement statement = prepare(sql);
    auto has_row = statement.next("reading");
    if (!has_row)
        return Unexpected(std::move(has_row).error());
    return *has_row ? statement.number(0) : 0;
}

bool Database::is_in_place() const noexcept {
    struct stat place{};
    return stat(path_.c_str(), &place) == 0 && place.st_dev == device_ && place.st_ino == inode_;
}

Error Database::error(std::string_view doing) const {
    const int code = sqlite3_extended_errcode(handle_.get());
    std::string words = sqlite3_errmsg(handle_.get());
    // SQLite keeps the system's number of an older failure beside others.
    const int system = sqlite3_system_errno(handle_.get());
    const bool has_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    if (has_system && system != 0)
        words += fmt::format(" ({})", std::strerror(system));
    const auto make = [&](ErrorCategory category, std::string_view next) {
        return Error{.category = category,
                     .message =
                         fmt::format("{} the state file {}: {}; {}", doing, path_, words, next)};
    };
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return make(ErrorCategory::unavailable,
                    "another process has kept it busy for too long; try again");
    case SQLITE_NOMEM: throw std::bad_alloc();
    case SQLITE_FULL: return make(ErrorCategory::unavailable, "make room on its disk, then go on");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return make(ErrorCategory::unavailable,
                    "see that its disk has room and that it and its folder can be written");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return make(ErrorCategory::protocol,
                    "it is damaged or no state file; keep a copy of it, and name another one with "
                    "--state; the groups' tags still tell what each deployment did");
    default: break;
    }
    return make(ErrorCategory::internal, "this is a bug of elastiroll: please report it");
}

sqlite3_stmt* Database::cached(const char* sql) {
    const auto known = std::ranges::find(prepared_, sql, &Prepared::sql);
    if (known != prepared_.end())
        return known->statement.get();
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                           nullptr) != SQLITE_OK)
        return nullptr;
    Prepared prepared;
    prepared.sql = sql;
    prepared.statement.reset(statement);
    prepared_.push_back(std::move(prepared));
    return statement;
}

Database::Statement Database::prepare(const char* sql) { return {*this, cached(sql)}; }

Database::Statement::~Statement() {
    if (statement_ == nullptr)
        return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Database::Statement& Database::Statement::bind(std::string_view text) {
    // A null pointer would bind NULL.
    const char* data = text.empty() ? "" : text.data();
    is_bad_ = is_bad_ || sqlite3_bind_text64(statement_, ++bound_, data, text.size(),
                                             SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK;
    return *this;
}

Database::Statement& Database::Statement::bind_blob(std::string_view bytes) {
    const char* data = bytes.empty() ? "" : bytes.data();
    is_bad_ = is_bad_ || sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(),
                                             SQLITE_TRANSIENT) != SQLITE_OK;
    return *this;
}

Database::Statement& Database::Statement::bind(std::int64_t number) {
    is_bad_ = is_bad_ || sqlite3_bind_int64(statement_, ++bound_, number) != SQLITE_OK;
    return *this;
}

Result<bool> Database::Statement::next(std::string_view doing) {
    if (statement_ == nullptr || is_bad_)
        return Unexpected(database_->error(doing));
    switch (sqlite3_step(statement_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return Unexpected(database_->error(doing));
    }
}

Result<void> Database::Statement::run(std::string_view doing) {
    auto stepped = next(doing);
    if (!stepped)
        return Unexpected(std::move(stepped).error());
    return {};
}

std::string Database::Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
}

} // namespace elastiroll::store
