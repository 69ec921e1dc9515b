#pragma once

#include <map>
#include <string>

namespace elastiroll::store {

/// Locks of the operating system, one per line, which end with the process that has them: how
/// another process sees at once that a lease's holder is gone.
///
/// A file per line in `folder`, named by the line's digest, locked with flock(2). Works between
/// processes of one machine; a network file system may not keep such locks. Where locks cannot be
/// had at all, none is ever ours, and leases end by time alone.
class LineLocks {
public:
    explicit LineLocks(std::string folder) : folder_(std::move(folder)) {}
    LineLocks(const LineLocks&) = delete;
    LineLocks& operator=(const LineLocks&) = delete;
    ~LineLocks();

    bool holds(const std::string& line) const { return files_.contains(line); }
    /// Whether the lock is ours: from before, or from now on. Waits for those who only look, within
    /// a limit.
    bool try_lock(const std::string& line);
    void unlock(const std::string& line);
    /// Whether nobody has it. Keeps it from others for the moment that this takes.
    bool is_free(const std::string& line) const;

private:
    /// -1 where the file cannot be opened.
    int open_file(const std::string& line) const;

    std::string folder_;
    std::map<std::string, int> files_; ///< open descriptors
};

} // namespace elastiroll::store
