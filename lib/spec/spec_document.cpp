#include "spec/spec_document.hpp"

#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

namespace elastiroll {
namespace {

using std::string_view_literals::operator""sv;

/// Found fault with in the words of the one who put a token into a file that is shared.
constexpr std::array secret_keys{
    "token"sv,         "api_token"sv,  "api_key"sv,
    "secret"sv,        "password"sv,   "access_key"sv,
    "access_key_id"sv, "secret_key"sv, "secret_access_key"sv,
    "session_token"sv,
};

CredentialsReference read_credentials(const ObjectReader& parent) {
    CredentialsReference credentials;
    const Document* value = parent.member("credentials");
    if (value == nullptr)
        return credentials;
    Document without_secrets = *value;
    for (const std::string_view key : secret_keys)
        if (without_secrets.erase(key))
            parent.findings().add(member_path(parent.path_of("credentials"), key),
                                  "a document names credentials and never holds them",
                                  R"(use "profile" or "token_env", and revoke what stood here)");
    static constexpr std::array known{"profile"sv, "token_env"sv, "aws_profile"sv};
    const ObjectReader reader(without_secrets, parent.path_of("credentials"), known,
                              parent.findings());
    if (auto profile = reader.text("profile", name_bytes_max))
        credentials.profile = std::move(profile->text);
    if (auto variable = reader.text("token_env", name_bytes_max))
        credentials.token_env = std::move(variable->text);
    if (auto profile = reader.text("aws_profile", name_bytes_max))
        credentials.aws_profile = std::move(profile->text);
    if (!credentials.profile.empty() && !credentials.token_env.empty())
        parent.findings().add(reader.path(), "has both \"profile\" and \"token_env\"",
                              "give one of them");
    return credentials;
}

std::optional<TemplateSource> read_template_source(const ObjectReader& parent) {
    if (!parent.require("elastigroup", R"({"file": "group.json"} or {"group": {...}})"))
        return std::nullopt;
    static constexpr std::array known{"group"sv, "file"sv};
    const ObjectReader reader(*parent.member("elastigroup"), parent.path_of("elastigroup"), known,
                              parent.findings());
    if (!reader.is_object())
        return std::nullopt;
    TemplateSource source{.group = reader.member("group"), .path = reader.path()};
    const bool has_file = reader.member("file") != nullptr;
    if (has_file == (source.group != nullptr)) {
        parent.findings().add(reader.path(),
                              has_file ? "has both \"group\" and \"file\""
                                       : "has neither \"group\" nor \"file\"",
                              "give one of them");
        return std::nullopt;
    }
    if (!has_file)
        return source;
    auto file = reader.text("file", short_text_bytes_max);
    if (!file)
        return std::nullopt;
    if (file->text.find("${") != std::string::npos)
        parent.findings().add(file->path, "expressions are not replaced in the path of a file",
                              "name the file itself");
    source.file = std::move(*file);
    return source;
}

/// A text that must be there.
Text read_required(const ObjectReader& reader, std::string_view key) {
    return reader.require(key) ? reader.text(key, short_text_bytes_max).value_or(Text{}) : Text{};
}

ServiceText read_service(const Document& value, const std::string& path, Findings& findings) {
    static constexpr std::array known{"name"sv,      "description"sv, "image"sv,
                                      "user_data"sv, "variables"sv,   "files"sv};
    const ObjectReader reader(value, path, known, findings);
    return ServiceText{.name = read_own_name(reader), .settings = read_settings(reader)};
}

EnvironmentText read_environment(const Document& value, const std::string& path,
                                 Findings& findings) {
    static constexpr std::array known{"name"sv, "description"sv, "overrides"sv};
    const ObjectReader reader(value, path, known, findings);
    EnvironmentText environment{.name = read_own_name(reader)};
    if (const Document* overrides = reader.member("overrides")) {
        static constexpr std::array override_keys{"image"sv, "user_data"sv, "variables"sv,
                                                  "files"sv, "instances"sv};
        const ObjectReader inner(*overrides, reader.path_of("overrides"), override_keys, findings);
        environment.overrides = read_settings(inner);
        environment.instances = read_instances(inner);
    }
    return environment;
}

InfrastructureText read_infrastructure(const Document& value, const std::string& path,
                                       Findings& findings) {
    static constexpr std::array known{"name"sv,    "description"sv, "environment"sv, "region"sv,
                                      "account"sv, "credentials"sv, "elastigroup"sv};
    const ObjectReader reader(value, path, known, findings);
    return InfrastructureText{.name = read_own_name(reader),
                              .environment = read_name(reader, "environment"),
                              .region = read_required(reader, "region"),
                              .account = read_required(reader, "account"),
                              .credentials = read_credentials(reader),
                              .source = read_template_source(reader)};
}

/// Reads the list `key`, each entry with `read_entry`, and finds fault with names used twice.
template <class Entry>
std::vector<Entry> read_list(const ObjectReader& root, std::string_view key, std::size_t count_max,
                             Entry (*read_entry)(const Document&, const std::string&, Findings&)) {
    std::vector<Entry> entries;
    if (!root.require(key))
        return entries;
    const Document::Array* items = root.list(key, count_max);
    if (items == nullptr)
        return entries;
    if (items->empty())
        root.findings().add(root.path_of(key), "has no entries", "one at least is needed");
    std::set<std::string, std::less<>> names;
    for (std::size_t i = 0; i < items->size(); ++i) {
        entries.push_back(
            read_entry((*items)[i], item_path(root.path_of(key), i), root.findings()));
        const Text& name = entries.back().name;
        if (!name.text.empty() && !names.insert(name.text).second)
            root.findings().add(name.path, fmt::format("the name \"{}\" is used twice", name.text),
                                "names are unique within a list");
    }
    return entries;
}

} // namespace

SpecDocument read_spec_document(const Document& document, Findings& findings) {
    static constexpr std::array known{"$schema"sv,      "application"sv,     "services"sv,
                                      "environments"sv, "infrastructures"sv, "workflows"sv};
    const ObjectReader root(document, "$", known, findings);
    SpecDocument result;
    if (!root.is_object())
        return result;
    if (const Document* schema = root.member("$schema"); schema && !schema->is_string())
        findings.add("$.$schema", "expected a text, the address of the schema");
    if (root.require("application", R"({"name": "shop"})")) {
        static constexpr std::array application_keys{"name"sv, "description"sv, "variables"sv};
        const ObjectReader application(*root.member("application"), "$.application",
                                       application_keys, findings);
        result.application = read_own_name(application);
        result.variables = read_variables(application);
    }
    result.services = read_list(root, "services", services_max, read_service);
    result.environments = read_list(root, "environments", environments_max, read_environment);
    result.infrastructures =
        read_list(root, "infrastructures", infrastructures_max, read_infrastructure);
    result.workflows = read_list(root, "workflows", workflows_max, read_workflow);
    return result;
}

} // namespace elastiroll
