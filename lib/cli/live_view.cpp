#include "cli/live_view.hpp"

#include "cli/bar.hpp"
#include "cli/report.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

namespace elastiroll::cli {

namespace {

// Below it a group takes two lines; our choice, from what names and capacities take in practice.
constexpr int one_line_columns = 76;
constexpr int narrow_columns = 40;
// Wider, the eye has to travel between what belongs together.
constexpr int columns_max = 100;
constexpr int bar_min = 4;
constexpr int bar_max = 40;
constexpr int role_columns = 8; // "previous"

std::string_view section(std::string_view step) { return step.substr(0, step.find('.')); }

int phase_of(std::string_view step) {
    constexpr std::string_view head = "phase-";
    const std::string_view name = section(step);
    if (!name.starts_with(head))
        return 0;
    return static_cast<int>(parse_integer(name.substr(head.size())).value_or(0));
}

GroupProgress* find_group(LiveState& state, const GroupRef& ref) {
    if (std::holds_alternative<NewGroup>(ref))
        return state.new_group ? &*state.new_group : nullptr;
    const auto& id = std::get<GroupId>(ref);
    for (auto* group : {&state.new_group, &state.previous})
        if (*group && (*group)->id == id)
            return &**group;
    return nullptr;
}

// What a finished step made true, so that the view does not wait for the next look.
void apply_step(LiveState& state, const Step& step) {
    const auto ref = group_of(step.action);
    GroupProgress* group = ref ? find_group(state, *ref) : nullptr;
    if (group == nullptr)
        return;
    if (const auto* scale = std::get_if<ScaleGroupStep>(&step.action))
        group->capacity = scale->to;
    else if (const auto* steady = std::get_if<AwaitSteadyStep>(&step.action))
        group->healthy = std::max(group->healthy, steady->wanted.target());
    else if (const auto* small = std::get_if<AwaitSmallStep>(&step.action)) {
        group->present = std::min(group->present, small->active_max);
        group->healthy = std::min(group->healthy, small->active_max);
    } else if (std::holds_alternative<DeleteGroupStep>(step.action) && state.new_group &&
               group == &*state.new_group)
        state.new_group.reset();
}

void set_route(LiveState& state, const std::string& name, std::string leads_to) {
    const auto found =
        std::ranges::find(state.routes, name, &std::pair<std::string, std::string>::first);
    if (found == state.routes.end())
        state.routes.emplace_back(name, std::move(leads_to));
    else
        found->second = std::move(leads_to);
}

void apply_body(LiveState& state, const PlannedEvent& event) {
    const bool is_first = !state.plan;
    for (auto step = event.plan.steps.rbegin(); is_first && step != event.plan.steps.rend();
         ++step) {
        if (const auto* forwards = std::get_if<SetForwardsStep>(&step->action))
            set_route(state, forwards->name, forward_text(forwards->before));
    }
    std::ranges::reverse(state.routes);
    state.plan = event.plan;
    state.plan->group_document = {};
    state.steps_done = 0;
    if (event.plan.kind != PlanKind::deploy && !is_first)
        return;
    if (!state.new_group && !event.plan.new_name.empty() && !event.plan.is_no_op)
        state.new_group = GroupProgress{.name = event.plan.new_name};
    if (const auto& previous = event.plan.previous)
        state.previous = GroupProgress{.name = previous->name,
                                       .id = previous->id,
                                       .capacity = previous->capacity,
                                       .healthy = previous->healthy,
                                       .present = previous->healthy};
}

void apply_body(LiveState& state, const StepStartedEvent& event) {
    state.step = event.step;
    state.what = event.what;
    state.phase = phase_of(event.step);
    state.wait.reset();
    state.gate.reset();
}

void apply_body(LiveState& state, const StepEndedEvent& event) {
    ++state.steps_done;
    const Step* step = state.plan ? state.plan->find(event.step) : nullptr;
    if (step != nullptr && !event.is_warning)
        apply_step(state, *step);
    state.gate.reset();
}

void apply_body(LiveState&, const CallEvent&) {}

void apply_body(LiveState& state, const ProgressEvent& event) {
    if (event.new_group)
        state.new_group = event.new_group;
    if (event.previous)
        state.previous = event.previous;
    state.wait = event;
    state.looked_at = state.now;
}

void apply_body(LiveState& state, const TrafficEvent& event) {
    set_route(state, event.route, forward_text(event.targets));
}

void apply_body(LiveState& state, const GateEvent& event) { state.gate = event; }

void apply_body(LiveState& state, const NoticeEvent& event) {
    state.notices.push_back(event.message);
    if (state.notices.size() > notices_max)
        state.notices.pop_front();
}

void apply_body(LiveState& state, const RollbackEvent& event) {
    state.failure = event.error;
    state.wait.reset();
    state.gate.reset();
}

void apply_body(LiveState& state, const EndedEvent& event) { state.outcome = event.outcome; }

Span outcome_span(OutcomeKind kind) {
    const bool is_good = kind == OutcomeKind::done || kind == OutcomeKind::nothing_to_do;
    const bool is_open = kind == OutcomeKind::interrupted;
    return {outcome_words(kind), is_good ? Tone::good : is_open ? Tone::waiting : Tone::bad};
}

Span status_span(const LiveState& state) {
    if (state.outcome)
        return outcome_span(state.outcome->kind);
    if (state.failure)
        return {"rolling back", Tone::bad};
    if (state.phase > 0 && state.plan)
        return {fmt::format("phase {} of {}", state.phase, state.plan->phases), Tone::plain};
    return {state.step.empty() ? "plan" : std::string(section(state.step)), Tone::plain};
}

Milliseconds since_start(const LiveState& state) {
    return state.began ? state.now - *state.began : Milliseconds{0};
}

TextLine spread(TextLine left, const TextLine& right, int columns) {
    int used = 0;
    for (const auto* side : {static_cast<const TextLine*>(&left), &right})
        for (const Span& span : *side)
            used += display_width(span.text);
    left.push_back({pad_right("", std::max(2, columns - used))});
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

std::vector<TextLine> header(const LiveState& state, int columns, const Style& style) {
    const std::string title =
        state.plan ? printable(state.plan->line.prefix.text(), style) : "elastiroll";
    const Span status = status_span(state);
    const std::string offset = offset_text(since_start(state));
    if (columns < narrow_columns)
        return {{{cut_start(title, columns, style), Tone::bold}},
                {status, {" "}, {offset, Tone::dim}}};
    TextLine right;
    if (state.plan && !state.outcome && columns >= one_line_columns) {
        right.push_back({std::string(to_string(state.plan->strategy)) + "  ", Tone::dim});
        const auto total = static_cast<int>(state.plan->steps.size());
        right.push_back(
            {fmt::format("step {} of {}  ", std::min(state.steps_done + 1, total), total),
             Tone::dim});
    }
    right.push_back(status);
    right.push_back({"  " + offset, Tone::dim});
    int room = columns - 2;
    for (const Span& span : right)
        room -= display_width(span.text);
    return {spread({{cut_start(title, room, style), Tone::bold}}, right, columns)};
}

/// One group's line before it is laid out.
struct Row {
    std::string role{};
    std::string name{};
    std::string capacity{};
    std::string health{};
    BarUnits units{};
    bool is_failing = false;
};

Row row_of(std::string role, const GroupProgress& group, const Style& style) {
    const int target = group.capacity.target();
    Row row{.role = std::move(role),
            .name = printable(group.name.empty() ? group.id.text() : group.name, style),
            .capacity = to_string(group.capacity),
            .units = {.target = target, .healthy = group.healthy, .present = group.present}};
    row.health = health_text(group);
    return row;
}

std::vector<Row> rows_of(const LiveState& state, const Style& style) {
    std::vector<Row> rows;
    if (state.new_group) {
        rows.push_back(row_of("new", *state.new_group, style));
        rows.back().is_failing = state.failure.has_value();
    }
    if (state.previous)
        rows.push_back(row_of("previous", *state.previous, style));
    return rows;
}

// Both bars have one scale, so that they can be compared.
int scale_of(const LiveState& state, const std::vector<Row>& rows) {
    int scale = state.plan ? state.plan->requested.target() : 1;
    if (state.plan && state.plan->previous)
        scale = std::max(scale, state.plan->previous->capacity.target());
    for (const Row& row : rows)
        scale = std::max({scale, row.units.target, row.units.present, row.units.healthy});
    return std::max(scale, 1);
}

template <class Text> int widest(const std::vector<Row>& rows, Text text) {
    int width = 0;
    for (const Row& row : rows)
        width = std::max(width, display_width(text(row)));
    return width;
}

std::vector<TextLine> wide_groups(const std::vector<Row>& rows, int scale, int columns,
                                  const Style& style) {
    const int capacity = widest(rows, [](const Row& row) { return row.capacity; });
    const int health = widest(rows, [](const Row& row) { return row.health; });
    const int room = columns - role_columns - capacity - health - 2 * 5;
    const int name = std::clamp(widest(rows, [](const Row& row) { return row.name; }), 1,
                                std::max(1, room - 2 * bar_min));
    const int bar = std::clamp(room - name, bar_min, bar_max);
    std::vector<TextLine> lines;
    for (const Row& row : rows) {
        TextLine line{{"  " + pad_right(row.role, role_columns) + "  ", Tone::dim},
                      {pad_right(cut_start(row.name, name, style), name)},
                      {"  " + pad_left(row.capacity, capacity) + "  "}};
        const TextLine cells = bar_line(row.units, {scale, bar}, row.is_failing, style);
        line.insert(line.end(), cells.begin(), cells.end());
        line.push_back({"  " + row.health});
        lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<TextLine> tall_groups(std::vector<Row> rows, int scale, int columns,
                                  const Style& style) {
    const bool is_narrow = columns < narrow_columns;
    for (Row& row : rows)
        if (is_narrow && row.health.ends_with(" healthy"))
            row.health.resize(row.health.size() - std::string_view(" healthy").size());
    const std::string margin = is_narrow ? "" : "  ";
    const std::string gap = is_narrow ? " " : "  ";
    const int capacity = widest(rows, [](const Row& row) { return row.capacity; });
    const int health = widest(rows, [](const Row& row) { return row.health; });
    const int spaces = static_cast<int>(margin.size() + 2 * gap.size());
    const int bar = std::clamp(columns - capacity - health - spaces, bar_min, bar_max);
    std::vector<TextLine> lines;
    for (const Row& row : rows) {
        const std::string word =
            is_narrow ? pad_right(row.role.substr(0, 4), 4) : pad_right(row.role, role_columns);
        const std::string role = fmt::format("{}{}{}", margin, word, gap);
        lines.push_back(
            {{role, Tone::dim}, {cut_start(row.name, columns - display_width(role), style)}});
        TextLine line{{fmt::format("{}{}{}", margin, pad_left(row.capacity, capacity), gap)}};
        const TextLine cells = bar_line(row.units, {scale, bar}, row.is_failing, style);
        line.insert(line.end(), cells.begin(), cells.end());
        line.push_back({gap + row.health});
        lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<TextLine> route_lines(const LiveState& state, int columns, const Style& style) {
    const std::string margin = columns < narrow_columns ? "" : "  ";
    int name_columns = 0;
    for (const auto& [name, leads_to] : state.routes)
        name_columns = std::max(name_columns, display_width(printable(name, style)));
    std::vector<TextLine> lines;
    lines.reserve(state.routes.size());
    for (const auto& [name, leads_to] : state.routes)
        lines.push_back(
            {{margin + pad_right(printable(name, style), name_columns) + "  ", Tone::dim},
             {printable(leads_to, style)}});
    return lines;
}

std::string wait_text(const LiveState& state, bool is_narrow) {
    const ProgressEvent& wait = *state.wait;
    const Milliseconds passed = state.now - state.looked_at;
    const std::string elapsed = format_duration(wait.elapsed + passed);
    const std::string left = format_duration(std::max(Milliseconds{0}, wait.left - passed));
    if (is_narrow)
        return fmt::format("{}, {} left", elapsed, left);
    const std::string usual =
        wait.expected ? ", usually " + format_duration(*wait.expected) : std::string();
    return fmt::format("waited {}{}, {} left", elapsed, usual, left);
}

std::string gate_text(const LiveState& state) {
    const std::string left =
        format_duration(std::max(Milliseconds{0}, state.gate->until - state.now));
    return state.gate->needs_approval ? "waits for an approval, at most " + left + " more"
                                      : "watches for " + left + " more";
}

std::vector<TextLine> step_lines(const LiveState& state, int columns, const Style& style) {
    const bool is_narrow = columns < narrow_columns;
    const std::string margin = is_narrow ? "" : "  ";
    std::vector<TextLine> lines;
    if (state.outcome)
        return lines;
    if (!state.step.empty())
        lines.push_back({{margin + printable(state.what, style)}});
    if (state.gate)
        lines.push_back({{margin + gate_text(state), Tone::waiting}});
    else if (state.wait)
        lines.push_back({{margin + wait_text(state, is_narrow), Tone::dim}});
    return lines;
}

std::vector<TextLine> notice_lines(const LiveState& state, int columns, const Style& style) {
    const std::string margin = columns < narrow_columns ? "" : "  ";
    std::vector<TextLine> lines;
    if (state.failure && !state.outcome)
        lines.push_back(
            {{margin + "failed: " + printable(state.failure->message, style), Tone::bad}});
    if (!state.outcome)
        for (const std::string& notice : state.notices)
            lines.push_back({{margin + "note: " + printable(notice, style), Tone::waiting}});
    return lines;
}

} // namespace

void apply(LiveState& state, const Event& event) {
    if (!state.began)
        state.began = event.at;
    state.now = std::max(state.now, event.at);
    std::visit([&state](const auto& body) { apply_body(state, body); }, event.body);
}

std::vector<std::string> render(const LiveState& state, Size size, const Style& style) {
    const int columns = std::clamp(size.columns, 1, columns_max);
    const std::vector<Row> rows = rows_of(state, style);
    const int scale = scale_of(state, rows);
    const std::vector<std::vector<TextLine>> blocks = {
        header(state, columns, style),
        columns >= one_line_columns ? wide_groups(rows, scale, columns, style)
                                    : tall_groups(rows, scale, columns, style),
        route_lines(state, columns, style),
        step_lines(state, columns, style),
        notice_lines(state, columns, style),
    };
    std::size_t content = 0;
    for (const auto& block : blocks)
        content += block.size();
    const auto height = static_cast<std::size_t>(std::max(1, size.rows - 1));
    // Where not all fits, the empty lines go first, then the last lines.
    const bool is_airy = content + blocks.size() <= height;
    std::vector<std::string> frame;
    for (const auto& block : blocks) {
        if (is_airy && !frame.empty() && !block.empty() && &block != &blocks.back())
            frame.emplace_back();
        for (const TextLine& line : block)
            frame.push_back(paint(line, columns, style));
    }
    frame.resize(std::min(frame.size(), height));
    return frame;
}

std::string health_text(const GroupProgress& group) {
    const int target = group.capacity.target();
    const int present = std::max(group.present, group.healthy);
    if (present > target)
        return fmt::format("{} going to {}", present, target);
    if (target == 0)
        return "empty";
    return fmt::format("{} of {} healthy", group.healthy, target);
}

std::string offset_text(Milliseconds offset) {
    const auto total = std::chrono::duration_cast<std::chrono::seconds>(offset).count();
    const auto seconds = total % 60;
    const auto minutes = total / 60 % 60;
    if (const auto hours = total / 3600; hours > 0)
        return fmt::format("+{}:{:02}:{:02}", hours, minutes, seconds);
    return fmt::format("+{:02}:{:02}", minutes, seconds);
}

} // namespace elastiroll::cli
