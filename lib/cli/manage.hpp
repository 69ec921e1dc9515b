#pragma once

#include "cli/arguments.hpp"
#include "cli/io.hpp"
#include "cli/state.hpp"

#include <elastiroll/base/result.hpp>

namespace elastiroll::cli {

/// Rolls back what is unfinished on `line` in the journal of real deployments, so that another one
/// can begin. 0 where nothing is left of it, else the status to end with. Fails as run_manage().
Result<int> roll_back_unfinished(const std::string& line, const ManageOptions& options,
                                 const State& state, Io& io);

/// `status`, `history`, `resume`, `rollback`, `approve`, `abort`: the exit status.
Result<int> run_manage(const ManageOptions& options, const State& state, Io& io);

} // namespace elastiroll::cli
