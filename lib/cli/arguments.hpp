#pragma once

#include <elastiroll/base/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace elastiroll::cli {

enum class Output {
    text,  ///< live on a terminal, else plain
    plain, ///< a line per event
    json,  ///< NDJSON
};

/// `plan` and `deploy`.
struct RunOptions {
    bool is_deploy = false;
    std::string spec{};
    std::string workflow{}; ///< empty: the only one
    std::optional<std::string> image{};
    std::vector<std::string> variables{}; ///< `NAME=VALUE`, `NAME=@FILE`, `NAME=env:X`
    std::optional<std::string> previous{};
    bool force = false;
    /// Path of a scenario, empty for the default one. Absent: not simulated.
    std::optional<std::string> scenario{};
    std::optional<std::uint64_t> seed{};
    Output output = Output::text;
    // Only deploy:
    bool yes = false;
    bool auto_approve = false;
    std::string reason{};
    std::optional<int> speed{}; ///< virtual seconds per real second; absent: as fast as it goes

    bool operator==(const RunOptions&) const = default;
};

/// `schema`.
struct SchemaCommand {
    bool operator==(const SchemaCommand&) const = default;
};
/// `--help`, `--version`: a text to print.
struct ShowText {
    std::string text{};
    bool operator==(const ShowText&) const = default;
};
/// The arguments are wrong.
struct UsageError {
    Error error{};
    bool operator==(const UsageError&) const = default;
};

using Command = std::variant<RunOptions, SchemaCommand, ShowText, UsageError>;

/// Reads a command line, without the program's name. Pure.
Command parse_arguments(std::span<const std::string> arguments);

/// Whether the command line asks for JSON, however wrong the rest of it is.
bool asks_for_json(std::span<const std::string> arguments);

} // namespace elastiroll::cli
