#pragma once

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/base/secret.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/http.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::aws {

/// What a signature is good for.
struct SigningScope {
    std::string_view region{};
    std::string_view service{}; ///< the signing name: `ec2`, `elasticloadbalancing`, `sts`, `ssm`
};

/// What no service of ours needs, and AWS's published vectors do.
struct SigningOptions {
    bool normalises_path = true;     ///< `.`, `..` and empty segments are resolved
    bool sends_body_hash = false;    ///< adds X-Amz-Content-Sha256
    bool signs_session_token = true; ///< else the token is added after signing
};

/// The request as both sides sign it. Source: IAM user guide, "Create a signed AWS API request".
std::string canonical_request(const HttpRequest& request, const SigningOptions& options = {});

/// Signs requests by Signature Version 4. Keeps the keys that it has derived, each good for one
/// day, region and service: deriving one costs as much as several signatures. Used by one thread at
/// a time.
class Signer {
public:
    Signer();
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;
    ~Signer();

    /// Adds X-Amz-Date, X-Amz-Security-Token (with a session token) and Authorization to `request`.
    /// Signed are all of its headers, and Host, but those that are known to be changed on the way.
    /// Nothing of the request may change afterwards.
    void sign(HttpRequest& request, const Credentials& credentials, const SigningScope& scope,
              TimePoint now, const SigningOptions& options = {});

private:
    struct Key;
    struct Hashing;
    const Key& key_for(const Secret& secret, std::string_view date, const SigningScope& scope);

    std::unique_ptr<Hashing> hashing_; ///< kept for the next signature
    std::vector<std::unique_ptr<Key>> keys_;
};

} // namespace elastiroll::aws
