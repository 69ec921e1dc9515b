#include "spec_support.hpp"

#include <doctest/doctest.h>

namespace elastiroll::test::resolve_test {
namespace {

using Texts = std::vector<std::string>;

Document& phases_of(Document& document) { return at(document, {"workflows", "0", "phases"}); }

} // namespace

TEST_CASE("what a workflow leaves out has the documented defaults") {
    Document document = base_document();
    workflow_of(document) =
        json(R"({"name":"b","strategy":"basic","service":"web","infrastructure":"ireland"})");
    const DeploymentSpec spec = resolved(document);
    DeploymentSpec expected;
    expected.application = "shop";
    expected.service = "web";
    expected.environment = "production";
    expected.infrastructure = "ireland";
    expected.workflow = "b";
    expected.line = {AccountId("act-demo1234"), Region("eu-west-1"),
                     *GroupPrefix::make("shop__web__production")};
    expected.credentials.profile = "shop";
    expected.group_template = spec.group_template;
    expected.image = ImageId("ami-0abc5d7e9f1a2b3c4");
    expected.user_data = "#!/bin/sh\necho ${HOME} web\n";
    expected.phases = {PhaseSpec{.size = Percent{100}}};
    CHECK(spec == expected);
}

TEST_CASE("every option of a workflow arrives") {
    Document document = base_document();
    Document& workflow = workflow_of(document);
    workflow.set("group_prefix", "${app.name}-${env.name}-${infrastructure.region}");
    workflow.set("order", "old_first");
    workflow.set("floor", 1);
    workflow.set("await_old", true);
    workflow.set("retention", 0);
    workflow.set("allow", json(R"(["compute.elasticIps"])"));
    workflow.set("allow_missing_load_balancers", true);
    workflow.set("deallocation", json(R"({"statefulDeallocation":{"shouldDeleteVolumes":true}})"));
    workflow.set("ownership", json(R"({"place":"description","tag_prefix":"x:"})"));
    workflow.set("previous", "${app.name}-old");
    workflow.set("timing", json(R"({"stable_for":"0s","phase_deadline":"24h","poll_min":"100ms",
        "poll_max":"10m","call_timeout":"5m","gate_timeout":"7d","create_settle":"1h",
        "hold_margin":"0s"})"));
    phases_of(document) = json(R"([{"count":1,"old_count":3,"bake":"90s","approval":true},
        {"percent":50,"old_percent":0},{"percent":100}])");
    const DeploymentSpec spec = resolved(document);
    CHECK(spec.line.prefix.text() == "shop-production-eu-west-1");
    CHECK(spec.order == ResizeOrder::old_first);
    CHECK(spec.floor == 1);
    CHECK(spec.await_old);
    CHECK(spec.retention == 0);
    CHECK(spec.allow == AllowedPaths{"compute.elasticIps"});
    CHECK(spec.allow_missing_load_balancers);
    CHECK(spec.deallocation.find_path({"statefulDeallocation", "shouldDeleteVolumes"}));
    CHECK(spec.ownership ==
          OwnershipStyle{.place = OwnershipPlace::description, .tag_prefix = "x:"});
    CHECK(spec.previous == "shop-old");
    using namespace std::chrono_literals;
    CHECK(spec.timing == Timing{.stable_for = 0s,
                                .phase_deadline = 24h,
                                .poll_min = 100ms,
                                .poll_max = 10min,
                                .call_timeout = 5min,
                                .gate_timeout = 7 * 24h,
                                .create_settle = 1h,
                                .hold_margin = 0s});
    CHECK(spec.phases ==
          std::vector<PhaseSpec>{
              {.size = Count{1}, .old_size = Count{3}, .bake = 90s, .needs_approval = true},
              {.size = Percent{50}, .old_size = Count{0}},
              {.size = Percent{100}}});
    CHECK(std::get<Capacity>(spec.instances) ==
          *Capacity::make({.minimum = 2, .target = 4, .maximum = 8}));
}

TEST_CASE("phases that only the planner can compare are left to it") {
    for (const char* phases :
         {R"([{"percent":50},{"count":1},{"percent":100}])", R"([{"count":2},{"count":4}])",
          R"([{"percent":100}])", R"([{"count":0},{"percent":100}])",
          R"([{"percent":99,"old_percent":1},{"percent":100,"old_count":0}])"}) {
        CAPTURE(phases);
        Document document = base_document();
        phases_of(document) = json(phases);
        CHECK(findings_of(document) == Texts{});
    }
}

TEST_CASE("a target of 0 is fine where it is meant") {
    Document document = base_document();
    workflow_of(document).set("instances", json(R"({"minimum":0,"target":0,"maximum":0})"));
    workflow_of(document).set("allow_zero", true);
    CHECK(findings_of(document) == Texts{});
}

TEST_CASE("the caller's image, variables, previous and force beat the document's") {
    Document document = base_document();
    workflow_of(document).set("previous", "old");
    ResolveRequest request;
    request.image = ImageId("ami-11112222");
    request.variables["team"] = "${app.name}";
    request.previous = "older";
    request.force = true;
    const DeploymentSpec spec = resolved(document, request);
    CHECK(spec.image == ImageId("ami-11112222"));
    CHECK(spec.user_data == "#!/bin/sh\necho ${HOME} ${app.name}\n");
    CHECK(spec.previous == "older");
    CHECK(spec.force);
}

TEST_CASE("the caller may give a variable that the document only uses") {
    Document document = base_document();
    at(document, {"services", "0", "user_data"}).set("text", "run ${var.build}");
    CHECK_FALSE(findings_of(document).empty());
    ResolveRequest request;
    request.variables["build"] = "17";
    CHECK(resolved(document, request).user_data == "run 17");
}

TEST_CASE("what the caller gives in vain is a finding") {
    ResolveRequest request;
    request.variables["prot"] = "80";
    CHECK(findings_of(base_document(), request) == Texts{"variables.prot"});
    CHECK(complaint_of(base_document(), request).find("\"port\"") != std::string::npos);
    request = {.image = ImageId("web:1")};
    CHECK(findings_of(base_document(), request) == Texts{"image"});
    request = {.workflow = "canery"};
    CHECK(findings_of(base_document(), request) == Texts{"$.workflows"});
    CHECK(complaint_of(base_document(), request).find("write \"canary\"") != std::string::npos);
}

TEST_CASE("one of several workflows has to be named") {
    Document document = base_document();
    Document second = workflow_of(document);
    second.set("name", "second");
    at(document, {"workflows"}).push_back(second);
    CHECK(findings_of(document) == Texts{"$.workflows"});
    CHECK(resolved(document, {.workflow = "second"}).workflow == "second");
}

TEST_CASE("no secret value appears in a finding") {
    const std::string secret = "t0p-secret-value";
    const char* const places[] = {"group_prefix", "previous"};
    for (const char* place : places) {
        Document document = base_document();
        at(document, {"services", "0", "variables", "key"}).set("value", secret);
        workflow_of(document).set(place, "${var.key}");
        group_of(document).set("region", "${var.key}");
        at(document, {"services", "0", "image"}).set("id", "${var.key}");
        const std::string complaint = complaint_of(document);
        CHECK(complaint.find("$.workflows[0].") != std::string::npos);
        CHECK(complaint.find(secret) == std::string::npos);
    }
    Document document = base_document();
    at(document, {"infrastructures", "0"})
        .set("credentials", Document::object({{"token", secret}, {"profile", nullptr}}));
    at(document, {"services", "0", "variables"}).set("key", Document::array({secret}));
    CHECK(complaint_of(document).find(secret) == std::string::npos);
}

TEST_CASE("a value that replaces a secret is a secret") {
    Document document = base_document();
    group_of(document).set("x", "${var.key}");
    ResolveRequest request;
    request.variables["key"] = "other";
    CHECK(resolved(document, request).secret_paths == Texts{"x"});
    at(document, {"environments", "0"}).set("overrides", json(R"({"variables":{"key":"plain"}})"));
    CHECK(resolved(document).secret_paths == Texts{"x"});
}

TEST_CASE("two services or environments never share a line") {
    struct Row {
        const char* why;
        const char* services;
        const char* environment; ///< of the second infrastructure
        const char* region;
        const char* prefix; ///< of both workflows
        bool is_fine;
    };
    const Row rows[] = {
        {"the same service and environment", "web", "production", "eu-west-1", "p", true},
        {"another environment", "web", "staging", "eu-west-1", "p", false},
        {"another environment in another region", "web", "staging", "eu-west-2", "p", true},
        {"another service", "api", "production", "eu-west-1", "p", false},
        {"another environment, named in the prefix", "web", "staging", "eu-west-1", "${env.name}",
         true},
        {"another service, named in the prefix", "api", "production", "eu-west-1",
         "${service.name}", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Document document = base_document();
        Document api = at(document, {"services", "0"});
        api.set("name", "api");
        at(document, {"services"}).push_back(api);
        at(document, {"environments"}).push_back(Document::object({{"name", "staging"}}));
        Document place = at(document, {"infrastructures", "0"});
        place.set("name", "second");
        place.set("environment", row.environment);
        place.set("region", row.region);
        at(document, {"infrastructures"}).push_back(place);
        workflow_of(document).set("group_prefix", row.prefix);
        Document workflow = workflow_of(document);
        workflow.set("name", "second");
        workflow.set("service", row.services);
        workflow.set("infrastructure", "second");
        at(document, {"workflows"}).push_back(workflow);
        CHECK(findings_of(document, {.workflow = "canary"}) ==
              (row.is_fine ? Texts{} : Texts{"$.workflows[1]"}));
    }
}

TEST_CASE("Harness's prefixes are found again") {
    Document document = base_document();
    at(document, {"application"}).set("name", "My Shop");
    CHECK(resolved(document).line.prefix.text() == "My Shop__web__production");
    workflow_of(document).set("naming", "harness");
    const DeploymentSpec spec = resolved(document);
    CHECK(spec.naming == NamingPreset::harness);
    CHECK(spec.line.prefix.text() == "My__Shop__web__production");
    workflow_of(document).set("group_prefix", "a-${env.name}.b");
    CHECK(resolved(document).line.prefix.text() == "a__production__b");
}

TEST_CASE("a default prefix that ends like a revision asks for one of its own") {
    Document document = base_document();
    at(document, {"environments", "0"}).set("name", "2024");
    at(document, {"infrastructures", "0"}).set("environment", "2024");
    CHECK(findings_of(document) == Texts{"$.workflows[0].group_prefix"});
}

TEST_CASE("user data keeps its bytes") {
    Document document = base_document();
    at(document, {"services", "0"}).set("user_data", Document::object({{"file", "boot.sh"}}));
    const std::string script = "#!/bin/sh\r\n# Gr\xc3\xbc\xc3\x9f Gott \xe2\x82\xac\n\techo "
                               "\"${PATH%%:*}\" $$ $(id) `id` $1 ${#} \\$\n\n";
    ResolveRequest request;
    request.files["boot.sh"] = script;
    CHECK(resolved(document, request).user_data == script);
    request.files["boot.sh"] = std::string(user_data_bytes_max, 'x');
    CHECK(resolved(document, request).user_data == request.files["boot.sh"]);
    request.files["boot.sh"] += 'x';
    CHECK(findings_of(document, request) == Texts{"$.services[0].user_data.file"});
    request.files["boot.sh"] = "\n\n${var.no}";
    CHECK(complaint_of(document, request).find("in boot.sh, line 3: ") != std::string::npos);
}

TEST_CASE("a template's file says where in it something is wrong") {
    Document document = base_document();
    at(document, {"infrastructures", "0"})
        .set("elastigroup", Document::object({{"file", "g.json"}}));
    struct Row {
        const char* text;
        const char* path;
        const char* message;
    };
    const Row rows[] = {
        {R"({"group":{)", "$.infrastructures[0].elastigroup.file", "g.json:1:"},
        {R"([])", "g.json:$", "expected an object"},
        {R"({"groups":{},"group":{"compute":{"launchSpecification":{}},"strategy":{},)"
         R"("capacity":{}}})",
         "g.json:$.groups", "unknown key"},
        {R"({"group":{"compute":{},"strategy":{},"capacity":{}}})",
         "g.json:$.group.compute.launchSpecification", "is missing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        ResolveRequest request;
        request.files["g.json"] = row.text;
        CHECK(findings_of(document, request) == Texts{row.path});
        CHECK(complaint_of(document, request).find(row.message) != std::string::npos);
    }
}

TEST_CASE("all files of a document are named, each once, in order") {
    Document document = base_document();
    const Document file = Document::object({{"file", "b.sh"}});
    at(document, {"services", "0"}).set("user_data", file);
    at(document, {"services", "0", "files"}).set("motd", Document::object({{"file", "z.txt"}}));
    at(document, {"environments", "0"}).set("overrides", Document::object({{"user_data", file}}));
    workflow_of(document).set("overrides",
                              json(R"({"files":{"motd":{"file":"a.txt"},"x":{"text":"y"}}})"));
    at(document, {"infrastructures", "0"})
        .set("elastigroup", Document::object({{"file", "g.json"}}));
    CHECK(referenced_files(document) == Texts{"a.txt", "b.sh", "g.json", "z.txt"});
}

TEST_CASE("an image is chosen by parameter or filter, with expressions replaced") {
    const auto selector_of = [](std::string_view image) {
        Document document = base_document();
        at(document, {"services", "0"}).set("image", json(image));
        const DeploymentSpec spec = resolved(document);
        CHECK(spec.image.empty());
        CHECK(decode_deployment_spec(encode(spec)) == Result<DeploymentSpec>(spec));
        return spec.image_selector;
    };
    CHECK(selector_of(R"({"parameter": "/${app.name}/ami:3"})") ==
          ImageSelector(ImageParameter{"/shop/ami:3"}));
    CHECK(selector_of(R"({"id": "resolve:ssm:/images/web"})") ==
          ImageSelector(ImageParameter{"/images/web"}));
    CHECK(selector_of(R"({"filter": {"name": "${service.name}-*", "tag:a": ["b", "c"]}})") ==
          ImageSelector(ImageQuery{{{"name", {"web-*"}}, {"tag:a", {"b", "c"}}}, {"self"}}));
    CHECK(selector_of(R"({"filter": {"name": "x"}, "owners": ["123456789012"]})") ==
          ImageSelector(ImageQuery{{{"name", {"x"}}}, {"123456789012"}}));
    Document document = base_document();
    CHECK(resolved(document, {.image = ImageId("resolve:ssm:/p")}).image_selector ==
          ImageSelector(ImageParameter{"/p"}));
    CHECK(findings_of(document, {.image = ImageId("resolve:ssm:")}) == Texts{"image"});
}

} // namespace elastiroll::test::resolve_test
