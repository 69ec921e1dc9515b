#include "adapters/aws/profiles.hpp"

#include "adapters/aws/services.hpp"
#include "base/ini.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace elastiroll::aws {
namespace {

std::string path_of(const Surroundings& surroundings, const char* name, const char* usual) {
    const std::string path = variable(surroundings, name);
    return expand_home(path.empty() ? usual : path, surroundings);
}

Result<IniFile> read_ini(const std::string& path, const Surroundings& surroundings) {
    const auto bytes = surroundings.read_file(path);
    if (!bytes && bytes.error().category == ErrorCategory::not_found)
        return IniFile();
    auto file = bytes ? parse_ini(*bytes) : Result<IniFile>(Unexpected(bytes.error()));
    if (file)
        return file;
    return fail(ErrorCategory::unauthenticated,
                fmt::format("cannot read {}: {}; mend the file", path, file.error().message));
}

std::string_view unquoted(std::string_view name) {
    const bool is_quoted = name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
                           name.back() == name.front();
    return is_quoted ? name.substr(1, name.size() - 2) : name;
}

/// What follows `kind` and white space in a section's name; empty where it is another kind.
std::optional<std::string_view> name_after(std::string_view section, std::string_view kind) {
    if (!section.starts_with(kind))
        return std::nullopt;
    section.remove_prefix(kind.size());
    const auto begin = section.find_first_not_of(" \t");
    if (begin == std::string_view::npos || begin == 0)
        return std::nullopt;
    return unquoted(section.substr(begin));
}

void add(Settings& settings, const IniSection& section) {
    for (const IniProperty& one : section.properties)
        settings[one.name] = one.value;
}

} // namespace

std::string variable(const Surroundings& surroundings, const std::string& name) {
    return surroundings.environment ? surroundings.environment(name).value_or("") : std::string();
}

std::string expand_home(const std::string& path, const Surroundings& surroundings) {
    if (path != "~" && !path.starts_with("~/"))
        return path;
    return variable(surroundings, "HOME") + path.substr(1);
}

std::string profile_name(const ChainOptions& options, const Surroundings& surroundings) {
    if (!options.profile.empty())
        return options.profile;
    const std::string name = variable(surroundings, "AWS_PROFILE");
    return name.empty() ? "default" : name;
}

std::string Profiles::get(std::string_view profile, std::string_view name) const {
    const auto found = profiles.find(profile);
    if (found == profiles.end())
        return {};
    const auto setting = found->second.find(name);
    return setting == found->second.end() ? std::string() : setting->second;
}

Result<Profiles> read_profiles(const Surroundings& surroundings) {
    Profiles read{.config_path = path_of(surroundings, "AWS_CONFIG_FILE", "~/.aws/config"),
                  .credentials_path =
                      path_of(surroundings, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")};
    const auto config = read_ini(read.config_path, surroundings);
    if (!config)
        return Unexpected(config.error());
    for (const IniSection& section : config->sections) {
        if (section.name == "default")
            add(read.profiles["default"], section);
        else if (const auto profile = name_after(section.name, "profile"))
            add(read.profiles[std::string(*profile)], section);
        else if (const auto session = name_after(section.name, "sso-session"))
            add(read.sso_sessions[std::string(*session)], section);
        else if (const auto services = name_after(section.name, "services"))
            add(read.services[std::string(*services)], section);
    }
    const auto credentials = read_ini(read.credentials_path, surroundings);
    if (!credentials)
        return Unexpected(credentials.error());
    for (const IniSection& section : credentials->sections)
        add(read.profiles[std::string(unquoted(section.name))], section);
    return read;
}

Region region_of(const ChainOptions& options, const Surroundings& surroundings) {
    if (!options.region.empty())
        return options.region;
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (std::string region = variable(surroundings, name); !region.empty())
            return Region(std::move(region));
    }
    const auto profiles = read_profiles(surroundings);
    return Region(profiles ? profiles->get(profile_name(options, surroundings), "region")
                           : std::string());
}

namespace {

/// The `endpoint_url` of a service in a `[services NAME]` section, whose services are properties
/// with nested lines.
std::string nested_endpoint(const Settings& services, std::string_view id) {
    const auto found = services.find(to_lower(id));
    if (found == services.end())
        return {};
    std::string_view lines = found->second;
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
        const auto equals = line.find('=');
        constexpr std::string_view name = "endpoint_url";
        if (equals == std::string_view::npos || !line.starts_with(name))
            continue;
        const auto begin = line.find_first_not_of(" \t", equals + 1);
        return begin == std::string_view::npos ? std::string() : std::string(line.substr(begin));
    }
    return {};
}

} // namespace

Endpoints endpoints_of(const ChainOptions& options, const Surroundings& surroundings) {
    if (to_lower(variable(surroundings, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) == "true")
        return {};
    std::map<std::string, std::string> urls;
    const auto profiles = read_profiles(surroundings);
    const std::string profile = profile_name(options, surroundings);
    const std::string general = profiles ? profiles->get(profile, "endpoint_url") : std::string();
    Settings services;
    if (profiles) {
        const auto found = profiles->services.find(profiles->get(profile, "services"));
        if (found != profiles->services.end())
            services = found->second;
    }
    for (const Service service : {Service::ec2, Service::elbv2, Service::elb, Service::sts,
                                  Service::ssm, Service::iam, Service::sso}) {
        const std::string id(facts_of(service).id);
        for (const std::string& url :
             {variable(surroundings, "AWS_ENDPOINT_URL_" + id),
              variable(surroundings, "AWS_ENDPOINT_URL"), nested_endpoint(services, id), general}) {
            if (urls[id].empty())
                urls[id] = url;
        }
    }
    return {.override_of = [urls = std::move(urls)](const std::string& id) {
        const auto found = urls.find(id);
        return found == urls.end() ? std::string() : found->second;
    }};
}

} // namespace elastiroll::aws
