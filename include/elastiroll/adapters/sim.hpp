#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/ports/http.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::sim {

/// A request as the simulated cloud saw it.
struct LoggedCall {
    TimePoint at{};          ///< when it arrived
    std::string name{};      ///< as call_name(): `scale_group`; `unknown` where no route fits
    GroupId group{};         ///< empty for list and create; for create the new group's id once made
    std::string body{};      ///< the request's body
    int status = 0;          ///< of the answer; 0: none arrives
    bool is_applied = false; ///< whether it changed the cloud's state
    std::string fault{};     ///< what hit it, as the scenario calls it (`lose`); empty: nothing

    bool operator==(const LoggedCall&) const = default;
};

/// A group as it is inside the cloud now, for tests and for people.
struct GroupView {
    GroupId id{};
    std::string name{};
    Capacity capacity{};
    int healthy = 0;                      ///< units that are healthy and not draining
    int present = 0;                      ///< units that exist, draining included
    std::vector<std::string> suspended{}; ///< names, sorted
    Document document{};                  ///< as a GET would show it

    bool operator==(const GroupView&) const = default;
};

/// The healthy capacity of a group changed.
struct HealthyChange {
    TimePoint at{};
    GroupId group{};
    int healthy = 0; ///< units, after the change

    bool operator==(const HealthyChange&) const = default;
};

/// What is active in a group changed: there or on its way, and not draining.
struct ActiveChange {
    TimePoint at{};
    GroupId group{};
    int active = 0; ///< units, after the change

    bool operator==(const ActiveChange&) const = default;
};

/// A listener's default actions, or a rule's, as they are inside the cloud now.
struct RouteView {
    std::string arn{}; ///< of the listener or the rule
    Document actions{};

    bool operator==(const RouteView&) const = default;
};

/// A call left a forward of weight above 0 without a healthy target: one that had some, or one that
/// did not lead there before.
struct TrafficLoss {
    TimePoint at{};
    std::string route{}; ///< ARN of its listener or rule
    std::string target_group{};
    std::string call{}; ///< as LoggedCall::name

    bool operator==(const TrafficLoss&) const = default;
};

/// Who sends requests to a cloud: their completions are kept apart, also those of a client that is
/// no more (its process died) from those of its successor.
enum class ClientId : std::uint32_t {};

/// A simulated Spot account: groups, instances, health, draining, scaling policies, schedules,
/// throttling, lost answers and other faults, in virtual time and from a seed.
///
/// A value: a copy goes on by itself. It answers HTTP messages with its own decoding and encoding.
/// Every random draw depends on the seed, the entity and the ordinal of its event, never on how
/// often the cloud was asked, so that a client that polls more sees the same world.
class Cloud {
public:
    /// Reads a scenario (docs/simulation.md). Fails with invalid_argument and a detail per finding.
    static Result<Cloud> make(const Document& scenario);

    Cloud(const Cloud&);
    Cloud(Cloud&&) noexcept;
    Cloud& operator=(const Cloud&);
    Cloud& operator=(Cloud&&) noexcept;
    ~Cloud();

    TimePoint now() const noexcept;
    /// Moves time on to `to` (nothing where that is not later); everything due happens, in order.
    void advance(TimePoint to);
    /// When something is due next: an event of the world or the completion of a request.
    std::optional<TimePoint> next_event() const;

    /// A client that nobody has been before.
    ClientId connect();
    /// Nobody asks for the completions of `client` any more; what it has sent arrives all the same.
    void disconnect(ClientId client) noexcept;

    /// A request leaves the client now. Ids are unique among those in flight of one client.
    void start(HttpRequestId id, HttpRequest request, ClientId client = {});
    /// Whether a request is still in flight, of any client.
    bool is_busy() const noexcept;
    /// Whether take_completions() would return something.
    bool has_completions(ClientId client = {}) const noexcept;
    /// Completions of `client` up to now(), each once, in order of time.
    std::vector<HttpCompletion> take_completions(ClientId client = {});

    /// All groups that exist, by name, then id.
    std::vector<GroupView> groups() const;
    /// The group called `name`; of several the one with the smallest id.
    std::optional<GroupView> find(std::string_view name) const;
    /// Every request since the start, in order of arrival; refused connections among them.
    const std::vector<LoggedCall>& log() const noexcept;
    /// Every change of healthy capacity since the start, in order.
    const std::vector<HealthyChange>& healthy_changes() const noexcept;
    /// Every change of active capacity since the start, in order.
    const std::vector<ActiveChange>& active_changes() const noexcept;

    /// All listeners and rules, in the scenario's order.
    std::vector<RouteView> routes() const;
    /// Targets that a load balancer would send requests to: healthy, of the target group's ARN.
    int healthy_targets(std::string_view target_group) const;
    /// Every loss of traffic that a call has brought since the start, in order.
    const std::vector<TrafficLoss>& traffic_losses() const noexcept;

    /// Adds to a running cloud: the `faults`, `events` and `instances` arrays of a scenario, whose
    /// durations count from now(). Fails as make().
    Result<void> add(const Document& scenario_part);

private:
    Cloud();

    struct State;
    std::unique_ptr<State> state_;
};

/// For programs that look: `id`, `name`, `minimum`, `target`, `maximum`, `healthy`, `present`,
/// `suspended`.
Document encode(const GroupView& group);
/// `at`, `call`, `group`, `status`, `is_applied`, `fault`, `body`.
Document encode(const LoggedCall& call);

/// A transport into `cloud`, which must outlive it, as a client of its own. Its poll() moves the
/// cloud's time to the first completion, at most `wait` on.
std::unique_ptr<HttpTransport> make_transport(Cloud& cloud);

/// A simulated cloud that another process serves with its clock left to its clients (`elastiroll
/// sim
/// --clock client`): runs over real HTTP that take no longer than their requests. Used by one
/// thread at a time; for one client, since each moves the time.
class RemoteCloud {
public:
    virtual ~RemoteCloud();
    /// The cloud's time, as of the last answer.
    virtual TimePoint now() const = 0;
    /// Requests to the cloud. Its poll() moves the cloud's time to the first answer, at most `wait`
    /// on.
    virtual HttpTransport& transport() noexcept = 0;
};
/// Asks the server at `url` for its time; `wire` carries the requests. Fails with unavailable where
/// no server answers, with conflict where its time goes by itself.
Result<std::unique_ptr<RemoteCloud>> connect_remote_cloud(std::string url,
                                                          std::unique_ptr<HttpTransport> wire);

/// The default scenario: an account with nothing in it, plausible launch times, no faults.
std::string_view default_scenario() noexcept;

} // namespace elastiroll::sim
