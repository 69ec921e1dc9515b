#include "adapters/aws/codec.hpp"
#include "adapters/aws/form.hpp"
#include "adapters/aws/services.hpp"

#include <fmt/format.h>

#include <utility>

namespace elastiroll::aws {
namespace {

/// As many as the services give at once.
constexpr std::string_view images_per_page = "1000";
constexpr std::string_view balancers_per_page = "400";

std::vector<std::string> texts_of(const auto& identifiers) {
    std::vector<std::string> texts;
    texts.reserve(identifiers.size());
    for (const auto& one : identifiers)
        texts.push_back(one.text());
    return texts;
}

// What each call adds to Action and Version. `page` goes by another name in each service.

void add(Form& form, const DescribeImagesCall& call, std::string_view page) {
    form.add_list("ImageId", texts_of(call.images));
    form.add_list("Owner", call.owners);
    for (std::size_t i = 0; i < call.filters.size(); ++i) {
        form.add(fmt::format("Filter.{}.Name", i + 1), call.filters[i].name);
        form.add_list(fmt::format("Filter.{}.Value", i + 1), call.filters[i].values);
    }
    // Not permitted together with ids.
    if (call.images.empty())
        form.add("MaxResults", images_per_page);
    form.add_unless_empty("NextToken", page);
}
void add(Form& form, const DescribeInstancesCall& call, std::string_view page) {
    form.add_list("InstanceId", texts_of(call.instances));
    form.add_unless_empty("NextToken", page);
}
void add_page(Form& form, std::string_view page) {
    form.add("PageSize", balancers_per_page);
    form.add_unless_empty("Marker", page);
}
void add(Form& form, const DescribeLoadBalancersCall& call, std::string_view page) {
    form.add_list("LoadBalancerArns.member", call.arns);
    form.add_list("Names.member", call.names);
    if (call.arns.empty() && call.names.empty())
        add_page(form, page);
}
void add(Form& form, const DescribeListenersCall& call, std::string_view page) {
    form.add_unless_empty("LoadBalancerArn", call.load_balancer_arn);
    form.add_list("ListenerArns.member", call.arns);
    if (call.arns.empty())
        add_page(form, page);
}
void add(Form& form, const DescribeRulesCall& call, std::string_view page) {
    form.add_unless_empty("ListenerArn", call.listener_arn);
    form.add_list("RuleArns.member", call.arns);
    if (call.arns.empty())
        add_page(form, page);
}
void add(Form& form, const DescribeTargetGroupsCall& call, std::string_view page) {
    form.add_unless_empty("LoadBalancerArn", call.load_balancer_arn);
    form.add_list("TargetGroupArns.member", call.arns);
    form.add_list("Names.member", call.names);
    if (call.arns.empty() && call.names.empty())
        add_page(form, page);
}
void add(Form& form, const DescribeTargetHealthCall& call, std::string_view) {
    form.add("TargetGroupArn", call.target_group_arn);
}
void add(Form& form, const DescribeTargetGroupAttributesCall& call, std::string_view) {
    form.add("TargetGroupArn", call.target_group_arn);
}
void add(Form& form, const ModifyListenerCall& call, std::string_view) {
    form.add("ListenerArn", call.listener_arn);
    form.add_document("DefaultActions", call.default_actions);
}
void add(Form& form, const ModifyRuleCall& call, std::string_view) {
    form.add("RuleArn", call.rule_arn);
    form.add_document("Actions", call.actions);
}
void add(Form& form, const DescribeClassicLoadBalancersCall& call, std::string_view page) {
    form.add_list("LoadBalancerNames.member", call.names);
    if (call.names.empty())
        add_page(form, page);
}
void add(Form& form, const DescribeInstanceHealthCall& call, std::string_view) {
    form.add("LoadBalancerName", call.load_balancer);
}
void add(Form&, const GetCallerIdentityCall&, std::string_view) {}
void add(Form&, const GetParameterCall&, std::string_view) {}
void add(Form& form, const SimulatePrincipalPolicyCall& call, std::string_view page) {
    form.add("PolicySourceArn", call.principal_arn);
    form.add_list("ActionNames.member", call.actions);
    form.add_unless_empty("Marker", page);
}

std::string_view action_of(const AwsCall& call) {
    // By the order of the alternatives.
    constexpr std::string_view actions[] = {
        "DescribeImages",          "DescribeInstances",
        "DescribeLoadBalancers",   "DescribeListeners",
        "DescribeRules",           "DescribeTargetGroups",
        "DescribeTargetHealth",    "DescribeTargetGroupAttributes",
        "ModifyListener",          "ModifyRule",
        "DescribeLoadBalancers",   "DescribeInstanceHealth",
        "GetCallerIdentity",       "GetParameter",
        "SimulatePrincipalPolicy",
    };
    static_assert(std::size(actions) == std::variant_size_v<AwsCall>);
    return actions[call.index()];
}

HttpRequest encode_json(const GetParameterCall& call, const std::string& url) {
    return {.method = "POST",
            .url = url + "/",
            .headers = {{"Content-Type", "application/x-amz-json-1.1"},
                        {"X-Amz-Target", "AmazonSSM.GetParameter"}},
            .body = to_text(Document::object({{"Name", call.name}, {"WithDecryption", false}}))};
}

bool is_empty_list(const Document& document) {
    const auto* list = document.as_array();
    return !list || list->empty();
}

} // namespace

Result<void> check_call(const AwsCall& call) {
    std::string_view missing;
    const auto require = [&](bool is_there, std::string_view what) {
        if (!is_there)
            missing = what;
    };
    if (const auto* one = std::get_if<DescribeListenersCall>(&call))
        require(!one->load_balancer_arn.empty() || !one->arns.empty(), "a load balancer's ARN");
    if (const auto* one = std::get_if<DescribeRulesCall>(&call))
        require(!one->listener_arn.empty() || !one->arns.empty(), "a listener's ARN");
    if (const auto* one = std::get_if<DescribeTargetHealthCall>(&call))
        require(!one->target_group_arn.empty(), "a target group's ARN");
    if (const auto* one = std::get_if<DescribeTargetGroupAttributesCall>(&call))
        require(!one->target_group_arn.empty(), "a target group's ARN");
    if (const auto* one = std::get_if<ModifyListenerCall>(&call))
        require(!one->listener_arn.empty() && !is_empty_list(one->default_actions),
                "a listener's ARN and actions");
    if (const auto* one = std::get_if<ModifyRuleCall>(&call))
        require(!one->rule_arn.empty() && !is_empty_list(one->actions), "a rule's ARN and actions");
    if (const auto* one = std::get_if<DescribeInstanceHealthCall>(&call))
        require(!one->load_balancer.empty(), "a load balancer's name");
    if (const auto* one = std::get_if<GetParameterCall>(&call))
        require(!one->name.empty(), "a parameter's name");
    if (const auto* one = std::get_if<SimulatePrincipalPolicyCall>(&call))
        require(!one->principal_arn.empty(), "a principal's ARN");
    if (const auto* one = std::get_if<DescribeImagesCall>(&call))
        require(!one->images.empty() || !one->owners.empty() || !one->filters.empty(),
                "an image, an owner or a filter");
    if (missing.empty())
        return {};
    return fail(ErrorCategory::invalid_argument,
                fmt::format("cannot {}: {} is missing", describe(call), missing));
}

HttpRequest encode(const AwsCall& call, std::string_view page, const std::string& url) {
    if (const auto* parameter = std::get_if<GetParameterCall>(&call))
        return encode_json(*parameter, url);
    Form form;
    form.add("Action", action_of(call));
    form.add("Version", facts_of(service_of(call)).version);
    std::visit([&](const auto& one) { add(form, one, page); }, call);
    return {.method = "POST",
            .url = url + "/",
            .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
            .body = form.take()};
}

} // namespace elastiroll::aws
