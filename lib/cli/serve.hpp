#pragma once

#include "cli/arguments.hpp"
#include "cli/io.hpp"

#include <elastiroll/base/result.hpp>

namespace elastiroll::cli {

/// `sim`: serves until the user asks to stop. The exit status.
Result<int> run_serve(const ServeOptions& options, Io& io);

} // namespace elastiroll::cli
