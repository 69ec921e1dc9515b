#pragma once

#include "cli/arguments.hpp"
#include "cli/io.hpp"
#include "cli/world.hpp"

#include <elastiroll/base/result.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

namespace elastiroll::cli {

/// Runs one deployment in `world`, shows it and reports how it ended.
/// The exit status; fails with invalid_argument, before anything happens, where a question would
/// have to be asked and there is no terminal.
Result<int> run_deployment(DeploymentSpec spec, const RunOptions& options, World& world, Io& io);

} // namespace elastiroll::cli
