#include "target.hpp"

#include <adapters/aws/codec.hpp>
#include <adapters/aws/credential_answers.hpp>
#include <adapters/aws/profiles.hpp>
#include <adapters/aws/recipe.hpp>
#include <adapters/aws/xml.hpp>

#include <array>
#include <optional>
#include <vector>

namespace elastiroll::fuzz {
namespace {

const std::vector<AwsCall>& aws_calls() {
    static const std::vector<AwsCall> all{
        DescribeImagesCall{.owners = {"self"}},
        DescribeInstancesCall{},
        DescribeLoadBalancersCall{},
        DescribeListenersCall{},
        DescribeRulesCall{},
        DescribeTargetGroupsCall{},
        DescribeTargetGroupAttributesCall{},
        DescribeTargetHealthCall{},
        ModifyListenerCall{},
        ModifyRuleCall{},
        DescribeClassicLoadBalancersCall{},
        DescribeInstanceHealthCall{},
        GetCallerIdentityCall{},
        SimulatePrincipalPolicyCall{},
        GetParameterCall{"/p"},
    };
    return all;
}

constexpr std::array aws_statuses = {200, 400, 401, 403, 404, 429, 500, 503, 204, 301, 0, -1};

/// That a failure to read `text` as secrets shows nothing of it.
template <class Value> std::string law_of(const Result<Value>& read) {
    if (read)
        return "";
    const Error& error = read.error();
    if (error.message.empty())
        return "a failure says something";
    return error.message.find(canary) == std::string::npos ? "" : "a failure shows nothing";
}

} // namespace

std::string broken_xml_law(std::string_view bytes) {
    const auto document = aws::parse_xml(bytes);
    if (!document)
        return document.error().message.empty() ? "an error says something" : "";
    const auto again = parse_document(to_text(*document));
    // Bytes that are not UTF-8 are replaced in a text; what is written then is read as it is.
    if (!again || to_text(*again) != to_text(*document))
        return "an answer is a document";
    return "";
}

std::string broken_aws_answer_law(std::string_view bytes) {
    const AwsCall& call = aws_calls()[take_choice(bytes, aws_calls().size())];
    const int status = aws_statuses.at(take_choice(bytes, aws_statuses.size()));
    const auto decoded = aws::decode(call, {.status = status, .body = std::string(bytes)});
    if (!decoded.reply)
        return decoded.reply.error().message.empty() ? "a failure says something" : "";
    AwsReply pages = *decoded.reply;
    aws::append_page(pages, *decoded.reply);
    return "";
}

std::string broken_aws_credentials_law(std::string_view bytes) {
    switch (take_choice(bytes, 5)) {
    case 0: return law_of(aws::read_container_credentials(bytes));
    case 1: return law_of(aws::read_process_credentials(bytes));
    case 2: return law_of(aws::read_sso_credentials(bytes));
    case 3: return law_of(aws::read_sts_credentials(bytes));
    default: return law_of(aws::read_sso_token(bytes));
    }
}

std::string broken_aws_profiles_law(std::string_view bytes) {
    const aws::Surroundings surroundings{
        .environment = [](const std::string& name) -> std::optional<std::string> {
            if (name == "AWS_CONFIG_FILE")
                return "config";
            if (name == "AWS_SHARED_CREDENTIALS_FILE")
                return "credentials";
            return std::nullopt;
        },
        .read_file = [&](const std::string&) -> Result<std::string> { return std::string(bytes); }};
    const auto recipe = aws::find_recipe({.profile = "default"}, surroundings);
    if (!recipe)
        return recipe.error().message.empty() ? "a failure says something" : "";
    static_cast<void>(aws::region_of({.profile = "default"}, surroundings));
    static_cast<void>(aws::endpoints_of({.profile = "default"}, surroundings).override_of("ec2"));
    return "";
}

} // namespace elastiroll::fuzz
