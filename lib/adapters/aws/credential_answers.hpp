#pragma once

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/base/result.hpp>

#include <string>
#include <string_view>

namespace elastiroll::aws {

// Credentials as their sources write them. Failures say what is wrong and show nothing of the text,
// which is secret.

/// `{"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}`: containers and instance metadata.
Result<Credentials> read_container_credentials(std::string_view text);
/// The same with `Version` 1 and `SessionToken`: credential_process.
Result<Credentials> read_process_credentials(std::string_view text);
/// `{"roleCredentials": {...}}`, with the expiry in milliseconds: GetRoleCredentials of SSO.
Result<Credentials> read_sso_credentials(std::string_view text);
/// The answer to AssumeRole and AssumeRoleWithWebIdentity.
Result<Credentials> read_sts_credentials(std::string_view text);

/// A token that `aws sso login` keeps.
struct SsoToken {
    Secret token{};
    TimePoint expires_at{};
};
Result<SsoToken> read_sso_token(std::string_view text);

/// SHA-1 in hexadecimal: how those tokens' files are called.
std::string sso_cache_name(std::string_view session_or_url);

} // namespace elastiroll::aws
