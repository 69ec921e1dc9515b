#include "cli/run.hpp"

#include "../spec/spec_texts.hpp"
#include "temporary_folder.hpp"
#include "test_io.hpp"

#include <elastiroll/base/document.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <vector>

namespace elastiroll::cli::run_test {
namespace {

constexpr const char* shop = R"({
  "application": {"name": "shop"},
  "services": [{"name": "web", "image": {"id": "ami-0abc5d7e9f1a2b3c4"}}],
  "environments": [{"name": "production"}],
  "infrastructures": [{
    "name": "ireland", "environment": "production", "region": "eu-west-1",
    "account": "act-demo1234",
    "elastigroup": {"group": {
      "capacity": {"unit": "instance"},
      "strategy": {"risk": 100, "fallbackToOd": true},
      "compute": {
        "product": "Linux/UNIX",
        "instanceTypes": {"ondemand": "t3.small", "spot": ["t3.small"]},
        "availabilityZones": [{"name": "eu-west-1a", "subnetIds": ["subnet-1"]}],
        "launchSpecification": {"securityGroupIds": ["sg-1"]}}}}}],
  "workflows": [
    {"name": "basic", "strategy": "basic", "service": "web", "infrastructure": "ireland",
     "instances": {"minimum": 1, "target": 2, "maximum": 4}},
    {"name": "gated", "strategy": "canary", "service": "web", "infrastructure": "ireland",
     "instances": {"minimum": 1, "target": 2, "maximum": 4},
     "phases": [{"percent": 50, "approval": true}, {"percent": 100}]}]
})";

/// The command with a spec, in a folder of its own.
struct Command {
    test::TemporaryFolder folder{};
    TestIo test{};
    std::string spec = folder.write("shop.json", shop);

    int run(std::vector<std::string> arguments) { return cli::run(arguments, test.io); }
    int simulate(const std::string& command, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {command, "--spec", spec, "--simulate"});
        if (std::find(more.begin(), more.end(), "--workflow") == more.end())
            more.insert(more.end(), {"--workflow", "basic"});
        return run(more);
    }
    std::string out() const { return test.out.str(); }
    std::string err() const { return test.err.str(); }
    std::vector<Document> json() const {
        std::vector<Document> documents;
        std::istringstream lines(out());
        for (std::string line; std::getline(lines, line);) {
            const auto document = parse_document(line);
            CHECK_MESSAGE(document.has_value(), line);
            if (document)
                documents.push_back(*document);
        }
        return documents;
    }
};

std::string event_of(const Document& document) {
    const Document* name = document.find("event");
    return name != nullptr ? std::string(name->as_string().value_or("")) : "";
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("help, version and schema go to standard output") {
    for (const char* argument : {"--help", "--version", "schema"}) {
        Command command;
        CAPTURE(argument);
        CHECK(command.run({argument}) == 0);
        CHECK_FALSE(command.out().empty());
        CHECK(command.err().empty());
    }
}

TEST_CASE("what is refused before anything happened ends with 2 and says what to do") {
    Command command;
    command.test.environment["HOME"] = "/nonexistent";
    CHECK(command.run({"deploy", "--spec", command.spec, "--workflow", "basic"}) == 2);
    CHECK(has(command.err(), "--simulate"));
    CHECK(command.out().empty());
    CHECK(command.run({"deploy", "--spec", "missing.json", "--simulate"}) == 2);
    CHECK(has(command.err(), "cannot read missing.json: there is no such file"));
    CHECK(command.run({"deplyo"}) == 2);
    CHECK(has(command.err(), "is it `deploy`?"));
}

TEST_CASE("a refusal in JSON is one line on standard output") {
    Command command;
    CHECK(command.run({"deploy", "--output", "json"}) == 2);
    const auto lines = command.json();
    REQUIRE(lines.size() == 1);
    CHECK(event_of(lines[0]) == "refused");
    CHECK(lines[0].find("schema")->as_integer() == 1);
    CHECK(lines[0].find("exit_status")->as_integer() == 2);
    CHECK(lines[0].find_path({"error", "message"}) != nullptr);
    CHECK(command.err().empty());
}

TEST_CASE("findings in a spec are told one by one") {
    Command command;
    command.spec = command.folder.write("broken.json", R"({"applicaton": {}})");
    CHECK(command.simulate("plan") == 2);
    CHECK(has(command.err(), "$.applicaton"));
    CHECK(command.out().empty());
}

TEST_CASE("a plan changes nothing and names its steps") {
    Command command;
    CHECK(command.simulate("plan") == 0);
    CHECK(has(command.out(), "shop__web__production__1"));
    CHECK(has(command.out(), "setup.create"));
    CHECK(command.err().empty());
}

TEST_CASE("a plan in JSON leaves out the group's document, which carries user data") {
    Command command;
    CHECK(command.simulate("plan", {"--output", "json"}) == 0);
    const auto lines = command.json();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("group_document") == nullptr);
    CHECK(lines[0].find("group_document_sha256")->as_string()->size() == 64);
    CHECK(lines[0].find("steps")->as_array()->size() > 0);
}

TEST_CASE("without a terminal a deployment needs --yes") {
    Command command;
    CHECK(command.simulate("deploy") == 2);
    CHECK(has(command.err(), "--yes"));
    CHECK(command.out().empty());
}

TEST_CASE("a deployment through a pipe is plain lines, a table and an end") {
    Command command;
    CHECK(command.simulate("deploy", {"--yes"}) == 0);
    CHECK(has(command.out(), "\n+00:0"));
    CHECK(has(command.out(), "shop__web__production__1  sig-"));
    CHECK(has(command.out(), "Done: shop__web__production__1 serves after "));
    CHECK(has(command.out(), "Exit status 0: done.\n"));
    CHECK_FALSE(has(command.out(), "\x1b"));
    CHECK(command.err().empty());
}

TEST_CASE("equal seeds give equal runs, byte for byte, and other seeds others") {
    Command one, two, other;
    for (Command* command : {&one, &two})
        CHECK(command->simulate("deploy", {"--yes", "--output", "json", "--seed", "7"}) == 0);
    CHECK(other.simulate("deploy", {"--yes", "--output", "json", "--seed", "8"}) == 0);
    CHECK(one.out() == two.out());
    CHECK(one.out() != other.out());
}

TEST_CASE("a deployment in JSON ends with its exit status") {
    Command command;
    CHECK(command.simulate("deploy", {"--yes", "--output", "json"}) == 0);
    const auto lines = command.json();
    REQUIRE(lines.size() > 5);
    for (const Document& line : lines)
        CHECK(line.find("schema")->as_integer() == 1);
    CHECK(event_of(lines.back()) == "ended");
    CHECK(lines.back().find("exit_status")->as_integer() == 0);
    CHECK(std::count_if(lines.begin(), lines.end(),
                        [](const Document& line) { return event_of(line) == "ended"; }) == 1);
}

TEST_CASE("on a terminal the plan is shown and asked about, and no is no") {
    Command command;
    command.test.be_terminal();
    command.test.in.str("n\n");
    CHECK(command.simulate("deploy") == 1);
    CHECK(has(command.out(), "setup.create"));
    CHECK(has(command.out(), "Deploy? [y/N] "));
    CHECK(command.out().ends_with("Deploy? [y/N] Not deployed: nothing was changed.\n"));
}

TEST_CASE("on a terminal a deployment is watched in place") {
    Command command;
    command.test.be_terminal();
    command.test.in.str("y\n");
    CHECK(command.simulate("deploy", {"--speed", "60"}) == 0);
    CHECK(has(command.out(), "A\x1b[2K")); // the cursor went up
    CHECK(has(command.out(), "█"));
    CHECK(has(command.out(), "Exit status 0"));
    // Minutes of the cloud took seconds of the terminal.
    CHECK(command.test.time > Milliseconds{1'000});
    CHECK(command.test.time < Milliseconds{60'000});
}

TEST_CASE("a dumb terminal gets plain lines") {
    Command command;
    command.test.be_terminal();
    command.test.environment["TERM"] = "dumb";
    CHECK(command.simulate("deploy", {"--yes"}) == 0);
    CHECK_FALSE(has(command.out(), "\x1b"));
}

TEST_CASE("a gate is approved by --auto-approve") {
    Command command;
    CHECK(command.simulate("deploy", {"--yes", "--workflow", "gated", "--auto-approve"}) == 0);
    CHECK(has(command.out(), "approved by --auto-approve"));
}

TEST_CASE("a gate that nobody can open restores everything after its time") {
    Command command;
    CHECK(command.simulate("deploy", {"--yes", "--workflow", "gated"}) == 1);
    CHECK(has(command.out(), "nobody can be asked here"));
    CHECK(has(command.out(), "everything is as before"));
}

TEST_CASE("a gate on a terminal is a question, and no puts everything back") {
    for (const bool is_yes : {true, false}) {
        CAPTURE(is_yes);
        Command command;
        command.test.be_terminal();
        command.test.in.str(is_yes ? "y\ny\n" : "y\nn\n");
        CHECK(command.simulate("deploy", {"--workflow", "gated"}) == (is_yes ? 0 : 1));
        CHECK(has(command.out(), "Approve phase-1."));
    }
}

constexpr const char* four_running = R"({
  "region": "eu-west-1",
  "groups": [
    {"name": "shop__web__production__1", "capacity": "0/0/0"},
    {"name": "shop__web__production__2", "capacity": "0/0/0"},
    {"name": "shop__web__production__3", "capacity": "0/0/0"},
    {"name": "shop__web__production__4", "capacity": "0/0/0"},
    {"name": "shop__web__production__5", "capacity": "0/0/0"},
    {"name": "shop__web__production__6", "capacity": "2/4/8"}]
})";

/// docs/examples/canary.json over a previous revision of four instances.
struct Example : Command {
    Example() {
        spec = folder.write("canary.json", std::string(elastiroll::test::canary_json()));
        folder.write("user-data.sh", std::string(elastiroll::test::user_data_sh()));
    }
    int deploy(Document scenario, std::vector<std::string> more = {}) {
        const std::string path = folder.write("world.json", to_text(scenario));
        more.insert(more.begin(), {"deploy", "--spec", spec, "--workflow", "canary",
                                   "--simulate=" + path, "--yes"});
        return run(more);
    }
    /// From the table of groups on, but for the ids.
    std::string end() const {
        const std::string text = out();
        const std::size_t table = text.find("\ngroup  ");
        std::string result = text.substr(std::min(table, text.size()));
        for (std::size_t id; (id = result.find("sig-")) != std::string::npos;)
            result.replace(id, 12, "*");
        return result;
    }
};

TEST_CASE("the example's canary replaces four instances") {
    Example example;
    CHECK(example.deploy(*parse_document(four_running)) == 0);
    CHECK(has(example.end(), R"(
shop__web__production__3  *     0/0/0        0  none
shop__web__production__4  *     0/0/0        0  none
shop__web__production__5  *     0/0/0        0  none
shop__web__production__6  *     0/0/0        0  none
shop__web__production__7  *     2/4/8        4  none

Done: shop__web__production__7 serves after )"));
}

TEST_CASE(
    "the example's canary puts everything back where its second instance never gets healthy") {
    Document scenario = *parse_document(four_running);
    scenario.set("instances",
                 *parse_document(R"([{"group": "*__7", "from": 2, "healthy": "never"}])"));
    Example example;
    CHECK(example.deploy(scenario) == 1);
    CHECK(has(example.end(), R"(
shop__web__production__6  *     2/4/8        4  none

Failed and rolled back after )"));
    CHECK_FALSE(has(example.end(), "__7  *"));
    CHECK(example.out().ends_with(
        "Exit status 1: failed or aborted, and everything is as before.\n"));
}

TEST_CASE("the live view of the example's end shows what its table shows") {
    Example example;
    example.test.be_terminal();
    example.test.environment["NO_COLOR"] = "1";
    CHECK(example.deploy(*parse_document(four_running), {"--speed", "500"}) == 0);
    CHECK_FALSE(has(example.out(), "\x1b[3")); // no colour
    const std::string last = example.out().substr(example.out().rfind("new   "));
    CHECK(has(last, "2/4/8"));
    CHECK(has(last, "4 of 4 healthy"));
    CHECK(has(last, "empty"));
}

TEST_CASE("a scenario with mistakes is refused, each with its place") {
    Example example;
    CHECK(example.deploy(*parse_document(R"({"grups": [], "seed": -1})")) == 2);
    CHECK(has(example.err(), "$.grups"));
    CHECK(has(example.err(), "$.seed"));
    CHECK(example.deploy(Document::array()) == 2);
}

TEST_CASE("one interrupt stops after the current call, two stop at once") {
    for (const int times : {1, 2}) {
        CAPTURE(times);
        Command command;
        command.test.interrupts = times;
        CHECK(command.simulate("deploy", {"--yes"}) == 130);
    }
}

/// The id of the one deployment that is kept in the command's state.
std::string kept_id(const Command& command) {
    std::string id;
    for (const auto& entry :
         std::filesystem::directory_iterator(command.folder.path("state/elastiroll/simulated")))
        id = entry.path().filename().string();
    return id;
}

/// Another process on the same state.
struct Later : Command {
    explicit Later(const Command& first) {
        test.environment["XDG_STATE_HOME"] = first.folder.path("state");
    }
};

TEST_CASE("a deployment that was left at a gate is seen, approved, undone and exported by id") {
    Command first;
    first.test.environment["XDG_STATE_HOME"] = first.folder.path("state");
    CHECK(first.simulate("deploy", {"--workflow", "gated", "--yes", "--detach"}) == 0);
    CHECK(has(first.out(), "Left at a gate"));
    const std::string id = kept_id(first);
    REQUIRE(id.size() == 26);
    {
        Later status(first);
        CHECK(status.run({"status", id.substr(id.size() - 6)}) == 0);
        CHECK(has(status.out(), "waits at phase-1.approval"));
        CHECK(has(status.out(), "elastiroll approve " + id));
    }
    {
        Later approve(first);
        CHECK(approve.run({"approve", id, "--reason", "looks well"}) == 0);
        CHECK(has(approve.out(), "Done: shop__web__production__1 serves after "));
    }
    {
        Later again(first);
        CHECK(again.run({"approve", id}) == 2);
        CHECK(has(again.err(), "has ended (done)"));
        CHECK(again.run({"resume", id}) == 0); // nothing is left to do
    }
    {
        Later unasked(first);
        CHECK(unasked.run({"rollback", id}) == 2);
        CHECK(has(unasked.err(), "--yes"));
        CHECK(unasked.run({"rollback", id, "--yes"}) == 1);
        CHECK(has(unasked.out(), "rolled back"));
    }
    {
        Later story(first);
        CHECK(story.run({"status", id, "--events"}) == 0);
        CHECK(has(story.out(), "approved phase-1.approval by tester@host: looks well"));
        CHECK(has(story.out(), "ended: rolled back"));
    }
    Later audit(first);
    CHECK(audit.run({"history", id, "--output", "json"}) == 0);
    const auto records = audit.json();
    REQUIRE(records.size() > 10);
    CHECK(records.front().find("record")->as_string() == "begun");
    CHECK(records.front().find_path({"spec", "group_template", "sha256"}) != nullptr);
}

TEST_CASE("a deployment that was interrupted is resumed to its end by another process") {
    Command first;
    first.test.environment["XDG_STATE_HOME"] = first.folder.path("state");
    int looks = 0;
    first.test.io.interrupts = [&looks] { return ++looks < 12 ? 0 : 1; };
    CHECK(first.simulate("deploy", {"--yes"}) == 130);
    const std::string id = kept_id(first);
    CHECK(has(first.out(), "elastiroll status " + id));
    Later later(first);
    CHECK(later.run({"resume", id}) == 0);
    CHECK(has(later.out(), "Done: shop__web__production__1 serves after "));
}

TEST_CASE("a simulated deployment that another process runs is left to it, with exit status 4") {
    Command first;
    first.test.environment["XDG_STATE_HOME"] = first.folder.path("state");
    int looks = 0;
    int status = 0;
    std::string said;
    first.test.io.interrupts = [&] {
        if (++looks == 12) {
            Later second(first);
            status = second.run({"resume", kept_id(first), "--output", "json"});
            said = second.out();
        }
        return 0;
    };
    CHECK(first.simulate("deploy", {"--yes"}) == 0);
    CHECK(status == 4);
    CHECK(has(said, R"("exit_status":4)"));
    CHECK(has(said, "is run by tester@host"));
}

TEST_CASE("a scenario's deployment that did not end is rolled back from its tags") {
    Command command;
    command.test.environment["XDG_STATE_HOME"] = command.folder.path("state");
    const std::string scenario = command.folder.write("half-way.json", R"({
      "region": "eu-west-1",
      "groups": [
        {"name": "shop__web__production__6", "id": "sig-00000006", "capacity": "1/1/1"},
        {"name": "shop__web__production__7", "capacity": "1/1/1", "document": {
          "compute": {"launchSpecification": {"tags": [
            {"tagKey": "elastiroll:deployment", "tagValue": "01klost"},
            {"tagKey": "elastiroll:line",
             "tagValue": "act-demo1234/eu-west-1/shop__web__production"},
            {"tagKey": "elastiroll:revision", "tagValue": "7"},
            {"tagKey": "elastiroll:previous", "tagValue": "sig-00000006 1/2/4"}]}}}}]})");
    CHECK(command.run({"rollback", "--from-tags", "--spec", command.spec, "--workflow", "basic",
                       "--simulate=" + scenario, "--yes"}) == 1);
    CHECK(has(command.out(), "shop__web__production__6  sig-00000006     1/2/4        2  none"));
    CHECK_FALSE(has(command.out(), "\nshop__web__production__7"));
    CHECK(has(command.out(), "Exit status 1"));
    Later later(command);
    CHECK(later.run({"status", kept_id(command)}) == 0);
    CHECK(has(later.out(), "rolled back"));
}

TEST_CASE("what is unknown or ambiguous is said, with the way out") {
    Command command;
    command.test.environment["XDG_STATE_HOME"] = command.folder.path("state");
    CHECK(command.run({"status"}) == 0);
    CHECK(has(command.out(), "No deployment is known here."));
    for (const char* name : {"status", "resume", "rollback", "approve", "abort", "history"}) {
        CAPTURE(name);
        Later later(command);
        CHECK(later.run({name, "nowhere"}) == 2);
        CHECK(has(later.err(), "there is no deployment nowhere; 'elastiroll history' lists"));
    }
    CHECK(command.run({"status", "--state", "redis:x"}) == 2);
    CHECK(has(command.err(), "--state is sqlite:PATH or memory:"));
    Command homeless;
    CHECK(homeless.run({"status"}) == 2);
    CHECK(has(homeless.err(), "neither XDG_STATE_HOME nor HOME is set"));
}

TEST_CASE("a saved plan is carried out as it is, and refused where the line has changed") {
    Command command;
    const std::string file = command.folder.path("plan.json");
    CHECK(command.simulate("plan", {"--out", file}) == 0);
    const auto mode = std::filesystem::status(file).permissions();
    CHECK((mode & std::filesystem::perms::others_all) == std::filesystem::perms::none);
    CHECK((mode & std::filesystem::perms::group_all) == std::filesystem::perms::none);
    CHECK(command.run({"deploy", "--plan", file, "--simulate", "--yes"}) == 0);
    const std::string other = command.folder.write("other.json", R"({"region": "eu-west-1",
            "groups": [{"name": "shop__web__production__4", "capacity": "1/2/4"}]})");
    Command changed;
    CHECK(changed.run({"deploy", "--plan", file, "--simulate=" + other, "--yes"}) == 5);
    CHECK(has(changed.out() + changed.err(), "shop__web__production__4"));
}

TEST_CASE("output that nobody reads any more does not end a deployment") {
    Command command;
    command.test.out.setstate(std::ios::badbit);
    CHECK(command.simulate("deploy", {"--yes"}) == 0);
    CHECK(command.simulate("plan") == 2); // whose output is all there is
}

} // namespace
} // namespace elastiroll::cli::run_test
