#include "handles.hpp"

#include <elastiroll/runtime/runtime.hpp>

#include <cstdlib>
#include <string_view>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

const char* elr_version(void) { return ELASTIROLL_VERSION; }

int32_t elr_version_number(void) {
    constexpr int32_t major_step = 1'000'000;
    constexpr int32_t minor_step = 1'000;
    return ELR_VERSION_MAJOR * major_step + ELR_VERSION_MINOR * minor_step + ELR_VERSION_PATCH;
}

int32_t elr_has_feature(const char* name) {
    const std::string_view wanted = name ? name : "";
    for (const std::string_view feature : {ELASTIROLL_FEATURES}) {
        if (wanted == feature)
            return 1;
    }
    return 0;
}

void elr_string_free(char* text) {
    std::free(text); // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): C's
}

elr_status elr_id_new(int64_t now_ms, const void* entropy, size_t entropy_size, elr_id* id_out,
                      elr_error** error_out) {
    if (id_out)
        *id_out = {};
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"id_out", id_out}}); !given)
            return given;
        const auto bytes = read_bytes("entropy", entropy, entropy_size);
        if (!bytes)
            return Unexpected(bytes.error());
        if (bytes->empty() || now_ms < 0)
            return invalid("an id needs entropy, and a time that is not before 1970");
        *id_out = make_id(make_deployment_id(TimePoint(Milliseconds(now_ms)), *bytes).text());
        return {};
    });
}
