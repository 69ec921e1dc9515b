#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/model/image.hpp>
#include <elastiroll/model/load_balancing.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace elastiroll {

// What the core asks of AWS, as values. Region and credentials are the client's. Lists are read to
// their last page.

// EC2
struct DescribeImagesCall {
    std::vector<ImageId> images{};
    std::vector<std::string> owners{}; ///< account ids, `self`, `amazon`
    std::vector<ImageFilter> filters{};
    bool operator==(const DescribeImagesCall&) const = default;
};
struct DescribeInstancesCall {
    std::vector<InstanceId> instances{};
    bool operator==(const DescribeInstancesCall&) const = default;
};

// Elastic Load Balancing v2. An empty list asks for all.
struct DescribeLoadBalancersCall {
    std::vector<std::string> arns{}; ///< exclusive with `names`
    std::vector<std::string> names{};
    bool operator==(const DescribeLoadBalancersCall&) const = default;
};
struct DescribeListenersCall {
    std::string load_balancer_arn{}; ///< exclusive with `arns`
    std::vector<std::string> arns{};
    bool operator==(const DescribeListenersCall&) const = default;
};
struct DescribeRulesCall {
    std::string listener_arn{}; ///< exclusive with `arns`
    std::vector<std::string> arns{};
    bool operator==(const DescribeRulesCall&) const = default;
};
struct DescribeTargetGroupsCall {
    std::string load_balancer_arn{}; ///< exclusive with `arns` and `names`
    std::vector<std::string> arns{};
    std::vector<std::string> names{};
    bool operator==(const DescribeTargetGroupsCall&) const = default;
};
struct DescribeTargetHealthCall {
    std::string target_group_arn{};
    bool operator==(const DescribeTargetHealthCall&) const = default;
};
struct DescribeTargetGroupAttributesCall {
    std::string target_group_arn{};
    bool operator==(const DescribeTargetGroupAttributesCall&) const = default;
};
struct ModifyListenerCall {
    std::string listener_arn{};
    Document default_actions{}; ///< the whole list, as a Listener has it
    bool operator==(const ModifyListenerCall&) const = default;
};
struct ModifyRuleCall {
    std::string rule_arn{};
    Document actions{}; ///< the whole list, as a ListenerRule has it
    bool operator==(const ModifyRuleCall&) const = default;
};

// Classic Elastic Load Balancing
struct DescribeClassicLoadBalancersCall {
    std::vector<std::string> names{};
    bool operator==(const DescribeClassicLoadBalancersCall&) const = default;
};
struct DescribeInstanceHealthCall {
    std::string load_balancer{}; ///< its name
    bool operator==(const DescribeInstanceHealthCall&) const = default;
};

// STS, SSM, IAM
struct GetCallerIdentityCall {
    bool operator==(const GetCallerIdentityCall&) const = default;
};
struct GetParameterCall {
    std::string name{}; ///< or an ARN; `:version` and `:label` may follow
    bool operator==(const GetParameterCall&) const = default;
};
struct SimulatePrincipalPolicyCall {
    std::string principal_arn{}; ///< of a user or role, not of a session
    std::vector<std::string> actions{};
    bool operator==(const SimulatePrincipalPolicyCall&) const = default;
};

using AwsCall =
    std::variant<DescribeImagesCall, DescribeInstancesCall, DescribeLoadBalancersCall,
                 DescribeListenersCall, DescribeRulesCall, DescribeTargetGroupsCall,
                 DescribeTargetHealthCall, DescribeTargetGroupAttributesCall, ModifyListenerCall,
                 ModifyRuleCall, DescribeClassicLoadBalancersCall, DescribeInstanceHealthCall,
                 GetCallerIdentityCall, GetParameterCall, SimulatePrincipalPolicyCall>;

/// As for SpotCall.
bool is_mutating(const AwsCall& call) noexcept;
std::string_view call_name(const AwsCall& call) noexcept; ///< `describe_images`, ...
std::string describe(const AwsCall& call);                ///< "describe image ami-1"

struct Ec2Instance {
    InstanceId id{};
    std::string type{};
    std::string state{}; ///< `running`, ...
    ImageId image{};
    std::string private_ip{};
    std::string vpc{};
    bool operator==(const Ec2Instance&) const = default;
};
struct TargetGroupAttribute {
    std::string key{}; ///< `deregistration_delay.timeout_seconds`, ...
    std::string value{};
    bool operator==(const TargetGroupAttribute&) const = default;
};
struct ClassicLoadBalancer {
    std::string name{};
    std::string dns_name{};
    std::string vpc{};
    std::vector<InstanceId> instances{};
    bool operator==(const ClassicLoadBalancer&) const = default;
};

struct ImagesReply {
    std::vector<Image> images{};
    bool operator==(const ImagesReply&) const = default;
};
struct InstancesReply {
    std::vector<Ec2Instance> instances{};
    bool operator==(const InstancesReply&) const = default;
};
struct LoadBalancersReply {
    std::vector<LoadBalancer> load_balancers{};
    bool operator==(const LoadBalancersReply&) const = default;
};
/// Also to ModifyListenerCall: the listener as it is now.
struct ListenersReply {
    std::vector<Listener> listeners{};
    bool operator==(const ListenersReply&) const = default;
};
/// Also to ModifyRuleCall: the rule as it is now.
struct RulesReply {
    std::vector<ListenerRule> rules{};
    bool operator==(const RulesReply&) const = default;
};
struct TargetGroupsReply {
    std::vector<TargetGroup> target_groups{};
    bool operator==(const TargetGroupsReply&) const = default;
};
struct TargetHealthReply {
    std::vector<TargetHealth> targets{};
    bool operator==(const TargetHealthReply&) const = default;
};
struct TargetGroupAttributesReply {
    std::vector<TargetGroupAttribute> attributes{};
    bool operator==(const TargetGroupAttributesReply&) const = default;
};
struct ClassicLoadBalancersReply {
    std::vector<ClassicLoadBalancer> load_balancers{};
    bool operator==(const ClassicLoadBalancersReply&) const = default;
};
struct InstanceHealthReply {
    std::vector<ClassicInstanceHealth> instances{};
    bool operator==(const InstanceHealthReply&) const = default;
};
struct CallerIdentityReply {
    std::string account{};
    std::string arn{}; ///< of the user, or of a role's session
    std::string user_id{};
    bool operator==(const CallerIdentityReply&) const = default;
};
/// Never a SecureString: its value is a secret, which nothing here asks for.
struct ParameterReply {
    std::string name{};
    std::string value{};
    std::string type{}; ///< `String`, `StringList`
    int version = 0;
    bool operator==(const ParameterReply&) const = default;
};
struct PolicyDecision {
    std::string action{};
    std::string decision{}; ///< `allowed`, `implicitDeny`, `explicitDeny`
    bool operator==(const PolicyDecision&) const = default;
};
struct PolicyReply {
    std::vector<PolicyDecision> decisions{};
    bool operator==(const PolicyReply&) const = default;
};

using AwsReply =
    std::variant<ImagesReply, InstancesReply, LoadBalancersReply, ListenersReply, RulesReply,
                 TargetGroupsReply, TargetHealthReply, TargetGroupAttributesReply,
                 ClassicLoadBalancersReply, InstanceHealthReply, CallerIdentityReply,
                 ParameterReply, PolicyReply>;

} // namespace elastiroll
