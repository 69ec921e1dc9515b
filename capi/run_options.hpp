#pragma once

#include "handles.hpp"

#include <elastiroll/plan/saved_plan.hpp>

#include <memory>
#include <optional>
#include <string>

namespace elastiroll::capi {

/// What is said beside a spec or an id about a run.
struct RunOptions {
    DeploymentId deployment{};
    std::string actor{};
    std::string reason{};
    std::optional<SavedPlan> plan{};
    std::shared_ptr<elr_control::State> control{};
    Hook<elr_observer_fn> observer{};
    Hook<elr_log_fn> log{};
    bool detaches = false;
    bool accepts_drift = false;
    bool takes_over = false;
};

/// Takes the callbacks' data over at once: it is freed whatever becomes of the rest. Fails with
/// invalid_argument.
Result<RunOptions> read_run_options(const elr_run_options* given);

} // namespace elastiroll::capi
