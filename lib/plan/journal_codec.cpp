#include <elastiroll/plan/journal.hpp>

#include "base/reader.hpp"
#include "plan/codec.hpp"

#include <fmt/format.h>

#include <array>

namespace elastiroll {
namespace {

constexpr int record_version = 1;

// Errors and outcomes.

template <class T, class Decode>
std::optional<T> decode_optional(const Reader& reader, std::string_view key, const Decode& decode) {
    if (!reader.has(key))
        return std::nullopt;
    auto value = decode(reader.document(key));
    if (!value) {
        reader.complain(key, value.error().message);
        return std::nullopt;
    }
    return std::move(*value);
}

template <class T, class Decode>
T decode_part(const Reader& reader, std::string_view key, const Decode& decode) {
    auto value = decode_optional<T>(reader, key, decode);
    if (!value)
        reader.complain(key, "is missing");
    return value ? std::move(*value) : T();
}

// Snapshots.

Document encode_reading(const GroupReading& reading) {
    Document instances = Document::array();
    for (const InstanceReading& one : reading.instances) {
        Document item = Document::object({{"id", one.status.id.text()},
                                          {"type", one.status.type},
                                          {"status", one.status.status},
                                          {"health", to_string(one.health)},
                                          {"is_draining", one.status.is_draining},
                                          {"is_locked", one.status.is_locked}});
        if (one.status.locked_until)
            item.set("locked_until", format_time(*one.status.locked_until));
        instances.push_back(std::move(item));
    }
    return Document::object({{"at", format_time(reading.at)}, {"instances", std::move(instances)}});
}

HealthStatus health_from(std::string_view text) {
    for (const HealthStatus status :
         {HealthStatus::healthy, HealthStatus::unhealthy, HealthStatus::insufficient_data}) {
        if (text == to_string(status))
            return status;
    }
    return HealthStatus::unknown;
}

GroupReading decode_reading(const Reader& reader) {
    GroupReading reading{reader.time("at"), {}};
    reader.items("instances", [&](const Reader& item) {
        InstanceStatus status{InstanceId(item.text("id")), item.text("type"),
                              item.text("status"),         item.boolean("is_draining"),
                              item.boolean("is_locked"),   {}};
        if (item.has("locked_until"))
            status.locked_until = item.time("locked_until");
        reading.instances.push_back({std::move(status), health_from(item.text("health"))});
    });
    return reading;
}

Document encode_state(const GroupState& state) {
    Document out = Document::object({{"id", state.group.id.text()},
                                     {"name", state.group.name},
                                     {"capacity", encode_capacity(state.group.capacity)},
                                     {"unit", to_string(state.group.unit)}});
    if (state.group.created_at)
        out.set("created_at", format_time(*state.group.created_at));
    if (state.reading)
        out.set("reading", encode_reading(*state.reading));
    if (state.suspensions) {
        Document list = Document::array();
        for (const Suspension& one : *state.suspensions) {
            Document item = Document::object({{"process", one.process}});
            if (one.expires_at)
                item.set("expires_at", format_time(*one.expires_at));
            list.push_back(std::move(item));
        }
        out.set("suspensions", std::move(list));
    }
    if (state.rolls) {
        Document list = Document::array();
        for (const Roll& roll : *state.rolls)
            list.push_back(Document::object({{"id", roll.id}, {"status", roll.status}}));
        out.set("rolls", std::move(list));
    }
    out.set("document", state.group.document);
    return out;
}

GroupState decode_state(const Reader& reader) {
    GroupState state;
    state.group.id = GroupId(reader.text("id"));
    state.group.name = reader.text("name");
    state.group.capacity = decode_capacity(reader, "capacity");
    state.group.unit =
        reader.converted("unit", capacity_unit_from).value_or(CapacityUnit::instance);
    if (reader.has("created_at"))
        state.group.created_at = reader.time("created_at");
    if (reader.has("reading"))
        state.reading = decode_reading(reader.member("reading"));
    if (reader.has("suspensions")) {
        state.suspensions.emplace();
        reader.items("suspensions", [&](const Reader& item) {
            Suspension one{item.text("process"), {}};
            if (item.has("expires_at"))
                one.expires_at = item.time("expires_at");
            state.suspensions->push_back(std::move(one));
        });
    }
    if (reader.has("rolls")) {
        state.rolls.emplace();
        reader.items("rolls", [&](const Reader& item) {
            state.rolls->push_back({item.text("id"), item.text("status")});
        });
    }
    state.group.document = reader.document("document");
    return state;
}

// Entries. Each pair of overloads is one kind of record.

struct EncodeEntry {
    Document& out;

    void operator()(const BegunEntry& entry) const {
        out.set("deployment", entry.deployment.text());
        out.set("actor", entry.actor);
        out.set("reason", entry.reason);
        out.set("program", entry.program);
        out.set("spec", encode(entry.spec));
    }
    void operator()(const ResumedEntry& entry) const {
        out.set("mode", to_string(entry.mode));
        out.set("accepts_drift", entry.accepts_drift);
        out.set("actor", entry.actor);
        out.set("reason", entry.reason);
        out.set("program", entry.program);
    }
    void operator()(const PlannedEntry& entry) const {
        out.set("resumes_after", entry.resumes_after);
        out.set("plan", encode(entry.plan));
        out.set("snapshot", encode(entry.snapshot));
    }
    void operator()(const StepStartedEntry& entry) const {
        out.set("step", entry.step);
        out.set("deadline", format_time(entry.deadline));
    }
    void operator()(const CallStartedEntry& entry) const {
        out.set("step", entry.step);
        out.set("call", entry.call);
        out.set("group", entry.group.text());
        out.set("detail", entry.detail);
    }
    void operator()(const CallEndedEntry& entry) const {
        out.set("step", entry.step);
        out.set("call", entry.call);
        out.set("end", to_string(entry.end));
        out.set("group", entry.group.text());
        out.set("request_id", entry.request_id);
        if (entry.error)
            out.set("error", encode(*entry.error));
        out.set("latency_ms", entry.latency.count());
    }
    void operator()(const StepEndedEntry& entry) const {
        out.set("step", entry.step);
        out.set("end", to_string(entry.end));
        out.set("group", entry.group.text());
        if (entry.error)
            out.set("error", encode(*entry.error));
        out.set("summary", entry.summary);
        Document times = Document::array();
        for (const Milliseconds time : entry.times_to_healthy)
            times.push_back(time.count());
        out.set("times_to_healthy_ms", std::move(times));
    }
    void operator()(const DecisionEntry& entry) const {
        const Document decision = encode(entry);
        for (const auto& [key, value] : *decision.as_object())
            out.set(key, value);
    }
    void operator()(const FailedEntry& entry) const { out.set("error", encode(entry.error)); }
    void operator()(const EndedEntry& entry) const { out.set("outcome", encode(entry.outcome)); }
};

template <class Enum, std::size_t N> struct OneOf {
    std::array<Enum, N> values;
    std::optional<Enum> operator()(std::string_view text) const {
        for (const Enum value : values) {
            if (text == to_string(value))
                return value;
        }
        return std::nullopt;
    }
};
constexpr OneOf<CallEnd, 3> call_end_from{
    {CallEnd::answered, CallEnd::failed, CallEnd::unanswered}};
constexpr OneOf<StepEnd, 3> step_end_from{{StepEnd::done, StepEnd::warned, StepEnd::failed}};
constexpr OneOf<DecisionKind, 2> decision_kind_from{{DecisionKind::approve, DecisionKind::abort}};
constexpr OneOf<ResumeMode, 2> resume_mode_from{{ResumeMode::go_on, ResumeMode::roll_back}};

DecisionEntry decode_decision_from(const Reader& reader) {
    DecisionEntry decision{
        .kind = reader.converted("decision", decision_kind_from).value_or(DecisionKind::abort),
        .gate = reader.text("gate"),
        .actor = reader.text("actor"),
        .reason = reader.text_or_empty("reason")};
    if (reader.has("inbox"))
        decision.inbox = static_cast<std::uint64_t>(reader.integer("inbox"));
    return decision;
}

BegunEntry decode_begun(const Reader& reader) {
    return {DeploymentId(reader.text("deployment")),
            decode_part<DeploymentSpec>(reader, "spec", decode_deployment_spec),
            reader.text("actor"), reader.text("reason"), reader.text("program")};
}

PlannedEntry decode_planned(const Reader& reader) {
    return {decode_part<Snapshot>(reader, "snapshot", decode_snapshot),
            decode_part<DeploymentPlan>(reader, "plan", decode_deployment_plan),
            reader.text("resumes_after")};
}

CallEndedEntry decode_call_ended(const Reader& reader) {
    return {reader.text("step"),
            reader.text("call"),
            reader.converted("end", call_end_from).value_or(CallEnd::unanswered),
            GroupId(reader.text("group")),
            reader.text("request_id"),
            decode_optional<Error>(reader, "error", decode_error),
            reader.milliseconds("latency_ms")};
}

StepEndedEntry decode_step_ended(const Reader& reader) {
    StepEndedEntry entry{reader.text("step"),
                         reader.converted("end", step_end_from).value_or(StepEnd::failed),
                         GroupId(reader.text("group")),
                         decode_optional<Error>(reader, "error", decode_error),
                         reader.text("summary"),
                         {}};
    reader.items("times_to_healthy_ms", [&](const Reader& item) {
        entry.times_to_healthy.push_back(item.item_milliseconds());
    });
    return entry;
}

JournalEntry decode_entry(const Reader& reader) {
    const std::string kind = reader.text("record");
    if (kind == "begun")
        return decode_begun(reader);
    if (kind == "resumed")
        return ResumedEntry{reader.converted("mode", resume_mode_from).value_or(ResumeMode::go_on),
                            reader.boolean("accepts_drift"), reader.text("actor"),
                            reader.text("reason"), reader.text("program")};
    if (kind == "planned")
        return decode_planned(reader);
    if (kind == "step_started")
        return StepStartedEntry{reader.text("step"), reader.time("deadline")};
    if (kind == "call_started")
        return CallStartedEntry{reader.text("step"), reader.text("call"),
                                GroupId(reader.text("group")), reader.text("detail")};
    if (kind == "call_ended")
        return decode_call_ended(reader);
    if (kind == "step_ended")
        return decode_step_ended(reader);
    if (kind == "decision")
        return decode_decision_from(reader);
    if (kind == "failed")
        return FailedEntry{decode_part<Error>(reader, "error", decode_error)};
    if (kind != "ended")
        reader.complain("record", "is no kind that this version knows");
    return EndedEntry{decode_part<Outcome>(reader, "outcome", decode_outcome)};
}

} // namespace

Document encode(const Error& error) {
    Document out =
        Document::object({{"category", to_string(error.category)}, {"message", error.message}});
    if (!error.details.empty()) {
        Document details = Document::array();
        for (const ErrorDetail& detail : error.details)
            details.push_back(Document::object(
                {{"path", detail.path}, {"message", detail.message}, {"fix", detail.fix}}));
        out.set("details", std::move(details));
    }
    if (error.remote)
        out.set("remote", Document::object({{"http_status", error.remote->http_status},
                                            {"code", error.remote->code},
                                            {"message", error.remote->message},
                                            {"request_id", error.remote->request_id}}));
    return out;
}

Result<Error> decode_error(const Document& document) {
    Reader reader(document);
    Error error{
        .category =
            reader.converted("category", error_category_from).value_or(ErrorCategory::internal),
        .message = reader.text("message")};
    if (reader.has("details"))
        reader.items("details", [&](const Reader& item) {
            error.details.push_back({item.text("path"), item.text("message"), item.text("fix")});
        });
    if (reader.has("remote")) {
        const Reader remote = reader.member("remote");
        error.remote = RemoteError{remote.small("http_status"), remote.text("code"),
                                   remote.text("message"), remote.text("request_id")};
    }
    return std::move(reader).finish(std::move(error), "reading an error");
}

Document encode(const DecisionEntry& decision) {
    Document out = Document::object({{"decision", to_string(decision.kind)},
                                     {"gate", decision.gate},
                                     {"actor", decision.actor}});
    if (!decision.reason.empty())
        out.set("reason", decision.reason);
    if (decision.inbox != 0)
        out.set("inbox", static_cast<std::int64_t>(decision.inbox));
    return out;
}

Result<DecisionEntry> decode_decision(const Document& document) {
    Reader reader(document);
    DecisionEntry decision = decode_decision_from(reader);
    return std::move(reader).finish(std::move(decision), "reading a decision");
}

Document encode(const Outcome& outcome) {
    Document out = Document::object(
        {{"kind", to_string(outcome.kind)}, {"exit_status", exit_status(outcome)}});
    if (outcome.error)
        out.set("error", encode(*outcome.error));
    out.set("warnings", encode_texts(outcome.warnings));
    out.set("new_group", outcome.new_group.text());
    out.set("serving", outcome.serving.text());
    if (outcome.due_at)
        out.set("due_at", format_time(*outcome.due_at));
    return out;
}

Result<Outcome> decode_outcome(const Document& document) {
    Reader reader(document);
    Outcome outcome;
    outcome.kind = reader.converted("kind", outcome_kind_from).value_or(OutcomeKind::stopped);
    outcome.error = decode_optional<Error>(reader, "error", decode_error);
    outcome.warnings = decode_texts(reader, "warnings");
    outcome.new_group = GroupId(reader.text("new_group"));
    outcome.serving = GroupId(reader.text("serving"));
    if (reader.has("due_at"))
        outcome.due_at = reader.time("due_at");
    return std::move(reader).finish(std::move(outcome), "reading an outcome");
}

namespace {

Document encode_image(const Image& image) {
    return Document::object({{"id", image.id.text()},
                             {"name", image.name},
                             {"created_at", format_time(image.created_at)},
                             {"state", image.state},
                             {"architecture", image.architecture},
                             {"owner", image.owner}});
}

Image decode_image(const Reader& reader) {
    return {.id = ImageId(reader.text("id")),
            .name = reader.text("name"),
            .created_at = reader.time("created_at"),
            .state = reader.text("state"),
            .architecture = reader.text("architecture"),
            .owner = reader.text("owner")};
}

} // namespace

Document encode(const Snapshot& snapshot) {
    Document groups = Document::array();
    for (const GroupState& state : snapshot.groups)
        groups.push_back(encode_state(state));
    Document out = Document::object({{"line", encode_line(snapshot.line)},
                                     {"at", format_time(snapshot.at)},
                                     {"groups", std::move(groups)}});
    if (snapshot.history)
        out.set("history", Document::object(
                               {{"serving", snapshot.history->serving.text()},
                                {"unfinished", snapshot.history->unfinished
                                                   ? Document(snapshot.history->unfinished->text())
                                                   : Document()}}));
    if (snapshot.image)
        out.set("image", encode_image(*snapshot.image));
    if (!snapshot.image_unchecked.empty())
        out.set("image_unchecked", snapshot.image_unchecked);
    if (!snapshot.targets_unchecked.empty())
        out.set("targets_unchecked", snapshot.targets_unchecked);
    return out;
}

Result<Snapshot> decode_snapshot(const Document& document) {
    Reader reader(document);
    Snapshot snapshot;
    snapshot.line = decode_line(reader.member("line"));
    snapshot.at = reader.time("at");
    reader.items("groups",
                 [&](const Reader& item) { snapshot.groups.push_back(decode_state(item)); });
    if (reader.has("history")) {
        const Reader history = reader.member("history");
        snapshot.history = LineHistory{GroupId(history.text("serving")), {}, {}};
        if (history.has("unfinished"))
            snapshot.history->unfinished = DeploymentId(history.text("unfinished"));
    }
    if (reader.has("image"))
        snapshot.image = decode_image(reader.member("image"));
    if (reader.has("image_unchecked"))
        snapshot.image_unchecked = reader.text("image_unchecked");
    if (reader.has("targets_unchecked"))
        snapshot.targets_unchecked = reader.text("targets_unchecked");
    return std::move(reader).finish(std::move(snapshot), "reading a snapshot");
}

Document encode(const JournalRecord& record) {
    Document out = Document::object({{"version", record_version},
                                     {"sequence", static_cast<std::int64_t>(record.sequence)},
                                     {"at", format_time(record.at)},
                                     {"record", entry_name(record.entry)}});
    std::visit(EncodeEntry{out}, record.entry);
    return out;
}

Result<JournalRecord> decode_journal_record(const Document& document) {
    Reader reader(document);
    if (reader.integer("version") > record_version)
        reader.complain("version", "is newer than this program; use the newer one");
    JournalRecord record{static_cast<std::uint64_t>(reader.integer("sequence")), reader.time("at"),
                         decode_entry(reader)};
    return std::move(reader).finish(std::move(record), "reading a journal record");
}

} // namespace elastiroll
