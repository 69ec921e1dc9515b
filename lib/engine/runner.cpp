#include "engine/runner.hpp"

#include "engine/observe.hpp"

#include <elastiroll/plan/planner.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

/// A day: no longer a time can be meant.
constexpr std::int64_t draining_seconds_max = 86'400;

/// What the journal calls the last look of a deployment: a step that is in no plan, since it is
/// taken only where calls may come late.
constexpr std::string_view end_check = "finish.check";

} // namespace

Runner::Runner(Driver& driver, JournalState journal, std::vector<Milliseconds> times_to_healthy)
    : driver_(driver), journal_(std::move(journal)),
      times_to_healthy_(std::move(times_to_healthy)) {
    times_to_healthy_.insert(times_to_healthy_.end(), journal_.times_to_healthy.begin(),
                             journal_.times_to_healthy.end());
    learn_facts(journal_.snapshot);
    driver_.set_stop_check([this] { return reason_to_stop(); });
}

// Small things.

void Runner::record(JournalEntry entry) {
    JournalRecord record{journal_.last_sequence + 1, driver_.now(), std::move(entry)};
    apply(journal_, record);
    records_.push_back(std::move(record));
}

Task<Result<void>> Runner::keep_records() {
    auto kept = co_await driver_.persisted(journal_.last_sequence);
    co_return kept;
}

GroupId Runner::id_of(const GroupRef& group) const {
    const auto* id = std::get_if<GroupId>(&group);
    return id ? *id : journal_.new_group;
}

/// As the group is called by now: what has traded names is not told by its old one.
std::string Runner::present_name(const GroupRef& group, const DeploymentPlan& plan) const {
    const bool is_new = group == GroupRef(journal_.new_group);
    std::string name = describe(is_new ? GroupRef(NewGroup{}) : group, plan);
    const auto follow = [&](const DeploymentPlan& made) {
        for (const Step& step : made.steps) {
            const auto* rename = std::get_if<RenameGroupStep>(&step.action);
            if (rename && id_of(rename->group) == id_of(group) && journal_.done.contains(step.id))
                name = rename->to;
        }
    };
    follow(journal_.plan);
    if (journal_.rollback)
        follow(*journal_.rollback);
    return name;
}

std::string Runner::name_of(const GroupId& group) const {
    const std::string name = present_name(GroupRef(group), journal_.plan);
    return name == group.text() ? name : fmt::format("{} ({})", name, group.text());
}

/// Whether a hold of ours keeps everything else from moving the group's target.
bool Runner::is_held(const GroupId& group) const {
    return std::ranges::any_of(journal_.plan.steps, [&](const Step& step) {
        const auto* hold = std::get_if<SuspendProcessesStep>(&step.action);
        return hold && hold->hold != HoldKind::released && id_of(hold->group) == group &&
               journal_.done.contains(step.id);
    });
}

Runner::GroupFacts Runner::facts_of(const GroupId& group) const {
    const auto found = facts_.find(group);
    return found == facts_.end() ? GroupFacts{.unit = journal_.plan.unit} : found->second;
}

Runner::GroupFacts Runner::facts_in(CapacityUnit unit, const Document& group) {
    GroupFacts facts{.unit = unit, .weights = weights_of(group)};
    facts.load_balancers = load_balancers_of(group);
    const Document* draining = group.find_path({"strategy", "drainingTimeout"});
    const auto seconds = draining ? draining->as_integer() : std::nullopt;
    if (seconds && *seconds >= 0 && *seconds <= draining_seconds_max)
        facts.draining = std::chrono::seconds(*seconds);
    return facts;
}

CapacityReading Runner::units_of(const GroupId& group, const GroupReading& reading) const {
    const GroupFacts facts = facts_of(group);
    return count_units(reading, facts.unit, facts.weights);
}

void Runner::learn_facts(const Snapshot& snapshot) {
    for (const GroupState& state : snapshot.groups) {
        capacities_.insert_or_assign(state.group.id, state.group.capacity);
        if (state.reading)
            shown_.insert_or_assign(state.group.id, count_units(*state.reading, state.group.unit,
                                                                weights_of(state.group.document)));
        if (!state.group.document.is_null())
            facts_.insert_or_assign(state.group.id,
                                    facts_in(state.group.unit, state.group.document));
    }
}

/// Once the new group exists, nobody reads the documents again, nor anything of a group that no
/// step is about: the journal has them. A line may have hundreds of older groups.
void Runner::let_documents_go() {
    journal_.plan.group_document = nullptr;
    journal_.spec.group_template = nullptr;
    journal_.spec.user_data.reset();
    std::set<GroupId> needed{journal_.new_group};
    if (journal_.plan.previous)
        needed.insert(journal_.plan.previous->id);
    for (const Step& step : journal_.plan.steps) {
        if (const auto group = group_of(step.action))
            needed.insert(id_of(*group));
    }
    const auto is_needless = [&](const auto& one) { return !needed.contains(one.first); };
    std::erase_if(facts_, is_needless);
    std::erase_if(capacities_, is_needless);
    std::erase_if(shown_, is_needless);
    auto& groups = journal_.snapshot.groups;
    std::erase_if(groups,
                  [&](const GroupState& state) { return !needed.contains(state.group.id); });
    groups.shrink_to_fit();
    for (GroupState& state : groups)
        state.group.document = nullptr;
}

CallPriority Runner::change_priority() const noexcept {
    return is_rolling_back_ ? CallPriority::rollback : CallPriority::change;
}

void Runner::decide(DecisionEntry decision) {
    record(std::move(decision));
    driver_.on_request();
}

void Runner::interrupt() {
    is_interrupted_ = true;
    driver_.on_request();
}

/// What ends the run between two calls, whatever it was about to do.
std::optional<Error> Runner::reason_to_stop() const {
    if (const auto& lost = driver_.store_error())
        return lost;
    if (is_interrupted_)
        return Error{.category = ErrorCategory::cancelled,
                     .message = "interrupted; the journal is intact"};
    if (journal_.is_aborted && !is_rolling_back_ && !is_cleaning_up_)
        return Error{.category = ErrorCategory::cancelled,
                     .message = "the deployment was aborted on request"};
    return std::nullopt;
}

// Running plans.

Task<Outcome> Runner::deploy(Wish wish) {
    detaches_ = wish.detaches;
    // A group at 0/0/0 needs nothing of its document to stay so.
    for (GroupState& state : journal_.snapshot.groups) {
        if (state.group.capacity.is_zero())
            state.group.document = nullptr;
    }
    // The state already is what these two records would make it, so they are not folded: their
    // documents are large.
    journal_.begun_at = journal_.updated_at = driver_.now();
    journal_.actor = wish.actor;
    journal_.reason = wish.reason;
    BegunEntry begun{journal_.deployment, journal_.spec, std::move(wish.actor),
                     std::move(wish.reason), "elastiroll " ELASTIROLL_VERSION};
    PlannedEntry planned{journal_.snapshot, journal_.plan, {}};
    records_.push_back({++journal_.last_sequence, driver_.now(), std::move(begun)});
    records_.push_back({++journal_.last_sequence, driver_.now(), std::move(planned)});
    tell(PlannedEvent{journal_.plan});
    auto kept = co_await keep_records();
    if (!kept)
        co_return stopped(std::move(kept).error());
    if (journal_.plan.is_no_op)
        co_return co_await end(nothing_to_do());
    co_return co_await run_deployment();
}

Outcome Runner::nothing_to_do() const {
    Outcome nothing{.kind = OutcomeKind::nothing_to_do};
    if (journal_.plan.previous)
        nothing.serving = journal_.plan.previous->id;
    return nothing;
}

Task<Outcome> Runner::resume(Wish wish) {
    detaches_ = wish.detaches;
    accepts_drift_ = wish.accepts_drift;
    is_resumed_ = true;
    const ResumeMode mode = wish.mode;
    const bool is_done = journal_.outcome && journal_.outcome->kind == OutcomeKind::done;
    const Document& document = journal_.plan.group_document;
    if (!journal_.new_group.empty() && !document.is_null())
        facts_.insert_or_assign(journal_.new_group, facts_in(journal_.plan.unit, document));
    if (!journal_.new_group.empty() || !journal_.plan.find("setup.create"))
        let_documents_go();
    ResumedEntry resumed{mode, wish.accepts_drift, std::move(wish.actor), std::move(wish.reason),
                         "elastiroll " ELASTIROLL_VERSION};
    record(std::move(resumed));
    if (mode == ResumeMode::roll_back && !journal_.failure) {
        Error asked{.category = ErrorCategory::cancelled, .message = "a rollback was asked for"};
        record(FailedEntry{std::move(asked)});
    }
    auto kept = co_await keep_records();
    if (!kept)
        co_return stopped(std::move(kept).error());
    if (journal_.plan.is_no_op)
        co_return co_await end(nothing_to_do());
    if (is_done && !journal_.failure) {
        if (journal_.warned.contains(end_check)) {
            auto checked = co_await check_end();
            if (checked)
                record(StepEndedEntry{std::string(end_check), StepEnd::done, {}, {}, {}, {}});
            else if (judge(checked.error(), true) == Verdict::stop)
                co_return co_await end(stopped(std::move(checked).error()));
            else
                warn_of_check(checked.error());
        }
        co_return co_await run_cleanup();
    }
    if (auto renewed = co_await renew_holds(); !renewed)
        co_return co_await end(stopped(std::move(renewed).error()));
    if (!journal_.failure && journal_.is_aborted)
        co_return co_await give_up(*reason_to_stop());
    if (journal_.failure)
        co_return co_await roll_back();
    if (accepts_drift_) {
        auto accepted = co_await accept_drift();
        if (!accepted && journal_.is_aborted && !is_interrupted_)
            co_return co_await give_up(std::move(accepted).error());
        if (!accepted)
            co_return co_await end(stopped(std::move(accepted).error()));
    }
    co_return co_await run_deployment();
}

/// What still has to be held is held for as long again: nobody can tell how much is left of it.
Task<Result<void>> Runner::renew_holds() {
    const TimePoint deadline = driver_.now() + journal_.spec.timing.phase_deadline;
    std::map<GroupId, const Step*> holds;
    for (const Step& step : journal_.plan.steps) {
        const auto* hold = std::get_if<SuspendProcessesStep>(&step.action);
        if (hold && journal_.done.contains(step.id))
            holds[id_of(hold->group)] = &step;
    }
    for (const auto& [id, place] : holds) {
        const Step step = *place;
        const auto& hold = std::get<SuspendProcessesStep>(step.action);
        if (hold.hold != HoldKind::timed)
            continue;
        SuspendProcessesCall call{id, hold.processes, hold.time_to_live};
        auto sent = co_await send(step, std::move(call), deadline);
        if (!sent)
            co_return Unexpected(std::move(sent).error());
        if (!sent->error)
            continue;
        if (judge(*sent->error, true) == Verdict::stop)
            co_return Unexpected(std::move(*sent->error));
        tell(NoticeEvent{step.id, fmt::format("the hold of {} could not be renewed: {}",
                                              name_of(id), sent->error->message)});
    }
    co_return Result<void>();
}

/// Makes what is seen now what the steps that are left start from.
Task<Result<void>> Runner::accept_drift() {
    const TimePoint deadline = driver_.now() + journal_.spec.timing.phase_deadline;
    auto world = co_await observe(driver_, journal_.spec, true, deadline, CallPriority::read);
    if (!world)
        co_return Unexpected(std::move(world).error());
    learn_facts(*world);
    auto plan = plan_rest(journal_, *world);
    if (!plan)
        co_return Unexpected(std::move(plan).error());
    // What a rollback restores stays what was there before the deployment.
    PlannedEntry planned{journal_.snapshot, std::move(*plan), journal_.step};
    record(std::move(planned));
    tell(PlannedEvent{journal_.plan});
    co_return Result<void>();
}

Task<Outcome> Runner::run_deployment() {
    bool is_checked = !journal_.plan.find("setup.create");
    // By index: a confirmation may make the plan anew, with the same steps before it.
    for (std::size_t i = 0;; ++i) {
        const auto is_end = [&] {
            return i >= journal_.plan.steps.size() || ends_run(journal_.plan.steps[i]);
        };
        if (is_end() && !std::exchange(is_checked, true) && may_have_late_calls()) {
            // The call of a process that is gone may have come after ours.
            auto checked = co_await check_end();
            if (!checked) {
                switch (judge(checked.error(), true)) {
                case Verdict::warn: warn_of_check(checked.error()); break;
                case Verdict::stop: co_return co_await end(stopped(std::move(checked).error()));
                case Verdict::give_up: co_return co_await give_up(std::move(checked).error());
                }
            }
        }
        if (i >= journal_.plan.steps.size())
            break;
        const Step step = journal_.plan.steps[i];
        if (journal_.done.contains(step.id))
            continue;
        auto raises = co_await match_previous(step);
        if (raises && *raises) {
            --i; // at the step's place are the new ones now
            continue;
        }
        Result<void> ran;
        if (raises)
            ran = co_await run_step(step, journal_.plan);
        else
            ran = Unexpected(with_context(std::move(raises).error(), step.id));
        if (ran)
            continue;
        Error error = std::move(ran).error();
        if (leaves_gate_) {
            Outcome left = step.is_cleanup ? done() : detached();
            co_return co_await end(std::move(left));
        }
        switch (judge(error, step.is_cleanup)) {
        case Verdict::warn: warn(step, error); break;
        case Verdict::stop: co_return co_await end(stopped(std::move(error)));
        case Verdict::give_up:
            end_step(step, StepEnd::failed, error);
            co_return co_await give_up(std::move(error));
        }
    }
    Outcome outcome = done();
    co_return co_await end(std::move(outcome));
}

/// The deployment failed: puts things back where anything may have changed.
Task<Outcome> Runner::give_up(Error error) {
    record(FailedEntry{error});
    if (!journal_.may_have_changed()) {
        Outcome unchanged{
            .kind = OutcomeKind::unchanged, .error = std::move(error), .warnings = warnings_};
        if (journal_.plan.previous)
            unchanged.serving = journal_.plan.previous->id;
        co_return co_await end(std::move(unchanged));
    }
    co_return co_await roll_back();
}

Task<Outcome> Runner::roll_back() {
    is_rolling_back_ = true;
    tell(RollbackEvent{journal_.failure.value_or(Error{})});
    const TimePoint deadline = driver_.now() + journal_.spec.timing.phase_deadline;
    if (journal_.new_group.empty() && journal_.create_posted_at && journal_.has_unknown_create) {
        auto adopted = co_await adopt(*journal_.create_posted_at, deadline);
        if (!adopted)
            co_return co_await end(
                stopped(with_context(std::move(adopted).error(), "rolling back")));
        journal_.new_group = adopted->value_or(GroupId());
    }
    if (auto settled = co_await await_late_swap(deadline); !settled)
        co_return co_await end(stopped(with_context(std::move(settled).error(), "rolling back")));
    auto world = co_await observe(driver_, journal_.spec, true, deadline, CallPriority::rollback);
    if (!world)
        co_return co_await end(stopped(with_context(std::move(world).error(), "rolling back")));
    // A list may lag behind what the journal knows by id.
    if (!journal_.new_group.empty() && !world->find(journal_.new_group)) {
        ReadGroupCall call{journal_.new_group};
        auto read = co_await read_until(driver_, std::move(call), deadline, CallPriority::rollback);
        if (read)
            world->groups.push_back({std::get<GroupReply>(*read).group, {}, {}, {}});
        else if (read.error().category != ErrorCategory::not_found)
            co_return co_await end(stopped(with_context(std::move(read).error(), "rolling back")));
    }
    learn_facts(*world);
    if (auto moved = accepts_drift_ ? std::nullopt : drift_since(journal_, *world)) {
        Error drift{.category = ErrorCategory::drift, .message = std::move(*moved)};
        co_return co_await end(stopped(with_context(std::move(drift), "rolling back")));
    }
    auto plan = plan_rollback(journal_, *world);
    if (!plan)
        co_return co_await end(stopped(with_context(std::move(plan).error(), "rolling back")));
    for (GroupState& state : world->groups)
        state.group.document = nullptr;
    // A step of an earlier attempt may have to be done again: what was done is judged anew.
    for (const Step& step : plan->steps)
        journal_.done.erase(step.id);
    PlannedEntry planned{std::move(*world), *plan, {}};
    record(std::move(planned));
    tell(PlannedEvent{*plan});
    co_return co_await run_rollback(std::move(*plan));
}

Task<Outcome> Runner::run_rollback(DeploymentPlan plan) {
    bool is_checked = !may_have_late_calls();
    for (std::size_t i = 0;; ++i) {
        if (i >= plan.steps.size()) {
            if (std::exchange(is_checked, true))
                break;
            auto checked = co_await check_rollback(plan);
            if (!checked)
                co_return co_await end(
                    stopped(with_context(std::move(checked).error(), "the rollback failed")));
            if (i >= plan.steps.size())
                break;
        }
        const Step step = plan.steps[i];
        auto ran = co_await run_step(step, plan);
        if (ran)
            continue;
        Error error = std::move(ran).error();
        if (judge(error, step.is_cleanup) == Verdict::warn) {
            warn(step, error);
            continue;
        }
        end_step(step, StepEnd::failed, error);
        co_return co_await end(stopped(with_context(std::move(error), "the rollback failed")));
    }
    Outcome outcome{
        .kind = OutcomeKind::rolled_back, .error = journal_.failure, .warnings = warnings_};
    if (!plan.is_no_op)
        outcome.new_group = journal_.new_group;
    // An earlier attempt may have put everything back.
    const bool has_undone = std::ranges::any_of(
        journal_.announced, [](const std::string& step) { return step.starts_with("rollback."); });
    // What made room for the stage does not come back, and the new group may wait in its place.
    const bool may_differ = plan.strategy == Strategy::blue_green && !journal_.announced.empty();
    if (plan.is_no_op && journal_.answered.empty() && !has_undone && !may_differ)
        outcome.kind = OutcomeKind::unchanged;
    if (plan.previous)
        outcome.serving = plan.previous->id;
    co_return co_await end(std::move(outcome));
}

/// What a finished deployment left undone: the release stands whatever becomes of it.
Task<Outcome> Runner::run_cleanup() {
    is_cleaning_up_ = true; // of what has ended there is nothing to abort
    const TimePoint deadline = driver_.now() + journal_.spec.timing.phase_deadline;
    auto world = co_await observe(driver_, journal_.spec, true, deadline, CallPriority::read);
    if (!world)
        co_return co_await end(stopped(std::move(world).error()));
    auto plan = plan_cleanup(journal_, *world);
    if (!plan)
        co_return co_await end(stopped(std::move(plan).error()));
    journal_.deadlines.clear();
    const DeploymentPlan cleanup = std::move(*plan);
    PlannedEntry planned{std::move(*world), cleanup, {}};
    record(std::move(planned));
    tell(PlannedEvent{cleanup});
    for (const Step& step : cleanup.steps) {
        auto ran = co_await run_step(step, cleanup);
        if (ran)
            continue;
        Error error = std::move(ran).error();
        if (leaves_gate_)
            break;
        if (judge(error, true) == Verdict::stop)
            co_return co_await end(stopped(std::move(error)));
        warn(step, error);
    }
    Outcome outcome = done();
    co_return co_await end(std::move(outcome));
}

Task<Outcome> Runner::end(Outcome outcome) {
    if (!driver_.store_error()) {
        record(EndedEntry{outcome});
        static_cast<void>(co_await keep_records());
    }
    // Where the store is gone, the outcome says so and the journal ends where it ended. Where the
    // lease is, what was seen may be another run's work, and is not ours to judge.
    if (const auto& lost = driver_.store_error())
        if (lost->category == ErrorCategory::lock_held || outcome.kind != OutcomeKind::stopped)
            outcome = stopped(*lost);
    tell(EndedEvent{outcome});
    co_return outcome;
}

// Judging.

Runner::Verdict Runner::judge(const Error& error, bool is_cleanup) const noexcept {
    if (driver_.store_error() || is_interrupted_)
        return Verdict::stop;
    switch (error.category) {
    case ErrorCategory::unauthenticated:
    case ErrorCategory::internal:
    case ErrorCategory::lock_held:
    case ErrorCategory::drift: return Verdict::stop;
    case ErrorCategory::cancelled: return Verdict::give_up;
    case ErrorCategory::invalid_argument:
    case ErrorCategory::not_found:
    case ErrorCategory::conflict:
    case ErrorCategory::permission_denied:
    case ErrorCategory::throttled:
    case ErrorCategory::unavailable:
    case ErrorCategory::timeout:
    case ErrorCategory::rejected:
    case ErrorCategory::protocol: break;
    }
    return is_cleanup ? Verdict::warn : Verdict::give_up;
}

/// Whether nothing but a person's help lets the run go on: where it has not begun, it is refused.
bool Runner::is_for_a_person(const Error& error) const noexcept {
    return driver_.store_error() || error.category == ErrorCategory::unauthenticated ||
           error.category == ErrorCategory::internal;
}

Outcome Runner::stopped(Error error) const {
    Outcome outcome{
        .kind = OutcomeKind::stopped, .warnings = warnings_, .new_group = journal_.new_group};
    if (error.category == ErrorCategory::lock_held)
        outcome.kind = OutcomeKind::lock_lost;
    else if (error.category == ErrorCategory::drift)
        outcome.kind = OutcomeKind::drifted;
    else if (is_interrupted_ && !driver_.store_error())
        outcome.kind = OutcomeKind::interrupted;
    else if (is_for_a_person(error) && !journal_.may_have_changed())
        outcome.kind = OutcomeKind::refused;
    const std::string& id = journal_.deployment.text();
    if (outcome.kind == OutcomeKind::refused)
        error.message += "; nothing was changed";
    else
        error.message += fmt::format(
            "; go on with 'elastiroll resume {}' or undo it with 'elastiroll rollback {}'", id, id);
    outcome.error = std::move(error);
    return outcome;
}

/// The run leaves the gate that it has come to; who approves it, or its time, goes on.
/// Also where cleanup is due later.
Outcome Runner::done() const {
    return {.kind = OutcomeKind::done,
            .warnings = warnings_,
            .new_group = journal_.new_group,
            .serving = journal_.new_group,
            .due_at = leaves_gate_};
}

Outcome Runner::detached() const {
    Outcome outcome{.kind = OutcomeKind::detached,
                    .warnings = warnings_,
                    .new_group = journal_.new_group,
                    .due_at = leaves_gate_};
    if (journal_.plan.previous)
        outcome.serving = journal_.plan.previous->id;
    return outcome;
}

/// A resume looks again.
void Runner::warn_of_check(const Error& error) {
    warnings_.push_back(error.message);
    record(StepEndedEntry{std::string(end_check), StepEnd::warned, {}, error, {}, {}});
}

void Runner::warn(const Step& step, const Error& error) {
    warnings_.push_back(error.message);
    end_step(step, StepEnd::warned, error);
}

// Steps.

void Runner::end_step(const Step& step, StepEnd how, std::optional<Error> error) {
    const auto started = journal_.started_at.find(step.id);
    const Milliseconds took =
        started == journal_.started_at.end() ? Milliseconds(0) : driver_.now() - started->second;
    StepEndedEvent event{step.id, how == StepEnd::warned, step_summary_, took};
    if (error)
        event.summary = error->message;
    StepEndedEntry entry{step.id,
                         how,
                         {},
                         std::move(error),
                         std::exchange(step_summary_, {}),
                         std::exchange(step_times_, {})};
    if (std::holds_alternative<CreateGroupStep>(step.action) && how == StepEnd::done)
        entry.group = journal_.new_group;
    record(std::move(entry));
    if (how != StepEnd::failed)
        tell(std::move(event));
}

TimePoint Runner::deadline_of(const Step& step) {
    const auto known = journal_.deadlines.find(section_of(step));
    // A resumed wait has what is left of its deadline, at least a grace.
    constexpr Milliseconds resume_grace{300'000};
    if (known == journal_.deadlines.end())
        return driver_.now() + journal_.spec.timing.phase_deadline;
    const bool is_resumed = journal_.started.contains(step.id);
    return is_resumed ? std::max(known->second, driver_.now() + resume_grace) : known->second;
}

Task<Result<void>> Runner::run_step(Step step, const DeploymentPlan& plan) {
    if (auto stop = reason_to_stop())
        co_return Unexpected(std::move(*stop));
    const TimePoint deadline = deadline_of(step);
    record(StepStartedEntry{step.id, deadline});
    const auto group = group_of(step.action);
    std::string what = describe(step.action);
    if (group)
        what = fmt::format("{}: {}", present_name(*group, plan), what);
    StepStartedEvent event{step.id, std::move(what), step.reason};
    tell(std::move(event));
    auto ran = co_await run_action(step, plan, deadline);
    if (!ran)
        co_return Unexpected(with_context(std::move(ran).error(), step.id));
    end_step(step, StepEnd::done, std::nullopt);
    co_return Result<void>();
}

Task<Result<void>> Runner::run_action(const Step& step, const DeploymentPlan& plan,
                                      TimePoint deadline) {
    if (std::holds_alternative<CreateGroupStep>(step.action))
        co_return co_await create(step, deadline);
    if (std::holds_alternative<ConfirmLineStep>(step.action))
        co_return co_await confirm_line(step, deadline);
    if (std::holds_alternative<ConfirmUniqueStep>(step.action))
        co_return co_await confirm_unique(step, deadline);
    if (const auto* action = std::get_if<ScaleGroupStep>(&step.action))
        co_return co_await scale(step, *action, plan, deadline);
    if (const auto* action = std::get_if<AwaitSteadyStep>(&step.action))
        co_return co_await await_steady(step, *action, deadline);
    if (const auto* action = std::get_if<AwaitSmallStep>(&step.action))
        co_return co_await await_small(step, *action, deadline);
    if (const auto* action = std::get_if<SuspendProcessesStep>(&step.action))
        co_return co_await suspend(step, *action, deadline);
    if (const auto* action = std::get_if<DeleteGroupStep>(&step.action))
        co_return co_await remove(step, *action, plan, deadline);
    if (const auto* action = std::get_if<SetForwardsStep>(&step.action))
        co_return co_await set_forwards(step, *action, plan, deadline);
    if (const auto* action = std::get_if<RenameGroupStep>(&step.action))
        co_return co_await rename(step, *action, plan, deadline);
    if (const auto* action = std::get_if<BakeGateStep>(&step.action))
        co_return co_await await_bake(step, *action);
    co_return co_await await_approval(step);
}

std::size_t Runner::memory_bytes() const noexcept {
    // Steps dominate: their texts, and their ids in the sets of what was started and done.
    std::size_t bytes = sizeof(*this);
    for (const Step& step : journal_.plan.steps)
        bytes += sizeof(Step) + step.reason.capacity() + 4 * (step.id.capacity() + 64);
    for (const GroupState& state : journal_.snapshot.groups) {
        bytes += sizeof(GroupState) + state.group.name.capacity();
        if (state.reading)
            bytes += state.reading->instances.size() * (sizeof(InstanceReading) + 32);
    }
    // A map's entry has its links and the text of its id besides.
    constexpr std::size_t entry = 64;
    bytes += facts_.size() * (sizeof(decltype(facts_)::value_type) + entry) +
             capacities_.size() * (sizeof(decltype(capacities_)::value_type) + entry) +
             shown_.size() * (sizeof(decltype(shown_)::value_type) + entry);
    for (const auto& [id, reading] : readings_)
        bytes += sizeof(reading) + reading.instances.size() * (sizeof(InstanceReading) + 32);
    bytes += records_.capacity() * sizeof(JournalRecord) + events_.capacity() * sizeof(Event);
    return bytes;
}

} // namespace elastiroll
