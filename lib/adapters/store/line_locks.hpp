#pragma once

#include <map>
#include <string>

namespace elastiroll::store {

/// Locks of the operating system, one per line, which end with the process that has them: how
/// another process sees at once that a lease's holder is gone.
///
/// A file per line in `folder`, named by the line's digest, locked with flock(2). Works between
/// processes of one machine; a network file system may not keep such locks.
class LineLocks {
public:
    explicit LineLocks(std::string folder) : folder_(std::move(folder)) {}
    LineLocks(const LineLocks&) = delete;
    LineLocks& operator=(const LineLocks&) = delete;
    ~LineLocks();

    /// Whether the lock is ours now; no where somebody has it, this object included.
    bool try_lock(const std::string& line);
    void unlock(const std::string& line);

private:
    std::string folder_;
    std::map<std::string, int> files_; ///< open descriptors
};

} // namespace elastiroll::store
