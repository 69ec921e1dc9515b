#pragma once

#include "cli/arguments.hpp"
#include "cli/event_lines.hpp"
#include "cli/io.hpp"

#include <elastiroll/engine/event.hpp>

#include <memory>
#include <string>

namespace elastiroll::cli {

/// Shows a deployment while it runs.
class Presenter {
public:
    virtual ~Presenter() = default;

    /// The plan, before the question whether to run it.
    virtual void show_plan(const DeploymentPlan& plan) = 0;
    virtual void on_event(const Event& event) = 0;
    /// Time has gone on.
    virtual void tick(TimePoint now) = 0;
    /// A word of the command itself.
    virtual void say(const std::string& text) = 0;
    /// Shows what has not been shown yet and leaves it: something else writes next.
    virtual void settle() = 0;
};

/// NDJSON, a live view or plain lines, as the options and the terminal have it.
/// `io` must outlive it.
std::unique_ptr<Presenter> make_presenter(const Io& io, Output output, Approval approval);

/// How wide a plan is printed: as the terminal, else 100 columns.
int plan_width(const Io& io);

} // namespace elastiroll::cli
