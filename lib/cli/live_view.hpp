#pragma once

#include "cli/io.hpp"
#include "cli/style.hpp"

#include <elastiroll/engine/event.hpp>

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace elastiroll::cli {

/// What the live view shows: the fold over a deployment's events.
struct LiveState {
    std::optional<TimePoint> began{}; ///< the first event
    TimePoint now{};
    /// The newest plan, of the deployment or of its rollback, without its group document.
    std::optional<DeploymentPlan> plan{};
    int steps_done = 0; ///< of `plan`
    std::string step{}; ///< id of the step under way; empty between steps
    std::string what{}; ///< the step in words
    int phase = 0;      ///< 0 outside of phases
    std::optional<GroupProgress> new_group{};
    std::optional<GroupProgress> previous{};
    /// Where the requests of each route go, by its name, in the plan's order.
    std::vector<std::pair<std::string, std::string>> routes{};
    std::optional<ProgressEvent> wait{}; ///< the newest look of the step's wait
    TimePoint looked_at{};               ///< when that was
    std::optional<GateEvent> gate{};
    std::deque<std::string> notices{}; ///< the newest last
    std::optional<Error> failure{};    ///< what the rollback is for
    std::optional<Outcome> outcome{};
};

/// How many notices stay in view. Our choice: enough to see a pattern, few enough to stay calm.
inline constexpr std::size_t notices_max = 3;

void apply(LiveState& state, const Event& event);

/// The frame, without line feeds: at most `size.columns` wide, one row lower than `size.rows`.
std::vector<std::string> render(const LiveState& state, Size size, const Style& style);

/// `1 of 2 healthy`, `4 going to 3`, `empty`.
std::string health_text(const GroupProgress& group);

/// `+01:32`, `+1:02:03`: an offset from the deployment's start.
std::string offset_text(Milliseconds offset);

} // namespace elastiroll::cli
