#include <doctest/doctest.h>

#include <elastiroll/adapters/sim.hpp>

#include "api.hpp"

namespace elastiroll::sim::instances_test {

using namespace elastiroll::sim::test;

namespace {

struct Started {
    Cloud cloud;
    std::string id;
};

/// A cloud with one group at `target` that was just created.
Started start(int target, std::string_view more = {}) {
    Cloud cloud = round_cloud(more);
    Api(cloud).create(new_group("shop__1", target));
    const std::string id = cloud.find("shop__1")->id.text();
    return {std::move(cloud), id};
}

} // namespace

TEST_CASE("an instance is requested, runs, and is healthy after its times") {
    auto [cloud, id] = start(2);
    Api api(cloud);
    CHECK(api.status(id) == "pending-fulfillment pending-fulfillment");
    CHECK(api.words(api.get(id, "/status"), "instanceId") == "null null");
    CHECK(api.health(id).empty());
    api.wait(seconds(10));
    CHECK(api.status(id) == "fulfilled fulfilled");
    CHECK(api.health(id).find("HEALTHY") == std::string::npos);
    CHECK(api.get(id, "/instanceHealthiness").items().size() == 2);
    CHECK(cloud.find("shop__1")->healthy == 0);
    CHECK(cloud.find("shop__1")->present == 2);
    api.wait(seconds(30));
    CHECK(api.health(id) == "HEALTHY HEALTHY");
    CHECK(cloud.find("shop__1")->healthy == 2);
    REQUIRE(cloud.healthy_changes().size() == 2);
    CHECK(cloud.healthy_changes()[1] ==
          HealthyChange{.at = parse_time("2026-03-02T08:00:40.005Z").value(),
                        .group = GroupId(id),
                        .healthy = 2});
}

TEST_CASE("both lists name an instance alike") {
    auto [cloud, id] = start(2);
    Api api(cloud);
    api.wait(seconds(60));
    CHECK(api.words(api.get(id, "/status"), "instanceId") ==
          api.words(api.get(id, "/instanceHealthiness"), "instanceId"));
    CHECK(api.words(api.get(id, "/status"), "spotInstanceRequestId") ==
          api.words(api.get(id, "/instanceHealthiness"), "spotRequestId"));
}

TEST_CASE("launch times stay within their span and differ by instance") {
    Cloud cloud = make_cloud(
        R"({"latency":"10ms","launch":{"fulfilled":["10s","30s"],"healthy":["40s","90s"]}})");
    Api api(cloud);
    api.create(new_group("shop__1", 8));
    const TimePoint created = cloud.now();
    api.wait(seconds(300));
    REQUIRE(cloud.healthy_changes().size() == 8);
    TimePoint last{};
    for (const HealthyChange& change : cloud.healthy_changes()) {
        CHECK(change.at - created >= seconds(49));
        CHECK(change.at - created <= seconds(120));
        CHECK(change.at > last);
        last = change.at;
    }
}

TEST_CASE("the oldest instances drain first unless the policy says newest") {
    struct Row {
        const char* document;
        std::vector<std::string> expected;
    };
    const Row rows[] = {
        {"{}", {"draining", "draining", "fulfilled"}},
        {R"({"strategy":{"scalingStrategy":{"terminationPolicy":"newestInstance"}}})",
         {"fulfilled", "draining", "draining"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.document);
        Cloud cloud = round_cloud(fmt::format(
            R"("groups":[{{"name":"shop__1","capacity":"0/3/3","document":{}}}])", row.document));
        Api api(cloud);
        const std::string id = cloud.find("shop__1")->id.text();
        api.scale(id, 0, 1, 3);
        const Reply reply = api.get(id, "/status");
        std::vector<std::string> words;
        for (const Document& item : reply.items())
            words.emplace_back(*item.find("status")->as_string());
        CHECK(words == row.expected);
        CHECK(api.health(id) == "HEALTHY");
        CHECK(cloud.find("shop__1")->healthy == 1);
        CHECK(cloud.find("shop__1")->present == 3);
        api.wait(seconds(60));
        CHECK(api.status(id) == "fulfilled");
    }
}

TEST_CASE("draining lasts as long as the group's document says") {
    Cloud cloud = round_cloud(R"("groups":[
        {"name":"a","capacity":"0/1/1","document":{"strategy":{"drainingTimeout":5}}},
        {"name":"b","capacity":"0/1/1"},
        {"name":"c","capacity":"0/1/1","document":{"strategy":{"drainingTimeout":0}}}])");
    Api api(cloud);
    for (const char* name : {"a", "b", "c"})
        api.scale(cloud.find(name)->id.text(), 0, 0, 0);
    CHECK(cloud.find("a")->present == 1);
    CHECK(cloud.find("c")->present == 0);
    api.wait(seconds(6));
    CHECK(cloud.find("a")->present == 0);
    CHECK(cloud.find("b")->present == 1);
    api.wait(seconds(60));
    CHECK(cloud.find("b")->present == 0);
}

TEST_CASE("a spot request that is no longer wanted ends at once") {
    auto [cloud, id] = start(3);
    Api api(cloud);
    api.scale(id, 0, 1, 3);
    CHECK(api.status(id) == "pending-fulfillment");
    api.wait(seconds(60));
    CHECK(api.health(id) == "HEALTHY");
}

TEST_CASE("a weighted group launches its types in turn until the target is covered") {
    Cloud cloud = round_cloud(R"("groups":[{"name":"shop__1","healthy":0,"document":{
        "capacity":{"minimum":0,"target":8,"maximum":20,"unit":"weight"},
        "compute":{"instanceTypes":{"spot":["m5.large","m5.xlarge"],"weights":[
          {"instanceType":"m5.large","weightedCapacity":2},
          {"instanceType":"m5.xlarge","weightedCapacity":4}]}}}}])");
    Api api(cloud);
    const std::string id = cloud.find("shop__1")->id.text();
    api.wait(seconds(60));
    // 2 + 4 + 2 cover 8.
    CHECK(api.words(api.get(id, "/status"), "instanceType") == "m5.large m5.xlarge m5.large");
    CHECK(cloud.find("shop__1")->healthy == 8);
    // Without the heavy one 4 would be left, without either light one 6.
    api.scale(id, 0, 5, 20);
    CHECK(cloud.find("shop__1")->healthy == 6);
    api.scale(id, 0, 7, 20);
    api.wait(seconds(60));
    CHECK(cloud.find("shop__1")->healthy == 10);
}

TEST_CASE("a locked instance outlasts a scale-down until its lock ends") {
    Cloud cloud = round_cloud(
        R"("groups":[{"name":"shop__1","capacity":"0/2/2","locked":{"count":1,"for":"10m"}}])");
    Api api(cloud);
    const std::string id = cloud.find("shop__1")->id.text();
    api.scale(id, 0, 0, 0);
    const Reply reply = api.get(id, "/status");
    CHECK(api.words(reply, "lockStatus") == "locked unlocked");
    CHECK(api.words(reply, "status") == "fulfilled draining");
    CHECK(reply.items().front().find("protectedUntil")->as_string() == "2026-03-02T08:10:00.000Z");
    api.wait(seconds(120));
    CHECK(api.status(id) == "fulfilled");
    api.wait(seconds(8 * 60));
    CHECK(api.status(id) == "draining");
    api.wait(seconds(60));
    CHECK(api.status(id).empty());
}

TEST_CASE("an initial group has served all along") {
    Cloud cloud = round_cloud(R"("groups":[
        {"name":"shop__3","id":"sig-old","capacity":"2/3/4","created":"400d","healthy":2,
         "suspended":["SCHEDULING",{"process":"AUTO_SCALE","for":"1m"}],
         "rolls":[{"id":"sbgd-1","status":"starting"}]}])");
    Api api(cloud);
    const auto group = cloud.find("shop__3");
    REQUIRE(group);
    CHECK(group->id == GroupId("sig-old"));
    CHECK(group->healthy == 2);
    CHECK(group->suspended == std::vector<std::string>{"AUTO_SCALE", "SCHEDULING"});
    CHECK(group->document.find("createdAt")->as_string() == "2025-01-26T08:00:00.000Z");
    // The third instance is on its way.
    api.wait(seconds(60));
    CHECK(cloud.find("shop__3")->healthy == 3);
    CHECK(cloud.find("shop__3")->suspended == std::vector<std::string>{"SCHEDULING"});
    CHECK(api.words(api.get("sig-old", "/roll"), "id") == "sbgd-1");
}

TEST_CASE("a rule makes the later instances of a group never healthy") {
    auto [cloud, id] = start(3, R"("instances":[{"group":"shop__*","from":2,"healthy":"never"}])");
    Api api(cloud);
    api.wait(seconds(3600));
    CHECK(cloud.find("shop__1")->healthy == 1);
    CHECK(cloud.find("shop__1")->present == 3);
}

TEST_CASE("a rule keeps spot requests pending and says why in the group's log") {
    auto [cloud, id] = start(2, R"("instances":[{"group":"shop__1","to":1,"fulfilled":"never",
        "log":"Can't Spin Instances: Code: InsufficientInstanceCapacity"}])");
    Api api(cloud);
    api.wait(seconds(3600));
    CHECK(api.status(id) == "pending-fulfillment fulfilled");
    const Reply log = api.get(id, "/logs?fromDate=0&toDate=99999999999999&severity=ERROR");
    REQUIRE(log.items().size() == 1);
    CHECK(log.items().front().find("message")->as_string() ==
          "Can't Spin Instances: Code: InsufficientInstanceCapacity");
}

TEST_CASE("an unhealthy instance is replaced only where the scenario heals") {
    for (const bool heals : {false, true}) {
        CAPTURE(heals);
        auto [cloud, id] =
            start(1, fmt::format(R"({}"instances":[{{"group":"shop__1","to":1,"unhealthy":true}}])",
                                 heals ? R"("heal_after":"2m",)" : ""));
        Api api(cloud);
        api.wait(seconds(60));
        CHECK(api.health(id) == "UNHEALTHY");
        api.wait(seconds(300));
        CHECK(api.health(id) == (heals ? "HEALTHY" : "UNHEALTHY"));
    }
}

} // namespace elastiroll::sim::instances_test
