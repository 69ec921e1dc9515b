#include "adapters/sim/world.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace elastiroll::sim {
namespace {

/// How old an initial group is whose scenario does not say.
constexpr Milliseconds initial_age = std::chrono::hours(24);

/// A lock without an end outlives every run.
bool is_locked(const Instance& instance, TimePoint now) {
    return instance.is_locked && (!instance.locked_until || *instance.locked_until > now);
}

int active_units(const Group& group) {
    int units = 0;
    for (const Instance& instance : group.instances) {
        if (instance.is_active() && !instance.is_replaced)
            units += instance.weight;
    }
    return units;
}

/// The capacity that a scheduled task leaves. What it does not name stays; the target follows the
/// bounds.
CapacityBounds after_task(CapacityBounds bounds, const ScheduledTask& task) {
    switch (task.kind) {
    case ScheduledTask::Kind::set:
        bounds.minimum = task.minimum.value_or(bounds.minimum);
        bounds.maximum = std::max(task.maximum.value_or(bounds.maximum), bounds.minimum);
        bounds.target = task.target.value_or(bounds.target);
        break;
    case ScheduledTask::Kind::adjust: bounds.target += task.adjustment; break;
    case ScheduledTask::Kind::adjust_percent:
        bounds.target += bounds.target * task.adjustment / 100;
        break;
    }
    bounds.target = std::clamp(bounds.target, bounds.minimum, bounds.maximum);
    return bounds;
}

} // namespace

World::World(std::shared_ptr<const Scenario> scenario)
    : scenario_(std::move(scenario)), traffic_(scenario_), now_(scenario_->start),
      token_(scenario_->token), list_lag_(scenario_->list_lag) {
    // Rules first: the instances that initial groups still lack follow them too.
    add(scenario_->part);
    for (const InitialGroup& initial : scenario_->groups)
        add_initial(initial);
}

std::optional<TimePoint> World::next_event() const {
    return due_.empty() ? std::nullopt : std::optional(due_.front().at);
}

void World::run_next() {
    assert(!due_.empty());
    std::ranges::pop_heap(due_, Later{});
    const Due due = due_.back();
    due_.pop_back();
    now_ = std::max(now_, due.at);
    happen(due);
}

void World::push(Due due) {
    due.at = std::max(due.at, now_);
    due.sequence = ++last_sequence_;
    due_.push_back(due);
    std::ranges::push_heap(due_, Later{});
}

std::uint32_t World::index_of(const Group& group) const noexcept {
    return static_cast<std::uint32_t>(&group - groups_.data());
}

void World::happen(const Due& due) {
    if (due.kind == DueKind::scenario) {
        const auto event = pending_[static_cast<std::size_t>(due.subject)].event;
        const bool is_timed = std::holds_alternative<TimePoint>(event->when);
        apply(event->action, is_timed ? std::nullopt : std::optional(due.group));
        return;
    }
    Group& group = groups_[due.group];
    if (group.is_deleted)
        return;
    switch (due.kind) {
    case DueKind::fulfilled: on_fulfilled(group, due.subject); break;
    case DueKind::booted: on_booted(group, due.subject); break;
    case DueKind::gone:
        std::erase_if(group.instances,
                      [&](const Instance& one) { return one.ordinal == due.subject; });
        changed_instances(group);
        break;
    case DueKind::unlocked:
        if (Instance* instance = group.find(due.subject); instance && !is_locked(*instance, now_)) {
            instance->is_locked = false;
            changed_instances(group);
            balance(group);
        }
        break;
    case DueKind::shown_ends:
        if (Instance* instance = group.find(due.subject);
            instance && instance->shown_serial == due.serial) {
            instance->shown.reset();
            changed_instances(group);
        }
        break;
    case DueKind::heal: on_heal(group, due.subject); break;
    case DueKind::scheduled:
        on_scheduled(group, static_cast<std::size_t>(due.subject), due.serial);
        break;
    case DueKind::roll_ends:
        group.rolls[static_cast<std::size_t>(due.subject)].status = "finished";
        break;
    case DueKind::scenario: break;
    }
    note_health(group);
}

void World::add(ScenarioPart part) {
    // What comes later has the first word, so that a run can be turned for the worse midway.
    std::vector<std::shared_ptr<const LaunchRule>> rules;
    rules.reserve(part.instances.size());
    for (LaunchRule& rule : part.instances)
        rules.push_back(std::make_shared<const LaunchRule>(std::move(rule)));
    rules_.insert(rules_.begin(), rules.begin(), rules.end());
    for (WorldEvent& one : part.events) {
        auto event = std::make_shared<const WorldEvent>(std::move(one));
        const auto* at = std::get_if<TimePoint>(&event->when);
        if (at) {
            push({.at = *at,
                  .kind = DueKind::scenario,
                  .subject = static_cast<std::int64_t>(pending_.size())});
        }
        pending_.push_back({.event = std::move(event), .is_over = at != nullptr});
    }
}

Group* World::find(std::string_view id) noexcept {
    const auto found = by_id_.find(id);
    if (found == by_id_.end() || groups_[found->second].is_deleted)
        return nullptr;
    return &groups_[found->second];
}

Group& World::add_group(Document document, std::string id, TimePoint created_at) {
    Group group;
    group.facts = make_facts(std::move(document));
    group.capacity = bounds_of(group.facts->capacity).value_or(CapacityBounds{});
    group.created_at = created_at;
    group.updated_at = created_at;
    // The name at creation and how many had it before: other groups have no part in the draws.
    group.name_key = entity_key(scenario_->seed, group.name());
    const auto namesakes = std::ranges::count(groups_, group.name_key, &Group::name_key);
    group.entity = mixed(group.name_key + static_cast<std::uint64_t>(namesakes));
    for (std::uint64_t i = 0; id.empty() || by_id_.contains(id); ++i) {
        const auto drawn = draw(group.entity, DrawPurpose::group_id, i);
        id = fmt::format("sig-{:08x}", static_cast<std::uint32_t>(drawn));
    }
    by_id_.emplace(id, static_cast<std::uint32_t>(groups_.size()));
    group.id = std::move(id);
    groups_.push_back(std::move(group));
    list_text_.reset();
    return groups_.back();
}

void World::add_initial(const InitialGroup& initial) {
    Group& group =
        add_group(initial.document, initial.id, initial.created_at.value_or(now_ - initial_age));
    group.launch = initial.launch;
    while (initial.healthy ? group.last_ordinal < *initial.healthy
                           : active_units(group) < group.capacity.target) {
        const GroupFacts& facts = *group.facts;
        const auto type = static_cast<std::size_t>(group.last_ordinal) % facts.types.size();
        group.instances.push_back({.ordinal = ++group.last_ordinal,
                                   .stage = Instance::Stage::running,
                                   .health = HealthStatus::healthy,
                                   .type = static_cast<std::uint32_t>(type),
                                   .weight = facts.types[type].weight,
                                   .created_at = group.created_at,
                                   .booted_at = group.created_at});
    }
    group.healthy = group.healthy_units();
    group.active = group.active_units();
    for (const Suspend& suspension : initial.suspensions)
        apply_to(group, suspension);
    for (const Roll& roll : initial.rolls)
        group.rolls.push_back({.id = roll.id, .status = roll.status, .created_at = now_});
    if (initial.lock)
        apply_to(group, *initial.lock);
    plan_tasks(group);
    balance(group);
    note(Anchor::Kind::healthy, group, group.healthy);
}

Group& World::create(Document document) {
    Group& group = add_group(std::move(document), {}, now_);
    group.listed_from = now_ + list_lag_;
    write_log(group, "INFO", fmt::format("Group {} successfully created.", group.id));
    plan_tasks(group);
    note(Anchor::Kind::created, group, 0);
    note(Anchor::Kind::target, group, group.capacity.target);
    balance(group);
    return group;
}

void World::update(Group& group, Document document) {
    group.facts = make_facts(std::move(document));
    ++group.facts_serial;
    changed_document(group);
    changed_instances(group);
    plan_tasks(group);
}

void World::set_capacity(Group& group, const CapacityBounds& bounds, std::string_view who) {
    write_log(group, "INFO",
              fmt::format("Capacity changed by {}: minimum {}, target {}, maximum {}.", who,
                          bounds.minimum, bounds.target, bounds.maximum));
    const bool lowers = bounds.target < group.capacity.target;
    group.capacity = bounds;
    changed_document(group);
    note(Anchor::Kind::target, group, bounds.target);
    // A target that stays or rises is no reason to take anything away.
    if (lowers || active_units(group) < bounds.target)
        balance(group);
    note_health(group);
}

void World::suspend(Group& group, const std::string& process, std::optional<TimePoint> until) {
    const auto place =
        std::ranges::lower_bound(group.suspended, process, {}, &SuspendedProcess::name);
    if (place != group.suspended.end() && place->name == process)
        place->until = until;
    else
        group.suspended.insert(place, {.name = process, .until = until});
}

void World::resume(Group& group, std::string_view process) {
    std::erase_if(group.suspended,
                  [&](const SuspendedProcess& one) { return one.name == process; });
}

void World::remove(Group& group) {
    group.is_deleted = true;
    group.instances.clear();
    changed_document(group);
    changed_instances(group);
    note_health(group);
}

const std::string& World::list_items() {
    if (list_text_ && now_ < list_text_until_)
        return *list_text_;
    std::string text;
    list_count_ = 0;
    list_text_until_ = TimePoint::max();
    for (Group& group : groups_) {
        if (group.is_deleted)
            continue;
        if (group.listed_from > now_) {
            list_text_until_ = std::min(list_text_until_, group.listed_from);
            continue;
        }
        if (list_count_++ > 0)
            text += ',';
        text += document_text(group);
    }
    return list_text_.emplace(std::move(text));
}

void World::plan_tasks(Group& group) {
    const auto& tasks = group.facts->tasks;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (const auto at = next_time(tasks[i], now_)) {
            push({.at = *at,
                  .kind = DueKind::scheduled,
                  .group = index_of(group),
                  .serial = group.facts_serial,
                  .subject = static_cast<std::int64_t>(i)});
        }
    }
}

void World::on_scheduled(Group& group, std::size_t task, std::uint32_t serial) {
    if (serial != group.facts_serial)
        return;
    const ScheduledTask& one = group.facts->tasks[task];
    if (const auto at = next_time(one, now_)) {
        push({.at = *at,
              .kind = DueKind::scheduled,
              .group = index_of(group),
              .serial = serial,
              .subject = static_cast<std::int64_t>(task)});
    }
    if (!group.is_suspended(process_scheduling, now_))
        set_capacity(group, after_task(group.capacity, one), "a scheduled task");
}

const LaunchRule* World::rule_for(const Group& group, std::int64_t ordinal) const noexcept {
    for (const auto& rule : rules_) {
        const bool is_ordinal = ordinal >= rule->from && (!rule->to || ordinal <= *rule->to);
        if (is_ordinal && (matches(rule->group, group.name()) || matches(rule->group, group.id)))
            return rule.get();
    }
    return nullptr;
}

LaunchTimes World::times_for(const Group& group, const LaunchRule* rule) const noexcept {
    LaunchTimes times = group.launch.value_or(scenario_->launch);
    if (rule && rule->fulfilled)
        times.fulfilled = *rule->fulfilled;
    if (rule && rule->healthy)
        times.healthy = *rule->healthy;
    return times;
}

Instance& World::launch(Group& group) {
    const GroupFacts& facts = *group.facts;
    const auto type = static_cast<std::size_t>(group.last_ordinal) % facts.types.size();
    Instance& instance =
        group.instances.emplace_back(Instance{.ordinal = ++group.last_ordinal,
                                              .type = static_cast<std::uint32_t>(type),
                                              .weight = facts.types[type].weight,
                                              .created_at = now_});
    const auto ordinal = static_cast<std::uint64_t>(instance.ordinal);
    const auto word = draw(group.entity, DrawPurpose::booting_word, ordinal);
    instance.health = word % 2 == 0 ? HealthStatus::unknown : HealthStatus::insufficient_data;
    const LaunchRule* rule = rule_for(group, instance.ordinal);
    if (rule && !rule->log.empty())
        write_log(group, "ERROR", rule->log);
    if (!rule || !rule->is_never_fulfilled) {
        const Milliseconds delay = pick(times_for(group, rule).fulfilled,
                                        draw(group.entity, DrawPurpose::fulfilment, ordinal));
        push({.at = now_ + delay,
              .kind = DueKind::fulfilled,
              .group = index_of(group),
              .subject = instance.ordinal});
    }
    changed_instances(group);
    return instance;
}

void World::on_fulfilled(Group& group, std::int64_t ordinal) {
    Instance* instance = group.find(ordinal);
    if (!instance || instance->stage != Instance::Stage::pending)
        return;
    instance->stage = Instance::Stage::running;
    changed_instances(group);
    const LaunchRule* rule = rule_for(group, ordinal);
    if (rule && rule->is_never_healthy)
        return;
    const Milliseconds delay =
        pick(times_for(group, rule).healthy,
             draw(group.entity, DrawPurpose::boot, static_cast<std::uint64_t>(ordinal)));
    push({.at = now_ + delay,
          .kind = DueKind::booted,
          .group = index_of(group),
          .subject = ordinal});
}

void World::on_booted(Group& group, std::int64_t ordinal) {
    Instance* instance = group.find(ordinal);
    if (!instance || instance->stage != Instance::Stage::running)
        return;
    const LaunchRule* rule = rule_for(group, ordinal);
    const bool is_bad = rule && rule->turns_unhealthy;
    instance->health = is_bad ? HealthStatus::unhealthy : HealthStatus::healthy;
    instance->booted_at = now_;
    changed_instances(group);
    if (is_bad)
        watch_unhealthy(group, *instance);
    else if (instance->replaces != 0) {
        const std::int64_t old = std::exchange(instance->replaces, 0);
        end_instance(group, old, Instance::Stage::draining,
                     group.facts->draining.value_or(scenario_->draining));
        // It may weigh less than what it replaces.
        balance(group);
    }
}

void World::watch_unhealthy(Group& group, const Instance& instance) {
    if (scenario_->heal_after) {
        push({.at = now_ + *scenario_->heal_after,
              .kind = DueKind::heal,
              .group = index_of(group),
              .subject = instance.ordinal});
    }
}

void World::on_heal(Group& group, std::int64_t ordinal) {
    const Instance* instance = group.find(ordinal);
    if (!instance || instance->stage != Instance::Stage::running ||
        instance->seen_health() != HealthStatus::unhealthy)
        return;
    if (group.is_suspended("AUTO_HEALING", now_)) {
        watch_unhealthy(group, *instance);
        return;
    }
    write_log(group, "WARN", "An unhealthy instance is replaced.");
    end_instance(group, ordinal, Instance::Stage::draining,
                 group.facts->draining.value_or(scenario_->draining));
    balance(group);
}

void World::balance(Group& group) {
    int active = active_units(group);
    if (active > group.capacity.target) {
        shrink(group, active);
        return;
    }
    while (active < group.capacity.target)
        active += launch(group).weight;
}

void World::shrink(Group& group, int active) {
    struct Candidate {
        std::int64_t ordinal;
        int weight; ///< 0 where it does not count any more
    };
    std::vector<Candidate> candidates;
    // What is being replaced goes first: its place is taken already.
    for (const Instance& instance : group.instances) {
        if (instance.is_active() && instance.is_replaced && !is_locked(instance, now_))
            candidates.push_back({instance.ordinal, 0});
    }
    const auto counted = candidates.size();
    bool is_too_large = false;
    for (const Instance& instance : group.instances) {
        if (!instance.is_active() || instance.is_replaced || is_locked(instance, now_))
            continue;
        candidates.push_back({instance.ordinal, instance.weight});
        is_too_large = is_too_large || active - instance.weight >= group.capacity.target;
    }
    // Weights often do not add up to the target; what is beyond it then is there to stay, and what
    // is being replaced waits for its replacement.
    if (!is_too_large)
        return;
    if (group.facts->is_newest_first)
        std::reverse(candidates.begin() + static_cast<std::ptrdiff_t>(counted), candidates.end());
    const Milliseconds draining = group.facts->draining.value_or(scenario_->draining);
    for (const Candidate& candidate : candidates) {
        // A heavy instance stays where the group would fall below its target without it.
        if (active <= group.capacity.target)
            break;
        if (active - candidate.weight < group.capacity.target)
            continue;
        end_instance(group, candidate.ordinal, Instance::Stage::draining, draining);
        active -= candidate.weight;
    }
}

void World::end_instance(Group& group, std::int64_t ordinal, Instance::Stage stage,
                         Milliseconds duration) {
    Instance* instance = group.find(ordinal);
    if (!instance || !instance->is_active())
        return;
    changed_instances(group);
    if (Instance* old = group.find(instance->replaces))
        old->is_replaced = false;
    if (instance->stage == Instance::Stage::pending || duration == Milliseconds(0)) {
        std::erase_if(group.instances, [&](const Instance& one) { return one.ordinal == ordinal; });
        return;
    }
    instance->stage = stage;
    push({.at = now_ + duration,
          .kind = DueKind::gone,
          .group = index_of(group),
          .subject = ordinal});
}

void World::note_health(Group& group) {
    const int before = std::exchange(group.healthy, group.healthy_units());
    const int active_before = std::exchange(group.active, group.active_units());
    if (group.active != active_before)
        active_changes_.push_back({.at = now_, .group = GroupId(group.id), .active = group.active});
    if (group.healthy == before)
        return;
    healthy_changes_.push_back({.at = now_, .group = GroupId(group.id), .healthy = group.healthy});
    if (group.healthy > before)
        note(Anchor::Kind::healthy, group, group.healthy);
}

void World::changed_document(Group& group) {
    group.updated_at = now_;
    group.document_text.reset();
    list_text_.reset();
}

void World::changed_instances(Group& group) {
    group.status_text.reset();
    group.health_text.reset();
}

void World::write_log(Group& group, std::string_view severity, std::string message) {
    group.log.push_back(
        {.at = now_, .severity = std::string(severity), .message = std::move(message)});
}

} // namespace elastiroll::sim
