#include "cli/deployment.hpp"

#include "cli/presenter.hpp"
#include "cli/prompt.hpp"
#include "cli/report.hpp"
#include "cli/style.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll::cli {

namespace {

// How much real time may pass between two looks at signals and the screen while someone watches.
constexpr Milliseconds slice{50};
// The same in virtual time where nobody does: long enough to cost nothing.
constexpr Milliseconds fast_slice{5'000};
// The same where requests leave the process: how late a signal may be noticed while nothing
// arrives.
constexpr Milliseconds real_slice{200};
constexpr int status_interrupted = 130;

struct SessionOptions {
    Output output = Output::text;
    std::optional<int> speed{};
    bool yes = false;
    bool is_kept = false;
    Approval approval = Approval::wait;
    bool is_rollback = false; ///< what is asked for is to roll back
};

/// Hears the deployment, shows it, asks the user.
class Session final : public Observer {
public:
    Session(SessionOptions options, World& world, Io& io)
        : options_(options), world_(&world), io_(&io),
          presenter_(make_presenter(io, options.output, options.approval)),
          fleet_(world.ports(this)) {}

    /// Runs the deployment that `start` gives to the fleet. The exit status; the error of a run
    /// that was refused, where nothing has told it yet.
    Result<int> run(const DeploymentId& id, const DeploymentSpec& spec,
                    const std::function<void(Fleet&)>& start);

    bool confirm(const DeploymentPlan& plan);
    void on_event(const DeploymentId& deployment, const Event& event) override;

private:
    std::string question(const DeploymentPlan& plan) const;
    void at_gate(const DeploymentId& deployment, const GateEvent& gate);
    bool pump();
    bool pump_simulated();
    void note_names(const Event& event);
    int report(const DeploymentId& id, const Outcome& outcome, const DeploymentSpec& spec);
    std::string name_of(const GroupId& id) const;

    SessionOptions options_;
    World* world_;
    Io* io_;
    std::unique_ptr<Presenter> presenter_;
    Fleet fleet_;
    std::set<std::string> asked_{};
    std::map<GroupId, std::string> names_{}; ///< of groups, as events told them
    TimePoint began_{};
    bool is_declined_ = false;
    bool has_ended_ = false;
    bool has_shown_plan_ = false;
};

Result<int> Session::run(const DeploymentId& id, const DeploymentSpec& spec,
                         const std::function<void(Fleet&)>& start) {
    began_ = world_->now();
    start(fleet_);
    bool is_told = false;
    while (pump()) {
        const int interrupts = io_->interrupts();
        if (interrupts > 1) {
            presenter_->settle();
            return status_interrupted;
        }
        if (interrupts == 1 && !std::exchange(is_told, true)) {
            presenter_->say(
                "Interrupted: stopping after the current call. Once more stops at once.");
            fleet_.interrupt();
        }
    }
    const auto outcome = fleet_.outcome(id);
    const Outcome ended = outcome.value_or(
        Outcome{.kind = OutcomeKind::stopped,
                .error = Error{.message = "the deployment ended without saying how"}});
    if (!has_ended_)
        on_event(id, {.at = world_->now(), .body = EndedEvent{ended}});
    presenter_->settle();
    if (options_.output == Output::json)
        return exit_status(ended);
    if (ended.kind == OutcomeKind::refused && ended.error && !is_declined_)
        return Unexpected(*ended.error);
    return report(id, ended, spec);
}

bool Session::pump() {
    const bool is_running = world_->is_simulated() ? pump_simulated() : fleet_.pump(real_slice);
    presenter_->tick(world_->now());
    return is_running;
}

// One turn of the loop, at the pace that was asked for.
bool Session::pump_simulated() {
    const bool is_paced = options_.speed.has_value();
    const int speed = options_.speed.value_or(1);
    const Milliseconds began = io_->real_time();
    const TimePoint before = world_->now();
    const bool is_running = fleet_.pump(is_paced ? slice * speed : fast_slice);
    if (is_paced) {
        const Milliseconds due = (world_->now() - before) / speed;
        const Milliseconds spent = io_->real_time() - began;
        if (due > spent)
            io_->sleep(due - spent);
    }
    return is_running;
}

void Session::on_event(const DeploymentId& deployment, const Event& event) {
    // Who has just said no need not be told in three ways.
    if (!is_declined_ || options_.output == Output::json)
        presenter_->on_event(event);
    note_names(event);
    has_ended_ = has_ended_ || std::holds_alternative<EndedEvent>(event.body);
    if (const auto* gate = std::get_if<GateEvent>(&event.body))
        if (gate->needs_approval && asked_.insert(gate->step).second)
            at_gate(deployment, *gate);
}

std::string Session::question(const DeploymentPlan& plan) const {
    if (!options_.is_rollback)
        return "Deploy?";
    return fmt::format("Roll {} back to {}?", plan.new_name,
                       plan.previous ? plan.previous->name : "what was before");
}

bool Session::confirm(const DeploymentPlan& plan) {
    if (!std::exchange(has_shown_plan_, true))
        presenter_->show_plan(plan);
    if (options_.yes || plan.is_no_op)
        return true;
    presenter_->settle();
    const bool is_yes = ask(*io_, question(plan)).value_or(false);
    is_declined_ = !is_yes;
    return is_yes;
}

void Session::at_gate(const DeploymentId& deployment, const GateEvent& gate) {
    if (options_.approval == Approval::wait)
        return;
    DecisionKind kind = DecisionKind::approve;
    if (options_.approval == Approval::ask) {
        presenter_->settle();
        const auto answer =
            ask(*io_, fmt::format("Approve {}? `no` aborts and puts everything back.", gate.step));
        if (!answer)
            return; // nobody there: the gate's own time decides
        kind = *answer ? DecisionKind::approve : DecisionKind::abort;
    }
    fleet_.decide(deployment, {.kind = kind, .gate = gate.step, .actor = io_->actor});
}

void Session::note_names(const Event& event) {
    if (const auto* planned = std::get_if<PlannedEvent>(&event.body)) {
        if (planned->plan.previous)
            names_[planned->plan.previous->id] = planned->plan.previous->name;
    } else if (const auto* progress = std::get_if<ProgressEvent>(&event.body)) {
        for (const auto& group : {progress->new_group, progress->previous})
            if (group)
                names_[group->id] = group->name;
    }
}

std::string Session::name_of(const GroupId& id) const {
    for (const sim::GroupView& group : world_->groups())
        if (!id.empty() && group.id == id)
            return group.name;
    const auto told = names_.find(id);
    return told != names_.end() ? told->second : std::string();
}

int Session::report(const DeploymentId& id, const Outcome& outcome, const DeploymentSpec& spec) {
    const Style style = style_for(*io_, io_->out_is_terminal);
    std::ostream& out = *io_->out;
    if (is_declined_) {
        out << (options_.is_rollback ? "Not rolled back" : "Not deployed")
            << ": nothing was changed.\n"
            << std::flush;
        return io_->interrupts() > 0 ? status_interrupted : exit_status(outcome);
    }
    std::vector<sim::GroupView> groups = world_->groups();
    const std::string stage = stage_name(spec.line.prefix, spec.naming);
    std::erase_if(groups, [&](const sim::GroupView& group) {
        return parse_group_name(spec.line.prefix, stage, group.name).kind == NameKind::unrelated;
    });
    if (!groups.empty()) {
        out << '\n';
        for (const std::string& line : group_table(groups, style))
            out << line << '\n';
    }
    out << '\n';
    const OutcomeNames names{.serving = name_of(outcome.serving),
                             .took = format_duration(world_->now() - began_),
                             .is_simulated = world_->is_simulated() && !options_.is_kept,
                             .columns = plan_width(*io_)};
    for (const std::string& line : outcome_lines(outcome, names, style))
        out << line << '\n';
    if (options_.is_kept && !is_finished(outcome.kind))
        out << fmt::format("Its journal is kept: elastiroll status {}\n", id.text());
    else if (!world_->is_simulated() && !options_.is_kept && !is_finished(outcome.kind))
        out << "No journal was kept: the new group's tags tell what the previous group had.\n";
    out.flush();
    return exit_status(outcome);
}

} // namespace

namespace {

constexpr const char* no_terminal_to_roll_back =
    "not rolled back: there is no terminal to ask on; --yes does it without asking";

Approval approval_of(bool is_given, const Io& io) {
    return is_given ? Approval::give : can_ask(io) ? Approval::ask : Approval::wait;
}

} // namespace

Result<int> run_deployment(NewDeployment deployment, const RunOptions& options, World& world,
                           Io& io) {
    const bool is_rollback = options.kind == RunKind::roll_back;
    if (!options.yes && !can_ask(io))
        return fail(ErrorCategory::invalid_argument,
                    is_rollback ? no_terminal_to_roll_back
                                : "not deployed: there is no terminal to ask on; --yes deploys "
                                  "without asking");
    Session session({.output = options.output,
                     .speed = options.speed,
                     .yes = options.yes,
                     .is_kept = deployment.is_kept,
                     .approval = approval_of(options.auto_approve, io),
                     .is_rollback = is_rollback},
                    world, io);
    const DeploymentSpec spec = deployment.spec;
    if (!deployment.notice.empty())
        session.on_event(deployment.id, {world.now(), NoticeEvent{{}, deployment.notice}});
    const auto confirm = [&session](const DeploymentPlan& plan) { return session.confirm(plan); };
    return session.run(deployment.id, spec, [&](Fleet& fleet) {
        if (is_rollback)
            fleet.roll_back_from_tags({.deployment = deployment.id,
                                       .spec = std::move(deployment.spec),
                                       .actor = io.actor,
                                       .reason = options.reason,
                                       .confirm = confirm});
        else
            fleet.add({.deployment = deployment.id,
                       .spec = std::move(deployment.spec),
                       .actor = io.actor,
                       .reason = options.reason,
                       .detaches = options.detach,
                       .saved = std::move(deployment.saved),
                       .confirm = confirm});
    });
}

Result<int> run_resumed(ResumeRequest request, const DeploymentSpec& spec,
                        const ManageOptions& options, World& world, Io& io) {
    if (request.mode == ResumeMode::roll_back && !options.yes) {
        if (!can_ask(io))
            return fail(ErrorCategory::invalid_argument, no_terminal_to_roll_back);
        const auto answer = ask(io, fmt::format("Roll deployment {} of {} back?",
                                                request.deployment.text(), to_string(spec.line)));
        if (!answer.value_or(false)) {
            *io.out << "Not rolled back: nothing was changed.\n" << std::flush;
            return io.interrupts() > 0 ? status_interrupted : exit_status({OutcomeKind::unchanged});
        }
    }
    Session session({.output = options.output,
                     .speed = options.speed,
                     .yes = true,
                     .is_kept = true,
                     .approval = approval_of(false, io)},
                    world, io);
    const DeploymentId id = request.deployment;
    return session.run(id, spec, [&](Fleet& fleet) { fleet.resume(std::move(request)); });
}

} // namespace elastiroll::cli
