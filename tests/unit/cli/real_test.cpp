// The command without --simulate: a transport and a clock as a later release has them, here into a
// simulated cloud that the command does not know for one.
#include "cli/run.hpp"

#include "../spec/spec_texts.hpp"
#include "temporary_folder.hpp"
#include "test_io.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/document.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <vector>

namespace elastiroll::cli::real_test {
namespace {

constexpr const char* four_running = R"({
  "region": "eu-west-1", "token": "secret-4711",
  "groups": [{"name": "shop__web__production__6", "capacity": "2/4/8"}]})";

class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(&cloud) {}
    TimePoint now() override { return cloud_->now(); }

private:
    const sim::Cloud* cloud_;
};

/// An account, and a folder that outlives the processes.
struct Account {
    test::TemporaryFolder folder{};
    sim::Cloud cloud = *sim::Cloud::make(*parse_document(four_running));
    std::string spec = folder.write("canary.json", std::string(elastiroll::test::canary_json()));
    std::string state = "sqlite:" + folder.path("journal.sqlite");

    Account() { folder.write("user-data.sh", std::string(elastiroll::test::user_data_sh())); }

    std::ptrdiff_t changes() const {
        return std::ranges::count_if(cloud.log(), &sim::LoggedCall::is_applied);
    }
};

/// One process that runs the command against the account.
struct Process {
    TestIo test{};
    std::string spec;

    explicit Process(Account& account) : spec(account.spec) {
        test.environment["SPOTINST_TOKEN"] = "secret-4711";
        test.environment["XDG_STATE_HOME"] = account.folder.path("home");
        sim::Cloud* cloud = &account.cloud;
        test.io.make_transport = [cloud] { return sim::make_transport(*cloud); };
        test.io.make_clock = [cloud] { return std::make_unique<CloudClock>(*cloud); };
    }

    int run(std::vector<std::string> arguments) { return cli::run(arguments, test.io); }
    int with_spec(const std::string& command, std::vector<std::string> more) {
        more.insert(more.begin(), {command, "--spec", spec, "--workflow", "canary"});
        return run(more);
    }
    std::string out() const { return test.out.str(); }
    std::string err() const { return test.err.str(); }
    std::vector<Document> json() const {
        std::vector<Document> documents;
        std::istringstream lines(out());
        for (std::string line; std::getline(lines, line);)
            if (const auto document = parse_document(line))
                documents.push_back(*document);
        return documents;
    }
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string text_of(const Document& document, std::string_view key) {
    const Document* member = document.find(key);
    return member != nullptr ? std::string(member->as_string().value_or("")) : std::string();
}

/// The id of the one deployment in the account's journal.
std::string id_in(Account& account) {
    Process history(account);
    CHECK(history.run({"history", "--state", account.state, "--output", "json"}) == 0);
    const auto lines = history.json();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("is_simulated")->as_boolean() == false);
    return text_of(lines[0], "deployment");
}

TEST_CASE("a real plan makes no change and no journal") {
    Account account;
    Process plan(account);
    CHECK(plan.with_spec("plan", {"--state", account.state}) == 0);
    CHECK(has(plan.out(), "setup.create"));
    CHECK(plan.err().empty());
    CHECK(account.changes() == 0);
    CHECK_FALSE(std::filesystem::exists(account.folder.path("journal.sqlite")));
}

TEST_CASE("a real deployment changes the account, and its journal outlives the process") {
    Account account;
    Process deploy(account);
    CHECK(deploy.with_spec("deploy", {"--state", account.state, "--yes"}) == 0);
    CHECK(has(deploy.out(), "Done: shop__web__production__7 serves after "));
    CHECK_FALSE(has(deploy.out(), "\ngroup  ")); // what the groups are only Spot knows
    CHECK(account.cloud.find("shop__web__production__7")->healthy == 4);
    CHECK_FALSE(has(deploy.out(), "simula"));
    const std::string id = id_in(account);
    {
        Process status(account);
        CHECK(status.run({"status", id, "--state", account.state}) == 0);
        CHECK(has(status.out(), "state       done"));
    }
    Process rollback(account);
    CHECK(rollback.run({"rollback", id, "--state", account.state, "--yes"}) == 1);
    CHECK(has(rollback.out(), "everything is as before"));
    CHECK(account.cloud.find("shop__web__production__6")->healthy == 4);
    CHECK_FALSE(account.cloud.find("shop__web__production__7"));
}

TEST_CASE("the token is sent, and shown nowhere") {
    Account account;
    for (const char* output : {"text", "json"}) {
        Process deploy(account);
        CHECK(deploy.with_spec("deploy", {"--state", account.state, "--yes", "--output", output}) ==
              0);
        CHECK_FALSE(has(deploy.out() + deploy.err(), "secret-4711"));
    }
    Process refused(account);
    refused.test.environment["SPOTINST_TOKEN"] = "wrong-4712";
    CHECK(refused.with_spec("deploy", {"--state", account.state, "--yes"}) == 2);
    CHECK_FALSE(has(refused.out() + refused.err(), "wrong-4712"));
}

TEST_CASE("without a token nothing is begun, and the message says what to set") {
    Account account;
    for (const char* command : {"plan", "deploy"}) {
        CAPTURE(command);
        Process process(account);
        process.test.environment.erase("SPOTINST_TOKEN");
        CHECK(process.with_spec(command, {"--state", account.state}) == 2);
        CHECK(has(process.err(), "there is no token for Spot (SPOTINST_TOKEN: "));
        process.test.environment["SPOTINST_TOKEN"] = "";
        CHECK(process.with_spec(command, {"--state", account.state, "--output", "json"}) == 2);
        const auto lines = process.json();
        REQUIRE(lines.size() == 1);
        const Document* category = lines[0].find_path({"error", "category"});
        REQUIRE(category != nullptr);
        CHECK(*category == "unauthenticated");
    }
    CHECK(account.cloud.log().empty());
}

TEST_CASE("a server that is not there is said at once, and not being there in the end") {
    for (const char* command : {"plan", "deploy"}) {
        CAPTURE(command);
        Account account;
        REQUIRE(account.cloud.add(
            *parse_document(R"({"faults": [{"call": "*", "refuse": true, "count": "all"}]})")));
        Process process(account);
        const bool is_deploy = std::string_view(command) == "deploy";
        std::vector<std::string> more{"--state", account.state};
        if (is_deploy)
            more.emplace_back("--yes");
        CHECK(process.with_spec(command, more) == (is_deploy ? 1 : 2));
        const std::string all = process.out() + process.err();
        CAPTURE(all);
        CHECK(has(all, "connection refused by api.spotinst.io"));
        CHECK(has(all, "(it is tried until 2026-"));
        CHECK(account.changes() == 0);
    }
}

TEST_CASE("a journal in memory has to be consented to") {
    Account account;
    Process refused(account);
    CHECK(refused.with_spec("deploy", {"--state", "memory:", "--yes"}) == 2);
    CHECK(has(refused.err(), "nothing can be resumed or rolled back"));
    CHECK(has(refused.err(), "--no-journal"));
    CHECK(account.cloud.log().empty());
    Process pointless(account);
    CHECK(pointless.with_spec("deploy", {"--state", account.state, "--no-journal"}) == 2);
    CHECK(has(pointless.err(), "--state memory:"));
    Process consented(account);
    CHECK(consented.with_spec("deploy", {"--state", "memory:", "--no-journal", "--yes"}) == 0);
    CHECK(has(consented.out(), "Done: "));
}

TEST_CASE("an interrupted real deployment is resumed by another process") {
    Account account;
    Process first(account);
    int looks = 0;
    first.test.io.interrupts = [&looks] { return ++looks < 500 ? 0 : 1; };
    CHECK(first.with_spec("deploy", {"--state", account.state, "--yes"}) == 130);
    const std::string id = id_in(account);
    CHECK(has(first.out(), "elastiroll status " + id));
    Process simulated(account);
    CHECK(simulated.run({"resume", id, "--state", account.state, "--speed", "60"}) == 2);
    CHECK(has(simulated.err(), "--speed is the simulated cloud's"));
    Process second(account);
    CHECK(second.run({"resume", id, "--state", account.state}) == 0);
    CHECK(account.cloud.find("shop__web__production__7")->healthy == 4);
}

TEST_CASE("a bake that was left is gone on with when it is due, and not before") {
    Account account;
    Process first(account);
    CHECK(first.with_spec("deploy", {"--state", account.state, "--yes", "--detach"}) == 0);
    CHECK(has(first.out(), "Left at a gate"));
    Process early(account);
    CHECK(early.run({"resume", "--due", "--state", account.state}) == 0);
    CHECK(has(early.out(), "Nothing is due."));
    account.cloud.advance(account.cloud.now() + std::chrono::minutes(6));
    Process due(account);
    CHECK(due.run({"resume", "--due", "--state", account.state}) == 0);
    CHECK(has(due.out(), "Done: shop__web__production__7"));
}

TEST_CASE("a real deployment is approved or aborted by another process") {
    for (const bool is_approved : {true, false}) {
        CAPTURE(is_approved);
        Account account;
        Document spec = *parse_document(elastiroll::test::canary_json());
        std::string text = to_text(spec);
        const std::string bake = R"("bake":"5m")";
        text.replace(text.find(bake), bake.size(), R"("approval":true)");
        account.spec = account.folder.write("canary.json", text);
        Process first(account);
        CHECK(first.with_spec("deploy", {"--state", account.state, "--yes", "--detach"}) == 0);
        const std::string id = id_in(account);
        Process second(account);
        const char* command = is_approved ? "approve" : "abort";
        CHECK(second.run({command, id, "--state", account.state}) == (is_approved ? 0 : 1));
        CHECK(account.cloud.find("shop__web__production__7").has_value() == is_approved);
    }
}

TEST_CASE("an unfinished deployment keeps the next one off until it is replaced") {
    Account account;
    Process first(account);
    int looks = 0;
    first.test.io.interrupts = [&looks] { return ++looks < 500 ? 0 : 1; };
    CHECK(first.with_spec("deploy", {"--state", account.state, "--yes"}) == 130);
    const std::string id = id_in(account);
    CHECK(account.cloud.find("shop__web__production__7"));

    Process refused(account);
    CHECK(refused.with_spec("deploy", {"--state", account.state, "--yes"}) == 2);
    CHECK(has(refused.err(), "elastiroll resume " + id));
    CHECK(has(refused.err(), "--replace"));
    Process unasked(account);
    CHECK(unasked.with_spec("deploy", {"--state", account.state, "--replace"}) == 2);
    CHECK(account.cloud.find("shop__web__production__7"));

    Process second(account);
    CHECK(second.with_spec("deploy", {"--state", account.state, "--yes", "--replace"}) == 0);
    CHECK(has(second.out(), "everything is as before"));
    CHECK(has(second.out(), "Done: shop__web__production__7 serves after "));
    CHECK(account.cloud.find("shop__web__production__7")->healthy == 4);
    Process status(account);
    CHECK(status.run({"status", id, "--state", account.state}) == 0);
    CHECK(has(status.out(), "rolled back"));
    CHECK(has(status.out(), "replaced by another deployment"));

    Process pointless(account);
    CHECK(pointless.with_spec("deploy", {"--replace", "--simulate"}) == 2);
    CHECK(has(pointless.err(), "a line of its own"));
}

TEST_CASE("a deployment whose journal is lost is rolled back from the tags of its group") {
    Account account;
    Process first(account);
    int looks = 0;
    first.test.io.interrupts = [&looks] { return ++looks < 500 ? 0 : 1; };
    CHECK(first.with_spec("deploy", {"--state", account.state, "--yes"}) == 130);
    CHECK(account.cloud.find("shop__web__production__7"));
    {
        Process known(account);
        CHECK(known.with_spec("rollback", {"--from-tags", "--state", account.state, "--yes"}) == 2);
        CHECK(has(known.err(), "elastiroll rollback " + id_in(account)));
    }
    account.state = "sqlite:" + account.folder.path("other.sqlite");
    const auto changes = account.changes();
    {
        Process refused(account);
        CHECK(refused.with_spec("deploy", {"--state", account.state, "--yes"}) == 2);
        CHECK(has(refused.err(), "elastiroll rollback --from-tags"));
        Process unasked(account);
        CHECK(unasked.with_spec("rollback", {"--from-tags", "--state", account.state}) == 2);
        CHECK(has(unasked.err(), "--yes does it without asking"));
        Process unwilling(account);
        unwilling.test.be_terminal();
        unwilling.test.in.str("no\n");
        CHECK(unwilling.with_spec(
                  "rollback", {"--from-tags", "--state", account.state, "--output", "plain"}) == 1);
        CHECK(has(unwilling.out(), "Rollback of shop__web__production__7 over "
                                   "shop__web__production__6"));
        CHECK(has(unwilling.out(), "Roll shop__web__production__7 back to "
                                   "shop__web__production__6?"));
        CHECK(has(unwilling.out(), "Not rolled back: nothing was changed."));
        CHECK(account.changes() == changes);
    }
    Process rollback(account);
    CHECK(rollback.with_spec("rollback", {"--from-tags", "--state", account.state, "--yes",
                                          "--reason", "the runner is gone"}) == 1);
    CHECK(has(rollback.out(), "everything is as before"));
    CHECK(has(rollback.out(), "what is known of deployment "));
    CHECK(account.cloud.find("shop__web__production__6")->healthy == 4);
    CHECK(account.cloud.find("shop__web__production__6")->suspended.empty());
    CHECK_FALSE(account.cloud.find("shop__web__production__7"));

    const std::string id = id_in(account);
    Process status(account);
    CHECK(status.run({"status", id, "--events", "--state", account.state}) == 0);
    CHECK(has(status.out(), "begun by tester@host: the runner is gone"));
    CHECK(has(status.out(), "ended: rolled back"));
    Process again(account);
    CHECK(again.with_spec("rollback", {"--from-tags", "--state", account.state, "--yes", "--output",
                                       "json"}) == 2);
    CHECK(has(again.out(), "bears no tags of a deployment of this line"));
}

TEST_CASE("a line that somebody else holds ends with 4 and who it is") {
    Account account;
    Process first(account);
    int looks = 0;
    int status = 0;
    std::string said;
    // While the first one runs, a second one tries.
    first.test.io.interrupts = [&] {
        if (++looks == 100) {
            Process second(account);
            status = second.with_spec("deploy", {"--state", account.state, "--yes"});
            said = second.out();
        }
        return 0;
    };
    CHECK(first.with_spec("deploy", {"--state", account.state, "--yes"}) == 0);
    CHECK(status == 4);
    CHECK(has(said, "tester@host"));
}

TEST_CASE("a runner of a CI is told that the journal is its own only") {
    Account account;
    constexpr std::string_view notice = "is not shared with other runners";
    Process plan(account);
    plan.test.environment["CI"] = "true";
    CHECK(plan.with_spec("plan", {"--state", account.state, "--output", "json"}) == 0);
    CHECK(plan.json().size() == 1); // the plan and nothing else
    CHECK(has(plan.err(), notice));
    CHECK(has(plan.err(), "--state sqlite:PATH"));
    Process json(account);
    json.test.environment["CI"] = "true";
    CHECK(json.with_spec("deploy", {"--state", account.state, "--yes", "--output", "json"}) == 0);
    CHECK(text_of(json.json()[0], "event") == "notice");
    CHECK(has(text_of(json.json()[0], "message"), notice));
    Process text(account);
    text.test.environment["CI"] = "true";
    CHECK(text.with_spec("deploy", {"--state", account.state, "--yes"}) == 0);
    CHECK(has(text.out(), notice));
    Process elsewhere(account);
    CHECK(elsewhere.with_spec("plan", {"--state", account.state}) == 0);
    CHECK_FALSE(has(elsewhere.out() + elsewhere.err(), notice));
}

TEST_CASE("a simulated deployment is one whether or not there is a transport") {
    Account account;
    Process process(account);
    CHECK(process.with_spec("deploy", {"--state", account.state, "--simulate", "--yes"}) == 0);
    CHECK(has(process.out(), "\ngroup  "));
    CHECK(account.cloud.log().empty());
}

} // namespace
} // namespace elastiroll::cli::real_test
