#include "spec_support.hpp"

#include <doctest/doctest.h>

namespace elastiroll::test::traffic_test {
namespace {

/// The usual document with a blue/green workflow that has `members` besides.
Document blue_green(std::string_view members) {
    Document document = base_document();
    Document& workflow = document.find("workflows")->as_array()->front();
    workflow.erase("phases");
    workflow.set("strategy", "blue_green");
    const Document more = json(members);
    for (const auto& [key, value] : *more.as_object())
        workflow.set(key, value);
    return document;
}

constexpr std::string_view both_kinds = R"({
    "load_balancers": [
        {"name": "shop", "prod": {"listener": 443}, "stage": {"listener": "arn:x:listener/app/s/1/2"}},
        {"name": "arn:x:loadbalancer/app/api/1", "traffic": "weighted",
         "prod": {"rule": "arn:x:listener-rule/app/api/1/2/3"}}],
    "weights": [{"weight": 10, "bake": "5m"}, {"weight": 50, "approval": true}, {"weight": 100}],
    "approval": true, "bake": "10m", "drain": "30s", "downsize_old": "never",
    "keep_other_load_balancers": true})";

} // namespace

TEST_CASE("a blue/green workflow says which routes move and how") {
    const DeploymentSpec spec = resolved(blue_green(both_kinds));
    CHECK(spec.strategy == Strategy::blue_green);
    const TrafficSpec expected{
        .load_balancers = {{.name = "shop",
                            .kind = TrafficKind::instant,
                            .production = {.port = 443},
                            .stage = {.listener_arn = "arn:x:listener/app/s/1/2"}},
                           {.name = "arn:x:loadbalancer/app/api/1",
                            .kind = TrafficKind::weighted,
                            .production = {.rule_arn = "arn:x:listener-rule/app/api/1/2/3"}}},
        .weights = {{10, Milliseconds(300'000), false}, {50, {}, true}, {100, {}, false}},
        .needs_approval = true,
        .bake = Milliseconds(600'000),
        .drain = Milliseconds(30'000),
        .downsizes_old = false,
        .keeps_other_load_balancers = true};
    CHECK(spec.traffic == expected);
}

TEST_CASE("decode undoes encode for traffic too") {
    DeploymentSpec spec = resolved(blue_green(both_kinds));
    spec.traffic->production_target_group = "blue";
    const auto again = decode_deployment_spec(encode(spec));
    REQUIRE(again);
    CHECK(*again == spec);
}

TEST_CASE("without weights all traffic moves at once") {
    const DeploymentSpec spec = resolved(blue_green(
        R"({"load_balancers": [{"name": "s", "prod": {"listener": 1}, "stage": {"listener": 2}}]})"));
    REQUIRE(spec.traffic);
    CHECK(spec.traffic->weights == std::vector<WeightSpec>{{}});
    CHECK(spec.traffic->downsizes_old);
    CHECK_FALSE(spec.traffic->drain);
}

TEST_CASE("what is wrong about traffic is told at its place") {
    struct Row {
        const char* members;
        const char* complaint;
    };
    constexpr Row rows[] = {
        {"{}", "\"load_balancers\" is missing"},
        {R"({"load_balancers": []})", "names no load balancer"},
        {R"({"load_balancers": [{"name": "s", "prod": {"listener": 1}}]})", "\"stage\" is missing"},
        {R"({"load_balancers": [{"name": "s", "prod": {"listener": 0}, "stage": {"listener": 2}}]})",
         "from 1 to 65535"},
        {R"({"load_balancers": [{"name": "s", "prod": {}, "stage": {"listener": 2}}]})",
         "either a \"listener\" or a \"rule\""},
        {R"({"load_balancers": [{"name": "s", "prod": {"rule": "x"}, "stage": {"listener": 2}}]})",
         "no ARN of a rule"},
        {R"({"load_balancers": [{"name": "s", "prod": {"listener": 2}, "stage": {"listener": 2}}]})",
         "is the production route itself"},
        {R"({"load_balancers": [{"name": "s", "traffic": "weighted", "prod": {"listener": 1},
             "stage": {"listener": 2}}]})",
         "has one route"},
        {R"({"load_balancers": [{"name": "s", "prod": {"listener": 1}, "stage": {"listener": 2}}],
             "weights": [{"weight": 100}]})",
         "no load balancer has weighted traffic"},
        {R"({"load_balancers": [{"name": "s", "traffic": "weighted", "prod": {"listener": 1}}],
             "weights": [{"weight": 50}, {"weight": 10}, {"weight": 100}]})",
         "10 does not rise"},
        {R"({"load_balancers": [{"name": "s", "traffic": "weighted", "prod": {"listener": 1}}],
             "weights": [{"weight": 50}]})",
         "the last step is 50"},
        {R"({"load_balancers": [{"name": "s", "traffic": "weighted", "prod": {"listener": 1}}],
             "weights": [{"weight": 1000}]})",
         "from 1 to 100"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.members);
        const auto spec = resolve_spec(blue_green(row.members), {});
        REQUIRE_FALSE(spec);
        CHECK(to_string(spec.error()).find(row.complaint) != std::string::npos);
    }
}

} // namespace elastiroll::test::traffic_test
