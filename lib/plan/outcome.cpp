#include <elastiroll/plan/outcome.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace elastiroll {
namespace {

struct OutcomeFacts {
    OutcomeKind kind;
    std::string_view name;
    int exit_status;
    bool is_finished;
};

constexpr std::array<OutcomeFacts, 10> facts{{
    {OutcomeKind::done, "done", 0, true},
    {OutcomeKind::nothing_to_do, "nothing_to_do", 0, true},
    {OutcomeKind::unchanged, "unchanged", 1, true},
    {OutcomeKind::rolled_back, "rolled_back", 1, true},
    {OutcomeKind::stopped, "stopped", 3, false},
    {OutcomeKind::lock_lost, "lock_lost", 4, false},
    {OutcomeKind::drifted, "drifted", 5, false},
    {OutcomeKind::interrupted, "interrupted", 130, false},
    {OutcomeKind::detached, "detached", 0, false},
    {OutcomeKind::refused, "refused", 2, true},
}};

} // namespace

std::string_view to_string(OutcomeKind kind) noexcept {
    const auto found = std::ranges::find(facts, kind, &OutcomeFacts::kind);
    return found == facts.end() ? "stopped" : found->name;
}

std::optional<OutcomeKind> outcome_kind_from(std::string_view text) noexcept {
    const auto found = std::ranges::find(facts, text, &OutcomeFacts::name);
    if (found == facts.end())
        return std::nullopt;
    return found->kind;
}

bool is_finished(OutcomeKind kind) noexcept {
    const auto found = std::ranges::find(facts, kind, &OutcomeFacts::kind);
    return found != facts.end() && found->is_finished;
}

int exit_status(const Outcome& outcome) noexcept {
    const auto found = std::ranges::find(facts, outcome.kind, &OutcomeFacts::kind);
    return found == facts.end() ? 3 : found->exit_status;
}

} // namespace elastiroll
