#pragma once

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/base/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace elastiroll::aws {

using Settings = std::map<std::string, std::string, std::less<>>;

/// What the shared files say.
struct Profiles {
    std::map<std::string, Settings, std::less<>> profiles{};
    std::map<std::string, Settings, std::less<>> sso_sessions{};
    std::map<std::string, Settings, std::less<>> services{};
    std::string config_path{};
    std::string credentials_path{};

    /// A setting of a profile; empty where there is none.
    std::string get(std::string_view profile, std::string_view name) const;
};

/// Reads AWS_CONFIG_FILE (~/.aws/config) and AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials),
/// whose settings beat those of the former. Files that are not there are empty. Fails with
/// unauthenticated where one cannot be read or understood. Source: AWS SDKs and tools reference,
/// "Shared config and credentials files".
Result<Profiles> read_profiles(const Surroundings& surroundings);

/// The profile that is asked for: the option's, AWS_PROFILE, else `default`.
std::string profile_name(const ChainOptions& options, const Surroundings& surroundings);

/// An environment variable, empty where it is not set.
std::string variable(const Surroundings& surroundings, const std::string& name);

/// `path` with a leading `~` replaced by the home folder.
std::string expand_home(const std::string& path, const Surroundings& surroundings);

} // namespace elastiroll::aws
