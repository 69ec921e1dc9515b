#include "cli/report.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace elastiroll::cli {

namespace {

std::string remote_text(const RemoteError& remote) {
    std::string text = "the service answered";
    if (remote.http_status != 0)
        text += fmt::format(" {}", remote.http_status);
    if (!remote.code.empty())
        text += " " + remote.code;
    if (!remote.message.empty())
        text += ": " + remote.message;
    if (!remote.request_id.empty())
        text += fmt::format(" (request {})", remote.request_id);
    return text;
}

// What the exit statuses mean. Source: docs/cli.md.
std::string status_meaning(int status) {
    switch (status) {
    case 0: return "done";
    case 1: return "failed or aborted, and everything is as before";
    case 2: return "refused before any change";
    case 3: return "not rolled back, a person is needed";
    case 4: return "another run holds the line";
    case 5: return "somebody else changed what a step relies on";
    case 130: return "interrupted";
    default: return "unknown";
    }
}

// Only a line that is too long is touched: wrapping would close up the columns of the others.
std::vector<std::string> wrapped(const std::string& line, int columns) {
    if (display_width(line) <= columns || line.starts_with(' '))
        return {line};
    return wrap(line, columns);
}

struct Sentence {
    std::string text{};
    Tone tone = Tone::plain;
};

Sentence sentence_of(const Outcome& outcome, const OutcomeNames& names) {
    const std::string serving = names.serving.empty() ? "the new group" : names.serving;
    switch (outcome.kind) {
    case OutcomeKind::done:
        return {fmt::format("Done: {} serves after {}.{}", serving, names.took,
                            outcome.due_at
                                ? fmt::format(" The previous group stays until {}; 'elastiroll "
                                              "resume --due' sizes it down then.",
                                              format_time(*outcome.due_at))
                                : std::string()),
                Tone::good};
    case OutcomeKind::nothing_to_do:
        return {"Nothing to do: the group that serves already is what was asked for.", Tone::good};
    case OutcomeKind::unchanged:
        return {"Failed before anything was changed: everything is as before.", Tone::bad};
    case OutcomeKind::rolled_back:
        if (!outcome.error || outcome.error->category == ErrorCategory::cancelled)
            return {
                fmt::format("Rolled back after {}, as asked: everything is as before.", names.took),
                Tone::waiting};
        return {
            fmt::format("Failed and rolled back after {}: everything is as before.", names.took),
            Tone::bad};
    case OutcomeKind::stopped:
        return {"Stopped and not rolled back: a person is needed.", Tone::bad};
    case OutcomeKind::lock_lost:
        return {"Stopped without a further call: another run holds the line.", Tone::bad};
    case OutcomeKind::drifted:
        return {"Stopped: somebody else changed what a step relies on.", Tone::bad};
    case OutcomeKind::interrupted:
        return {"Interrupted: the steps that were done stay done.", Tone::waiting};
    case OutcomeKind::detached:
        return {"Left at a gate: it goes on when it is approved, or due.", Tone::waiting};
    case OutcomeKind::refused: return {"Refused: nothing was changed.", Tone::bad};
    }
    return {};
}

std::string next_of(const Outcome& outcome, bool is_simulated) {
    switch (outcome.kind) {
    case OutcomeKind::nothing_to_do: return "--force deploys it all the same.";
    case OutcomeKind::stopped:
    case OutcomeKind::lock_lost:
    case OutcomeKind::drifted:
    case OutcomeKind::interrupted:
        if (is_simulated)
            return "This was a simulation: its journal and its groups end with this process.";
        break;
    case OutcomeKind::done:
    case OutcomeKind::unchanged:
    case OutcomeKind::rolled_back:
    case OutcomeKind::detached:
    case OutcomeKind::refused: break;
    }
    return outcome.error ? advice(outcome.error->category) : "";
}

} // namespace

std::vector<std::string> error_lines(const Error& error, const Style& style) {
    std::vector<std::string> lines;
    lines.push_back(printable(error.message, style));
    std::size_t path_columns = 0;
    for (const ErrorDetail& detail : error.details)
        path_columns = std::max(path_columns, detail.path.size());
    constexpr std::size_t path_columns_max = 32; // a longer path only pushes its own line
    const int columns = static_cast<int>(std::min(path_columns, path_columns_max));
    for (const ErrorDetail& detail : error.details) {
        std::string line =
            "  " + paint(pad_right(printable(detail.path, style), columns), Tone::bold, style);
        line += "  " + printable(detail.message, style);
        if (!detail.fix.empty())
            line += paint("; " + printable(detail.fix, style), Tone::dim, style);
        lines.push_back(std::move(line));
    }
    if (error.remote)
        lines.push_back("  " + printable(remote_text(*error.remote), style));
    return lines;
}

std::string advice(ErrorCategory category) {
    switch (category) {
    case ErrorCategory::invalid_argument: return "Mend what is named above and run it again.";
    case ErrorCategory::not_found: return "Check the name or id: it may be of another account.";
    case ErrorCategory::conflict: return "See to the state of the line first, then run it again.";
    case ErrorCategory::unauthenticated: return "Renew the credentials, then run it again.";
    case ErrorCategory::permission_denied: return "Ask for the permission that is named above.";
    case ErrorCategory::throttled:
        return "Run it again later: the account's rate limit was used up.";
    case ErrorCategory::unavailable: return "Run it again once the service answers.";
    case ErrorCategory::timeout:
        return "See why instances do not become healthy, or give the phases a longer deadline.";
    case ErrorCategory::rejected:
        return "The service refused for good: mend the group's configuration.";
    case ErrorCategory::protocol: return "The answer could not be understood: please report it.";
    case ErrorCategory::drift: return "Find out who changed it, then run it again.";
    case ErrorCategory::lock_held: return "Wait until the other run has ended.";
    case ErrorCategory::cancelled: return "";
    case ErrorCategory::internal: return "This is a bug of elastiroll: please report it.";
    }
    return "";
}

std::string outcome_words(OutcomeKind kind) {
    switch (kind) {
    case OutcomeKind::done: return "done";
    case OutcomeKind::nothing_to_do: return "nothing to do";
    case OutcomeKind::unchanged: return "failed, nothing changed";
    case OutcomeKind::rolled_back: return "rolled back";
    case OutcomeKind::stopped: return "stopped";
    case OutcomeKind::lock_lost: return "lease lost";
    case OutcomeKind::drifted: return "stopped by drift";
    case OutcomeKind::interrupted: return "interrupted";
    case OutcomeKind::detached: return "waits at a gate";
    case OutcomeKind::refused: return "refused";
    }
    return "";
}

std::vector<std::string> outcome_lines(const Outcome& outcome, const OutcomeNames& names,
                                       const Style& style) {
    std::vector<std::string> lines;
    const Sentence sentence = sentence_of(outcome, names);
    lines.push_back(paint(printable(sentence.text, style), sentence.tone, style));
    if (outcome.error)
        for (const std::string& line : error_lines(*outcome.error, style))
            for (const std::string& part : wrapped(line, names.columns - 2))
                lines.push_back("  " + part);
    for (const std::string& warning : outcome.warnings)
        lines.push_back(paint("  still due: " + printable(warning, style), Tone::waiting, style));
    if (const std::string next = next_of(outcome, names.is_simulated); !next.empty())
        lines.push_back(next);
    const int status = exit_status(outcome);
    lines.push_back(paint(fmt::format("Exit status {}: {}.", status, status_meaning(status)),
                          Tone::dim, style));
    return lines;
}

std::vector<std::string> group_table(const std::vector<sim::GroupView>& groups,
                                     const Style& style) {
    using Cells = std::array<std::string, 5>;
    std::vector<Cells> rows{{"group", "id", "capacity", "healthy", "suspended"}};
    for (const sim::GroupView& group : groups)
        rows.push_back(
            {printable(group.name, style), printable(group.id.text(), style),
             to_string(group.capacity), fmt::format("{}", group.healthy),
             group.suspended.empty() ? "none" : printable(join(group.suspended, ", "), style)});
    std::array<int, 5> columns{};
    for (const Cells& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            columns[i] = std::max(columns[i], display_width(row[i]));
    std::vector<std::string> lines;
    for (const Cells& row : rows) {
        std::string line;
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            const bool is_number = i == 2 || i == 3;
            line += is_number ? pad_left(row[i], columns[i]) : pad_right(row[i], columns[i]);
            line += "  ";
        }
        line += row.back();
        lines.push_back(paint(line, lines.empty() ? Tone::dim : Tone::plain, style));
    }
    return lines;
}

} // namespace elastiroll::cli
