#include <elastiroll/model/elastigroup.hpp>

#include "line.hpp"

#include <doctest/doctest.h>

#include <string>

namespace elastiroll::elastigroup_test {
using elastiroll::test::document_from;

TEST_CASE("a group is read whole, and its document is kept as it was") {
    const Document document = document_from(R"({
        "id": "sig-1", "name": "app__1", "createdAt": "2024-05-01T10:00:00.000Z",
        "capacity": {"minimum": 2, "target": 4, "maximum": 8, "unit": "weight"},
        "odd": 12345678901234567890, "nothing": null})");
    const auto group = decode_elastigroup(document);
    REQUIRE(group);
    CHECK(*group == Elastigroup{GroupId("sig-1"), "app__1", test::capacity(2, 4, 8),
                                CapacityUnit::weight, *parse_time("2024-05-01T10:00:00Z"),
                                document});
}

TEST_CASE("a group's unit and time of creation may be missing") {
    for (const char* text :
         {R"({"id": "a", "name": "b", "capacity": {"minimum": 0, "target": 0, "maximum": 0}})",
          R"({"id": "a", "name": "b", "createdAt": "yesterday",
              "capacity": {"minimum": 0, "target": 0, "maximum": 0, "unit": null}})"}) {
        CAPTURE(text);
        const auto group = decode_elastigroup(document_from(text));
        CHECK((group && group->unit == CapacityUnit::instance && !group->created_at));
    }
}

TEST_CASE("a target outside its bounds, seen while policies run, widens them") {
    struct Row {
        const char* capacity;
        Capacity expected;
    };
    const Row rows[] = {
        {R"({"minimum": 2, "target": 9, "maximum": 8})", test::capacity(2, 9, 9)},
        {R"({"minimum": 2, "target": 1, "maximum": 8})", test::capacity(1, 1, 8)},
        {R"({"minimum": 2, "target": 0, "maximum": 8})", test::capacity(0, 0, 8)},
    };
    for (const Row& row : rows) {
        CAPTURE(row.capacity);
        Document document = document_from(R"({"id": "a", "name": "b"})");
        document.set("capacity", document_from(row.capacity));
        const auto group = decode_elastigroup(document);
        CHECK((group && group->capacity == row.expected));
    }
}

TEST_CASE("a group that cannot be read is a protocol error that names the place") {
    struct Row {
        const char* text;
        const char* expected; ///< in the message
    };
    constexpr Row rows[] = {
        {"null", "name is missing"},
        {"[]", "name is missing"},
        {R"({"id": "sig-1"})", "'sig-1' as Spot gave it: name is missing"},
        {R"({"id": "sig-1", "name": 3})", "name is missing or no text"},
        {R"({"name": "app"})", "'app' as Spot gave it: id is missing"},
        {R"({"id": "a", "name": "b"})", "capacity is missing or no object"},
        {R"({"id": "a", "name": "b", "capacity": null})", "capacity is missing or no object"},
        {R"({"id": "a", "name": "b", "capacity": {"target": 1, "maximum": 1}})",
         "capacity.minimum is missing or no integer"},
        {R"({"id": "a", "name": "b", "capacity": {"minimum": 1, "target": "4", "maximum": 1}})",
         "capacity.target is missing or no integer"},
        {R"({"id": "a", "name": "b", "capacity": {"minimum": 1, "target": 1, "maximum": 1.5}})",
         "capacity.maximum is missing or no integer"},
        {R"({"id": "a", "name": "b", "capacity": {"minimum": 1, "target": 1, "maximum": null}})",
         "capacity.maximum is missing or no integer"},
        {R"({"id": "a", "name": "b", "capacity": {"minimum": -2, "target": 1, "maximum": 1}})",
         "the minimum is below 0"},
        {R"({"id": "a", "name": "b", "capacity": {"minimum": 0, "target": 1, "maximum": 200000}})",
         "the maximum is above 100000"},
        {R"({"id": "a", "name": "b",
             "capacity": {"minimum": 0, "target": 1, "maximum": 2, "unit": "vcpu"}})",
         "capacity.unit is neither instance nor weight"},
        {R"({"id": "a", "name": "b",
             "capacity": {"minimum": 0, "target": 1, "maximum": 2, "unit": 3}})",
         "capacity.unit is neither instance nor weight"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto group = decode_elastigroup(document_from(row.text));
        CHECK(!group);
        if (!group) {
            CAPTURE(group.error().message);
            CHECK(group.error().category == ErrorCategory::protocol);
            CHECK(group.error().message.find(row.expected) != std::string::npos);
        }
    }
}

TEST_CASE("a group's region is the one it names, else the one that all its zones are in") {
    struct Row {
        const char* text;
        const char* expected;
    };
    constexpr Row rows[] = {
        {R"({"region": "eu-west-1",
             "compute": {"availabilityZones": [{"name": "us-east-1a"}]}})",
         "eu-west-1"},
        {R"({"compute": {"availabilityZones": [{"name": "eu-west-1a"}, {"name": "eu-west-1b"}]}})",
         "eu-west-1"},
        {R"({"compute": {"availabilityZones": [{"name": "eu-west-1a"}, {"name": "us-east-1a"}]}})",
         ""},
        {R"({"region": "", "compute": {"availabilityZones": [{"name": "ap-southeast-2c"}]}})",
         "ap-southeast-2"},
        {R"({"region": 3, "compute": {"availabilityZones": "eu-west-1a"}})", ""},
        {R"({"compute": {"availabilityZones": []}})", ""},
        {R"({"compute": {"availabilityZones": [null]}})", ""},
        {"{}", ""},
        {"null", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(region_of(document_from(row.text)) == Region(row.expected));
    }
}

TEST_CASE("a group changes by itself when it has a policy or an enabled task") {
    struct Row {
        const char* text;
        bool expected;
    };
    constexpr Row rows[] = {
        {"{}", false},
        {"null", false},
        {R"({"scaling": null, "scheduling": null})", false},
        {R"({"scaling": {"up": [], "down": null, "target": []}, "scheduling": {"tasks": []}})",
         false},
        {R"({"scaling": {"up": [{"policyName": "a"}]}})", true},
        {R"({"scaling": {"down": [{"policyName": "a"}]}})", true},
        {R"({"scaling": {"target": [{"policyName": "a"}]}})", true},
        {R"({"scaling": {"multipleMetrics": {"metrics": [], "expressions": []}}})", true},
        {R"({"scheduling": {"tasks": [{"taskType": "scale", "isEnabled": true}]}})", true},
        {R"({"scheduling": {"tasks": [{"taskType": "scale"}]}})", true},
        {R"({"scheduling": {"tasks": [{"taskType": "scale", "isEnabled": false}]}})", false},
        {R"({"scheduling": {"tasks": [{"isEnabled": false}, {"isEnabled": true}]}})", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(has_automation(document_from(row.text)) == row.expected);
    }
}

TEST_CASE("load balancers are read in their newer and their older form") {
    struct Row {
        const char* launch;
        std::vector<LoadBalancerEntry> expected;
    };
    const Row rows[] = {
        {"{}", {}},
        {R"({"loadBalancersConfig": null, "loadBalancerNames": null})", {}},
        {R"({"loadBalancersConfig": {"loadBalancers": null}})", {}},
        {R"({"loadBalancersConfig": {"loadBalancers": [
              {"type": "TARGET_GROUP", "name": "web", "arn": "arn:aws:1"},
              {"type": "CLASSIC", "name": "old"}]}})",
         {{"TARGET_GROUP", "web", "arn:aws:1"}, {"CLASSIC", "old", ""}}},
        {R"({"loadBalancerNames": ["one", "two"]})",
         {{"CLASSIC", "one", ""}, {"CLASSIC", "two", ""}}},
        {R"({"loadBalancerNames": ["one"],
             "loadBalancersConfig": {"loadBalancers": [{"type": "NEW_KIND"}]}})",
         {{"NEW_KIND", "", ""}, {"CLASSIC", "one", ""}}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.launch);
        Document document = document_from(R"({"compute": {}})");
        document.find("compute")->set("launchSpecification", document_from(row.launch));
        CHECK(load_balancers_of(document) == row.expected);
    }
    CHECK(load_balancers_of(Document()) == std::vector<LoadBalancerEntry>());
}

TEST_CASE("weights are those of instance types that have a sensible one") {
    const Document document = document_from(R"({"compute": {"instanceTypes": {"weights": [
        {"instanceType": "m5.large", "weightedCapacity": 2},
        {"instanceType": "m5.xlarge", "weightedCapacity": 4},
        {"instanceType": "zero", "weightedCapacity": 0},
        {"instanceType": "minus", "weightedCapacity": -1},
        {"instanceType": "huge", "weightedCapacity": 10000000},
        {"instanceType": "text", "weightedCapacity": "4"},
        {"instanceType": "half", "weightedCapacity": 1.5},
        null]}}})");
    CHECK(weights_of(document) ==
          std::map<std::string, int, std::less<>>{{"m5.large", 2}, {"m5.xlarge", 4}});
    CHECK(weights_of(Document()).empty());
}

TEST_CASE("a group is stateful when it persists something, in either form of the document") {
    struct Row {
        const char* persistence;
        bool expected;
    };
    constexpr Row rows[] = {
        {"null", false},
        {"{}", false},
        {"[]", false},
        {R"({"shouldPersistPrivateIp": false, "shouldPersistRootDevice": null})", false},
        {R"({"blockDevicesMode": "reattach"})", false},
        {R"({"shouldPersistPrivateIp": true})", true},
        {R"({"shouldPersistRootDevice": true})", true},
        {R"({"shouldPersistBlockDevices": true})", true},
        {R"([{"shouldPersistRootDevice": false}, {"shouldPersistBlockDevices": true}])", true},
        {R"([{"shouldPersistRootDevice": false}])", false},
        {R"("yes")", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.persistence);
        Document document = document_from(R"({"strategy": {}})");
        document.find("strategy")->set("persistence", document_from(row.persistence));
        CHECK(is_stateful(document) == row.expected);
    }
    CHECK(!is_stateful(Document()));
}

} // namespace elastiroll::elastigroup_test
