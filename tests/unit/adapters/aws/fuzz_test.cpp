#include <doctest/doctest.h>

#include <adapters/aws/codec.hpp>

#include "environment.hpp"

#include <array>
#include <string>

using namespace elastiroll;
using namespace elastiroll::test;

namespace {

constexpr const char* bodies[] = {
    "<DescribeImagesResponse><imagesSet><item><imageId>ami-1</imageId><name>&amp;&#x41;</name>"
    "<creationDate>2026-05-01T10:00:00.000Z</creationDate></item></imagesSet></"
    "DescribeImagesResponse>",
    "<Response><Errors><Error><Code>InvalidAMIID.NotFound</Code><Message>m</Message></Error>"
    "</Errors><RequestID>q</RequestID></Response>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><DescribeRulesResponse><DescribeRulesResult><Rules><member>"
    "<Actions><member><Type>forward</Type></member></Actions></member></Rules></"
    "DescribeRulesResult></DescribeRulesResponse>",
    R"({"Parameter":{"Name":"/p","Type":"String","Value":"ami-1","Version":4}})",
    R"({"__type":"a#ParameterNotFound","message":"m"})",
    "",
};

const std::array calls = {
    AwsCall(DescribeImagesCall{.owners = {"self"}}),
    AwsCall(DescribeRulesCall{.arns = {"a"}}),
    AwsCall(GetParameterCall{"/p"}),
    AwsCall(GetCallerIdentityCall{}),
    AwsCall(DescribeTargetHealthCall{"t"}),
};

} // namespace

TEST_CASE("any bytes of AWS end in a reply or an error that says what was being done") {
    std::uint64_t state = seed();
    const auto runs = scaled(5'000);
    const auto below = [&](std::size_t bound) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>(state >> 33U) % bound;
    };
    constexpr std::array statuses = {200, 200, 200, 400, 403, 404, 429, 500, 503, 204, 0, -1};
    for (int run = 0; run < runs; ++run) {
        HttpResponse response{.status = statuses.at(below(statuses.size())),
                              .body = bodies[below(std::size(bodies))]};
        for (std::size_t changes = below(6); changes > 0 && !response.body.empty(); --changes) {
            const std::size_t at = below(response.body.size());
            if (below(2) == 0)
                response.body[at] = static_cast<char>(below(256));
            else
                response.body.erase(at, below(8));
        }
        CAPTURE(response.body);
        const auto decoded = aws::decode(calls.at(below(calls.size())), response);
        const bool is_silent = !decoded.reply && decoded.reply.error().message.empty();
        CHECK_FALSE(is_silent);
    }
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    CHECK_FALSE(aws::decode(calls[0], {.status = 200, .body = deep}).reply);
    for (int i = 0; i < 100'000; ++i)
        deep += "</a>";
    CHECK_FALSE(aws::decode(calls[0], {.status = 200, .body = deep}).reply);
}
