#include <elastiroll/plan/phase.hpp>

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace elastiroll {
namespace {

std::string written(const Share& share) {
    if (const auto* percent = std::get_if<Percent>(&share))
        return fmt::format("{} %", percent->value);
    return count_of(std::get<Count>(share).value, "unit");
}

/// Percent of `whole`, rounding half up. Whole numbers only: capacity_max keeps it from
/// overflowing.
int round_half_up(int percent, int whole) noexcept {
    return static_cast<int>((static_cast<std::int64_t>(percent) * whole + 50) / 100);
}

bool is_last_size(const Share& size, int requested) noexcept {
    if (const auto* percent = std::get_if<Percent>(&size))
        return percent->value >= 100;
    return std::get<Count>(size).value >= requested;
}

Unexpected refuse(std::size_t index, std::string message, std::string fix) {
    Error error{.category = ErrorCategory::invalid_argument,
                .message = fmt::format("phase {}: {}", index + 1, message)};
    error.details.push_back({fmt::format("phases[{}]", index), std::move(message), std::move(fix)});
    return Unexpected(std::move(error));
}

/// Whether `next` is written as less than `before`; unlike units are compared by their sizes only.
bool falls(const Share& before, const Share& next) noexcept {
    if (const auto *a = std::get_if<Percent>(&before), *b = std::get_if<Percent>(&next); a && b)
        return b->value <= a->value;
    if (const auto *a = std::get_if<Count>(&before), *b = std::get_if<Count>(&next); a && b)
        return b->value <= a->value;
    return false;
}

Result<int> explicit_old_size(const Share& stays, std::size_t index, int size_before,
                              const PhaseTargets& targets) {
    const auto* percent = std::get_if<Percent>(&stays);
    const int size =
        percent ? round_half_up(percent->value, targets.previous) : std::get<Count>(stays).value;
    if (size > size_before)
        return refuse(index,
                      fmt::format("{} of the previous group shall stay, but it has only {} then; a "
                                  "deployment never scales the previous group up",
                                  written(stays), size_before),
                      fmt::format("at most {}", size_before));
    return size;
}

} // namespace

int phase_size(const Share& size, int requested) noexcept {
    if (const auto* percent = std::get_if<Percent>(&size))
        return std::min(requested, std::max(1, round_half_up(percent->value, requested)));
    return std::min(requested, std::get<Count>(size).value);
}

int matching_old_size(int new_size, const PhaseTargets& targets) noexcept {
    if (targets.requested == 0 || new_size >= targets.requested)
        return 0;
    const std::int64_t product =
        static_cast<std::int64_t>(targets.previous) * (targets.requested - new_size);
    return static_cast<int>((product + targets.requested - 1) / targets.requested);
}

Result<std::vector<Phase>> resolve_phases(const std::vector<PhaseSpec>& phases,
                                          const PhaseTargets& targets) {
    if (phases.empty())
        return fail(ErrorCategory::invalid_argument, "there are no deploy phases; write at least "
                                                     "one of 100 percent");
    std::vector<Phase> resolved;
    int old_before = targets.previous;
    for (std::size_t i = 0; i < phases.size(); ++i) {
        const PhaseSpec& spec = phases[i];
        const bool is_last = i + 1 == phases.size();
        Phase phase{phase_size(spec.size, targets.requested), 0,
                    is_last_size(spec.size, targets.requested), spec.bake, spec.needs_approval};
        if (i > 0 &&
            (falls(phases[i - 1].size, spec.size) || phase.new_size < resolved.back().new_size))
            return refuse(i,
                          fmt::format("{} comes after {}; phases must rise", written(spec.size),
                                      written(phases[i - 1].size)),
                          "write the phases in rising order");
        if (phase.is_final && !is_last)
            return refuse(i,
                          fmt::format("{} already reaches the requested target of {}, but more "
                                      "phases follow",
                                      written(spec.size), targets.requested),
                          "remove the phases after it, or make it smaller");
        if (!phase.is_final && is_last)
            return refuse(i,
                          fmt::format("the last phase ends at {} and not at the requested target "
                                      "of {}",
                                      written(spec.size), targets.requested),
                          "end with 100 percent");
        if (!phase.is_final) {
            phase.old_size = std::min(old_before, matching_old_size(phase.new_size, targets));
            if (spec.old_size) {
                auto stays = explicit_old_size(*spec.old_size, i, old_before, targets);
                if (!stays)
                    return Unexpected(std::move(stays).error());
                phase.old_size = *stays;
            }
            old_before = phase.old_size;
        }
        resolved.push_back(phase);
    }
    return resolved;
}

} // namespace elastiroll
