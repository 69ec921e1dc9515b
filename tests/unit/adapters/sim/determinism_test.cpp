#include <doctest/doctest.h>

#include <elastiroll/adapters/sim.hpp>

#include "api.hpp"
#include "sim_texts.hpp"

namespace elastiroll::sim::determinism_test {

using namespace elastiroll::sim::test;

namespace {

std::string transcript(const Cloud& cloud) {
    std::string text;
    for (const LoggedCall& call : cloud.log())
        text += fmt::format("{} {} {} {} {} {} {}\n", format_time(call.at), call.name,
                            call.group.text(), call.status, call.is_applied, call.fault, call.body);
    for (const HealthyChange& change : cloud.healthy_changes())
        text +=
            fmt::format("{} {} {}\n", format_time(change.at), change.group.text(), change.healthy);
    for (const GroupView& group : cloud.groups())
        text += fmt::format("{} {}\n", group.id.text(), to_text(group.document));
    return text;
}

/// Some requests; `polls` more in every second between them. Gives every answer.
std::string run(Cloud& cloud, int polls) {
    Api api(cloud);
    std::string answers;
    const Reply made = api.create(new_group("shop__web__production__7", 2));
    answers += made.text;
    const GroupId id = cloud.find("shop__web__production__7")->id;
    for (const int target : {3, 4, 1, 5}) {
        const TimePoint until = cloud.now() + seconds(90);
        while (polls > 0 && cloud.now() + seconds(2) < until) {
            for (int i = 0; i < polls; ++i)
                answers += api.get(id.text(), i % 2 == 0 ? "/status" : "/instanceHealthiness").text;
            api.wait(seconds(1));
        }
        cloud.advance(until);
        // Whatever the polls did, the change is sent at this very moment.
        answers += api.scale(id.text(), 0, target, 8).text;
        cloud.advance(until + seconds(1));
    }
    cloud.advance(cloud.now() + seconds(300));
    return answers;
}

} // namespace

TEST_CASE("equal seeds give equal runs byte for byte, other seeds others") {
    Cloud one = make_cloud(canary_scenario());
    Cloud two = make_cloud(canary_scenario());
    CHECK(run(one, 2) == run(two, 2));
    CHECK(transcript(one) == transcript(two));
    Document other = document(canary_scenario());
    other.set("seed", 2);
    Cloud three = Cloud::make(other).value();
    run(three, 2);
    CHECK(transcript(one) != transcript(three));
}

TEST_CASE("polling more often changes no instance's times") {
    Cloud calm = make_cloud(canary_scenario());
    Cloud nervous = make_cloud(canary_scenario());
    run(calm, 0);
    run(nervous, 5);
    CHECK(nervous.log().size() > calm.log().size() + 100);
    CHECK(calm.healthy_changes() == nervous.healthy_changes());
    CHECK(calm.groups() == nervous.groups());
}

TEST_CASE("other groups change no instance's times") {
    Cloud alone = make_cloud(default_scenario());
    Cloud crowd = make_cloud(default_scenario());
    Api(crowd).create(new_group("other", 5));
    alone.advance(crowd.now());
    for (Cloud* cloud : {&alone, &crowd}) {
        cloud->advance(parse_time("2026-03-02T08:10:00Z").value());
        CHECK(cloud->add(document(R"({"events":[{"when":{"after":"created","group":"shop__1"},
            "capacity":{"to":"3/3/3"}}]})")));
        Api(*cloud).create(new_group("shop__1"));
        cloud->advance(cloud->now() + seconds(1));
    }
    CHECK(alone.find("shop__1")->id == crowd.find("shop__1")->id);
    const auto instances = [](Cloud& cloud) {
        Api api(cloud);
        const std::string id = cloud.find("shop__1")->id.text();
        std::string seen;
        for (int i = 0; i < 150; ++i) {
            cloud.advance(parse_time("2026-03-02T08:10:02Z").value() + seconds(i));
            seen += api.status(id) + api.health(id) + "\n";
        }
        return seen;
    };
    CHECK(instances(alone) == instances(crowd));
}

TEST_CASE("a copy goes on by itself and as the original would have") {
    Cloud original = make_cloud(canary_scenario());
    Api(original).create(new_group("shop__web__production__7", 3));
    original.advance(original.now() + seconds(40));
    Cloud copy = original;
    const std::string before = transcript(original);
    copy.advance(copy.now() + seconds(600));
    CHECK(copy.find("shop__web__production__7")->healthy == 3);
    CHECK(transcript(original) == before);
    original.advance(original.now() + seconds(600));
    CHECK(transcript(original) == transcript(copy));
    Cloud assigned = make_cloud(default_scenario());
    assigned = original;
    CHECK(transcript(assigned) == transcript(original));
}

TEST_CASE("what a dead client has sent arrives, and its successor does not see the answer") {
    Cloud cloud = make_cloud(canary_scenario());
    const auto first = make_transport(cloud);
    const Api api(cloud);
    first->start(HttpRequestId(1),
                 api.request("POST", Api::root, R"({"group":)" + new_group("shop__7") + "}"));
    Cloud copy = cloud;
    const auto second = make_transport(copy);
    second->start(HttpRequestId(1), api.request("GET", Api::root));
    const auto completions = second->poll(seconds(10));
    REQUIRE(completions.size() == 1);
    CHECK(Api::reply_of(completions.front().result).text_at({"request", "method"}) == "GET");
    CHECK(second->poll(seconds(10)).empty());
    CHECK(copy.find("shop__7"));
    CHECK_FALSE(cloud.find("shop__7"));
}

TEST_CASE("poll goes to the first completion and no further than its wait") {
    Cloud cloud = round_cloud();
    const auto transport = make_transport(cloud);
    const TimePoint start = cloud.now();
    CHECK(transport->poll(seconds(5)).empty());
    CHECK(cloud.now() - start == seconds(5));
    const Api api(cloud);
    transport->start(HttpRequestId(7), api.request("GET", Api::root));
    CHECK(transport->poll(Milliseconds(0)).empty());
    CHECK(transport->poll(Milliseconds(9)).empty());
    const auto completions = transport->poll(seconds(5));
    REQUIRE(completions.size() == 1);
    CHECK(completions.front().id == HttpRequestId(7));
    CHECK(cloud.now() - start == seconds(5) + Milliseconds(10));
    CHECK_FALSE(cloud.is_busy());
}

TEST_CASE("requests in flight at once complete in order of time") {
    Cloud cloud = make_cloud(default_scenario());
    const auto transport = make_transport(cloud);
    const Api api(cloud);
    for (std::uint64_t i = 1; i <= 20; ++i)
        transport->start(HttpRequestId(i), api.request("GET", Api::root));
    std::size_t count = 0;
    TimePoint last = cloud.now();
    while (count < 20) {
        const auto completions = transport->poll(seconds(1));
        REQUIRE_FALSE(completions.empty());
        CHECK(cloud.now() >= last);
        last = cloud.now();
        count += completions.size();
    }
    CHECK(cloud.now() - parse_time("2026-03-02T08:00:00Z").value() <= Milliseconds(80));
}

} // namespace elastiroll::sim::determinism_test
