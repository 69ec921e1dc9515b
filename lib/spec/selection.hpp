#pragma once

#include "spec/expression.hpp"
#include "spec/spec_document.hpp"

#include <elastiroll/spec/resolve.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace elastiroll {

/// A workflow and what it names; none is null.
struct Selection {
    const WorkflowText* workflow = nullptr;
    const ServiceText* service = nullptr;
    const InfrastructureText* infrastructure = nullptr;
    const EnvironmentText* environment = nullptr;
};

/// `$.a.b` gives `$.a`.
std::string parent_path(std::string_view path);

/// Finds fault with names that nothing in the document has.
void check_references(const SpecDocument& document, Findings& findings);
/// Finds fault with workflows that would deploy different services or environments to one line:
/// each would take the other's groups for its own. What a workflow lacks to say which line it is
/// for is not told here.
void check_lines(const SpecDocument& document, const ResolveRequest& request, Findings& findings);

/// The workflow called `name`, or the only one where that is empty. Finds fault where there is no
/// such workflow; empty without a finding where the workflow names what is not there.
std::optional<Selection> select_workflow(const SpecDocument& document, std::string_view name,
                                         Findings& findings);

/// What applies to a selection: workflow overrides beat environment overrides beat the service's
/// settings, and these the application's variables. Variables and files are merged by name, image
/// and user data taken whole.
Settings merged_settings(const SpecDocument& document, const Selection& selection);
/// Every variable that is declared anywhere.
std::set<std::string, std::less<>> declared_variables(const SpecDocument& document);

/// The names of the selection's parts.
Scope scope_of_names(const SpecDocument& document, const Selection& selection);
/// Adds `var.*`. The caller's values stand as they are; the document's may name what the scope
/// holds so far, so no variable refers to another.
void add_variables(const Settings& settings, const ByName<std::string>& given, Scope& scope,
                   Expander& expander);
/// Adds `file.*`.
void add_files(const Settings& settings, const ByName<std::string>& read, Scope& scope);

/// A text that becomes part of a name, with its expressions replaced. Empty, and a finding, where
/// that fails, nothing is left, it is too long, or a secret would be in it.
std::optional<std::string> expand_name(const Text& text, Expander& expander, Findings& findings);
/// The line of a selection; adds `infrastructure.account` and `.region` to the scope.
Line resolve_line(const SpecDocument& document, const Selection& selection, Scope& scope,
                  Expander& expander, Findings& findings);

} // namespace elastiroll
