#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll {

/// What is said beside the spec document, on a command line or by a host.
struct ResolveRequest {
    std::string workflow{}; ///< name of the workflow; may be empty where there is only one
    /// Beats the service's image; may also be `resolve:ssm:NAME`.
    std::optional<ImageId> image{};
    std::map<std::string, std::string, std::less<>>
        variables{}; ///< beats variables of the document
    /// The bytes of every file that referenced_files() named, by the path as it was named.
    std::map<std::string, std::string, std::less<>> files{};
    std::optional<std::string> previous{};
    /// Name or ARN of the target group that serves, where weights do not tell; of blue/green.
    std::optional<std::string> production_target_group{};
    bool force = false;

    bool operator==(const ResolveRequest&) const = default;
};

/// The paths of all files that the document refers to, as written there, sorted, each once.
/// The caller reads them: the resolver touches no file system. Never fails: what is malformed is
/// found by resolve_spec().
std::vector<std::string> referenced_files(const Document& document);

/// Checks a spec document (see docs/spec.md and the published JSON Schema) and resolves one
/// workflow of it. Pure: equal arguments give equal results.
///
/// Fails with invalid_argument and one detail per finding, all of them at once, each with its JSON
/// path and, where there is one, the fix. Unknown keys are findings, with the nearest known key.
Result<DeploymentSpec> resolve_spec(const Document& document, const ResolveRequest& request);

/// The published JSON Schema (2020-12) of spec documents, as text.
std::string_view spec_schema() noexcept;

} // namespace elastiroll
