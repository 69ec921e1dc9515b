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
};

constexpr std::array<OutcomeFacts, 9> facts{{
    {OutcomeKind::done, "done", 0},
    {OutcomeKind::nothing_to_do, "nothing_to_do", 0},
    {OutcomeKind::unchanged, "unchanged", 1},
    {OutcomeKind::rolled_back, "rolled_back", 1},
    {OutcomeKind::stopped, "stopped", 3},
    {OutcomeKind::lock_lost, "lock_lost", 4},
    {OutcomeKind::drifted, "drifted", 5},
    {OutcomeKind::interrupted, "interrupted", 130},
    {OutcomeKind::refused, "refused", 2},
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

int exit_status(const Outcome& outcome) noexcept {
    const auto found = std::ranges::find(facts, outcome.kind, &OutcomeFacts::kind);
    return found == facts.end() ? 3 : found->exit_status;
}

} // namespace elastiroll
