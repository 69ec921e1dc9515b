#include "handles.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/plan/planner.hpp>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

/// What a plan is printed at most: a terminal is never as wide.
constexpr int32_t columns_max = 1'000;
constexpr int32_t columns_min = 40;
constexpr int32_t columns_default = 100;

const Step* step_at(const elr_plan* plan, std::size_t index) noexcept {
    return plan && index < plan->steps.size() ? &plan->saved.plan.steps[index] : nullptr;
}

} // namespace

elr_plan::elr_plan(SavedPlan given) : saved(std::move(given)) {
    const DeploymentPlan& plan = saved.plan;
    if (plan.previous)
        previous_name = plan.previous->name;
    steps.reserve(plan.steps.size());
    for (const Step& step : plan.steps) {
        const auto group = group_of(step.action);
        steps.push_back({describe(step.action), group ? describe(*group, plan) : std::string()});
    }
}

elr_status elr_snapshot_to_json(const elr_snapshot* snapshot, char** json_out,
                                elr_error** error_out) {
    clear(json_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"snapshot", snapshot}, {"json_out", json_out}}); !given)
            return given;
        return give_text(to_text(encode(snapshot->snapshot)), json_out);
    });
}

elr_status elr_snapshot_from_json(const char* json, size_t json_size, elr_snapshot** snapshot_out,
                                  elr_error** error_out) {
    clear(snapshot_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"json", json}, {"snapshot_out", snapshot_out}}); !given)
            return given;
        auto snapshot = read_json(json, json_size).and_then(decode_snapshot);
        if (!snapshot)
            return Unexpected(std::move(snapshot).error());
        *snapshot_out = make_handle<elr_snapshot>(*std::move(snapshot));
        return {};
    });
}

void elr_snapshot_free(elr_snapshot* snapshot) { free_handle(snapshot); }

elr_status elr_plan_new(const elr_spec* spec, const elr_snapshot* snapshot, elr_plan** plan_out,
                        elr_error** error_out) {
    clear(plan_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"spec", spec}, {"snapshot", snapshot}, {"plan_out", plan_out}});
            !given)
            return given;
        auto planned = make_saved_plan(spec->spec, snapshot->snapshot);
        if (!planned)
            return Unexpected(std::move(planned).error());
        *plan_out = make_handle<elr_plan>(*std::move(planned));
        return {};
    });
}

elr_status elr_plan_to_json(const elr_plan* plan, char** json_out, elr_error** error_out) {
    clear(json_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"plan", plan}, {"json_out", json_out}}); !given)
            return given;
        return give_text(to_text(encode(plan->saved)), json_out);
    });
}

elr_status elr_plan_from_json(const char* json, size_t json_size, elr_plan** plan_out,
                              elr_error** error_out) {
    clear(plan_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"json", json}, {"plan_out", plan_out}}); !given)
            return given;
        auto saved = read_json(json, json_size).and_then(decode_saved_plan);
        if (!saved)
            return Unexpected(std::move(saved).error());
        *plan_out = make_handle<elr_plan>(*std::move(saved));
        return {};
    });
}

elr_status elr_plan_to_text(const elr_plan* plan, int32_t columns, char** text_out,
                            elr_error** error_out) {
    clear(text_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"plan", plan}, {"text_out", text_out}}); !given)
            return given;
        if (columns != 0 && (columns < columns_min || columns > columns_max))
            return invalid("columns is neither 0 nor 40..1000");
        const int width = columns == 0 ? columns_default : columns;
        return give_text(to_text(plan->saved.plan, width), text_out);
    });
}

int32_t elr_plan_is_no_op(const elr_plan* plan) {
    return plan && plan->saved.plan.is_no_op ? 1 : 0;
}

const char* elr_plan_new_name(const elr_plan* plan) {
    return plan ? plan->saved.plan.new_name.c_str() : nullptr;
}

const char* elr_plan_previous_name(const elr_plan* plan) {
    return plan ? plan->previous_name.c_str() : nullptr;
}

int32_t elr_plan_floor(const elr_plan* plan) { return plan ? plan->saved.plan.floor : 0; }

int32_t elr_plan_lowest(const elr_plan* plan) { return plan ? plan->saved.plan.preview.lowest : 0; }

int32_t elr_plan_peak(const elr_plan* plan) { return plan ? plan->saved.plan.preview.peak : 0; }

int32_t elr_plan_phases(const elr_plan* plan) { return plan ? plan->saved.plan.phases : 0; }

int32_t elr_plan_change_count(const elr_plan* plan) {
    return plan ? plan->saved.plan.preview.mutating_calls : 0;
}

size_t elr_plan_notice_count(const elr_plan* plan) {
    return plan ? plan->saved.plan.notices.size() : 0;
}

const char* elr_plan_notice(const elr_plan* plan, size_t index) {
    return index < elr_plan_notice_count(plan) ? plan->saved.plan.notices[index].c_str() : nullptr;
}

size_t elr_plan_step_count(const elr_plan* plan) { return plan ? plan->steps.size() : 0; }

const char* elr_plan_step_id(const elr_plan* plan, size_t index) {
    const Step* step = step_at(plan, index);
    return step ? step->id.c_str() : nullptr;
}

const char* elr_plan_step_what(const elr_plan* plan, size_t index) {
    return step_at(plan, index) ? plan->steps[index].what.c_str() : nullptr;
}

const char* elr_plan_step_group(const elr_plan* plan, size_t index) {
    return step_at(plan, index) ? plan->steps[index].group.c_str() : nullptr;
}

const char* elr_plan_step_reason(const elr_plan* plan, size_t index) {
    const Step* step = step_at(plan, index);
    return step ? step->reason.c_str() : nullptr;
}

int32_t elr_plan_step_is_change(const elr_plan* plan, size_t index) {
    const Step* step = step_at(plan, index);
    return step && is_mutating(step->action) ? 1 : 0;
}

int32_t elr_plan_step_is_cleanup(const elr_plan* plan, size_t index) {
    const Step* step = step_at(plan, index);
    return step && step->is_cleanup ? 1 : 0;
}

void elr_plan_free(elr_plan* plan) { free_handle(plan); }
