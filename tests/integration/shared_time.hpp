#pragma once

#include <elastiroll/base/time.hpp>

#include <string>

namespace elastiroll::integration {

/// The simulated cloud's time in a file that processes map, so that reading it costs no request and
/// a process that was stopped sees at once how late it is.
class SharedTime {
public:
    /// Makes the file (the host), or maps the one that is there. valid() tells whether that worked.
    SharedTime(const std::string& path, bool is_host);
    SharedTime(const SharedTime&) = delete;
    SharedTime& operator=(const SharedTime&) = delete;
    ~SharedTime();

    bool valid() const noexcept { return time_ != nullptr; }
    TimePoint get() const noexcept;
    void set(TimePoint time) noexcept;

private:
    std::int64_t* time_ = nullptr;
};

} // namespace elastiroll::integration
