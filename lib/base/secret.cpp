#include <elastiroll/base/secret.hpp>

namespace elastiroll {

void Secret::wipe(std::string& text) noexcept {
    // A shorter text may leave the end of a longer one behind. This never allocates.
    text.resize(text.capacity());
    // Through a volatile pointer, so that the compiler does not take it for a useless write.
    volatile char* bytes = text.data();
    for (std::size_t i = 0; i < text.size(); ++i)
        bytes[i] = '\0';
    text.clear();
}

} // namespace elastiroll
