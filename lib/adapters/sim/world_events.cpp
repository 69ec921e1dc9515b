#include "adapters/sim/world.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace elastiroll::sim {
namespace {

bool is_meant(std::string_view pattern, const Group& group) {
    return matches(pattern, group.name()) || matches(pattern, group.id);
}

/// The first `count` running instances of a group, oldest first, for which `is_wanted` holds.
template <class Predicate>
std::vector<std::int64_t> oldest_running(const Group& group, std::int64_t count,
                                         const Predicate& is_wanted) {
    std::vector<std::int64_t> ordinals;
    for (const Instance& instance : group.instances) {
        if (std::ssize(ordinals) >= count)
            break;
        if (instance.stage == Instance::Stage::running && is_wanted(instance))
            ordinals.push_back(instance.ordinal);
    }
    return ordinals;
}

} // namespace

void World::note(Anchor::Kind kind, const Group& group, std::int64_t units) {
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        if (pending_[i].is_over)
            continue;
        const auto& anchor = std::get<Anchor>(pending_[i].event->when);
        if (anchor.kind != kind || !is_meant(anchor.group, group))
            continue;
        const bool is_met = kind == Anchor::Kind::healthy  ? units >= anchor.units
                            : kind == Anchor::Kind::target ? units == anchor.units
                                                           : true;
        if (is_met)
            fire(i, anchor, index_of(group));
    }
}

void World::note_call(CallKind kind, std::string_view name, std::string_view id) {
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        Pending& pending = pending_[i];
        if (pending.is_over)
            continue;
        const auto& anchor = std::get<Anchor>(pending.event->when);
        if (anchor.kind != Anchor::Kind::call || (anchor.call && *anchor.call != kind))
            continue;
        if (!matches(anchor.group, name) && !matches(anchor.group, id))
            continue;
        if (++pending.calls_seen < anchor.nth)
            continue;
        const Group* group = find(id);
        fire(i, anchor, group ? index_of(*group) : static_cast<std::uint32_t>(groups_.size()));
    }
}

void World::fire(std::size_t pending, const Anchor& anchor, std::uint32_t group) {
    pending_[pending].is_over = true;
    push({.at = now_ + anchor.delay,
          .kind = DueKind::scenario,
          .group = group,
          .subject = static_cast<std::int64_t>(pending)});
}

void World::apply(const Action& action, std::optional<std::uint32_t> anchor_group) {
    if (std::holds_alternative<RevokeToken>(action)) {
        token_.reset();
        return;
    }
    if (const auto* accept = std::get_if<AcceptToken>(&action)) {
        token_ = accept->token;
        return;
    }
    if (const auto* route = std::get_if<SetActions>(&action)) {
        traffic_.set_actions(route->route, route->actions, now_);
        return;
    }
    if (const auto* lag = std::get_if<SetListLag>(&action)) {
        list_lag_ = lag->lag;
        return;
    }
    std::visit(
        [&](const auto& one) {
            if constexpr (requires { one.group; }) {
                for (std::uint32_t i = 0; i < groups_.size(); ++i) {
                    Group& group = groups_[i];
                    const bool is_it =
                        one.group.empty() ? anchor_group == i : is_meant(one.group, group);
                    if (!is_it || group.is_deleted)
                        continue;
                    apply_to(group, one);
                    note_health(group);
                }
            }
        },
        action);
}

void World::apply_to(Group& group, const Interrupt& action) {
    const auto victims = oldest_running(group, action.count, [](const Instance&) { return true; });
    for (const std::int64_t ordinal : victims) {
        write_log(group, "WARN", "A spot instance is interrupted.");
        end_instance(group, ordinal, Instance::Stage::marked, action.notice);
    }
    balance(group);
}

void World::apply_to(Group& group, const Surge& action) {
    if (group.is_suspended("PREVENTIVE_REPLACEMENT", now_))
        return;
    const auto old = oldest_running(group, action.count, [](const Instance& instance) {
        return instance.is_healthy() && !instance.is_replaced && instance.replaces == 0;
    });
    for (const std::int64_t ordinal : old) {
        launch(group).replaces = ordinal;
        group.find(ordinal)->is_replaced = true;
    }
}

void World::apply_to(Group& group, const SetHealth& action) {
    const auto chosen = oldest_running(group, action.count, [&](const Instance& instance) {
        return instance.seen_health() != action.status;
    });
    for (const std::int64_t ordinal : chosen) {
        Instance& instance = *group.find(ordinal);
        instance.shown = action.status;
        ++instance.shown_serial;
        if (action.duration) {
            push({.at = now_ + *action.duration,
                  .kind = DueKind::shown_ends,
                  .group = index_of(group),
                  .serial = instance.shown_serial,
                  .subject = ordinal});
        }
        if (action.status == HealthStatus::unhealthy)
            watch_unhealthy(group, instance);
    }
    changed_instances(group);
}

void World::apply_to(Group& group, const ApplyPolicy& action) {
    if (!group.facts->has_policies || group.is_suspended(process_auto_scale, now_))
        return;
    CapacityBounds bounds = group.capacity;
    bounds.target = std::clamp(action.target.value_or(bounds.target + action.adjustment),
                               bounds.minimum, bounds.maximum);
    if (bounds != group.capacity)
        set_capacity(group, bounds, "a scaling policy");
}

void World::apply_to(Group& group, const SetCapacity& action) {
    set_capacity(group, action.to, "a person");
}

void World::apply_to(Group& group, const Rename& action) {
    Document document = group.facts->document;
    document.set("name", action.name);
    update(group, std::move(document));
}

void World::apply_to(Group& group, const Suspend& action) {
    for (const std::string& process : action.processes)
        suspend(group, process,
                action.duration ? std::optional(now_ + *action.duration) : std::nullopt);
}

void World::apply_to(Group& group, const Resume& action) {
    for (const std::string& process : action.processes)
        resume(group, process);
}

void World::apply_to(Group& group, const Delete&) { remove(group); }

void World::apply_to(Group& group, const StartRoll& action) {
    const auto ordinal = group.rolls.size();
    const auto drawn =
        draw(group.entity, DrawPurpose::group_id, (std::uint64_t{1} << 32) + ordinal);
    group.rolls.push_back({.id = fmt::format("sbgd-{:08x}", static_cast<std::uint32_t>(drawn)),
                           .status = "in_progress",
                           .created_at = now_});
    if (action.duration) {
        push({.at = now_ + *action.duration,
              .kind = DueKind::roll_ends,
              .group = index_of(group),
              .subject = static_cast<std::int64_t>(ordinal)});
    }
}

void World::apply_to(Group& group, const Lock& action) {
    const auto chosen = oldest_running(
        group, action.count, [](const Instance& instance) { return !instance.is_locked; });
    for (const std::int64_t ordinal : chosen) {
        Instance& instance = *group.find(ordinal);
        instance.is_locked = true;
        if (action.duration) {
            instance.locked_until = now_ + *action.duration;
            push({.at = *instance.locked_until,
                  .kind = DueKind::unlocked,
                  .group = index_of(group),
                  .subject = ordinal});
        }
    }
    changed_instances(group);
}

void World::apply_to(Group& group, const WriteLog& action) {
    write_log(group, action.severity, action.message);
}

} // namespace elastiroll::sim
