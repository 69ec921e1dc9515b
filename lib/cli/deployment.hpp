#pragma once

#include "cli/arguments.hpp"
#include "cli/io.hpp"
#include "cli/world.hpp"

#include <elastiroll/base/result.hpp>
#include <elastiroll/plan/saved_plan.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <optional>
#include <string>

namespace elastiroll::cli {

/// A new deployment, or a rollback from tags, as the command starts it.
struct NewDeployment {
    DeploymentId id{};
    DeploymentSpec spec{};
    std::optional<SavedPlan> saved{};
    bool is_kept = false; ///< whether its journal outlives the process
    std::string notice{}; ///< told before anything else; may be empty
};

/// Runs one of them in `world`, shows it and reports how it ended.
/// The exit status; fails with invalid_argument, before anything happens, where a question would
/// have to be asked and there is no terminal.
Result<int> run_deployment(NewDeployment deployment, const RunOptions& options, World& world,
                           Io& io);

/// Goes on with a deployment whose journal is in `world`, or rolls it back; `spec` is its own.
/// As run_deployment(), but a rollback only asks.
Result<int> run_resumed(ResumeRequest request, const DeploymentSpec& spec,
                        const ManageOptions& options, World& world, Io& io);

} // namespace elastiroll::cli
