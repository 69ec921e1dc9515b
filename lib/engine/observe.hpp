#pragma once

#include "engine/driver.hpp"

#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

namespace elastiroll {

/// Makes a read, again and again while the answer is "not now", until `deadline`.
Task<Result<SpotReply>> read_until(Driver& driver, SpotCall call, TimePoint deadline,
                                   CallPriority priority);

/// The same for several reads at once; the answers in the order of the calls.
Task<Result<std::vector<SpotReply>>> read_all_until(Driver& driver, std::vector<SpotCall> calls,
                                                    TimePoint deadline, CallPriority priority);

/// Reads of AWS, as read_all_until().
Task<Result<std::vector<AwsReply>>> read_aws_until(Driver& driver, std::vector<AwsCall> calls,
                                                   TimePoint deadline, CallPriority priority);

/// Whether the load balancers of a group find healthy what stands in `reading`, and whatever else
/// does not is counted as unhealthy.
Task<Result<GroupReading>> read_targets(Driver& driver, GroupReading reading,
                                        std::vector<LoadBalancerEntry> load_balancers,
                                        TimePoint deadline, CallPriority priority);

/// The listeners of load balancers, each with its rules, in the order of the ARNs.
Task<Result<std::vector<ListenerState>>> read_listeners(Driver& driver,
                                                        std::vector<std::string> load_balancers,
                                                        TimePoint deadline, CallPriority priority);

/// All of the load balancers whose traffic a deployment moves.
Task<Result<TrafficState>> read_traffic(Driver& driver, TrafficSpec spec, TimePoint deadline,
                                        CallPriority priority);

/// The list of the groups that a deployment of `spec` may have to do with.
SpotCall list_line(const DeploymentSpec& spec);

/// Reads a line: one group list, then what observation_needs() asks for, all at once, then how the
/// load balancers find the instances that were seen. Without AWS the last is left out, and the
/// snapshot says so.
Task<Result<Snapshot>> observe(Driver& driver, const DeploymentSpec& spec, bool has_aws,
                               TimePoint deadline, CallPriority priority);

/// The same, with the image that is to be deployed.
Task<Result<Snapshot>> observe_with_image(Driver& driver, const DeploymentSpec& spec, bool has_aws,
                                          TimePoint deadline);

/// Whether a failure may pass by itself: throttled, unavailable, timeout and protocol (a proxy's
/// error page reads as one).
bool is_transient(const Error& error) noexcept;

} // namespace elastiroll
