#pragma once

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/base/result.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace elastiroll::aws {

// Where credentials are to be had, found out from the surroundings without asking any service.

/// Keys that are written down.
struct KeysSource {
    Credentials credentials{};
};
/// A token in a file, which STS takes for a role's session.
struct WebIdentitySource {
    std::string role_arn{};
    std::string token_file{};
    std::string session_name{}; ///< empty: ours
};
struct SsoSource {
    std::string cache_file{}; ///< of the token
    std::string region{};
    std::string account{};
    std::string role{};
    std::string profile{}; ///< what `aws sso login` is told
};
struct ProcessSource {
    std::string command{};
};
struct ContainerSource {
    std::string url{};
    std::string token{};      ///< sent as Authorization; may be empty
    std::string token_file{}; ///< holds the token instead; read anew every time
};
struct InstanceSource {
    std::string endpoint{}; ///< of the instance metadata service
};
using Source = std::variant<KeysSource, WebIdentitySource, SsoSource, ProcessSource,
                            ContainerSource, InstanceSource>;

/// A role that the credentials so far may assume.
struct Role {
    std::string arn{};
    std::string external_id{};
    std::string session_name{}; ///< empty: ours
    std::string duration{};     ///< seconds, as written; empty: STS's default
};

struct Recipe {
    Source source{};
    std::vector<Role> roles{}; ///< assumed in this order
    std::string where{};       ///< for people: "profile ci"
    /// The places that had none before this one was tried, and why.
    std::vector<ErrorDetail> looked_at{};
};

/// The first place in AWS's order that has credentials.
/// Fails with unauthenticated: where one is there and of no use, or where none has any; then the
/// details are all places, each with why it had none.
Result<Recipe> find_recipe(const ChainOptions& options, const Surroundings& surroundings);

/// That no place has credentials, with all of them.
Error no_credentials(std::vector<ErrorDetail> looked_at);

} // namespace elastiroll::aws
