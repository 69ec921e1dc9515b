// Makes the AWS calls that it reads, one JSON object a line, over libcurl with the credentials and
// endpoints of the environment, and writes what becomes of each. For moto_test.py.

#include <elastiroll/elastiroll.hpp>

#include <iostream>
#include <string>

using namespace elastiroll;

namespace {

std::string text(const Document& object, const char* key) {
    const Document* found = object.find(key);
    return found ? std::string(found->as_string().value_or("")) : std::string();
}

std::vector<std::string> texts(const Document& object, const char* key) {
    std::vector<std::string> all;
    const Document* found = object.find(key);
    if (const auto* list = found ? found->as_array() : nullptr)
        for (const Document& one : *list)
            all.emplace_back(one.as_string().value_or(""));
    return all;
}

Document document(const Document& object, const char* key) {
    const Document* found = object.find(key);
    return found ? *found : Document();
}

AwsCall call_of(const Document& line) {
    const std::string name = text(line, "call");
    if (name == "describe_images") {
        DescribeImagesCall call{.owners = texts(line, "owners")};
        for (const std::string& id : texts(line, "ids"))
            call.images.emplace_back(id);
        if (!text(line, "filter").empty())
            call.filters.push_back({text(line, "filter"), texts(line, "values")});
        return call;
    }
    if (name == "describe_load_balancers")
        return DescribeLoadBalancersCall{.names = texts(line, "names")};
    if (name == "describe_listeners")
        return DescribeListenersCall{.load_balancer_arn = text(line, "arn")};
    if (name == "describe_rules")
        return DescribeRulesCall{.listener_arn = text(line, "arn")};
    if (name == "describe_target_groups")
        return DescribeTargetGroupsCall{.names = texts(line, "names")};
    if (name == "describe_target_health")
        return DescribeTargetHealthCall{text(line, "arn")};
    if (name == "describe_target_group_attributes")
        return DescribeTargetGroupAttributesCall{text(line, "arn")};
    if (name == "modify_listener")
        return ModifyListenerCall{text(line, "arn"), document(line, "actions")};
    if (name == "modify_rule")
        return ModifyRuleCall{text(line, "arn"), document(line, "actions")};
    if (name == "describe_classic_load_balancers")
        return DescribeClassicLoadBalancersCall{texts(line, "names")};
    if (name == "describe_instance_health")
        return DescribeInstanceHealthCall{text(line, "name")};
    if (name == "describe_instances")
        return DescribeInstancesCall{};
    if (name == "get_parameter")
        return GetParameterCall{text(line, "name")};
    return GetCallerIdentityCall{};
}

Document object(Document::Object members) { return Document(std::move(members)); }

template <class List, class Encode> Document array(const List& list, Encode encode) {
    Document::Array all;
    for (const auto& one : list)
        all.push_back(encode(one));
    return Document(std::move(all));
}

struct EncodeReply {
    Document operator()(const ImagesReply& reply) const {
        return array(reply.images, [](const Image& one) {
            return object({{"id", one.id.text()},
                           {"name", one.name},
                           {"state", one.state},
                           {"created_at", format_time(one.created_at)}});
        });
    }
    Document operator()(const InstancesReply& reply) const {
        return array(reply.instances, [](const Ec2Instance& one) {
            return object({{"id", one.id.text()}, {"state", one.state}});
        });
    }
    Document operator()(const LoadBalancersReply& reply) const {
        return array(reply.load_balancers, [](const LoadBalancer& one) {
            return object({{"arn", one.arn}, {"name", one.name}, {"type", one.type}});
        });
    }
    Document operator()(const ListenersReply& reply) const {
        return array(reply.listeners, [](const Listener& one) {
            return object({{"arn", one.arn}, {"port", one.port}, {"actions", one.default_actions}});
        });
    }
    Document operator()(const RulesReply& reply) const {
        return array(reply.rules, [](const ListenerRule& one) {
            return object({{"arn", one.arn},
                           {"priority", one.priority},
                           {"is_default", one.is_default},
                           {"actions", one.actions}});
        });
    }
    Document operator()(const TargetGroupsReply& reply) const {
        return array(reply.target_groups, [](const TargetGroup& one) {
            return object({{"arn", one.arn},
                           {"name", one.name},
                           {"type", one.target_type},
                           {"port", one.port},
                           {"vpc", one.vpc}});
        });
    }
    Document operator()(const TargetHealthReply& reply) const {
        return array(reply.targets, [](const TargetHealth& one) {
            return object({{"target", one.target}, {"state", one.state}});
        });
    }
    Document operator()(const TargetGroupAttributesReply& reply) const {
        return array(reply.attributes, [](const TargetGroupAttribute& one) {
            return object({{"key", one.key}, {"value", one.value}});
        });
    }
    Document operator()(const ClassicLoadBalancersReply& reply) const {
        return array(reply.load_balancers, [](const ClassicLoadBalancer& one) {
            return object(
                {{"name", one.name}, {"instances", array(one.instances, [](const InstanceId& id) {
                                          return Document(id.text());
                                      })}});
        });
    }
    Document operator()(const InstanceHealthReply& reply) const {
        return array(reply.instances, [](const ClassicInstanceHealth& one) {
            return object({{"id", one.id.text()}, {"state", one.state}});
        });
    }
    Document operator()(const CallerIdentityReply& reply) const {
        return object({{"account", reply.account}, {"arn", reply.arn}});
    }
    Document operator()(const ParameterReply& reply) const {
        return object({{"name", reply.name}, {"value", reply.value}, {"version", reply.version}});
    }
    Document operator()(const PolicyReply& reply) const {
        return array(reply.decisions, [](const PolicyDecision& one) {
            return object({{"action", one.action}, {"decision", one.decision}});
        });
    }
};

CallReply reply_to(CallClient& client, HttpTransport& transport, Clock& clock, AwsCall call) {
    client.submit(
        {.id = CallId{1}, .call = std::move(call), .deadline = clock.now() + Milliseconds(20'000)},
        clock.now());
    for (;;) {
        for (auto& one : client.requests(clock.now()))
            transport.start(one.id, std::move(one.request));
        auto replies = client.replies();
        if (!replies.empty())
            return std::move(replies.front());
        const auto wake = client.next_wake().value_or(clock.now() + Milliseconds(1'000));
        for (auto& one :
             transport.poll(std::max(Milliseconds(0), Milliseconds(wake - clock.now()))))
            client.on_response(one.id, std::move(one.result), clock.now());
    }
}

} // namespace

int main() {
    const aws::Surroundings surroundings = aws::process_surroundings();
    const auto transport = http::make_curl_transport(http::options_from(surroundings.environment));
    const auto clock = make_system_clock();
    const auto client =
        aws::make_client({.region = aws::region_of({}, surroundings),
                          .credentials = aws::make_credential_chain({}, surroundings),
                          .endpoints = aws::endpoints_of({}, surroundings)});
    for (std::string input; std::getline(std::cin, input);) {
        const auto line = parse_document(input);
        if (!line)
            return 1;
        const CallReply reply = reply_to(*client, *transport, *clock, call_of(*line));
        Document out = Document::object({{"attempts", reply.attempts}});
        if (const auto* good = std::get_if<AwsReply>(&reply.result)) {
            out.set("reply", std::visit(EncodeReply{}, *good));
        } else {
            const auto* unanswered = std::get_if<Unanswered>(&reply.result);
            const Error& error = unanswered ? unanswered->why : std::get<Error>(reply.result);
            out.set("error", error.message);
            out.set("category", to_string(error.category));
            out.set("code", error.remote ? error.remote->code : std::string());
        }
        std::cout << to_text(out) << std::endl;
    }
}
