#include "adapters/store/line_locks.hpp"

#include <elastiroll/base/text.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace elastiroll::store {

namespace {

/// A look takes microseconds; who takes longer is stopped, and is not waited for.
constexpr int waits_max = 50;
constexpr useconds_t wait_us = 1'000;

} // namespace

LineLocks::~LineLocks() {
    for (const auto& [line, file] : files_)
        close(file);
}

int LineLocks::open_file(const std::string& line) const {
    mkdir(folder_.c_str(), S_IRWXU); // there already, or the open below fails
    constexpr std::size_t digits = 32;
    const std::string path = folder_ + '/' + sha256_hex(line).substr(0, digits);
    return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

bool LineLocks::try_lock(const std::string& line) {
    if (holds(line))
        return true;
    const int file = open_file(line);
    if (file < 0)
        return false;
    for (int waits = 0; flock(file, LOCK_EX | LOCK_NB) != 0; ++waits) {
        // Where a shared lock is to be had, others only look, and are done soon.
        if (waits == waits_max || flock(file, LOCK_SH | LOCK_NB) != 0) {
            close(file);
            return false;
        }
        flock(file, LOCK_UN);
        usleep(wait_us);
    }
    files_.emplace(line, file);
    return true;
}

void LineLocks::unlock(const std::string& line) {
    const auto held = files_.find(line);
    if (held == files_.end())
        return;
    close(held->second);
    files_.erase(held);
}

bool LineLocks::is_free(const std::string& line) const {
    if (holds(line))
        return false;
    const int file = open_file(line);
    if (file < 0)
        return false;
    // Shared, so that who looks at the same time sees the same.
    const bool is_free = flock(file, LOCK_SH | LOCK_NB) == 0;
    close(file);
    return is_free;
}

} // namespace elastiroll::store
