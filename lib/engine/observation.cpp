#include <elastiroll/engine/observation.hpp>

#include "engine/observe.hpp"

#include <elastiroll/base/time.hpp>

#include <fmt/format.h>

namespace elastiroll {

struct Observation::State {
    State(DeploymentSpec given, bool has_aws, TimePoint now, TimePoint latest)
        : spec(std::move(given)), deadline(latest), driver(now),
          task(observe_with_image(driver, spec, has_aws, deadline)) {
        task.start();
    }

    void pump(TimePoint now) {
        driver.set_now(now);
        driver.pump();
        if (task.is_done() && !result)
            result = std::move(task.result());
    }

    /// Each trouble is told once.
    std::string notice() {
        const std::optional<Error> trouble = driver.take_trouble();
        if (!trouble || trouble->message == told)
            return {};
        told = trouble->message;
        return fmt::format("{} (it is tried until {})", told, format_time(deadline));
    }

    DeploymentSpec spec;
    TimePoint deadline;
    std::string told{};
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
    return {state_->driver.take_calls(), state_->driver.wake_at(), state_->notice()};
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
