#include <elastiroll/engine/event.hpp>

#include <elastiroll/base/text.hpp>
#include <elastiroll/plan/journal.hpp>

#include <fmt/format.h>

namespace elastiroll {
namespace {

struct EventName {
    std::string_view operator()(const PlannedEvent&) const { return "planned"; }
    std::string_view operator()(const StepStartedEvent&) const { return "step_started"; }
    std::string_view operator()(const StepEndedEvent&) const { return "step_ended"; }
    std::string_view operator()(const CallEvent&) const { return "call"; }
    std::string_view operator()(const ProgressEvent&) const { return "progress"; }
    std::string_view operator()(const TrafficEvent&) const { return "traffic"; }
    std::string_view operator()(const GateEvent&) const { return "gate"; }
    std::string_view operator()(const NoticeEvent&) const { return "notice"; }
    std::string_view operator()(const RollbackEvent&) const { return "rollback"; }
    std::string_view operator()(const EndedEvent&) const { return "ended"; }
};

struct DescribeBody {
    std::string operator()(const PlannedEvent& event) const {
        if (event.plan.is_no_op)
            return "planned: nothing to do";
        return fmt::format("planned: {} of {}, {}", to_string(event.plan.kind), event.plan.new_name,
                           count_of(std::ssize(event.plan.steps), "step"));
    }
    std::string operator()(const StepStartedEvent& event) const {
        return fmt::format("{}: {}", event.step, event.what);
    }
    std::string operator()(const StepEndedEvent& event) const {
        return fmt::format("{}: {}{}", event.step, event.is_warning ? "still due: " : "done",
                           event.is_warning || event.summary.empty() ? event.summary
                                                                     : ": " + event.summary);
    }
    std::string operator()(const CallEvent& event) const {
        return fmt::format("{}: {}: {} in {}", event.step, event.detail, event.result,
                           format_duration(event.latency));
    }
    std::string operator()(const ProgressEvent& event) const {
        std::string text = event.step + ":";
        for (const auto* group : {&event.new_group, &event.previous})
            if (*group)
                text += fmt::format(" {} has {} of {} healthy;", (*group)->name, (*group)->healthy,
                                    (*group)->capacity.target());
        return text + fmt::format(" {} left", format_duration(event.left));
    }
    std::string operator()(const TrafficEvent& event) const {
        std::string text = fmt::format("{}: {} leads to", event.step, event.route);
        for (const ForwardTarget& target : event.targets)
            text += fmt::format(" {} ({})", target.target_group, target.weight);
        return text;
    }
    std::string operator()(const GateEvent& event) const {
        return fmt::format("{}: {} until {}", event.step,
                           event.needs_approval ? "waits for an approval" : "watches",
                           format_time(event.until));
    }
    std::string operator()(const NoticeEvent& event) const {
        return event.step.empty() ? event.message
                                  : fmt::format("{}: {}", event.step, event.message);
    }
    std::string operator()(const RollbackEvent& event) const {
        return "failed, and put back now: " + event.error.message;
    }
    std::string operator()(const EndedEvent& event) const {
        return fmt::format("ended: {}{}", to_string(event.outcome.kind),
                           event.outcome.error ? ": " + event.outcome.error->message : "");
    }
};

Document encode_group(const GroupProgress& group) {
    return Document::object({{"name", group.name},
                             {"id", group.id.text()},
                             {"capacity", to_string(group.capacity)},
                             {"healthy", group.healthy},
                             {"present", group.present}});
}

struct EncodeBody {
    Document& out;

    void operator()(const PlannedEvent& event) const {
        Document plan = encode(event.plan);
        plan.erase("group_document");
        out.set("plan", std::move(plan));
    }
    void operator()(const StepStartedEvent& event) const {
        out.set("step", event.step);
        out.set("what", event.what);
        out.set("reason", event.reason);
    }
    void operator()(const StepEndedEvent& event) const {
        out.set("step", event.step);
        out.set("is_warning", event.is_warning);
        out.set("summary", event.summary);
        out.set("took_ms", event.took.count());
    }
    void operator()(const CallEvent& event) const {
        out.set("step", event.step);
        out.set("call", event.call);
        out.set("detail", event.detail);
        out.set("result", event.result);
        out.set("request_id", event.request_id);
        out.set("latency_ms", event.latency.count());
    }
    void operator()(const ProgressEvent& event) const {
        out.set("step", event.step);
        out.set("phase", event.phase);
        out.set("phases", event.phases);
        out.set("wanted", event.wanted);
        out.set("new_group", event.new_group ? encode_group(*event.new_group) : Document());
        out.set("previous", event.previous ? encode_group(*event.previous) : Document());
        out.set("elapsed_ms", event.elapsed.count());
        out.set("expected_ms", event.expected ? Document(event.expected->count()) : Document());
        out.set("left_ms", event.left.count());
    }
    void operator()(const TrafficEvent& event) const {
        Document targets = Document::array();
        for (const ForwardTarget& target : event.targets)
            targets.push_back(Document::object(
                {{"target_group", target.target_group}, {"weight", std::int64_t{target.weight}}}));
        out.set("step", event.step);
        out.set("route", event.route);
        out.set("arn", event.arn);
        out.set("targets", std::move(targets));
    }
    void operator()(const GateEvent& event) const {
        out.set("step", event.step);
        out.set("needs_approval", event.needs_approval);
        out.set("until", format_time(event.until));
    }
    void operator()(const NoticeEvent& event) const {
        out.set("step", event.step);
        out.set("message", event.message);
    }
    void operator()(const RollbackEvent& event) const { out.set("error", encode(event.error)); }
    void operator()(const EndedEvent& event) const {
        out.set("outcome", encode(event.outcome));
        out.set("exit_status", exit_status(event.outcome));
    }
};

} // namespace

std::string step_of(const EventBody& body) {
    return std::visit(
        [](const auto& event) -> std::string {
            if constexpr (requires { event.step; })
                return event.step;
            else
                return {};
        },
        body);
}

std::string describe(const Event& event) { return std::visit(DescribeBody(), event.body); }

std::string_view event_name(const EventBody& body) noexcept {
    return std::visit(EventName{}, body);
}

Document encode(const Event& event) {
    Document out = Document::object(
        {{"schema", 1}, {"event", event_name(event.body)}, {"at", format_time(event.at)}});
    std::visit(EncodeBody{out}, event.body);
    return out;
}

} // namespace elastiroll
