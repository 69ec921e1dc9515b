#pragma once

#include "cli/live_view.hpp"
#include "cli/style.hpp"

#include <elastiroll/engine/event.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll::cli {

/// What happens at an approval gate.
enum class Approval {
    ask,  ///< a person at a terminal answers
    give, ///< `--auto-approve`
    wait, ///< nobody can be asked: the gate waits for its timeout
};

/// Says a deployment's events in lines: when, which step, what. A look that shows nothing new, and
/// a step that ended as its beginning has said, give no line.
class EventLines {
public:
    EventLines(Approval approval, Style style) : approval_(approval), style_(style) {}

    /// Without line feeds, uncut. Events come in order.
    std::vector<std::string> lines(const Event& event);

private:
    struct Said {
        std::string text{};
        Tone tone = Tone::plain;
    };
    std::optional<Said> say(const PlannedEvent& event);
    std::optional<Said> say(const StepStartedEvent& event);
    std::optional<Said> say(const StepEndedEvent& event);
    std::optional<Said> say(const CallEvent& event);
    std::optional<Said> say(const ProgressEvent& event);
    std::optional<Said> say(const TrafficEvent& event);
    std::optional<Said> say(const GateEvent& event);
    std::optional<Said> say(const NoticeEvent& event);
    std::optional<Said> say(const RollbackEvent& event);
    std::optional<Said> say(const EndedEvent& event);

    Approval approval_;
    Style style_;
    TimePoint began_{};
    TimePoint now_{};
    bool has_begun_ = false;
    bool has_planned_ = false;
    int id_columns_ = 0;
    /// What steps that change something will say at their end if all goes as planned, by step.
    std::map<std::string, std::string, std::less<>> foretold_{};
    std::string last_look_{};
};

} // namespace elastiroll::cli
