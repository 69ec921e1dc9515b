#pragma once

#include "spec/reader.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll {

// The limits of spec documents. The schema states the same numbers; a test compares them by
// feeding both the same bad documents.

/// Names become part of group names, which Spot and EC2 cut at 255.
inline constexpr std::size_t name_bytes_max = 100;
/// Prefixes, accounts, regions and the like before and after expressions.
inline constexpr std::size_t short_text_bytes_max = 500;
/// A variable's value, an inline file, an inline script. A script that ends as user data may hold
/// 16 KiB; one that is cut down by its user's tooling a few times that.
inline constexpr std::size_t long_text_bytes_max = std::size_t{256} * 1024;
inline constexpr std::size_t description_bytes_max = 2000;
inline constexpr std::size_t services_max = 500;
inline constexpr std::size_t environments_max = 500;
inline constexpr std::size_t infrastructures_max = 500;
inline constexpr std::size_t workflows_max = 500;
inline constexpr std::size_t variables_max = 500;
inline constexpr std::size_t files_max = 100;
inline constexpr std::size_t parameter_bytes_max = 2'048; ///< of an SSM parameter's name or ARN
inline constexpr std::size_t image_filters_max = 50;
/// Each phase is at least one wait of half a minute: 50 are an afternoon.
inline constexpr std::size_t phases_max = 50;
inline constexpr std::size_t allowed_paths_max = 50;
/// Empty groups cost nothing but room in Spot's lists.
inline constexpr int retention_max = 100;
/// A week of watching; what takes longer is no deployment.
inline constexpr Milliseconds bake_max{7LL * 24 * 3600 * 1000};

/// A map with names of the user's choice as keys; ordered, so that findings are.
template <class T> using ByName = std::map<std::string, T, std::less<>>;

// A spec document as it was written: shape, types and ranges are checked; names are not looked up,
// files not read, expressions not replaced. Every part knows its JSON path.

struct VariableText {
    Text value{};
    bool is_secret = false;
};

/// Content that stands in the document or in a file named there.
struct ContentSource {
    bool is_file = false;
    Text value{}; ///< the path of the file, or the content
};

struct UserDataText {
    ContentSource source{};
    bool is_strict = false;
};

/// One of three ways to choose an image.
struct ImageText {
    std::optional<Text> id{}; ///< or `resolve:ssm:NAME`
    std::optional<Text> parameter{};
    struct Filter {
        std::string name{};
        std::vector<Text> values{};
    };
    std::vector<Filter> filters{};
    std::vector<Text> owners{};
};

/// What services define and environments and workflows override.
struct Settings {
    std::optional<ImageText> image{};
    std::optional<UserDataText> user_data{};
    ByName<VariableText> variables{};
    ByName<ContentSource> files{};
};

struct InstancesText {
    InstanceCounts counts{};
    std::string path{};
};

struct ServiceText {
    Text name{};
    Settings settings{};
};

struct EnvironmentText {
    Text name{};
    Settings overrides{};
    std::optional<InstancesText> instances{};
};

/// Where a group document comes from.
struct TemplateSource {
    const Document* group = nullptr; ///< inline; points into the user's document
    Text file{};                     ///< its path where it is not inline
    std::string path{};
};

struct InfrastructureText {
    Text name{};
    Text environment{};
    Text region{};
    Text account{};
    CredentialsReference credentials{};
    std::optional<TemplateSource> source{};
};

struct WorkflowText {
    std::string path{};
    Text name{};
    Strategy strategy = Strategy::basic;
    Text service{};
    Text infrastructure{};
    std::optional<Text> group_prefix{};
    NamingPreset naming = NamingPreset::elastiroll;
    std::optional<InstancesText> instances{};
    std::vector<PhaseSpec> phases{};
    ResizeOrder order = ResizeOrder::new_first;
    std::optional<int> floor{};
    bool allow_zero = false;
    bool await_old = false;
    int retention = 3;
    AllowedPaths allow{};
    bool allow_missing_load_balancers = false;
    Document deallocation{};
    std::optional<TrafficSpec> traffic{};
    OwnershipStyle ownership{};
    std::optional<Text> previous{};
    Timing timing{};
    Settings overrides{};
};

struct SpecDocument {
    Text application{};
    ByName<VariableText> variables{};
    std::vector<ServiceText> services{};
    std::vector<EnvironmentText> environments{};
    std::vector<InfrastructureText> infrastructures{};
    std::vector<WorkflowText> workflows{};
};

/// Reads a whole spec document; what is wrong is a finding and left out or at its default.
/// The result points into `document`.
SpecDocument read_spec_document(const Document& document, Findings& findings);

// Parts of it, each in a file of its own.

/// Whether `text` may be a name of the user's: printable, no blanks at its ends, no `$`.
bool is_name(std::string_view text);
/// Reads a name that must be there.
Text read_name(const ObjectReader& reader, std::string_view key);
/// Reads the name of a part of the document, and looks at the remark beside it.
Text read_own_name(const ObjectReader& reader);
/// Reads `variables` of `reader`.
ByName<VariableText> read_variables(const ObjectReader& reader);
/// Reads image, user_data, variables and files of `reader`.
Settings read_settings(const ObjectReader& reader);
std::optional<InstancesText> read_instances(const ObjectReader& parent);
WorkflowText read_workflow(const Document& value, const std::string& path, Findings& findings);
/// Without a strategy only the phases themselves are checked, not how they follow each other.
std::vector<PhaseSpec> read_phases(const ObjectReader& reader, std::optional<Strategy> strategy);
Timing read_timing(const ObjectReader& parent);
/// Reads what a blue/green workflow says of traffic; what other strategies have no use for is a
/// finding there.
std::optional<TrafficSpec> read_traffic(const ObjectReader& reader,
                                        std::optional<Strategy> strategy);

} // namespace elastiroll
