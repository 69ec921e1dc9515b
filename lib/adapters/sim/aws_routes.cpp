#include "adapters/sim/aws_routes.hpp"

#include "adapters/sim/defaults.hpp"
#include "adapters/sim/elb_routes.hpp"
#include "adapters/sim/wire.hpp"
#include "adapters/sim/xml.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace elastiroll::sim {
namespace {

constexpr std::string_view json_type = "application/x-amz-json-1.1";

/// `*` stands for any text, `?` for one character. Source: EC2 API, Filter.
bool fits(std::string_view pattern, std::string_view text) noexcept {
    if (pattern.empty())
        return text.empty();
    if (pattern.front() == '*')
        return fits(pattern.substr(1), text) || (!text.empty() && fits(pattern, text.substr(1)));
    return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
           fits(pattern.substr(1), text.substr(1));
}

struct Filter {
    std::string name{};
    std::vector<std::string> values{};
};

/// What a filter of that name looks at; empty where EC2 has none such, or this cloud does not.
std::optional<std::vector<std::string>> values_of(const SimulatedImage& image,
                                                  std::string_view filter) {
    if (filter == "name")
        return {{image.name}};
    if (filter == "image-id")
        return {{image.id}};
    if (filter == "owner-id")
        return {{image.owner}};
    if (filter == "state")
        return {{image.state}};
    if (filter == "architecture")
        return {{image.architecture}};
    std::vector<std::string> found;
    if (filter == "tag-key") {
        for (const auto& tag : image.tags)
            found.push_back(tag.first);
        return found;
    }
    constexpr std::string_view of_tag = "tag:";
    if (!filter.starts_with(of_tag))
        return std::nullopt;
    for (const auto& [key, value] : image.tags)
        if (key == filter.substr(of_tag.size()))
            found.push_back(value);
    return found;
}

bool meets(const SimulatedImage& image, const Filter& filter) {
    const auto values = values_of(image, filter.name);
    return values && std::ranges::any_of(*values, [&](const std::string& value) {
               return std::ranges::any_of(
                   filter.values, [&](const std::string& pattern) { return fits(pattern, value); });
           });
}

bool is_owned_by(const SimulatedImage& image, const std::vector<std::string>& owners) {
    return owners.empty() || std::ranges::any_of(owners, [&](const std::string& owner) {
               return owner == image.owner || (owner == "self" && image.owner == default_owner);
           });
}

void append_image(std::string& out, const SimulatedImage& image) {
    out += "<item>";
    append_element(out, "imageId", image.id);
    append_element(out, "imageState", image.state);
    append_element(out, "imageOwnerId", image.owner);
    append_element(out, "architecture", image.architecture);
    append_element(out, "creationDate", zulu_time(image.created_at));
    if (!image.name.empty())
        append_element(out, "name", image.name);
    out += "<tagSet>";
    for (const auto& [key, value] : image.tags) {
        out += "<item>";
        append_element(out, "key", key);
        append_element(out, "value", value);
        out += "</item>";
    }
    out += "</tagSet></item>";
}

/// The images that there are at the time of the request. Where the scenario has no list every id
/// is one's, and there is nothing to be found otherwise.
std::vector<SimulatedImage> images_at(const Scenario& scenario, TimePoint now,
                                      const std::vector<std::string>& ids) {
    std::vector<SimulatedImage> images;
    if (scenario.images) {
        std::ranges::copy_if(*scenario.images, std::back_inserter(images),
                             [&](const SimulatedImage& one) { return one.created_at <= now; });
        return images;
    }
    for (const std::string& id : ids)
        images.push_back({.id = id,
                          .name = "simulated",
                          .owner = std::string(default_owner),
                          .created_at = scenario.start - std::chrono::hours(24),
                          .state = "available",
                          .architecture = "x86_64"});
    return images;
}

Answer describe_images(const Scenario& scenario, const Echo& echo, std::string_view form) {
    constexpr CallKind kind = CallKind::describe_images;
    const auto ids = list_of(form, "ImageId");
    const auto owners = list_of(form, "Owner");
    std::vector<Filter> filters;
    for (int i = 1;; ++i) {
        const auto name = query_value(form, fmt::format("Filter.{}.Name", i));
        if (!name)
            break;
        if (!values_of({}, *name))
            return refuse_aws_request(kind, echo, 400, "InvalidParameterValue",
                                      fmt::format("The filter '{}' is invalid", *name));
        filters.push_back({*name, list_of(form, fmt::format("Filter.{}.Value", i))});
    }
    const auto images = images_at(scenario, echo.at, ids);
    for (const std::string& id : ids) {
        if (!id.starts_with("ami-"))
            return refuse_aws_request(kind, echo, 400, "InvalidAMIID.Malformed",
                                      fmt::format("Invalid id: \"{}\"", id));
        if (std::ranges::find(images, id, &SimulatedImage::id) == images.end())
            return refuse_aws_request(kind, echo, 400, "InvalidAMIID.NotFound",
                                      fmt::format("The image id '[{}]' does not exist", id));
    }
    std::string body =
        R"(<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">)";
    append_element(body, "requestId", echo.id);
    body += "<imagesSet>";
    for (const SimulatedImage& image : images) {
        const bool is_asked_for = ids.empty() || std::ranges::find(ids, image.id) != ids.end();
        if (is_asked_for && is_owned_by(image, owners) &&
            std::ranges::all_of(filters, [&](const Filter& one) { return meets(image, one); }))
            append_image(body, image);
    }
    body += "</imagesSet></DescribeImagesResponse>";
    return {.body = std::move(body), .content_type = xml_type};
}

Answer get_caller_identity(const Echo& echo) {
    std::string body =
        R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">)"
        "<GetCallerIdentityResult>";
    append_element(body, "Arn", fmt::format("arn:aws:iam::{}:user/simulated", default_owner));
    append_element(body, "UserId", "AIDASIMULATED");
    append_element(body, "Account", default_owner);
    body += "</GetCallerIdentityResult><ResponseMetadata>";
    append_element(body, "RequestId", echo.id);
    body += "</ResponseMetadata></GetCallerIdentityResponse>";
    return {.body = std::move(body), .content_type = xml_type};
}

/// Everything is allowed: nothing else here has permissions either.
Answer simulate_principal_policy(const Echo& echo, std::string_view form) {
    std::string body =
        R"(<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">)"
        "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>";
    for (const std::string& action : list_of(form, "ActionNames.member")) {
        body += "<member>";
        append_element(body, "EvalActionName", action);
        append_element(body, "EvalResourceName", "*");
        append_element(body, "EvalDecision", "allowed");
        body += "</member>";
    }
    body += "</EvaluationResults></SimulatePrincipalPolicyResult><ResponseMetadata>";
    append_element(body, "RequestId", echo.id);
    body += "</ResponseMetadata></SimulatePrincipalPolicyResponse>";
    return {.body = std::move(body), .content_type = xml_type};
}

/// `name`, its ARN, or either with `:version`.
struct ParameterName {
    std::string_view name{};
    std::string_view version{}; ///< empty: the newest
};

ParameterName parameter_name(std::string_view text) {
    constexpr std::string_view in_arn = ":parameter/";
    if (const auto at = text.find(in_arn); text.starts_with("arn:") && at != std::string_view::npos)
        text.remove_prefix(at + in_arn.size() - 1);
    const auto colon = text.find(':');
    return colon == std::string_view::npos
               ? ParameterName{text}
               : ParameterName{text.substr(0, colon), text.substr(colon + 1)};
}

Answer get_parameter(const Scenario& scenario, const Echo& echo, std::string_view body) {
    constexpr CallKind kind = CallKind::get_parameter;
    const auto request = parse_document(body);
    const ParameterName wanted =
        parameter_name(request ? text_at(*request, "Name") : std::string_view());
    const auto found =
        std::ranges::find(scenario.parameters, wanted.name, &SimulatedParameter::name);
    if (found == scenario.parameters.end())
        return refuse_aws_request(kind, echo, 400, "ParameterNotFound", "");
    std::size_t version = found->versions.size();
    if (!wanted.version.empty()) {
        const char* const end = wanted.version.data() + wanted.version.size();
        const auto [stopped, error] = std::from_chars(wanted.version.data(), end, version);
        if (error != std::errc{} || stopped != end || version < 1 ||
            version > found->versions.size())
            return refuse_aws_request(
                kind, echo, 400, "ParameterVersionNotFound",
                fmt::format("Systems Manager could not find version {} of {}. Verify the version "
                            "and try again.",
                            wanted.version, wanted.name));
    }
    return {
        .body = to_text(Document::object(
            {{"Parameter", Document::object({{"Name", found->name},
                                             {"Type", "String"},
                                             {"Value", found->versions[version - 1]},
                                             {"Version", static_cast<std::int64_t>(version)}})}})),
        .content_type = json_type};
}

} // namespace

Answer apply_aws_request(World& world, const Scenario& scenario, CallKind kind, const Echo& echo,
                         std::string_view body) {
    switch (kind) {
    case CallKind::describe_images: return describe_images(scenario, echo, body);
    case CallKind::describe_load_balancers:
    case CallKind::describe_listeners:
    case CallKind::describe_rules:
    case CallKind::describe_target_groups:
    case CallKind::describe_target_group_attributes:
    case CallKind::describe_target_health:
    case CallKind::modify_listener:
    case CallKind::modify_rule:
    case CallKind::describe_classic_load_balancers:
    case CallKind::describe_instance_health:
        return apply_elb_request(world, scenario, kind, echo, body);
    case CallKind::get_caller_identity: return get_caller_identity(echo);
    case CallKind::get_parameter: return get_parameter(scenario, echo, body);
    case CallKind::simulate_principal_policy: return simulate_principal_policy(echo, body);
    default: // what is about Spot, and what is not known
        return refuse_aws_request(kind, echo, 400, "InvalidAction",
                                  "The simulated cloud does not know this action of AWS");
    }
}

Answer refuse_aws_request(CallKind kind, const Echo& echo, int status, std::string_view code,
                          std::string_view message) {
    if (kind == CallKind::get_parameter)
        return {.status = status,
                .body = to_text(Document::object(
                    {{"__type", std::string(code)}, {"message", std::string(message)}})),
                .content_type = json_type};
    std::string error;
    append_element(error, "Code", code);
    append_element(error, "Message", message);
    // EC2's and the others' forms.
    std::string body = kind == CallKind::describe_images
                           ? fmt::format("<Response><Errors><Error>{}</Error></Errors>"
                                         "<RequestID>{}</RequestID></Response>",
                                         error, echo.id)
                           : fmt::format("<ErrorResponse><Error><Type>Sender</Type>{}</Error>"
                                         "<RequestId>{}</RequestId></ErrorResponse>",
                                         error, echo.id);
    return {.status = status, .body = std::move(body), .content_type = xml_type};
}

Answer throttle_aws_request(CallKind kind, const Echo& echo) {
    if (kind == CallKind::describe_images)
        return refuse_aws_request(kind, echo, 503, "RequestLimitExceeded",
                                  "Request limit exceeded.");
    return refuse_aws_request(
        kind, echo, 400, kind == CallKind::get_parameter ? "ThrottlingException" : "Throttling",
        "Rate exceeded");
}

} // namespace elastiroll::sim
