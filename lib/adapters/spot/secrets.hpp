#pragma once

#include "ports/seal.hpp"

#include <elastiroll/base/secret.hpp>
#include <elastiroll/ports/spot_call.hpp>

namespace elastiroll::spot {

/// The token, and what a create carries that is nobody's business: user data and shutdown script,
/// in Base64 and plain.
Secrets secrets_of(const SpotCall& call, const Secret& token);

} // namespace elastiroll::spot
