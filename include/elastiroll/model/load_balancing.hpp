#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/model/instances.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

// Load balancers as Elastic Load Balancing (version 2, and Classic) describes them.

struct LoadBalancer {
    std::string arn{};
    std::string name{};
    std::string type{}; ///< `application`, `network`, `gateway`
    std::string scheme{};
    std::string dns_name{};
    std::string vpc{};
    std::string state{};
    bool operator==(const LoadBalancer&) const = default;
};

struct Listener {
    std::string arn{};
    std::string load_balancer_arn{};
    int port = 0;
    std::string protocol{};
    /// Array of actions as the API has them (`Type`, `ForwardConfig`, ...). Every value is a text,
    /// as it stands in the answer.
    Document default_actions{};
    bool operator==(const Listener&) const = default;
};

struct ListenerRule {
    std::string arn{};
    std::string priority{}; ///< a number, or `default`
    bool is_default = false;
    Document conditions{}; ///< array, as the API has it
    Document actions{};    ///< as Listener::default_actions
    bool operator==(const ListenerRule&) const = default;
};

struct TargetGroup {
    std::string arn{};
    std::string name{};
    std::string target_type{}; ///< `instance`, `ip`, `lambda`, `alb`
    std::string protocol{};
    int port = 0;
    std::string vpc{};
    std::vector<std::string> load_balancer_arns{};
    bool operator==(const TargetGroup&) const = default;
};

struct TargetHealth {
    std::string target{}; ///< instance id or address
    int port = 0;
    std::string state{};       ///< `healthy`, `initial`, `unhealthy`, `unused`, `draining`, ...
    std::string reason{};      ///< `Target.NotInUse`, ...; may be empty
    std::string description{}; ///< for people; may be empty
    bool operator==(const TargetHealth&) const = default;
};

struct ClassicInstanceHealth {
    InstanceId id{};
    std::string state{}; ///< `InService`, `OutOfService`, `Unknown`
    std::string reason{};
    std::string description{};
    bool operator==(const ClassicInstanceHealth&) const = default;
};

/// The most weight that a target group of a forward can have. Source: ELBv2 API, TargetGroupTuple.
inline constexpr int forward_weight_max = 999;

/// A target group of a forward action. Traffic is shared in proportion to the weights.
struct ForwardTarget {
    std::string target_group{}; ///< its ARN
    int weight = 1;             ///< 0..forward_weight_max

    bool operator==(const ForwardTarget&) const = default;
};

// An action list is kept as a document, as the API gave it, since what is sent back replaces the
// whole of it.

/// Where the forwards of an action list lead, in their order; empty where it forwards nothing.
std::vector<ForwardTarget> forward_targets(const Document& actions);

/// How long a client stays with the target group that it was sent to first; empty where it does
/// not.
std::optional<Milliseconds> forward_stickiness(const Document& actions);

/// Whether the list can be sent back with other target groups and mean the same otherwise: exactly
/// one forward, and no type of action but forward, authenticate-oidc and authenticate-cognito,
/// whose round trip is known. Fails with conflict; `what` is the list's place, for the message.
Result<void> check_rewritable(const Document& actions, std::string_view what);

/// The list as it is to be sent, its forward leading to `targets`. Must be rewritable.
Document with_forward_targets(const Document& actions, const std::vector<ForwardTarget>& targets);

/// Whether the lists mean the same, in whatever form they are written: a target group alone or in
/// a forward's configuration, weights and stickiness written or left to their defaults.
bool are_same_actions(const Document& a, const Document& b);

/// For people: `blue 90, green 10`; target groups by the names in their ARNs.
std::string forward_text(const Document& actions);
std::string forward_text(const std::vector<ForwardTarget>& targets);
/// The name in a target group's ARN; the ARN where there is none in it.
std::string_view target_group_name(std::string_view arn) noexcept;

/// A listener with its rules, the default one among them.
struct ListenerState {
    Listener listener{};
    std::vector<ListenerRule> rules{};
    bool operator==(const ListenerState&) const = default;
};
struct TargetGroupState {
    TargetGroup group{};
    Milliseconds deregistration_delay{};
    std::vector<TargetHealth> targets{};
    bool operator==(const TargetGroupState&) const = default;
};
/// What was observed of the load balancers whose traffic a deployment moves, whole.
struct TrafficState {
    std::vector<LoadBalancer> load_balancers{};
    std::vector<ListenerState> listeners{};
    std::vector<TargetGroupState> target_groups{};
    bool operator==(const TrafficState&) const = default;

    /// The actions of the listener or rule of that ARN; null where it was not observed.
    const Document* find_actions(std::string_view arn) const;
};

/// Counts as unhealthy whatever `targets` does not call healthy: an instance is healthy if Spot and
/// its load balancers say so.
void join_target_health(GroupReading& reading, const std::vector<TargetHealth>& targets);
/// The same for a Classic load balancer.
void join_classic_health(GroupReading& reading, const std::vector<ClassicInstanceHealth>& targets);

} // namespace elastiroll
