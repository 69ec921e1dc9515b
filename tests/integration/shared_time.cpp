#include "shared_time.hpp"

#include <atomic>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace elastiroll::integration {

SharedTime::SharedTime(const std::string& path, bool is_host) {
    const int file = open(path.c_str(), O_RDWR | O_CLOEXEC | (is_host ? O_CREAT : 0), 0600);
    if (file < 0)
        return;
    if (!is_host || ftruncate(file, sizeof *time_) == 0) {
        void* mapped = mmap(nullptr, sizeof *time_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        time_ = mapped == MAP_FAILED ? nullptr : static_cast<std::int64_t*>(mapped);
    }
    close(file);
}

SharedTime::~SharedTime() {
    if (time_ != nullptr)
        munmap(time_, sizeof *time_);
}

TimePoint SharedTime::get() const noexcept {
    return TimePoint(Milliseconds(std::atomic_ref(*time_).load()));
}

void SharedTime::set(TimePoint time) noexcept {
    std::atomic_ref(*time_).store(time.time_since_epoch().count());
}

} // namespace elastiroll::integration
