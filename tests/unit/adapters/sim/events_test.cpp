#include <doctest/doctest.h>

#include <elastiroll/adapters/sim.hpp>

#include "api.hpp"

namespace elastiroll::sim::events_test {

using namespace elastiroll::sim::test;

namespace {

/// A cloud where `shop__1` serves with `target` instances, and what happens in it.
Cloud serving(int target, std::string_view events, std::string_view more = {}) {
    return round_cloud(
        fmt::format(R"("groups":[{{"name":"shop__1","capacity":"0/{}/10"}}],"events":[{}]{}{})",
                    target, events, more.empty() ? "" : ",", more));
}

GroupView shop(const Cloud& cloud) { return cloud.find("shop__1").value(); }

} // namespace

TEST_CASE("an interruption with notice marks instances, which are replaced and then gone") {
    Cloud cloud =
        serving(4, R"({"when":"60s","interrupt":{"group":"shop__1","count":2,"notice":"2m"}})");
    Api api(cloud);
    const std::string id = shop(cloud).id.text();
    api.wait(seconds(61));
    CHECK(api.status(id) == "marked-for-termination marked-for-termination fulfilled fulfilled "
                            "pending-fulfillment pending-fulfillment");
    CHECK(api.health(id) == "HEALTHY HEALTHY");
    CHECK(shop(cloud).healthy == 2);
    api.wait(seconds(60));
    CHECK(shop(cloud).healthy == 4);
    CHECK(shop(cloud).present == 6);
    api.wait(seconds(61));
    CHECK(shop(cloud).present == 4);
}

TEST_CASE("an interruption without notice ends instances at once") {
    Cloud cloud = serving(2, R"({"when":"60s","interrupt":{"group":"shop__1"}})");
    Api api(cloud);
    api.wait(seconds(60));
    CHECK(shop(cloud).present == 1);
    CHECK(api.status(shop(cloud).id.text()) == "fulfilled pending-fulfillment");
}

TEST_CASE("events wait for what happens to a group") {
    struct Row {
        const char* why;
        const char* when;
        int seconds; ///< from the create to the interruption
    };
    // Created at 0 s with 2 wanted, running at 10 s, healthy at 40 s; scaled at 100 s.
    constexpr Row rows[] = {
        {"its creation", R"({"after":"created","group":"shop__2","delay":"15s"})", 15},
        {"its first healthy instance", R"({"after":"healthy","group":"shop__*2"})", 40},
        {"so many healthy ones", R"({"after":"healthy","group":"shop__2","units":2,"delay":"1s"})",
         41},
        {"a target", R"({"after":"target","group":"shop__2","units":3})", 100},
        {"a call", R"({"after":"call","call":"scale_group","group":"shop__2","delay":"5s"})", 105},
        {"any call", R"({"after":"call","call":"*","nth":2,"delay":"2s"})", 102},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Cloud cloud = round_cloud(
            fmt::format(R"("events":[{{"when":{},"log":{{"message":"now"}}}}])", row.when));
        Api api(cloud);
        api.create(new_group("shop__2", 2));
        const std::string id = cloud.find("shop__2")->id.text();
        api.wait(seconds(100) - Milliseconds(5));
        api.scale(id, 0, 3, 3);
        api.wait(seconds(100));
        const Reply log = api.get(id, "/logs?fromDate=0&toDate=99999999999999&severity=ERROR");
        REQUIRE(log.items().size() == 1);
        const auto at = parse_time(*log.items().front().find("createdAt")->as_string()).value();
        const auto expected = parse_time("2026-03-02T08:00:00.005Z").value() + seconds(row.seconds);
        CHECK(at - expected < Milliseconds(50));
        CHECK(expected - at < Milliseconds(50));
    }
}

TEST_CASE("an event happens once, for the group that met its condition") {
    Cloud cloud = round_cloud(R"("events":[
        {"when":{"after":"created","group":"shop__*"},"rename":{"name":"first"}}])");
    Api api(cloud);
    api.create(new_group("shop__1"));
    api.create(new_group("shop__2"));
    api.wait(seconds(1));
    CHECK(cloud.find("first"));
    CHECK(cloud.find("shop__2"));
}

TEST_CASE("an event may wait for a call that deletes its group") {
    Cloud cloud = round_cloud(R"("groups":[{"name":"old","id":"sig-a","capacity":"0/0/0"}],
        "events":[{"when":{"after":"call","call":"delete_group","group":"old"},
                   "revoke_token":true}])");
    Api api(cloud);
    CHECK(api.send("DELETE", "/aws/ec2/group/sig-a", "{}").status == 200);
    CHECK(api.list().status == 401);
}

TEST_CASE("two of four are interrupted in the middle of a phase") {
    Cloud cloud = round_cloud(R"("events":[
        {"when":{"after":"target","group":"shop__7","units":4,"delay":"20s"},
         "interrupt":{"count":2}}])");
    Api api(cloud);
    api.create(new_group("shop__7", 2));
    const std::string id = cloud.find("shop__7")->id.text();
    api.wait(seconds(60));
    CHECK(cloud.find("shop__7")->healthy == 2);
    api.scale(id, 4, 4, 4);
    api.wait(seconds(21));
    CHECK(cloud.find("shop__7")->healthy == 0);
    api.wait(seconds(60));
    CHECK(cloud.find("shop__7")->healthy == 4);
}

TEST_CASE("a surge adds one and takes the old one once the new one is healthy") {
    Cloud cloud = serving(2, R"({"when":"10s","surge":{"group":"shop__1"}})");
    Api api(cloud);
    const std::string id = shop(cloud).id.text();
    api.wait(seconds(11));
    CHECK(api.status(id) == "fulfilled fulfilled pending-fulfillment");
    CHECK(shop(cloud).healthy == 2);
    api.wait(seconds(10));
    CHECK(shop(cloud).present == 3);
    api.wait(seconds(30));
    CHECK(api.status(id) == "draining fulfilled fulfilled");
    CHECK(shop(cloud).healthy == 2);
    api.wait(seconds(60));
    CHECK(shop(cloud).present == 2);
    for (const HealthyChange& change : cloud.healthy_changes())
        CHECK(change.healthy >= 2);
}

TEST_CASE("a surge that a scale to 0 overtakes leaves nothing behind") {
    Cloud cloud = serving(2, R"({"when":"10s","surge":{"group":"shop__1"}})");
    Api api(cloud);
    api.wait(seconds(12));
    api.scale(shop(cloud).id.text(), 0, 0, 0);
    CHECK(shop(cloud).healthy == 0);
    api.wait(seconds(600));
    CHECK(shop(cloud).present == 0);
}

TEST_CASE("health changes for a while and comes back") {
    Cloud cloud =
        serving(2, R"({"when":"10s","health":{"group":"shop__1","status":"UNKNOWN","for":"60s"}})");
    Api api(cloud);
    const std::string id = shop(cloud).id.text();
    api.wait(seconds(11));
    CHECK(api.health(id) == "UNKNOWN HEALTHY");
    CHECK(shop(cloud).healthy == 1);
    api.wait(seconds(60));
    CHECK(api.health(id) == "HEALTHY HEALTHY");
    CHECK(cloud.healthy_changes().size() == 2);
}

TEST_CASE("people change capacity, names, suspensions and locks, and delete groups") {
    Cloud cloud = serving(1, R"(
        {"when":"10s","capacity":{"group":"shop__1","to":"1/2/3"}},
        {"when":"20s","suspend":{"group":"shop__1","processes":["AUTO_SCALE"],"for":"20s"}},
        {"when":"30s","rename":{"group":"shop__1","name":"renamed"}},
        {"when":"60s","delete":{"group":"renamed"}})");
    Api api(cloud);
    api.wait(seconds(20));
    CHECK(to_string(shop(cloud).capacity) == "1/2/3");
    CHECK(shop(cloud).suspended == std::vector<std::string>{"AUTO_SCALE"});
    api.wait(seconds(20));
    CHECK(cloud.find("renamed")->suspended.empty());
    api.wait(seconds(20));
    CHECK(cloud.groups().empty());
}

TEST_CASE("while a roll runs the group cannot be updated") {
    Cloud cloud = serving(1, R"({"when":"10s","roll":{"group":"shop__1","for":"5m"}})");
    Api api(cloud);
    const std::string id = shop(cloud).id.text();
    CHECK(api.get(id, "/roll").items().empty());
    api.wait(seconds(11));
    CHECK(api.words(api.get(id, "/roll"), "status") == "in_progress");
    CHECK(api.scale(id, 0, 0, 0).error_code() == "CANT_UPDATE_GROUP");
    CHECK(api.send("PUT", "/aws/ec2/group/" + id, R"({"group":{"name":"x"}})").status == 400);
    CHECK(to_string(shop(cloud).capacity) == "0/1/10");
    api.wait(seconds(300));
    CHECK(api.words(api.get(id, "/roll"), "status") == "finished");
    CHECK(api.scale(id, 0, 0, 0).status == 200);
}

TEST_CASE("a created group is listed only after the lag, and read at once") {
    Cloud cloud = round_cloud(R"("list_lag":"30s")");
    Api api(cloud);
    const Reply made = api.create(new_group("shop__1"));
    const std::string id(*made.items().front().find("id")->as_string());
    CHECK(api.list().items().empty());
    CHECK(api.get(id).status == 200);
    api.wait(seconds(29));
    CHECK(api.list().items().empty());
    api.wait(seconds(1));
    CHECK(api.list().items().size() == 1);
    REQUIRE(cloud.add(document(R"({"events":[{"when":"0s","list_lag":"0s"}]})")));
    api.wait(seconds(1));
    api.create(new_group("shop__2"));
    CHECK(api.list().items().size() == 2);
}

TEST_CASE("a revoked token ends access until another is accepted") {
    Cloud cloud = round_cloud(R"("events":[{"when":"10s","revoke_token":true},
                                 {"when":"20s","accept_token":"new"}])");
    Api api(cloud);
    CHECK(api.list().status == 200);
    api.wait(seconds(10));
    CHECK(api.list().status == 401);
    api.wait(seconds(10));
    CHECK(api.list().status == 401);
    api.token = "new";
    CHECK(api.list().status == 200);
}

TEST_CASE("what is added while the cloud runs counts its times from then") {
    Cloud cloud = serving(2, "");
    Api api(cloud);
    api.wait(seconds(100));
    REQUIRE(cloud.add(document(
        R"({"events":[{"when":"10s","capacity":{"group":"shop__1","to":"0/3/10"}}],
            "instances":[{"group":"shop__1","healthy":"never"}],
            "faults":[{"call":"list_groups","answer":{"status":503}}]})")));
    CHECK(api.list().status == 503);
    api.wait(seconds(9));
    CHECK(to_string(shop(cloud).capacity) == "0/2/10");
    api.wait(seconds(2));
    CHECK(to_string(shop(cloud).capacity) == "0/3/10");
    api.wait(seconds(600));
    CHECK(shop(cloud).healthy == 2);
    REQUIRE(cloud.add(document(
        R"({"instances":[{"group":"shop__1","from":4,"fulfilled":"1s","healthy":"1s"}]})")));
    api.scale(shop(cloud).id.text(), 0, 4, 10);
    api.wait(seconds(3));
    CHECK(shop(cloud).healthy == 3);
    CHECK_FALSE(cloud.add(document(R"({"event":[]})")));
}

} // namespace elastiroll::sim::events_test
