#include "engine/observe.hpp"

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace elastiroll {
namespace {

/// The answers to calls of one kind, whole lists joined.
template <class Reply, class Value>
std::vector<Value> joined(const std::vector<AwsReply>& answers, std::vector<Value> Reply::* list) {
    std::vector<Value> all;
    for (const AwsReply& answer : answers) {
        if (const auto* reply = std::get_if<Reply>(&answer))
            all.insert(all.end(), (reply->*list).begin(), (reply->*list).end());
    }
    return all;
}

Milliseconds deregistration_delay_of(const AwsReply& answer) {
    const auto* reply = std::get_if<TargetGroupAttributesReply>(&answer);
    int seconds = 0;
    if (reply) {
        for (const TargetGroupAttribute& one : reply->attributes) {
            if (one.key == "deregistration_delay.timeout_seconds")
                std::from_chars(one.value.data(), one.value.data() + one.value.size(), seconds);
        }
    }
    return std::chrono::seconds(seconds);
}

} // namespace

Task<Result<std::vector<ListenerState>>> read_listeners(Driver& driver,
                                                        std::vector<std::string> load_balancers,
                                                        TimePoint deadline, CallPriority priority) {
    std::vector<AwsCall> calls;
    calls.reserve(load_balancers.size());
    for (const std::string& arn : load_balancers)
        calls.emplace_back(DescribeListenersCall{.load_balancer_arn = arn});
    auto listed = co_await read_aws_until(driver, std::move(calls), deadline, priority);
    if (!listed)
        co_return Unexpected(std::move(listed).error());
    std::vector<ListenerState> listeners;
    calls.clear();
    for (Listener& listener : joined(*listed, &ListenersReply::listeners)) {
        calls.emplace_back(DescribeRulesCall{.listener_arn = listener.arn});
        listeners.push_back({std::move(listener), {}});
    }
    auto rules = co_await read_aws_until(driver, std::move(calls), deadline, priority);
    if (!rules)
        co_return Unexpected(std::move(rules).error());
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        if (auto* reply = std::get_if<RulesReply>(&(*rules)[i]))
            listeners[i].rules = std::move(reply->rules);
    }
    co_return listeners;
}

Task<Result<TrafficState>> read_traffic(Driver& driver, TrafficSpec spec, TimePoint deadline,
                                        CallPriority priority) {
    TrafficState traffic;
    std::vector<AwsCall> calls;
    for (const LoadBalancerSpec& one : spec.load_balancers) {
        DescribeLoadBalancersCall call;
        (one.name.starts_with("arn:") ? call.arns : call.names).push_back(one.name);
        const AwsCall wanted = std::move(call);
        if (std::ranges::find(calls, wanted) == calls.end())
            calls.push_back(wanted);
    }
    auto balancers = co_await read_aws_until(driver, std::move(calls), deadline, priority);
    if (!balancers)
        co_return Unexpected(std::move(balancers).error());
    traffic.load_balancers = joined(*balancers, &LoadBalancersReply::load_balancers);
    std::vector<std::string> arns;
    calls.clear();
    for (const LoadBalancer& one : traffic.load_balancers) {
        arns.push_back(one.arn);
        calls.emplace_back(DescribeTargetGroupsCall{.load_balancer_arn = one.arn});
    }
    auto listeners = co_await read_listeners(driver, std::move(arns), deadline, priority);
    if (!listeners)
        co_return Unexpected(std::move(listeners).error());
    traffic.listeners = *std::move(listeners);
    auto groups = co_await read_aws_until(driver, std::move(calls), deadline, priority);
    if (!groups)
        co_return Unexpected(std::move(groups).error());
    calls.clear();
    for (TargetGroup& group : joined(*groups, &TargetGroupsReply::target_groups)) {
        calls.emplace_back(DescribeTargetGroupAttributesCall{group.arn});
        calls.emplace_back(DescribeTargetHealthCall{group.arn});
        traffic.target_groups.push_back({std::move(group), {}, {}});
    }
    auto details = co_await read_aws_until(driver, std::move(calls), deadline, priority);
    if (!details)
        co_return Unexpected(std::move(details).error());
    for (std::size_t i = 0; i < traffic.target_groups.size(); ++i) {
        TargetGroupState& state = traffic.target_groups[i];
        state.deregistration_delay = deregistration_delay_of((*details)[2 * i]);
        if (auto* reply = std::get_if<TargetHealthReply>(&(*details)[2 * i + 1]))
            state.targets = std::move(reply->targets);
    }
    co_return traffic;
}

} // namespace elastiroll
