#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>

#include <string_view>

namespace elastiroll::aws {

/// An XML answer as a document `{"Root": ...}`: elements become members, a list (`member` or `item`
/// elements) an array, a map (`entry` elements) `{"entry": [...]}`, everything else a text as it
/// stands there. Attributes are dropped; of other repeated elements the first stays.
/// Fails with protocol on what is no XML or is nested too deeply.
Result<Document> parse_xml(std::string_view text);

} // namespace elastiroll::aws
