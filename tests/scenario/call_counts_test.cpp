#include "example_texts.hpp"
#include "world.hpp"

#include <elastiroll/spec/resolve.hpp>

#include <fmt/format.h>

namespace elastiroll::test {
namespace {

DeploymentSpec example_spec() {
    auto spec = resolve_spec(json(canary_spec_text()),
                             {.workflow = "canary",
                              .files = {{"user-data.sh", std::string(user_data_text())}}});
    if (!spec)
        FAIL(to_string(spec.error()));
    return *std::move(spec);
}

TEST_CASE("dump") {
    World world(canary_scenario_text());
    CHECK(world.deploy(example_spec()).kind == OutcomeKind::done);
    TimePoint start = world.events.front().at;
    for (const auto& call : world.cloud.log())
        fmt::print("{:>8} {} {} {}\n", (call.at - start).count(), call.name, world.name_of(call.group), call.status);
    for (const auto& e : world.events) if (auto* s = std::get_if<StepStartedEvent>(&e.body)) fmt::print("{:>8} {}\n", (e.at-start).count(), s->step);
    for (const auto& [n, c] : world.counts()) fmt::print("{} {}\n", n, c);
}

} // namespace
} // namespace elastiroll::test
