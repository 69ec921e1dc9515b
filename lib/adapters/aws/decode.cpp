#include "adapters/aws/codec.hpp"
#include "adapters/aws/xml.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace elastiroll::aws {
namespace {

// ---- reading XML -----------------------------------------------------------------------------

std::string string_at(const Document& object, std::string_view key) {
    const Document* found = object.find(key);
    return found ? std::string(found->as_string().value_or("")) : std::string();
}

int integer_at(const Document& object, std::string_view key) {
    const auto number = parse_integer(string_at(object, key));
    constexpr std::int64_t most = 1'000'000'000;
    return number && *number >= 0 && *number <= most ? static_cast<int>(*number) : 0;
}

/// The list at `key`; an absent one, and one that is empty and so looks like an empty text, has no
/// items.
const Document::Array& list_at(const Document& object, std::string_view key) {
    static const Document::Array none;
    const Document* found = object.find(key);
    const auto* list = found ? found->as_array() : nullptr;
    return list ? *list : none;
}

Document array_at(const Document& object, std::string_view key) { return {list_at(object, key)}; }

std::vector<std::string> texts_at(const Document& object, std::string_view key) {
    std::vector<std::string> texts;
    for (const Document& one : list_at(object, key))
        texts.emplace_back(one.as_string().value_or(""));
    return texts;
}

TimePoint time_at(const Document& object, std::string_view key) {
    return parse_time(string_at(object, key)).value_or(TimePoint());
}

template <class One, class Read>
std::vector<One> all(const Document& object, std::string_view key, Read read) {
    std::vector<One> values;
    for (const Document& item : list_at(object, key))
        values.push_back(read(item));
    return values;
}

// ---- what the answers hold -------------------------------------------------------------------

Image image_of(const Document& item) {
    return {.id = ImageId(string_at(item, "imageId")),
            .name = string_at(item, "name"),
            .created_at = time_at(item, "creationDate"),
            .state = string_at(item, "imageState"),
            .architecture = string_at(item, "architecture"),
            .owner = string_at(item, "imageOwnerId")};
}

Ec2Instance instance_of(const Document& item) {
    const Document* state = item.find("instanceState");
    return {.id = InstanceId(string_at(item, "instanceId")),
            .type = string_at(item, "instanceType"),
            .state = state ? string_at(*state, "name") : std::string(),
            .image = ImageId(string_at(item, "imageId")),
            .private_ip = string_at(item, "privateIpAddress"),
            .vpc = string_at(item, "vpcId")};
}

LoadBalancer load_balancer_of(const Document& item) {
    const Document* state = item.find("State");
    return {.arn = string_at(item, "LoadBalancerArn"),
            .name = string_at(item, "LoadBalancerName"),
            .type = string_at(item, "Type"),
            .scheme = string_at(item, "Scheme"),
            .dns_name = string_at(item, "DNSName"),
            .vpc = string_at(item, "VpcId"),
            .state = state ? string_at(*state, "Code") : std::string()};
}

Listener listener_of(const Document& item) {
    return {.arn = string_at(item, "ListenerArn"),
            .load_balancer_arn = string_at(item, "LoadBalancerArn"),
            .port = integer_at(item, "Port"),
            .protocol = string_at(item, "Protocol"),
            .default_actions = array_at(item, "DefaultActions")};
}

ListenerRule rule_of(const Document& item) {
    return {.arn = string_at(item, "RuleArn"),
            .priority = string_at(item, "Priority"),
            .is_default = string_at(item, "IsDefault") == "true",
            .conditions = array_at(item, "Conditions"),
            .actions = array_at(item, "Actions")};
}

TargetGroup target_group_of(const Document& item) {
    return {.arn = string_at(item, "TargetGroupArn"),
            .name = string_at(item, "TargetGroupName"),
            .target_type = string_at(item, "TargetType"),
            .protocol = string_at(item, "Protocol"),
            .port = integer_at(item, "Port"),
            .vpc = string_at(item, "VpcId"),
            .load_balancer_arns = texts_at(item, "LoadBalancerArns")};
}

TargetHealth target_health_of(const Document& item) {
    TargetHealth health;
    if (const Document* target = item.find("Target")) {
        health.target = string_at(*target, "Id");
        health.port = integer_at(*target, "Port");
    }
    if (const Document* state = item.find("TargetHealth")) {
        health.state = string_at(*state, "State");
        health.reason = string_at(*state, "Reason");
        health.description = string_at(*state, "Description");
    }
    return health;
}

ClassicLoadBalancer classic_of(const Document& item) {
    return {.name = string_at(item, "LoadBalancerName"),
            .dns_name = string_at(item, "DNSName"),
            .vpc = string_at(item, "VPCId"),
            .instances = all<InstanceId>(item, "Instances", [](const Document& one) {
                return InstanceId(string_at(one, "InstanceId"));
            })};
}

ClassicInstanceHealth classic_health_of(const Document& item) {
    return {.id = InstanceId(string_at(item, "InstanceId")),
            .state = string_at(item, "State"),
            .reason = string_at(item, "ReasonCode"),
            .description = string_at(item, "Description")};
}

// ---- by call ---------------------------------------------------------------------------------

// `result` is the element `<Action>Result`, of EC2 the root.

AwsReply read(const DescribeImagesCall&, const Document& result) {
    return ImagesReply{all<Image>(result, "imagesSet", image_of)};
}
AwsReply read(const DescribeInstancesCall&, const Document& result) {
    InstancesReply reply;
    for (const Document& reservation : list_at(result, "reservationSet"))
        std::ranges::move(all<Ec2Instance>(reservation, "instancesSet", instance_of),
                          std::back_inserter(reply.instances));
    return reply;
}
AwsReply read(const DescribeLoadBalancersCall&, const Document& result) {
    return LoadBalancersReply{all<LoadBalancer>(result, "LoadBalancers", load_balancer_of)};
}
AwsReply read(const DescribeListenersCall&, const Document& result) {
    return ListenersReply{all<Listener>(result, "Listeners", listener_of)};
}
AwsReply read(const DescribeRulesCall&, const Document& result) {
    return RulesReply{all<ListenerRule>(result, "Rules", rule_of)};
}
AwsReply read(const DescribeTargetGroupsCall&, const Document& result) {
    return TargetGroupsReply{all<TargetGroup>(result, "TargetGroups", target_group_of)};
}
AwsReply read(const DescribeTargetHealthCall&, const Document& result) {
    return TargetHealthReply{
        all<TargetHealth>(result, "TargetHealthDescriptions", target_health_of)};
}
AwsReply read(const DescribeTargetGroupAttributesCall&, const Document& result) {
    return TargetGroupAttributesReply{
        all<TargetGroupAttribute>(result, "Attributes", [](const Document& item) {
            return TargetGroupAttribute{string_at(item, "Key"), string_at(item, "Value")};
        })};
}
AwsReply read(const ModifyListenerCall&, const Document& result) {
    return ListenersReply{all<Listener>(result, "Listeners", listener_of)};
}
AwsReply read(const ModifyRuleCall&, const Document& result) {
    return RulesReply{all<ListenerRule>(result, "Rules", rule_of)};
}
AwsReply read(const DescribeClassicLoadBalancersCall&, const Document& result) {
    return ClassicLoadBalancersReply{
        all<ClassicLoadBalancer>(result, "LoadBalancerDescriptions", classic_of)};
}
AwsReply read(const DescribeInstanceHealthCall&, const Document& result) {
    return InstanceHealthReply{
        all<ClassicInstanceHealth>(result, "InstanceStates", classic_health_of)};
}
AwsReply read(const GetCallerIdentityCall&, const Document& result) {
    return CallerIdentityReply{.account = string_at(result, "Account"),
                               .arn = string_at(result, "Arn"),
                               .user_id = string_at(result, "UserId")};
}
AwsReply read(const SimulatePrincipalPolicyCall&, const Document& result) {
    return PolicyReply{all<PolicyDecision>(result, "EvaluationResults", [](const Document& item) {
        return PolicyDecision{string_at(item, "EvalActionName"), string_at(item, "EvalDecision")};
    })};
}
AwsReply read(const GetParameterCall&, const Document& result) {
    const Document& parameter = *result.find("Parameter");
    const Document* version = parameter.find("Version");
    return ParameterReply{.name = string_at(parameter, "Name"),
                          .value = string_at(parameter, "Value"),
                          .type = string_at(parameter, "Type"),
                          .version =
                              static_cast<int>(version ? version->as_integer().value_or(0) : 0)};
}

/// The element that holds what was asked for, and those that an answer cannot do without. An answer
/// without its list would read as "there are none".
const Document* result_in(const Document& body, const AwsCall& call) {
    if (std::holds_alternative<GetParameterCall>(call)) {
        const Document* parameter = body.find("Parameter");
        return parameter && parameter->is_object() ? &body : nullptr;
    }
    const auto* members = body.as_object();
    if (!members || members->size() != 1 || !members->front().value.is_object())
        return nullptr;
    const Document& root = members->front().value;
    const std::string& name = members->front().key;
    if (name == "DescribeImagesResponse")
        return root.find("imagesSet") ? &root : nullptr;
    if (name == "DescribeInstancesResponse")
        return root.find("reservationSet") ? &root : nullptr;
    constexpr std::string_view response = "Response";
    if (!name.ends_with(response))
        return nullptr;
    return root.find(name.substr(0, name.size() - response.size()) + "Result");
}

std::string next_page_in(const Document& result) {
    for (const std::string_view key : {"NextMarker", "nextToken"}) {
        if (std::string page = string_at(result, key); !page.empty())
            return page;
    }
    // IAM repeats a marker that is of no more use with the last page.
    return string_at(result, "IsTruncated") == "true" ? string_at(result, "Marker") : std::string();
}

std::string request_id_in(const HttpResponse& response, const Document& body) {
    if (const auto* members = body.as_object(); members && !members->empty()) {
        const Document& root = members->front().value;
        if (const Document* metadata = root.find("ResponseMetadata"))
            return string_at(*metadata, "RequestId");
        if (std::string id = string_at(root, "requestId"); !id.empty())
            return id;
    }
    return std::string(header_value(response.headers, "x-amzn-RequestId"));
}

Error unusable(const AwsCall& call, const HttpResponse& response, std::string_view why) {
    return {.category = ErrorCategory::protocol,
            .message = fmt::format("cannot {}: AWS's answer is of no use: {}; see whether the "
                                   "endpoint or a proxy leads elsewhere",
                                   describe(call), why),
            .remote = RemoteError{
                .http_status = response.status,
                .request_id = std::string(header_value(response.headers, "x-amzn-RequestId"))}};
}

/// A SecureString comes encrypted, since we ask for nothing else.
Result<void> check_parameter(const AwsReply& reply) {
    const auto* parameter = std::get_if<ParameterReply>(&reply);
    if (!parameter || parameter->type != "SecureString")
        return {};
    return fail(ErrorCategory::rejected,
                fmt::format("parameter {} is a SecureString, which an image id need not be; store "
                            "it as a String",
                            parameter->name));
}

} // namespace

Decoded decode(const AwsCall& call, const HttpResponse& response) {
    if (response.status < 200 || response.status > 299) {
        Failure failure = failure_of(describe(call), response);
        std::string id = failure.error.remote->request_id;
        return {.reply = Unexpected(std::move(failure.error)),
                .request_id = std::move(id),
                .is_effect_known = failure.is_effect_known,
                .mending = failure.mending};
    }
    const bool is_json = std::holds_alternative<GetParameterCall>(call);
    const auto body = is_json ? parse_document(response.body) : parse_xml(response.body);
    const Document* result = body ? result_in(*body, call) : nullptr;
    if (!result)
        return {.reply = Unexpected(
                    unusable(call, response,
                             body ? "it holds no result" : std::string_view(body.error().message))),
                .is_effect_known = false};
    Decoded decoded{.reply = std::visit([&](const auto& one) { return read(one, *result); }, call),
                    .next_page = next_page_in(*result),
                    .request_id = request_id_in(response, *body)};
    if (auto checked = check_parameter(*decoded.reply); !checked)
        decoded.reply = Unexpected(std::move(checked).error());
    return decoded;
}

namespace {

template <class One> void append(std::vector<One>& all, std::vector<One>& more) {
    std::ranges::move(more, std::back_inserter(all));
}

// Moves what `more` has.
void append(ImagesReply& all, ImagesReply& more) { append(all.images, more.images); }
void append(InstancesReply& all, InstancesReply& more) { append(all.instances, more.instances); }
void append(LoadBalancersReply& all, LoadBalancersReply& more) {
    append(all.load_balancers, more.load_balancers);
}
void append(ListenersReply& all, ListenersReply& more) { append(all.listeners, more.listeners); }
void append(RulesReply& all, RulesReply& more) { append(all.rules, more.rules); }
void append(TargetGroupsReply& all, TargetGroupsReply& more) {
    append(all.target_groups, more.target_groups);
}
void append(TargetHealthReply& all, TargetHealthReply& more) { append(all.targets, more.targets); }
void append(TargetGroupAttributesReply& all, TargetGroupAttributesReply& more) {
    append(all.attributes, more.attributes);
}
void append(ClassicLoadBalancersReply& all, ClassicLoadBalancersReply& more) {
    append(all.load_balancers, more.load_balancers);
}
void append(InstanceHealthReply& all, InstanceHealthReply& more) {
    append(all.instances, more.instances);
}
void append(PolicyReply& all, PolicyReply& more) { append(all.decisions, more.decisions); }
// Never more than a page.
void append(CallerIdentityReply&, CallerIdentityReply&) {}
void append(ParameterReply&, ParameterReply&) {}

} // namespace

void append_page(AwsReply& pages, AwsReply page) {
    std::visit(
        [&]<class One>(One& all) {
            if (auto* more = std::get_if<One>(&page))
                append(all, *more);
        },
        pages);
}

} // namespace elastiroll::aws
