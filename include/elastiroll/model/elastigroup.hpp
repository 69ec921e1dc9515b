#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/model/naming.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// A load balancer that a group registers its instances with.
/// Source: Spot API, `launchSpecification.loadBalancersConfig` and the older `loadBalancerNames`.
struct LoadBalancerEntry {
    std::string type{}; ///< `TARGET_GROUP`, `CLASSIC`, or what Spot adds next
    std::string name{};
    std::string arn{}; ///< empty for CLASSIC

    auto operator<=>(const LoadBalancerEntry&) const = default;
};

/// A named Spot group of EC2 instances with a capacity and a launch specification.
struct Elastigroup {
    GroupId id{};
    std::string name{};
    Capacity capacity{};
    CapacityUnit unit = CapacityUnit::instance;
    std::optional<TimePoint> created_at{};
    Document document{}; ///< the group object as Spot gave it, whole; null once it was let go

    bool operator==(const Elastigroup&) const = default;
};

/// Reads a group object (what stands inside `{"group": ...}`) as Spot returns it.
/// Fails with protocol, naming the JSON path, where id, name or capacity are missing or of a wrong
/// type. A target outside minimum..maximum (seen while policies run) widens the bounds.
Result<Elastigroup> decode_elastigroup(Document document);

// The following read a group object, the template's or Spot's. They never fail: what has an
// unexpected type counts as absent.

/// Its `region`, else the one that its availability zones agree on; empty where neither says.
Region region_of(const Document& group);
/// Whether it has scaling policies (up, down, target, multiple metrics) or enabled scheduled tasks:
/// whether something may change its capacity by itself.
bool has_automation(const Document& group);
/// The load balancers it registers with, in document order.
std::vector<LoadBalancerEntry> load_balancers_of(const Document& group);
/// Weighted capacity per instance type; a type that is not listed weighs 1.
std::map<std::string, int, std::less<>> weights_of(const Document& group);
/// Whether it persists volumes, images or addresses, so that deleting it asks what becomes of them.
bool is_stateful(const Document& group);

} // namespace elastiroll
