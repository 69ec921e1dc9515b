#include "world.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace elastiroll::test::documents_test {
namespace {

std::string create_text(const World& world) {
    for (const sim::LoggedCall& call : world.cloud.log())
        if (call.name == "create_group")
            return call.body;
    return {};
}

std::string path_text(const Document& document, std::initializer_list<std::string_view> keys) {
    const Document* member = document.find_path(keys);
    return member ? to_text(*member) : "absent";
}

/// What is wrong with a spec document, one finding per line; empty where nothing is.
std::string findings(const Document& document) {
    const auto spec = resolve_spec(document, {});
    return spec ? std::string() : to_string(spec.error());
}

TEST_CASE("numbers, nulls and unknown keys reach the create digit for digit (scenario 13)") {
    World world("{}");
    const DeploymentSpec spec = make_spec("{}", R"({
        "strategy": {"drainingTimeout": 300, "future": {"big": 12345678901234567, "ratio": 0.10,
                     "small": -0, "none": null, "list": [1, null]}},
        "compute": {"launchSpecification": {"healthCheckType": null}}})");
    CHECK(world.deploy(spec).kind == OutcomeKind::done);
    const std::string body = create_text(world);
    CHECK(contains(body, R"("drainingTimeout":300,)"));
    CHECK(contains(body, R"("future":{"big":12345678901234567,"ratio":0.10,"small":-0,)"
                         R"("none":null,"list":[1,null]})"));
    CHECK(contains(body, R"("healthCheckType":null)"));
}

TEST_CASE("the id of an exported template is never sent and never asked about (scenario 14)") {
    World world(R"({"groups": [
        {"name": "app__7", "capacity": "2/4/8"},
        {"name": "exported", "id": "sig-0e0e0e0e", "capacity": "1/1/1"}]})");
    const DeploymentSpec spec = make_spec("{}", R"({"id": "sig-0e0e0e0e",
        "createdAt": "2025-01-01T00:00:00Z", "updatedAt": "2025-01-01T00:00:00Z"})");
    CHECK(world.deploy(spec).kind == OutcomeKind::done);
    const Document body = world.create_body();
    for (const char* member : {"id", "createdAt", "updatedAt"})
        CHECK(path_text(body, {"group", member}) == "absent");
    CHECK(std::ranges::none_of(world.cloud.log(), [](const sim::LoggedCall& call) {
        return call.group == GroupId("sig-0e0e0e0e");
    }));
    CHECK(world.capacity("exported") == "1/1/1");
}

TEST_CASE("a list of images is replaced by the one image (scenario 15)") {
    World world("{}");
    const DeploymentSpec spec = make_spec("{}", R"({"compute": {"launchSpecification": {
        "images": [{"id": "ami-0aaaaaaaaaaaaaaa1"}, {"id": "ami-0aaaaaaaaaaaaaaa2"}]}}})");
    CHECK(world.deploy(spec).kind == OutcomeKind::done);
    const Document body = world.create_body();
    CHECK(path_text(body, {"group", "compute", "launchSpecification", "images"}) == "absent");
    CHECK(path_text(body, {"group", "compute", "launchSpecification", "imageId"}) ==
          R"("ami-0123456789abcdef8")");
}

TEST_CASE("user data is sent as Base64 of its bytes (scenario 16)") {
    World world("{}");
    const DeploymentSpec spec =
        make_spec("{}", "{}", R"({"user_data": {"text": "#!/bin/sh\necho Grüß Gott ${HOME}\n"}})");
    CHECK(world.deploy(spec).kind == OutcomeKind::done);
    const Document body = world.create_body();
    const Document* data = body.find_path({"group", "compute", "launchSpecification", "userData"});
    REQUIRE(data);
    CHECK(decode_base64(data->as_string().value_or("")) == "#!/bin/sh\necho Grüß Gott ${HOME}\n");
}

TEST_CASE("without user data of the service the template's own stays (scenario 16)") {
    World world("{}");
    const DeploymentSpec spec = make_spec(
        "{}", R"({"compute": {"launchSpecification": {"userData": "IyEvYmluL3NoCg=="}}})");
    CHECK(world.deploy(spec).kind == OutcomeKind::done);
    CHECK(path_text(world.create_body(), {"group", "compute", "launchSpecification", "userData"}) ==
          R"("IyEvYmluL3NoCg==")");
}

TEST_CASE("a document that cannot be deployed is refused with its path (scenarios 16, 17, 18)") {
    struct Row {
        std::string_view why;
        const char* workflow;
        const char* group;
        const char* path;
    };
    constexpr Row rows[] = {
        {"masked user data (16)", "{}",
         R"({"compute": {"launchSpecification": {"userData": "__hidden__"}}})",
         "compute.launchSpecification.userData"},
        {"no compute (17)", "{}", R"({"compute": null})", "compute"},
        {"no launch specification (17)", "{}", R"({"compute": {"launchSpecification": null}})",
         "compute.launchSpecification"},
        {"no capacity (17)", "{}", R"({"capacity": null})", "capacity"},
        {"a word as a minimum (18)",
         R"({"instances": {"minimum": "ten", "target": 10, "maximum": 10}})", "{}",
         "$.workflows[0].instances.minimum"},
        {"a word as a percentage (18)",
         R"({"strategy": "canary", "phases": [{"percent": "ten"}, {"percent": 100}]})", "{}",
         "$.workflows[0].phases[0].percent"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string found = findings(spec_document(row.workflow, row.group));
        CAPTURE(found);
        CHECK(contains(found, row.path));
    }
}

TEST_CASE("templates and user data stay in the journal until the deployment has ended for good") {
    // In the user data, in the template, and in the previous group's document.
    const std::string script = encode_base64("#!/bin/sh\ntoken=canary\n");
    const std::string_view in_template = "canary-in-the-template";
    const std::string_view in_previous = "canary-in-the-previous";
    const auto spec = make_spec(R"({"strategy": "canary", "phases": [{"percent": 50},
                                    {"percent": 100}]})",
                                R"({"description": "canary-in-the-template"})",
                                R"({"user_data": {"text": "#!/bin/sh\ntoken=canary\n"}})");
    const auto is_all = [&](const World& world, bool expected) {
        return world.is_stored(script) == expected && world.is_stored(in_template) == expected &&
               world.is_stored(in_previous) == expected;
    };
    World world(R"({"groups": [{"name": "app__7", "capacity": "2/4/8",
        "document": {"description": "canary-in-the-previous"}}]})");
    const Outcome interrupted =
        world.deploy(spec, after_change(world, 2, [&](Fleet& fleet) { fleet.interrupt(); }));
    CHECK(interrupted.kind == OutcomeKind::interrupted);
    CHECK(is_all(world, true));

    CHECK(world.resume().kind == OutcomeKind::done);
    CHECK(is_all(world, false));
    CHECK(world.create_body().find_path({"group", "description"})->as_string() == in_template);

    // What is left is enough to undo it.
    CHECK(world.resume(ResumeMode::roll_back).kind == OutcomeKind::rolled_back);
    CHECK(world.capacities() == Texts{"app__7 2/4/8"});
    CHECK(is_all(world, false));
}

} // namespace
} // namespace elastiroll::test::documents_test
