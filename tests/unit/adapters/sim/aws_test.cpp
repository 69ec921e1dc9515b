#include <doctest/doctest.h>

#include "api.hpp"

namespace elastiroll::sim::aws_test {

using namespace elastiroll::sim::test;

namespace {

HttpRequest signed_request(std::string body) {
    return {.method = "POST",
            .url = "https://ec2.us-east-1.amazonaws.com/",
            .headers = {{"Authorization", "AWS4-HMAC-SHA256 Credential=SIMULATED/x"}},
            .body = std::move(body),
            .timeout = Milliseconds(30'000)};
}

Reply parameter(Cloud& cloud, std::string_view name) {
    HttpRequest request = signed_request(fmt::format(R"({{"Name":"{}"}})", name));
    request.headers.emplace_back("X-Amz-Target", "AmazonSSM.GetParameter");
    return Api(cloud).send(std::move(request));
}

Reply images(Cloud& cloud, std::string_view query) {
    return Api(cloud).send(signed_request(fmt::format("Action=DescribeImages&{}", query)));
}

/// The ids of the images in an answer, in its order.
std::string ids_in(const Reply& reply) {
    std::string ids;
    for (std::size_t at = reply.text.find("<imageId>"); at != reply.text.npos;
         at = reply.text.find("<imageId>", at + 1))
        ids += (ids.empty() ? "" : " ") +
               reply.text.substr(at + 9, reply.text.find('<', at + 9) - at - 9);
    return reply.status == 200 ? ids : fmt::format("{} {}", reply.status, reply.text);
}

constexpr std::string_view some_images = R"("start":"2026-03-02T08:00:00Z","images":["ami-plain",
    {"id":"ami-1","name":"shop-1","created":"48h","tags":{"Service":"web","Team":"a&b"}},
    {"id":"ami-2","name":"shop-2","created":"1h","architecture":"arm64"},
    {"id":"ami-3","name":"shop-3","created":"1h","state":"pending"},
    {"id":"ami-4","name":"shop-4","owner":"999999999999"},
    {"id":"ami-5","name":"shop-5","created":"2026-03-02T09:00:00Z"}],
    "parameters":{"/images/shop":["ami-1","ami-2"],"/one":"ami-1"})";

} // namespace

TEST_CASE("the cloud finds images as EC2 does") {
    struct Row {
        const char* why;
        const char* query;
        const char* ids;
    };
    constexpr Row rows[] = {
        {"all", "", "ami-plain ami-1 ami-2 ami-3 ami-4"},
        {"by id", "ImageId.1=ami-2&ImageId.2=ami-1", "ami-1 ami-2"},
        {"by owner", "Owner.1=999999999999", "ami-4"},
        {"our own", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=shop-*", "ami-1 ami-2 ami-3"},
        {"any of a filter's values, all of the filters",
         "Filter.1.Name=name&Filter.1.Value.1=shop-1&Filter.1.Value.2=shop-%3F"
         "&Filter.2.Name=state&Filter.2.Value.1=available",
         "ami-1 ami-2 ami-4"},
        {"by tag", "Filter.1.Name=tag%3AService&Filter.1.Value.1=w*b", "ami-1"},
        {"by a tag's key", "Filter.1.Name=tag-key&Filter.1.Value.1=Team", "ami-1"},
        {"by architecture", "Filter.1.Name=architecture&Filter.1.Value.1=arm64", "ami-2"},
        {"none", "Filter.1.Name=name&Filter.1.Value.1=shop", ""},
    };
    Cloud cloud = round_cloud(some_images);
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(ids_in(images(cloud, row.query)) == row.ids);
    }
    CHECK(images(cloud, "ImageId.1=ami-1").text.find("<value>a&amp;b</value>") !=
          std::string::npos);
    cloud.advance(cloud.now() + std::chrono::hours(1));
    CHECK_MESSAGE(ids_in(images(cloud, "ImageId.1=ami-5")) == "ami-5", "once its time has come");
}

TEST_CASE("without a list every image's id is one's") {
    Cloud cloud = round_cloud();
    CHECK(ids_in(images(cloud, "ImageId.1=ami-any")) == "ami-any");
    CHECK(ids_in(images(cloud, "Owner.1=self")) == "");
}

TEST_CASE("a parameter has its newest value, or that of a version") {
    struct Row {
        const char* name;
        int status;
        const char* has;
    };
    constexpr Row rows[] = {
        {"/images/shop", 200, R"("Value":"ami-2","Version":2)"},
        {"/images/shop:1", 200, R"("Value":"ami-1","Version":1)"},
        {"arn:aws:ssm:us-east-1:123456789012:parameter/one", 200, R"("Value":"ami-1")"},
        {"/images/shop:3", 400, "ParameterVersionNotFound"},
        {"/images/shop:newest", 400, "ParameterVersionNotFound"},
        {"/two", 400, "ParameterNotFound"},
    };
    Cloud cloud = round_cloud(some_images);
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const Reply reply = parameter(cloud, row.name);
        CAPTURE(reply.text);
        CHECK(reply.status == row.status);
        CHECK(reply.text.find(row.has) != std::string::npos);
    }
}

TEST_CASE("AWS refuses in its own words") {
    struct Row {
        const char* why;
        const char* query;
        const char* has;
    };
    constexpr Row rows[] = {
        {"no such image", "Action=DescribeImages&ImageId.1=ami-0", "InvalidAMIID.NotFound"},
        {"no image's id", "Action=DescribeImages&ImageId.1=x", "InvalidAMIID.Malformed"},
        {"a filter that is unknown",
         "Action=DescribeImages&Filter.1.Name=colour&Filter.1.Value.1=red",
         "InvalidParameterValue"},
        {"an action that is unknown", "Action=RunInstances", "InvalidAction"},
    };
    Cloud cloud = round_cloud(some_images);
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const Reply reply = Api(cloud).send(signed_request(row.query));
        CHECK(reply.status == 400);
        CHECK(reply.text.find(row.has) != std::string::npos);
    }
    HttpRequest unsigned_request = signed_request("Action=GetCallerIdentity");
    unsigned_request.headers.clear();
    CHECK(Api(cloud).send(unsigned_request).text.find("MissingAuthenticationToken") !=
          std::string::npos);
}

TEST_CASE("faults and rate limits hit calls to AWS too") {
    Cloud cloud = round_cloud(R"("rate_limits":{"describe_images":2},"parameters":{"/p":"ami-1"},
        "faults":[{"call":"get_parameter","answer":{"status":400,"code":"AccessDeniedException"}},
                  {"call":"get_caller_identity","lose":"answer"}])");
    CHECK(parameter(cloud, "/p").text.find("AccessDeniedException") != std::string::npos);
    CHECK(parameter(cloud, "/p").status == 200);
    CHECK(Api(cloud).send(signed_request("Action=GetCallerIdentity")).status == 0);
    CHECK(images(cloud, "ImageId.1=ami-1").status == 200);
    CHECK(images(cloud, "ImageId.1=ami-1").status == 200);
    const Reply throttled = images(cloud, "ImageId.1=ami-1");
    CHECK(throttled.status == 503);
    CHECK(throttled.text.find("RequestLimitExceeded") != std::string::npos);
    CHECK(cloud.log().back().name == "describe_images");
}

} // namespace elastiroll::sim::aws_test
