#pragma once

#include "cli/arguments.hpp"
#include "cli/io.hpp"

#include <elastiroll/base/result.hpp>

namespace elastiroll::cli {

/// `doctor`: shows what it finds. The exit status: 0, or 2 where a deployment would fail.
Result<int> run_doctor(const RunOptions& options, Io& io);

} // namespace elastiroll::cli
