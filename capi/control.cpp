#include "handles.hpp"

#include "queries.hpp"

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

Result<void> decide(elr_control* control, DecisionKind kind, const char* gate, const char* actor,
                    const char* reason) {
    if (auto given = require({{"control", control}}); !given)
        return given;
    auto decision = read_decision(kind, nullptr, gate, actor, reason);
    if (!decision)
        return Unexpected(std::move(decision).error());
    const std::scoped_lock lock(control->state->mutex);
    control->state->decisions.push_back(std::move(decision->entry));
    return {};
}

} // namespace

elr_status elr_control_new(elr_control** control_out, elr_error** error_out) {
    clear(control_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"control_out", control_out}}); !given)
            return given;
        *control_out = make_handle<elr_control>();
        return {};
    });
}

elr_status elr_control_interrupt(elr_control* control, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"control", control}}); !given)
            return given;
        const std::scoped_lock lock(control->state->mutex);
        control->state->is_interrupted = true;
        return {};
    });
}

elr_status elr_control_approve(elr_control* control, const char* gate, const char* actor,
                               const char* reason, elr_error** error_out) {
    return guard(error_out,
                 [&] { return decide(control, DecisionKind::approve, gate, actor, reason); });
}

elr_status elr_control_abort(elr_control* control, const char* actor, const char* reason,
                             elr_error** error_out) {
    return guard(error_out,
                 [&] { return decide(control, DecisionKind::abort, nullptr, actor, reason); });
}

void elr_control_free(elr_control* control) { free_handle(control); }
