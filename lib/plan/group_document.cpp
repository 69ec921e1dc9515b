#include "plan/group_document.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/model/elastigroup.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace elastiroll {
namespace {

/// What Spot adds to a group and refuses, or would misread, in a create.
/// Source: Spot API, Elastigroup create; the exported documents.
constexpr std::array<std::string_view, 7> read_only_members{
    "id", "createdAt", "updatedAt", "accountId", "organizationId", "status", "groupId"};

Unexpected lacks(std::string_view path) {
    Error error{.category = ErrorCategory::invalid_argument,
                .message = fmt::format("the Elastigroup configuration has no {}", path)};
    error.details.push_back({fmt::format("$.group.{}", path), "is missing",
                             "export the group from Spot again, or add it"});
    return Unexpected(std::move(error));
}

bool is_set(const Document* document) noexcept {
    if (!document || document->is_null())
        return false;
    if (const auto* items = document->as_array())
        return !items->empty();
    if (const auto* members = document->as_object())
        return !members->empty();
    return true;
}

struct UnshareableSetting {
    std::string_view path; ///< as the user allows it
    std::initializer_list<std::string_view> keys;
    std::string_view why;
};

} // namespace

Result<Document> make_group_document(const DeploymentSpec& spec, std::string_view name) {
    Document group = spec.group_template;
    for (const std::string_view member : read_only_members)
        group.erase(member);
    const Document* capacity = group.find("capacity");
    if (!capacity || !capacity->is_object())
        return lacks("capacity");
    Document* launch = group.find_path({"compute", "launchSpecification"});
    if (!launch || !launch->is_object())
        return lacks(group.find("compute") ? "compute.launchSpecification" : "compute");

    const Document* unit = capacity->find("unit");
    Document zero = Document::object({{"minimum", 0}, {"target", 0}, {"maximum", 0}});
    zero.set("unit", unit && !unit->is_null() ? *unit : Document("instance"));
    launch->erase("images");
    launch->set("imageId", spec.image.text());
    if (spec.user_data)
        launch->set("userData", encode_base64(*spec.user_data));
    group.set("name", name);
    group.set("capacity", std::move(zero));
    return group;
}

void set_load_balancers(Document& group, const std::vector<LoadBalancerEntry>& entries) {
    Document* launch = group.find_path({"compute", "launchSpecification"});
    if (!launch)
        return;
    Document list = Document::array();
    for (const LoadBalancerEntry& entry : entries) {
        Document item = Document::object({{"type", entry.type}, {"name", entry.name}});
        if (!entry.arn.empty())
            item.set("arn", entry.arn);
        list.push_back(std::move(item));
    }
    launch->erase("loadBalancerNames"); // the older way of saying the same
    launch->set("loadBalancersConfig", Document::object({{"loadBalancers", std::move(list)}}));
}

std::string digest_of(Document group_document, const OwnershipStyle& style) {
    group_document.erase("name");
    group_document.erase("capacity");
    for (const std::string_view member : read_only_members)
        group_document.erase(member);
    erase_ownership(group_document, style);
    return sha256_hex(canonical_text(group_document)).substr(0, 32);
}

Result<void> check_shareable(const DeploymentSpec& spec) {
    static const std::array<UnshareableSetting, 6> settings{{
        {"compute.elasticIps", {"compute", "elasticIps"}, "an elastic IP serves one instance"},
        {"compute.privateIps", {"compute", "privateIps"}, "a private IP serves one instance"},
        {"strategy.persistence", {"strategy", "persistence"}, "a volume serves one instance"},
        {"compute.launchSpecification.itf",
         {"compute", "launchSpecification", "itf"},
         "Spot itself moves the traffic of Intelligent Traffic Flow"},
        {"thirdPartiesIntegration.elasticBeanstalk",
         {"thirdPartiesIntegration", "elasticBeanstalk"},
         "a Beanstalk environment has one group"},
        {"thirdPartiesIntegration.route53",
         {"thirdPartiesIntegration", "route53"},
         "both groups would write the same DNS records"},
    }};
    Error error{.category = ErrorCategory::conflict,
                .message = "the Elastigroup configuration has settings that the previous and the "
                           "new group cannot both have; remove them, or allow them by path"};
    for (const UnshareableSetting& setting : settings) {
        const bool is_allowed = std::ranges::find(spec.allow, setting.path) != spec.allow.end();
        const bool is_persistence = setting.path == "strategy.persistence";
        const bool is_present = is_persistence
                                    ? is_stateful(spec.group_template)
                                    : is_set(spec.group_template.find_path(setting.keys));
        if (is_present && !is_allowed)
            error.details.push_back({fmt::format("$.group.{}", setting.path),
                                     std::string(setting.why),
                                     fmt::format("remove it, or add \"{}\" to the workflow's "
                                                 "\"allow\"",
                                                 setting.path)});
    }
    if (!error.details.empty())
        return Unexpected(std::move(error));
    return {};
}

} // namespace elastiroll
