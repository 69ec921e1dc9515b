#include <doctest/doctest.h>

#include <elastiroll/adapters/sim.hpp>

#include "api.hpp"

namespace elastiroll::sim::schedule_test {

using namespace elastiroll::sim::test;

namespace {

/// A group at 1/2/4 from 08:00 on with one scheduled task.
Cloud cloud_with_task(std::string_view task) {
    return round_cloud(fmt::format(R"("groups":[{{"name":"shop__1","capacity":"1/2/4",)"
                                   R"("document":{{"scheduling":{{"tasks":[{}]}}}}}}])",
                                   task));
}

void run_to(Cloud& cloud, std::string_view time) { cloud.advance(parse_time(time).value()); }

std::string capacity_of(const Cloud& cloud) { return to_string(cloud.find("shop__1")->capacity); }

Reply suspend(Api& api, std::string_view id, std::string body) {
    return api.send("POST", fmt::format("/aws/ec2/group/{}/suspension", id), std::move(body));
}

} // namespace

TEST_CASE("a scheduled task sets the capacity at its time and again") {
    Cloud cloud =
        cloud_with_task(R"({"isEnabled":true,"taskType":"scale","cronExpression":"0 9 * * *",)"
                        R"("scaleMinCapacity":3,"scaleTargetCapacity":5,"scaleMaxCapacity":8})");
    run_to(cloud, "2026-03-02T08:59:59.999Z");
    CHECK(capacity_of(cloud) == "1/2/4");
    run_to(cloud, "2026-03-02T09:00:00Z");
    CHECK(capacity_of(cloud) == "3/5/8");
    Api(cloud).scale(cloud.find("shop__1")->id.text(), 0, 0, 0);
    CHECK(capacity_of(cloud) == "0/0/0");
    run_to(cloud, "2026-03-03T09:00:00Z");
    CHECK(capacity_of(cloud) == "3/5/8");
}

TEST_CASE("tasks of every kind do what they say") {
    struct Row {
        const char* task;
        const char* expected; ///< at 10:30
    };
    constexpr Row rows[] = {
        {R"({"taskType":"setCapacity","cronExpression":"0 9 * * *","minCapacity":0,
             "targetCapacity":1,"maxCapacity":2})",
         "0/1/2"},
        {R"({"taskType":"statefulUpdateCapacity","cronExpression":"0 9 * * *","MinCapacity":2,
             "targetCapacity":3,"MaxCapacity":3})",
         "2/3/3"},
        {R"({"taskType":"scale","cronExpression":"0 9 * * *","scaleMinCapacity":3})", "3/3/4"},
        {R"({"taskType":"scale","cronExpression":"0 9 * * *","scaleMaxCapacity":1,
             "scaleMinCapacity":null})",
         "1/1/1"},
        {R"({"taskType":"scaleUp","cronExpression":"0 9 * * *","adjustment":1})", "1/3/4"},
        {R"({"taskType":"scaleDown","cronExpression":"0 9 * * *","adjustment":9})", "1/1/4"},
        {R"({"taskType":"percentageScaleUp","cronExpression":"0 9 * * *",
             "adjustmentPercentage":50})",
         "1/3/4"},
        {R"({"taskType":"scaleUp","frequency":"hourly","startTime":"2026-03-02T08:10:00Z",
             "adjustment":1})",
         "1/4/4"},
        {R"({"taskType":"scaleUp","frequency":"daily","startTime":"2026-03-01T09:00:00Z",
             "adjustment":1})",
         "1/3/4"},
        {R"({"taskType":"scaleUp","startTime":"2026-03-02T09:00:00Z","adjustment":1})", "1/3/4"},
        {R"({"taskType":"scaleUp","startTime":"2026-03-02T07:00:00Z","adjustment":1})", "1/2/4"},
        {R"({"taskType":"scaleUp","cronExpression":"0 9,10 * * *",
             "startTime":"2026-03-02T09:30:00Z","adjustment":1})",
         "1/3/4"},
        {R"({"isEnabled":false,"taskType":"scaleUp","cronExpression":"0 9 * * *","adjustment":1})",
         "1/2/4"},
        {R"({"taskType":"backup_ami","cronExpression":"0 9 * * *"})", "1/2/4"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.task);
        Cloud cloud = cloud_with_task(row.task);
        run_to(cloud, "2026-03-02T10:30:00Z");
        CHECK(capacity_of(cloud) == row.expected);
    }
}

TEST_CASE("a copied task fires on the new group too") {
    Cloud cloud = round_cloud();
    Api(cloud).create(new_group("shop__1", 0,
                                R"(,"scheduling":{"tasks":[{"isEnabled":true,"taskType":"scale",)"
                                R"("cronExpression":"0 9 * * *","scaleTargetCapacity":3}]})"));
    run_to(cloud, "2026-03-02T09:00:00Z");
    CHECK(capacity_of(cloud) == "0/3/10");
}

TEST_CASE("a suspended schedule does not fire, nor later for what it missed") {
    Cloud cloud =
        cloud_with_task(R"({"taskType":"scaleUp","cronExpression":"0 9,11 * * *","adjustment":1})");
    Api api(cloud);
    const std::string id = cloud.find("shop__1")->id.text();
    const Reply reply =
        suspend(api, id, R"({"suspensions":[{"name":"SCHEDULING","ttlInMinutes":120}]})");
    CHECK(reply.items().front() ==
          document(fmt::format(R"({{"groupId":"{}","processes":["SCHEDULING"],"suspensions":)"
                               R"([{{"name":"SCHEDULING","expiresAt":)"
                               R"("2026-03-02T10:00:00.005Z"}}]}})",
                               id)));
    run_to(cloud, "2026-03-02T09:30:00Z");
    CHECK(capacity_of(cloud) == "1/2/4");
    CHECK(cloud.find("shop__1")->suspended == std::vector<std::string>{"SCHEDULING"});
    run_to(cloud, "2026-03-02T10:30:00Z");
    CHECK(cloud.find("shop__1")->suspended.empty());
    CHECK(api.get(id, "/suspension").items().front() ==
          document(fmt::format(R"({{"groupId":"{}","processes":[]}})", id)));
    CHECK(capacity_of(cloud) == "1/2/4");
    run_to(cloud, "2026-03-02T11:00:00Z");
    CHECK(capacity_of(cloud) == "1/3/4");
}

TEST_CASE("processes are suspended by either body and resumed by name") {
    Cloud cloud = round_cloud(R"("groups":[{"name":"shop__1","capacity":"0/0/0"}])");
    Api api(cloud);
    const std::string id = cloud.find("shop__1")->id.text();
    suspend(api, id, R"({"processes":["SCHEDULING","AUTO_SCALE"]})");
    suspend(api, id, R"({"suspensions":[{"name":"AUTO_HEALING"}]})");
    CHECK(cloud.find("shop__1")->suspended ==
          std::vector<std::string>{"AUTO_HEALING", "AUTO_SCALE", "SCHEDULING"});
    const Reply resumed = api.send("DELETE", fmt::format("/aws/ec2/group/{}/suspension", id),
                                   R"({"processes":["AUTO_HEALING","SCHEDULING"]})");
    CHECK(resumed.status == 200);
    CHECK(to_text(*api.get(id, "/suspension").items().front().find("processes")) ==
          R"(["AUTO_SCALE"])");
    for (const char* body :
         {"{}", R"({"processes":["LUNCH"]})", "",
          R"({"suspensions":[{"name":"AUTO_SCALE","ttlInMinutes":0}]})",
          R"({"suspensions":[{"name":"AUTO_SCALE","ttlInMinutes":9007199254740993}]})"}) {
        CAPTURE(body);
        CHECK(suspend(api, id, body).status == 400);
    }
    CHECK(cloud.find("shop__1")->suspended == std::vector<std::string>{"AUTO_SCALE"});
}

TEST_CASE("a later suspension replaces the time of an earlier one") {
    Cloud cloud = round_cloud(R"("groups":[{"name":"shop__1","capacity":"0/0/0"}])");
    Api api(cloud);
    const std::string id = cloud.find("shop__1")->id.text();
    suspend(api, id, R"({"suspensions":[{"name":"AUTO_SCALE","ttlInMinutes":1}]})");
    suspend(api, id, R"({"suspensions":[{"name":"AUTO_SCALE","ttlInMinutes":10}]})");
    api.wait(seconds(120));
    CHECK(cloud.find("shop__1")->suspended == std::vector<std::string>{"AUTO_SCALE"});
}

TEST_CASE("a scaling policy acts within its bounds, where there is one and it may") {
    struct Row {
        const char* why;
        const char* group; ///< members of the initial group
        const char* policy;
        const char* expected;
    };
    constexpr Row rows[] = {
        {"it adds", R"("document":{"scaling":{"up":[{"policyName":"busy"}]}})", R"("adjust":1)",
         "1/3/4"},
        {"it sets", R"("document":{"scaling":{"target":[{"policyName":"busy"}]}})", R"("target":4)",
         "1/4/4"},
        {"it stays below the maximum", R"("document":{"scaling":{"up":[{"policyName":"busy"}]}})",
         R"("adjust":9)", "1/4/4"},
        {"it stays above the minimum", R"("document":{"scaling":{"down":[{"policyName":"idle"}]}})",
         R"("target":0)", "1/1/4"},
        {"there is none", R"("document":{"scaling":{"up":null,"down":[]}})", R"("adjust":1)",
         "1/2/4"},
        {"it is suspended",
         R"("suspended":["AUTO_SCALE"],"document":{"scaling":{"up":[{"policyName":"busy"}]}})",
         R"("adjust":1)", "1/2/4"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Cloud cloud = round_cloud(
            fmt::format(R"("groups":[{{"name":"shop__1","capacity":"1/2/4",{}}}],)"
                        R"("events":[{{"when":"60s","policy":{{"group":"shop__*",{}}}}}])",
                        row.group, row.policy));
        cloud.advance(cloud.now() + seconds(60));
        CHECK(capacity_of(cloud) == row.expected);
    }
}

} // namespace elastiroll::sim::schedule_test
