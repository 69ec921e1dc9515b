#include <elastiroll/plan/plan.hpp>

#include "base/reader.hpp"
#include "plan/codec.hpp"

#include <fmt/format.h>

namespace elastiroll {

Document encode_texts(const std::vector<std::string>& texts) {
    Document list = Document::array();
    for (const std::string& text : texts)
        list.push_back(text);
    return list;
}

std::vector<std::string> decode_texts(const Reader& reader, std::string_view key) {
    std::vector<std::string> texts;
    reader.items(key, [&](const Reader& item) { texts.push_back(item.item_text()); });
    return texts;
}

Document encode_capacity(const Capacity& capacity) { return to_string(capacity); }

Capacity decode_capacity(const Reader& reader, std::string_view key) {
    const auto capacity = reader.converted(key, parse_capacity);
    return capacity ? *capacity : Capacity();
}

Document encode_line(const Line& line) {
    return Document::object({{"account", line.account.text()},
                             {"region", line.region.text()},
                             {"prefix", line.prefix.text()}});
}

Line decode_line(const Reader& reader) {
    auto prefix = reader.converted("prefix", GroupPrefix::make);
    return {AccountId(reader.text("account")), Region(reader.text("region")),
            prefix ? *prefix : GroupPrefix()};
}

namespace {

Document encode_ref(const GroupRef& group) {
    const auto* id = std::get_if<GroupId>(&group);
    return id ? Document(id->text()) : Document("new");
}

GroupRef decode_ref(const Reader& reader) {
    const std::string text = reader.text("group");
    if (text == "new")
        return NewGroup{};
    return GroupId(text);
}

struct EncodeAction {
    Document& out;

    void operator()(const CreateGroupStep&) const { out.set("do", "create_group"); }
    void operator()(const ConfirmLineStep&) const { out.set("do", "confirm_line"); }
    void operator()(const ConfirmUniqueStep&) const { out.set("do", "confirm_unique"); }
    void operator()(const ScaleGroupStep& step) const {
        out.set("do", "scale_group");
        out.set("group", encode_ref(step.group));
        out.set("before", encode_capacity(step.before));
        out.set("to", encode_capacity(step.to));
    }
    void operator()(const AwaitSteadyStep& step) const {
        out.set("do", "await_steady");
        out.set("group", encode_ref(step.group));
        out.set("wanted", encode_capacity(step.wanted));
        out.set("is_held", step.is_held);
    }
    void operator()(const AwaitSmallStep& step) const {
        out.set("do", "await_small");
        out.set("group", encode_ref(step.group));
        out.set("active_max", step.active_max);
    }
    void operator()(const SuspendProcessesStep& step) const {
        out.set("do", "suspend_processes");
        out.set("group", encode_ref(step.group));
        out.set("processes", encode_texts(step.processes));
        out.set("hold", to_string(step.hold));
        out.set("time_to_live_ms", step.time_to_live.count());
    }
    void operator()(const DeleteGroupStep& step) const {
        out.set("do", "delete_group");
        out.set("group", encode_ref(step.group));
        out.set("deallocation", step.deallocation);
        out.set("must_be_empty", step.must_be_empty);
    }
    void operator()(const SetForwardsStep& step) const {
        out.set("do", "set_forwards");
        out.set("arn", step.arn);
        out.set("is_rule", step.is_rule);
        out.set("name", step.name);
        out.set("actions_before", step.before);
        out.set("actions_to", step.to);
    }
    void operator()(const RenameGroupStep& step) const {
        out.set("do", "rename_group");
        out.set("group", encode_ref(step.group));
        out.set("before", step.before);
        out.set("to", step.to);
    }
    void operator()(const ApprovalGateStep&) const { out.set("do", "approval_gate"); }
    void operator()(const BakeGateStep& step) const {
        out.set("do", "bake_gate");
        out.set("duration_ms", step.duration.count());
        if (step.leaves)
            out.set("leaves", true);
    }
};

std::optional<HoldKind> hold_kind_from(std::string_view text) {
    for (const HoldKind kind : {HoldKind::timed, HoldKind::lasting, HoldKind::released}) {
        if (text == to_string(kind))
            return kind;
    }
    return std::nullopt;
}

std::optional<PlanKind> plan_kind_from(std::string_view text) {
    for (const PlanKind kind : {PlanKind::deploy, PlanKind::rollback, PlanKind::cleanup}) {
        if (text == to_string(kind))
            return kind;
    }
    return std::nullopt;
}

std::optional<Strategy> strategy_from(std::string_view text) {
    for (const Strategy strategy : {Strategy::basic, Strategy::canary, Strategy::blue_green}) {
        if (text == to_string(strategy))
            return strategy;
    }
    return std::nullopt;
}

Document decode_actions(const Reader& reader, std::string_view key) {
    Document actions = reader.document(key);
    if (!actions.is_array())
        reader.complain(key, "is no list of actions");
    return actions;
}

StepAction decode_action(const Reader& reader) {
    const std::string what = reader.text("do");
    if (what == "create_group")
        return CreateGroupStep{};
    if (what == "confirm_line")
        return ConfirmLineStep{};
    if (what == "confirm_unique")
        return ConfirmUniqueStep{};
    if (what == "scale_group")
        return ScaleGroupStep{decode_ref(reader), decode_capacity(reader, "before"),
                              decode_capacity(reader, "to")};
    if (what == "await_steady")
        return AwaitSteadyStep{decode_ref(reader), decode_capacity(reader, "wanted"),
                               reader.boolean("is_held")};
    if (what == "await_small")
        return AwaitSmallStep{decode_ref(reader), reader.small("active_max")};
    if (what == "suspend_processes")
        return SuspendProcessesStep{
            decode_ref(reader), decode_texts(reader, "processes"),
            reader.converted("hold", hold_kind_from).value_or(HoldKind::timed),
            reader.milliseconds("time_to_live_ms")};
    if (what == "delete_group")
        return DeleteGroupStep{decode_ref(reader), reader.document("deallocation"),
                               reader.boolean("must_be_empty")};
    if (what == "set_forwards")
        return SetForwardsStep{reader.text("arn"), reader.boolean("is_rule"), reader.text("name"),
                               decode_actions(reader, "actions_before"),
                               decode_actions(reader, "actions_to")};
    if (what == "rename_group")
        return RenameGroupStep{decode_ref(reader), reader.text("before"), reader.text("to")};
    if (what == "bake_gate")
        return BakeGateStep{reader.milliseconds("duration_ms"),
                            reader.has("leaves") && reader.boolean("leaves")};
    if (what != "approval_gate")
        reader.complain("do", "is no step that this version knows");
    return ApprovalGateStep{};
}

Document encode_planned_group(const PlannedGroup& group) {
    return Document::object({{"id", group.id.text()},
                             {"name", group.name},
                             {"capacity", encode_capacity(group.capacity)},
                             {"healthy", group.healthy}});
}

PlannedGroup decode_planned_group(const Reader& reader) {
    return {GroupId(reader.text("id")), reader.text("name"), decode_capacity(reader, "capacity"),
            reader.small("healthy")};
}

Document encode_preview(const PlanPreview& preview) {
    return Document::object({{"lowest_healthy", preview.lowest},
                             {"peak_wanted", preview.peak},
                             {"mutating_calls", preview.mutating_calls},
                             {"rollback", encode_texts(preview.rollback)},
                             {"holds", encode_texts(preview.holds)}});
}

PlanPreview decode_preview(const Reader& reader) {
    return {reader.small("lowest_healthy"), reader.small("peak_wanted"),
            reader.small("mutating_calls"), decode_texts(reader, "rollback"),
            decode_texts(reader, "holds")};
}

Document encode_step(const Step& step) {
    Document out = Document::object({{"id", step.id}});
    std::visit(EncodeAction{out}, step.action);
    out.set("reason", step.reason);
    out.set("is_cleanup", step.is_cleanup);
    return out;
}

} // namespace

Document encode(const DeploymentPlan& plan) {
    Document steps = Document::array();
    for (const Step& step : plan.steps)
        steps.push_back(encode_step(step));
    Document others = Document::array();
    for (const PlannedGroup& group : plan.others)
        others.push_back(encode_planned_group(group));
    Document out = Document::object(
        {{"version", DeploymentPlan::version},
         {"kind", to_string(plan.kind)},
         {"line", encode_line(plan.line)},
         {"strategy", to_string(plan.strategy)},
         {"unit", to_string(plan.unit)},
         {"new_name", plan.new_name},
         {"requested", encode_capacity(plan.requested)},
         {"floor", plan.floor},
         {"phases", plan.phases},
         {"image", plan.image.text()},
         {"digest", plan.digest},
         {"previous", plan.previous ? encode_planned_group(*plan.previous) : Document()},
         {"others", std::move(others)},
         {"is_no_op", plan.is_no_op},
         {"steps", std::move(steps)},
         {"notices", encode_texts(plan.notices)},
         {"preview", encode_preview(plan.preview)},
         {"group_document", plan.group_document}});
    if (!plan.load_balancers.empty()) {
        out.set("load_balancers", encode_texts(plan.load_balancers));
        out.set("stage_routes", encode_texts(plan.stage_routes));
    }
    // Journals of versions that did not ask AWS look the same.
    if (!plan.image_name.empty())
        out.set("image_name", plan.image_name);
    if (plan.image_created_at)
        out.set("image_created_at", format_time(*plan.image_created_at));
    return out;
}

Result<DeploymentPlan> decode_deployment_plan(const Document& document) {
    Reader reader(document);
    if (reader.integer("version") > DeploymentPlan::version)
        reader.complain("version", "is newer than this program; use the newer one");
    DeploymentPlan plan;
    plan.kind = reader.converted("kind", plan_kind_from).value_or(PlanKind::deploy);
    plan.line = decode_line(reader.member("line"));
    plan.strategy = reader.converted("strategy", strategy_from).value_or(Strategy::basic);
    plan.unit = reader.converted("unit", capacity_unit_from).value_or(CapacityUnit::instance);
    plan.new_name = reader.text("new_name");
    plan.requested = decode_capacity(reader, "requested");
    plan.floor = reader.small("floor");
    plan.phases = reader.small("phases");
    plan.image = ImageId(reader.text("image"));
    if (reader.has("image_name"))
        plan.image_name = reader.text("image_name");
    if (reader.has("image_created_at"))
        plan.image_created_at = reader.time("image_created_at");
    plan.digest = reader.text("digest");
    if (reader.has("previous"))
        plan.previous = decode_planned_group(reader.member("previous"));
    reader.items("others",
                 [&](const Reader& item) { plan.others.push_back(decode_planned_group(item)); });
    plan.is_no_op = reader.boolean("is_no_op");
    reader.items("steps", [&](const Reader& item) {
        plan.steps.push_back({item.text("id"), decode_action(item), item.text("reason"),
                              item.boolean("is_cleanup")});
    });
    if (reader.has("load_balancers")) {
        plan.load_balancers = decode_texts(reader, "load_balancers");
        plan.stage_routes = decode_texts(reader, "stage_routes");
    }
    plan.notices = decode_texts(reader, "notices");
    plan.preview = decode_preview(reader.member("preview"));
    plan.group_document = reader.document("group_document");
    return std::move(reader).finish(std::move(plan), "reading a plan");
}

} // namespace elastiroll
