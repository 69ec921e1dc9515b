#pragma once

#include "adapters/sim/routes.hpp"

namespace elastiroll::sim {

/// What AWS answers to a request of `kind`. Who asks has been checked.
Answer apply_aws_request(World& world, const Scenario& scenario, CallKind kind, const Echo& echo,
                         std::string_view body);

/// A failure as the service that is asked writes it.
Answer refuse_aws_request(CallKind kind, const Echo& echo, int status, std::string_view code,
                          std::string_view message);

/// Its service has no room for another call now.
Answer throttle_aws_request(CallKind kind, const Echo& echo);

} // namespace elastiroll::sim
