#include "target.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// What libFuzzer calls: the target that the build names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto* const target = [] {
        for (const auto& each : elastiroll::fuzz::targets())
            if (each.name == ELASTIROLL_FUZZ_TARGET)
                return &each;
        std::abort();
    }();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are characters here
    const auto law = target->broken_law({reinterpret_cast<const char*>(data), size});
    if (!law.empty()) {
        std::fprintf(stderr, "the law that does not hold: %s\n", law.c_str());
        std::abort();
    }
    return 0;
}
