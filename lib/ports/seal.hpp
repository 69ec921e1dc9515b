#pragma once

#include <elastiroll/base/error.hpp>

#include <string>
#include <vector>

namespace elastiroll {

/// Texts that must not stand in an error: credentials, and what a call carries that is nobody's
/// business.
using Secrets = std::vector<std::string>;

/// `text` as it may be shown: secrets replaced by `[redacted]`, on one line, in UTF-8, of bounded
/// length. Secrets go first, so that shortening never leaves half of one.
std::string seal(std::string text, const Secrets& secrets);

/// `error` with all of its texts sealed.
Error seal(Error error, const Secrets& secrets);

} // namespace elastiroll
