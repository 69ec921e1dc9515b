#pragma once

#include <string_view>

namespace elastiroll::sim::test {

// The example scenarios of docs/, word for word.
std::string_view canary_scenario() noexcept;
std::string_view unhealthy_scenario() noexcept;
std::string_view showcase_scenario() noexcept;

} // namespace elastiroll::sim::test
