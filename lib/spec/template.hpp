#pragma once

#include "spec/expression.hpp"
#include "spec/reader.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <string>
#include <vector>

namespace elastiroll {

/// A group template with its expressions replaced.
struct ExpandedTemplate {
    Document group{};
    std::vector<std::string> secret_paths{}; ///< within the group, without `$.`
};

/// Replaces the expressions in every string of `group` (not in keys); all else stays as it is.
/// `path` is where the group object stands, for findings.
ExpandedTemplate expand_template(const Document& group, const std::string& path, Expander& expander,
                                 Findings& findings);

/// What the checks of a template depend on beside the template.
struct TemplateRules {
    Region region{};
    bool has_user_data = false; ///< whether the spec replaces the template's
    OwnershipStyle ownership{};
};

/// Finds fault with what can be seen without the snapshot: missing parts, masked values, two ways
/// to name the image, another region, too many or twofold tags, too much user data.
void check_template(const Document& group, const std::string& path, const TemplateRules& rules,
                    Findings& findings);

} // namespace elastiroll
