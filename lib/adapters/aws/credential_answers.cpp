#include "adapters/aws/credential_answers.hpp"

#include "adapters/aws/xml.hpp"

#include <elastiroll/base/document.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <utility>

namespace elastiroll::aws {
namespace {

Unexpected unusable(std::string_view what) {
    return fail(ErrorCategory::unauthenticated, std::string(what));
}

std::string text_member(const Document& object, std::string_view key) {
    const Document* found = object.find(key);
    return found ? std::string(found->as_string().value_or("")) : std::string();
}

/// How one source calls the parts.
struct Names {
    std::string_view id = "AccessKeyId";
    std::string_view secret = "SecretAccessKey";
    std::string_view token = "SessionToken";
    std::string_view expiry = "Expiration";
};

Result<std::optional<TimePoint>> expiry_in(const Document& object, std::string_view key) {
    const Document* found = object.find(key);
    if (!found || found->is_null())
        return std::optional<TimePoint>();
    if (const auto milliseconds = found->as_integer())
        return std::optional(TimePoint(Milliseconds(*milliseconds)));
    const auto time = parse_time(found->as_string().value_or(""));
    if (!time)
        return unusable(fmt::format("its {} is no time", key));
    return std::optional(*time);
}

Result<Credentials> credentials_in(const Document* object, const Names& names) {
    if (!object || !object->is_object())
        return unusable("it holds no credentials");
    auto expiry = expiry_in(*object, names.expiry);
    if (!expiry)
        return Unexpected(std::move(expiry).error());
    Credentials credentials{.access_key_id = text_member(*object, names.id),
                            .secret_access_key = Secret(text_member(*object, names.secret)),
                            .session_token = Secret(text_member(*object, names.token)),
                            .expires_at = *expiry};
    if (credentials.access_key_id.empty())
        return unusable(fmt::format("{} is missing in it", names.id));
    if (credentials.secret_access_key.empty())
        return unusable(fmt::format("{} is missing in it", names.secret));
    return credentials;
}

} // namespace

Result<Credentials> read_container_credentials(std::string_view text) {
    const auto body = parse_document(text);
    return body ? credentials_in(&*body, {.token = "Token"}) : unusable("it is no JSON");
}

Result<Credentials> read_process_credentials(std::string_view text) {
    const auto body = parse_document(text);
    if (!body)
        return unusable("what it wrote is no JSON");
    const Document* version = body->find("Version");
    if (!version || version->as_integer() != 1)
        return unusable("what it wrote is not of Version 1");
    return credentials_in(&*body, {});
}

Result<Credentials> read_sso_credentials(std::string_view text) {
    const auto body = parse_document(text);
    return body ? credentials_in(body->find("roleCredentials"), {.id = "accessKeyId",
                                                                 .secret = "secretAccessKey",
                                                                 .token = "sessionToken",
                                                                 .expiry = "expiration"})
                : unusable("it is no JSON");
}

Result<Credentials> read_sts_credentials(std::string_view text) {
    const auto body = parse_xml(text);
    if (!body)
        return unusable("it is no XML");
    for (const std::string_view action : {"AssumeRole", "AssumeRoleWithWebIdentity"}) {
        const Document* found = body->find_path(
            {fmt::format("{}Response", action), fmt::format("{}Result", action), "Credentials"});
        if (found)
            return credentials_in(found, {});
    }
    return unusable("it holds no credentials");
}

Result<SsoToken> read_sso_token(std::string_view text) {
    const auto body = parse_document(text);
    if (!body)
        return unusable("it is no JSON");
    SsoToken token{.token = Secret(text_member(*body, "accessToken"))};
    const auto expiry = parse_time(text_member(*body, "expiresAt"));
    if (token.token.empty() || !expiry)
        return unusable("it holds no token");
    token.expires_at = *expiry;
    return token;
}

std::string sso_cache_name(std::string_view session_or_url) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(session_or_url.data(), session_or_url.size(), digest.data(), &size, EVP_sha1(),
                   nullptr) != 1)
        throw std::bad_alloc();
    std::string name;
    for (unsigned int i = 0; i < size; ++i)
        name += fmt::format("{:02x}", digest.at(i));
    return name;
}

} // namespace elastiroll::aws
