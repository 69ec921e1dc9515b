#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/model/image.hpp>
#include <elastiroll/model/naming.hpp>
#include <elastiroll/model/ownership.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace elastiroll {

enum class Strategy : std::uint8_t { basic, canary, blue_green };
std::string_view to_string(Strategy strategy) noexcept;

/// 1..100. (That 0 percent stays of a group is Count{0}.)
struct Percent {
    int value = 100;
    bool operator==(const Percent&) const = default;
};
/// A number of units of capacity, >= 0.
struct Count {
    int value = 0;
    bool operator==(const Count&) const = default;
};
using Share = std::variant<Percent, Count>;

/// One deploy phase as the user wrote it.
struct PhaseSpec {
    Share size{};                    ///< of the requested target T
    std::optional<Share> old_size{}; ///< what stays of the previous group; percent of its target O
    Milliseconds bake{0};            ///< how long to watch after the phase; 0: not at all
    bool needs_approval = false;     ///< whether a person has to approve before it goes on

    bool operator==(const PhaseSpec&) const = default;
};

/// Which group changes first in a phase.
enum class ResizeOrder : std::uint8_t { new_first, old_first };
std::string_view to_string(ResizeOrder order) noexcept;

/// The new group gets the previous group's capacity, 1/2/4 where there is none.
struct SameAsRunning {
    bool operator==(const SameAsRunning&) const = default;
};
using InstanceCounts = std::variant<SameAsRunning, Capacity>;

/// What a group that two groups cannot share, or would lose, is allowed for by JSON path of the
/// group.
using AllowedPaths = std::vector<std::string>;

/// The most bytes that user data may have before Base64. Source: EC2, "Instance user data".
inline constexpr std::size_t user_data_bytes_max = 16'384;
/// The most tags a group may put on its instances. Source: EC2, "Tag restrictions".
inline constexpr int tags_max = 50;

/// How long things may take. Every one can be set per workflow.
struct Timing {
    Milliseconds stable_for{30'000}; ///< 0..1 h: steady only after it stayed so for this long
    Milliseconds phase_deadline{1'200'000}; ///< 1 s..24 h: the waits of one phase share it
    Milliseconds poll_min{2'000};           ///< 100 ms..poll_max
    Milliseconds poll_max{20'000};          ///< ..10 min
    Milliseconds call_timeout{30'000};      ///< 1 s..5 min
    Milliseconds gate_timeout{86'400'000};  ///< 1 s..7 d: after it, everything is restored
    Milliseconds create_settle{60'000};     ///< 0..1 h: how long a lost create may still turn up
    Milliseconds hold_margin{900'000};      ///< 0..24 h: a hold's time-to-live past the deadline

    bool operator==(const Timing&) const = default;
};

/// Where Spot's token is to be looked for; never the token. At most one of the two is set; both
/// empty: the environment, then the default profile.
struct CredentialsReference {
    std::string profile{};     ///< a profile of Spot's credentials file
    std::string token_env{};   ///< the name of an environment variable that holds a token
    std::string aws_profile{}; ///< a profile of AWS's files; empty: as AWS's own tools choose

    bool operator==(const CredentialsReference&) const = default;
};

/// Where a load balancer is told where to send requests: a listener, by port or ARN, or a rule. One
/// of the three is set.
struct RouteSpec {
    int port = 0; ///< of a listener, whose default actions are meant
    std::string listener_arn{};
    std::string rule_arn{};

    bool operator==(const RouteSpec&) const = default;
};

enum class TrafficKind : std::uint8_t {
    instant,  ///< the production and the stage route exchange their target groups
    weighted, ///< one route forwards to both target groups, by weight
};
std::string_view to_string(TrafficKind kind) noexcept;

/// How the traffic of one load balancer moves.
struct LoadBalancerSpec {
    std::string name{}; ///< or its ARN
    TrafficKind kind = TrafficKind::instant;
    RouteSpec production{};
    RouteSpec stage{}; ///< of TrafficKind::instant

    bool operator==(const LoadBalancerSpec&) const = default;
};

/// One step of a weighted shift.
struct WeightSpec {
    int weight = 100; ///< 1..100: of 100, what the new group gets
    Milliseconds bake{0};
    bool needs_approval = false;

    bool operator==(const WeightSpec&) const = default;
};

/// How a blue/green deployment moves traffic.
struct TrafficSpec {
    std::vector<LoadBalancerSpec> load_balancers{}; ///< at least one
    std::vector<WeightSpec> weights{};              ///< rising, the last 100
    bool needs_approval = false;                    ///< before any traffic moves
    Milliseconds bake{0};                           ///< how long to watch after all of it has moved
    /// How long the previous group gets no traffic before it is sized to 0; empty: as long as its
    /// target groups' deregistration delay and the stickiness of what led there say.
    std::optional<Milliseconds> drain{};
    bool downsizes_old = true; ///< whether the previous group is sized to 0 at all
    /// Once the deployment is done, by a later run; empty: by its own, once clients have left.
    std::optional<Milliseconds> downsize_after{};
    bool keeps_other_load_balancers = false; ///< of the template, beside those that are moved
    /// Name or ARN of the target group that serves, where weights do not tell
    /// (`--prod-target-group`).
    std::string production_target_group{};

    bool operator==(const TrafficSpec&) const = default;
};

/// Everything a deployment was asked to be, resolved: no expression, override or file is left.
/// What the planner reads beside the Snapshot.
struct DeploymentSpec {
    std::string application{};
    std::string service{};
    std::string environment{};
    std::string infrastructure{};
    std::string workflow{};

    Line line{};
    CredentialsReference credentials{};
    NamingPreset naming = NamingPreset::elastiroll;
    Strategy strategy = Strategy::basic;

    /// The group object (what stands inside `{"group": ...}`) with expressions replaced, otherwise
    /// as the user gave it: read-only fields are removed by the planner. A template without a
    /// region gets the line's.
    Document group_template{};
    /// Where a value marked secret went into the template (`compute.launchSpecification.tags[0]
    /// .tagValue`), in the template's order: what is never printed or exported.
    std::vector<std::string> secret_paths{};
    bool is_user_data_secret = false; ///< whether such a value is in the user data
    /// Empty until a selector has found one.
    ImageId image{};
    std::optional<ImageSelector> image_selector{};
    /// The script's bytes, not yet Base64, at most user_data_bytes_max; empty: the template's own
    /// stays.
    std::optional<std::string> user_data{};

    InstanceCounts instances = SameAsRunning{};
    std::vector<PhaseSpec> phases{}; ///< basic: one of 100 %; canary: at least one
    ResizeOrder order = ResizeOrder::new_first;
    std::optional<int> floor{}; ///< units of healthy capacity; empty: what was healthy before
    bool allow_zero = false;    ///< whether a target of 0 is meant
    bool await_old = false;     ///< whether each down-size is awaited before the next phase
    int retention = 3;          ///< >= 0: how many empty older groups are kept
    AllowedPaths allow{}; ///< JSON paths of the group (`compute.elasticIps`) that may be shared
    bool allow_missing_load_balancers = false;
    /// What deleting a stateful group does with its volumes, images, ...; null: such a deletion is
    /// refused. Source: Spot API, delete body.
    Document deallocation{};

    std::optional<TrafficSpec> traffic{}; ///< of Strategy::blue_green

    OwnershipStyle ownership{};
    Timing timing{};
    /// The name of the group to take as previous, whatever the evidence says (`--previous`).
    std::optional<std::string> previous{};
    bool force = false; ///< deploy even where nothing would change

    bool operator==(const DeploymentSpec&) const = default;
};

/// The template's texts at `secret_paths`: what no message may show.
std::vector<std::string> secret_texts(const DeploymentSpec& spec);

/// The spec as a document, version 1, for journals. The template and the user data are in it.
Document encode(const DeploymentSpec& spec);
/// Fails with protocol, with the JSON path, on what encode() does not write.
Result<DeploymentSpec> decode_deployment_spec(const Document& document);

} // namespace elastiroll
