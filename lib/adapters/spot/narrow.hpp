#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::spot {

/// Whether `name` begins with one of `prefixes`; with none, always.
bool is_wanted(std::string_view name, const std::vector<std::string>& prefixes);

/// The answer `body` to a list of groups without the groups that are not wanted, so that what is
/// parsed is a few groups instead of thousands. Looks at brackets, strings and the members' names
/// only: what is left is still to be parsed and checked. A body that it cannot follow, and a group
/// whose name it cannot tell, stay as they are.
std::string narrow(std::string_view body, const std::vector<std::string>& prefixes);

} // namespace elastiroll::spot
