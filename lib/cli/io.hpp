#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

namespace elastiroll::cli {

/// A terminal's size in characters.
struct Size {
    int columns = 80;
    int rows = 24;

    bool operator==(const Size&) const = default;
};

/// All that the command touches of its process: main() gives the real things, tests give others.
struct Io {
    std::istream* in = nullptr;
    std::ostream* out = nullptr;
    std::ostream* err = nullptr;
    bool in_is_terminal = false;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    std::string actor{}; ///< `user@host`
    std::function<std::optional<std::string>(const std::string& name)> environment{};
    std::function<Size()> size{}; ///< of the terminal behind `out`
    /// How often the user has asked to stop (SIGINT, SIGTERM) so far.
    std::function<int()> interrupts{};
    std::function<Milliseconds()> real_time{}; ///< of a clock that never goes back
    std::function<void(Milliseconds)> sleep{};
    /// A file's bytes; fails with not_found where there is none.
    std::function<Result<std::string>(const std::string& path)> read_file{};
    /// Makes what carries requests to Spot and AWS. Empty: libcurl, as the environment says.
    std::function<std::unique_ptr<HttpTransport>()> make_transport{};
    /// Makes the clock of deployments that are not simulated.
    std::function<std::unique_ptr<Clock>()> make_clock = make_system_clock;
};

} // namespace elastiroll::cli
