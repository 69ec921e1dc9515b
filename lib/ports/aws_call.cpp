#include <elastiroll/ports/aws_call.hpp>

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

namespace elastiroll {
namespace {

struct AwsCallFacts {
    std::string_view name;
    std::string_view what; ///< for people; what it is about follows
};

AwsCallFacts aws_facts_of(const DescribeImagesCall&) {
    return {"describe_images", "describe images"};
}
AwsCallFacts aws_facts_of(const DescribeInstancesCall&) {
    return {"describe_instances", "describe instances"};
}
AwsCallFacts aws_facts_of(const DescribeLoadBalancersCall&) {
    return {"describe_load_balancers", "describe load balancers"};
}
AwsCallFacts aws_facts_of(const DescribeListenersCall&) {
    return {"describe_listeners", "describe listeners"};
}
AwsCallFacts aws_facts_of(const DescribeRulesCall&) { return {"describe_rules", "describe rules"}; }
AwsCallFacts aws_facts_of(const DescribeTargetGroupsCall&) {
    return {"describe_target_groups", "describe target groups"};
}
AwsCallFacts aws_facts_of(const DescribeTargetHealthCall&) {
    return {"describe_target_health", "read the target health of"};
}
AwsCallFacts aws_facts_of(const DescribeTargetGroupAttributesCall&) {
    return {"describe_target_group_attributes", "read the attributes of"};
}
AwsCallFacts aws_facts_of(const ModifyListenerCall&) {
    return {"modify_listener", "change the default actions of"};
}
AwsCallFacts aws_facts_of(const ModifyRuleCall&) {
    return {"modify_rule", "change the actions of"};
}
AwsCallFacts aws_facts_of(const DescribeClassicLoadBalancersCall&) {
    return {"describe_classic_load_balancers", "describe classic load balancers"};
}
AwsCallFacts aws_facts_of(const DescribeInstanceHealthCall&) {
    return {"describe_instance_health", "read the instance health of"};
}
AwsCallFacts aws_facts_of(const GetCallerIdentityCall&) {
    return {"get_caller_identity", "ask who the credentials belong to"};
}
AwsCallFacts aws_facts_of(const GetParameterCall&) { return {"get_parameter", "read parameter"}; }
AwsCallFacts aws_facts_of(const SimulatePrincipalPolicyCall&) {
    return {"simulate_principal_policy", "simulate the policies of"};
}

std::string texts_of(const std::vector<std::string>& texts) { return join(texts, ", "); }

template <class Tag> std::string texts_of(const std::vector<Identifier<Tag>>& identifiers) {
    std::vector<std::string> texts;
    texts.reserve(identifiers.size());
    for (const auto& one : identifiers)
        texts.push_back(one.text());
    return join(texts, ", ");
}

std::string subject_of(const DescribeImagesCall& call) {
    if (!call.images.empty())
        return texts_of(call.images);
    std::vector<std::string> conditions;
    conditions.reserve(call.filters.size() + 1);
    for (const ImageFilter& filter : call.filters)
        conditions.push_back(filter.name + "=" + join(filter.values, ","));
    if (!call.owners.empty())
        conditions.push_back("owned by " + texts_of(call.owners));
    return conditions.empty() ? std::string() : "with " + join(conditions, " ");
}
std::string subject_of(const DescribeInstancesCall& call) { return texts_of(call.instances); }
std::string subject_of(const DescribeLoadBalancersCall& call) {
    return texts_of(call.arns.empty() ? call.names : call.arns);
}
std::string subject_of(const DescribeListenersCall& call) {
    return call.arns.empty() ? "of " + call.load_balancer_arn : texts_of(call.arns);
}
std::string subject_of(const DescribeRulesCall& call) {
    return call.arns.empty() ? "of " + call.listener_arn : texts_of(call.arns);
}
std::string subject_of(const DescribeTargetGroupsCall& call) {
    if (!call.load_balancer_arn.empty())
        return "of " + call.load_balancer_arn;
    return texts_of(call.arns.empty() ? call.names : call.arns);
}
std::string subject_of(const DescribeTargetHealthCall& call) { return call.target_group_arn; }
std::string subject_of(const DescribeTargetGroupAttributesCall& call) {
    return call.target_group_arn;
}
std::string subject_of(const ModifyListenerCall& call) { return call.listener_arn; }
std::string subject_of(const ModifyRuleCall& call) { return call.rule_arn; }
std::string subject_of(const DescribeClassicLoadBalancersCall& call) {
    return texts_of(call.names);
}
std::string subject_of(const DescribeInstanceHealthCall& call) { return call.load_balancer; }
std::string subject_of(const GetCallerIdentityCall&) { return {}; }
std::string subject_of(const GetParameterCall& call) { return call.name; }
std::string subject_of(const SimulatePrincipalPolicyCall& call) { return call.principal_arn; }

AwsCallFacts aws_facts_of(const AwsCall& call) {
    return std::visit([](const auto& one) { return aws_facts_of(one); }, call);
}

} // namespace

bool is_mutating(const AwsCall& call) noexcept {
    return std::holds_alternative<ModifyListenerCall>(call) ||
           std::holds_alternative<ModifyRuleCall>(call);
}

std::string_view call_name(const AwsCall& call) noexcept { return aws_facts_of(call).name; }

std::string describe(const AwsCall& call) {
    const std::string subject = std::visit([](const auto& one) { return subject_of(one); }, call);
    return fmt::format("{}{}{}", aws_facts_of(call).what, subject.empty() ? "" : " ", subject);
}

} // namespace elastiroll
