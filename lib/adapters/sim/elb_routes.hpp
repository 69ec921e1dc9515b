#pragma once

#include "adapters/sim/routes.hpp"

namespace elastiroll::sim {

/// What Elastic Load Balancing, of either generation, answers to a request of `kind`.
Answer apply_elb_request(World& world, const Scenario& scenario, CallKind kind, const Echo& echo,
                         std::string_view form);

} // namespace elastiroll::sim
