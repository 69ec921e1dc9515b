#include "adapters/aws/recipe.hpp"

#include "adapters/aws/credential_answers.hpp"
#include "adapters/aws/profiles.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace elastiroll::aws {
namespace {

/// A chain of roles is two or three long; a longer one is a mistake that is yet to be seen.
constexpr std::size_t roles_max = 10;

constexpr const char* container_host = "http://169.254.170.2";
constexpr const char* instance_host = "http://169.254.169.254";
constexpr const char* instance_host_ipv6 = "http://[fd00:ec2::254]";

Unexpected refuse(std::string message) {
    return fail(ErrorCategory::unauthenticated, std::move(message));
}

/// Looks for credentials, place by place.
class Finder {
public:
    Finder(const ChainOptions& options, const Surroundings& surroundings)
        : options_(options), surroundings_(surroundings) {}

    Result<Recipe> find() {
        // Who names a profile means it, whatever the environment holds.
        if (!options_.profile.empty())
            return from_profile(true);
        for (const auto place :
             {&Finder::from_environment, &Finder::from_web_identity, &Finder::from_usual_profile,
              &Finder::from_container, &Finder::from_instance}) {
            auto found = (this->*place)();
            if (!found)
                return Unexpected(std::move(found).error());
            if (*found) {
                (*found)->looked_at = std::move(looked_at_);
                return **std::move(found);
            }
        }
        return Unexpected(no_credentials(std::move(looked_at_)));
    }

private:
    using Found = Result<std::optional<Recipe>>;

    std::string get(const char* name) const { return variable(surroundings_, name); }

    std::nullopt_t none(std::string place, std::string why) {
        looked_at_.push_back({std::move(place), std::move(why), {}});
        return std::nullopt;
    }

    Found from_environment() {
        const std::string id = get("AWS_ACCESS_KEY_ID");
        const std::string secret = get("AWS_SECRET_ACCESS_KEY");
        if (id.empty() && secret.empty())
            return none("environment", "AWS_ACCESS_KEY_ID is not set");
        if (id.empty() || secret.empty())
            return refuse(fmt::format("the environment has {} and no {}; set both or neither",
                                      id.empty() ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
                                      id.empty() ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"));
        return Recipe{.source = KeysSource{{.access_key_id = id,
                                            .secret_access_key = Secret(secret),
                                            .session_token = Secret(get("AWS_SESSION_TOKEN"))}},
                      .where = "the environment"};
    }

    Found from_web_identity() {
        const std::string file = get("AWS_WEB_IDENTITY_TOKEN_FILE");
        if (file.empty())
            return none("web identity", "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        const std::string role = get("AWS_ROLE_ARN");
        if (role.empty())
            return refuse("the environment has AWS_WEB_IDENTITY_TOKEN_FILE and no AWS_ROLE_ARN; "
                          "set both or neither");
        return Recipe{.source = WebIdentitySource{role, file, get("AWS_ROLE_SESSION_NAME")},
                      .where = "web identity"};
    }

    Found from_usual_profile() {
        // Only a profile that somebody has named has to be there.
        if (!get("AWS_PROFILE").empty()) {
            auto named = from_profile(true);
            if (!named)
                return Unexpected(std::move(named).error());
            return *std::move(named);
        }
        auto profiles = read_profiles(surroundings_);
        if (!profiles)
            return Unexpected(std::move(profiles).error());
        profiles_ = *std::move(profiles);
        if (!profiles_.profiles.contains("default"))
            return none(fmt::format("{}, {}", profiles_.config_path, profiles_.credentials_path),
                        "there is no profile default");
        auto recipe = of_profile("default");
        if (recipe || recipe.error().category != ErrorCategory::not_found)
            return recipe ? Found(*std::move(recipe)) : Found(Unexpected(recipe.error()));
        return none("profile default", recipe.error().message);
    }

    Found from_container() {
        const std::string relative = get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        const std::string full = get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        if (relative.empty() && full.empty())
            return none("container", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
                                     "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set");
        if (relative.empty() && !is_safe(full))
            return refuse("AWS_CONTAINER_CREDENTIALS_FULL_URI leads over plain HTTP to a host that "
                          "is neither this machine nor the container agent; use HTTPS");
        return Recipe{
            .source = ContainerSource{.url = relative.empty() ? full : container_host + relative,
                                      .token = get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                                      .token_file = get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")},
            .where = "the container"};
    }

    Found from_instance() {
        if (to_lower(get("AWS_EC2_METADATA_DISABLED")) == "true")
            return none("instance metadata", "AWS_EC2_METADATA_DISABLED is true");
        return Recipe{.source = InstanceSource{instance_endpoint()}, .where = "instance metadata"};
    }

    /// The credentials are sent in the clear: only where nobody else can listen.
    static bool is_safe(std::string_view url) {
        constexpr std::string_view scheme = "http://";
        if (!url.starts_with(scheme))
            return url.starts_with("https://");
        url.remove_prefix(scheme.size());
        const std::string_view authority = url.substr(0, url.find('/'));
        const auto end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
        const std::string_view host = authority.substr(0, end);
        constexpr std::array<std::string_view, 5> hosts = {"localhost", "[::1]", "169.254.170.2",
                                                           "169.254.170.23", "[fd00:ec2::23]"};
        const bool is_loopback = host.starts_with("127.") && std::ranges::all_of(host, [](char c) {
                                     return is_digit(c) || c == '.';
                                 });
        return is_loopback || std::ranges::find(hosts, host) != hosts.end();
    }

    std::string instance_endpoint() const {
        std::string endpoint = get("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        while (endpoint.ends_with('/'))
            endpoint.pop_back();
        if (!endpoint.empty())
            return endpoint;
        return to_lower(get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")) == "ipv6"
                   ? instance_host_ipv6
                   : instance_host;
    }

    // ---- profiles

    Result<Recipe> from_profile(bool is_named) {
        auto profiles = read_profiles(surroundings_);
        if (!profiles)
            return Unexpected(std::move(profiles).error());
        profiles_ = *std::move(profiles);
        auto recipe = of_profile(profile_name(options_, surroundings_));
        if (!recipe && is_named) {
            Error error = std::move(recipe).error();
            error.category = ErrorCategory::unauthenticated;
            return Unexpected(std::move(error));
        }
        return recipe;
    }

    std::string setting(const std::string& profile, const char* name) const {
        return profiles_.get(profile, name);
    }

    /// Fails with not_found where the profile has no credentials of any kind.
    Result<Recipe> of_profile(const std::string& profile) {
        if (!profiles_.profiles.contains(profile))
            return fail(
                ErrorCategory::not_found,
                fmt::format("there is no profile {} in {} or {}; name another one or add it",
                            profile, profiles_.config_path, profiles_.credentials_path));
        if (std::ranges::find(visited_, profile) != visited_.end() || visited_.size() >= roles_max)
            return refuse(fmt::format("the source_profile of profile {} leads back to itself or "
                                      "through too many profiles; mend it",
                                      visited_.front()));
        visited_.push_back(profile);
        if (!setting(profile, "role_arn").empty())
            return with_role(profile);
        if (!setting(profile, "sso_session").empty() || !setting(profile, "sso_start_url").empty())
            return of_sso(profile);
        if (!setting(profile, "aws_access_key_id").empty() ||
            !setting(profile, "aws_secret_access_key").empty())
            return of_keys(profile);
        if (const std::string command = setting(profile, "credential_process"); !command.empty())
            return Recipe{.source = ProcessSource{command},
                          .where = fmt::format("credential_process of profile {}", profile)};
        return fail(
            ErrorCategory::not_found,
            fmt::format("profile {} has no credentials; add some or name another one", profile));
    }

    Result<Recipe> of_keys(const std::string& profile) const {
        Credentials keys{.access_key_id = setting(profile, "aws_access_key_id"),
                         .secret_access_key = Secret(setting(profile, "aws_secret_access_key")),
                         .session_token = Secret(setting(profile, "aws_session_token"))};
        if (keys.access_key_id.empty() || keys.secret_access_key.empty())
            return refuse(fmt::format("profile {} has only half of a key; it needs both "
                                      "aws_access_key_id and aws_secret_access_key",
                                      profile));
        return Recipe{.source = KeysSource{std::move(keys)},
                      .where = fmt::format("profile {}", profile)};
    }

    Result<Recipe> of_sso(const std::string& profile) const {
        const std::string session = setting(profile, "sso_session");
        SsoSource source{.region = setting(profile, "sso_region"),
                         .account = setting(profile, "sso_account_id"),
                         .role = setting(profile, "sso_role_name"),
                         .profile = profile};
        std::string cached_as = setting(profile, "sso_start_url");
        if (!session.empty()) {
            const auto found = profiles_.sso_sessions.find(session);
            if (found == profiles_.sso_sessions.end())
                return refuse(fmt::format("profile {} names the sso-session {}, which is not in {}",
                                          profile, session, profiles_.config_path));
            if (const auto region = found->second.find("sso_region"); region != found->second.end())
                source.region = region->second;
            cached_as = session;
        }
        if (source.region.empty() || source.account.empty() || source.role.empty())
            return refuse(fmt::format("profile {} uses SSO and lacks one of sso_region, "
                                      "sso_account_id and sso_role_name",
                                      profile));
        source.cache_file = expand_home(
            fmt::format("~/.aws/sso/cache/{}.json", sso_cache_name(cached_as)), surroundings_);
        return Recipe{.source = std::move(source),
                      .where = fmt::format("SSO of profile {}", profile)};
    }

    Result<Recipe> with_role(const std::string& profile) {
        if (!setting(profile, "mfa_serial").empty())
            return refuse(
                fmt::format("profile {} asks for a code of an MFA device, which cannot be "
                            "given here; make a session with `aws sts "
                            "get-session-token`, or use SSO",
                            profile));
        if (const std::string file = setting(profile, "web_identity_token_file"); !file.empty())
            return Recipe{
                .source = WebIdentitySource{.role_arn = setting(profile, "role_arn"),
                                            .token_file = expand_home(file, surroundings_),
                                            .session_name = setting(profile, "role_session_name")},
                .where = fmt::format("web identity of profile {}", profile)};
        auto recipe = source_of_role(profile);
        if (!recipe)
            return recipe;
        recipe->roles.push_back({.arn = setting(profile, "role_arn"),
                                 .external_id = setting(profile, "external_id"),
                                 .session_name = setting(profile, "role_session_name"),
                                 .duration = setting(profile, "duration_seconds")});
        recipe->where = fmt::format("the role of profile {}, by {}", profile, recipe->where);
        return recipe;
    }

    Result<Recipe> source_of_role(const std::string& profile) {
        const std::string source = setting(profile, "source_profile");
        const std::string place = setting(profile, "credential_source");
        if (source.empty() == place.empty())
            return refuse(fmt::format("profile {} has a role_arn and needs one of source_profile "
                                      "and credential_source",
                                      profile));
        // Its own keys may assume its role.
        if (source == profile)
            return of_keys(profile);
        auto recipe = source.empty() ? of_place(profile, place) : of_profile(source);
        if (!recipe) {
            Error error = with_context(std::move(recipe).error(),
                                       fmt::format("the source of profile {}", profile));
            error.category = ErrorCategory::unauthenticated;
            return Unexpected(std::move(error));
        }
        return recipe;
    }

    Result<Recipe> of_place(const std::string& profile, const std::string& place) {
        Found found = std::nullopt;
        if (place == "Environment")
            found = from_environment();
        else if (place == "EcsContainer")
            found = from_container();
        else if (place == "Ec2InstanceMetadata")
            found = from_instance();
        else
            return refuse(fmt::format("profile {} has the credential_source {}; known are "
                                      "Environment, EcsContainer and Ec2InstanceMetadata",
                                      profile, place));
        if (!found)
            return Unexpected(std::move(found).error());
        if (!*found)
            return refuse(fmt::format("{} has none: {}", place, looked_at_.back().message));
        return **std::move(found);
    }

    const ChainOptions& options_;
    const Surroundings& surroundings_;
    Profiles profiles_{};
    std::vector<std::string> visited_{};
    std::vector<ErrorDetail> looked_at_{};
};

} // namespace

Error no_credentials(std::vector<ErrorDetail> looked_at) {
    std::vector<std::string> places;
    places.reserve(looked_at.size());
    for (const ErrorDetail& one : looked_at)
        places.push_back(fmt::format("{}: {}", one.path, one.message));
    return {.category = ErrorCategory::unauthenticated,
            .message = fmt::format("there are no AWS credentials ({}); set them in one of these "
                                   "places",
                                   join(places, "; ")),
            .details = std::move(looked_at)};
}

Result<Recipe> find_recipe(const ChainOptions& options, const Surroundings& surroundings) {
    return Finder(options, surroundings).find();
}

} // namespace elastiroll::aws
