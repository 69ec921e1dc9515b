#include "spec_support.hpp"

#include <doctest/doctest.h>

namespace elastiroll::test::overrides_test {
namespace {

/// Sets `overrides` of the environment and of the workflow; null leaves one out.
Document with_overrides(const Document& environment, const Document& workflow) {
    Document document = base_document();
    if (!environment.is_null())
        at(document, {"environments", "0"}).set("overrides", environment);
    if (!workflow.is_null())
        workflow_of(document).set("overrides", workflow);
    return document;
}

} // namespace

TEST_CASE("workflow beats environment beats service") {
    struct Row {
        const char* why;
        const char* environment;
        const char* workflow;
        const char* image;
        const char* user_data;
    };
    const Row rows[] = {
        {"nothing is overridden", "null", "null", "ami-0abc5d7e9f1a2b3c4",
         "#!/bin/sh\necho ${HOME} web\n"},
        {"the environment's image", R"({"image":{"id":"ami-e"}})", "null", "ami-e",
         "#!/bin/sh\necho ${HOME} web\n"},
        {"the workflow's image", R"({"image":{"id":"ami-e"}})", R"({"image":{"id":"ami-w"}})",
         "ami-w", "#!/bin/sh\necho ${HOME} web\n"},
        {"a variable of the environment", R"({"variables":{"team":"ops"}})", "null",
         "ami-0abc5d7e9f1a2b3c4", "#!/bin/sh\necho ${HOME} ops\n"},
        {"a variable of the workflow", R"({"variables":{"team":"ops"}})",
         R"({"variables":{"team":"sre"}})", "ami-0abc5d7e9f1a2b3c4",
         "#!/bin/sh\necho ${HOME} sre\n"},
        {"user data is taken whole", R"({"user_data":{"text":"e ${file.motd}"}})",
         R"({"files":{"motd":{"text":"w"}}})", "ami-0abc5d7e9f1a2b3c4", "e w"},
        {"other variables stay", R"({"user_data":{"text":"${var.port}"}})",
         R"({"variables":{"team":"sre"}})", "ami-0abc5d7e9f1a2b3c4", "8080"},
        {"a variable may name its surroundings", R"({"variables":{"team":"${env.name}"}})", "null",
         "ami-0abc5d7e9f1a2b3c4", "#!/bin/sh\necho ${HOME} production\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const DeploymentSpec spec =
            resolved(with_overrides(json(row.environment), json(row.workflow)));
        CHECK(spec.image.text() == row.image);
        CHECK(spec.user_data == row.user_data);
    }
}

TEST_CASE("a service's variable beats the application's") {
    Document document = base_document();
    at(document, {"services", "0", "variables"}).set("team", "service");
    CHECK(resolved(document).user_data == "#!/bin/sh\necho ${HOME} service\n");
}

TEST_CASE("strict goes with the user data that it stands beside") {
    const Document environment = json(R"({"user_data":{"text":"echo ${HOME}","strict":true}})");
    CHECK(findings_of(with_overrides(environment, nullptr)) ==
          std::vector<std::string>{"$.environments[0].overrides.user_data.text"});
    const Document workflow = json(R"({"user_data":{"text":"echo ${HOME}"}})");
    CHECK(findings_of(with_overrides(environment, workflow)).empty());
}

TEST_CASE("instances of the workflow beat those of the environment") {
    Document document =
        with_overrides(json(R"({"instances":{"minimum":1,"target":1,"maximum":1}})"), nullptr);
    CHECK(std::get<Capacity>(resolved(document).instances).target() == 4);
    workflow_of(document).erase("instances");
    CHECK(std::get<Capacity>(resolved(document).instances).target() == 1);
    workflow_of(document).set("instances", "same_as_running");
    CHECK(resolved(document).instances == InstanceCounts(SameAsRunning{}));
}

TEST_CASE("a mistake in an override is found where it stands") {
    CHECK(findings_of(with_overrides(json(R"({"variables":{"team":"${var.port}"}})"), nullptr)) ==
          std::vector<std::string>{"$.environments[0].overrides.variables.team"});
    // An overridden value is never used, so what it names does not matter.
    CHECK(findings_of(with_overrides(json(R"({"variables":{"team":"${var.port}"}})"),
                                     json(R"({"variables":{"team":"x"}})")))
              .empty());
}

} // namespace elastiroll::test::overrides_test
