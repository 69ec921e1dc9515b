#include <elastiroll/plan/tag_rollback.hpp>

#include "plan/evidence.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace elastiroll {
namespace {

constexpr const char* hold_step = "setup.hold-previous";
constexpr const char* create_step = "setup.create";
constexpr const char* scale_step = "phase-1.scale-previous";

/// A deployment as its groups tell it. Pointers lead into the Snapshot.
struct Marked {
    const GroupState* fresh = nullptr;
    const GroupState* previous = nullptr;
    Ownership mark;
    Capacity before; ///< of the previous group, as the mark has it
};

Unexpected conflict(std::string message) {
    return fail(ErrorCategory::conflict, std::move(message));
}

/// The mark of this line that a group bears. A group that a person copied bears its model's mark,
/// which names another revision: it is nobody's deployment.
std::optional<Ownership> mark_of(const DeploymentSpec& spec, const GroupState& state,
                                 const Revision& revision) {
    auto mark = ownership_of(state.group.document, spec.ownership);
    const bool is_ours = mark && mark->line == to_string(spec.line) && mark->revision == revision;
    return is_ours ? std::move(mark) : std::nullopt;
}

/// The revisions of the line, the highest first.
std::vector<std::pair<Revision, const GroupState*>> revisions_of(const DeploymentSpec& spec,
                                                                 const Snapshot& world) {
    const std::string stage = stage_name(spec.line.prefix, spec.naming);
    std::vector<std::pair<Revision, const GroupState*>> revisions;
    for (const GroupState& state : world.groups) {
        const ParsedName name = parse_group_name(spec.line.prefix, stage, state.group.name);
        if (name.revision)
            revisions.emplace_back(*name.revision, &state);
    }
    std::ranges::stable_sort(revisions,
                             [](const auto& a, const auto& b) { return a.first > b.first; });
    return revisions;
}

Result<Marked> find_newest(const DeploymentSpec& spec, const Snapshot& world) {
    const auto revisions = revisions_of(spec, world);
    for (std::size_t i = 0; i < revisions.size(); ++i) {
        const auto& [revision, state] = revisions[i];
        auto mark = mark_of(spec, *state, revision);
        const GroupState* same = i + 1 < revisions.size() && revisions[i + 1].first == revision
                                     ? revisions[i + 1].second
                                     : nullptr;
        if (same && (mark || mark_of(spec, *same, revision)))
            return conflict(fmt::format(
                "two groups are called {}: {} at {} and {} at {}; the tags do not tell which one "
                "the deployment goes on with; delete the one that has no instances, then roll back",
                state->group.name, state->group.id.text(), to_string(state->group.capacity),
                same->group.id.text(), to_string(same->group.capacity)));
        if (mark)
            return Marked{state, nullptr, *std::move(mark), {}};
        if (!state->group.capacity.is_zero())
            return conflict(fmt::format(
                "{} is the newest group with capacity ({}) and bears no tags of a deployment of "
                "this line, so what is older cannot be rolled back to safely; if it is to go, size "
                "it to 0/0/0 and roll back, else deploy with --previous {}",
                named(state->group), to_string(state->group.capacity), state->group.name));
    }
    return fail(ErrorCategory::not_found,
                fmt::format("no group of {} bears the tags of a deployment, so there is nothing to "
                            "roll back from; check the spec, the account and the region, and what "
                            "the workflow's \"ownership\" says the tags begin with",
                            to_string(spec.line)));
}

// A journal knows more than tags do.

Result<void> refuse_while_journaled(const Snapshot& world) {
    if (!world.history || !world.history->unfinished)
        return {};
    return conflict(fmt::format("deployment {0} of this line has not ended and its journal is "
                                "here; undo it with 'elastiroll rollback {0}'",
                                world.history->unfinished->text()));
}

Result<void> refuse_serving(const Snapshot& world, const Marked& marked) {
    if (!world.history || world.history->serving != marked.fresh->group.id)
        return {};
    return conflict(fmt::format("the journal has it that {} serves, so its deployment has ended; "
                                "undo it with 'elastiroll rollback {}'",
                                named(marked.fresh->group), marked.mark.deployment.text()));
}

/// As the choice of the previous group has it: a deployment whose previous group is at 0/0/0 has
/// ended. One that takes the previous group away first may have got no further, but that cannot be
/// told from a finished one that is partly unhealthy, and a good release must not be undone. Where
/// nothing serves at all, going back takes nothing away.
Result<void> refuse_ended(const Marked& marked) {
    const int healthy = units_of(*marked.fresh).healthy;
    const Elastigroup& previous = marked.previous->group;
    if (!previous.capacity.is_zero() || healthy == 0)
        return {};
    return conflict(fmt::format(
        "the deployment that made {} has ended, as far as can be seen: {} of {} are healthy, and "
        "{}, which it replaced, is at 0/0/0; if it has not, size that one to {} again, then roll "
        "back",
        named(marked.fresh->group), healthy, marked.fresh->group.capacity.target(), named(previous),
        to_string(marked.before)));
}

Result<Marked> find_unfinished(const DeploymentSpec& spec, const Snapshot& world) {
    if (spec.traffic)
        return conflict(
            "where requests went before a blue/green deployment is in its journal alone, "
            "so it cannot be rolled back from tags; lead the routes back by hand, then "
            "size the groups");
    if (auto lost = refuse_while_journaled(world); !lost)
        return Unexpected(std::move(lost).error());
    auto marked = find_newest(spec, world);
    if (!marked)
        return marked;
    if (auto open = refuse_serving(world, *marked); !open)
        return Unexpected(std::move(open).error());
    const Elastigroup& fresh = marked->fresh->group;
    const auto& previous = marked->mark.previous;
    if (!previous)
        return conflict(fmt::format("{} replaced no group, as its tags have it, so there is "
                                    "nothing to go back to; delete it by hand, or deploy with "
                                    "--previous {}",
                                    named(fresh), fresh.name));
    marked->previous = world.find(previous->id);
    marked->before = previous->capacity;
    if (!marked->previous || previous->id == fresh.id)
        return conflict(fmt::format(
            "{} was to replace {}, which had capacity {} and is not found any more, so there is "
            "nothing to go back to; if that group has a name of another line, say it with "
            "--previous NAME, else deploy with --previous {}",
            named(fresh), previous->id.text(), to_string(previous->capacity), fresh.name));
    if (auto open = refuse_ended(*marked); !open)
        return Unexpected(std::move(open).error());
    return marked;
}

std::vector<std::string> held_processes() {
    return {std::string(process_auto_scale), std::string(process_scheduling)};
}

/// What was suspended before the deployment is not known, so whoever had suspended it is told.
std::vector<std::string> notices_of(const Marked& marked) {
    const Elastigroup& previous = marked.previous->group;
    std::vector<std::string> notices{fmt::format(
        "what is known of deployment {} are the tags of {}: {} had capacity {}; older groups that "
        "it may have parked stay as they are",
        marked.mark.deployment.text(), named(marked.fresh->group), named(previous),
        to_string(marked.before))};
    if (!has_automation(previous.document))
        return notices;
    std::vector<std::string> suspended;
    for (const std::string& process : held_processes()) {
        const auto& seen = marked.previous->suspensions;
        if (!seen || std::ranges::find(*seen, process, &Suspension::process) != seen->end())
            suspended.push_back(process);
    }
    if (!suspended.empty())
        notices.push_back(fmt::format(
            "nothing tells who suspended {} of {}: it serves again, so they are resumed; whoever "
            "had suspended them before the deployment has to do so again",
            join(suspended, " and "), named(previous)));
    return notices;
}

std::vector<Step> steps_of(const Marked& marked) {
    const Elastigroup& previous = marked.previous->group;
    std::vector<Step> steps;
    if (has_automation(previous.document))
        steps.push_back({hold_step,
                         SuspendProcessesStep{previous.id, held_processes(), HoldKind::timed, {}},
                         "the deployment may have held it, since it can scale by itself", false});
    steps.push_back({create_step, CreateGroupStep{}, "it bears the tags of the deployment", false});
    steps.push_back({scale_step, ScaleGroupStep{previous.id, marked.before, previous.capacity},
                     "the tags have what it had, and this is what it has now", false});
    return steps;
}

/// What is seen now is the best guess at what was healthy then, and no more than was wanted.
int healthy_before(const Marked& marked) {
    return std::min(marked.before.target(),
                    units_of(*marked.previous).healthy + units_of(*marked.fresh).healthy);
}

DeploymentPlan plan_of(const DeploymentSpec& spec, const Marked& marked) {
    const Elastigroup& previous = marked.previous->group;
    const Elastigroup& fresh = marked.fresh->group;
    DeploymentPlan plan;
    plan.line = spec.line;
    plan.strategy = spec.strategy;
    plan.unit = previous.unit;
    plan.new_name = fresh.name;
    plan.requested = fresh.capacity;
    plan.floor = spec.floor.value_or(healthy_before(marked));
    plan.image = spec.image;
    plan.digest = marked.mark.digest;
    plan.previous = PlannedGroup{previous.id, previous.name, marked.before, healthy_before(marked)};
    plan.steps = steps_of(marked);
    plan.notices = notices_of(marked);
    return plan;
}

/// The line before the deployment: without the new group, the previous one with what it had. Who
/// held what is unknown.
Snapshot snapshot_before(const Snapshot& world, const Marked& marked) {
    Snapshot before{world.line, world.at, {}, {}};
    for (const GroupState& state : world.groups) {
        if (&state == marked.fresh)
            continue;
        GroupState& copy = before.groups.emplace_back(state);
        copy.suspensions.reset();
        if (&state == marked.previous)
            copy.group.capacity = marked.before;
        else
            copy.group.document = nullptr;
    }
    return before;
}

} // namespace

Result<std::vector<JournalRecord>> journal_from_tags(BegunEntry begun, const Snapshot& world) {
    const auto marked = find_unfinished(begun.spec, world);
    if (!marked)
        return Unexpected(marked.error());
    const Document* image =
        marked->fresh->group.document.find_path({"compute", "launchSpecification", "imageId"});
    if (const std::string_view id = text_at(image); !id.empty())
        begun.spec.image = ImageId(std::string(id));
    const DeploymentPlan plan = plan_of(begun.spec, *marked);
    Error asked{.category = ErrorCategory::cancelled,
                .message = fmt::format("a rollback of deployment {} was asked for, from tags",
                                       marked->mark.deployment.text())};

    std::vector<JournalRecord> records;
    const auto write = [&](JournalEntry entry) {
        records.push_back({records.size() + 1, world.at, std::move(entry)});
    };
    write(std::move(begun));
    write(PlannedEntry{snapshot_before(world, *marked), plan, {}});
    for (const Step& step : plan.steps) {
        write(StepStartedEntry{step.id, world.at});
        if (std::holds_alternative<CreateGroupStep>(step.action)) {
            StepEndedEntry made{step.id};
            made.group = marked->fresh->group.id;
            made.summary = fmt::format("found as {} by its tags", made.group.text());
            write(std::move(made));
        }
    }
    write(FailedEntry{std::move(asked)});
    return records;
}

} // namespace elastiroll
