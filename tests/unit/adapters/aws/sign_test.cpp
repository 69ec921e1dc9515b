#include <doctest/doctest.h>

#include <adapters/aws/sign.hpp>

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/text.hpp>

#include "golden.hpp"

namespace elastiroll::aws::sign_test {

namespace {

aws::Credentials keys(const char* token = "") {
    return {.access_key_id = "AKID",
            .secret_access_key = Secret("secret"),
            .session_token = Secret(token)};
}

std::string authorization(HttpRequest request, const aws::Credentials& credentials,
                          aws::Signer& signer, TimePoint at = TimePoint()) {
    signer.sign(request, credentials, {.region = "eu-west-1", .service = "ec2"}, at);
    return std::string(header_value(request.headers, "Authorization"));
}

} // namespace

TEST_CASE("signatures are those that botocore makes") {
    const auto vectors = parse_document(test::read_golden("signatures.json"));
    REQUIRE(vectors);
    REQUIRE(vectors->as_array()->size() >= 40);
    aws::Signer signer;
    for (const Document& vector : *vectors->as_array()) {
        const auto string = [&](const char* key) {
            return std::string(*vector.find(key)->as_string());
        };
        HttpRequest request{.method = string("method"),
                            .url = string("url"),
                            .body = decode_base64(string("body")).value()};
        for (const Document& header : *vector.find("headers")->as_array())
            request.headers.emplace_back(*header.as_array()->at(0).as_string(),
                                         *header.as_array()->at(1).as_string());
        CAPTURE(request.url);
        const aws::Credentials credentials{.access_key_id = string("access_key_id"),
                                           .secret_access_key = Secret(string("secret")),
                                           .session_token = Secret(string("token"))};
        signer.sign(request, credentials,
                    {.region = string("region"), .service = string("service")},
                    parse_time(string("time")).value());
        CHECK(header_value(request.headers, "Authorization") == string("authorization"));
    }
}

TEST_CASE("a kept key is used for its own secret, day, region and service only") {
    const HttpRequest request{.method = "POST", .url = "https://h/", .body = "x"};
    const TimePoint next_day = TimePoint(std::chrono::hours(24));
    aws::Signer warm;
    authorization(request, keys(), warm);
    aws::Credentials other = keys();
    other.secret_access_key = Secret("other");
    aws::Signer cold_one;
    aws::Signer cold_two;
    CHECK(authorization(request, other, warm) == authorization(request, other, cold_one));
    CHECK(authorization(request, keys(), warm, next_day) ==
          authorization(request, keys(), cold_two, next_day));
    CHECK(authorization(request, other, warm) != authorization(request, keys(), warm));
}

TEST_CASE("what is signed is what goes over the wire") {
    HttpRequest request{.method = "GET",
                        .url = "https://h:443/a//b/../c%20d/?b=2&a=%7e&a&%3D=",
                        .headers = {{"X-B", "  one \t two "},
                                    {"x-a", "1"},
                                    {"X-A", "2"},
                                    {"User-Agent", "changes on the way"}}};
    CHECK(aws::canonical_request(request) ==
          "GET\n/a/c%2520d/\n%3D=&a=&a=~&b=2\nhost:h\nx-a:1,2\nx-b:one two\n\nhost;x-a;x-b\n"
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    aws::Signer signer;
    signer.sign(request, keys("token"), {.region = "r", .service = "s"},
                parse_time("2026-05-01T10:00:00.999Z").value());
    CHECK(header_value(request.headers, "X-Amz-Date") == "20260501T100000Z");
    CHECK(header_value(request.headers, "X-Amz-Security-Token") == "token");
    CHECK(header_value(request.headers, "Authorization")
              .find("SignedHeaders=host;x-a;x-amz-date;x-amz-security-token;x-b,") !=
          std::string::npos);
}

} // namespace elastiroll::aws::sign_test
