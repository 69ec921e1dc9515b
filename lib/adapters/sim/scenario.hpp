#pragma once

#include "adapters/sim/call_kind.hpp"
#include "adapters/sim/draw.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/instances.hpp>
#include <elastiroll/ports/http.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll::sim {

/// A group's name or id, where `*` stands for any text. Empty: every group.
using Pattern = std::string;
bool matches(std::string_view pattern, std::string_view text) noexcept;

/// How long an instance takes.
struct LaunchTimes {
    Span fulfilled{}; ///< from the spot request to the running instance
    Span healthy{};   ///< from there to HEALTHY
};

/// How the instances of some groups differ from the usual. Ordinals count a group's instances in
/// order of launch, from 1.
struct LaunchRule {
    Pattern group{};
    std::int64_t from = 1;
    std::optional<std::int64_t> to{};
    std::optional<Span> fulfilled{};
    std::optional<Span> healthy{};
    bool is_never_fulfilled = false; ///< the spot request stays pending
    bool is_never_healthy = false;
    bool turns_unhealthy = false; ///< UNHEALTHY where it would have become HEALTHY
    std::string log{};            ///< written to the group's log as an error at launch
};

/// What a fault does to a request.
struct LoseRequest {}; ///< the connection is lost before the cloud has read it
struct LoseAnswer {};  ///< the request is applied, the answer is lost
struct Refuse {};      ///< the connection is never made
struct ApplyLate {     ///< the connection is lost, the request is applied after a while
    Milliseconds after{};
};
struct Delay { ///< the answer takes this much longer
    Milliseconds by{};
};
struct Throttle { ///< the route is blocked; every call meanwhile starts the time anew
    Milliseconds duration{};
};
struct AnswerInstead { ///< the request is not applied
    int status = 0;
    HttpHeaders headers{};
    std::optional<std::string> body{}; ///< empty: an envelope with code and message
    std::string code{};
    std::string message{};
};
struct RevokeToken {}; ///< this call and all later ones are unauthenticated

using FaultEffect = std::variant<LoseRequest, LoseAnswer, Refuse, ApplyLate, Delay, Throttle,
                                 AnswerInstead, RevokeToken>;

/// Counts the requests it matches and hits those from `nth` on, `count` of them.
struct Fault {
    std::optional<CallKind> call{}; ///< empty: every call
    Pattern group{};
    std::int64_t nth = 1;
    std::optional<std::int64_t> count = 1; ///< empty: all
    std::optional<TimePoint> from{};       ///< requests before it do not match
    std::optional<TimePoint> until{};      ///< nor do those from here on
    FaultEffect effect{};
};

/// When a world event is due.
struct Anchor {
    enum class Kind : std::uint8_t { created, healthy, target, call };
    Kind kind = Kind::created;
    Pattern group{};
    std::int64_t units = 1;         ///< healthy: reached or passed; target: exactly
    std::optional<CallKind> call{}; ///< for Kind::call
    std::int64_t nth = 1;           ///< for Kind::call
    Milliseconds delay{};
};

struct Interrupt {
    Pattern group{};
    std::int64_t count = 1;
    Milliseconds notice{};
};
struct Surge {
    Pattern group{};
    std::int64_t count = 1;
};
struct SetHealth {
    Pattern group{};
    std::int64_t count = 1;
    HealthStatus status = HealthStatus::unknown;
    std::optional<Milliseconds> duration{}; ///< empty: for good
};
/// What a scaling policy does. Only where the group has policies and may scale.
struct ApplyPolicy {
    Pattern group{};
    std::optional<std::int64_t> target{};
    std::int64_t adjustment = 0; ///< where there is no target
};
struct SetCapacity {
    Pattern group{};
    CapacityBounds to{};
};
struct Rename {
    Pattern group{};
    std::string name{};
};
struct Suspend {
    Pattern group{};
    std::vector<std::string> processes{};
    std::optional<Milliseconds> duration{};
};
struct Resume {
    Pattern group{};
    std::vector<std::string> processes{};
};
struct Delete {
    Pattern group{};
};
struct StartRoll {
    Pattern group{};
    std::optional<Milliseconds> duration{}; ///< empty: until the end of days
};
struct Lock {
    Pattern group{};
    std::int64_t count = 1;
    std::optional<Milliseconds> duration{};
};
struct WriteLog {
    Pattern group{};
    std::string severity{};
    std::string message{};
};
struct SetListLag {
    Milliseconds lag{};
};
struct AcceptToken { ///< from now on this token and no other
    std::string token{};
};

/// Somebody else changes where a listener or a rule leads.
struct SetActions {
    std::string route{}; ///< ARN
    Document actions{};
};

using Action = std::variant<Interrupt, Surge, SetHealth, ApplyPolicy, SetCapacity, Rename, Suspend,
                            Resume, Delete, StartRoll, Lock, WriteLog, SetListLag, RevokeToken,
                            AcceptToken, SetActions>;

struct WorldEvent {
    std::variant<TimePoint, Anchor> when{};
    Action action{};
};

/// A group that is there at the start.
struct InitialGroup {
    Document document{}; ///< complete, capacity included
    std::string id{};    ///< empty: drawn
    std::optional<TimePoint> created_at{};
    std::optional<std::int64_t> healthy{}; ///< instances that serve at the start; empty: enough
    std::optional<LaunchTimes> launch{};
    std::vector<Suspend> suspensions{};
    std::optional<Lock> lock{};
    std::vector<Roll> rolls{};
};

/// An image as EC2 describes it.
struct SimulatedImage {
    std::string id{};
    std::string name{};
    std::string owner{};
    TimePoint created_at{}; ///< it is not there before
    std::string state{};
    std::string architecture{};
    std::vector<std::pair<std::string, std::string>> tags{};
};

/// A parameter of Systems Manager: its values, version 1 first.
struct SimulatedParameter {
    std::string name{};
    std::vector<std::string> versions{};
};

/// A target group. Instances join it by the `loadBalancersConfig` of their group.
struct SimulatedTargetGroup {
    std::string arn{};
    std::string name{};
    std::string load_balancer{}; ///< ARN
    std::string type{};          ///< `instance`, `ip`, ...
    std::string vpc{};
    int port = 80;
    Milliseconds deregistration_delay{};
    std::optional<Milliseconds> healthy_after{}; ///< of its boot; empty: never
};
struct SimulatedRule {
    std::string arn{};
    std::string priority{};
    Document conditions{};
    Document actions{}; ///< as the API has them, every value a text
};
struct SimulatedListener {
    std::string arn{};
    int port = 0;
    std::string protocol{};
    Document actions{}; ///< its default ones
    std::vector<SimulatedRule> rules{};
};
struct SimulatedLoadBalancer {
    std::string arn{};
    std::string name{};
    std::string type{};
    std::string vpc{};
    std::vector<SimulatedListener> listeners{};
};

/// What Cloud::add() takes too.
struct ScenarioPart {
    std::vector<LaunchRule> instances{};
    std::vector<Fault> faults{};
    std::vector<WorldEvent> events{};
};

struct Scenario {
    TimePoint start{};
    std::uint64_t seed = 1;
    std::string token{};
    std::string account{};                               ///< empty: every account
    std::string region{};                                ///< of groups made from the built-in one
    std::optional<std::vector<SimulatedImage>> images{}; ///< empty: every image
    std::vector<SimulatedParameter> parameters{};
    std::vector<SimulatedLoadBalancer> load_balancers{};
    std::vector<SimulatedTargetGroup> target_groups{};
    std::vector<std::string> classic_load_balancers{}; ///< by name
    Span latency{};
    LaunchTimes launch{};
    Milliseconds draining{}; ///< where a group's document does not say
    Milliseconds list_lag{};
    std::optional<Milliseconds> heal_after{}; ///< empty: UNHEALTHY instances are not replaced
    std::array<int, call_kind_count> rate_limits{};
    std::vector<InitialGroup> groups{};
    ScenarioPart part{};
};

/// Both fail with invalid_argument and a detail per finding. Durations given as times count from
/// the scenario's start or from `now`.
Result<Scenario> parse_scenario(const Document& document);
Result<ScenarioPart> parse_scenario_part(const Document& document, TimePoint now);

} // namespace elastiroll::sim
