#include <elastiroll/base/text.hpp>
#include <elastiroll/plan/planner.hpp>

#include "line.hpp"
#include "plan/group_document.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace elastiroll::group_document_test {
using test::document_from;

namespace {

DeploymentSpec spec_of(std::string_view group) {
    DeploymentSpec spec = test::basic_spec();
    spec.group_template = document_from(group);
    return spec;
}

/// The create document's text, or the refusal.
std::string made(const DeploymentSpec& spec) {
    const auto document = make_group_document(spec, "shop__web__8");
    return document ? to_text(*document) : document.error().message;
}

std::string digest(const DeploymentSpec& spec) {
    const auto document = make_group_document(spec, "shop__web__8");
    return document ? digest_of(*document, spec.ownership) : std::string();
}

} // namespace

TEST_CASE("what the library does not understand reaches Spot digit for digit, in its order") {
    CHECK(made(spec_of(R"({"zebra": 12345678901234567, "name": "old",
        "capacity": {"minimum": 2, "target": 4, "maximum": 8, "unit": "instance"},
        "strategy": {"risk": 100, "price": 0.10, "drainingTimeout": 300, "availabilityVsCost": null,
                     "exponent": 1E+2, "big": 123456789012345678901234567890},
        "compute": {"unknown": {"deep": [null, true, "\u00e9"]},
                    "launchSpecification": {"monitoring": false, "imageId": "ami-old"}}})")) ==
          R"({"zebra":12345678901234567,"name":"shop__web__8",)"
          R"("capacity":{"minimum":0,"target":0,"maximum":0,"unit":"instance"},)"
          R"("strategy":{"risk":100,"price":0.10,"drainingTimeout":300,"availabilityVsCost":null,)"
          R"("exponent":1E+2,"big":123456789012345678901234567890},)"
          "\"compute\":{\"unknown\":{\"deep\":[null,true,\"\xc3\xa9\"]},"
          R"("launchSpecification":{"monitoring":false,"imageId":"ami-new"}}})");
}

TEST_CASE("fields that Spot adds are gone, and those of the same name further in stay") {
    CHECK(made(spec_of(R"({"id": "sig-live", "createdAt": "2024", "updatedAt": "2025",
        "accountId": "act-9", "organizationId": 3, "status": "x", "groupId": "sig-live",
        "capacity": {}, "compute": {"launchSpecification": {"id": "kept"}}})")) ==
          R"({"capacity":{"minimum":0,"target":0,"maximum":0,"unit":"instance"},)"
          R"("compute":{"launchSpecification":{"id":"kept","imageId":"ami-new"}},)"
          R"("name":"shop__web__8"})");
}

TEST_CASE("a list of images is replaced by the one image, never sent together with it") {
    CHECK(made(spec_of(R"({"capacity": {"unit": "weight"}, "compute": {"launchSpecification":
        {"images": [{"id": "ami-a"}, {"id": "ami-b"}], "keyPair": "k"}}})")) ==
          R"({"capacity":{"minimum":0,"target":0,"maximum":0,"unit":"weight"},)"
          R"("compute":{"launchSpecification":{"keyPair":"k","imageId":"ami-new"}},)"
          R"("name":"shop__web__8"})");
}

TEST_CASE("user data is the Base64 of its bytes; without any the template's own stays") {
    const char* const group =
        R"({"capacity": {}, "compute": {"launchSpecification": {"userData": "b2xk"}}})";
    struct Row {
        std::optional<std::string> user_data;
        const char* expected;
    };
    const Row rows[] = {
        {std::nullopt, "b2xk"},
        {"#!/bin/sh\necho caf\xc3\xa9\n", "IyEvYmluL3NoCmVjaG8gY2Fmw6kK"},
        {std::string("\0\n", 2), "AAo="},
        {"", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.expected);
        DeploymentSpec spec = spec_of(group);
        spec.user_data = row.user_data;
        const auto document = make_group_document(spec, "shop__web__8");
        REQUIRE(document);
        CHECK(*document->find_path({"compute", "launchSpecification", "userData"}) ==
              Document(row.expected));
    }
}

TEST_CASE("a digest is over what makes instances alike and nothing else") {
    const DeploymentSpec spec = test::basic_spec();
    const std::string usual = digest(spec);
    CHECK(usual.size() == 32);
    CHECK(usual.find_first_not_of("0123456789abcdef") == std::string::npos);
    using Change = std::function<void(DeploymentSpec&)>;
    struct Row {
        const char* why;
        Change change;
        bool is_same;
    };
    const auto launch = [](DeploymentSpec& changed) -> Document& {
        return *changed.group_template.find_path({"compute", "launchSpecification"});
    };
    const Row rows[] = {
        {"the name", [](auto& s) { s.group_template.set("name", "other"); }, true},
        {"the template's capacity",
         [](auto& s) { s.group_template.find("capacity")->set("minimum", 77); }, true},
        {"an id of the exported group", [](auto& s) { s.group_template.set("id", "sig-9"); }, true},
        {"the order of members",
         [](auto& s) {
             Document region = *s.group_template.find("region");
             s.group_template.erase("region");
             s.group_template.set("region", std::move(region));
         },
         true},
        {"the template's own image", [&](auto& s) { launch(s).set("imageId", "ami-other"); }, true},
        {"a list of images",
         [&](auto& s) { launch(s).set("images", document_from(R"([{"id": "x"}])")); }, true},
        {"marks of ours",
         [&](auto& s) {
             set_ownership(s.group_template, {DeploymentId("01k"), "l", {}, {}, "d"}, {});
         },
         true},
        {"the requested capacity", [](auto& s) { s.instances = test::capacity(1, 1, 1); }, true},
        {"the image", [](auto& s) { s.image = ImageId("ami-newer"); }, false},
        {"user data", [](auto& s) { s.user_data = "x"; }, false},
        {"a tag", [&](auto& s) { launch(s).set("tags", Document::array()); }, false},
        {"a null member", [&](auto& s) { launch(s).set("iamRole", nullptr); }, false},
        {"a number's digits",
         [](auto& s) {
             s.group_template.find("strategy")->set("risk", *Document::number("100.0"));
         },
         false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        DeploymentSpec changed = spec;
        row.change(changed);
        CHECK((digest(changed) == usual) == row.is_same);
    }
}

TEST_CASE("the digest of a document is stable over releases") {
    // SHA-256 over the canonical text; other programs may compare it, so it never changes.
    const Document document = document_from(R"({"b": 1, "name": "x", "a": [1.50, null]})");
    CHECK(digest_of(document, {}) == sha256_hex(R"({"a":[1.50,null],"b":1})").substr(0, 32));
}

TEST_CASE("the create document carries the marks of its deployment") {
    const DeploymentSpec spec = test::canary_spec();
    const auto plan = plan_deployment(
        spec, test::line_of(
                  {test::group({.name = "shop__web__7", .capacity = test::capacity(2, 4, 8)})}));
    REQUIRE(plan);
    const Document document = create_document(*plan, DeploymentId("01kdeployment"), spec.ownership);
    CHECK(ownership_of(document, spec.ownership) ==
          Ownership{DeploymentId("01kdeployment"), "act-1/eu-west-1/shop__web", *Revision::make(8),
                    PreviousMark{GroupId("sig-7"), test::capacity(2, 4, 8)}, plan->digest});
    CHECK(digest_of(document, spec.ownership) == plan->digest);
    Document without = document;
    erase_ownership(without, spec.ownership);
    CHECK(without == plan->group_document);
}

} // namespace elastiroll::group_document_test
