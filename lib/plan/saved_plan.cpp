#include <elastiroll/plan/saved_plan.hpp>

#include <elastiroll/plan/planner.hpp>

#include "base/reader.hpp"

#include <elastiroll/plan/journal.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

constexpr int saved_plan_version = 1;

template <class T, class Decode>
T read_part(const Reader& reader, std::string_view key, const Decode& decode) {
    auto value = decode(reader.document(key));
    if (value)
        return *std::move(value);
    reader.complain(key, value.error().message);
    return T();
}

/// The first step that is in one plan and not, or otherwise, in the other.
std::string differing_step(const DeploymentPlan& saved, const DeploymentPlan& now) {
    const auto text = [](const Step& step) { return step.id + ": " + describe(step.action); };
    const auto [before, after] = std::ranges::mismatch(saved.steps, now.steps);
    return fmt::format("the saved plan has {}, one made now has {}",
                       before == saved.steps.end() ? "no further step" : text(*before),
                       after == now.steps.end() ? "no further step" : text(*after));
}

} // namespace

Result<SavedPlan> make_saved_plan(DeploymentSpec spec, Snapshot snapshot) {
    if (snapshot.image)
        spec.image = snapshot.image->id;
    auto plan = plan_deployment(spec, snapshot);
    if (!plan)
        return Unexpected(std::move(plan).error());
    return SavedPlan{std::move(spec), std::move(snapshot), *std::move(plan)};
}

Document encode(const SavedPlan& saved) {
    return Document::object({{"saved_plan", saved_plan_version},
                             {"spec", encode(saved.spec)},
                             {"snapshot", encode(saved.snapshot)},
                             {"plan", encode(saved.plan)}});
}

Result<SavedPlan> decode_saved_plan(const Document& document) {
    Reader reader(document);
    if (reader.integer("saved_plan") > saved_plan_version)
        reader.complain("saved_plan", "is newer than this program; use the newer one");
    SavedPlan saved{read_part<DeploymentSpec>(reader, "spec", decode_deployment_spec),
                    read_part<Snapshot>(reader, "snapshot", decode_snapshot),
                    read_part<DeploymentPlan>(reader, "plan", decode_deployment_plan)};
    return std::move(reader).finish(std::move(saved), "reading a saved plan");
}

std::string difference(const Snapshot& before, const Snapshot& now) {
    for (const GroupState& state : before.groups) {
        const GroupState* same = now.find(state.group.id);
        if (!same)
            return fmt::format("{} ({}) is gone", state.group.name, state.group.id.text());
        if (same->group.name != state.group.name)
            return fmt::format("{} was called {} before", same->group.name, state.group.name);
        const Capacity& was = state.group.capacity;
        const Capacity& is = same->group.capacity;
        if (was.minimum() != is.minimum() || was.maximum() != is.maximum())
            return fmt::format("{} has capacity {}, it was {}", state.group.name, to_string(is),
                               to_string(was));
    }
    for (const GroupState& state : now.groups) {
        if (!before.find(state.group.id))
            return fmt::format("{} ({}) has appeared", state.group.name, state.group.id.text());
    }
    return {};
}

Result<void> check_saved_plan(const SavedPlan& saved, const Snapshot& now,
                              const DeploymentPlan& plan) {
    std::string differs = difference(saved.snapshot, now);
    if (differs.empty() && saved.plan.image != plan.image)
        differs = fmt::format("the image is {} now, it was {}", plan.image.text(),
                              saved.plan.image.text());
    if (differs.empty() && saved.plan.digest != plan.digest)
        differs = fmt::format("the group to create has digest {}, it was {}", plan.digest,
                              saved.plan.digest);
    if (differs.empty() && saved.plan.steps != plan.steps)
        differs = differing_step(saved.plan, plan);
    if (differs.empty())
        return {};
    return fail(ErrorCategory::drift,
                fmt::format("the line has changed since the plan was saved: {}; nothing was "
                            "changed; plan again",
                            differs));
}

} // namespace elastiroll
