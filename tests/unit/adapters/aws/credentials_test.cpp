#include <doctest/doctest.h>

#include <elastiroll/adapters/aws.hpp>

#include <adapters/aws/credential_answers.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace elastiroll::aws::credentials_test {
using aws::Credentials;

namespace {

using Texts = std::map<std::string, std::string>;

/// A machine made of maps, and a chain on it whose requests are answered by hand.
struct Machine {
    aws::Surroundings surroundings() {
        return {.environment = [this](const std::string& name) -> std::optional<std::string> {
                    const auto found = environment.find(name);
                    return found == environment.end() ? std::nullopt : std::optional(found->second);
                },
                .read_file = [this](const std::string& path) -> Result<std::string> {
                    const auto found = files.find(path);
                    if (found == files.end())
                        return fail(ErrorCategory::not_found, "there is no such file");
                    return found->second;
                },
                .run_process = [this](const std::string& command) -> Result<std::string> {
                    commands.push_back(command);
                    if (process_output.empty())
                        return fail(ErrorCategory::unauthenticated,
                                    "`ask` ended with exit status 3");
                    return process_output;
                }};
    }

    aws::CredentialProvider& chain() {
        if (!provider)
            provider = aws::make_credential_chain({.profile = profile}, surroundings());
        return *provider;
    }

    /// Pumps until there are credentials or a failure.
    Result<Credentials> get() {
        for (int turn = 0; turn < 100; ++turn) {
            if (auto got = chain().get(now))
                return *std::move(got);
            pump();
            if (const auto wake = chain().next_wake())
                now = std::max(now, *wake);
        }
        FAIL("the chain never comes to rest");
        return fail(ErrorCategory::internal, "");
    }
    void fetch() { static_cast<void>(get()); }
    void pump() {
        for (auto& one : chain().requests(now)) {
            sent.push_back(one.request);
            chain().on_response(one.id, respond(one.request), now);
        }
    }
    const Error& error() {
        failed = get();
        REQUIRE_FALSE(failed);
        return failed.error();
    }

    Texts environment{{"HOME", "/home/mia"}};
    Texts files;
    std::string process_output;
    std::string profile;
    std::function<HttpResult(const HttpRequest&)> respond = [](const HttpRequest&) {
        return HttpFailure{.is_unsent = true, .message = "connection refused"};
    };
    TimePoint now = parse_time("2026-05-01T10:00:00Z").value();
    std::vector<HttpRequest> sent;
    std::vector<std::string> commands;
    std::unique_ptr<aws::CredentialProvider> provider;
    Result<Credentials> failed = Credentials{};
};

HttpResponse answer(int status, std::string body, HttpHeaders headers = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

std::string json_credentials(const std::string& id, const std::string& expiry,
                             const std::string& more = "") {
    return R"({"Version":1,"AccessKeyId":")" + id +
           R"(","SecretAccessKey":"canary-secret","Token":"canary-token",)"
           R"("SessionToken":"canary-token",)" +
           more + R"("Expiration":")" + expiry + R"("})";
}

std::string sts(const std::string& action, const std::string& id,
                const std::string& expiry = "2026-05-01T11:00:00Z") {
    return "<" + action + "Response><" + action + "Result><Credentials><AccessKeyId>" + id +
           "</AccessKeyId><SecretAccessKey>canary-secret</SecretAccessKey><SessionToken>"
           "canary-token</SessionToken><Expiration>" +
           expiry + "</Expiration></Credentials></" + action + "Result></" + action + "Response>";
}

void check(const Result<Credentials>& got, const std::string& id, const std::string& source) {
    REQUIRE_MESSAGE(got, (got ? std::string() : got.error().message));
    CHECK(got->access_key_id == id);
    CHECK(got->source == source);
}

constexpr const char* config = "/home/mia/.aws/config";
constexpr const char* credentials_file = "/home/mia/.aws/credentials";

} // namespace

// ---- places ----------------------------------------------------------------------------------

TEST_CASE("keys of the environment come first") {
    Machine machine;
    machine.environment["AWS_ACCESS_KEY_ID"] = "AKENV";
    machine.environment["AWS_SECRET_ACCESS_KEY"] = "canary";
    machine.environment["AWS_SESSION_TOKEN"] = "canary-token";
    machine.files[credentials_file] =
        "[default]\naws_access_key_id=AKFILE\naws_secret_access_key=canary";
    const auto got = machine.get();
    check(got, "AKENV", "the environment");
    CHECK(got->session_token == Secret("canary-token"));
    CHECK_FALSE(got->expires_at.has_value());
    CHECK(machine.sent.empty());
}

TEST_CASE("a profile that is named by option beats the environment, AWS_PROFILE does not") {
    Machine machine;
    machine.environment["AWS_ACCESS_KEY_ID"] = "AKENV";
    machine.environment["AWS_SECRET_ACCESS_KEY"] = "canary";
    machine.environment["AWS_PROFILE"] = "ci";
    machine.files[credentials_file] = "[ci]\naws_access_key_id=AKCI\naws_secret_access_key=canary";
    check(machine.get(), "AKENV", "the environment");
    Machine named;
    named.environment = machine.environment;
    named.files = machine.files;
    named.profile = "ci";
    check(named.get(), "AKCI", "profile ci");
}

TEST_CASE("profiles are found in both files, and the credentials file wins") {
    Machine machine;
    machine.environment["AWS_PROFILE"] = "my profile";
    machine.files[config] = "[profile \"my profile\"]\nregion = eu-west-1\n"
                            "aws_access_key_id = AKCONFIG\naws_secret_access_key = canary\n"
                            "[my profile]\naws_access_key_id = AKWRONG\n";
    machine.files[credentials_file] = "[my profile]\naws_access_key_id = AKCRED\n";
    check(machine.get(), "AKCRED", "profile my profile");
    CHECK(aws::region_of({}, machine.surroundings()) == Region("eu-west-1"));
    machine.environment["AWS_DEFAULT_REGION"] = "us-east-1";
    CHECK(aws::region_of({}, machine.surroundings()) == Region("us-east-1"));
    machine.environment["AWS_REGION"] = "us-east-2";
    CHECK(aws::region_of({}, machine.surroundings()) == Region("us-east-2"));
    CHECK(aws::region_of({.region = Region("r")}, machine.surroundings()) == Region("r"));
}

TEST_CASE("a role is assumed with the keys of its source, and of its source's source") {
    Machine machine;
    machine.files[config] = "[default]\nrole_arn = arn:two\nsource_profile = middle\n"
                            "external_id = x&y\nduration_seconds = 900\nregion = eu-west-1\n"
                            "[profile middle]\nrole_arn = arn:one\nsource_profile = base\n"
                            "role_session_name = mia\n";
    machine.files[credentials_file] =
        "[base]\naws_access_key_id = AKBASE\naws_secret_access_key = canary\n";
    machine.respond = [](const HttpRequest& request) -> HttpResult {
        return answer(200,
                      sts("AssumeRole",
                          request.body.find("arn%3Aone") != std::string::npos ? "ASONE" : "ASTWO"));
    };
    check(machine.get(), "ASTWO",
          "the role of profile default, by the role of profile middle, by profile base");
    REQUIRE(machine.sent.size() == 2);
    const auto signer = [&](std::size_t i) {
        return header_value(machine.sent[i].headers, "Authorization");
    };
    CHECK(machine.sent[0].url == "https://sts.eu-west-1.amazonaws.com/");
    CHECK(signer(0).find("Credential=AKBASE/20260501/eu-west-1/sts/") != std::string::npos);
    CHECK(machine.sent[0].body == "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aone&"
                                  "RoleSessionName=mia");
    CHECK(signer(1).find("Credential=ASONE/") != std::string::npos);
    CHECK(machine.sent[1].body.ends_with("&ExternalId=x%26y&DurationSeconds=900"));
}

TEST_CASE("a profile may assume its role with keys of its own") {
    Machine machine;
    machine.files[credentials_file] = "[default]\nrole_arn = arn:one\nsource_profile = default\n"
                                      "aws_access_key_id = AKSELF\naws_secret_access_key = c\n";
    machine.respond = [](const HttpRequest&) { return answer(200, sts("AssumeRole", "ASONE")); };
    check(machine.get(), "ASONE", "the role of profile default, by profile default");
}

TEST_CASE("a token file is exchanged for a role's session, unsigned and read anew each time") {
    Machine machine;
    std::string expiry = "2026-05-01T11:00:00Z";
    machine.environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
    machine.environment["AWS_ROLE_ARN"] = "arn:web";
    machine.environment["AWS_REGION"] = "cn-north-1";
    machine.files["/token"] = "canary-jwt\n";
    machine.respond = [&](const HttpRequest&) {
        return answer(200, sts("AssumeRoleWithWebIdentity", "ASWEB", expiry));
    };
    check(machine.get(), "ASWEB", "web identity");
    CHECK(machine.sent[0].url == "https://sts.cn-north-1.amazonaws.com.cn/");
    CHECK(header_value(machine.sent[0].headers, "Authorization").empty());
    CHECK(machine.sent[0].body.find("&WebIdentityToken=canary-jwt") != std::string::npos);
    machine.files["/token"] = "canary-new";
    expiry = "2026-05-01T12:00:00Z";
    machine.now += Milliseconds(59 * 60'000 + 30'000);
    machine.fetch();
    CHECK(machine.sent.back().body.find("&WebIdentityToken=canary-new") != std::string::npos);
}

TEST_CASE("SSO gives a role's credentials for the token that the login has kept") {
    Machine machine;
    machine.files[config] =
        "[default]\nsso_session = corp\nsso_account_id = 123\n"
        "sso_role_name = Deploy er\n[sso-session corp]\nsso_region = eu-west-1\n"
        "sso_start_url = https://corp.awsapps.com/start\n";
    const std::string cache = "/home/mia/.aws/sso/cache/" + aws::sso_cache_name("corp") + ".json";
    machine.files[cache] = R"({"accessToken":"canary-sso","expiresAt":"2026-05-01T10:30:00Z"})";
    machine.respond = [](const HttpRequest&) {
        return answer(200,
                      R"({"roleCredentials":{"accessKeyId":"ASSSO","secretAccessKey":"canary",)"
                      R"("sessionToken":"canary","expiration":1777633200000}})");
    };
    const auto got = machine.get();
    check(got, "ASSSO", "SSO of profile default");
    CHECK(got->expires_at == parse_time("2026-05-01T11:00:00Z").value());
    CHECK(machine.sent[0].url == "https://portal.sso.eu-west-1.amazonaws.com/federation/"
                                 "credentials?role_name=Deploy%20er&account_id=123");
    CHECK(header_value(machine.sent[0].headers, "x-amz-sso_bearer_token") == "canary-sso");

    const auto why = [&](const std::string& text) {
        Machine other;
        other.files = machine.files;
        if (text.empty())
            other.files.erase(cache);
        else
            other.files[cache] = text;
        return other.error().message;
    };
    CHECK(why(R"({"accessToken":"canary","expiresAt":"2026-05-01T09:59:00Z"})") ==
          "cannot get AWS credentials from SSO of profile default: the SSO token expired at "
          "2026-05-01T09:59:00Z; run `aws sso login --profile default`");
    CHECK(why("").find("is missing; run `aws sso login --profile default`") != std::string::npos);
    CHECK(why("{").find("cannot be read; run `aws sso login") != std::string::npos);
    machine.provider.reset();
    machine.respond = [](const HttpRequest&) { return answer(401, "{}"); };
    CHECK(machine.error().message.find("run `aws sso login --profile default`") !=
          std::string::npos);
    CHECK(aws::sso_cache_name("https://corp.awsapps.com/start") != aws::sso_cache_name("corp"));
}

TEST_CASE("a command may give the credentials") {
    Machine machine;
    machine.files[config] = "[default]\ncredential_process = ask --for aws\n";
    machine.process_output = json_credentials("ASPROC", "2026-05-01T11:00:00Z");
    check(machine.get(), "ASPROC", "credential_process of profile default");
    CHECK(machine.commands == std::vector<std::string>{"ask --for aws"});
    machine.provider.reset();
    machine.process_output = R"({"Version":2,"AccessKeyId":"a","SecretAccessKey":"canary"})";
    CHECK(machine.error().message == "cannot get AWS credentials from credential_process of "
                                     "profile default: what it wrote is not of Version 1");
    machine.provider.reset();
    machine.process_output = "";
    CHECK(machine.error().message.find("`ask` ended with exit status 3") != std::string::npos);
}

TEST_CASE("a container's agent is asked with its token") {
    Machine machine;
    machine.environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/x";
    machine.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Basic canary";
    machine.respond = [](const HttpRequest&) {
        return answer(200, json_credentials("ASECS", "2026-05-01T11:00:00Z"));
    };
    check(machine.get(), "ASECS", "the container");
    CHECK(machine.sent[0].url == "http://169.254.170.2/v2/x");
    CHECK(header_value(machine.sent[0].headers, "Authorization") == "Basic canary");
    machine.provider.reset();
    machine.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/eks";
    machine.files["/eks"] = "canary-eks\n";
    machine.fetch();
    CHECK(header_value(machine.sent[1].headers, "Authorization") == "canary-eks");
}

TEST_CASE("a container's full address is plain HTTP only where nobody can listen") {
    struct Row {
        const char* url;
        bool is_taken;
    };
    constexpr Row rows[] = {
        {"https://agent.test/x", true},
        {"http://127.0.0.1:80/x", true},
        {"http://localhost/x", true},
        {"http://[::1]:9/x", true},
        {"http://169.254.170.23/v1", true},
        {"http://[fd00:ec2::23]/v1", true},
        {"http://agent.test/x", false},
        {"http://127.0.0.1.agent.test/x", false},
        {"http://localhost@agent.test/", false},
        {"http://169.254.170.2.evil/", false},
        {"ftp://localhost/", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.url);
        Machine machine;
        machine.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = row.url;
        machine.fetch();
        CHECK(machine.sent.empty() != row.is_taken);
    }
}

TEST_CASE("an instance is asked for a token, then for its role, then for credentials") {
    Machine machine;
    machine.respond = [](const HttpRequest& request) -> HttpResult {
        if (request.method == "PUT")
            return answer(200, "canary-imds");
        CHECK(header_value(request.headers, "X-aws-ec2-metadata-token") == "canary-imds");
        return request.url.ends_with("/")
                   ? answer(200, "deploy role")
                   : answer(200, json_credentials("ASIMDS", "2026-05-01T16:00:00Z",
                                                  R"("Code":"Success",)"));
    };
    check(machine.get(), "ASIMDS", "instance metadata");
    REQUIRE(machine.sent.size() == 3);
    CHECK(machine.sent[0].url == "http://169.254.169.254/latest/api/token");
    CHECK(machine.sent[0].timeout == Milliseconds(1'000));
    CHECK(machine.sent[2].url == "http://169.254.169.254/latest/meta-data/iam/"
                                 "security-credentials/deploy%20role");
}

// ---- what is refused -------------------------------------------------------------------------

TEST_CASE("where no place has credentials, every one is named with its reason") {
    Machine machine;
    const Error error = machine.error();
    CHECK(error.category == ErrorCategory::unauthenticated);
    REQUIRE(error.details.size() == 5);
    CHECK(error.details[0].path == "environment");
    CHECK(error.details[1].path == "web identity");
    CHECK(error.details[2].path == "/home/mia/.aws/config, /home/mia/.aws/credentials");
    CHECK(error.details[3].path == "container");
    CHECK(error.details[4] == ErrorDetail{"instance metadata", "connection refused", {}});
    CHECK(machine.sent.size() == 2); // nobody is there to be asked a third time
    Machine disabled;
    disabled.environment["AWS_EC2_METADATA_DISABLED"] = "true";
    CHECK(disabled.error().details.back().message == "AWS_EC2_METADATA_DISABLED is true");
    CHECK(disabled.sent.empty());
}

TEST_CASE("settings that contradict themselves are refused with the way out, and show no secret") {
    struct Row {
        const char* why;
        Texts environment;
        Texts files;
        const char* words;
    };
    const Row rows[] = {
        {"half a key", {{"AWS_ACCESS_KEY_ID", "AK"}}, {}, "set both or neither"},
        {"the other half", {{"AWS_SECRET_ACCESS_KEY", "canary"}}, {}, "set both or neither"},
        {"a token file without a role",
         {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}},
         {},
         "AWS_ROLE_ARN"},
        {"a profile that is not there", {{"AWS_PROFILE", "ci"}}, {}, "there is no profile ci in"},
        {"an empty profile",
         {{"AWS_PROFILE", "ci"}},
         {{config, "[profile ci]\nregion=x"}},
         "profile ci has no credentials"},
        {"MFA", {}, {{config, "[default]\nrole_arn=a\nsource_profile=b\nmfa_serial=c"}}, "MFA"},
        {"no source", {}, {{config, "[default]\nrole_arn=a"}}, "source_profile"},
        {"two sources",
         {},
         {{config, "[default]\nrole_arn=a\nsource_profile=b\n"
                   "credential_source=Environment"}},
         "needs one of"},
        {"a circle",
         {},
         {{config, "[default]\nrole_arn=a\nsource_profile=b\n[profile b]\nrole_arn=c\n"
                   "source_profile=default"}},
         "leads back to itself"},
        {"a source that is not there",
         {},
         {{config, "[default]\nrole_arn=a\nsource_profile=b"}},
         "there is no profile b"},
        {"an odd place", {}, {{config, "[default]\nrole_arn=a\ncredential_source=Moon"}}, "Moon"},
        {"an empty place",
         {},
         {{config, "[default]\nrole_arn=a\ncredential_source=Environment"}},
         "AWS_ACCESS_KEY_ID is not set"},
        {"half a key in a file",
         {},
         {{credentials_file, "[default]\naws_secret_access_key=canary"}},
         "only half of a key"},
        {"a broken file",
         {},
         {{credentials_file, "[default]\ncanary"}},
         "/home/mia/.aws/credentials: line 2"},
        {"SSO without a role",
         {},
         {{config, "[default]\nsso_start_url=u\nsso_region=r"}},
         "lacks one of"},
        {"SSO without its session",
         {},
         {{config, "[default]\nsso_session=s"}},
         "names the sso-session s"},
        {"a token file that is gone",
         {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", "a"}},
         {},
         "the token file /t cannot be read"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        Machine machine;
        machine.environment.insert(row.environment.begin(), row.environment.end());
        machine.files = row.files;
        const Error error = machine.error();
        CAPTURE(error.message);
        CHECK(error.category == ErrorCategory::unauthenticated);
        CHECK(error.message.find(row.words) != std::string::npos);
        CHECK(to_string(error).find("canary") == std::string::npos);
    }
}

TEST_CASE("STS's refusal is passed on with its code, at once where it will not pass") {
    Machine machine;
    machine.files[credentials_file] = "[default]\nrole_arn=arn:r\nsource_profile=default\n"
                                      "aws_access_key_id=AK\naws_secret_access_key=canary";
    machine.respond = [](const HttpRequest&) {
        return answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message>"
                           "</Error><RequestId>q</RequestId></ErrorResponse>");
    };
    const Error error = machine.error();
    CHECK(error.category == ErrorCategory::permission_denied);
    CHECK(error.message == "cannot get AWS credentials from the role of profile default, by "
                           "profile default: answer 403 AccessDenied: no");
    CHECK(error.remote->request_id == "q");
    CHECK(machine.sent.size() == 1);
    machine.provider.reset();
    machine.sent.clear();
    machine.respond = [](const HttpRequest&) { return answer(503, ""); };
    CHECK(machine.error().category == ErrorCategory::unavailable);
    CHECK(machine.sent.size() == 3);
}

TEST_CASE("STS tells the time to a machine whose clock is wrong") {
    Machine machine;
    machine.files[credentials_file] = "[default]\nrole_arn=arn:r\nsource_profile=default\n"
                                      "aws_access_key_id=AK\naws_secret_access_key=canary";
    machine.respond = [](const HttpRequest& request) -> HttpResult {
        if (header_value(request.headers, "X-Amz-Date").starts_with("20260501T10"))
            return answer(403,
                          "<ErrorResponse><Error><Code>RequestTimeTooSkewed</Code></Error>"
                          "</ErrorResponse>",
                          {{"Date", "Fri, 01 May 2026 12:00:00 GMT"}});
        return answer(200, sts("AssumeRole", "ASNOW", "2026-05-01T13:00:00Z"));
    };
    CHECK(machine.get()->access_key_id == "ASNOW");
}

// ---- renewal ---------------------------------------------------------------------------------

namespace {

/// A container's agent that gives credentials for an hour, numbered.
struct Agent : Machine {
    Agent() {
        environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/x";
        respond = [this](const HttpRequest&) -> HttpResult {
            if (!is_up)
                return answer(500, "");
            return answer(200, json_credentials("AS" + std::to_string(++given),
                                                format_time(now + Milliseconds(3'600'000))));
        };
        fetch();
    }
    int given = 0;
    bool is_up = true;
};

constexpr Milliseconds minute{60'000};

} // namespace

TEST_CASE("credentials are renewed ahead of their expiry, while the present ones are used") {
    Agent agent;
    agent.now += minute * 54;
    CHECK(agent.get()->access_key_id == "AS1");
    CHECK(agent.sent.size() == 1);
    agent.now += minute * 2;
    CHECK(agent.get()->access_key_id == "AS1");
    agent.pump();
    CHECK(agent.get()->access_key_id == "AS2");
    CHECK(agent.sent.size() == 2);
}

TEST_CASE("nobody gets credentials that are about to expire while others can be had") {
    Agent agent;
    agent.now += minute * 59 + Milliseconds(30'000);
    CHECK_FALSE(agent.chain().get(agent.now).has_value());
    CHECK(agent.get()->access_key_id == "AS2");
}

TEST_CASE(
    "credentials that are about to expire when they come are used, and not asked for in a loop") {
    Agent agent;
    agent.now += minute * 60;
    int asked = 0;
    agent.respond = [&](const HttpRequest&) {
        ++asked;
        return answer(200, json_credentials("ASBRIEF", format_time(agent.now + minute / 2)));
    };
    for (int i = 0; i < 10; ++i)
        CHECK(agent.get()->access_key_id == "ASBRIEF");
    CHECK(asked == 1);
    agent.respond = [&](const HttpRequest&) {
        return answer(200, json_credentials("ASOLD", "2026-05-01T00:00:00Z"));
    };
    agent.now += minute;
    CHECK(agent.error().message ==
          "the AWS credentials from the container have expired, and no others are to be had; renew "
          "them, and see whether the clock is right");
}

TEST_CASE("however many ask, one request is made") {
    Agent agent;
    agent.now += minute * 60;
    for (int i = 0; i < 10; ++i)
        CHECK_FALSE(agent.chain().get(agent.now).has_value());
    CHECK(agent.chain().requests(agent.now).size() == 1);
    CHECK(agent.chain().requests(agent.now).empty());
}

TEST_CASE("where renewal fails the present ones are used to their end, and it is tried again") {
    Agent agent;
    agent.is_up = false;
    agent.now += minute * 56;
    for (int i = 0; i < 20; ++i) {
        CHECK(agent.get()->access_key_id == "AS1");
        agent.pump();
        agent.now += Milliseconds(10'000);
    }
    CHECK(agent.sent.size() > 6);
    agent.now += minute * 2;
    CHECK(agent.error().category == ErrorCategory::unavailable);
    agent.is_up = true;
    agent.now += Milliseconds(6'000);
    CHECK(agent.get()->access_key_id == "AS2");
}

TEST_CASE("credentials that a service has refused are fetched anew, keys that are fixed are not") {
    Agent agent;
    agent.chain().reject(*agent.get(), agent.now);
    CHECK(agent.get()->access_key_id == "AS2");
    Machine machine;
    machine.environment["AWS_ACCESS_KEY_ID"] = "AKENV";
    machine.environment["AWS_SECRET_ACCESS_KEY"] = "canary";
    machine.chain().reject(*machine.get(), machine.now);
    CHECK(machine.get()->access_key_id == "AKENV");
}

// ---- endpoints -------------------------------------------------------------------------------

TEST_CASE("endpoints are overridden from the most specific to the most general") {
    Machine machine;
    machine.files[config] = "[default]\nendpoint_url = http://general\nservices = local\n"
                            "[services local]\nec2 =\n  endpoint_url = http://nested\n";
    const auto url = [&](const char* id) {
        return aws::endpoints_of({}, machine.surroundings()).override_of(id);
    };
    CHECK(url("EC2") == "http://nested");
    CHECK(url("STS") == "http://general");
    machine.environment["AWS_ENDPOINT_URL"] = "http://all";
    CHECK(url("EC2") == "http://all");
    machine.environment["AWS_ENDPOINT_URL_EC2"] = "http://ec2";
    CHECK(url("EC2") == "http://ec2");
    CHECK(url("ELASTIC_LOAD_BALANCING_V2") == "http://all");
    machine.environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
    CHECK_FALSE(aws::endpoints_of({}, machine.surroundings()).override_of);
}

} // namespace elastiroll::aws::credentials_test
