#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/ports/call_client.hpp>

#include "adapters/sim/call_kind.hpp"
#include "adapters/sim/scenario.hpp"
#include "api.hpp"
#include "sim_texts.hpp"

namespace elastiroll::sim::scenario_test {

using namespace elastiroll::sim::test;

namespace {

/// Path and fix of every finding, in order: `$.sed (did you mean seed?)`.
std::vector<std::string> findings_of(std::string_view scenario) {
    const auto cloud = Cloud::make(document(scenario));
    std::vector<std::string> findings;
    if (cloud)
        return findings;
    CHECK(cloud.error().category == ErrorCategory::invalid_argument);
    for (const ErrorDetail& detail : cloud.error().details)
        findings.push_back(detail.fix.empty() ? detail.path
                                              : fmt::format("{} ({})", detail.path, detail.fix));
    return findings;
}

} // namespace

TEST_CASE("the default scenario is an empty account for any account id") {
    Cloud cloud = make_cloud(default_scenario());
    Api api(cloud);
    api.account = "act-whoever";
    CHECK(api.list().items().empty());
    CHECK(cloud.groups().empty());
    CHECK(api.create(new_group("shop__1", 1)).status == 200);
}

TEST_CASE("the canary example has five empty revisions and one that serves") {
    const Cloud cloud = make_cloud(canary_scenario());
    const auto groups = cloud.groups();
    REQUIRE(groups.size() == 6);
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(groups[i].name == fmt::format("shop__web__production__{}", i + 1));
        CHECK(groups[i].capacity.is_zero());
        CHECK(groups[i].present == 0);
    }
    CHECK(to_string(groups[5].capacity) == "4/4/8");
    CHECK(groups[5].healthy == 4);
    CHECK(groups[5].document.find("region")->as_string() == "eu-west-1");
}

TEST_CASE("in the unhealthy example only the new group's first instance comes up") {
    Cloud cloud = make_cloud(unhealthy_scenario());
    Api api(cloud);
    api.create(new_group("shop__web__production__7", 1));
    api.wait(seconds(121));
    CHECK(cloud.find("shop__web__production__7")->healthy == 1);
    api.scale(cloud.find("shop__web__production__7")->id.text(), 2, 2, 2);
    api.wait(seconds(3600));
    CHECK(cloud.find("shop__web__production__7")->healthy == 1);
}

TEST_CASE("the example that shows everything is understood") {
    CHECK(findings_of(showcase_scenario()).empty());
}

TEST_CASE("a complete group is taken as Spot exports it") {
    Cloud cloud = round_cloud(R"("groups":[{"group":{"id":"sig-4e2a9f10","name":"billing-web",
        "capacity":{"minimum":1,"maximum":1,"target":1,"unit":"instance"},
        "compute":{"availabilityZones":[{"name":"us-east-1b"}]},
        "createdAt":"2016-12-09T09:44:58.172+0000"},"created":"2016-12-09T09:44:58.172+0000"}])");
    const auto group = cloud.find("billing-web");
    REQUIRE(group);
    CHECK(group->id == GroupId("sig-4e2a9f10"));
    CHECK(group->healthy == 1);
    CHECK(group->document.find("createdAt")->as_string() == "2016-12-09T09:44:58.172Z");
    CHECK_FALSE(group->document.find("strategy"));
}

TEST_CASE("every mistake of a scenario is told at once, with its place and the nearest word") {
    using Rows = std::vector<std::string>;
    CHECK(findings_of(R"({"sed":1,"start":"soon","latency":["2s","1s"],"draining":60,
                          "rate_limits":{"list_group":1}})") ==
          Rows{R"($.start ("2026-03-02T09:00:00Z" or "90s"))",
               R"($.latency ("30s" or ["20s", "40s"]))", "$.draining",
               "$.rate_limits.list_group (did you mean list_groups?)",
               "$.sed (did you mean seed?)"});
    CHECK(findings_of(R"({"groups":[{"capacity":"4/2/8","helthy":1},
                                    {"name":"a","capacity":"0/0/0","suspended":["AUTOSCALE"]}]})") ==
          Rows{R"($.groups[0].capacity ("2/4/8"))", "$.groups[0].name",
               "$.groups[0].helthy (did you mean healthy?)",
               "$.groups[1].suspended (did you mean AUTO_SCALE?)"});
    CHECK(
        findings_of(R"({"faults":[{"call":"scale_grup","refuse":true},{"call":"*"},
                                    {"call":"*","lose":"answer","refuse":true}]})") ==
        Rows{"$.faults[0].call (did you mean scale_group?)",
             "$.faults[1].lose (one of lose, refuse, late, delay, throttle, answer, revoke_token)",
             "$.faults[2].lose (one of lose, refuse, late, delay, throttle, answer, "
             "revoke_token)"});
    CHECK(findings_of(R"({"events":[{"when":"1s","interupt":{"count":1}},
                                    {"when":"1s","interrupt":{"count":0,"group":"a"}},
                                    {"when":{"after":"birth"},"delete":{}}]})") ==
          Rows{"$.events[0].when (one of interrupt, surge, health, policy, capacity, rename, "
               "suspend, resume, delete, roll, lock, log, list_lag, revoke_token, accept_token, "
               "route)",
               "$.events[0].interupt (did you mean interrupt?)", "$.events[1].interrupt.count",
               "$.events[2].when.after"});
    CHECK(findings_of("[]") == Rows{"$"});
    CHECK(findings_of(R"({"groups":{},"events":[1],"instances":[null],"faults":["x"]})").size() >=
          4);
}

TEST_CASE("an event at a time names the group it is about") {
    CHECK(findings_of(R"({"events":[{"when":"1s","delete":{}}]})") ==
          std::vector<std::string>{"$.events[0].delete.group"});
}

TEST_CASE("a pattern's star stands for any text") {
    struct Row {
        const char* pattern;
        const char* text;
        bool is_match;
    };
    constexpr Row rows[] = {
        {"", "anything", true},
        {"*", "", true},
        {"shop__1", "shop__1", true},
        {"shop__1", "shop__10", false},
        {"shop__*", "shop__10", true},
        {"shop__*", "shop_1", false},
        {"*__1", "a__b__1", true},
        {"*__1", "a__1__2", false},
        {"a*b*c", "a-b-b-c", true},
        {"a*b*c", "a-c-b", false},
        {"a**", "a", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.text);
        CHECK(matches(row.pattern, row.text) == row.is_match);
    }
}

TEST_CASE("the cloud calls a call what the port calls it") {
    const std::vector<Call> calls = {SpotCall(ListGroupsCall{}),
                                     SpotCall(ReadGroupCall{}),
                                     SpotCall(ReadHealthCall{}),
                                     SpotCall(ReadStatusCall{}),
                                     SpotCall(ReadSuspensionsCall{}),
                                     SpotCall(ReadRollsCall{}),
                                     SpotCall(ReadLogCall{}),
                                     SpotCall(CreateGroupCall{}),
                                     SpotCall(ScaleGroupCall{}),
                                     SpotCall(RenameGroupCall{}),
                                     SpotCall(SuspendProcessesCall{}),
                                     SpotCall(ResumeProcessesCall{}),
                                     SpotCall(DeleteGroupCall{}),
                                     AwsCall(DescribeImagesCall{}),
                                     AwsCall(DescribeLoadBalancersCall{}),
                                     AwsCall(DescribeListenersCall{}),
                                     AwsCall(DescribeRulesCall{}),
                                     AwsCall(DescribeTargetGroupsCall{}),
                                     AwsCall(DescribeTargetGroupAttributesCall{}),
                                     AwsCall(DescribeTargetHealthCall{}),
                                     AwsCall(ModifyListenerCall{}),
                                     AwsCall(ModifyRuleCall{}),
                                     AwsCall(DescribeClassicLoadBalancersCall{}),
                                     AwsCall(DescribeInstanceHealthCall{}),
                                     AwsCall(GetCallerIdentityCall{}),
                                     AwsCall(GetParameterCall{}),
                                     AwsCall(SimulatePrincipalPolicyCall{})};
    REQUIRE(calls.size() == call_kind_count - 1);
    for (std::size_t i = 0; i < calls.size(); ++i)
        CHECK(call_name(calls[i]) == call_names[i]);
}

} // namespace elastiroll::sim::scenario_test
