#include <doctest/doctest.h>

#include <fmt/format.h>

#include <elastiroll/adapters/sim.hpp>

#include "api.hpp"

namespace elastiroll::sim::groups_test {

using namespace elastiroll::sim::test;

TEST_CASE("an answer comes in Spot's envelope") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    const Reply reply = api.list();
    CHECK(reply.status == 200);
    CHECK(reply.text_at({"request", "url"}) == "/aws/ec2/group");
    CHECK(reply.text_at({"request", "method"}) == "GET");
    CHECK(reply.text_at({"request", "timestamp"}) == "2026-03-02T08:00:00.005Z");
    CHECK(reply.text_at({"request", "id"}).size() == 36);
    CHECK(*reply.body.find("response") ==
          document(R"({"status":{"code":200,"message":"OK"},"kind":"spotinst:aws:ec2:group",)"
                   R"("items":[],"count":0})"));
}

TEST_CASE("a created document is kept digit for digit") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    const std::string extra =
        R"(,"scaling":{},"multai":null,"odd":[300,12345678901234567,0.10,null,"\u00e9"])";
    const Reply made = api.create(new_group("shop__1", 0, extra));
    REQUIRE(made.status == 200);
    const Document& group = made.items().front();
    CHECK(group.find("id")->as_string()->substr(0, 4) == "sig-");
    CHECK(group.find("createdAt")->as_string() == "2026-03-02T08:00:00.005Z");
    CHECK(to_text(*group.find("odd")) ==
          to_text(document("[300,12345678901234567,0.10,null,\"é\"]")));
    CHECK(group.find("multai")->is_null());
    CHECK(api.list().items().front() == group);
    CHECK(api.get(*group.find("id")->as_string()).items().front() == group);
    CHECK(cloud.find("shop__1")->document == group);
}

TEST_CASE("what Spot sets itself is replaced in a created document") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    const Reply made = api.create(
        new_group("shop__1", 0, R"(,"id":"sig-mine","createdAt":"2016-12-09T09:44:58.172+0000")"));
    CHECK(made.items().front().find("id")->as_string() != "sig-mine");
    CHECK(made.items().front().find("createdAt")->as_string() == "2026-03-02T08:00:00.005Z");
}

TEST_CASE("two groups may have one name and differ in everything drawn") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    api.create(new_group("shop__1", 1));
    api.create(new_group("shop__1", 1));
    const auto groups = cloud.groups();
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].id != groups[1].id);
    api.wait(seconds(60));
    CHECK(api.words(api.get(groups[0].id.text(), "/status"), "instanceId") !=
          api.words(api.get(groups[1].id.text(), "/status"), "instanceId"));
}

TEST_CASE("create refuses what Spot refuses, with every finding") {
    Cloud cloud = round_cloud(R"("images":["ami-1"])");
    Api api(cloud);
    struct Row {
        const char* group;
        const char* errors;
    };
    constexpr Row rows[] = {
        {"{}", "name capacity strategy compute compute.launchSpecification.imageId"},
        {R"({"name":"a","strategy":{},"compute":{"launchSpecification":{"imageId":"ami-1"}},
             "capacity":{"minimum":2,"target":1,"maximum":3,"unit":"instance"}})",
         "capacity.target"},
        {R"({"name":"a","strategy":{},"compute":{"launchSpecification":{"imageId":"ami-1"}},
             "capacity":{"minimum":0,"target":1}})",
         "capacity.maximum capacity.unit"},
        {R"({"name":"a","strategy":{},"compute":{"launchSpecification":{"imageId":"ami-1",
             "images":[{"id":"ami-1"}]}},
             "capacity":{"minimum":0,"target":1,"maximum":1,"unit":"instance"}})",
         "compute.launchSpecification.imageId"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.group);
        const Reply reply = api.create(row.group);
        CHECK(reply.status == 400);
        std::string fields;
        for (const Document& error : *reply.body.find_path({"response", "errors"})->as_array()) {
            CHECK(error.find("code")->as_string() == "ValidationError");
            fields += fields.empty() ? "" : " ";
            fields += *error.find("field")->as_string();
        }
        CHECK(fields == row.errors);
    }
    CHECK(cloud.groups().empty());
    CHECK_FALSE(cloud.log().back().is_applied);
}

TEST_CASE("an image that the scenario does not know cannot be validated") {
    Cloud cloud = round_cloud(R"("images":["ami-2"])");
    Api api(cloud);
    const Reply reply = api.create(new_group("shop__1"));
    CHECK(reply.status == 400);
    CHECK(reply.error_code() == "CANT_VALIDATE_IMAGE");
}

TEST_CASE("a group that does not exist is refused on every route") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    for (const char* tail : {"", "/status", "/instanceHealthiness", "/suspension", "/roll"}) {
        CAPTURE(tail);
        const Reply reply = api.get("sig-none", tail);
        CHECK(reply.status == 400);
        CHECK(reply.error_code() == "GROUP_DOESNT_EXIST");
    }
    CHECK(api.send("DELETE", "/aws/ec2/group/sig-none").error_code() == "GROUP_DOESNT_EXIST");
}

TEST_CASE("an unknown route is answered with 404 in the envelope") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    CHECK(api.send("GET", "/aws/ec2/instance/i-1").status == 404);
    CHECK(api.send("POST", "/aws/ec2/group/sig-1/status").status == 404);
    CHECK(api.send("GET", "/aws/ec2/groups").text_at({"request", "url"}) == "/aws/ec2/groups");
    CHECK(cloud.log().back().name == "unknown");
}

TEST_CASE("a wrong token is unauthenticated, a wrong account is not permitted") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    api.token = "stolen";
    CHECK(api.list().status == 401);
    api.token = "simulated";
    api.account = "act-other";
    CHECK(api.list().status == 403);
    api.account.clear();
    CHECK(api.list().status == 403);
    api.account = "act-demo1234";
    HttpRequest bare = api.request("GET", Api::root);
    bare.headers.clear();
    CHECK(api.send(bare).status == 401);
    CHECK(api.list().status == 200);
}

TEST_CASE("a capacity takes effect at once and shows in every read") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    api.create(new_group("shop__1"));
    const std::string id = cloud.find("shop__1")->id.text();
    const Reply scaled = api.scale(id, 1, 2, 4);
    CHECK(scaled.items() == Document::Array{document(R"({"minimum":1,"maximum":4,"target":2})")});
    CHECK(cloud.find("shop__1")->capacity == Capacity::make({1, 2, 4}).value());
    const Document expected = document(R"({"minimum":1,"target":2,"maximum":4,"unit":"instance"})");
    CHECK(*api.get(id).items().front().find("capacity") == expected);
    CHECK(*api.list().items().front().find("capacity") == expected);
    CHECK(api.status(id) == "pending-fulfillment pending-fulfillment");
}

TEST_CASE("a capacity outside its bounds is refused and changes nothing") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    api.create(new_group("shop__1"));
    const std::string id = cloud.find("shop__1")->id.text();
    const auto before = cloud.groups();
    CHECK(api.scale(id, 3, 2, 4).status == 400);
    CHECK(api.scale(id, 0, 5, 4).status == 400);
    CHECK(api.scale(id, -1, 0, 4).status == 400);
    CHECK(api.send("PUT", "/aws/ec2/group/" + id + "/capacity", "{}").status == 400);
    CHECK(api.send("PUT", "/aws/ec2/group/" + id + "/capacity", "not JSON").status == 400);
    CHECK(cloud.groups() == before);
}

TEST_CASE("an update is partial and null clears") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    api.create(new_group("shop__1", 0, R"(,"description":"old","region":"eu-west-1")"));
    const std::string id = cloud.find("shop__1")->id.text();
    const Reply reply =
        api.send("PUT", "/aws/ec2/group/" + id, R"({"group":{"name":"shop","description":null}})");
    REQUIRE(reply.status == 200);
    const Document& group = reply.items().front();
    CHECK(group.find("name")->as_string() == "shop");
    CHECK(group.find("description")->is_null());
    CHECK(group.find("region")->as_string() == "eu-west-1");
    CHECK(cloud.find("shop")->id.text() == id);
    CHECK_FALSE(cloud.find("shop__1"));
    CHECK(cloud.log().back().name == "rename_group");
    CHECK(api.send("PUT", "/aws/ec2/group/" + id, R"({"group":{"name":""}})").status == 400);
    CHECK(api.send("PUT", "/aws/ec2/group/" + id, R"({"group":{"capacity":{"unit":"weight"}}})")
              .status == 400);
}

TEST_CASE("an update is checked only where it changes something") {
    Cloud cloud = round_cloud(R"("images":["ami-1"],"groups":[{"group":{"id":"sig-a","name":"old",
        "capacity":{"minimum":0,"target":0,"maximum":0,"unit":"instance"}}}])");
    Api api(cloud);
    CHECK(api.send("PUT", "/aws/ec2/group/sig-a", R"({"group":{"name":"new"}})").status == 200);
    CHECK(api.send("PUT", "/aws/ec2/group/sig-a", R"({"group":{"compute":{}}})").status == 400);
    CHECK(api.send("PUT", "/aws/ec2/group/sig-a",
                   R"({"group":{"compute":{"launchSpecification":{"imageId":"ami-1"}}}})")
              .status == 200);
}

TEST_CASE("a deleted group leaves the list at once and its healthy capacity with it") {
    Cloud cloud = round_cloud(R"("groups":[{"name":"shop__1","capacity":"2/2/4"}])");
    Api api(cloud);
    const GroupId id = cloud.find("shop__1")->id;
    CHECK(api.send("DELETE", "/aws/ec2/group/" + id.text(), "{}").status == 200);
    CHECK(api.list().items().empty());
    CHECK(cloud.groups().empty());
    REQUIRE(cloud.healthy_changes().size() == 1);
    CHECK(cloud.healthy_changes().front().group == id);
    CHECK(cloud.healthy_changes().front().healthy == 0);
    CHECK(api.get(id.text()).error_code() == "GROUP_DOESNT_EXIST");
}

TEST_CASE("the log has every request with what it did") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    api.create(new_group("shop__1"));
    const GroupId id = cloud.find("shop__1")->id;
    api.scale(id.text(), 0, 1, 1);
    api.get(id.text());
    REQUIRE(cloud.log().size() == 3);
    CHECK(cloud.log()[0].name == "create_group");
    CHECK(cloud.log()[0].group == id);
    CHECK(cloud.log()[0].is_applied);
    CHECK(cloud.log()[1] ==
          LoggedCall{.at = parse_time("2026-03-02T08:00:00.015Z").value(),
                     .name = "scale_group",
                     .group = id,
                     .body = R"({"capacity":{"minimum":0,"target":1,"maximum":1}})",
                     .status = 200,
                     .is_applied = true});
    CHECK(cloud.log()[2].name == "read_group");
    CHECK_FALSE(cloud.log()[2].is_applied);
}

TEST_CASE("a group's own log is read newest first and by time") {
    Cloud cloud = round_cloud();
    Api api(cloud);
    api.create(new_group("shop__1"));
    const std::string id = cloud.find("shop__1")->id.text();
    api.wait(seconds(10));
    api.scale(id, 0, 1, 1);
    const auto start = parse_time("2026-03-02T08:00:00Z").value().time_since_epoch().count();
    const Reply all =
        api.get(id, fmt::format("/logs?fromDate={}&toDate={}", start, start + 60'000));
    REQUIRE(all.items().size() == 2);
    CHECK(all.items()[1].find("message")->as_string() ==
          fmt::format("Group {} successfully created.", id));
    CHECK(all.items()[1].find("severity")->as_string() == "INFO");
    CHECK(api.get(id, fmt::format("/logs?fromDate={}&toDate={}", start + 5'000, start + 60'000))
              .items()
              .size() == 1);
    CHECK(api.get(id, fmt::format("/logs?fromDate={}&toDate={}&limit=1", start, start + 60'000))
              .items()
              .size() == 1);
    CHECK(api.get(id, "/logs").status == 400);
}

} // namespace elastiroll::sim::groups_test
