#include "cli/deployment.hpp"

#include "cli/presenter.hpp"
#include "cli/prompt.hpp"
#include "cli/report.hpp"
#include "cli/style.hpp"

#include <fmt/format.h>

#include <algorithm>
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
constexpr int status_interrupted = 130;

/// Hears the deployment, shows it, asks the user.
class Session final : public Observer {
public:
    Session(const RunOptions& options, World& world, Io& io, Approval approval)
        : options_(&options), world_(&world), io_(&io), approval_(approval),
          presenter_(make_presenter(io, options.output, approval)), fleet_(world.ports(this)) {}

    /// The exit status; the error of a run that was refused, where nothing has told it yet.
    Result<int> run(DeploymentSpec spec);

    void on_event(const DeploymentId& deployment, const Event& event) override;

private:
    bool confirm(const DeploymentPlan& plan);
    void at_gate(const DeploymentId& deployment, const GateEvent& gate);
    bool pump();
    int report(const Outcome& outcome, const DeploymentSpec& spec);
    std::string name_of(const GroupId& id) const;

    const RunOptions* options_;
    World* world_;
    Io* io_;
    Approval approval_;
    std::unique_ptr<Presenter> presenter_;
    Fleet fleet_;
    std::set<std::string> asked_{};
    TimePoint began_{};
    bool is_declined_ = false;
    bool has_ended_ = false;
    bool has_shown_plan_ = false;
};

Result<int> Session::run(DeploymentSpec spec) {
    began_ = world_->cloud().now();
    // The seed as entropy: equal seeds give equal runs, identifiers included.
    const DeploymentId id =
        make_deployment_id(began_, fmt::format("simulated {}", options_->seed.value_or(1)));
    fleet_.add({.deployment = id,
                .spec = spec,
                .actor = io_->actor,
                .reason = options_->reason,
                .confirm = [this](const DeploymentPlan& plan) { return confirm(plan); }});
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
        on_event(id, {.at = world_->cloud().now(), .body = EndedEvent{ended}});
    presenter_->settle();
    if (options_->output == Output::json)
        return exit_status(ended);
    if (ended.kind == OutcomeKind::refused && ended.error && !is_declined_)
        return Unexpected(*ended.error);
    return report(ended, spec);
}

// One turn of the loop, at the pace that was asked for.
bool Session::pump() {
    const bool is_paced = options_->speed.has_value();
    const int speed = options_->speed.value_or(1);
    const Milliseconds began = io_->real_time();
    const TimePoint before = world_->cloud().now();
    const bool is_running = fleet_.pump(is_paced ? slice * speed : fast_slice);
    if (is_paced) {
        const Milliseconds due = (world_->cloud().now() - before) / speed;
        const Milliseconds spent = io_->real_time() - began;
        if (due > spent)
            io_->sleep(due - spent);
    }
    presenter_->tick(world_->cloud().now());
    return is_running;
}

void Session::on_event(const DeploymentId& deployment, const Event& event) {
    // Who has just said no need not be told in three ways.
    if (!is_declined_ || options_->output == Output::json)
        presenter_->on_event(event);
    has_ended_ = has_ended_ || std::holds_alternative<EndedEvent>(event.body);
    if (const auto* gate = std::get_if<GateEvent>(&event.body))
        if (gate->needs_approval && asked_.insert(gate->step).second)
            at_gate(deployment, *gate);
}

bool Session::confirm(const DeploymentPlan& plan) {
    if (!std::exchange(has_shown_plan_, true))
        presenter_->show_plan(plan);
    if (options_->yes || plan.is_no_op)
        return true;
    presenter_->settle();
    const bool is_yes = ask(*io_, "Deploy?").value_or(false);
    is_declined_ = !is_yes;
    return is_yes;
}

void Session::at_gate(const DeploymentId& deployment, const GateEvent& gate) {
    if (approval_ == Approval::wait)
        return;
    DecisionKind kind = DecisionKind::approve;
    if (approval_ == Approval::ask) {
        presenter_->settle();
        const auto answer =
            ask(*io_, fmt::format("Approve {}? `no` aborts and puts everything back.", gate.step));
        if (!answer)
            return; // nobody there: the gate's own time decides
        kind = *answer ? DecisionKind::approve : DecisionKind::abort;
    }
    fleet_.decide(deployment, {.kind = kind, .gate = gate.step, .actor = io_->actor});
}

std::string Session::name_of(const GroupId& id) const {
    for (const sim::GroupView& group : world_->cloud().groups())
        if (!id.empty() && group.id == id)
            return group.name;
    return {};
}

int Session::report(const Outcome& outcome, const DeploymentSpec& spec) {
    const Style style = style_for(*io_, io_->out_is_terminal);
    std::ostream& out = *io_->out;
    if (is_declined_) {
        out << "Not deployed: nothing was changed.\n" << std::flush;
        return io_->interrupts() > 0 ? status_interrupted : exit_status(outcome);
    }
    std::vector<sim::GroupView> groups = world_->cloud().groups();
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
                             .took = format_duration(world_->cloud().now() - began_),
                             .columns = plan_width(*io_)};
    for (const std::string& line : outcome_lines(outcome, names, style))
        out << line << '\n';
    out.flush();
    return exit_status(outcome);
}

} // namespace

Result<int> run_deployment(DeploymentSpec spec, const RunOptions& options, World& world, Io& io) {
    if (!options.yes && !can_ask(io))
        return fail(ErrorCategory::invalid_argument,
                    "not deployed: there is no terminal to ask on; --yes deploys without asking");
    const Approval approval = options.auto_approve ? Approval::give
                              : can_ask(io)        ? Approval::ask
                                                   : Approval::wait;
    Session session(options, world, io, approval);
    return session.run(std::move(spec));
}

} // namespace elastiroll::cli
