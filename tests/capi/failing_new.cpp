// Replaces the program's operator new by one that can be told to fail: for the library's own
// allocations, all of which go through it.

#include "failing_new.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

long count = 0;
long first_to_fail = 0; // 0: none
bool fails_all = false; // from the first on

void* allocate(std::size_t size) {
    ++count;
    if (first_to_fail != 0 && (count == first_to_fail || (fails_all && count > first_to_fail)))
        return nullptr;
    return std::malloc(size == 0 ? 1 : size);
}

} // namespace

void fail_allocation(long nth, int and_all_later) {
    count = 0;
    first_to_fail = nth;
    fails_all = and_all_later != 0;
}

long allocation_count(void) { return count; }

void* operator new(std::size_t size) {
    void* place = allocate(size);
    if (!place)
        throw std::bad_alloc();
    return place;
}
void* operator new(std::size_t size, const std::nothrow_t& /*unused*/) noexcept {
    return allocate(size);
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t& /*unused*/) noexcept {
    return allocate(size);
}
void operator delete(void* place) noexcept { std::free(place); }
void operator delete[](void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t /*unused*/) noexcept { std::free(place); }
void operator delete[](void* place, std::size_t /*unused*/) noexcept { std::free(place); }
