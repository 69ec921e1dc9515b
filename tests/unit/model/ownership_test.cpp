#include <elastiroll/model/ownership.hpp>

#include "line.hpp"

#include <doctest/doctest.h>

namespace elastiroll::ownership_test {
using elastiroll::test::document_from;

namespace {

const OwnershipStyle in_tags{};
const OwnershipStyle other_tags{OwnershipPlace::tags, "acme/"};
const OwnershipStyle in_description{OwnershipPlace::description, "elastiroll:"};

Ownership full() {
    return {DeploymentId("01kdeployment"), "act-1/eu-west-1/shop__web", *Revision::make(8),
            PreviousMark{GroupId("sig-7"), test::capacity(2, 4, 8)},
            "0123456789abcdef0123456789abcdef"};
}

Ownership least() { return {DeploymentId("01kdeployment"), "", {}, {}, ""}; }

} // namespace

TEST_CASE("ownership is read back as it was written, wherever it stands") {
    for (const OwnershipStyle& style : {in_tags, other_tags, in_description}) {
        CAPTURE(style.tag_prefix);
        for (const char* text : {"{}", R"({"description": "the shop; [draft] of it"})",
                                 R"({"compute": {"launchSpecification": {"tags": [
                  {"tagKey": "team", "tagValue": "shop"}]}}})"}) {
            CAPTURE(text);
            for (const Ownership& ownership : {full(), least()}) {
                Document group = document_from(text);
                set_ownership(group, ownership, style);
                CHECK(ownership_of(group, style) == ownership);
            }
        }
    }
}

TEST_CASE("what is not ours is nobody's") {
    for (const char* text :
         {"null", "{}", R"({"description": "the shop"})", R"({"description": null})",
          R"({"description": "[elastiroll deployment=1"})",
          R"({"description": "[elastiroll line=x; digest=y]"})",
          R"({"compute": {"launchSpecification": {"tags": null}}})",
          R"({"compute": {"launchSpecification": {"tags": ["a", 3, null]}}})",
          R"({"compute": {"launchSpecification": {"tags": [
              {"tagKey": "elastiroll:line", "tagValue": "x"},
              {"tagKey": "other:deployment", "tagValue": "y"}]}}})"}) {
        CAPTURE(text);
        for (const OwnershipStyle& style : {in_tags, in_description})
            CHECK(ownership_of(document_from(text), style) == std::nullopt);
    }
}

TEST_CASE(
    "ownership replaces marks of the same keys that the template brings, and keeps the rest") {
    Document group = document_from(R"({"compute": {"launchSpecification": {"tags": [
        {"tagKey": "team", "tagValue": "shop"},
        {"tagKey": "elastiroll:deployment", "tagValue": "old"},
        {"tagKey": "elastiroll:previous", "tagValue": "sig-1 1/1/1"},
        {"tagKey": "elastiroll:note", "tagValue": "by hand"},
        {"tagKey": "elastiroll:digest", "tagValue": "old"}]}}})");
    Ownership ownership = full();
    ownership.previous.reset();
    set_ownership(group, ownership, in_tags);
    CHECK(group == document_from(R"({"compute": {"launchSpecification": {"tags": [
        {"tagKey": "team", "tagValue": "shop"},
        {"tagKey": "elastiroll:note", "tagValue": "by hand"},
        {"tagKey": "elastiroll:deployment", "tagValue": "01kdeployment"},
        {"tagKey": "elastiroll:line", "tagValue": "act-1/eu-west-1/shop__web"},
        {"tagKey": "elastiroll:revision", "tagValue": "8"},
        {"tagKey": "elastiroll:digest",
         "tagValue": "0123456789abcdef0123456789abcdef"}]}}})"));
}

TEST_CASE("ownership in a description stands behind what people wrote, once") {
    Document group = document_from(
        R"({"description": "the shop [elastiroll deployment=old; line=a; digest=b]"})");
    set_ownership(group, full(), in_description);
    set_ownership(group, full(), in_description);
    CHECK(group ==
          document_from(R"({"description": "the shop [elastiroll deployment=01kdeployment; )"
                        R"(line=act-1/eu-west-1/shop__web; revision=8; )"
                        R"(previous=sig-7 2/4/8; )"
                        R"(digest=0123456789abcdef0123456789abcdef]"})"));
}

TEST_CASE("erasing ownership gives back the document it was written into") {
    for (const char* text :
         {R"({"name": "a", "compute": {"launchSpecification": {"imageId": "ami-1"}}})",
          R"({"description": "the shop", "compute": {"launchSpecification": {"tags": [
              {"tagKey": "team", "tagValue": "shop"}]}}})"}) {
        CAPTURE(text);
        for (const OwnershipStyle& style : {in_tags, other_tags, in_description}) {
            Document group = document_from(text);
            set_ownership(group, full(), style);
            erase_ownership(group, style);
            CHECK(group == document_from(text));
        }
    }
}

TEST_CASE("erasing what is not there changes nothing") {
    for (const char* text : {"null", "{}", R"({"description": "  the shop  "})",
                             R"({"compute": {"launchSpecification": {"tags": []}}})"}) {
        CAPTURE(text);
        for (const OwnershipStyle& style : {in_tags, in_description}) {
            Document group = document_from(text);
            erase_ownership(group, style);
            CHECK(group == document_from(text));
        }
    }
}

TEST_CASE("text around the marks of a description is kept") {
    Document group =
        document_from(R"({"description": "before [elastiroll deployment=a] and after"})");
    erase_ownership(group, in_description);
    const auto kept = group.find("description")->as_string();
    CHECK(kept->find("before") != std::string_view::npos);
    CHECK(kept->find("and after") != std::string_view::npos);
    CHECK(kept->find("elastiroll") == std::string_view::npos);
}

TEST_CASE("a mark that was damaged by hand counts as absent, the others stay") {
    const Document group = document_from(R"({"compute": {"launchSpecification": {"tags": [
        {"tagKey": "elastiroll:deployment", "tagValue": "01k"},
        {"tagKey": "elastiroll:line", "tagValue": "l"},
        {"tagKey": "elastiroll:revision", "tagValue": "seven"},
        {"tagKey": "elastiroll:previous", "tagValue": "sig-7 4/2"},
        {"tagKey": "elastiroll:digest", "tagValue": "d"}]}}})");
    CHECK(ownership_of(group, in_tags) == Ownership{DeploymentId("01k"), "l", {}, {}, "d"});
}

} // namespace elastiroll::ownership_test
