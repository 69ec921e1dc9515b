#pragma once

#include <elastiroll/base/result.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::store {

/// One open SQLite file: statements that fail with our errors.
class Database {
public:
    struct Options {
        std::string path{};
        int busy_timeout_ms = 0;
        int pages_max = 0; ///< 0: as SQLite has it
    };

    /// Opens the file, which is made where it is missing, and brings its schema up to date.
    static Result<Database> open(const Options& options);

    /// Runs SQL that gives no rows.
    Result<void> run(const char* sql);
    /// Whether a transaction is open; SQLite ends one by itself after some failures.
    bool is_in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }
    /// Whether the path still leads to the file that was opened.
    bool is_in_place() const noexcept;

    const std::string& path() const noexcept { return path_; }
    /// What SQLite's newest failure means: what was being done to which file, what happened, what
    /// to do.
    Error error(std::string_view doing) const;

    class Statement;
    Statement prepare(const char* sql);

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    struct Prepared {
        const char* sql = nullptr;
        std::unique_ptr<sqlite3_stmt, Finalize> statement{};
    };

    Result<void> configure(int pages_max);
    Result<void> migrate();
    Result<std::int64_t> number(const char* sql);
    sqlite3_stmt* cached(const char* sql);

    std::string path_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    std::unique_ptr<sqlite3, Close> handle_;
    /// Prepared once each, found by the address of their text. Closed before the handle.
    std::vector<Prepared> prepared_;
};

/// A statement in use; it is reset when it goes. Values are bound in order.
class Database::Statement {
public:
    Statement(Database& database, sqlite3_stmt* statement)
        : database_(&database), statement_(statement) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    Statement& bind(std::string_view text);
    Statement& bind_blob(std::string_view bytes);
    Statement& bind(std::int64_t number);

    /// Moves to the next row; false where there is none. `doing` begins the message of a failure.
    Result<bool> next(std::string_view doing);
    /// For statements without rows.
    Result<void> run(std::string_view doing);

    std::string text(int column) const;
    std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }

private:
    Database* database_;
    sqlite3_stmt* statement_;
    int bound_ = 0;
    bool is_bad_ = false;
};

} // namespace elastiroll::store
