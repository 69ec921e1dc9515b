#pragma once

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/ports/aws_call.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace elastiroll::aws {

enum class Service : std::uint8_t { ec2, elbv2, elb, sts, ssm, iam, sso };

/// What is fixed about a service.
struct ServiceFacts {
    std::string_view signing_name{};
    std::string_view version{}; ///< of the query API; empty: not a query API
    std::string_view id{};      ///< as the endpoint variables write it: `ELASTIC_LOAD_BALANCING_V2`
};
ServiceFacts facts_of(Service service) noexcept;

Service service_of(const AwsCall& call) noexcept;

/// Where a service is reached, and what its requests are signed for.
struct Endpoint {
    std::string url{};    ///< without a slash at its end
    std::string region{}; ///< of the signature: IAM has one for each partition
};

/// The regional endpoint, in aws, aws-cn and aws-us-gov; an unknown region is taken for one of aws.
/// Source: AWS General Reference, "Service endpoints".
Endpoint endpoint_of(Service service, const Region& region, const Endpoints& endpoints);

} // namespace elastiroll::aws
