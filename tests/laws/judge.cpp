#include "judge.hpp"

#include "history.hpp"
#include "judge_traffic.hpp"

#include <elastiroll/model/load_balancing.hpp>
#include <elastiroll/plan/journal.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

namespace elastiroll::laws {

std::string words_of(const std::optional<Outcome>& outcome) {
    if (!outcome)
        return "none";
    std::string text(to_string(outcome->kind));
    if (outcome->error)
        text += fmt::format(" ({})", outcome->error->message);
    for (const std::string& warning : outcome->warnings)
        text += fmt::format(" [warning: {}]", warning);
    return text;
}

namespace {

template <class... Args>
void breach(Breaches& breaches, Law law, fmt::format_string<Args...> text, Args&&... args) {
    breaches.push_back({law, fmt::format(text, std::forward<Args>(args)...)});
}

// What a group is in the end, so that runs can be compared that met at other times.

struct GroupEnd {
    std::string name{};
    Capacity capacity{};
    std::vector<std::string> suspended{};
    std::string document{}; ///< without what only the time of its making decides
    bool operator==(const GroupEnd&) const = default;
};

GroupEnd end_of(const sim::GroupView& view) {
    Document document = view.document;
    for (const char* key : {"id", "createdAt", "updatedAt", "capacity"})
        document.erase(key);
    return {view.name, view.capacity, view.suspended, to_text(document)};
}

std::vector<GroupEnd> ends_of(const sim::Cloud& cloud) {
    std::vector<GroupEnd> ends;
    for (const sim::GroupView& view : cloud.groups())
        ends.push_back(end_of(view));
    return ends;
}

std::string describe(const GroupEnd& end) {
    return fmt::format("{} {}, suspended [{}]", end.name, to_string(end.capacity),
                       fmt::join(end.suspended, " "));
}

std::string describe(const std::vector<GroupEnd>& ends) {
    std::string text;
    for (const GroupEnd& end : ends)
        text += (text.empty() ? "" : "; ") + describe(end);
    return text;
}

/// Goes through the changes of a course in order, with the plan in force at each.
class CourseJudge {
public:
    explicit CourseJudge(const Course& course)
        : course_(course), history_(course.start.cloud, course.end.cloud) {}

    Breaches judge() {
        auto journal = read_announcements(course_.end, course_.made);
        if (!journal)
            breach(breaches_, Law::ends, "the journal cannot be read: {}",
                   to_string(journal.error()));
        else
            journal_ = std::move(*journal);
        for (const sim::LoggedCall& call : history_.calls()) {
            if (is_change(call))
                judge_change(call);
            else
                note_read(call);
        }
        judge_floor_of_plan();
        if (course_.made.is_blue_green() || !is_floorless())
            std::ranges::move(judge_losses(course_), std::back_inserter(breaches_));
        judge_one_group();
        judge_order();
        judge_outcome();
        return std::move(breaches_);
    }

private:
    /// What the journal announced last before `call`.
    struct Announced {
        const JournalRecord* record = nullptr;
        const CallStartedEntry* entry = nullptr;
        const DeploymentPlan* plan = nullptr;
    };
    Announced announced(const sim::LoggedCall& call) const {
        Announced found;
        const DeploymentPlan* plan = nullptr;
        for (const JournalRecord& record : journal_) {
            if (record.at > call.at)
                break;
            if (const auto* planned = std::get_if<PlannedEntry>(&record.entry))
                plan = &planned->plan;
            const auto* started = std::get_if<CallStartedEntry>(&record.entry);
            const bool is_create = call.name == "create_group";
            const bool is_about_it = started && started->call == call.name &&
                                     (is_create || started->group == call.group);
            if (is_about_it && is_route_of(call, plan->find(started->step)))
                found = {&record, started, plan};
        }
        return found;
    }

    /// Changes of routes are told apart by the route.
    static bool is_route_of(const sim::LoggedCall& call, const Step* step) {
        const auto asked = route_asked(call);
        const auto* forwards = step ? std::get_if<SetForwardsStep>(&step->action) : nullptr;
        return !asked || (forwards && forwards->arn == asked->route);
    }

    void judge_change(const sim::LoggedCall& call) {
        const Announced announced = this->announced(call);
        if (!announced.plan) {
            breach(breaches_, Law::planned, "not announced: {}", describe(history_, call));
            return;
        }
        judge_planned(call, announced);
        judge_repetition(call, announced);
        judge_floor(call, *announced.plan);
        judge_copies(call, *announced.plan);
    }

    // (e)

    void judge_planned(const sim::LoggedCall& call, const Announced& announced) {
        const Step* step = step_of(announced);
        if (!step)
            breach(breaches_, Law::planned, "{}: step {} is in no plan", describe(history_, call),
                   announced.entry->step);
        else if (!is_call_of(call, *step, *announced.plan))
            breach(breaches_, Law::planned, "{} is not what step {} says: {}",
                   describe(history_, call), step->id, elastiroll::describe(step->action));
    }

    /// The step in the plan in force; of a hold, which a resume renews, in an earlier one too.
    const Step* step_of(const Announced& announced) const {
        const Step* step = announced.plan->find(announced.entry->step);
        for (const JournalRecord& record : journal_) {
            const auto* planned = std::get_if<PlannedEntry>(&record.entry);
            if (step || &record == announced.record)
                return step;
            if (planned && announced.entry->call == "suspend_processes")
                step = planned->plan.find(announced.entry->step);
        }
        return step;
    }

    static bool is_call_of(const sim::LoggedCall& call, const Step& step,
                           const DeploymentPlan& plan) {
        if (std::holds_alternative<CreateGroupStep>(step.action))
            return call.name == "create_group" && name_asked(call) == plan.new_name &&
                   capacity_asked(call) == Capacity();
        if (const auto* scale = std::get_if<ScaleGroupStep>(&step.action))
            return call.name == "scale_group" && is_group(call, scale->group) &&
                   capacity_asked(call) == scale->to;
        if (const auto* remove = std::get_if<DeleteGroupStep>(&step.action))
            return call.name == "delete_group" && is_group(call, remove->group);
        if (const auto* rename = std::get_if<RenameGroupStep>(&step.action))
            return call.name == "rename_group" && is_group(call, rename->group) &&
                   name_asked(call) == rename->to;
        if (const auto* forwards = std::get_if<SetForwardsStep>(&step.action))
            return call.name == (forwards->is_rule ? "modify_rule" : "modify_listener") &&
                   route_asked(call) == route_in(*forwards);
        const auto* hold = std::get_if<SuspendProcessesStep>(&step.action);
        if (!hold || !is_group(call, hold->group))
            return false;
        const bool is_release = hold->hold == HoldKind::released;
        return call.name == (is_release ? "resume_processes" : "suspend_processes") &&
               std::ranges::all_of(processes_asked(call), [&](const std::string& process) {
                   return std::ranges::find(hold->processes, process) != hold->processes.end();
               });
    }

    static RouteAsked route_in(const SetForwardsStep& forwards) {
        RouteAsked asked{forwards.arn};
        for (const ForwardTarget& target : forward_targets(forwards.to))
            asked.weights[target.target_group] = target.weight;
        return asked;
    }

    static bool is_group(const sim::LoggedCall& call, const GroupRef& group) {
        const auto* id = std::get_if<GroupId>(&group);
        return !id || *id == call.group;
    }

    /// A call whose end is not known is sent again only under a record of its own, and only after
    /// what it would have changed was read. A hold may be posted twice: it is renewed like that.
    void judge_repetition(const sim::LoggedCall& call, const Announced& announced) {
        const bool is_same = last_announced_ == announced.record;
        if (is_same && is_last_unknown_)
            breach(breaches_, Law::planned, "repeated without a record: {}",
                   describe(history_, call));
        last_announced_ = announced.record;
        is_last_unknown_ = call.status == 0 && call.fault != "refuse";
        const bool is_create = call.name == "create_group";
        const auto route = route_asked(call);
        const Target target{call.name, is_create ? GroupId()
                                       : route   ? GroupId(route->route)
                                                 : call.group};
        if (call.name != "suspend_processes" && unknown_.contains(target))
            breach(breaches_, Law::planned, "repeated blindly: {}", describe(history_, call));
        if (is_last_unknown_)
            unknown_.insert(target);
        else
            unknown_.erase(target);
    }

    /// What a read shows is no longer unknown.
    void note_shown(const sim::LoggedCall& call) {
        if (call.name == "list_groups")
            unknown_.erase({"create_group", {}});
        if (call.name == "describe_listeners" || call.name == "describe_rules")
            std::erase_if(unknown_,
                          [](const Target& one) { return one.first.starts_with("modify"); });
        for (const char* shown : {"scale_group", "delete_group", "rename_group"}) {
            if (call.name == "list_groups")
                std::erase_if(unknown_, [&](const Target& one) { return one.first == shown; });
            else if (call.name == "read_group")
                unknown_.erase({shown, call.group});
        }
        if (call.name == "read_suspensions")
            unknown_.erase({"resume_processes", call.group});
    }

    // (a)

    void note_read(const sim::LoggedCall& call) {
        if (call.status != 0 && call.status < 500)
            note_shown(call);
        if (call.status == 200 && (call.name == "read_health" || call.name == "read_status"))
            readings_[call.group][call.name == "read_health" ? 0 : 1] = call.at;
    }

    /// What was healthy in `group` when it was last read, where that was after our last change:
    /// what others take away between a reading and the call is not of our making.
    int healthy_as_read(const GroupId& group, TimePoint at) const {
        const auto found = readings_.find(group);
        int healthy = history_.healthy_before(group, at);
        if (found == readings_.end())
            return healthy;
        for (const TimePoint read : found->second) {
            if (read > last_change_)
                healthy = std::max(healthy, history_.healthy_after(group, read));
        }
        return healthy;
    }

    /// What the call could take away of what was there when it was last read: what others have
    /// added since, in whose place healthy ones may go, is not of our making either.
    int surplus_as_read(const sim::LoggedCall& call, const DeploymentPlan& plan) const {
        const auto found = readings_.find(call.group);
        const auto to = capacity_asked(call);
        const int target = to && call.name == "scale_group" ? to->target() : 0;
        constexpr int heaviest = 3; // of the types that groups here are made of
        const int whole = plan.unit == CapacityUnit::weight ? heaviest - 1 : 0;
        // Only the list of instances tells what is on its way.
        if (found == readings_.end() || found->second[1] <= last_change_)
            return std::numeric_limits<int>::max();
        return std::max(0, history_.active_after(call.group, found->second[1]) - target + whole);
    }

    void judge_floor(const sim::LoggedCall& call, const DeploymentPlan& plan) {
        if (!call.is_applied || (call.name != "scale_group" && call.name != "delete_group"))
            return;
        // What makes room for the stage counts nowhere.
        const auto counts = [&](const GroupId& id) {
            return (plan.previous && plan.previous->id == id) ||
                   (history_.is_made(id) && history_.name_of(id) == plan.new_name);
        };
        // A group that is undone serves nobody any more; law (h) is about who does.
        const bool is_back = plan.kind == PlanKind::rollback;
        if (course_.made.is_blue_green() && (is_back || !counts(call.group)))
            return;
        const int before = history_.healthy_before(call.group, call.at);
        const int after = history_.healthy_after(call.group, call.at);
        int left = after;
        const int taken = std::min(before - after, surplus_as_read(call, plan));
        int left_as_read = std::max(0, healthy_as_read(call.group, call.at) - taken);
        for (const GroupId& id : history_.groups()) {
            if (!counts(id) || id == call.group)
                continue;
            left += history_.healthy_before(id, call.at);
            left_as_read += healthy_as_read(id, call.at);
        }
        if (call.name == "scale_group" || after < before)
            last_change_ = call.at;
        if (after < before && left < plan.floor && left_as_read < plan.floor)
            breach(breaches_, Law::floor,
                   "{} takes {} of {} and leaves {} healthy ({} as it was read), the floor is {}",
                   describe(history_, call), before - after, before, left, left_as_read,
                   plan.floor);
    }

    /// Where nobody disturbs, the plan's floor is what the spec and the cloud's own books say.
    void judge_floor_of_plan() {
        const auto first = std::ranges::find_if(journal_, [](const JournalRecord& record) {
            return std::holds_alternative<PlannedEntry>(record.entry);
        });
        if (first == journal_.end() || !course_.made.is_calm())
            return;
        const DeploymentPlan& plan = std::get<PlannedEntry>(first->entry).plan;
        const auto previous = course_.start.cloud.find(course_.made.previous_name);
        // By the last look at it before the plan was kept.
        TimePoint seen = first->at;
        for (const sim::LoggedCall& call : history_.calls())
            if (previous && call.name == "read_health" && call.group == previous->id &&
                call.status == 200 && call.at <= first->at)
                seen = call.at;
        int expected = 0; // where nothing serves
        if (previous && !previous->capacity.is_zero())
            expected = course_.made.spec.floor.value_or(
                std::min({previous->capacity.target(), history_.healthy_after(previous->id, seen),
                          plan.requested.target()}));
        // Behind load balancers less may be healthy than Spot finds.
        const bool may_be_less = course_.made.has_traffic() && plan.floor < expected;
        if (!plan.is_no_op && plan.floor != expected && !may_be_less)
            breach(breaches_, Law::floor, "the plan's floor is {}, not {}", plan.floor, expected);
    }

    /// Whether a plan's floor is 0, so that nobody may be left.
    bool is_floorless() const {
        return std::ranges::any_of(journal_, [](const JournalRecord& record) {
            const auto* planned = std::get_if<PlannedEntry>(&record.entry);
            return planned && planned->plan.floor == 0;
        });
    }

    // (d)

    void judge_copies(const sim::LoggedCall& call, const DeploymentPlan& plan) {
        if (!call.is_applied)
            return;
        if (call.name == "delete_group")
            capacities_.erase(call.group);
        const auto capacity = capacity_asked(call);
        if (call.name != "scale_group" || !capacity ||
            history_.name_of(call.group) != plan.new_name)
            return;
        capacities_[call.group] = *capacity;
        const auto is_used = [](const auto& one) { return !one.second.is_zero(); };
        if (std::ranges::count_if(capacities_, is_used) > 1)
            breach(breaches_, Law::unique, "a second group called {} gets capacity: {}",
                   plan.new_name, describe(history_, call));
    }

    void judge_one_group() {
        // A copy that its own schedule, or somebody, gave capacity before it was found is left to a
        // person, who is told.
        if (course_.made.has_people && course_.outcome && !is_finished(course_.outcome->kind))
            return;
        std::set<std::string> names;
        for (const sim::GroupView& group : course_.end.cloud.groups()) {
            if (!names.insert(group.name).second)
                breach(breaches_, Law::unique, "in the end two groups are called {}", group.name);
        }
    }

    // (e) again

    /// Where nothing goes wrong, the plan's calls are made, each once, in its order; of a rollback
    /// those that something is left to do for.
    void judge_order() {
        if (!course_.made.is_calm() || course_.is_interrupted || !course_.outcome)
            return;
        const bool is_undone = course_.outcome->kind == OutcomeKind::rolled_back;
        if (!is_undone && course_.outcome->kind != OutcomeKind::done)
            return;
        auto call = history_.calls().begin();
        const auto skip = [&] { call = std::find_if(call, history_.calls().end(), is_change); };
        skip();
        const JournalRecord* last = nullptr;
        for (const JournalRecord& record : journal_) {
            if (std::holds_alternative<PlannedEntry>(record.entry))
                last = &record;
        }
        for (const JournalRecord& record : journal_) {
            const auto* planned = std::get_if<PlannedEntry>(&record.entry);
            if (!planned || (!is_undone && &record != last))
                continue;
            for (const Step& step : planned->plan.steps) {
                if (!is_mutating(step.action))
                    continue;
                const bool is_made = call != history_.calls().end() &&
                                     (&record == last || call->at <= last->at) &&
                                     is_call_of(*call, step, planned->plan);
                if (is_made) {
                    ++call;
                    skip();
                } else if (!is_undone) {
                    breach(breaches_, Law::planned, "step {} was due, not {}", step.id,
                           call != history_.calls().end() ? describe(history_, *call) : "the end");
                    return;
                }
            }
        }
        if (call != history_.calls().end())
            breach(breaches_, Law::planned, "not the next step's call: {}",
                   describe(history_, *call));
    }

    // (f)

    void judge_outcome() {
        if (!course_.outcome) {
            breach(breaches_, Law::ends, "the deployment does not end");
            return;
        }
        switch (course_.outcome->kind) {
        case OutcomeKind::done: judge_done(); return;
        case OutcomeKind::rolled_back:
            if (course_.made.has_people)
                return;
            std::ranges::move(judge_restored(course_), std::back_inserter(breaches_));
            return;
        case OutcomeKind::nothing_to_do:
        case OutcomeKind::unchanged:
        case OutcomeKind::refused:
            if (course_.start.cloud.routes() != course_.end.cloud.routes() &&
                course_.made.is_calm())
                breach(breaches_, Law::ends, "said to be {}, but the routes are {}; they were {}",
                       words_of(course_.outcome), routes_text(course_.end.cloud),
                       routes_text(course_.start.cloud));
            if (course_.made.is_calm() &&
                ends_of(course_.start.cloud) != ends_of(course_.end.cloud))
                breach(breaches_, Law::ends, "said to be {}, but it is {}; it was {}",
                       words_of(course_.outcome), describe(ends_of(course_.end.cloud)),
                       describe(ends_of(course_.start.cloud)));
            return;
        case OutcomeKind::stopped:
        case OutcomeKind::lock_lost:
        case OutcomeKind::drifted:
        case OutcomeKind::interrupted:
        case OutcomeKind::detached:
            if (!course_.made.has_people)
                breach(breaches_, Law::ends, "does not resume to an end: {}",
                       words_of(course_.outcome));
            return;
        }
    }

    void judge_done() {
        const DeploymentPlan* plan = nullptr;
        for (const JournalRecord& record : journal_) {
            const auto* planned = std::get_if<PlannedEntry>(&record.entry);
            if (planned && planned->plan.kind == PlanKind::deploy)
                plan = &planned->plan;
        }
        // What a person or a schedule does after the end is theirs.
        if (!plan || course_.made.has_people)
            return;
        const Capacity& wanted = plan->requested;
        const bool is_calm = course_.made.is_calm();
        if (course_.made.is_blue_green())
            std::ranges::move(judge_routes_done(course_), std::back_inserter(breaches_));
        // Names are changed as cleanup, so with a warning they may not have been.
        if (course_.made.is_blue_green() && !course_.outcome->warnings.empty())
            return;
        const std::string name = course_.made.name_in_the_end();
        const auto fresh = course_.end.cloud.find(name);
        const bool is_as_asked = fresh && fresh->capacity.minimum() == wanted.minimum() &&
                                 fresh->capacity.maximum() == wanted.maximum() &&
                                 (!is_calm || fresh->capacity == wanted);
        if (!is_as_asked)
            breach(breaches_, Law::ends, "done, but {} has {}, not {}", name,
                   fresh ? to_string(fresh->capacity) : "gone", to_string(wanted));
        else if (is_calm && fresh->healthy < wanted.target())
            breach(breaches_, Law::ends, "done, but {} of {} are healthy", fresh->healthy,
                   wanted.target());
        const auto previous = course_.end.cloud.find(
            course_.made.is_blue_green() ? course_.made.new_name : course_.made.previous_name);
        const auto& traffic = course_.made.spec.traffic;
        const bool is_sized_down = !traffic || traffic->downsizes_old;
        if (course_.outcome->warnings.empty() && is_sized_down && previous &&
            !previous->capacity.is_zero())
            breach(breaches_, Law::ends, "done without a warning, but {} has {}", previous->name,
                   to_string(previous->capacity));
    }

    const Course& course_;
    History history_;
    std::vector<JournalRecord> journal_;
    Breaches breaches_;
    std::map<GroupId, std::array<TimePoint, 2>> readings_; ///< of health and of status
    TimePoint last_change_{};                              ///< of any capacity by us
    std::map<GroupId, Capacity> capacities_;               ///< of the new group and its copies
    using Target = std::pair<std::string, GroupId>;        ///< a call's name and its group
    std::set<Target> unknown_; ///< sent, without an end, and not looked at since
    const JournalRecord* last_announced_ = nullptr;
    bool is_last_unknown_ = false;
};

} // namespace

std::string story_of(const Course& course) {
    const History history(course.start.cloud, course.end.cloud);
    std::string story;
    for (const sim::LoggedCall& call : history.calls()) {
        if (is_change(call) || !call.fault.empty())
            story += describe(history, call) + '\n';
    }
    return story + "in the end: " + describe(ends_of(course.end.cloud)) + '\n' +
           routes_text(course.end.cloud) + '\n' + course.said;
}

Breaches judge(const Course& course) { return CourseJudge(course).judge(); }

Breaches judge_same_end(const Course& without_crash, const Course& with_crash) {
    Breaches breaches;
    const auto kind_of = [](const Course& course) {
        return course.outcome ? std::optional(course.outcome->kind) : std::nullopt;
    };
    if (kind_of(without_crash) != kind_of(with_crash))
        breach(breaches, Law::resumes, "the outcome is {}; without the crash: {}",
               words_of(with_crash.outcome), words_of(without_crash.outcome));
    // Cleanup that failed is tried again by a resume, where a crash makes one earlier.
    const auto has_warnings = [](const Course& course) {
        return course.outcome && !course.outcome->warnings.empty();
    };
    if (has_warnings(without_crash) != has_warnings(with_crash))
        return breaches;
    const auto expected = ends_of(without_crash.end.cloud);
    const auto found = ends_of(with_crash.end.cloud);
    if (expected != found)
        breach(breaches, Law::resumes, "the groups are {}; without the crash: {}", describe(found),
               describe(expected));
    if (without_crash.end.cloud.routes() != with_crash.end.cloud.routes())
        breach(breaches, Law::resumes, "the routes are {}; without the crash: {}",
               routes_text(with_crash.end.cloud), routes_text(without_crash.end.cloud));
    return breaches;
}

Breaches judge_restored(const Course& course) {
    Breaches breaches;
    std::set<std::string> deleted;
    const History history(course.start.cloud, course.end.cloud);
    for (const sim::LoggedCall& call : history.calls()) {
        if (call.name == "delete_group" && call.is_applied)
            deleted.insert(history.name_of(call.group));
    }
    for (const sim::GroupView& was : course.start.cloud.groups()) {
        // What makes room for the stage does not come back; what is undone waits in its place.
        const bool makes_room = course.made.is_blue_green() && was.name == course.made.new_name;
        if (makes_room)
            continue;
        const auto is = course.end.cloud.find(was.name);
        if (is && is->id != was.id)
            breach(breaches, Law::restores, "{} is another group", was.name);
        if (!is) {
            // Only cleanup deletes, of what was empty, and nothing brings that back.
            if (!deleted.contains(was.name) || !was.capacity.is_zero())
                breach(breaches, Law::restores, "{} is gone", was.name);
            continue;
        }
        const GroupEnd before = end_of(was);
        const GroupEnd now = end_of(*is);
        const bool is_restored =
            is->capacity.minimum() == was.capacity.minimum() &&
            (is->capacity.target() >= was.capacity.target() || course.made.has_policies) &&
            is->capacity.maximum() >= was.capacity.maximum();
        if (!is_restored || now.suspended != before.suspended || now.document != before.document)
            breach(breaches, Law::restores, "{}; before the deployment {}", describe(now),
                   describe(before));
        if (course.made.is_calm() && is->healthy < std::min(was.healthy, was.capacity.target()))
            breach(breaches, Law::restores, "{} of {} are healthy in {}", is->healthy, was.healthy,
                   was.name);
    }
    std::ranges::move(judge_routes_restored(course), std::back_inserter(breaches));
    const auto fresh = course.end.cloud.find(course.made.new_name);
    const bool is_kept = fresh && course.made.is_blue_green() &&
                         (!history.is_made(fresh->id) || fresh->capacity.is_zero());
    if (fresh && !is_kept)
        breach(breaches, Law::restores, "{} still exists, with {}", fresh->name,
               to_string(fresh->capacity));
    return breaches;
}

} // namespace elastiroll::laws
