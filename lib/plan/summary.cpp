#include <elastiroll/plan/summary.hpp>

#include "base/reader.hpp"

#include <elastiroll/plan/plan.hpp>

namespace elastiroll {
namespace {

constexpr int summary_version = 1;
/// What waits look around is the median of these; older ones say little about today's image.
constexpr std::size_t times_max = 20;

/// The gate that the journal's last step waits at.
std::string open_gate_of(const JournalState& journal) {
    const Step* step = journal.plan.find(journal.step);
    const bool is_gate = step && (std::holds_alternative<ApprovalGateStep>(step->action) ||
                                  std::holds_alternative<BakeGateStep>(step->action));
    return is_gate && !journal.done.contains(step->id) && !journal.failure ? step->id
                                                                           : std::string();
}

} // namespace

DeploymentSummary summarize(const JournalState& journal) {
    DeploymentSummary summary;
    summary.deployment = journal.deployment;
    summary.line = to_string(journal.spec.line);
    summary.application = journal.spec.application;
    summary.service = journal.spec.service;
    summary.workflow = journal.spec.workflow;
    summary.image = journal.spec.image;
    summary.new_name = journal.plan.new_name;
    summary.new_group = journal.new_group;
    if (journal.plan.previous)
        summary.previous_name = journal.plan.previous->name;
    summary.actor = journal.actor;
    summary.reason = journal.reason;
    summary.begun_at = journal.begun_at;
    summary.updated_at = journal.updated_at;
    summary.step = journal.step;
    summary.is_rolling_back = journal.failure.has_value();
    summary.open_gate = open_gate_of(journal);
    if (journal.outcome) {
        summary.outcome = journal.outcome->kind;
        if (journal.outcome->error)
            summary.message = journal.outcome->error->message;
        summary.serving = journal.outcome->serving;
        summary.due_at = journal.outcome->due_at;
    }
    summary.cleanup_due = static_cast<int>(journal.warned.size());
    summary.times_to_healthy = journal.times_to_healthy;
    if (summary.times_to_healthy.size() > times_max)
        summary.times_to_healthy.erase(summary.times_to_healthy.begin(),
                                       summary.times_to_healthy.end() - times_max);
    summary.inbox = journal.inbox;
    return summary;
}

Document encode(const DeploymentSummary& summary) {
    Document times = Document::array();
    for (const Milliseconds time : summary.times_to_healthy)
        times.push_back(time.count());
    Document out = Document::object({{"version", summary_version},
                                     {"deployment", summary.deployment.text()},
                                     {"line", summary.line},
                                     {"application", summary.application},
                                     {"service", summary.service},
                                     {"workflow", summary.workflow},
                                     {"image", summary.image.text()},
                                     {"new_name", summary.new_name},
                                     {"new_group", summary.new_group.text()},
                                     {"previous_name", summary.previous_name},
                                     {"actor", summary.actor},
                                     {"reason", summary.reason},
                                     {"begun_at", format_time(summary.begun_at)},
                                     {"updated_at", format_time(summary.updated_at)},
                                     {"step", summary.step},
                                     {"is_rolling_back", summary.is_rolling_back},
                                     {"open_gate", summary.open_gate},
                                     {"message", summary.message},
                                     {"serving", summary.serving.text()},
                                     {"cleanup_due", summary.cleanup_due},
                                     {"times_to_healthy_ms", std::move(times)},
                                     {"inbox", static_cast<std::int64_t>(summary.inbox)}});
    if (summary.outcome)
        out.set("outcome", to_string(*summary.outcome));
    if (summary.due_at)
        out.set("due_at", format_time(*summary.due_at));
    return out;
}

Result<DeploymentSummary> decode_deployment_summary(const Document& document) {
    Reader reader(document);
    if (reader.integer("version") > summary_version)
        reader.complain("version", "is newer than this program; use the newer one");
    DeploymentSummary summary;
    summary.deployment = DeploymentId(reader.text("deployment"));
    summary.line = reader.text("line");
    summary.application = reader.text("application");
    summary.service = reader.text("service");
    summary.workflow = reader.text("workflow");
    summary.image = ImageId(reader.text("image"));
    summary.new_name = reader.text("new_name");
    summary.new_group = GroupId(reader.text("new_group"));
    summary.previous_name = reader.text("previous_name");
    summary.actor = reader.text("actor");
    summary.reason = reader.text("reason");
    summary.begun_at = reader.time("begun_at");
    summary.updated_at = reader.time("updated_at");
    summary.step = reader.text("step");
    summary.is_rolling_back = reader.boolean("is_rolling_back");
    summary.open_gate = reader.text("open_gate");
    if (reader.has("outcome"))
        summary.outcome = reader.converted("outcome", outcome_kind_from);
    summary.message = reader.text("message");
    summary.serving = GroupId(reader.text("serving"));
    if (reader.has("due_at"))
        summary.due_at = reader.time("due_at");
    summary.cleanup_due = reader.small("cleanup_due");
    reader.items("times_to_healthy_ms", [&](const Reader& item) {
        summary.times_to_healthy.push_back(item.item_milliseconds());
    });
    summary.inbox = static_cast<std::uint64_t>(reader.integer("inbox"));
    return std::move(reader).finish(std::move(summary), "reading a deployment's headline");
}

LineHistory history_of(const std::vector<DeploymentSummary>& newest_first) {
    LineHistory history;
    for (const DeploymentSummary& one : newest_first) {
        if (one.is_unfinished() && !history.unfinished)
            history.unfinished = one.deployment;
        if (!one.is_unfinished() && history.serving.empty())
            history.serving = one.serving;
        if (history.times_to_healthy.size() < times_max)
            history.times_to_healthy.insert(history.times_to_healthy.begin(),
                                            one.times_to_healthy.begin(),
                                            one.times_to_healthy.end());
    }
    return history;
}

} // namespace elastiroll
