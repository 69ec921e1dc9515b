#pragma once

#include <elastiroll/base/document.hpp>

#include <string_view>

namespace elastiroll::sim {

/// The AWS account: the one that AWS's documentation gives as an example.
inline constexpr std::string_view default_owner = "123456789012";

/// A small web group without automation: what an initial group's `document` is laid over.
/// `region` names its region and availability zones.
Document default_group(std::string_view region);

/// `over` laid over `base`: objects member by member, everything else replaced, null included.
void lay_over(Document& base, const Document& over);

} // namespace elastiroll::sim
