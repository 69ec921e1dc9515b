#include "spec_support.hpp"

#include <doctest/doctest.h>

#include <variant>

namespace elastiroll::test::examples_test {
namespace {

ResolveRequest request_for(std::string workflow) {
    ResolveRequest request{.workflow = std::move(workflow)};
    request.files = {{"user-data.sh", std::string(user_data_sh())},
                     {"classic-group.json", std::string(classic_group_json())},
                     {"worker-group.json", std::string(worker_group_json())},
                     {"settings.ini", std::string(settings_ini())}};
    return request;
}

} // namespace

TEST_CASE("every workflow of every example resolves, from the files that it names") {
    for (const auto text : {minimal_json(), canary_json(), classic_json(), overrides_json()}) {
        const Document document = json(text);
        for (const Document& workflow : *document.find("workflows")->as_array()) {
            const std::string name(*workflow.find("name")->as_string());
            CAPTURE(name);
            ResolveRequest all = request_for(name);
            ResolveRequest named{.workflow = name};
            for (const std::string& path : referenced_files(document))
                named.files[path] = all.files.at(path);
            CHECK(complaint_of(document, named) == "");
        }
    }
}

TEST_CASE("the canary example says what the guide says of it") {
    const DeploymentSpec spec = resolved(json(canary_json()), request_for("canary"));
    CHECK(to_string(spec.line) == "act-demo1234/eu-west-1/shop__web__production");
    CHECK(spec.image == ImageId("ami-0abc5d7e9f1a2b3c4"));
    CHECK(std::holds_alternative<SameAsRunning>(spec.instances));
    CHECK(spec.phases ==
          std::vector<PhaseSpec>{{.size = Percent{25}, .bake = Milliseconds{300'000}},
                                 {.size = Percent{50}},
                                 {.size = Percent{100}}});
    REQUIRE(spec.user_data);
    const std::string& script = *spec.user_data;
    for (const char* line :
         {"# Runs once, when an instance starts. ${var.port} is replaced before that; ${HOME} and",
          "release_dir=\"${SHOP_HOME:-/opt/shop}/releases\"\n", "\nSHOP_ENVIRONMENT=production\n",
          "\nSHOP_PORT=8080\n", "\nSHOP_GREETING=Gr\xc3\xbc\xc3\x9f Gott\n",
          "echo \"${instance_id%%-*} starts shop/web\""}) {
        CAPTURE(line);
        CHECK(script.find(line) != std::string::npos);
    }
    CHECK(*spec.group_template.find("description") == Document("Storefront of shop in production"));
}

TEST_CASE("an exported group needs its hidden user data replaced") {
    Document document = json(classic_json());
    const DeploymentSpec spec = resolved(document, request_for("basic"));
    CHECK(spec.line.region == Region("us-west-2"));
    CHECK(spec.group_template.find("createdAt") != nullptr); // the planner removes it
    at(document, {"services", "0"}).erase("user_data");
    CHECK(findings_of(document, request_for("basic")) ==
          std::vector<std::string>{
              "classic-group.json:$.group.compute.launchSpecification.userData"});
}

TEST_CASE("the overrides example differs by environment and workflow") {
    const Document document = json(overrides_json());
    const DeploymentSpec staging = resolved(document, request_for("staging"));
    const DeploymentSpec production = resolved(document, request_for("production"));
    const DeploymentSpec trial = resolved(document, request_for("production-trial"));
    CHECK(std::get<Capacity>(staging.instances).target() == 1);
    CHECK(std::get<Capacity>(production.instances).target() == 6);
    CHECK(staging.user_data->find("LOG_LEVEL=debug") != std::string::npos);
    CHECK(production.user_data->find("LOG_LEVEL=info") != std::string::npos);
    CHECK(trial.user_data->find("LOG_LEVEL=trace") != std::string::npos);
    CHECK(staging.is_user_data_secret);
    CHECK(trial.image == ImageId("ami-0c0ffeec0ffeec0ff"));
    CHECK(production.line == trial.line);
    CHECK(production.line != staging.line);
    CHECK(production.credentials.token_env == "ORDERS_SPOT_TOKEN");
    CHECK(*production.group_template.find("region") == Document("eu-central-1"));
    const Document* tags =
        production.group_template.find_path({"compute", "launchSpecification", "tags"});
    CHECK(to_text(*tags) == R"([{"tagKey":"Team","tagValue":"fulfilment"},)"
                            R"({"tagKey":"Artifacts","tagValue":"orders-production-artifacts"}])");
}

} // namespace elastiroll::test::examples_test
