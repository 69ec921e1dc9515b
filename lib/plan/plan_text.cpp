#include <elastiroll/plan/plan.hpp>

#include <elastiroll/base/text.hpp>

#include <elastiroll/model/load_balancing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace elastiroll {
namespace {

/// A table whose last column wraps would be unreadable in less; the reasons then get lines of their
/// own.
constexpr int reason_width_min = 28;
constexpr std::size_t gap = 2;

/// Columns that `text` takes: one per code point. Wide characters do not occur in what we print.
std::size_t width_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(std::string_view text, std::size_t width) {
    const std::size_t used = width_of(text);
    return fmt::format("{}{:{}}", text, "", used < width ? width - used : 0);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines(1);
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (!lines.back().empty() && width_of(lines.back()) + 1 + width_of(word) > width)
            lines.emplace_back();
        if (!lines.back().empty())
            lines.back() += ' ';
        lines.back() += word;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string role_of(const GroupRef& group, const DeploymentPlan& plan) {
    if (std::holds_alternative<NewGroup>(group))
        return "new";
    const auto& id = std::get<GroupId>(group);
    if (plan.previous && plan.previous->id == id)
        return "previous";
    const std::string name = describe(group, plan);
    const auto place = name.rfind("__");
    return place == std::string::npos ? name : "revision " + name.substr(place + 2);
}

struct Row {
    std::string step;
    std::string what;
    std::string before;
    std::string after;
    std::string reason;
};

Row row_of(const Step& step, const DeploymentPlan& plan) {
    Row row{step.id, describe(step.action), "", "", step.reason};
    if (const auto group = group_of(step.action))
        row.what = fmt::format("{}: {}", role_of(*group, plan), row.what);
    if (const auto* scale = std::get_if<ScaleGroupStep>(&step.action)) {
        row.before = to_string(scale->before);
        row.after = to_string(scale->to);
        row.what = fmt::format("{}: scale", role_of(scale->group, plan));
    }
    if (const auto* forwards = std::get_if<SetForwardsStep>(&step.action)) {
        row.before = forward_text(forwards->before);
        row.after = forward_text(forwards->to);
        row.what = fmt::format("{}: forward", forwards->name);
    }
    if (const auto* rename = std::get_if<RenameGroupStep>(&step.action)) {
        row.before = rename->before;
        row.after = rename->to;
        row.what = fmt::format("{}: rename", role_of(rename->group, plan));
    }
    if (std::holds_alternative<CreateGroupStep>(step.action)) {
        row.before = "-";
        row.after = "0/0/0";
        row.what = "new: create";
    }
    if (const auto* remove = std::get_if<DeleteGroupStep>(&step.action)) {
        row.before = "exists";
        row.after = "gone";
        row.what = fmt::format("{}: delete", role_of(remove->group, plan));
    }
    if (const auto* hold = std::get_if<SuspendProcessesStep>(&step.action)) {
        row.what =
            fmt::format("{}: {}", role_of(hold->group, plan),
                        hold->hold == HoldKind::released ? "release scaling" : "hold scaling");
        row.after = hold->hold == HoldKind::released ? "active" : "held";
        row.before = hold->hold == HoldKind::released ? "held" : "";
    }
    return row;
}

std::string table_of(const DeploymentPlan& plan, int width) {
    std::vector<Row> rows{{"step", "what", "before", "after", "why"}};
    for (const Step& step : plan.steps)
        rows.push_back(row_of(step, plan));
    std::array<std::size_t, 4> widths{};
    for (const Row& row : rows) {
        const std::array<const std::string*, 4> cells{&row.step, &row.what, &row.before,
                                                      &row.after};
        for (std::size_t i = 0; i < cells.size(); ++i)
            widths[i] = std::max(widths[i], width_of(*cells[i]));
    }
    std::size_t used = gap;
    for (const std::size_t one : widths)
        used += one + gap;
    const int room = width - static_cast<int>(used);
    std::string out;
    for (const Row& row : rows) {
        std::string line = fmt::format("  {}  {}  {}  {}  ", padded(row.step, widths[0]),
                                       padded(row.what, widths[1]), padded(row.before, widths[2]),
                                       padded(row.after, widths[3]));
        const bool is_beside = room >= reason_width_min;
        const std::size_t indent = is_beside ? used : 6;
        const auto reason =
            wrapped(row.reason, is_beside ? static_cast<std::size_t>(room)
                                          : static_cast<std::size_t>(std::max(width - 6, 20)));
        for (std::size_t i = 0; i < reason.size(); ++i) {
            if (i == 0 && is_beside) {
                line += reason[i];
            } else {
                while (line.ends_with(' '))
                    line.pop_back();
                line += fmt::format("\n{:{}}{}", "", indent, reason[i]);
            }
            if (!is_beside && &row == &rows.front())
                break;
        }
        out += line + '\n';
    }
    return out;
}

std::string headline(const DeploymentPlan& plan) {
    const std::string over = plan.previous ? " over " + plan.previous->name : std::string();
    switch (plan.kind) {
    case PlanKind::deploy: break;
    case PlanKind::rollback: return fmt::format("Rollback of {}{}\n", plan.new_name, over);
    case PlanKind::cleanup: return fmt::format("Cleanup after {}\n", plan.new_name);
    }
    if (plan.is_no_op)
        return fmt::format("Nothing to do: {} already is what was asked for\n",
                           plan.previous ? plan.previous->name : to_string(plan.line));
    if (plan.new_name.empty())
        return fmt::format("Parking of {}\n", plan.previous ? plan.previous->name : "the line");
    const std::string_view strategy =
        plan.strategy == Strategy::blue_green ? "blue/green" : to_string(plan.strategy);
    return fmt::format("{}{} deployment of {}{}\n", static_cast<char>(strategy[0] - 'a' + 'A'),
                       strategy.substr(1), plan.new_name, over);
}

void add_fact(std::string& out, std::string_view name, const std::string& value) {
    out += fmt::format("  {:<10} {}\n", name, value);
}

void add_list(std::string& out, std::string_view title, const std::vector<std::string>& texts,
              int width) {
    if (texts.empty())
        return;
    out += fmt::format("\n{}\n", title);
    for (const std::string& text : texts) {
        const auto lines = wrapped(text, static_cast<std::size_t>(std::max(width - 4, 20)));
        for (std::size_t i = 0; i < lines.size(); ++i)
            out += fmt::format("  {} {}\n", i == 0 ? "-" : " ", lines[i]);
    }
}

} // namespace

namespace {

std::string image_text(const DeploymentPlan& plan) {
    std::string text = plan.image.text();
    if (!plan.image_name.empty())
        text += fmt::format(" {}", plan.image_name);
    if (plan.image_created_at)
        text += fmt::format(" of {}", format_time(*plan.image_created_at));
    return text;
}

} // namespace

std::string to_text(const DeploymentPlan& plan, int width) {
    std::string out = headline(plan);
    add_fact(out, "line", to_string(plan.line));
    if (plan.previous)
        add_fact(out, "previous",
                 fmt::format("{} ({}) at {}, {} healthy", plan.previous->name,
                             plan.previous->id.text(), to_string(plan.previous->capacity),
                             plan.previous->healthy));
    if (plan.kind == PlanKind::deploy && !plan.is_no_op) {
        add_fact(out, "image", image_text(plan));
        add_fact(out, "requested",
                 fmt::format("{} (minimum/target/maximum, unit {})", to_string(plan.requested),
                             to_string(plan.unit)));
        add_fact(out, "capacity",
                 fmt::format("at least {} healthy at any time (floor {}), at most {} wanted",
                             plan.preview.lowest, plan.floor, plan.preview.peak));
    }
    if (!plan.steps.empty())
        out += fmt::format("\n{}\n{} that change something.\n", table_of(plan, width),
                           count_of(plan.preview.mutating_calls, "call"));
    add_list(out, "Please note", plan.notices, width);
    add_list(out, "While it runs", plan.preview.holds, width);
    add_list(out, "A rollback would bring", plan.preview.rollback, width);
    return out;
}

} // namespace elastiroll
