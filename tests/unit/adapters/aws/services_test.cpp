#include <doctest/doctest.h>

#include <adapters/aws/services.hpp>

namespace elastiroll::aws::services_test {
using aws::Service;

TEST_CASE("services are reached at their regional endpoints in every partition") {
    struct Row {
        Service service;
        const char* region;
        const char* url;
        const char* signing_region;
    };
    constexpr Row rows[] = {
        {Service::ec2, "eu-west-1", "https://ec2.eu-west-1.amazonaws.com", "eu-west-1"},
        {Service::elbv2, "us-east-1", "https://elasticloadbalancing.us-east-1.amazonaws.com",
         "us-east-1"},
        {Service::elb, "us-east-1", "https://elasticloadbalancing.us-east-1.amazonaws.com",
         "us-east-1"},
        {Service::sts, "cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {Service::ssm, "us-gov-east-1", "https://ssm.us-gov-east-1.amazonaws.com", "us-gov-east-1"},
        {Service::sso, "eu-west-1", "https://portal.sso.eu-west-1.amazonaws.com", "eu-west-1"},
        {Service::iam, "eu-west-1", "https://iam.amazonaws.com", "us-east-1"},
        {Service::iam, "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {Service::iam, "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"},
        {Service::ec2, "mars-north-9", "https://ec2.mars-north-9.amazonaws.com", "mars-north-9"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.url);
        const auto endpoint = aws::endpoint_of(row.service, Region(row.region), {});
        CHECK(endpoint.url == row.url);
        CHECK(endpoint.region == row.signing_region);
    }
}

TEST_CASE("an override takes the place of an endpoint, not of the region that is signed for") {
    const aws::Endpoints endpoints{.override_of = [](const std::string& id) {
        return id == "EC2" ? std::string("http://127.0.0.1:5000/") : std::string();
    }};
    const auto ec2 = aws::endpoint_of(Service::ec2, Region("eu-west-1"), endpoints);
    CHECK(ec2.url == "http://127.0.0.1:5000");
    CHECK(ec2.region == "eu-west-1");
    CHECK(aws::endpoint_of(Service::sts, Region("eu-west-1"), endpoints).url ==
          "https://sts.eu-west-1.amazonaws.com");
}

} // namespace elastiroll::aws::services_test
