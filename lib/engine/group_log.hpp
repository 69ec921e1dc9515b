#pragma once

#include <elastiroll/model/instances.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// The newest errors and warnings of a group's log, in one line; empty where there are none.
std::string log_excerpt(const std::vector<LogEntry>& entries);

/// Whether the log tells of a failure that no waiting mends; the code that says so, else empty.
/// Source: EC2 API error codes that speak of the launch specification itself.
std::string_view hopeless_code(std::string_view excerpt) noexcept;

} // namespace elastiroll
