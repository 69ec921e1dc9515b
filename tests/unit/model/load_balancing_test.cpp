#include <elastiroll/model/load_balancing.hpp>

#include "line.hpp"

#include <doctest/doctest.h>

namespace elastiroll::load_balancing_test {

using elastiroll::test::document_from;

namespace {

/// As an answer has it: every value a text, a single target group in both places.
constexpr const char* single =
    R"([{"Type": "forward", "TargetGroupArn": "blue", "Order": "1", "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": "blue", "Weight": "1"}],
        "TargetGroupStickinessConfig": {"Enabled": "false"}}}])";

constexpr const char* with_login =
    R"([{"Type": "authenticate-oidc", "Order": "1", "AuthenticateOidcConfig": {
            "Issuer": "https://id", "ClientId": "c", "SessionTimeout": "604800"}},
        {"Type": "forward", "Order": "2", "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": "blue", "Weight": "100"},
                             {"TargetGroupArn": "green", "Weight": "0"}],
            "TargetGroupStickinessConfig": {"Enabled": "true", "DurationSeconds": "600"}}}])";

} // namespace

TEST_CASE("a forward's target groups are read in every form that the API gives") {
    struct Row {
        const char* why;
        const char* actions;
        std::vector<ForwardTarget> expected;
    };
    const Row rows[] = {
        {"alone and in the configuration", single, {ForwardTarget{"blue", 1}}},
        {"alone", R"([{"Type": "forward", "TargetGroupArn": "blue"}])", {ForwardTarget{"blue", 1}}},
        {"weighted, behind a login", with_login, {{"blue", 100}, {"green", 0}}},
        {"weights left to their default",
         R"([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
             {"TargetGroupArn": "a"}, {"TargetGroupArn": "b", "Weight": 7}]}}])",
         {{"a", 1}, {"b", 7}}},
        {"no forward", R"([{"Type": "fixed-response"}])", {}},
        {"no list", "null", {}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(forward_targets(document_from(row.actions)) == row.expected);
    }
}

TEST_CASE("stickiness is told in time, and only where it is on") {
    CHECK(forward_stickiness(document_from(with_login)) == Milliseconds(600'000));
    CHECK_FALSE(forward_stickiness(document_from(single)).has_value());
}

TEST_CASE("only lists with one forward and known actions beside it are rewritten") {
    struct Row {
        const char* actions;
        const char* says; ///< empty: it may be rewritten
    };
    const Row rows[] = {
        {single, ""},
        {with_login, ""},
        {R"([{"Type": "redirect"}])", "type \"redirect\""},
        {R"([{"Type": "fixed-response"}])", "type \"fixed-response\""},
        {R"([{"Type": "jwt-validation"}, {"Type": "forward", "TargetGroupArn": "a"}])",
         "type \"jwt-validation\""},
        {R"([{"Type": "authenticate-cognito"}])", "does not forward"},
        {"[]", "does not forward"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.actions);
        const auto checked = check_rewritable(document_from(row.actions), "shop:443");
        CHECK(checked.has_value() == std::string_view(row.says).empty());
        if (!checked) {
            CHECK(checked.error().category == ErrorCategory::conflict);
            CHECK(checked.error().message.find("shop:443") != std::string::npos);
            CHECK(checked.error().message.find(row.says) != std::string::npos);
        }
    }
}

TEST_CASE("a list is sent back whole, with only the forward's tuples changed") {
    CHECK(with_forward_targets(document_from(with_login), {{"blue", 90}, {"green", 10}}) ==
          document_from(R"([
        {"Type": "authenticate-oidc", "Order": "1", "AuthenticateOidcConfig": {
            "Issuer": "https://id", "ClientId": "c", "SessionTimeout": "604800",
            "UseExistingClientSecret": "true"}},
        {"Type": "forward", "Order": "2", "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": "blue", "Weight": "90"},
                             {"TargetGroupArn": "green", "Weight": "10"}],
            "TargetGroupStickinessConfig": {"Enabled": "true", "DurationSeconds": "600"}}}])"));
    CHECK(with_forward_targets(document_from(single), {ForwardTarget{"green", 1}}) ==
          document_from(R"([
        {"Type": "forward", "Order": "1", "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": "green", "Weight": "1"}],
            "TargetGroupStickinessConfig": {"Enabled": "false"}}}])"));
}

TEST_CASE("lists that mean the same are the same, in whatever form they are written") {
    const Document login = document_from(with_login);
    struct Row {
        const char* why;
        const char* a;
        const char* b;
        bool are_same;
    };
    const Row rows[] = {
        {"one form and the other", single, R"([{"Type": "forward", "TargetGroupArn": "blue"}])",
         true},
        {"another target group", single, R"([{"Type": "forward", "TargetGroupArn": "green"}])",
         false},
        {"tuples in another order",
         R"([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
             {"TargetGroupArn": "a", "Weight": "1"}, {"TargetGroupArn": "b", "Weight": "2"}]}}])",
         R"([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
             {"TargetGroupArn": "b", "Weight": "2"}, {"TargetGroupArn": "a", "Weight": "1"}]}}])",
         true},
        {"other weights",
         R"([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
             {"TargetGroupArn": "a", "Weight": "1"}]}}])",
         R"([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
             {"TargetGroupArn": "a", "Weight": "2"}]}}])",
         false},
        {"an action more", single,
         R"([{"Type": "authenticate-cognito", "Order": "1"},
             {"Type": "forward", "Order": "2", "TargetGroupArn": "blue"}])",
         false},
        {"another order", R"([{"Type": "a", "Order": "2"}, {"Type": "b", "Order": "1"}])",
         R"([{"Type": "b", "Order": "1"}, {"Type": "a", "Order": "2"}])", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(are_same_actions(document_from(row.a), document_from(row.b)) == row.are_same);
    }
    CHECK(are_same_actions(login, with_forward_targets(login, forward_targets(login))));
    CHECK_FALSE(
        are_same_actions(login, with_forward_targets(login, {{"blue", 0}, {"green", 100}})));
}

TEST_CASE("an instance is healthy if Spot and every load balancer say so") {
    const auto reading = [] {
        GroupReading all;
        for (const char* id : {"i-1", "i-2", "i-3", "i-4"})
            all.instances.push_back({{.id = InstanceId(id)}, HealthStatus::healthy});
        all.instances[3].health = HealthStatus::unknown;
        return all;
    };
    GroupReading behind = reading();
    join_target_health(behind, {{.target = "i-1", .port = 80, .state = "healthy"},
                                {.target = "i-1", .port = 81, .state = "healthy"},
                                {.target = "i-2", .port = 80, .state = "healthy"},
                                {.target = "i-2", .port = 81, .state = "unhealthy"},
                                {.target = "i-4", .port = 80, .state = "healthy"}});
    CHECK(behind.instances[0].health == HealthStatus::healthy);
    CHECK(behind.instances[1].health == HealthStatus::unhealthy); // one port of two
    CHECK(behind.instances[2].health == HealthStatus::unhealthy); // not registered
    CHECK(behind.instances[3].health == HealthStatus::unknown);   // Spot's word stays
    GroupReading classic = reading();
    join_classic_health(classic, {{.id = InstanceId("i-1"), .state = "InService"},
                                  {.id = InstanceId("i-2"), .state = "OutOfService"}});
    CHECK(classic.instances[0].health == HealthStatus::healthy);
    CHECK(classic.instances[1].health == HealthStatus::unhealthy);
    CHECK(classic.instances[2].health == HealthStatus::unhealthy);
}

} // namespace elastiroll::load_balancing_test
