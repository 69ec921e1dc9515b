#include "engine/target_health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace elastiroll {
namespace {

/// What the load balancer says of one instance.
struct Verdict {
    std::string_view state{};
    std::string_view reason{};
    bool is_healthy = false;
};

std::optional<Verdict> verdict_on(const std::string& instance, const AwsReply& answer) {
    std::optional<Verdict> verdict;
    if (const auto* reply = std::get_if<TargetHealthReply>(&answer)) {
        for (const TargetHealth& one : reply->targets) {
            // The worst of several ports is what counts.
            if (one.target == instance && (!verdict || one.state != "healthy"))
                verdict = Verdict{one.state, one.reason, one.state == "healthy"};
        }
    } else if (const auto* classic = std::get_if<InstanceHealthReply>(&answer)) {
        for (const ClassicInstanceHealth& one : classic->instances) {
            if (one.id.text() == instance)
                verdict = Verdict{one.state, one.reason, one.state == "InService"};
        }
    }
    return verdict;
}

} // namespace

std::optional<AwsCall> health_call(const LoadBalancerEntry& entry) {
    if (entry.type == "TARGET_GROUP" && !entry.arn.empty())
        return DescribeTargetHealthCall{entry.arn};
    if (entry.type == "CLASSIC" && !entry.name.empty())
        return DescribeInstanceHealthCall{entry.name};
    return std::nullopt;
}

void join_health(GroupReading& reading, const AwsReply& answer) {
    if (const auto* reply = std::get_if<TargetHealthReply>(&answer))
        join_target_health(reading, reply->targets);
    else if (const auto* classic = std::get_if<InstanceHealthReply>(&answer))
        join_classic_health(reading, classic->instances);
}

std::string why_not_served(const GroupReading& reading, const LoadBalancerEntry& entry,
                           const AwsReply& answer) {
    const bool is_classic = entry.type == "CLASSIC";
    const std::string where =
        is_classic ? fmt::format("load balancer {}", entry.name)
                   : fmt::format("target group {}",
                                 entry.name.empty() ? target_group_name(entry.arn) : entry.name);
    for (const InstanceReading& instance : reading.instances) {
        if (instance.health != HealthStatus::healthy || instance.status.is_draining)
            continue;
        const std::string& id = instance.status.id.text();
        const auto verdict = verdict_on(id, answer);
        if (!verdict)
            return fmt::format("{} is not registered in {}", id, where);
        if (verdict->is_healthy)
            continue;
        if (verdict->state == "unused")
            return fmt::format("{} is unused in {}: no listener or rule of a load balancer leads "
                               "there, so its health is not checked; add one, with weight 0 if it "
                               "shall get no traffic",
                               id, where);
        return verdict->reason.empty()
                   ? fmt::format("{} is {} in {}", id, verdict->state, where)
                   : fmt::format("{} is {} in {} ({})", id, verdict->state, where, verdict->reason);
    }
    return {};
}

} // namespace elastiroll
