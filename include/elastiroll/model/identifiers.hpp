#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

namespace elastiroll {

/// A text that identifies one kind of thing, so that a group id is never passed for an account id.
/// Opaque: nothing is checked but by the service that gave it. Empty means "none".
template <class Tag> class Identifier {
public:
    Identifier() = default;
    explicit Identifier(std::string text) : text_(std::move(text)) {}

    const std::string& text() const noexcept { return text_; }
    bool empty() const noexcept { return text_.empty(); }
    auto operator<=>(const Identifier&) const = default;

private:
    std::string text_{};
};

using GroupId = Identifier<struct GroupIdTag>;           ///< `sig-4e2a9f10`
using AccountId = Identifier<struct AccountIdTag>;       ///< a Spot account, `act-92d45673`
using Region = Identifier<struct RegionTag>;             ///< an AWS region, `eu-west-1`
using ImageId = Identifier<struct ImageIdTag>;           ///< `ami-0123456789abcdef0`
using InstanceId = Identifier<struct InstanceIdTag>;     ///< `i-07593cd9173cd9667`
using DeploymentId = Identifier<struct DeploymentIdTag>; ///< ours: sortable by time, `01k...`

/// Whether `text` looks like an image's id: `ami-` and letters, digits, dashes, at most 64 bytes.
bool is_image_id(std::string_view text) noexcept;

} // namespace elastiroll
