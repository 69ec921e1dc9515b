#include <doctest/doctest.h>

#include "api.hpp"

namespace elastiroll::sim::elb_test {

using namespace elastiroll::sim::test;

namespace {

const std::string arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:";
const std::string blue = arn + "targetgroup/blue/0000000000000001";
const std::string green = arn + "targetgroup/green/0000000000000002";
const std::string other = arn + "targetgroup/other/0000000000000003";
const std::string prod = arn + "listener/app/shop/0000000000000001/0000000000000001";
const std::string rule =
    arn + "listener-rule/app/shop/0000000000000001/0000000000000001/0000000000000001";

/// Two load balancers; one group of two behind blue, nobody behind green. Instances boot at once.
constexpr std::string_view account = R"({"latency": "0s",
    "launch": {"fulfilled": "5s", "healthy": "5s"}, "draining": "60s",
    "load_balancers": [
        {"name": "shop", "target_groups": [{"name": "blue"}, {"name": "green"}],
         "listeners": [{"port": 443, "forward": "blue", "rules": [
             {"priority": "10", "forward": {"blue": 90, "green": 10}, "stickiness": "10m"}]}]},
        {"name": "api", "target_groups": [{"name": "other", "deregistration_delay": "30s"}],
         "listeners": []}],
    "classic_load_balancers": ["old"],
    "groups": [{"name": "a", "id": "sig-a", "capacity": "2/2/4", "document": {"compute":
        {"launchSpecification": {"loadBalancersConfig": {"loadBalancers": [
            {"type": "TARGET_GROUP", "name": "blue",
             "arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/0000000000000001"},
            {"type": "TARGET_GROUP", "name": "other",
             "arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/other/0000000000000003"},
            {"type": "CLASSIC", "name": "old"}]}}}}}]})";

Reply ask(Cloud& cloud, const std::string& query, std::string_view version = "2015-12-01") {
    return Api(cloud).send({.method = "POST",
                            .url = "https://elasticloadbalancing.us-east-1.amazonaws.com/",
                            .headers = {{"Authorization", "AWS4-HMAC-SHA256 Credential=S/x"}},
                            .body = fmt::format("Version={}&{}", version, query),
                            .timeout = Milliseconds(30'000)});
}

/// The texts of all elements `name`, separated by blanks.
std::string all(const Reply& reply, const std::string& name) {
    std::string texts;
    const std::string open = "<" + name + ">";
    for (auto at = reply.text.find(open); at != reply.text.npos; at = reply.text.find(open, at)) {
        at += open.size();
        texts += (texts.empty() ? "" : " ") + reply.text.substr(at, reply.text.find('<', at) - at);
    }
    return texts;
}

std::string states(Cloud& cloud, const std::string& target_group) {
    return all(ask(cloud, "Action=DescribeTargetHealth&TargetGroupArn=" + target_group), "State");
}

void pass(Cloud& cloud, int seconds) { cloud.advance(cloud.now() + std::chrono::seconds(seconds)); }

void scale(Cloud& cloud, int target) {
    Api(cloud).send(
        "PUT", "/aws/ec2/group/sig-a/capacity",
        fmt::format(R"({{"capacity":{{"minimum":{0},"target":{0},"maximum":4}}}})", target));
}

} // namespace

TEST_CASE("an instance is checked before it is a healthy target, and drains before it goes") {
    Cloud cloud = make_cloud(account);
    CHECK(states(cloud, blue) == "healthy healthy");
    scale(cloud, 3);
    pass(cloud, 7);
    CHECK(states(cloud, blue) == "healthy healthy initial");
    pass(cloud, 14);
    CHECK(states(cloud, blue) == "healthy healthy healthy");
    CHECK(cloud.healthy_targets(blue) == 3);
    scale(cloud, 2);
    CHECK(states(cloud, blue) == "draining healthy healthy");
    pass(cloud, 61);
    CHECK(states(cloud, blue) == "healthy healthy");
}

TEST_CASE("targets that no listener or rule leads to are unused") {
    Cloud cloud = make_cloud(account);
    CHECK(states(cloud, other) == "unused unused");
    CHECK(all(ask(cloud, "Action=DescribeTargetGroups&TargetGroupArns.member.1=" + other),
              "LoadBalancerArns")
              .empty());
}

TEST_CASE("a Classic load balancer has the instances of the groups that name it") {
    Cloud cloud = make_cloud(account);
    const Reply reply =
        ask(cloud, "Action=DescribeInstanceHealth&LoadBalancerName=old", "2012-06-01");
    CHECK(all(reply, "State") == "InService InService");
    CHECK(
        all(ask(cloud, "Action=DescribeLoadBalancers&LoadBalancerNames.member.1=old", "2012-06-01"),
            "InstanceId") == all(reply, "InstanceId"));
    CHECK(all(ask(cloud, "Action=DescribeInstanceHealth&LoadBalancerName=no", "2012-06-01"),
              "Code") == "LoadBalancerNotFound");
}

TEST_CASE("what is asked for by name or ARN is found, or said not to be") {
    Cloud cloud = make_cloud(account);
    struct Row {
        const char* why;
        std::string query;
        std::string element;
        std::string expected;
    };
    const std::string balancer = arn + "loadbalancer/app/shop/0000000000000001";
    const Row rows[] = {
        {"load balancers", "Action=DescribeLoadBalancers", "LoadBalancerName", "shop api"},
        {"by name", "Action=DescribeLoadBalancers&Names.member.1=api", "LoadBalancerName", "api"},
        {"no such", "Action=DescribeLoadBalancers&Names.member.1=x", "Code",
         "LoadBalancerNotFound"},
        {"listeners", "Action=DescribeListeners&LoadBalancerArn=" + balancer, "Port", "443"},
        {"no such listener", "Action=DescribeListeners&ListenerArns.member.1=x", "Code",
         "ListenerNotFound"},
        {"rules, the default last", "Action=DescribeRules&ListenerArn=" + prod, "Priority",
         "10 default"},
        {"no such rule", "Action=DescribeRules&RuleArns.member.1=x", "Code", "RuleNotFound"},
        {"target groups", "Action=DescribeTargetGroups&LoadBalancerArn=" + balancer,
         "TargetGroupName", "blue green"},
        {"no such target group", "Action=DescribeTargetHealth&TargetGroupArn=x", "Code",
         "TargetGroupNotFound"},
        {"attributes", "Action=DescribeTargetGroupAttributes&TargetGroupArn=" + other, "Value",
         "30 false"},
        {"a page", "Action=DescribeLoadBalancers&PageSize=1", "NextMarker", "1"},
        {"the next", "Action=DescribeLoadBalancers&PageSize=1&Marker=1", "LoadBalancerName", "api"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(all(ask(cloud, row.query), row.element) == row.expected);
    }
}

TEST_CASE("a forward is shown as AWS does: alone in both forms, weighted in one") {
    Cloud cloud = make_cloud(account);
    const Reply listener = ask(cloud, "Action=DescribeListeners&ListenerArns.member.1=" + prod);
    CHECK(all(listener, "TargetGroupArn") == blue + " " + blue);
    CHECK(all(listener, "Enabled") == "false");
    const Reply weighted = ask(cloud, "Action=DescribeRules&RuleArns.member.1=" + rule);
    CHECK(all(weighted, "Weight") == "90 10");
    CHECK(all(weighted, "DurationSeconds") == "600");
    CHECK(all(weighted, "TargetGroupArn") == blue + " " + green);
}

TEST_CASE("a listener and a rule are changed whole") {
    Cloud cloud = make_cloud(account);
    const std::string forward = "Actions.member.1.Type=forward&Actions.member.1.ForwardConfig."
                                "TargetGroups.member.1.TargetGroupArn=" +
                                green;
    CHECK(ask(cloud, "Action=ModifyRule&RuleArn=" + rule + "&" + forward).status == 200);
    const Reply changed = ask(cloud, "Action=DescribeRules&RuleArns.member.1=" + rule);
    CHECK(all(changed, "Weight") == "1");
    CHECK(all(changed, "Enabled") == "false"); // stickiness was not sent, so it is gone
    CHECK(ask(cloud, "Action=ModifyListener&ListenerArn=" + prod +
                         "&DefaultActions.member.1.Type=fixed-response&DefaultActions.member.1."
                         "FixedResponseConfig.StatusCode=503")
              .status == 200);
    CHECK(all(ask(cloud, "Action=DescribeListeners&ListenerArns.member.1=" + prod), "StatusCode") ==
          "503");
}

TEST_CASE("what AWS refuses in a change is refused") {
    Cloud cloud = make_cloud(account);
    const std::string tuple =
        "Actions.member.1.Type=forward&Actions.member.1.ForwardConfig.TargetGroups.member.1.";
    struct Row {
        const char* why;
        std::string query;
        const char* code;
    };
    const Row rows[] = {
        {"no such target group", tuple + "TargetGroupArn=x", "TargetGroupNotFound"},
        {"another load balancer's", tuple + "TargetGroupArn=" + other,
         "TargetGroupAssociationLimit"},
        {"too much weight", tuple + "TargetGroupArn=" + blue + "&" + tuple + "Weight=1000",
         "ValidationError"},
        {"a login without its secret", "Actions.member.1.Type=authenticate-oidc",
         "InvalidConfigurationRequest"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(all(ask(cloud, "Action=ModifyRule&RuleArn=" + rule + "&" + row.query), "Code") ==
              row.code);
    }
    const std::string rules =
        all(ask(cloud, "Action=DescribeRules&ListenerArn=" + prod), "RuleArn");
    const std::string default_rule = rules.substr(rules.find(' ') + 1);
    CHECK(all(ask(cloud, "Action=ModifyRule&RuleArn=" + default_rule), "Code") ==
          "OperationNotPermitted");
}

TEST_CASE("a call that leaves a serving forward without a healthy target is noted") {
    Cloud cloud = make_cloud(account);
    CHECK(ask(cloud, "Action=ModifyListener&ListenerArn=" + prod +
                         "&DefaultActions.member.1.Type=forward&DefaultActions.member.1."
                         "TargetGroupArn=" +
                         green)
              .status == 200);
    REQUIRE(cloud.traffic_losses().size() == 1);
    CHECK(cloud.traffic_losses()[0] == TrafficLoss{cloud.now(), prod, green, "modify_listener"});
    // The rule led to green before, where nobody was: that is none of the call's.
    scale(cloud, 1);
    CHECK(cloud.traffic_losses().size() == 1);
    Api(cloud).send("PUT", "/aws/ec2/group/sig-a/capacity",
                    R"({"capacity":{"minimum":0,"target":0,"maximum":0}})");
    REQUIRE(cloud.traffic_losses().size() == 2);
    CHECK(cloud.traffic_losses()[1] == TrafficLoss{cloud.now(), rule, blue, "scale_group"});
}

TEST_CASE("somebody else may change a route") {
    Cloud cloud = make_cloud(account);
    CHECK(cloud
              .add(document(fmt::format(
                  R"({{"events": [{{"when": "1s", "route": {{"arn": "{}", "actions": [
                      {{"Type": "forward", "TargetGroupArn": "{}"}}]}}}}]}})",
                  rule, green)))
              .has_value());
    pass(cloud, 2);
    const auto routes = cloud.routes();
    REQUIRE(routes.size() == 2);
    CHECK(routes[1].arn == rule);
    CHECK(text_at((*routes[1].actions.as_array())[0], "TargetGroupArn") == green);
}

} // namespace elastiroll::sim::elb_test
