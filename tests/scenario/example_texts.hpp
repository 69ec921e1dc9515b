#pragma once

#include <string_view>

namespace elastiroll::test {

std::string_view canary_spec_text() noexcept;     ///< docs/examples/canary.json
std::string_view canary_scenario_text() noexcept; ///< docs/examples/scenarios/canary.json
std::string_view user_data_text() noexcept;       ///< docs/examples/user-data.sh

} // namespace elastiroll::test
