// Whole blue/green deployments: traffic between target groups.

#include "world.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <chrono>

namespace elastiroll::test::blue_green_test {
namespace {

using namespace std::chrono_literals;

const std::string arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:";
const std::string blue = arn + "targetgroup/blue/0000000000000001";
const std::string green = arn + "targetgroup/green/0000000000000002";
const std::string prod = arn + "listener/app/shop/0000000000000001/0000000000000001";
const std::string stage = arn + "listener/app/shop/0000000000000001/0000000000000002";

std::string group_behind(std::string_view name, const std::string& target_group,
                         std::string_view capacity) {
    return fmt::format(R"({{"name": "{}", "capacity": "{}", "document": {{"compute":
        {{"launchSpecification": {{"loadBalancersConfig": {{"loadBalancers": [
            {{"type": "TARGET_GROUP", "name": "t", "arn": "{}"}}]}}}}}}}}}})",
                       name, capacity, target_group);
}

/// Two listeners, `app` with 4 instances behind blue, and `more` groups.
std::string swap_scenario(std::string_view more = "", std::string_view members = "") {
    return fmt::format(R"({{"load_balancers": [{{"name": "shop",
            "target_groups": [{{"name": "blue"}},
                              {{"name": "green", "healthy_after": "20s"}}],
            "listeners": [{{"port": 443, "forward": "blue"}}, {{"port": 8443, "forward": "green"}}]}}],
        "launch": {{"fulfilled": "10s", "healthy": "40s"}}, "draining": "60s",
        "groups": [{}{}]{}}})",
                       group_behind("app", blue, "2/4/8"), more, members);
}

constexpr std::string_view swap = R"({"strategy": "blue_green", "load_balancers": [
    {"name": "shop", "prod": {"listener": 443}, "stage": {"listener": 8443}}]})";

/// One rule with two target groups, blue with all the traffic.
std::string weighted_scenario(std::string_view forward = R"({"blue": 100, "green": 0})") {
    return fmt::format(R"({{"load_balancers": [{{"name": "shop",
            "target_groups": [{{"name": "blue"}}, {{"name": "green"}}],
            "listeners": [{{"port": 443, "forward": {}, "stickiness": "10m"}}]}}],
        "launch": {{"fulfilled": "10s", "healthy": "40s"}}, "draining": "60s",
        "groups": [{}]}})",
                       forward, group_behind("app", blue, "2/4/8"));
}

constexpr std::string_view shift = R"({"strategy": "blue_green",
    "load_balancers": [{"name": "shop", "traffic": "weighted", "prod": {"listener": 443}}],
    "weights": [{"weight": 10, "bake": "1m"}, {"weight": 50}, {"weight": 100}]})";

std::string text_of(const sim::Cloud& cloud, const std::string& route) {
    for (const sim::RouteView& view : cloud.routes()) {
        if (view.arn == route)
            return forward_text(view.actions);
    }
    return "gone";
}

/// Every loss of traffic but that of the stage, which nobody uses.
Texts lost_traffic(const World& world) {
    Texts losses;
    for (const sim::TrafficLoss& loss : world.cloud.traffic_losses()) {
        if (loss.route != stage)
            losses.push_back(fmt::format("{}: {} leads to nobody", loss.call, loss.route));
    }
    return losses;
}

/// Every route with its actions, whatever the order of their members.
Texts texts_of(const std::vector<sim::RouteView>& routes) {
    Texts texts;
    for (const sim::RouteView& view : routes)
        texts.push_back(view.arn + " " + canonical_text(view.actions));
    return texts;
}

void check_undone(const World& world, const std::vector<sim::RouteView>& routes) {
    CHECK(texts_of(world.cloud.routes()) == texts_of(routes));
    CHECK(world.capacity("app") == "2/4/8");
    CHECK(world.healthy("app") == 4);
    CHECK(lost_traffic(world) == Texts());
}

} // namespace

TEST_CASE("an instant swap moves listeners, then names, then the previous group (scenario 9)") {
    World world(swap_scenario());
    world.connect_aws();
    const Outcome outcome = world.deploy(make_spec(swap));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(world.changes() == Texts{"create_group app__STAGE", "scale_group app__STAGE 2/4/8",
                                   "modify_listener green 1", "modify_listener blue 1",
                                   "rename_group app app__STAGE", "rename_group app__STAGE app",
                                   "scale_group app 0/0/0"});
    CHECK(text_of(world.cloud, prod) == "green 1");
    CHECK(text_of(world.cloud, stage) == "blue 1");
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
    CHECK(lost_traffic(world) == Texts());
    CHECK(world.cloud.healthy_targets(green) == 4);
    // 300 s of deregistration delay, for clients that still talk to the previous group.
    CHECK(world.times("scale_group", "app")[0] >=
          world.times("rename_group", "app__STAGE").back() + 300s);
}

TEST_CASE("the next swap makes room on the stage and goes back the same way") {
    World world(swap_scenario());
    world.connect_aws();
    CHECK(world.deploy(make_spec(swap)).kind == OutcomeKind::done);
    world.id = DeploymentId("01ksecond");
    CHECK(
        world.deploy(make_spec(swap, "{}", R"({"image": {"id": "ami-0123456789abcdef9"}})")).kind ==
        OutcomeKind::done);
    CHECK(text_of(world.cloud, prod) == "blue 1");
    CHECK(text_of(world.cloud, stage) == "green 1");
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
    CHECK(world.count("delete_group") == 1);
    CHECK(lost_traffic(world) == Texts());
}

TEST_CASE("the same image again changes nothing, whichever colour serves (scenario 12)") {
    World world(swap_scenario());
    world.connect_aws();
    CHECK(world.deploy(make_spec(swap)).kind == OutcomeKind::done);
    const auto changes = world.changes().size();
    world.id = DeploymentId("01ksecond");
    CHECK(world.deploy(make_spec(swap)).kind == OutcomeKind::nothing_to_do);
    CHECK(world.changes().size() == changes);
}

TEST_CASE("a first deployment needs nobody behind production") {
    World world(R"({"load_balancers": [{"name": "shop",
            "target_groups": [{"name": "blue"}, {"name": "green"}],
            "listeners": [{"port": 443, "forward": "blue"}, {"port": 8443, "forward": "green"}]}]})");
    world.connect_aws();
    CHECK(world.deploy(make_spec(swap)).kind == OutcomeKind::done);
    CHECK(world.capacities() == Texts{"app 2/4/8"});
    CHECK(text_of(world.cloud, prod) == "green 1");
    CHECK(lost_traffic(world) == Texts());
}

TEST_CASE("weighted traffic moves step by step, and stickiness stays (scenario 11)") {
    World world(weighted_scenario());
    world.connect_aws();
    CHECK(world.deploy(make_spec(shift)).kind == OutcomeKind::done);
    CHECK(world.changes() ==
          Texts{"create_group app__STAGE", "scale_group app__STAGE 2/4/8",
                "modify_listener blue 90 green 10", "modify_listener blue 50 green 50",
                "modify_listener blue 0 green 100", "rename_group app app__STAGE",
                "rename_group app__STAGE app", "scale_group app 0/0/0"});
    CHECK(forward_stickiness(world.cloud.routes()[0].actions) == Milliseconds(600'000));
    // Sticky clients may come for 10 min, which is longer than the deregistration delay.
    CHECK(world.times("scale_group", "app")[0] >=
          world.times("rename_group", "app__STAGE").back() + 600s);
    CHECK(lost_traffic(world) == Texts());
}

TEST_CASE("what was left by an aborted shift is asked about, and equal weights too (scenario 44)") {
    struct Row {
        const char* forward;
        const char* says; ///< empty: it is clear
    };
    const Row rows[] = {
        {R"({"blue": 1, "green": 0})", ""},
        {R"({"blue": 999, "green": 0})", ""},
        {R"({"blue": 25, "green": 75})", "--prod-target-group"},
        {R"({"blue": 100, "green": 100})", "--prod-target-group"},
        {R"({"blue": 0, "green": 0})", "cannot be told"},
        {R"({"blue": 1})", "exactly two target groups"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.forward);
        World world(weighted_scenario(row.forward));
        world.connect_aws();
        const Outcome outcome = world.deploy(make_spec(shift));
        if (std::string_view(row.says).empty()) {
            CHECK(outcome.kind == OutcomeKind::done);
            continue;
        }
        CHECK(outcome.kind == OutcomeKind::refused);
        REQUIRE(outcome.error);
        CHECK(contains(outcome.error->message, row.says));
        CHECK(world.changes().empty());
    }
}

TEST_CASE("with the production target group named, left-over traffic goes back to it first") {
    World world(weighted_scenario(R"({"blue": 25, "green": 75})"));
    world.connect_aws();
    DeploymentSpec spec = make_spec(shift);
    spec.traffic->production_target_group = "blue";
    CHECK(world.deploy(spec).kind == OutcomeKind::done);
    CHECK(world.changes()[0] == "modify_listener blue 100 green 0");
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
}

TEST_CASE("a new group that the target group does not find healthy gets no traffic (scenario 37)") {
    World world(
        swap_scenario("", R"(, "instances": [{"group": "app__STAGE", "healthy": "never"}])"));
    world.connect_aws();
    const auto routes = world.cloud.routes();
    const Outcome outcome = world.deploy(make_spec(swap));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    check_undone(world, routes);
    CHECK(world.count("modify_listener") == 0);
    CHECK(world.capacity("app__STAGE") == "0/0/0"); // kept, to be looked at
}

TEST_CASE("a failure between two routes puts both back (scenarios 10 and 29)") {
    World world(swap_scenario());
    world.connect_aws();
    const auto routes = world.cloud.routes();
    world.add(R"({"faults": [{"call": "modify_listener", "nth": 2, "count": 1,
        "answer": {"status": 403, "code": "AccessDenied", "message": "no"}}]})");
    const Outcome outcome = world.deploy(make_spec(swap));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    check_undone(world, routes);
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
}

TEST_CASE("who may not move traffic gets everything put back, without a call for it") {
    for (const std::string_view workflow : {swap, shift}) {
        World world(workflow == swap ? swap_scenario() : weighted_scenario());
        world.connect_aws();
        const auto routes = world.cloud.routes();
        world.add(R"({"faults": [{"call": "modify_listener", "nth": 1, "count": "all",
            "answer": {"status": 403, "code": "AccessDenied", "message": "no"}}]})");
        CHECK(world.deploy(make_spec(workflow)).kind == OutcomeKind::rolled_back);
        check_undone(world, routes);
        CHECK(world.count("modify_listener") == 1);
        CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
    }
}

TEST_CASE("no share grows for a new group that has become unhealthy since the last step") {
    World world(weighted_scenario());
    world.connect_aws();
    const auto routes = world.cloud.routes();
    world.add(R"({"events": [{"when": {"after": "call", "call": "modify_listener", "nth": 1},
        "health": {"group": "app__STAGE", "count": 4, "status": "UNHEALTHY"}}]})");
    const Outcome outcome = world.deploy(make_spec(R"({"strategy": "blue_green",
        "load_balancers": [{"name": "shop", "traffic": "weighted", "prod": {"listener": 443}}],
        "weights": [{"weight": 10}, {"weight": 100}]})"));
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    CHECK(world.count("modify_listener") == 2); // forth to 10, and back
    check_undone(world, routes);
}

TEST_CASE("a group that is kept as the stage stays held, so that no schedule brings it back") {
    World world(
        swap_scenario("", R"(, "instances": [{"group": "app__STAGE", "healthy": "never"}])"));
    world.connect_aws();
    CHECK(world.deploy(make_spec(swap, scaling_group)).kind == OutcomeKind::rolled_back);
    world.pass(48h);
    CHECK(world.suspended("app__STAGE") == Texts{"AUTO_SCALE", "SCHEDULING"});
}

TEST_CASE("a group whose name is needed is not stepped over") {
    World world(swap_scenario("," + group_behind("legacy", blue, "1/1/1")));
    world.connect_aws();
    DeploymentSpec spec = make_spec(swap);
    spec.previous = "legacy";
    const Outcome outcome = world.deploy(spec);
    CHECK(outcome.kind == OutcomeKind::refused);
    CHECK(contains(outcome.error.value_or(Error{}).message, "a name that the new group needs"));
    CHECK(world.changes().empty());
}

TEST_CASE("a swap whose answer is lost is looked at, never toggled (scenario 28)") {
    World world(swap_scenario());
    world.connect_aws();
    world.add(
        R"({"faults": [{"call": "modify_listener", "nth": 1, "count": 2, "lose": "answer"}]})");
    CHECK(world.deploy(make_spec(swap)).kind == OutcomeKind::done);
    CHECK(world.count("modify_listener") == 2);
    CHECK(text_of(world.cloud, prod) == "green 1");
    CHECK(text_of(world.cloud, stage) == "blue 1");
}

TEST_CASE("killed after any change, a resume ends as if nothing had been (scenario 26)") {
    for (const std::string_view workflow : {swap, shift}) {
        const bool is_swap = workflow == swap;
        for (int nth = 1; nth <= 8; ++nth) {
            CAPTURE(is_swap);
            CAPTURE(nth);
            World world(is_swap ? swap_scenario() : weighted_scenario());
            world.connect_aws();
            const auto at = [&](Fleet&) { return static_cast<int>(world.changes().size()) < nth; };
            world.deploy(make_spec(workflow), at);
            world.crash();
            CHECK(world.resume().kind == OutcomeKind::done);
            CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
            CHECK(text_of(world.cloud, prod) == (is_swap ? "green 1" : "blue 0, green 100"));
            CHECK(lost_traffic(world) == Texts());
        }
    }
}

TEST_CASE("killed after any change, a rollback puts everything back (scenario 27)") {
    for (const std::string_view workflow : {swap, shift}) {
        const bool is_swap = workflow == swap;
        for (int nth = 1; nth <= 8; ++nth) {
            CAPTURE(is_swap);
            CAPTURE(nth);
            World world(is_swap ? swap_scenario() : weighted_scenario());
            world.connect_aws();
            const auto routes = world.cloud.routes();
            const auto at = [&](Fleet&) { return static_cast<int>(world.changes().size()) < nth; };
            world.deploy(make_spec(workflow), at);
            world.crash();
            CHECK(world.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
            check_undone(world, routes);
            CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
        }
    }
}

TEST_CASE("a finished deployment is undone from its journal: capacity first, then traffic "
          "(scenario 41)") {
    World world(swap_scenario());
    world.connect_aws();
    const auto routes = world.cloud.routes();
    CHECK(world.deploy(make_spec(swap)).kind == OutcomeKind::done);
    CHECK(world.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
    check_undone(world, routes);
    CHECK(world.cloud.find("app__STAGE")->capacity.is_zero());
}

TEST_CASE("somebody who changes a route in between is not overwritten (scenario 45)") {
    World world(swap_scenario("", fmt::format(R"(, "events": [{{"when": {{"after": "healthy",
        "group": "app__STAGE", "units": 4}}, "route": {{"arn": "{}", "actions": [
            {{"Type": "fixed-response", "FixedResponseConfig": {{"StatusCode": 503}}}}]}}}}])",
                                              prod)));
    world.connect_aws();
    const Outcome outcome = world.deploy(make_spec(swap));
    CHECK(outcome.kind == OutcomeKind::drifted);
    CHECK(exit_status(outcome) == 5);
    CHECK(world.count("modify_listener") == 0);
}

TEST_CASE("a route that somebody has changed is taken as it is, once a person says so") {
    World world(weighted_scenario());
    world.connect_aws();
    const std::string approved = R"({"strategy": "blue_green",
        "load_balancers": [{"name": "shop", "traffic": "weighted", "prod": {"listener": 443}}],
        "weights": [{"weight": 10, "bake": "5m"}, {"weight": 100}]})";
    world.add(fmt::format(R"({{"events": [{{"when": {{"after": "call", "call": "modify_listener",
        "group": "*", "delay": "60s"}}, "route": {{"arn": "{}", "actions": [
        {{"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {{"Issuer": "https://i"}}}},
        {{"Type": "forward", "Order": 2, "ForwardConfig": {{"TargetGroups": [
            {{"TargetGroupArn": "{}", "Weight": 70}}, {{"TargetGroupArn": "{}", "Weight": 30}}]}}}}]}}}}]}})",
                          prod, blue, green));
    CHECK(world.deploy(make_spec(approved)).kind == OutcomeKind::drifted);
    CHECK(text_of(world.cloud, prod) == "blue 70, green 30");
    CHECK(world.resume(ResumeMode::go_on).kind == OutcomeKind::drifted);
    CHECK(world.resume(ResumeMode::go_on, {}, true).kind == OutcomeKind::done);
    CHECK(text_of(world.cloud, prod) == "blue 0, green 100");
    const sim::RouteView route = world.cloud.routes().front();
    CHECK(contains(to_text(route.actions), "authenticate-oidc"));
    CHECK(lost_traffic(world) == Texts());
}

TEST_CASE("a change of a route that comes late is met before anything relies on the route") {
    struct Row {
        const char* what;
        bool is_swap;
        int nth;       ///< the change of a route that comes late
        int killed_at; ///< after so many changes; 0: not at all
        bool is_undone;
        const char* late;
    };
    const Row rows[] = {
        {"a first weight, after the others", false, 1, 0, false, "50s"},
        {"a weight, after the rollback", false, 2, 4, true, "50s"},
        {"the last weight, after the rollback", false, 3, 5, true, "50s"},
        {"a weight, to one that goes on", false, 2, 4, false, "50s"},
        {"production, to one that rolls back", true, 1, 3, true, "50s"},
        {"production, which was led there again, to one that rolls back", true, 1, 4, true, "50s"},
        {"production, to one that goes on", true, 1, 3, false, "50s"},
        {"the stage, to one that rolls back", true, 2, 4, true, "50s"},
        {"production led back, which was sent again", true, 3, 0, true, "50s"},
        {"production, long before the rollback", true, 1, 3, true, "1s"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        World world(row.is_swap ? swap_scenario() : weighted_scenario());
        world.connect_aws();
        world.add(
            fmt::format(R"({{"faults": [{{"call": "modify_listener", "nth": {}, "late": "{}"}}]}})",
                        row.nth, row.late));
        const auto routes = world.cloud.routes();
        const std::string_view quick = R"({"strategy": "blue_green",
            "load_balancers": [{"name": "shop", "traffic": "weighted", "prod": {"listener": 443}}],
            "weights": [{"weight": 10}, {"weight": 50}, {"weight": 100}]})";
        const DeploymentSpec spec = make_spec(row.is_swap ? swap : quick);
        if (row.killed_at > 0) {
            world.deploy(spec, [&](Fleet&) {
                return static_cast<int>(world.changes().size()) < row.killed_at;
            });
            world.crash();
        } else {
            CHECK(world.deploy(spec).kind == OutcomeKind::done);
        }
        if (row.is_undone)
            CHECK(world.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
        else if (row.killed_at > 0)
            CHECK(world.resume().kind == OutcomeKind::done);
        world.pass(10min);
        CHECK(lost_traffic(world) == Texts());
        if (row.is_undone) {
            check_undone(world, routes);
            continue;
        }
        CHECK(text_of(world.cloud, prod) == (row.is_swap ? "green 1" : "blue 0, green 100"));
        CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
    }
}

TEST_CASE("a group that serves by now is not sized down (scenario 43)") {
    // After the swap somebody leads production back to the previous group, which is to be parked.
    World world(swap_scenario("", fmt::format(R"(, "events": [{{"when": {{"after": "call",
        "call": "rename_group", "group": "*", "nth": 2, "delay": "30s"}}, "route": {{"arn": "{}", "actions": [
            {{"Type": "forward", "TargetGroupArn": "{}"}}]}}}}])",
                                              prod, blue)));
    world.connect_aws();
    const Outcome outcome = world.deploy(make_spec(swap));
    CHECK(outcome.kind == OutcomeKind::drifted);
    REQUIRE(outcome.error);
    CHECK(contains(outcome.error->message, "stands behind blue"));
    CHECK(world.count("scale_group", "app") == 0);
    CHECK(world.healthy("app__STAGE") + world.healthy("app") == 8);
}

TEST_CASE("what does not fit is refused before anything is changed") {
    struct Row {
        const char* why;
        std::string scenario;
        std::string workflow;
        const char* says;
    };
    const std::string stage_behind_blue = "," + group_behind("app__STAGE", blue, "2/2/2");
    const auto with = [](std::string_view balancer) {
        return fmt::format(R"({{"strategy": "blue_green", "load_balancers": [{}]}})", balancer);
    };
    const Row rows[] = {
        {"no such port", swap_scenario(),
         with(R"({"name": "shop", "prod": {"listener": 80}, "stage": {"listener": 8443}})"),
         "has no listener on port 80; its listeners are on 443, 8443"},
        {"no such load balancer", swap_scenario(),
         with(R"({"name": "x", "prod": {"listener": 443}, "stage": {"listener": 8443}})"),
         "LoadBalancerNotFound"},
        {"no such rule", swap_scenario(),
         with(R"({"name": "shop", "prod": {"rule": "arn:x:listener-rule/x"},
                  "stage": {"listener": 8443}})"),
         "has no rule arn:x"},
        {"the group that serves is called stage (scenario 31)", swap_scenario(stage_behind_blue),
         std::string(swap), "names and traffic do not agree"},
        {"two groups of one name (scenario 31)",
         swap_scenario("," + group_behind("app", blue, "1/1/1")), std::string(swap),
         "two groups are called app"},
        {"a revision with capacity", swap_scenario("," + group_behind("app__3", blue, "1/1/1")),
         std::string(swap), "this workflow is blue/green"},
        {"a stranger on the stage", swap_scenario("," + group_behind("other", green, "1/1/1")),
         std::string(swap), "of no group of this line"},
        {"both routes lead to one target group", R"({"load_balancers": [{"name": "shop",
            "target_groups": [{"name": "blue"}],
            "listeners": [{"port": 443, "forward": "blue"}, {"port": 8443, "forward": "blue"}]}]})",
         std::string(swap), "production and stage at once"},
        {"another rule sends requests to the stage", R"({"load_balancers": [{"name": "shop",
            "target_groups": [{"name": "blue"}, {"name": "green"}],
            "listeners": [{"port": 443, "forward": "blue", "rules": [{"forward": "green"}]},
                          {"port": 8443, "forward": "green"}]}]})",
         std::string(swap), "sends requests to stage target group green"},
        {"targets that are addresses", R"({"load_balancers": [{"name": "shop",
            "target_groups": [{"name": "blue"}, {"name": "green", "type": "ip"}],
            "listeners": [{"port": 443, "forward": "blue"}, {"port": 8443, "forward": "green"}]}]})",
         std::string(swap), "of type \"ip\""},
        {"another VPC", R"({"load_balancers": [{"name": "shop",
            "target_groups": [{"name": "blue"}, {"name": "green", "vpc": "vpc-2"}],
            "listeners": [{"port": 443, "forward": "blue"}, {"port": 8443, "forward": "green"}]}]})",
         std::string(swap), "is in vpc-2, its load balancer shop in vpc-1"},
        {"another route to production", R"({"load_balancers": [{"name": "shop",
            "target_groups": [{"name": "blue"}, {"name": "green"}],
            "listeners": [{"port": 443, "forward": "blue"}, {"port": 8443, "forward": "green"},
                          {"port": 80, "forward": "blue"}]}]})",
         std::string(swap), "port 80 leads to blue as well"},
        {"a rule of another load balancer", R"({"load_balancers": [
            {"name": "shop", "target_groups": [{"name": "blue"}, {"name": "green"}],
             "listeners": [{"port": 443, "forward": "blue"}, {"port": 8443, "forward": "green"}]},
            {"name": "api", "target_groups": [{"name": "v1"}], "listeners": [{"port": 443,
             "forward": "v1", "rules": [{"arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/api/2/3/1", "priority": "1", "forward": "v1"}]}]}]})",
         with(
             R"({"name": "shop", "prod": {"rule": "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/api/2/3/1"}, "stage": {"listener": 8443}})"),
         "has no rule arn:aws"},
        {"a redirect", R"({"load_balancers": [{"name": "shop",
            "target_groups": [{"name": "green"}],
            "listeners": [{"port": 443, "actions": [{"Type": "redirect"}]},
                          {"port": 8443, "forward": "green"}]}]})",
         std::string(swap), "type \"redirect\""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        World world(row.scenario);
        world.connect_aws();
        const Outcome outcome = world.deploy(make_spec(row.workflow));
        CHECK(outcome.kind == OutcomeKind::refused);
        REQUIRE(outcome.error);
        CAPTURE(outcome.error->message);
        CHECK(contains(outcome.error->message, row.says));
        CHECK(world.changes().empty());
    }
}

TEST_CASE("load balancers that the workflow does not move are refused unless they are kept") {
    const std::string group = fmt::format(
        R"({{"compute": {{"launchSpecification": {{"loadBalancersConfig": {{"loadBalancers": [
            {{"type": "TARGET_GROUP", "name": "t", "arn": "{}"}},
            {{"type": "CLASSIC", "name": "old"}}]}}}}}}}})",
        blue);
    const std::string scenario = swap_scenario("", R"(, "classic_load_balancers": ["old"])");
    World refused(scenario);
    refused.connect_aws();
    CHECK(refused.deploy(make_spec(swap, group)).kind == OutcomeKind::refused);
    CHECK(refused.changes().empty());
    World kept(scenario);
    kept.connect_aws();
    CHECK(kept.deploy(make_spec(R"({"strategy": "blue_green", "keep_other_load_balancers": true,
                "load_balancers": [{"name": "shop", "prod": {"listener": 443},
                                    "stage": {"listener": 8443}}]})",
                                group))
              .kind == OutcomeKind::done);
    const Document body = kept.create_body();
    const Document* entries = body.find_path(
        {"group", "compute", "launchSpecification", "loadBalancersConfig", "loadBalancers"});
    REQUIRE(entries);
    CHECK(*entries == json(fmt::format(R"([{{"type": "TARGET_GROUP", "name": "green", "arn": "{}"}},
                                           {{"type": "CLASSIC", "name": "old"}}])",
                                       green)));
}

TEST_CASE("a blue/green deployment is not rolled back from tags, which know no routes") {
    World world(swap_scenario());
    world.connect_aws();
    world.deploy(make_spec(swap), [&](Fleet&) { return world.count("modify_listener") < 1; });
    world.crash();
    world.forget();
    const auto changes = world.changes().size();
    CHECK(world.roll_back_from_tags(make_spec(swap)).kind == OutcomeKind::refused);
    CHECK(world.changes().size() == changes);
}

TEST_CASE("a previous group that has grown is replaced by as much, or not at all") {
    struct Row {
        const char* capacity; ///< of the previous group when the new one is up
        OutcomeKind ends;
        Texts capacities;
    };
    const Row rows[] = {
        {"2/6/8", OutcomeKind::done, {"app 2/6/8", "app__STAGE 0/0/0"}},
        {"2/9/9", OutcomeKind::rolled_back, {"app 2/9/9", "app__STAGE 0/0/0"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.capacity);
        World world(swap_scenario("", fmt::format(R"(, "events": [{{"when": {{"after": "healthy",
                "group": "app__STAGE", "units": 4}}, "capacity": {{"group": "app", "to": "{}"}}}}])",
                                                  row.capacity)));
        world.connect_aws();
        const auto routes = world.cloud.routes();
        const Outcome outcome = world.deploy(make_spec(swap));
        CHECK(outcome.kind == row.ends);
        CHECK(world.capacities() == row.capacities);
        CHECK(lost_traffic(world) == Texts());
        if (row.ends == OutcomeKind::done)
            continue;
        REQUIRE(outcome.error);
        CHECK(contains(outcome.error->message, "has grown to 9"));
        CHECK(world.cloud.routes() == routes);
    }
}

TEST_CASE("the previous group keeps its instances where the workflow says so") {
    World world(swap_scenario());
    world.connect_aws();
    CHECK(
        world
            .deploy(make_spec(R"({"strategy": "blue_green", "downsize_old": "never", "bake": "10m",
                "load_balancers": [{"name": "shop", "prod": {"listener": 443},
                                    "stage": {"listener": 8443}}]})"))
            .kind == OutcomeKind::done);
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 2/4/8"});
}

TEST_CASE("the previous group is sized down by a later run where the workflow says when") {
    const DeploymentSpec spec = make_spec(R"({"strategy": "blue_green", "downsize_old": "1h",
        "load_balancers": [{"name": "shop", "prod": {"listener": 443}, "stage": {"listener": 8443}}]})");
    World world(swap_scenario());
    world.connect_aws();
    const auto routes = world.cloud.routes();
    const Outcome outcome = world.deploy(spec);
    CHECK(outcome.kind == OutcomeKind::done);
    REQUIRE(outcome.due_at);
    CHECK(*outcome.due_at - world.cloud.now() > 59min);
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 2/4/8"});
    // Too early: nothing is done, and it is due as before.
    const Outcome early = world.resume();
    CHECK(early.kind == OutcomeKind::done);
    CHECK(early.due_at == outcome.due_at);
    CHECK(world.count("scale_group") == 1);
    world.pass(1h);
    world.crash();
    const Outcome late = world.resume();
    CHECK(late.kind == OutcomeKind::done);
    CHECK_FALSE(late.due_at);
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
    CHECK(lost_traffic(world) == Texts());

    World undone(swap_scenario());
    undone.connect_aws();
    CHECK(undone.deploy(spec).kind == OutcomeKind::done);
    CHECK(undone.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
    check_undone(undone, routes);
    CHECK(undone.count("scale_group", "app") == 0);
}

TEST_CASE("a run that leaves the down-size to a later one has looked for late creates before") {
    World world(swap_scenario("", R"(, "faults": [{"call": "create_group", "late": "70s"}])"));
    world.connect_aws();
    CHECK(world
              .deploy(make_spec(R"({"strategy": "blue_green", "downsize_old": "1h",
        "load_balancers": [{"name": "shop", "prod": {"listener": 443}, "stage": {"listener": 8443}}]})"))
              .kind == OutcomeKind::done);
    CHECK(world.count("create_group") == 2);
    CHECK(world.count("delete_group") == 1);
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 2/4/8"});
}

TEST_CASE(
    "an abort while all traffic is watched brings it back in one call a route (scenario 47)") {
    World world(swap_scenario());
    world.connect_aws();
    const auto routes = world.cloud.routes();
    bool has_aborted = false;
    const Outcome outcome = world.deploy(make_spec(swap), [&](Fleet& fleet) {
        if (!has_aborted && world.count("rename_group") == 2) {
            fleet.decide(world.id, {.kind = DecisionKind::abort, .actor = "tester"});
            has_aborted = true;
        }
        return true;
    });
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    check_undone(world, routes);
    CHECK(world.count("modify_listener") == 4);
}

TEST_CASE("a list with a login comes back as it was, by every way (scenario 53)") {
    // Of a login's secret no answer tells; what was read cannot be written as it is.
    const std::string login =
        R"({"Type": "authenticate-oidc", "AuthenticateOidcConfig": {
            "Issuer": "https://id.example.com", "ClientId": "shop", "ClientSecret": "s",
            "AuthorizationEndpoint": "https://id.example.com/a",
            "TokenEndpoint": "https://id.example.com/t",
            "UserInfoEndpoint": "https://id.example.com/u"}})";
    World world(fmt::format(R"({{"load_balancers": [{{"name": "shop",
            "target_groups": [{{"name": "blue"}}, {{"name": "green"}}],
            "listeners": [
                {{"port": 443, "actions": [{0}, {{"Type": "forward", "TargetGroupArn": "{1}"}}]}},
                {{"port": 8443, "actions": [{0}, {{"Type": "forward", "TargetGroupArn": "{2}"}}]}}]}}],
        "launch": {{"fulfilled": "10s", "healthy": "40s"}}, "draining": "60s",
        "groups": [{3}]}})",
                            login, blue, green, group_behind("app", blue, "2/4/8")));
    world.connect_aws();
    const auto routes = world.cloud.routes();
    CHECK(world.deploy(make_spec(swap)).kind == OutcomeKind::done);
    CHECK(contains(to_text(world.cloud.routes().front().actions), "authenticate-oidc"));
    CHECK(world.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
    check_undone(world, routes);
}

TEST_CASE(
    "several load balancers move one after the other, weighted ones with them (scenario 10)") {
    const std::string api = arn + "listener/app/api/0000000000000002/0000000000000003";
    const std::string v1 = arn + "targetgroup/v1/0000000000000003";
    const std::string behind =
        fmt::format(R"({{"name": "app", "capacity": "2/4/8", "document": {{"compute":
            {{"launchSpecification": {{"loadBalancersConfig": {{"loadBalancers": [
                {{"type": "TARGET_GROUP", "name": "t", "arn": "{}"}},
                {{"type": "TARGET_GROUP", "name": "u", "arn": "{}"}}]}}}}}}}}}})",
                    blue, v1);
    const std::string scenario = fmt::format(
        R"({{"load_balancers": [
            {{"name": "shop", "target_groups": [{{"name": "blue"}}, {{"name": "green"}}],
              "listeners": [{{"port": 443, "forward": "blue"}}, {{"port": 8443, "forward": "green"}}]}},
            {{"name": "api", "target_groups": [{{"name": "v1"}}, {{"name": "v2"}}],
              "listeners": [{{"port": 443, "arn": "{}", "forward": {{"v1": 100, "v2": 0}}}}]}}],
        "launch": {{"fulfilled": "10s", "healthy": "40s"}}, "draining": "60s", "groups": [{}]}})",
        api, behind);
    const std::string_view both = R"({"strategy": "blue_green", "load_balancers": [
        {"name": "shop", "prod": {"listener": 443}, "stage": {"listener": 8443}},
        {"name": "api", "traffic": "weighted", "prod": {"listener": 443}}],
        "weights": [{"weight": 50}, {"weight": 100}]})";
    World world(scenario);
    world.connect_aws();
    CHECK(world.deploy(make_spec(both)).kind == OutcomeKind::done);
    CHECK(text_of(world.cloud, prod) == "green 1");
    CHECK(text_of(world.cloud, stage) == "blue 1");
    CHECK(text_of(world.cloud, api) == "v1 0, v2 100");
    CHECK(lost_traffic(world) == Texts());
    // The last of them fails for good: the others are put back.
    World failing(scenario);
    failing.connect_aws();
    failing.add(R"({"faults": [{"call": "modify_listener", "nth": 4,
        "answer": {"status": 403, "code": "AccessDenied", "message": "no"}}]})");
    const auto routes = failing.cloud.routes();
    CHECK(failing.deploy(make_spec(both)).kind == OutcomeKind::rolled_back);
    check_undone(failing, routes);
}

TEST_CASE("what is rolled back before traffic moved may have left its group, and says so") {
    World world(swap_scenario("", R"(, "faults": [{"call": "create_group", "lose": "answer"}])"));
    world.connect_aws();
    world.deploy(make_spec(swap), [&](Fleet&) { return world.count("create_group") == 0; });
    world.crash();
    CHECK(world.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
}

TEST_CASE("a name is not given away while somebody still has it, and cleanup gives it later") {
    World world(swap_scenario("", R"(, "faults": [{"call": "rename_group",
        "answer": {"status": 400, "code": "NO", "message": "no"}}])"));
    world.connect_aws();
    const Outcome outcome = world.deploy(make_spec(swap));
    CHECK(outcome.kind == OutcomeKind::done);
    CHECK(outcome.warnings.size() == 2);
    CHECK(world.capacities() == Texts{"app 0/0/0", "app__STAGE 2/4/8"});
    // Who aborts what has ended aborts nothing: what is left undone is done all the same.
    Fleet fleet(world.ports());
    fleet.resume({.deployment = world.id, .actor = "tester"});
    fleet.decide(world.id, {.kind = DecisionKind::abort, .actor = "tester"});
    const auto cleaned = world.run(fleet, {});
    REQUIRE(cleaned);
    CHECK(cleaned->kind == OutcomeKind::done);
    CHECK(cleaned->warnings.empty());
    CHECK(world.capacities() == Texts{"app 2/4/8", "app__STAGE 0/0/0"});
}

TEST_CASE("a previous group that scales by itself is neither drift nor too small to go back to") {
    const std::string automated =
        fmt::format(R"({{"name": "app", "capacity": "1/4/8", "document": {{
            "scaling": {{"up": [{{"policyName": "busy", "adjustment": 1}}]}},
            "compute": {{"launchSpecification": {{"loadBalancersConfig": {{"loadBalancers": [
                {{"type": "TARGET_GROUP", "name": "t", "arn": "{}"}}]}}}}}}}}}})",
                    blue);
    const std::string scenario = fmt::format(
        R"({{"load_balancers": [{{"name": "shop",
            "target_groups": [{{"name": "blue"}}, {{"name": "green"}}],
            "listeners": [{{"port": 443, "forward": "blue"}}, {{"port": 8443, "forward": "green"}}]}}],
        "launch": {{"fulfilled": "10s", "healthy": "40s"}}, "draining": "60s", "groups": [{}],
        "events": [{{"when": {{"after": "call", "call": "rename_group", "group": "*", "nth": 2,
            "delay": "30s"}}, "policy": {{"group": "app__STAGE", "adjust": -2}}}}]}})",
        automated);
    World parked(scenario);
    parked.connect_aws();
    CHECK(parked.deploy(make_spec(swap)).kind == OutcomeKind::done);
    CHECK(parked.capacity("app__STAGE") == "0/0/0");
    World undone(scenario);
    undone.connect_aws();
    const auto routes = undone.cloud.routes();
    bool has_aborted = false;
    const Outcome outcome = undone.deploy(make_spec(swap), [&](Fleet& fleet) {
        if (!has_aborted && undone.capacity("app__STAGE") == "1/2/8" &&
            undone.count("rename_group") == 2) {
            fleet.decide(undone.id, {.kind = DecisionKind::abort, .actor = "tester"});
            has_aborted = true;
        }
        return true;
    });
    CHECK(has_aborted);
    CHECK(outcome.kind == OutcomeKind::rolled_back);
    CHECK(undone.capacity("app") == "1/4/8");
    CHECK(undone.cloud.routes() == routes);
    CHECK(lost_traffic(undone) == Texts());
}

TEST_CASE("a rollback that stops half-way knows in the next attempt what it has led elsewhere") {
    World world(swap_scenario());
    world.connect_aws();
    const auto routes = world.cloud.routes();
    // Production has moved, the stage not yet.
    world.deploy(make_spec(swap), [&](Fleet&) { return world.count("modify_listener") < 1; });
    world.crash();
    world.resume(ResumeMode::roll_back, [&](Fleet&) { return world.count("modify_listener") < 3; });
    world.crash();
    CHECK(text_of(world.cloud, prod) == "blue 1");
    CHECK(text_of(world.cloud, stage) == "blue 1");
    CHECK(world.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
    check_undone(world, routes);
}

TEST_CASE("a floor of 0 does not lead production to nobody on the way back") {
    World world(swap_scenario());
    world.connect_aws();
    const auto routes = world.cloud.routes();
    world.deploy(make_spec(R"({"strategy": "blue_green", "floor": 0, "load_balancers": [
        {"name": "shop", "prod": {"listener": 443}, "stage": {"listener": 8443}}]})"),
                 [&](Fleet&) { return world.count("modify_listener") < 1; });
    world.crash();
    CHECK(world.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
    check_undone(world, routes);
}

TEST_CASE("a plan lists the very changes that a run makes (scenario 54)") {
    World world(weighted_scenario());
    world.connect_aws();
    CHECK(world.deploy(make_spec(shift)).kind == OutcomeKind::done);
    const auto* planned = std::get_if<PlannedEvent>(&world.events.front().body);
    REQUIRE(planned);
    CHECK(planned->plan.preview.mutating_calls == static_cast<int>(world.changes().size()));
    CHECK(contains(to_text(planned->plan), "Blue/green deployment of app__STAGE over app"));
    CHECK(contains(to_text(planned->plan), "blue 90, green 10"));
}

} // namespace elastiroll::test::blue_green_test
