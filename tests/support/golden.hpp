#pragma once

#include <string>
#include <string_view>

namespace elastiroll::test {

/// Checks inside a test case that `text` is what stands in file `name` of tests/golden/.
///
/// ELASTIROLL_UPDATE_GOLDEN=1 writes the file instead and fails the test, so that a rewrite never
/// passes for a check.
void check_golden(std::string_view name, const std::string& text);

/// What stands in file `name` of tests/golden/; ends the test case where there is none.
std::string read_golden(std::string_view name);

} // namespace elastiroll::test
