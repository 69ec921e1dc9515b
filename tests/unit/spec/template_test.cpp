#include "spec_support.hpp"

#include <doctest/doctest.h>

#include <elastiroll/base/text.hpp>

namespace elastiroll::test::template_test {
namespace {

Document& launch_of(Document& document) {
    return at(document,
              {"infrastructures", "0", "elastigroup", "group", "compute", "launchSpecification"});
}

Document tags(int count) {
    Document list = Document::array();
    for (int i = 0; i < count; ++i)
        list.push_back(Document::object({{"tagKey", "k" + std::to_string(i)}, {"tagValue", "v"}}));
    return list;
}

const std::string group_path = "$.infrastructures[0].elastigroup.group";

} // namespace

TEST_CASE("what the library does not understand survives digit for digit") {
    Document document = base_document();
    const Document odd =
        json(R"({"a":300,"b":12345678901234567,"c":0.10,"d":null,"e":1E5,"f":-0.0,)"
             R"("z":{},"y":[],"${var.team}":"k","x":123456789012345678901234567890,)"
             R"("t":"${var.team}","u":"\u00e4\n"})");
    group_of(document).set("odd", odd);
    const DeploymentSpec spec = resolved(document);
    REQUIRE(spec.group_template.find("odd"));
    CHECK(to_text(*spec.group_template.find("odd")) ==
          "{\"a\":300,\"b\":12345678901234567,\"c\":0.10,\"d\":null,\"e\":1E5,\"f\":-0.0,"
          "\"z\":{},\"y\":[],\"${var.team}\":\"k\",\"x\":123456789012345678901234567890,"
          "\"t\":\"web\",\"u\":\"\xc3\xa4\\n\"}");
}

TEST_CASE("a text that is only an expression stays a text, and values are not read as JSON") {
    Document document = base_document();
    at(document, {"services", "0", "variables"}).set("port", "80\", \"x\": \"1");
    group_of(document).set("a", "${var.port}");
    at(document, {"services", "0", "variables"}).set("number", "300");
    group_of(document).set("b", "${var.number}");
    const DeploymentSpec spec = resolved(document);
    CHECK(*spec.group_template.find("a") == Document("80\", \"x\": \"1"));
    CHECK(*spec.group_template.find("b") == Document("300"));
}

TEST_CASE("a template without expressions comes out as it went in") {
    Document document = base_document();
    launch_of(document).erase("tags");
    CHECK(resolved(document).group_template == group_of(document));
}

TEST_CASE("a template without a region gets that of the infrastructure") {
    Document document = base_document();
    group_of(document).set("region", nullptr);
    CHECK(*resolved(document).group_template.find("region") == Document("eu-west-1"));
    group_of(document).erase("region");
    CHECK(*resolved(document).group_template.find("region") == Document("eu-west-1"));
}

TEST_CASE("zones of another region are refused") {
    Document document = base_document();
    group_of(document).erase("region");
    at(document, {"infrastructures", "0", "elastigroup", "group", "compute"})
        .set("availabilityZones", json(R"([{"name":"us-east-1a"},{"name":"us-east-1b"}])"));
    CHECK(findings_of(document) ==
          std::vector<std::string>{group_path + ".compute.availabilityZones"});
}

TEST_CASE("masked user data is refused unless the spec replaces it") {
    Document document = base_document();
    launch_of(document).set("userData", "__hidden__");
    CHECK(findings_of(document).empty());
    at(document, {"services", "0"}).erase("user_data");
    CHECK(findings_of(document) ==
          std::vector<std::string>{group_path + ".compute.launchSpecification.userData"});
}

TEST_CASE("masked values are known by their look") {
    for (const char* mask : {"__hidden__", "__HIDDEN__", "*****", "***", "<redacted>"}) {
        CAPTURE(mask);
        Document document = base_document();
        group_of(document).set("thirdPartiesIntegration", Document::object({{"token", mask}}));
        CHECK(findings_of(document) ==
              std::vector<std::string>{group_path + ".thirdPartiesIntegration.token"});
    }
    for (const char* plain : {"* * * * *", "**", "hidden", "0 9 * * 1-5", ""}) {
        CAPTURE(plain);
        Document document = base_document();
        group_of(document).set("cronExpression", plain);
        CHECK(findings_of(document).empty());
    }
}

TEST_CASE("one way to name the image is fine, even beside an empty other") {
    for (const char* launch :
         {R"({"imageId":"ami-1"})", R"({"images":[{"id":"ami-1"}]})",
          R"({"imageId":"ami-1","images":null})", R"({"imageId":null,"images":[{"id":"ami-1"}]})",
          R"({"imageId":"ami-1","images":[]})"}) {
        CAPTURE(launch);
        Document document = base_document();
        launch_of(document) = json(launch);
        CHECK(findings_of(document).empty());
    }
}

TEST_CASE("tags are counted together with those of the deployment") {
    struct Row {
        const char* why;
        int count;
        const char* place;
        bool is_fine;
    };
    constexpr Row rows[] = {
        {"45 and our 5", 45, "tags", true},
        {"46 and our 5", 46, "tags", false},
        {"50 and none of ours", 50, "description", true},
        {"51 and none of ours", 51, "description", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Document document = base_document();
        launch_of(document).set("tags", tags(row.count));
        workflow_of(document).set("ownership", Document::object({{"place", row.place}}));
        CHECK(findings_of(document).empty() == row.is_fine);
    }
}

TEST_CASE("tags of an earlier deployment count as ours") {
    Document document = base_document();
    Document list = tags(45);
    for (const char* key : {"elastiroll:deployment", "elastiroll:line", "elastiroll:line"})
        list.push_back(Document::object({{"tagKey", key}, {"tagValue", "old"}}));
    launch_of(document).set("tags", list);
    CHECK(findings_of(document).empty());
}

TEST_CASE("tag keys are told apart after expressions are replaced") {
    Document document = base_document();
    launch_of(document).set(
        "tags", json(R"([{"tagKey":"web","tagValue":""},{"tagKey":"${var.team}","tagValue":""}])"));
    CHECK(findings_of(document) ==
          std::vector<std::string>{group_path + ".compute.launchSpecification.tags[1].tagKey"});
}

TEST_CASE("a template's own user data has the same limit") {
    Document document = base_document();
    at(document, {"services", "0"}).erase("user_data");
    launch_of(document).set("userData", encode_base64(std::string(user_data_bytes_max, 'x')));
    CHECK(findings_of(document).empty());
    launch_of(document).set("userData", encode_base64(std::string(user_data_bytes_max + 1, 'x')));
    CHECK(findings_of(document) ==
          std::vector<std::string>{group_path + ".compute.launchSpecification.userData"});
}

TEST_CASE("places that hold a secret are told") {
    Document document = base_document();
    launch_of(document).set("shutdownScript", "${var.key}");
    launch_of(document).set("tags", *parse_document(R"([{"tagKey": "a", "tagValue": "b"},
                                    {"tagKey": "c", "tagValue": "is ${var.key}"}])"));
    at(document, {"services", "0", "user_data"}).set("text", "run ${var.key}");
    const DeploymentSpec spec = resolved(document);
    CHECK(spec.secret_paths ==
          std::vector<std::string>{"compute.launchSpecification.tags[1].tagValue",
                                   "compute.launchSpecification.shutdownScript"});
    const std::string key(text_at(
        spec.group_template.find_path({"compute", "launchSpecification", "shutdownScript"})));
    CHECK(secret_texts(spec) == std::vector<std::string>{"is " + key, key});
    CHECK(spec.is_user_data_secret);
    CHECK_FALSE(resolved(base_document()).is_user_data_secret);
}

TEST_CASE("a file that is no text goes into a template as Base64 only") {
    Document document = base_document();
    at(document, {"services", "0", "files"}).set("blob", Document::object({{"file", "blob"}}));
    ResolveRequest request;
    request.files["blob"] = "\xff\xfe";
    launch_of(document).set("shutdownScript", "${file_base64.blob}");
    const DeploymentSpec spec = resolved(document, request);
    CHECK(*spec.group_template.find_path({"compute", "launchSpecification", "shutdownScript"}) ==
          Document("//4="));
    launch_of(document).set("shutdownScript", "${file.blob}");
    CHECK(findings_of(document, request) ==
          std::vector<std::string>{group_path + ".compute.launchSpecification.shutdownScript"});
}

} // namespace elastiroll::test::template_test
