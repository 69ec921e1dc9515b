#include <elastiroll/adapters/store.hpp>

namespace elastiroll::store {

Result<std::unique_ptr<Store>> make_sqlite_store(const SqliteOptions&) {
    return fail(ErrorCategory::invalid_argument,
                "this elastiroll was built without SQLite, so it keeps no journal in a file; build "
                "it with -Dsqlite=enabled, or use --state memory:");
}

} // namespace elastiroll::store
