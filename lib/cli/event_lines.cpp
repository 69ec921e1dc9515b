#include "cli/event_lines.hpp"

#include "cli/report.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

namespace elastiroll::cli {

namespace {

constexpr int offset_columns = 9; // "+1:02:03 "
// A longer id only pushes its own line; our choice, longer than any id of today's plans.
constexpr int id_columns_max = 28;

std::string foretold(const StepAction& action) {
    const auto* scale = std::get_if<ScaleGroupStep>(&action);
    return scale != nullptr ? to_string(scale->before) + " to " + to_string(scale->to) : "";
}

} // namespace

std::vector<std::string> EventLines::lines(const Event& event) {
    if (!has_begun_)
        began_ = event.at;
    has_begun_ = true;
    now_ = std::max(now_, event.at);
    const auto said = std::visit([this](const auto& body) { return say(body); }, event.body);
    if (!said)
        return {};
    std::string step = printable(step_of(event.body), style_);
    if (step.empty())
        step = event_name(event.body);
    const std::string head =
        pad_right(offset_text(event.at - began_), offset_columns) + pad_right(step, id_columns_);
    return {paint(head, Tone::dim, style_) + "  " +
            paint(printable(said->text, style_), said->tone, style_)};
}

auto EventLines::say(const PlannedEvent& event) -> std::optional<Said> {
    for (const Step& step : event.plan.steps) {
        id_columns_ = std::clamp(display_width(step.id), id_columns_, id_columns_max);
        if (is_mutating(step.action))
            foretold_[step.id] = foretold(step.action);
    }
    const bool is_again = std::exchange(has_planned_, true);
    const std::string steps = count_of(static_cast<std::int64_t>(event.plan.steps.size()), "step");
    if (event.plan.is_no_op)
        return Said{"nothing to do"};
    if (event.plan.kind != PlanKind::deploy)
        return Said{fmt::format("{}: {}", to_string(event.plan.kind), steps)};
    return Said{is_again ? steps + ", planned again: the line has moved within its bounds" : steps};
}

auto EventLines::say(const StepStartedEvent& event) -> std::optional<Said> {
    last_look_.clear();
    return Said{event.what};
}

auto EventLines::say(const StepEndedEvent& event) -> std::optional<Said> {
    if (event.is_warning)
        return Said{"still due: " + event.summary, Tone::waiting};
    const auto change = foretold_.find(event.step);
    if (event.summary.empty() || (change != foretold_.end() && change->second == event.summary))
        return std::nullopt;
    if (change != foretold_.end())
        return Said{"done: " + event.summary};
    return Said{event.summary, Tone::good};
}

auto EventLines::say(const CallEvent& event) -> std::optional<Said> {
    if (event.result == "answered")
        return std::nullopt;
    return Said{fmt::format("{}: {}{}", event.detail,
                            event.result == "unanswered" ? "the answer was lost" : event.result,
                            event.request_id.empty() ? "" : ", request " + event.request_id),
                Tone::waiting};
}

auto EventLines::say(const ProgressEvent& event) -> std::optional<Said> {
    std::vector<std::string> parts;
    for (const auto* group : {&event.new_group, &event.previous})
        if (*group)
            parts.push_back((*group)->name + ": " + health_text(**group));
    std::string look = join(parts, "; ");
    if (look.empty() || look == last_look_)
        return std::nullopt;
    last_look_ = look;
    return Said{std::move(look), Tone::dim};
}

/// Its step says it.
auto EventLines::say(const TrafficEvent&) -> std::optional<Said> { return std::nullopt; }

auto EventLines::say(const GateEvent& event) -> std::optional<Said> {
    const std::string until = format_time(event.until);
    if (!event.needs_approval)
        return Said{"watches until " + until, Tone::waiting};
    switch (approval_) {
    case Approval::ask: return Said{"waits for an approval until " + until, Tone::waiting};
    case Approval::give: return Said{"approved by --auto-approve"};
    case Approval::wait:
        return Said{fmt::format("waits for an approval until {}, then everything is restored; "
                                "nobody can be asked here (--auto-approve approves)",
                                until),
                    Tone::waiting};
    }
    return std::nullopt;
}

auto EventLines::say(const NoticeEvent& event) -> std::optional<Said> {
    return Said{event.message, Tone::waiting};
}

auto EventLines::say(const RollbackEvent& event) -> std::optional<Said> {
    return Said{"failed: " + event.error.message, Tone::bad};
}

auto EventLines::say(const EndedEvent& event) -> std::optional<Said> {
    const bool is_good =
        event.outcome.kind == OutcomeKind::done || event.outcome.kind == OutcomeKind::nothing_to_do;
    return Said{outcome_words(event.outcome.kind), is_good ? Tone::good : Tone::bad};
}

} // namespace elastiroll::cli
