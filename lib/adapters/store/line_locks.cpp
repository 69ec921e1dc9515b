#include "adapters/store/line_locks.hpp"

#include <elastiroll/base/text.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace elastiroll::store {

LineLocks::~LineLocks() {
    for (const auto& [line, file] : files_)
        close(file);
}

bool LineLocks::try_lock(const std::string& line) {
    if (files_.contains(line))
        return false;
    mkdir(folder_.c_str(), S_IRWXU); // there already, or the open below fails
    constexpr std::size_t digits = 32;
    const std::string path = folder_ + '/' + sha256_hex(line).substr(0, digits);
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        return false;
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        close(file);
        return false;
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

} // namespace elastiroll::store
