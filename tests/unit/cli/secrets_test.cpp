// Services that say back what they were sent, at every call and in every way that a call can fail:
// nothing that the command prints, exports or keeps may show a credential or a secret.
#include "cli/run.hpp"

#include "../spec/spec_texts.hpp"
#include "temporary_folder.hpp"
#include "test_io.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/document.hpp>
#include <elastiroll/base/text.hpp>
#include <elastiroll/plan/journal.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>

#include <fmt/format.h>

namespace elastiroll::cli::secrets_test {
namespace {

constexpr std::string_view token = "canary-token-4711";
constexpr std::string_view aws_secret = "canary-aws-secret-4712";
constexpr std::string_view aws_session = "canary-aws-session-4713";
constexpr std::string_view tag_value = "canary-tag-value-4714";
constexpr std::string_view script = "#!/bin/sh\nexport KEY=canary-script-4715\n";

/// What no text may hold that somebody sees.
std::vector<std::string> canaries() {
    return {std::string(token),     std::string(aws_secret), std::string(aws_session),
            std::string(tag_value), "canary-script-4715",    encode_base64(script)};
}

struct Fault {
    std::string call{};
    std::string effect{}; ///< of the scenario's fault
};

/// Every call that a deployment and `doctor` make, in every way to fail. A service can say back
/// what it was sent.
std::vector<Fault> every_fault() {
    std::vector<Fault> faults;
    const auto add = [&](const char* call, const std::string& said) {
        for (const int status : {400, 401, 403, 404, 429, 500})
            faults.push_back({call, fmt::format(R"("count": "all", "answer":
                {{"status": {}, "code": "ECHO", "message": {}}})",
                                                status, said)});
        for (const int status : {200, 502})
            faults.push_back({call, fmt::format(R"("count": "all", "answer":
                {{"status": {}, "body": {}, "headers": {{"X-Request-Id": {}}}}})",
                                                status, said, said)});
        for (const char* effect : {R"("lose": "request")", R"("count": "all", "lose": "answer")",
                                   R"("refuse": true)", R"("revoke_token": true)"})
            faults.push_back({call, effect});
    };
    for (const char* call : {"list_groups", "read_group", "read_health", "read_status",
                             "read_suspensions", "read_rolls", "read_log", "scale_group",
                             "suspend_processes", "resume_processes", "delete_group"})
        add(call, to_text(fmt::format("not with Bearer {}", token)));
    add("create_group", to_text(fmt::format("not with Bearer {}, tag value {}, user data {}", token,
                                            tag_value, encode_base64(script))));
    for (const char* call :
         {"describe_images", "get_caller_identity", "get_parameter", "simulate_principal_policy"})
        add(call, to_text(fmt::format("not with session {}, secret {}", aws_session, aws_secret)));
    return faults;
}

class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(&cloud) {}
    TimePoint now() override { return cloud_->now(); }

private:
    const sim::Cloud* cloud_;
};

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Account {
    test::TemporaryFolder folder{};
    sim::Cloud cloud;
    std::string spec{};
    std::string state = "sqlite:" + folder.path("journal.sqlite");

    explicit Account(const Fault& fault)
        : cloud(*sim::Cloud::make(*parse_document(fmt::format(
              R"({{"region": "eu-west-1", "token": "{}", "parameters": {{"/images/shop": "ami-1"}},
                  "groups": [{{"name": "shop__web__production__6", "capacity": "2/4/8"}},
                             {{"name": "shop__web__production__2", "capacity": "0/0/0"}},
                             {{"name": "shop__web__production__3", "capacity": "0/0/0"}},
                             {{"name": "shop__web__production__4", "capacity": "0/0/0"}},
                             {{"name": "shop__web__production__5", "capacity": "0/0/0"}}],
                  "instances": [{{"group": "*__7", "from": 2, "healthy": ["5m", "6m"]}}],
                  "faults": [{{"call": "{}", {}}}]}})",
              token, fault.call, fault.effect)))) {
        Document document = *parse_document(elastiroll::test::canary_json());
        Document service = document.find("services")->as_array()->front();
        service.set("image", *parse_document(R"({"parameter": "/images/shop"})"));
        service.set("user_data", Document::object({{"text", script}}));
        service.set("variables", *parse_document(fmt::format(
                                     R"({{"port": "1", "log_level": "2",
                                         "key": {{"value": "{}", "secret": true}}}})",
                                     tag_value)));
        document.set("services", Document::array({std::move(service)}));
        std::string text = to_text(document);
        const std::string_view value = R"("tagValue":"${app.name}")";
        text.replace(text.find(value), value.size(), R"("tagValue":"${var.key}")");
        spec = folder.write("canary.json", text);
    }

    /// One process with `arguments`: all that it printed.
    std::string run(std::vector<std::string> arguments) {
        TestIo test;
        test.environment["SPOTINST_TOKEN"] = token;
        test.environment["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
        test.environment["AWS_SECRET_ACCESS_KEY"] = aws_secret;
        test.environment["AWS_SESSION_TOKEN"] = aws_session;
        test.environment["XDG_STATE_HOME"] = folder.path("home");
        test.io.make_transport = [this] { return sim::make_transport(cloud); };
        test.io.make_clock = [this] { return std::make_unique<CloudClock>(cloud); };
        arguments.insert(arguments.end(), {"--state", state});
        cli::run(arguments, test.io);
        return test.out.str() + test.err.str();
    }
    /// The id of its only deployment; empty where nothing was begun.
    std::string deployment() {
        const auto line = parse_document(run({"history", "--output", "json"}));
        return line ? std::string(text_at(*line, "deployment")) : std::string();
    }
    std::string kept() const {
        return bytes_of(folder.path("journal.sqlite")) +
               bytes_of(folder.path("journal.sqlite-wal"));
    }
};

void check_silent(const std::string& text, std::span<const std::string> secrets) {
    for (const std::string& secret : secrets) {
        const std::size_t at = text.find(secret);
        const std::string around =
            at == std::string::npos ? "" : text.substr(at < 300 ? 0 : at - 300, 600);
        CHECK(around == "");
    }
}

} // namespace

TEST_CASE("whatever fails, nothing that is printed, exported or kept shows a secret") {
    const auto secrets = canaries();
    const auto credentials = std::span(secrets).first(3);
    bool has_failed = false;
    bool is_json = false;
    for (const Fault& fault : every_fault()) {
        CAPTURE(fault.call);
        CAPTURE(fault.effect);
        Account account(fault);
        is_json = !is_json;
        const std::string output = is_json ? "json" : "text";
        const auto with_spec = [&](const char* command, std::vector<std::string> more = {}) {
            more.insert(more.begin(), {command, "--spec", account.spec, "--workflow", "canary",
                                       "--output", output});
            return account.run(more);
        };
        check_silent(with_spec("doctor"), secrets);
        check_silent(with_spec("plan"), secrets);
        const std::string deployed = with_spec("deploy", {"--yes"});
        has_failed = has_failed || deployed.find("[redacted]") != std::string::npos;
        check_silent(deployed, secrets);
        const std::string id = account.deployment();
        if (!id.empty()) {
            check_silent(account.run({"status", id, "--events"}), secrets);
            check_silent(account.run({"history", id, "--output", "json"}), secrets);
            check_silent(account.kept(), credentials);
            check_silent(account.run({"rollback", id, "--yes", "--output", output}), secrets);
            check_silent(account.run({"history", id, "--output", "json"}), secrets);
            check_silent(account.kept(), credentials);
        }
    }
    CHECK_MESSAGE(has_failed, "what services say back reaches messages, without the secrets");
}

} // namespace elastiroll::cli::secrets_test
