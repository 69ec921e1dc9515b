#pragma once

#include <elastiroll/model/elastigroup.hpp>
#include <elastiroll/model/load_balancing.hpp>
#include <elastiroll/ports/aws_call.hpp>

#include <optional>
#include <string>
#include <vector>

namespace elastiroll {

/// The read that tells whether the load balancer finds its targets healthy; empty for a kind whose
/// health AWS does not tell.
std::optional<AwsCall> health_call(const LoadBalancerEntry& entry);

/// Counts as unhealthy whatever the load balancer does not find healthy. `answer` is that of
/// health_call().
void join_health(GroupReading& reading, const AwsReply& answer);

/// For people, why an instance that Spot finds healthy gets no requests: "i-1 is initial in target
/// group blue (Elb.InitialHealthChecking)". Empty where none is so. `reading` is Spot's word alone.
std::string why_not_served(const GroupReading& reading, const LoadBalancerEntry& entry,
                           const AwsReply& answer);

} // namespace elastiroll
