#include "plan/evidence.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/plan/planner.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace elastiroll {
namespace {

struct Named {
    const GroupState* state;
    ParsedName name;
};

std::vector<Named> parse_names(const DeploymentSpec& spec, const Snapshot& world) {
    const std::string stage = stage_name(spec.line.prefix, spec.naming);
    std::vector<Named> named;
    named.reserve(world.groups.size());
    for (const GroupState& state : world.groups)
        named.push_back({&state, parse_group_name(spec.line.prefix, stage, state.group.name)});
    std::ranges::stable_sort(named, {}, [](const Named& one) {
        return one.name.revision ? one.name.revision->number() : 0;
    });
    return named;
}

Unexpected conflict(std::string message) {
    return fail(ErrorCategory::conflict, std::move(message));
}

/// A line is of one kind: a group under a blue/green name that has capacity belongs to another way
/// of deploying the same application.
Result<void> refuse_blue_green(const std::vector<Named>& named, const GroupState* adopted) {
    for (const Named& one : named) {
        const bool is_blue_green =
            one.name.kind == NameKind::production || one.name.kind == NameKind::stage;
        if (is_blue_green && one.state != adopted && !one.state->group.capacity.is_zero())
            return conflict(fmt::format(
                "{} has capacity {} under a blue/green name, but this workflow makes revisions; "
                "if it is the group to replace, say so with --previous {}",
                elastiroll::named(one.state->group), to_string(one.state->group.capacity),
                one.state->group.name));
    }
    return {};
}

Result<const GroupState*> find_adopted(const std::string& name, const std::vector<Named>& named) {
    const auto found = std::ranges::find_if(
        named, [&](const Named& one) { return one.state->group.name == name; });
    if (found == named.end())
        return fail(ErrorCategory::not_found,
                    fmt::format("no group called {} was found to take as previous; check the name "
                                "given with --previous, the account and the region",
                                name));
    return found->state;
}

/// Without a journal: the highest revision with capacity, if nothing speaks against it.
Result<const GroupState*> infer_previous(const DeploymentSpec& spec, const Snapshot& world,
                                         const std::vector<Named>& named) {
    std::vector<const GroupState*> busy;
    for (const Named& one : named) {
        if (one.name.kind == NameKind::revision && !one.state->group.capacity.is_zero())
            busy.push_back(one.state);
    }
    if (busy.empty())
        return nullptr;
    const GroupState* highest = busy.back();
    const auto mark = ownership_of(highest->group.document, spec.ownership);
    if (mark && mark->previous) {
        const GroupState* before = world.find(mark->previous->id);
        if (!before || before->group.capacity.is_zero())
            return highest;
        return conflict(fmt::format(
            "the deployment that made {} did not end: {}, which it was to replace, still has "
            "capacity {}; put it back with 'elastiroll rollback --from-tags', or say which group "
            "serves with --previous NAME",
            elastiroll::named(highest->group), elastiroll::named(before->group),
            to_string(before->group.capacity)));
    }
    const int most = units_of(*highest).healthy;
    for (const GroupState* lower : busy) {
        if (lower != highest && units_of(*lower).healthy >= most)
            return conflict(fmt::format(
                "cannot tell which group serves: {} is the newest with capacity, but {} has {} "
                "healthy and it has {}; say which with --previous NAME",
                elastiroll::named(highest->group), elastiroll::named(lower->group),
                units_of(*lower).healthy, most));
    }
    return highest;
}

Result<const GroupState*> find_previous(const DeploymentSpec& spec, const Snapshot& world,
                                        const std::vector<Named>& named) {
    if (auto ended = refuse_unfinished(world); !ended)
        return Unexpected(std::move(ended).error());
    if (spec.previous)
        return find_adopted(*spec.previous, named);
    if (world.history && !world.history->serving.empty()) {
        if (const GroupState* serving = world.find(world.history->serving);
            serving && !serving->group.capacity.is_zero())
            return serving;
    }
    return infer_previous(spec, world, named);
}

} // namespace

std::string named(const Elastigroup& group) {
    return fmt::format("{} ({})", group.name, group.id.text());
}

CapacityReading units_of(const GroupState& state) {
    if (!state.reading)
        return {};
    return count_units(*state.reading, state.group.unit, weights_of(state.group.document));
}

Result<void> refuse_unfinished(const Snapshot& world) {
    if (!world.history || !world.history->unfinished)
        return {};
    const std::string& id = world.history->unfinished->text();
    return conflict(fmt::format(
        "deployment {} of this line has not ended; go on with 'elastiroll resume {}', undo it "
        "with 'elastiroll rollback {}', or deploy with --replace, which undoes it first",
        id, id, id));
}

Result<void> refuse_duplicate_names(const Snapshot& world) {
    std::map<std::string_view, const GroupState*> seen;
    for (const GroupState& state : world.groups) {
        const auto [place, is_new] = seen.emplace(state.group.name, &state);
        if (!is_new)
            return conflict(fmt::format(
                "two groups are called {}: {} and {}; delete or rename the one that does not "
                "serve, then deploy again",
                state.group.name, place->second->group.id.text(), state.group.id.text()));
    }
    return {};
}

Result<LineRoles> assign_roles(const DeploymentSpec& spec, const Snapshot& world) {
    const std::vector<Named> named = parse_names(spec, world);
    if (auto unique = refuse_duplicate_names(world); !unique)
        return Unexpected(std::move(unique).error());
    auto previous = find_previous(spec, world, named);
    if (!previous)
        return Unexpected(std::move(previous).error());
    if (auto one_kind = refuse_blue_green(named, *previous); !one_kind)
        return Unexpected(std::move(one_kind).error());

    LineRoles roles{*previous, {}, {}, *Revision::make(1), {}};
    for (const Named& one : named) {
        const Elastigroup& group = one.state->group;
        if (one.name.kind == NameKind::odd)
            roles.notices.push_back(
                fmt::format("{} looks like a revision of this line but is none; it is left alone",
                            elastiroll::named(group)));
        if (one.name.kind != NameKind::revision)
            continue;
        auto next = one.name.revision->next();
        if (!next)
            return Unexpected(with_context(std::move(next).error(), elastiroll::named(group)));
        roles.next = std::max(roles.next, *next);
        if (one.state != roles.previous)
            (group.capacity.is_zero() ? roles.empty : roles.busy).push_back(one.state);
    }
    return roles;
}

std::vector<Elastigroup> groups_of_line(const DeploymentSpec& spec, std::vector<Elastigroup> all) {
    const std::string stage = stage_name(spec.line.prefix, spec.naming);
    std::erase_if(all, [&](const Elastigroup& group) {
        const bool is_named =
            parse_group_name(spec.line.prefix, stage, group.name).kind != NameKind::unrelated ||
            group.name == spec.previous;
        // A document that does not say where it is cannot be shown to be elsewhere.
        const Region region = region_of(group.document);
        return !is_named || (!region.empty() && region != spec.line.region);
    });
    std::ranges::sort(all, [](const Elastigroup& a, const Elastigroup& b) {
        return std::pair(std::string_view(a.name), std::string_view(a.id.text())) <
               std::pair(std::string_view(b.name), std::string_view(b.id.text()));
    });
    return all;
}

ObservationNeeds observation_needs(const DeploymentSpec& spec,
                                   const std::vector<Elastigroup>& groups) {
    const std::string stage = stage_name(spec.line.prefix, spec.naming);
    ObservationNeeds needs;
    std::vector<std::pair<Revision, GroupId>> empty;
    for (const Elastigroup& group : groups) {
        const ParsedName name = parse_group_name(spec.line.prefix, stage, group.name);
        if (name.kind == NameKind::odd)
            continue;
        // Of the stage every remnant counts.
        const bool is_stage = spec.traffic && name.kind == NameKind::stage;
        if (!group.capacity.is_zero() || is_stage) {
            needs.readings.push_back(group.id);
            needs.rolls.push_back(group.id);
            if (has_automation(group.document))
                needs.suspensions.push_back(group.id);
        } else if (name.revision) {
            empty.emplace_back(*name.revision, group.id);
        }
    }
    std::ranges::sort(empty, {}, &std::pair<Revision, GroupId>::first);
    const auto kept = static_cast<std::size_t>(spec.retention);
    for (std::size_t i = 0; i + kept < empty.size(); ++i)
        needs.readings.push_back(empty[i].second);
    return needs;
}

} // namespace elastiroll
