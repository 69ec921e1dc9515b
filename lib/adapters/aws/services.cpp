#include "adapters/aws/services.hpp"

#include <fmt/format.h>

namespace elastiroll::aws {
namespace {

struct Partition {
    std::string_view region_prefix;
    std::string_view dns_suffix;
    std::string_view iam_host;
    std::string_view iam_region;
};

constexpr Partition commercial{"", "amazonaws.com", "iam.amazonaws.com", "us-east-1"};
constexpr Partition partitions[] = {
    {"cn-", "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
    {"us-gov-", "amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1"},
};

const Partition& partition_of(std::string_view region) noexcept {
    for (const Partition& one : partitions) {
        if (region.starts_with(one.region_prefix))
            return one;
    }
    return commercial;
}

/// The first part of the regional host's name.
std::string_view host_prefix(Service service) noexcept {
    return service == Service::sso ? "portal.sso" : facts_of(service).signing_name;
}

constexpr Service service(const DescribeImagesCall&) { return Service::ec2; }
constexpr Service service(const DescribeInstancesCall&) { return Service::ec2; }
constexpr Service service(const DescribeLoadBalancersCall&) { return Service::elbv2; }
constexpr Service service(const DescribeListenersCall&) { return Service::elbv2; }
constexpr Service service(const DescribeRulesCall&) { return Service::elbv2; }
constexpr Service service(const DescribeTargetGroupsCall&) { return Service::elbv2; }
constexpr Service service(const DescribeTargetHealthCall&) { return Service::elbv2; }
constexpr Service service(const DescribeTargetGroupAttributesCall&) { return Service::elbv2; }
constexpr Service service(const ModifyListenerCall&) { return Service::elbv2; }
constexpr Service service(const ModifyRuleCall&) { return Service::elbv2; }
constexpr Service service(const DescribeClassicLoadBalancersCall&) { return Service::elb; }
constexpr Service service(const DescribeInstanceHealthCall&) { return Service::elb; }
constexpr Service service(const GetCallerIdentityCall&) { return Service::sts; }
constexpr Service service(const GetParameterCall&) { return Service::ssm; }
constexpr Service service(const SimulatePrincipalPolicyCall&) { return Service::iam; }

} // namespace

ServiceFacts facts_of(Service service) noexcept {
    switch (service) {
    case Service::ec2: return {"ec2", "2016-11-15", "EC2"};
    case Service::elbv2: return {"elasticloadbalancing", "2015-12-01", "ELASTIC_LOAD_BALANCING_V2"};
    case Service::elb: return {"elasticloadbalancing", "2012-06-01", "ELASTIC_LOAD_BALANCING"};
    case Service::sts: return {"sts", "2011-06-15", "STS"};
    case Service::ssm: return {"ssm", "", "SSM"};
    case Service::iam: return {"iam", "2010-05-08", "IAM"};
    case Service::sso: return {"sso", "", "SSO"};
    }
    return {};
}

Service service_of(const AwsCall& call) noexcept {
    return std::visit([](const auto& one) { return service(one); }, call);
}

Endpoint endpoint_of(Service service, const Region& region, const Endpoints& endpoints) {
    const Partition& partition = partition_of(region.text());
    Endpoint endpoint{.region = region.text()};
    if (service == Service::iam) {
        endpoint.region = partition.iam_region;
        endpoint.url = fmt::format("https://{}", partition.iam_host);
    } else {
        endpoint.url = fmt::format("https://{}.{}.{}", host_prefix(service), region.text(),
                                   partition.dns_suffix);
    }
    if (endpoints.override_of) {
        if (std::string url = endpoints.override_of(std::string(facts_of(service).id));
            !url.empty())
            endpoint.url = std::move(url);
    }
    while (endpoint.url.ends_with('/'))
        endpoint.url.pop_back();
    return endpoint;
}

} // namespace elastiroll::aws
