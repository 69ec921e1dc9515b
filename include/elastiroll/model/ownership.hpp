#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/model/naming.hpp>

#include <optional>
#include <string>

namespace elastiroll {

/// Where a group's ownership is written.
enum class OwnershipPlace : std::uint8_t {
    tags,        ///< `launchSpecification.tags`; they end as EC2 tags on the instances
    description, ///< the group's description, where tag policies refuse unknown tags
};

struct OwnershipStyle {
    OwnershipPlace place = OwnershipPlace::tags;
    std::string tag_prefix = "elastiroll:"; ///< put before every tag key of ours

    bool operator==(const OwnershipStyle&) const = default;
};

/// The group that served when a deployment was set up.
struct PreviousMark {
    GroupId id{};
    Capacity capacity{};

    bool operator==(const PreviousMark&) const = default;
};

/// What a group that we made says about itself: identity is the id in the journal plus this.
struct Ownership {
    DeploymentId deployment{};
    std::string line{};
    std::optional<Revision> revision{};
    std::optional<PreviousMark> previous{};
    std::string digest{}; ///< 32 hexadecimal digits over the create document

    bool operator==(const Ownership&) const = default;
};

/// Reads a group object's ownership; empty where it carries none of ours.
std::optional<Ownership> ownership_of(const Document& group, const OwnershipStyle& style);

/// Writes it into a group object, in place of any of the same keys.
void set_ownership(Document& group, const Ownership& ownership, const OwnershipStyle& style);

/// Removes it: what a digest is made over.
void erase_ownership(Document& group, const OwnershipStyle& style);

} // namespace elastiroll
