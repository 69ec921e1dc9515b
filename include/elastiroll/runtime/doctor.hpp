#pragma once

#include <elastiroll/base/error.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/runtime/runtime.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// How a check of doctor's came out.
enum class CheckResult : std::uint8_t {
    good,
    warning,     ///< works now, and somebody should look at it
    bad,         ///< a deployment would fail
    not_checked, ///< could not be found out, which says nothing
};
std::string_view to_string(CheckResult result) noexcept;

/// One thing that was looked at.
struct Check {
    CheckResult result = CheckResult::good;
    std::string subject{}; ///< `Spot`, `AWS`, `permission elasticloadbalancing:ModifyRule`
    std::string finding{}; ///< "account act-1, 214 groups, 83 ms"
    std::string fix{};     ///< what to do; empty where there is nothing
    std::optional<RemoteError> remote{};

    bool operator==(const Check&) const = default;
};

struct DoctorRequest {
    /// The deployment that the checks are for: its line is listed, its image looked at. Empty: only
    /// the accounts are.
    std::optional<DeploymentSpec> spec{};
    Milliseconds call_timeout{30'000};
    Milliseconds patience{20'000}; ///< for all calls together: what has no answer by then is bad
};

/// Looks at what a deployment would need, with calls that change nothing: who the credentials
/// belong to, whether the services answer, what they permit (by harmless calls, and for what
/// changes something by iam:SimulatePrincipalPolicy, where that is permitted), how far this
/// machine's clock is off, what is left of Spot's rate limit. What of `ports.client` and
/// `ports.aws` is null is left out; there has to be no store. Blocks.
std::vector<Check> examine(const DoctorRequest& request, const RuntimePorts& ports);

} // namespace elastiroll
