#include <elastiroll/engine/execution.hpp>

#include "engine/runner.hpp"

namespace elastiroll {

struct Execution::State {
    State(ExecutionStart start, TimePoint now)
        : driver(now), runner(driver, initial(start), std::move(start.times_to_healthy)),
          task(runner.deploy({ResumeMode::go_on, false, start.detaches, std::move(start.actor),
                              std::move(start.reason)})) {
        task.start();
    }
    State(ExecutionResume resume, TimePoint now)
        : driver(now), runner(driver, std::move(resume.journal), {}),
          task(runner.resume({resume.mode, resume.accepts_drift, resume.detaches,
                              std::move(resume.actor), std::move(resume.reason)})) {
        task.start();
    }

    static JournalState initial(ExecutionStart& start) {
        JournalState journal;
        journal.deployment = start.deployment;
        journal.spec = std::move(start.spec);
        journal.snapshot = std::move(start.snapshot);
        journal.plan = std::move(start.plan);
        return journal;
    }

    void pump(TimePoint now) {
        driver.set_now(now);
        driver.pump();
        if (task.is_done() && !outcome)
            outcome = task.result();
    }

    Driver driver;
    Runner runner;
    Task<Outcome> task;
    std::optional<Outcome> outcome;
};

Execution::Execution(ExecutionStart start, TimePoint now)
    : state_(std::make_unique<State>(std::move(start), now)) {}
Execution::Execution(ExecutionResume resume, TimePoint now)
    : state_(std::make_unique<State>(std::move(resume), now)) {}
Execution::Execution(Execution&&) noexcept = default;
Execution& Execution::operator=(Execution&&) noexcept = default;
Execution::~Execution() = default;

Execution::Work Execution::work(TimePoint now) {
    state_->pump(now);
    return {state_->runner.take_records(), state_->driver.take_calls(),
            state_->runner.take_events(), state_->driver.wake_at()};
}

void Execution::on_persisted(std::uint64_t sequence, TimePoint now) {
    state_->driver.on_persisted(sequence);
    state_->pump(now);
}

void Execution::on_persist_failed(Error error, TimePoint now) {
    state_->driver.on_persist_failed(std::move(error));
    state_->pump(now);
}

void Execution::on_reply(CallReply reply, TimePoint now) {
    state_->driver.set_now(now);
    state_->driver.on_reply(std::move(reply));
    state_->pump(now);
}

void Execution::decide(DecisionEntry decision, TimePoint now) {
    state_->driver.set_now(now);
    if (!state_->outcome)
        state_->runner.decide(std::move(decision));
    state_->pump(now);
}

void Execution::interrupt(TimePoint now) {
    state_->driver.set_now(now);
    state_->runner.interrupt();
    state_->pump(now);
}

const std::optional<Outcome>& Execution::outcome() const noexcept { return state_->outcome; }

const DeploymentId& Execution::deployment() const noexcept {
    return state_->runner.journal().deployment;
}

DeploymentSummary Execution::summary() const { return summarize(state_->runner.journal()); }

std::uint64_t Execution::inbox() const noexcept { return state_->runner.journal().inbox; }

std::size_t Execution::memory_bytes() const noexcept {
    return sizeof(State) + state_->runner.memory_bytes();
}

} // namespace elastiroll
