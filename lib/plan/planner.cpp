#include <elastiroll/plan/planner.hpp>

#include "plan/blue_green.hpp"
#include "plan/decisions.hpp"
#include "plan/evidence.hpp"
#include "plan/group_document.hpp"
#include "plan/preview.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/plan/phase.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

Result<void> check_load_balancers(const DeploymentSpec& spec, const Snapshot& world,
                                  const LineRoles& roles) {
    const auto wanted = load_balancers_of(spec.group_template);
    if (auto known =
            check_load_balancers_of(wanted, "the group that the configuration makes", world);
        !known)
        return known;
    if (!roles.previous)
        return {};
    const auto before = load_balancers_of(roles.previous->group.document);
    if (auto known = check_load_balancers_of(before, named(roles.previous->group), world); !known)
        return known;
    const auto place = [](const LoadBalancerEntry& entry) {
        return entry.type == "CLASSIC" ? entry.name : entry.arn;
    };
    for (const LoadBalancerEntry& entry : before) {
        const bool is_there = std::ranges::any_of(wanted, [&](const LoadBalancerEntry& one) {
            return one.type == entry.type && place(one) == place(entry);
        });
        if (!is_there && !spec.allow_missing_load_balancers)
            return fail(ErrorCategory::conflict,
                        fmt::format("{} is attached to {}, which the Elastigroup configuration "
                                    "lacks: the new group would get no traffic from there; add it, "
                                    "or set \"allow_missing_load_balancers\": true",
                                    named(roles.previous->group), place(entry)));
    }
    return {};
}

/// The older empty groups that retention gives up, oldest first.
Result<std::vector<const GroupState*>> retention_victims(const DeploymentSpec& spec,
                                                         LineRoles& roles) {
    std::vector<const GroupState*> victims;
    const auto kept = static_cast<std::size_t>(spec.retention);
    for (std::size_t i = 0; i + kept < roles.empty.size(); ++i) {
        const GroupState& state = *roles.empty[i];
        if (!state.reading || !state.reading->instances.empty()) {
            roles.notices.push_back(fmt::format(
                "{} is sized to 0 but still has {}; it is not deleted this time",
                named(state.group),
                count_of(state.reading ? std::ssize(state.reading->instances) : 0, "instance")));
            continue;
        }
        if (is_stateful(state.group.document) && spec.deallocation.is_null())
            return fail(ErrorCategory::conflict,
                        fmt::format("{} is due for deletion and stateful: say what becomes of its "
                                    "volumes, images and network interfaces with \"deallocation\", "
                                    "or raise \"retention\"",
                                    named(state.group)));
        victims.push_back(&state);
    }
    return victims;
}

/// Everything that is decided before the first step is written.
struct Decisions {
    const DeploymentSpec& spec;
    LineRoles roles;
    Capacity requested;
    CapacityUnit unit = CapacityUnit::instance;
    int floor = 0;
    std::vector<Phase> phases;
    std::vector<const GroupState*> victims;
    bool is_new_automated = false;
    std::vector<std::string> previous_processes; ///< to hold on the previous group; empty: none
    bool parks_older_first = true;

    int previous_target() const {
        return roles.previous ? roles.previous->group.capacity.target() : 0;
    }
};

/// The least and the most that the phases leave, if what is steady stays so.
struct Envelope {
    int lowest = 0;
    int peak = 0;
    /// The least that a down-size of ours leaves; empty where the phases have none. What is lower
    /// before it is not of our making, and the deployment may be what mends it.
    std::optional<int> lowest_taken{};
};

Envelope envelope_of(const Decisions& decisions) {
    const int healthy = decisions.roles.previous ? units_of(*decisions.roles.previous).healthy : 0;
    int older = 0;
    for (const GroupState* state : decisions.roles.busy)
        older += state->group.capacity.target();
    int fresh = 0;
    int old = decisions.previous_target();
    Envelope envelope{healthy, old + older, {}};
    const auto settle = [&] {
        const int left = fresh + std::min(old, healthy);
        envelope.lowest = std::min(envelope.lowest, left);
        envelope.peak =
            std::max(envelope.peak, fresh + old + (decisions.parks_older_first ? 0 : older));
        return left;
    };
    const auto lower = [&](int to) {
        const bool is_lower = to < old;
        old = to;
        const int left = settle();
        if (is_lower)
            envelope.lowest_taken = std::min(envelope.lowest_taken.value_or(left), left);
    };
    const bool is_old_first = decisions.spec.order == ResizeOrder::old_first;
    for (const Phase& phase : decisions.phases) {
        if (is_old_first)
            lower(phase.old_size);
        fresh = phase.new_size;
        settle();
        if (!is_old_first)
            lower(phase.old_size);
    }
    return envelope;
}

Result<int> decide_floor(const Decisions& decisions) {
    const DeploymentSpec& spec = decisions.spec;
    if (!decisions.roles.previous)
        return 0; // Nothing serves yet, so there is nothing to keep.
    const int target = decisions.requested.target();
    const int healthy = units_of(*decisions.roles.previous).healthy;
    if (spec.floor && *spec.floor > target)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("the floor of {} is above the requested target of {}: the new "
                                "group alone could never hold it; lower \"floor\" or ask for more "
                                "instances",
                                *spec.floor, target));
    return spec.floor.value_or(std::min({decisions.previous_target(), healthy, target}));
}

Result<void> check_floor(const Decisions& decisions) {
    const int lowest = envelope_of(decisions).lowest_taken.value_or(decisions.floor);
    if (lowest >= decisions.floor)
        return {};
    return fail(
        ErrorCategory::invalid_argument,
        fmt::format("the phases would leave {} healthy at their lowest, below the floor of {}; {}",
                    lowest, decisions.floor,
                    decisions.spec.floor
                        ? std::string("make the phases smaller, or lower \"floor\"")
                        : fmt::format("put the new group first, or accept it by setting \"floor\" "
                                      "to {}",
                                      lowest)));
}

Result<Decisions> decide(const DeploymentSpec& spec, const Snapshot& world) {
    auto roles = assign_roles(spec, world);
    if (!roles)
        return Unexpected(std::move(roles).error());
    std::vector<const GroupState*> with_capacity = roles->busy;
    if (roles->previous)
        with_capacity.push_back(roles->previous);
    if (auto free = check_rolls(with_capacity); !free)
        return Unexpected(std::move(free).error());
    if (auto free = check_load_balancers(spec, world, *roles); !free)
        return Unexpected(std::move(free).error());
    if (auto shareable = check_shareable(spec); !shareable)
        return Unexpected(std::move(shareable).error());
    auto unit = unit_of(spec, roles->previous);
    if (!unit)
        return Unexpected(std::move(unit).error());
    auto requested = requested_capacity(spec, roles->previous, roles->notices);
    if (!requested)
        return Unexpected(std::move(requested).error());
    auto victims = retention_victims(spec, *roles);
    if (!victims)
        return Unexpected(std::move(victims).error());

    Decisions decisions{spec,
                        std::move(*roles),
                        *requested,
                        *unit,
                        0,
                        {},
                        std::move(*victims),
                        has_automation(spec.group_template),
                        {},
                        true};
    if (decisions.roles.previous && has_automation(decisions.roles.previous->group.document))
        decisions.previous_processes = processes_to_hold(decisions.roles.previous);
    if (requested->target() == 0)
        return decisions;

    auto phases = resolve_phases(spec.phases, {requested->target(), decisions.previous_target()});
    if (!phases)
        return Unexpected(std::move(phases).error());
    decisions.phases = std::move(*phases);
    auto floor = decide_floor(decisions);
    if (!floor)
        return Unexpected(std::move(floor).error());
    decisions.floor = *floor;
    decisions.parks_older_first =
        !decisions.roles.previous || units_of(*decisions.roles.previous).healthy >= decisions.floor;
    if (auto holds = check_floor(decisions); !holds)
        return Unexpected(std::move(holds).error());
    return decisions;
}

std::string revision_text(const DeploymentSpec& spec, const Elastigroup& group) {
    const ParsedName name =
        parse_group_name(spec.line.prefix, stage_name(spec.line.prefix, spec.naming), group.name);
    return name.revision ? std::to_string(name.revision->number()) : group.id.text();
}

/// Writes the steps, section by section.
class StepWriter {
public:
    explicit StepWriter(const Decisions& decisions) : decisions_(decisions) {}

    std::vector<Step> write() && {
        if (decisions_.requested.target() == 0)
            park_all();
        else {
            setup();
            for (std::size_t i = 0; i < decisions_.phases.size(); ++i)
                phase(i);
            finish();
        }
        return std::move(steps_);
    }

private:
    void add(std::string id, StepAction action, std::string reason, bool is_cleanup = false) {
        steps_.push_back({std::move(id), std::move(action), std::move(reason), is_cleanup});
    }

    const Elastigroup& previous() const { return decisions_.roles.previous->group; }
    bool holds_previous() const { return !decisions_.previous_processes.empty(); }

    /// A hold outlives the whole run, and ends by itself where nobody is left to end it.
    Milliseconds hold_time() const {
        const Timing& timing = decisions_.spec.timing;
        Milliseconds time = timing.hold_margin + timing.phase_deadline;
        for (const Phase& phase : decisions_.phases)
            time += timing.phase_deadline + phase.bake +
                    (phase.needs_approval ? timing.gate_timeout : Milliseconds(0));
        return time;
    }

    void setup() {
        if (holds_previous()) {
            add("setup.hold-previous",
                SuspendProcessesStep{previous().id, decisions_.previous_processes, HoldKind::timed,
                                     hold_time()},
                "its scaling policies and schedules would fight the deployment");
            add("setup.confirm", ConfirmLineStep{},
                "from now on only this deployment moves its capacity, so its size is read again");
        }
        add("setup.create", CreateGroupStep{},
            "the new revision begins with no instances, so making it changes nothing");
        if (decisions_.is_new_automated)
            add("setup.hold-new",
                SuspendProcessesStep{NewGroup{}, processes_to_hold(nullptr), HoldKind::timed,
                                     hold_time()},
                "its policies and schedules wait until it has its final capacity");
        if (decisions_.parks_older_first)
            park_older("setup", false);
        add("setup.unique", ConfirmUniqueStep{},
            "a create whose answer was lost may have made a second group; exactly one must exist");
    }

    void park_older(const std::string& section, bool is_cleanup) {
        for (const GroupState* state : decisions_.roles.busy) {
            const std::string revision = revision_text(decisions_.spec, state->group);
            park(state->group,
                 has_automation(state->group.document) ? processes_to_hold(state)
                                                       : std::vector<std::string>(),
                 section, "older-" + revision, state->group.capacity, is_cleanup,
                 fmt::format("{} is older than the group that serves and takes no part",
                             state->group.name));
        }
    }

    void park(const Elastigroup& group, std::vector<std::string> processes,
              const std::string& section, const std::string& what, const Capacity& before,
              bool is_cleanup, const std::string& reason) {
        if (!processes.empty())
            add(fmt::format("{}.hold-{}", section, what),
                SuspendProcessesStep{group.id, std::move(processes), HoldKind::lasting},
                "a parked group must not be brought back by its own policies or schedules",
                is_cleanup);
        add(fmt::format("{}.park-{}", section, what), ScaleGroupStep{group.id, before, Capacity()},
            reason, is_cleanup);
    }

    /// The final phase's waits come before its gates; what follows them is cleanup.
    void phase(std::size_t index) {
        const Phase& phase = decisions_.phases[index];
        const std::string section = fmt::format("phase-{}", index + 1);
        if (decisions_.spec.order == ResizeOrder::old_first)
            scale_previous(section, index);
        scale_new(section, index);
        if (decisions_.spec.order == ResizeOrder::new_first && !phase.is_final)
            scale_previous(section, index);
        if (phase.bake.count() > 0)
            add(section + ".bake", BakeGateStep{phase.bake},
                fmt::format("the new instances run for {} before it goes on",
                            format_duration(phase.bake)));
        if (phase.needs_approval)
            add(section + ".approval", ApprovalGateStep{},
                "the workflow asks for a person's approval here");
        if (phase.bake.count() > 0 || phase.needs_approval)
            add(section + ".recheck-new",
                AwaitSteadyStep{NewGroup{}, new_capacity_, !phase.is_final},
                "time has passed, so what is built upon is looked at once more");
    }

    void scale_new(const std::string& section, std::size_t index) {
        const Phase& phase = decisions_.phases[index];
        const Capacity before = new_capacity_;
        const Capacity to =
            phase.is_final ? decisions_.requested : Capacity::pinned(phase.new_size);
        if (to != before)
            add(section + ".scale-new", ScaleGroupStep{NewGroup{}, before, to},
                phase.is_final
                    ? std::string("all of the requested capacity")
                    : fmt::format("phase {} of {}: {} of {}", index + 1, decisions_.phases.size(),
                                  phase.new_size, decisions_.requested.target()));
        new_capacity_ = to;
        add(section + ".await-new",
            AwaitSteadyStep{NewGroup{}, to, decisions_.is_new_automated || !phase.is_final},
            "nothing is taken away before what replaces it is healthy and stays so");
        if (phase.is_final && decisions_.is_new_automated)
            add(section + ".release-new",
                SuspendProcessesStep{NewGroup{}, processes_to_hold(nullptr), HoldKind::released},
                "it has its final capacity, so it may scale by itself", true);
    }

    void scale_previous(const std::string& section, std::size_t index) {
        if (!decisions_.roles.previous)
            return;
        const Phase& phase = decisions_.phases[index];
        const Capacity before = previous_capacity_;
        const Capacity to = phase.is_final ? Capacity() : Capacity::pinned(phase.old_size);
        if (to == before)
            return;
        previous_capacity_ = to;
        add(section + ".scale-previous", ScaleGroupStep{previous().id, before, to},
            phase.is_final ? std::string("the workflow takes the previous group away first")
                           : fmt::format("{} of {} stay, in proportion to what the new group "
                                         "still lacks",
                                         phase.old_size, decisions_.previous_target()));
        if (decisions_.spec.await_old)
            add(section + ".await-previous", AwaitSmallStep{previous().id, to.target()},
                "the workflow waits until the instances that go have gone");
    }

    void finish() {
        if (decisions_.roles.previous) {
            if (holds_previous())
                add("finish.hold-previous",
                    SuspendProcessesStep{previous().id, decisions_.previous_processes,
                                         HoldKind::lasting},
                    "a parked group must not be brought back by its own policies or schedules",
                    true);
            if (previous_capacity_ != Capacity())
                add("finish.park-previous",
                    ScaleGroupStep{previous().id, previous_capacity_, Capacity()},
                    "the new group carries everything; the previous one stays at 0 for an undo",
                    true);
        }
        if (!decisions_.parks_older_first)
            park_older("finish", true);
        if (decisions_.roles.previous)
            add("finish.await-previous", AwaitSmallStep{previous().id, 0},
                "the instances of the previous group drain and end", true);
        delete_victims();
    }

    void delete_victims() {
        for (const GroupState* state : decisions_.victims)
            add("cleanup.delete-" + revision_text(decisions_.spec, state->group),
                DeleteGroupStep{state->group.id,
                                is_stateful(state->group.document) ? decisions_.spec.deallocation
                                                                   : Document(),
                                true},
                fmt::format("{} is empty and older than the newest {} empty ones",
                            state->group.name, decisions_.spec.retention),
                true);
    }

    /// A requested target of 0: nothing is created, the serving group is parked.
    void park_all() {
        if (decisions_.roles.previous)
            park(previous(), decisions_.previous_processes, "setup", "previous",
                 previous().capacity, false, "the workflow asks for no instances at all");
        park_older("setup", false);
    }

    const Decisions& decisions_;
    std::vector<Step> steps_;
    Capacity new_capacity_;
    Capacity previous_capacity_ =
        decisions_.roles.previous ? decisions_.roles.previous->group.capacity : Capacity();
};

bool is_already_so(const Decisions& decisions, const std::string& digest) {
    return decisions.roles.busy.empty() &&
           elastiroll::is_already_so(decisions.spec, decisions.roles.previous, decisions.requested,
                                     digest);
}

void add_notices(DeploymentPlan& plan, const Decisions& decisions) {
    for (const GroupState* state : decisions.roles.busy)
        plan.notices.push_back(fmt::format(
            "{} still has capacity {} and is not the group that serves; it is parked {}",
            named(state->group), to_string(state->group.capacity),
            decisions.parks_older_first ? "at setup" : "at the end, because the floor needs it"));
    if (decisions.is_new_automated && decisions.requested.minimum() < plan.floor)
        plan.notices.push_back(fmt::format(
            "once released, the new group's policies may take it down to {}, below the floor of "
            "{}; then the previous group stays up until it has grown again",
            decisions.requested.minimum(), plan.floor));
    if (decisions.spec.previous)
        plan.notices.push_back(
            fmt::format("{} is taken as previous because it was named", *decisions.spec.previous));
    if (decisions.spec.floor && decisions.roles.previous) {
        const int usual =
            std::min({decisions.previous_target(), units_of(*decisions.roles.previous).healthy,
                      decisions.requested.target()});
        if (plan.floor < usual)
            plan.notices.push_back(fmt::format(
                "the workflow allows healthy capacity to fall to {}; by default it would be {}",
                plan.floor, usual));
    }
}

} // namespace

Result<DeploymentPlan> plan_deployment(const DeploymentSpec& spec, const Snapshot& world) {
    if (auto checked = check_image(spec, world); !checked)
        return Unexpected(std::move(checked).error());
    if (spec.strategy == Strategy::blue_green)
        return plan_blue_green(spec, world);
    auto decided = decide(spec, world);
    if (!decided)
        return Unexpected(std::move(decided).error());
    Decisions& decisions = *decided;
    if (decisions.requested.target() == 0 && !spec.allow_zero)
        return fail(ErrorCategory::invalid_argument,
                    "the requested target is 0: the deployment would take all capacity away; if "
                    "that is meant, set \"allow_zero\": true");
    const std::string name = group_name(spec.line.prefix, decisions.roles.next);
    auto document = make_group_document(spec, name);
    if (!document)
        return Unexpected(std::move(document).error());

    DeploymentPlan plan;
    plan.line = spec.line;
    plan.strategy = spec.strategy;
    plan.unit = decisions.unit;
    plan.requested = decisions.requested;
    plan.floor = decisions.floor;
    plan.phases = static_cast<int>(decisions.phases.size());
    set_image(plan, spec, world);
    plan.digest = digest_of(*document, spec.ownership);
    plan.notices = decisions.roles.notices;
    note_unchecked_image(plan, world);
    if (const GroupState* previous = decisions.roles.previous)
        plan.previous = planned(*previous);
    for (const auto* groups : {&decisions.roles.busy, &decisions.victims}) {
        for (const GroupState* state : *groups)
            plan.others.push_back(planned(*state));
    }
    if (is_already_so(decisions, plan.digest)) {
        plan.is_no_op = true;
        plan.requested = decisions.roles.previous->group.capacity;
        return plan;
    }
    plan.steps = StepWriter(decisions).write();
    if (decisions.requested.target() == 0) {
        plan.is_no_op = plan.steps.empty();
    } else {
        plan.new_name = name;
        plan.group_document = std::move(*document);
    }
    add_notices(plan, decisions);
    const Envelope envelope = envelope_of(decisions);
    plan.preview = preview_of(plan);
    plan.preview.lowest = decisions.requested.target() == 0 ? 0 : envelope.lowest;
    plan.preview.peak = envelope.peak;
    return plan;
}

} // namespace elastiroll
