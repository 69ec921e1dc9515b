#pragma once

#include "cli/arguments.hpp"
#include "cli/io.hpp"
#include "cli/state.hpp"

#include <elastiroll/base/result.hpp>

namespace elastiroll::cli {

/// `status`, `history`, `resume`, `rollback`, `approve`, `abort`: the exit status.
Result<int> run_manage(const ManageOptions& options, const State& state, Io& io);

} // namespace elastiroll::cli
