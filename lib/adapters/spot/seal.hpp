#pragma once

#include <elastiroll/base/error.hpp>
#include <elastiroll/ports/spot_call.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::spot {

/// Texts that must not stand in an error: the token, and what a call carries that is nobody's
/// business (user data and shutdown script, in Base64 and plain).
using Secrets = std::vector<std::string>;

Secrets secrets_of(const SpotCall& call, std::string_view token);

/// `text` as it may be shown: secrets replaced by `[redacted]`, on one line, in UTF-8, of bounded
/// length. Secrets go first, so that shortening never leaves half of one.
std::string seal(std::string text, const Secrets& secrets);

/// `error` with all of its texts sealed.
Error seal(Error error, const Secrets& secrets);

} // namespace elastiroll::spot
