#include <doctest/doctest.h>

#include <elastiroll/adapters/aws.hpp>

#include <functional>
#include <map>
#include <set>

namespace elastiroll::aws::client_test {

namespace {

constexpr const char* secret = "canary-secret-key";
constexpr const char* token = "canary-session-token";
constexpr const char* identity =
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId>"
    "<Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

HttpResponse answer(int status, std::string body, HttpHeaders headers = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

HttpResponse refusal(int status, const std::string& code, HttpHeaders headers = {}) {
    return answer(status,
                  "<ErrorResponse><Error><Code>" + code + "</Code><Message>about " + secret +
                      " and " + token + "</Message></Error></ErrorResponse>",
                  std::move(headers));
}

/// Gives numbered credentials, each after one request of its own.
class Provider final : public aws::CredentialProvider {
public:
    std::optional<Result<aws::Credentials>> get(TimePoint) override {
        if (!failure.empty())
            return Result<aws::Credentials>(fail(ErrorCategory::unauthenticated, failure));
        if (!has_key)
            return std::nullopt;
        return Result<aws::Credentials>(
            aws::Credentials{.access_key_id = "AKID" + std::to_string(number),
                             .secret_access_key = Secret(secret),
                             .session_token = Secret(token)});
    }
    void reject(const aws::Credentials&, TimePoint) override {
        ++rejected;
        if (is_renewable) {
            has_key = false;
            is_asked = false;
        }
    }
    std::vector<CallClient::Outgoing> requests(TimePoint) override {
        if (has_key || is_asked || !failure.empty())
            return {};
        is_asked = true;
        return {{HttpRequestId{++requested}, {.method = "GET", .url = "http://credentials/"}}};
    }
    void on_response(HttpRequestId id, HttpResult, TimePoint) override {
        CHECK(id == HttpRequestId{requested});
        has_key = true;
        ++number;
    }
    std::optional<TimePoint> next_wake() const override { return std::nullopt; }

    bool has_key = false;
    bool is_asked = false;
    bool is_renewable = true;
    int number = 0;
    int rejected = 0;
    std::uint64_t requested = 0;
    std::string failure{};
};

struct Harness {
    Harness() { client = make({}); }

    std::unique_ptr<CallClient> make(aws::Endpoints endpoints) const {
        return aws::make_client({.region = Region("eu-west-1"),
                                 .credentials = provider,
                                 .endpoints = std::move(endpoints),
                                 .user_agent = "elastiroll/test"});
    }

    void submit(std::uint64_t id, AwsCall call) {
        client->submit(
            {.id = CallId{id}, .call = std::move(call), .deadline = now + Milliseconds(60'000)},
            now);
    }
    void run(const std::function<HttpResult(const HttpRequest&)>& respond_with) {
        for (int turn = 0; turn < 2'000; ++turn) {
            for (auto& one : client->requests(now)) {
                CHECK(ids.insert(one.id).second);
                sent.push_back(one.request);
                client->on_response(one.id,
                                    one.request.url == "http://credentials/"
                                        ? HttpResult(answer(200, ""))
                                        : respond_with(one.request),
                                    now);
            }
            for (auto& reply : client->replies())
                replies.emplace(static_cast<std::uint64_t>(reply.id), std::move(reply));
            const auto wake = client->next_wake();
            if (!wake)
                return;
            now = std::max(now, *wake);
        }
        FAIL("the client never comes to rest");
    }
    const Error& error(std::uint64_t id) { return std::get<Error>(replies.at(id).result); }
    bool is_answered(std::uint64_t id) {
        return std::holds_alternative<AwsReply>(replies.at(id).result);
    }
    std::string key_of(const HttpRequest& request) {
        const auto text = std::string(header_value(request.headers, "Authorization"));
        const auto begin = text.find("Credential=") + 11;
        return text.substr(begin, text.find('/', begin) - begin);
    }

    std::shared_ptr<Provider> provider = std::make_shared<Provider>();
    std::unique_ptr<CallClient> client;
    TimePoint now = parse_time("2026-05-01T10:00:00Z").value();
    std::vector<HttpRequest> sent;
    std::set<HttpRequestId> ids;
    std::map<std::uint64_t, CallReply> replies;
};

} // namespace

TEST_CASE("calls wait for the credentials, and are signed with them") {
    Harness harness;
    harness.submit(1, GetCallerIdentityCall{});
    harness.submit(2, DescribeTargetHealthCall{"arn:t"});
    harness.run([](const HttpRequest& request) {
        return request.url.find("sts.eu-west-1") != std::string::npos
                   ? answer(200, identity)
                   : answer(200, "<DescribeTargetHealthResponse><DescribeTargetHealthResult/>"
                                 "</DescribeTargetHealthResponse>");
    });
    REQUIRE(harness.sent.size() == 3);
    CHECK(harness.sent[0].url == "http://credentials/");
    CHECK(harness.key_of(harness.sent[1]) == "AKID1");
    CHECK(header_value(harness.sent[1].headers, "X-Amz-Date") == "20260501T100000Z");
    CHECK(header_value(harness.sent[1].headers, "User-Agent") == "elastiroll/test");
    CHECK(harness.is_answered(1));
}

TEST_CASE("without credentials every call fails with the reason, and nothing is sent") {
    Harness harness;
    harness.provider->failure = "no place has any";
    harness.submit(1, GetCallerIdentityCall{});
    harness.submit(2, DescribeImagesCall{.owners = {"self"}});
    harness.run([](const HttpRequest&) { return answer(500, ""); });
    CHECK(harness.sent.empty());
    CHECK(harness.error(1).category == ErrorCategory::unauthenticated);
    CHECK(harness.error(1).message == "cannot ask who the credentials belong to: no place has any");
    CHECK(harness.error(2).category == ErrorCategory::unauthenticated);
}

TEST_CASE("an expired session is renewed once, and the call is sent again with the new one") {
    Harness harness;
    harness.submit(1, ModifyRuleCall{"arn:r", Document(Document::Array{Document::object({})})});
    harness.run([&](const HttpRequest& request) {
        return harness.key_of(request) == "AKID1" ? refusal(403, "ExpiredToken")
                                                  : refusal(400, "RuleNotFound");
    });
    CHECK(harness.provider->rejected == 1);
    CHECK(harness.error(1).category == ErrorCategory::not_found);
    CHECK(harness.replies.at(1).attempts == 2);
}

TEST_CASE("credentials that cannot be renewed are not tried again") {
    Harness harness;
    harness.provider->is_renewable = false;
    harness.submit(1, GetCallerIdentityCall{});
    harness.run([](const HttpRequest&) { return refusal(403, "InvalidClientTokenId"); });
    CHECK(harness.error(1).category == ErrorCategory::unauthenticated);
    CHECK(harness.replies.at(1).attempts == 1);
}

TEST_CASE("a clock that is wrong is corrected by the answer's date, and stays so") {
    Harness harness;
    const auto skewed = [](const HttpRequest& request) {
        const auto date = header_value(request.headers, "X-Amz-Date");
        return date.starts_with("20260501T1200")
                   ? answer(200, identity)
                   : refusal(403, "RequestTimeTooSkewed",
                             {{"Date", "Fri, 01 May 2026 12:00:00 GMT"}});
    };
    harness.submit(1, GetCallerIdentityCall{});
    harness.run(skewed);
    CHECK(harness.is_answered(1));
    CHECK(harness.replies.at(1).attempts == 2);
    harness.submit(2, GetCallerIdentityCall{});
    harness.run(skewed);
    CHECK(harness.replies.at(2).attempts == 1);
}

TEST_CASE("a signature that is wrong although the clock is right fails at once") {
    Harness harness;
    harness.submit(1, GetCallerIdentityCall{});
    harness.run([](const HttpRequest&) {
        return refusal(403, "SignatureDoesNotMatch", {{"Date", "Fri, 01 May 2026 10:00:02 GMT"}});
    });
    CHECK(harness.error(1).category == ErrorCategory::unauthenticated);
    CHECK(harness.replies.at(1).attempts == 1);
}

TEST_CASE("a list is read to its last page, each page signed") {
    Harness harness;
    harness.submit(1, DescribeImagesCall{.owners = {"self"}});
    harness.run([](const HttpRequest& request) {
        const auto at = request.body.find("NextToken=");
        const int page = at == std::string::npos ? 0 : std::stoi(request.body.substr(at + 10));
        return answer(
            200, "<DescribeImagesResponse><imagesSet><item><imageId>ami-" + std::to_string(page) +
                     "</imageId></item></imagesSet>" +
                     (page < 4 ? "<nextToken>" + std::to_string(page + 1) + "</nextToken>" : "") +
                     "</DescribeImagesResponse>");
    });
    const auto& images =
        std::get<ImagesReply>(std::get<AwsReply>(harness.replies.at(1).result)).images;
    REQUIRE(images.size() == 5);
    CHECK(images.back().id == ImageId("ami-4"));
    CHECK(harness.replies.at(1).attempts == 5);
}

TEST_CASE("a list that never ends, or stands still, is given up") {
    for (const bool moves : {true, false}) {
        CAPTURE(moves);
        Harness harness;
        int page = 0;
        harness.submit(1, DescribeImagesCall{.owners = {"self"}});
        harness.run([&](const HttpRequest&) {
            return answer(200, "<DescribeImagesResponse><imagesSet/><nextToken>" +
                                   std::to_string(moves ? ++page : 1) +
                                   "</nextToken></DescribeImagesResponse>");
        });
        CHECK(harness.error(1).category == ErrorCategory::protocol);
    }
}

TEST_CASE("throttled and passing reads are sent again, changes that may have happened are not") {
    Harness harness;
    int asked = 0;
    harness.submit(1, GetCallerIdentityCall{});
    harness.run([&](const HttpRequest&) {
        ++asked;
        return asked == 1   ? refusal(400, "Throttling")
               : asked == 2 ? refusal(503, "ServiceUnavailable")
                            : answer(200, identity);
    });
    CHECK(harness.is_answered(1));
    CHECK(asked == 3);
    harness.submit(2, ModifyRuleCall{"arn:r", Document(Document::Array{Document::object({})})});
    harness.run([](const HttpRequest&) { return refusal(500, "InternalFailure"); });
    CHECK(std::holds_alternative<Unanswered>(harness.replies.at(2).result));
}

TEST_CASE("no error of an AWS call shows a credential") {
    const HttpResult results[] = {refusal(403, "ExpiredToken"),
                                  refusal(400, "ValidationError"),
                                  refusal(503, "Unavailable"),
                                  refusal(403, "AccessDenied"),
                                  refusal(400, std::string("Odd") + secret),
                                  answer(200, std::string("<a>") + token),
                                  answer(403, secret),
                                  HttpFailure{.message = std::string("proxy says ") + secret}};
    for (const HttpResult& result : results) {
        Harness harness;
        harness.submit(1, GetCallerIdentityCall{});
        harness.submit(2, ModifyRuleCall{"arn:r", Document(Document::Array{Document::object({})})});
        harness.run([&](const HttpRequest&) { return result; });
        for (const auto& [id, reply] : harness.replies) {
            const auto* unanswered = std::get_if<Unanswered>(&reply.result);
            const std::string text =
                to_string(unanswered ? unanswered->why : std::get<Error>(reply.result)) +
                reply.request_id;
            CAPTURE(text);
            CHECK(text.find("canary") == std::string::npos);
        }
    }
}

} // namespace elastiroll::aws::client_test
