// Basic and canary deployments behind load balancers.

#include "world.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <chrono>

namespace elastiroll::test::load_balancers_test {
namespace {

using namespace std::chrono_literals;

const std::string target_group =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0000000000000001";

/// What a group document has to be behind the target group, and behind a Classic load balancer.
const std::string behind = fmt::format(
    R"({{"compute": {{"launchSpecification": {{"loadBalancersConfig": {{"loadBalancers": [
        {{"type": "TARGET_GROUP", "name": "web", "arn": "{}"}}]}}}}}}}})",
    target_group);
constexpr std::string_view behind_classic =
    R"({"compute": {"launchSpecification": {"loadBalancerNames": ["old"]}}})";

/// `app__7` with 4 instances behind the target group `web`, which has `members` besides its name.
std::string scenario_with(std::string_view members, std::string_view more = "") {
    return fmt::format(R"({{"load_balancers": [{{"name": "shop",
            "target_groups": [{{"name": "web"{}}}],
            "listeners": [{{"port": 443, "forward": "web"}}]}}],
        "classic_load_balancers": ["old"],
        "launch": {{"fulfilled": "10s", "healthy": "40s"}},
        "groups": [{{"name": "app__7", "capacity": "2/4/8", "document": {}}}]{}}})",
                       members, behind, more);
}

constexpr std::string_view canary =
    R"({"strategy": "canary", "phases": [{"percent": 50}, {"percent": 100}]})";

} // namespace

TEST_CASE("what replaces an instance is healthy in the target group before one goes") {
    World world(scenario_with(R"(, "healthy_after": "90s")"));
    world.connect_aws();
    CHECK(world.deploy(make_spec(canary, behind)).kind == OutcomeKind::done);
    CHECK(world.changes() == Texts{"create_group app__8", "scale_group app__8 2/2/2",
                                   "scale_group app__7 2/2/2", "scale_group app__8 2/4/8",
                                   "scale_group app__7 0/0/0"});
    CHECK(world.cloud.traffic_losses().empty());
    const TimePoint raised = world.times("scale_group", "app__8")[0];
    // 50 s to Spot's HEALTHY, 90 s more to the load balancer's, 30 s stable.
    CHECK(world.times("scale_group", "app__7")[0] >= raised + 50s + 90s + 30s);
    CHECK(world.cloud.healthy_targets(target_group) == 4);
}

TEST_CASE("HEALTHY at Spot is not enough where the target group says no (scenario 37)") {
    World world(scenario_with(R"(, "healthy_after": "never")"));
    world.connect_aws();
    const Outcome outcome = world.deploy(make_spec(canary, behind));
    // Nobody behind the target group was healthy before, so there was no floor to hold, but the new
    // ones have to be.
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    REQUIRE(outcome.error);
    CHECK(contains(outcome.error->message, "is initial in target group web "
                                           "(Elb.InitialHealthChecking)"));
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
}

TEST_CASE("a target group that no rule leads to is named with what is missing (scenario 37)") {
    World world(fmt::format(R"({{"load_balancers": [{{"name": "shop",
            "target_groups": [{{"name": "web"}}, {{"name": "idle"}}],
            "listeners": [{{"port": 443, "forward": "idle"}}]}}]}})"));
    world.connect_aws();
    const Outcome outcome = world.deploy(make_spec("{}", behind));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    REQUIRE(outcome.error);
    CHECK(contains(outcome.error->message,
                   "is unused in target group web: no listener or rule of a load balancer leads "
                   "there"));
}

TEST_CASE("a bad answer about target health ends no wait") {
    World world(scenario_with(R"(, "healthy_after": "20s")"));
    world.connect_aws();
    world.add(R"({"faults": [{"call": "describe_target_health", "nth": 3, "count": 6,
                              "answer": {"status": 503, "code": "ServiceUnavailable"}}]})");
    CHECK(world.deploy(make_spec(canary, behind)).kind == OutcomeKind::done);
    CHECK(world.cloud.traffic_losses().empty());
}

TEST_CASE("a Classic load balancer's word counts as well") {
    World world(R"({"classic_load_balancers": ["old"],
                    "launch": {"fulfilled": "10s", "healthy": "40s"}})");
    world.connect_aws();
    CHECK(world.deploy(make_spec("{}", behind_classic)).kind == OutcomeKind::done);
    CHECK(world.count("describe_instance_health") > 0);
    CHECK(world.healthy("app__1") == 4);
}

TEST_CASE("a load balancer that is not there is refused before anything is made") {
    World world(R"({"load_balancers": [{"name": "shop", "target_groups": [], "listeners": []}]})");
    world.connect_aws();
    const Outcome outcome = world.deploy(make_spec("{}", behind));
    CHECK(outcome.kind == OutcomeKind::refused);
    REQUIRE(outcome.error);
    CHECK(contains(outcome.error->message, "TargetGroupNotFound"));
    CHECK(world.changes().empty());
}

TEST_CASE("without AWS, groups behind load balancers are refused rather than guessed at") {
    World world(scenario_with(""));
    const Outcome outcome = world.deploy(make_spec(canary, behind));
    CHECK(outcome.kind == OutcomeKind::refused);
    REQUIRE(outcome.error);
    CHECK(contains(outcome.error->message, "give it credentials"));
    CHECK(world.changes().empty());
}

TEST_CASE("a load balancer of the previous group that the configuration lacks is asked about") {
    World world(scenario_with(""));
    world.connect_aws();
    const Outcome refused = world.deploy(make_spec(canary));
    CHECK(refused.kind == OutcomeKind::refused);
    REQUIRE(refused.error);
    CHECK(contains(refused.error->message, "allow_missing_load_balancers"));
    CHECK(world.changes().empty());
    World allowed(scenario_with(""));
    allowed.connect_aws();
    CHECK(allowed
              .deploy(make_spec(R"({"strategy": "canary", "phases": [{"percent": 100}],
                                    "allow_missing_load_balancers": true})"))
              .kind == OutcomeKind::done);
}

TEST_CASE("target health is read with what is read anyway, once per look that could be enough") {
    World world(scenario_with(""));
    world.connect_aws();
    CHECK(world.deploy(make_spec("{}", behind)).kind == OutcomeKind::done);
    const auto counts = world.counts();
    CHECK(counts.at("describe_target_health") <= counts.at("read_status"));
    CHECK(counts.at("describe_target_health") >= 3);
}

} // namespace elastiroll::test::load_balancers_test
