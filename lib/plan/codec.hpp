#pragma once

#include "base/reader.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/naming.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

// What the codecs of plans and of journals share.

Document encode_texts(const std::vector<std::string>& texts);
std::vector<std::string> decode_texts(const Reader& reader, std::string_view key);
Document encode_capacity(const Capacity& capacity);
Capacity decode_capacity(const Reader& reader, std::string_view key);
Document encode_line(const Line& line);
Line decode_line(const Reader& reader);

} // namespace elastiroll
