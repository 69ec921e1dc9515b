#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/model/elastigroup.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <string>
#include <string_view>

namespace elastiroll {

/// The document that creates the new group, without ownership marks: the template with read-only
/// fields removed, name, capacity 0/0/0, the image and the user data.
/// Fails with invalid_argument, with the JSON path, where the template lacks what has to be set.
Result<Document> make_group_document(const DeploymentSpec& spec, std::string_view name);

/// Makes `entries` the load balancers of a group document, and no others.
void set_load_balancers(Document& group, const std::vector<LoadBalancerEntry>& entries);

/// 32 hexadecimal digits over the document without name, capacity and ownership: equal for two
/// groups whose instances would be alike.
std::string digest_of(Document group_document, const OwnershipStyle& style);

/// Refuses settings that two groups cannot hold at once, unless the spec allows them by path.
Result<void> check_shareable(const DeploymentSpec& spec);

} // namespace elastiroll
