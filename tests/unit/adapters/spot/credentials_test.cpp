#include <doctest/doctest.h>

#include <elastiroll/adapters/spot.hpp>

#include <map>

namespace elastiroll::spot::credentials_test {

namespace {

using Texts = std::map<std::string, std::string>;

Result<spot::Credentials> find(const spot::CredentialOptions& options, const Texts& environment,
                               const Texts& files) {
    return spot::find_credentials(
        options,
        [&](const std::string& name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional(found->second);
        },
        [&](const std::string& path) -> Result<std::string> {
            const auto found = files.find(path);
            if (found == files.end())
                return fail(ErrorCategory::not_found, "there is no such file");
            return found->second;
        });
}

constexpr const char* file = "/home/mia/.spotinst/credentials";
constexpr const char* ini = "[default]\ntoken = canary-d\naccount = act-d\n"
                            "[ci]\ntoken = canary-ci\n";

} // namespace

TEST_CASE("Spot's token is found where Spot's tools look") {
    struct Row {
        const char* why;
        spot::CredentialOptions options;
        Texts environment;
        const char* text;
        const char* token;
        const char* account;
        const char* source;
    };
    const Row rows[] = {
        {"environment",
         {},
         {{"SPOTINST_TOKEN", "canary-e"}, {"SPOTINST_ACCOUNT", "act-e"}},
         ini,
         "canary-e",
         "act-e",
         "SPOTINST_TOKEN"},
        {"file",
         {},
         {},
         ini,
         "canary-d",
         "act-d",
         "profile default of /home/mia/.spotinst/credentials"},
        {"profile by variable",
         {},
         {{"SPOTINST_CREDENTIALS_PROFILE", "ci"}},
         ini,
         "canary-ci",
         "",
         "profile ci of /home/mia/.spotinst/credentials"},
        {"a profile by option beats the environment",
         {.profile = "ci"},
         {{"SPOTINST_TOKEN", "canary-e"}, {"SPOTINST_ACCOUNT", "act-e"}},
         ini,
         "canary-ci",
         "act-e",
         "profile ci of /home/mia/.spotinst/credentials"},
        {"a variable by option",
         {.token_env = "OTHER"},
         {{"SPOTINST_TOKEN", "canary-e"}, {"OTHER", "canary-o"}},
         ini,
         "canary-o",
         "",
         "OTHER"},
        {"JSON",
         {},
         {},
         R"( {"token":"canary-j","account":"act-j"})",
         "canary-j",
         "act-j",
         "profile default of /home/mia/.spotinst/credentials"},
        {"JSON with profiles",
         {.profile = "ci"},
         {},
         R"({"default":{"token":"x"},"ci":{"token":"canary-j"}})",
         "canary-j",
         "",
         "profile ci of /home/mia/.spotinst/credentials"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        Texts environment = row.environment;
        environment["HOME"] = "/home/mia";
        const auto found = find(row.options, environment, {{file, row.text}});
        REQUIRE(found);
        CHECK(found->token == Secret(row.token));
        CHECK(found->account == AccountId(row.account));
        CHECK(found->source == row.source);
    }
    CHECK(find({}, {{"SPOTINST_CREDENTIALS_FILE", "/etc/spot"}}, {{"/etc/spot", ini}})->token ==
          Secret("canary-d"));
}

TEST_CASE("without a token every place is named with why it had none, and nothing secret") {
    const Texts home{{"HOME", "/home/mia"}};
    const auto none = find({}, home, {});
    REQUIRE_FALSE(none);
    CHECK(none.error().category == ErrorCategory::unauthenticated);
    CHECK(none.error().details ==
          std::vector<ErrorDetail>{{"SPOTINST_TOKEN", "it is not set in the environment", {}},
                                   {file, "there is no such file", {}}});
    struct Row {
        spot::CredentialOptions options;
        const char* text;
        const char* words;
    };
    const Row rows[] = {
        {{.profile = "cd"}, ini, "it has no profile cd"},
        {{}, "[default]\naccount = canary\n", "profile default has no token"},
        {{}, "canary", "line 1: "},
        {{}, "{canary", "it is no JSON"},
        {{}, R"({"account":"canary"})", "profile default has no token"},
        {{.token_env = "OTHER"}, ini, "OTHER: it is not set"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto found = find(row.options, home, {{file, row.text}});
        REQUIRE_FALSE(found);
        CHECK(found.error().message.find(row.words) != std::string::npos);
        CHECK(to_string(found.error()).find("canary") == std::string::npos);
    }
}

} // namespace elastiroll::spot::credentials_test
