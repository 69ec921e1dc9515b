#pragma once

#include "adapters/sim/http.hpp"
#include "adapters/sim/scenario.hpp"
#include "adapters/sim/world.hpp"

#include <string>
#include <string_view>

namespace elastiroll::sim {

/// What the API answers to a request.
struct Answer {
    int status = 200;
    std::string body{};
    bool is_applied = false;         ///< the world has changed
    std::string group{};             ///< id of the group it was about; the new one's for a create
    std::string_view content_type{}; ///< empty: what the body looks like
};

/// Applies a request to the world. Who asks has been checked.
Answer apply_request(World& world, const Scenario& scenario, const Address& address,
                     const Echo& echo, std::string_view body);

} // namespace elastiroll::sim
