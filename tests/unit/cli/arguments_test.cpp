#include "cli/arguments.hpp"

#include <doctest/doctest.h>

namespace elastiroll::cli::arguments_test {
namespace {

Command parse(std::vector<std::string> arguments) { return parse_arguments(arguments); }

std::string usage(std::vector<std::string> arguments) {
    const Command command = parse(std::move(arguments));
    const auto* error = std::get_if<UsageError>(&command);
    return error != nullptr ? error->error.message : "accepted";
}

TEST_CASE("all options of deploy are understood") {
    RunOptions expected;
    expected.kind = RunKind::deploy;
    expected.spec = "shop.json";
    expected.workflow = "canary";
    expected.image = "ami-1";
    expected.variables = {"a=1", "b=@file", "c=env:X=Y", "d=--yes, [x]"};
    expected.previous = "shop__web__3";
    expected.force = true;
    expected.scenario = "world.json";
    expected.seed = 7;
    expected.output = Output::json;
    expected.yes = true;
    expected.auto_approve = true;
    expected.reason = "ticket 12";
    expected.speed = 60;
    CHECK(parse({"deploy",     "--spec",
                 "shop.json",  "--workflow",
                 "canary",     "--image",
                 "ami-1",      "--var",
                 "a=1",        "--var",
                 "b=@file",    "--var",
                 "c=env:X=Y",  "--var=d=--yes, [x]",
                 "--previous", "shop__web__3",
                 "--force",    "--simulate=world.json",
                 "--seed",     "7",
                 "--output",   "json",
                 "--yes",      "--auto-approve",
                 "--reason",   "ticket 12",
                 "--speed",    "60"}) == Command{expected});
}

TEST_CASE("--simulate alone means the default scenario, and takes no option for its value") {
    RunOptions expected;
    expected.spec = "shop.json";
    expected.scenario = "";
    CHECK(parse({"plan", "--simulate", "--spec", "shop.json"}) == Command{expected});
    CHECK(parse({"plan", "--spec", "shop.json", "--simulate"}) == Command{expected});
    expected.scenario = "world.json";
    CHECK(parse({"plan", "--spec", "shop.json", "--simulate", "world.json"}) == Command{expected});
}

TEST_CASE("rollback takes an id, or --from-tags with what a spec needs") {
    ManageOptions known;
    known.kind = ManageKind::rollback;
    known.deployment = "01kabc";
    known.yes = true;
    CHECK(parse({"rollback", "01kabc", "--yes"}) == Command{known});
    RunOptions lost;
    lost.kind = RunKind::roll_back;
    lost.spec = "shop.json";
    lost.workflow = "canary";
    lost.image = "ami-1";
    lost.variables = {"a=1"};
    lost.previous = "legacy";
    lost.scenario = "world.json";
    lost.seed = 7;
    lost.output = Output::plain;
    lost.yes = true;
    lost.reason = "ticket 12";
    lost.speed = 60;
    lost.state = "sqlite:x";
    CHECK(parse({"rollback",
                 "--from-tags",
                 "--spec",
                 "shop.json",
                 "--workflow",
                 "canary",
                 "--image",
                 "ami-1",
                 "--var",
                 "a=1",
                 "--previous",
                 "legacy",
                 "--simulate=world.json",
                 "--seed",
                 "7",
                 "--output",
                 "plain",
                 "--yes",
                 "--reason",
                 "ticket 12",
                 "--speed",
                 "60",
                 "--state",
                 "sqlite:x"}) == Command{lost});
}

TEST_CASE("an empty value is a value") {
    RunOptions expected;
    expected.spec = "shop.json";
    expected.variables = {"a="};
    expected.previous = "";
    CHECK(parse({"plan", "--spec", "shop.json", "--var", "a=", "--previous", ""}) ==
          Command{expected});
}

TEST_CASE("what is wrong with a command line is said, with the way out") {
    struct Row {
        std::vector<std::string> arguments;
        const char* message;
    };
    const Row rows[] = {
        {{}, "which command? plan, deploy, status, ...; see elastiroll --help"},
        {{"deplyo"}, "elastiroll has no command `deplyo`; is it `deploy`?"},
        {{"frobnicate"}, "elastiroll has no command `frobnicate`; see elastiroll --help"},
        {{"deploy"}, "deploy takes --spec FILE or --plan FILE; see --help"},
        {{"deploy", "--spec", "a", "--plan", "b"},
         "deploy takes --spec FILE or --plan FILE; see --help"},
        {{"plan"}, "--spec is required; see --help"},
        {{"resume"}, "resume takes a deployment's id or --due"},
        {{"resume", "01kabc", "--due"}, "resume takes a deployment's id or --due"},
        {{"status", "--events"}, "--events and --watch are about one deployment; name its id"},
        {{"history", "--limit", "0"}, "--limit is a whole number from 1 to 1000, not `0`"},
        {{"rollback", "01kabc", "--due"}, "`elastiroll rollback` has no option --due; see --help"},
        {{"rollback"}, "rollback takes a deployment's id or --from-tags; see --help"},
        {{"rollback", "01kabc", "--from-tags"},
         "rollback takes a deployment's id or --from-tags, not both; with an id, its journal tells "
         "all that --from-tags can"},
        {{"rollback", "--from-tags"}, "--spec is required; see --help"},
        {{"rollback", "01kabc", "--spec", "a"},
         "--spec goes with --from-tags; the journal of an id has its spec"},
        {{"rollback", "--from-tags", "--spec", "a", "--accept-drift"},
         "--from-tags has no journal that --accept-drift could be about; leave it out"},
        {{"rollback", "--from-tags", "--spec", "a", "--speed", "60"},
         "--seed and --speed are the simulated cloud's; add --simulate"},
        {{"rollback", "--from-tags", "--spec", "a", "--output", "xml"},
         "--output is text, plain or json, not `xml`"},
        {{"plan", "--spec", "a", "--wrokflow", "b"},
         "`elastiroll plan` has no option --wrokflow; is it --workflow?"},
        {{"plan", "--spec", "a", "--yes"}, "`elastiroll plan` has no option --yes; see --help"},
        {{"deploy", "--spec", "a", "--simulate", "--seed", "-1"},
         "--seed is a whole number from 0, not `-1`"},
        {{"deploy", "--spec", "a", "--simulate", "--seed", "99999999999999999999"},
         "--seed is a whole number from 0, not `99999999999999999999`"},
        {{"deploy", "--spec", "a", "--simulate", "--speed", "0"},
         "--speed is a whole number from 1 to 100000, not `0`"},
        {{"deploy", "--spec", "a", "--simulate", "--speed", "fast"},
         "--speed is a whole number from 1 to 100000, not `fast`"},
        {{"deploy", "--spec", "a", "--speed", "60"},
         "--seed and --speed are the simulated cloud's; add --simulate"},
        {{"plan", "--spec", "a", "--output", "xml"}, "--output is text, plain or json, not `xml`"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.message);
        CHECK(usage(row.arguments) == row.message);
    }
}

TEST_CASE("help and version are texts") {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                      {"deploy", "--help"},
                                                      {"plan", "-h"},
                                                      {"--version"}}) {
        CAPTURE(arguments.front());
        const Command command = parse(arguments);
        const auto* show = std::get_if<ShowText>(&command);
        REQUIRE(show != nullptr);
        CHECK(show->text.find("elastiroll") != std::string::npos);
    }
    CHECK(parse({"schema"}) == Command{SchemaCommand{}});
}

TEST_CASE("a broken command line that asks for JSON is answered in JSON") {
    CHECK(asks_for_json(std::vector<std::string>{"deploy", "--output", "json"}));
    CHECK(asks_for_json(std::vector<std::string>{"deploy", "--output=json", "--what"}));
    CHECK_FALSE(asks_for_json(std::vector<std::string>{"deploy", "--output"}));
    CHECK_FALSE(asks_for_json(std::vector<std::string>{"deploy", "json"}));
}

} // namespace
} // namespace elastiroll::cli::arguments_test
