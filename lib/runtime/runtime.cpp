#include <elastiroll/runtime/runtime.hpp>

#include <elastiroll/base/text.hpp>

#include <chrono>
#include <string_view>

#include <time.h>

namespace elastiroll {
namespace {

class SystemClock final : public Clock {
public:
    TimePoint now() override {
        return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
    }
    Milliseconds monotonic() override {
#ifdef CLOCK_BOOTTIME
        // Goes on while the machine sleeps, unlike steady_clock there: a lease does not wait for
        // it.
        timespec time{};
        if (clock_gettime(CLOCK_BOOTTIME, &time) == 0)
            return std::chrono::duration_cast<Milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                            std::chrono::nanoseconds(time.tv_nsec));
#endif
        return std::chrono::duration_cast<Milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
    }
};

/// Crockford's alphabet: no I, L, O, U, so that an id read aloud stays itself.
constexpr std::string_view id_digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int time_digits = 10;
constexpr int entropy_digits = 16;

} // namespace

std::unique_ptr<Clock> make_system_clock() { return std::make_unique<SystemClock>(); }

DeploymentId make_deployment_id(TimePoint now, std::string_view entropy) {
    std::string text(time_digits + entropy_digits, '0');
    auto time = static_cast<std::uint64_t>(now.time_since_epoch().count());
    for (int i = time_digits - 1; i >= 0; --i) {
        text[static_cast<std::size_t>(i)] = id_digits[time % 32];
        time /= 32;
    }
    const std::string digest = sha256_hex(entropy);
    for (std::size_t i = 0; i < entropy_digits; ++i) {
        // Five of a byte's bits per digit; which five does not matter in a digest.
        const auto value = static_cast<unsigned>(std::stoi(digest.substr(2 * i, 2), nullptr, 16));
        text[time_digits + i] = id_digits[value % 32];
    }
    return DeploymentId(text);
}

} // namespace elastiroll
