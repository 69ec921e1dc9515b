#include <elastiroll/adapters/spot.hpp>

#include "base/ini.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <utility>

namespace elastiroll::spot {
namespace {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

std::string string_at(const Document& object, std::string_view key) {
    const Document* found = object.find(key);
    return found ? std::string(found->as_string().value_or("")) : std::string();
}

/// What a profile of the file says. Failures name what is wrong and show nothing of the text.
Result<Credentials> read_profile(std::string_view text, const std::string& profile) {
    const auto none = [&](std::string why) {
        return fail(ErrorCategory::unauthenticated, std::move(why));
    };
    Credentials found;
    if (const auto begin = text.find_first_not_of(" \t\r\n");
        begin != std::string_view::npos && text[begin] == '{') {
        const auto document = parse_document(text);
        if (!document)
            return none("it is no JSON");
        const Document* of_profile = document->find(profile);
        const Document& object = of_profile && of_profile->is_object() ? *of_profile : *document;
        found.token = Secret(string_at(object, "token"));
        found.account = AccountId(string_at(object, "account"));
    } else {
        const auto file = parse_ini(text);
        if (!file)
            return none(file.error().message);
        const IniSection* section = file->find(profile);
        if (!section)
            return none(fmt::format("it has no profile {}", profile));
        const std::string* token = section->find("token");
        const std::string* account = section->find("account");
        found.token = Secret(token ? *token : "");
        found.account = AccountId(account ? *account : "");
    }
    if (found.token.empty())
        return none(fmt::format("profile {} has no token", profile));
    return found;
}

std::string variable(const Environment& environment, const std::string& name) {
    return environment(name).value_or("");
}

std::string path_of_file(const Environment& environment) {
    std::string path = variable(environment, "SPOTINST_CREDENTIALS_FILE");
    if (path.empty())
        path = "~/.spotinst/credentials";
    return path.starts_with("~/") ? variable(environment, "HOME") + path.substr(1) : path;
}

} // namespace

Result<Credentials>
find_credentials(const CredentialOptions& options, const Environment& environment,
                 const std::function<Result<std::string>(const std::string& path)>& read_file) {
    std::vector<ErrorDetail> looked_at;
    const auto account = [&] { return AccountId(variable(environment, "SPOTINST_ACCOUNT")); };
    const std::string name = options.token_env.empty() ? "SPOTINST_TOKEN" : options.token_env;
    if (options.profile.empty()) {
        if (std::string token = variable(environment, name); !token.empty())
            return Credentials{
                .token = Secret(std::move(token)), .account = account(), .source = name};
        looked_at.push_back({name, "it is not set in the environment", {}});
    }
    if (options.token_env.empty()) {
        std::string profile = options.profile;
        if (profile.empty())
            profile = variable(environment, "SPOTINST_CREDENTIALS_PROFILE");
        if (profile.empty())
            profile = "default";
        const std::string path = path_of_file(environment);
        const auto text = read_file(path);
        auto found =
            text ? read_profile(*text, profile) : Result<Credentials>(Unexpected(text.error()));
        if (found) {
            found->source = fmt::format("profile {} of {}", profile, path);
            if (found->account.empty())
                found->account = account();
            return found;
        }
        looked_at.push_back({path, found.error().message, {}});
    }
    std::vector<std::string> places;
    places.reserve(looked_at.size());
    for (const ErrorDetail& one : looked_at)
        places.push_back(fmt::format("{}: {}", one.path, one.message));
    return Unexpected(
        Error{.category = ErrorCategory::unauthenticated,
              .message = fmt::format("there is no token for Spot ({}); put one there, as Spot's "
                                     "console makes it under Settings, API",
                                     join(places, "; ")),
              .details = std::move(looked_at)});
}

} // namespace elastiroll::spot
