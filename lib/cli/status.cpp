#include "cli/status.hpp"

#include "cli/report.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace elastiroll::cli {
namespace {

bool is_run(const DeploymentSummary& summary, const LeaseView& lease) {
    return lease.is_held && lease.deployment == summary.deployment;
}

/// What a person can do now.
std::string next_words(const DeploymentSummary& summary, const LeaseView& lease) {
    const std::string& id = summary.deployment.text();
    if (!summary.open_gate.empty() && summary.is_unfinished())
        return fmt::format("elastiroll approve {0}, or elastiroll abort {0}", id);
    if (is_run(summary, lease))
        return fmt::format("wait, or elastiroll abort {}", id);
    if (summary.outcome == OutcomeKind::drifted)
        return fmt::format("elastiroll resume {0} --accept-drift, or elastiroll rollback {0}", id);
    if (summary.is_unfinished())
        return fmt::format("elastiroll resume {0}, or elastiroll rollback {0}", id);
    if (summary.cleanup_due > 0)
        return fmt::format("elastiroll resume {}: {} failed", id,
                           count_of(summary.cleanup_due, "step") + " of the cleanup");
    if (summary.outcome == OutcomeKind::done)
        return fmt::format("nothing; elastiroll rollback {} would undo it", id);
    return "nothing";
}

/// What a record tells; empty for what the next one says better.
struct Tell {
    std::string operator()(const BegunEntry& entry) const {
        return fmt::format("begun by {}{}", entry.actor,
                           entry.reason.empty() ? "" : ": " + entry.reason);
    }
    std::string operator()(const ResumedEntry& entry) const {
        return fmt::format("{} by {}{}{}",
                           entry.mode == ResumeMode::go_on ? "taken up" : "rolled back",
                           entry.actor, entry.accepts_drift ? ", accepting drift" : "",
                           entry.reason.empty() ? "" : ": " + entry.reason);
    }
    std::string operator()(const PlannedEntry& entry) const {
        return fmt::format("{} plan with {}{}", to_string(entry.plan.kind),
                           count_of(std::ssize(entry.plan.steps), "step"),
                           entry.resumes_after.empty() ? "" : ", after " + entry.resumes_after);
    }
    std::string operator()(const StepStartedEntry&) const { return {}; }
    std::string operator()(const CallStartedEntry&) const { return {}; }
    std::string operator()(const CallEndedEntry& entry) const {
        std::string text =
            fmt::format("{}  {} {} {} in {}", entry.step, entry.call, entry.group.text(),
                        to_string(entry.end), format_duration(entry.latency));
        if (!entry.request_id.empty())
            text += fmt::format(" (request {})", entry.request_id);
        return entry.error ? text + ": " + entry.error->message : text;
    }
    std::string operator()(const StepEndedEntry& entry) const {
        const std::string text = fmt::format("{}  {}", entry.step, to_string(entry.end));
        if (entry.error)
            return text + ": " + entry.error->message;
        return entry.summary.empty() ? text : text + ": " + entry.summary;
    }
    std::string operator()(const DecisionEntry& entry) const {
        return fmt::format("{}{} by {}{}",
                           entry.kind == DecisionKind::approve ? "approved" : "aborted",
                           entry.gate.empty() ? "" : " " + entry.gate, entry.actor,
                           entry.reason.empty() ? "" : ": " + entry.reason);
    }
    std::string operator()(const FailedEntry& entry) const {
        return "failed: " + entry.error.message;
    }
    std::string operator()(const EndedEntry& entry) const {
        const std::string text = "ended: " + outcome_words(entry.outcome.kind);
        return entry.outcome.error ? text + ": " + entry.outcome.error->message : text;
    }
};

} // namespace

std::string state_words(const DeploymentSummary& summary, const LeaseView& lease) {
    std::string gate = summary.open_gate.empty() ? std::string() : "waits at " + summary.open_gate;
    if (is_run(summary, lease))
        return !gate.empty() ? gate : summary.is_rolling_back ? "rolling back" : "running";
    if (!summary.outcome)
        return "unfinished: nobody runs it";
    if (summary.outcome == OutcomeKind::detached && !gate.empty())
        return gate;
    std::string words = outcome_words(*summary.outcome);
    if (summary.cleanup_due > 0 && summary.outcome == OutcomeKind::done)
        words += ", cleanup due";
    return words;
}

std::vector<std::string> status_lines(const State::Known& known, const LeaseView& lease,
                                      const Style& style) {
    const DeploymentSummary& summary = known.summary;
    std::vector<std::string> lines;
    const auto add = [&](std::string_view label, const std::string& text) {
        constexpr int label_columns = 12;
        if (!text.empty())
            lines.push_back(paint(pad_right(std::string(label), label_columns), Tone::dim, style) +
                            printable(text, style));
    };
    add("deployment", summary.deployment.text() + (known.is_simulated() ? " (simulated)" : ""));
    add("line", summary.line);
    add("what",
        fmt::format("{} {} of {}: {}{}", summary.workflow, summary.image.text(), summary.service,
                    summary.new_name.empty() ? "no new group" : summary.new_name,
                    summary.previous_name.empty() ? "" : " over " + summary.previous_name));
    add("state", state_words(summary, lease));
    add("by", summary.actor + (summary.reason.empty() ? "" : ": " + summary.reason));
    add("begun", format_time(summary.begun_at));
    add("last record", format_time(summary.updated_at));
    add("step", summary.step);
    if (summary.due_at)
        add("due", format_time(*summary.due_at));
    if (lease.is_held)
        add("held by", fmt::format("{} since {}, until {} if not renewed", lease.holder,
                                   format_time(lease.since), format_time(lease.until)));
    add("message", summary.message);
    add("next", next_words(summary, lease));
    return lines;
}

std::vector<std::string> history_table(const std::vector<State::Known>& deployments,
                                       const std::vector<LeaseView>& leases, const Style& style) {
    using Row = std::array<std::string, 6>;
    std::vector<Row> rows{{"deployment", "begun", "new group", "image", "state", "by"}};
    for (std::size_t i = 0; i < deployments.size(); ++i) {
        const DeploymentSummary& one = deployments[i].summary;
        rows.push_back(
            {one.deployment.text(), format_time(one.begun_at), one.new_name, one.image.text(),
             state_words(one, leases[i]) + (deployments[i].is_simulated() ? " (simulated)" : ""),
             one.actor});
    }
    std::array<int, std::tuple_size_v<Row>> columns{};
    for (const Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            columns[i] = std::max(columns[i], display_width(row[i]));
    std::vector<std::string> lines;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += i + 1 == row.size() ? printable(row[i], style)
                                        : pad_right(printable(row[i], style), columns[i] + 2);
        lines.push_back(lines.empty() ? paint(line, Tone::dim, style) : line);
    }
    return lines;
}

std::vector<std::string> story_lines(const std::vector<JournalRecord>& records,
                                     const Style& style) {
    std::vector<std::string> lines;
    for (const JournalRecord& record : records) {
        const std::string text = std::visit(Tell{}, record.entry);
        if (!text.empty())
            lines.push_back(fmt::format("{}  {}", format_time(record.at), printable(text, style)));
    }
    return lines;
}

Document status_document(const State::Known& known, const LeaseView& lease) {
    Document document = Document::object({{"schema", 1}, {"event", "status"}});
    const Document summary = encode(known.summary);
    for (const auto& [key, value] : *summary.as_object())
        if (key != "version" && key != "times_to_healthy_ms" && key != "inbox")
            document.set(key, value);
    document.set("state", state_words(known.summary, lease));
    document.set("is_simulated", known.is_simulated());
    document.set("next", next_words(known.summary, lease));
    if (lease.is_held)
        document.set("lease", Document::object({{"holder", lease.holder},
                                                {"deployment", lease.deployment.text()},
                                                {"since", format_time(lease.since)},
                                                {"until", format_time(lease.until)}}));
    return document;
}

} // namespace elastiroll::cli
