#include <elastiroll/engine/observation.hpp>

#include "engine/observe.hpp"

namespace elastiroll {

struct Observation::State {
    State(DeploymentSpec given, bool has_aws, TimePoint now, TimePoint deadline)
        : spec(std::move(given)), driver(now),
          task(observe_with_image(driver, spec, has_aws, deadline)) {
        task.start();
    }

    void pump(TimePoint now) {
        driver.set_now(now);
        driver.pump();
        if (task.is_done() && !result)
            result = std::move(task.result());
    }

    DeploymentSpec spec;
    Driver driver;
    Task<Result<Snapshot>> task;
    std::optional<Result<Snapshot>> result;
};

Observation::Observation(DeploymentSpec spec, bool has_aws, TimePoint now, TimePoint deadline)
    : state_(std::make_unique<State>(std::move(spec), has_aws, now, deadline)) {}
Observation::Observation(Observation&&) noexcept = default;
Observation& Observation::operator=(Observation&&) noexcept = default;
Observation::~Observation() = default;

Observation::Work Observation::work(TimePoint now) {
    state_->pump(now);
    return {state_->driver.take_calls(), state_->driver.wake_at()};
}

void Observation::on_reply(CallReply reply, TimePoint now) {
    state_->driver.set_now(now);
    state_->driver.on_reply(std::move(reply));
    state_->pump(now);
}

const std::optional<Result<Snapshot>>& Observation::result() const noexcept {
    return state_->result;
}

} // namespace elastiroll
