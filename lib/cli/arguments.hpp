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

/// What a spec is read for.
enum class RunKind {
    plan,
    deploy,
    roll_back, ///< `rollback --from-tags`: an unfinished deployment without its journal
    examine,   ///< `doctor`; here a spec may be missing
};

/// `plan`, `deploy`, `rollback --from-tags` and `doctor`.
struct RunOptions {
    RunKind kind = RunKind::plan;
    std::string spec{};
    std::string workflow{}; ///< empty: the only one
    std::optional<std::string> image{};
    std::vector<std::string> variables{}; ///< `NAME=VALUE`, `NAME=@FILE`, `NAME=env:X`
    std::optional<std::string> previous{};
    std::optional<std::string> production_target_group{};
    bool force = false;
    /// Path of a scenario, empty for the default one. Absent: not simulated.
    std::optional<std::string> scenario{};
    std::optional<std::uint64_t> seed{};
    Output output = Output::text;
    // Not plan:
    bool yes = false;
    std::string reason{};
    std::optional<int> speed{}; ///< virtual seconds per real second; absent: as fast as it goes
    // Only deploy:
    bool auto_approve = false;
    bool detach = false;      ///< leaves at the first gate
    std::string saved_plan{}; ///< path of a plan to carry out; then no spec is given
    std::string state{};      ///< URL; empty: the default
    bool replace = false;     ///< rolls an unfinished deployment of the line back first
    bool no_journal = false;  ///< consents to a journal that ends with the process
    // Only plan:
    std::string plan_out{}; ///< path to keep the plan at

    bool operator==(const RunOptions&) const = default;
};

enum class ManageKind { status, history, resume, rollback, approve, abort };

/// The commands about deployments that have begun.
struct ManageOptions {
    ManageKind kind = ManageKind::status;
    std::string deployment{}; ///< an id, or enough of its beginning or end; may be empty
    std::string gate{};       ///< approve: which; empty: the open one
    std::string line{};       ///< history: only of this line
    int limit = 20;           ///< history
    bool due = false;         ///< resume: whatever is due on all lines
    bool accept_drift = false;
    bool take_over = false;
    bool detach = false;
    bool yes = false;
    bool events = false; ///< status: the story of the deployment
    bool watch = false;  ///< status: until it has ended
    std::string reason{};
    std::optional<int> speed{}; ///< as RunOptions
    std::string state{};        ///< as RunOptions
    Output output = Output::text;

    bool operator==(const ManageOptions&) const = default;
};

/// `sim`: the simulated cloud as a server.
struct ServeOptions {
    std::string host{};
    int port = 0;           ///< 0: any that is free
    std::string scenario{}; ///< path; empty: the default one
    std::optional<std::uint64_t> seed{};
    std::optional<int> speed{}; ///< as sim::ServerOptions

    bool operator==(const ServeOptions&) const = default;
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

using Command =
    std::variant<RunOptions, ManageOptions, ServeOptions, SchemaCommand, ShowText, UsageError>;

/// Reads a command line, without the program's name. Pure.
Command parse_arguments(std::span<const std::string> arguments);

/// Whether the command line asks for JSON, however wrong the rest of it is.
bool asks_for_json(std::span<const std::string> arguments);

} // namespace elastiroll::cli
