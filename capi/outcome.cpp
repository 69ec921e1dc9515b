#include "handles.hpp"

#include <array>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

int32_t number_of(OutcomeKind kind) noexcept {
    switch (kind) {
    case OutcomeKind::done: return ELR_OUTCOME_DONE;
    case OutcomeKind::nothing_to_do: return ELR_OUTCOME_NOTHING_TO_DO;
    case OutcomeKind::unchanged: return ELR_OUTCOME_UNCHANGED;
    case OutcomeKind::rolled_back: return ELR_OUTCOME_ROLLED_BACK;
    case OutcomeKind::stopped: return ELR_OUTCOME_STOPPED;
    case OutcomeKind::lock_lost: return ELR_OUTCOME_LOCK_LOST;
    case OutcomeKind::drifted: return ELR_OUTCOME_DRIFTED;
    case OutcomeKind::interrupted: return ELR_OUTCOME_INTERRUPTED;
    case OutcomeKind::detached: return ELR_OUTCOME_DETACHED;
    case OutcomeKind::refused: return ELR_OUTCOME_REFUSED;
    }
    return 0;
}

constexpr std::array kinds = {OutcomeKind::done,      OutcomeKind::nothing_to_do,
                              OutcomeKind::unchanged, OutcomeKind::rolled_back,
                              OutcomeKind::stopped,   OutcomeKind::lock_lost,
                              OutcomeKind::drifted,   OutcomeKind::interrupted,
                              OutcomeKind::detached,  OutcomeKind::refused};

} // namespace

int32_t elr_outcome_kind(const elr_outcome* outcome) {
    return outcome ? number_of(outcome->outcome.kind) : 0;
}

const char* elr_outcome_kind_name(int32_t kind) {
    for (const OutcomeKind one : kinds) {
        if (number_of(one) == kind)
            return to_string(one).data();
    }
    return "unknown";
}

int32_t elr_outcome_exit_status(const elr_outcome* outcome) {
    return outcome ? exit_status(outcome->outcome) : 0;
}

const char* elr_outcome_deployment(const elr_outcome* outcome) {
    return outcome ? outcome->deployment.c_str() : nullptr;
}

const elr_error* elr_outcome_error(const elr_outcome* outcome) {
    return outcome && outcome->error ? &*outcome->error : nullptr;
}

size_t elr_outcome_warning_count(const elr_outcome* outcome) {
    return outcome ? outcome->outcome.warnings.size() : 0;
}

const char* elr_outcome_warning(const elr_outcome* outcome, size_t index) {
    return index < elr_outcome_warning_count(outcome) ? outcome->outcome.warnings[index].c_str()
                                                      : nullptr;
}

const char* elr_outcome_new_group(const elr_outcome* outcome) {
    return outcome ? outcome->outcome.new_group.text().c_str() : nullptr;
}

const char* elr_outcome_serving(const elr_outcome* outcome) {
    return outcome ? outcome->outcome.serving.text().c_str() : nullptr;
}

int64_t elr_outcome_due_at_ms(const elr_outcome* outcome) {
    return outcome && outcome->outcome.due_at ? outcome->outcome.due_at->time_since_epoch().count()
                                              : 0;
}

void elr_outcome_free(elr_outcome* outcome) { free_handle(outcome); }
