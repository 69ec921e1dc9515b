#pragma once

#include <elastiroll/base/document.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::sim {

// How AWS's query services are written to.

inline constexpr std::string_view xml_type = "text/xml;charset=UTF-8";

/// Appends `<name>text</name>`.
void append_element(std::string& out, std::string_view name, std::string_view text);
/// The same of a document: the items of a list are `member`s.
void append_document(std::string& out, std::string_view name, const Document& document);

/// `Owner.1`, `Owner.2`, ... of a query request.
std::vector<std::string> list_of(std::string_view form, std::string_view name);

} // namespace elastiroll::sim
