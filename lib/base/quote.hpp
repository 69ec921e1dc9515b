#pragma once

#include <string>
#include <string_view>

namespace elastiroll {

/// `text` as a JSON string for a message of one line, cut off where it is long.
std::string quote(std::string_view text);

/// Appends `text` as a JSON string (RFC 8259, 7), escaping only what must be. Bytes that are not
/// UTF-8 become U+FFFD, so that what is written is JSON whatever a program put in.
void append_json_string(std::string& out, std::string_view text);

} // namespace elastiroll
