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
    int status = 0;          ///< of the answer; 0: the answer was lost
    bool is_applied = false; ///< whether it changed the cloud's state

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

    /// A request leaves the client now.
    void start(HttpRequestId id, HttpRequest request);
    /// Whether a request is still in flight.
    bool is_busy() const noexcept;
    /// Completions up to now(), each once.
    std::vector<HttpCompletion> take_completions();

    /// All groups that exist, by name, then id.
    std::vector<GroupView> groups() const;
    std::optional<GroupView> find(std::string_view name) const;
    /// Every request since the start, in order of arrival.
    const std::vector<LoggedCall>& log() const noexcept;
    /// Every change of healthy capacity since the start, in order.
    const std::vector<HealthyChange>& healthy_changes() const noexcept;

    /// Adds faults or operator actions while the cloud runs (the scenario's `faults` and `events`
    /// arrays). Fails as make().
    Result<void> add(const Document& scenario_part);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A transport into `cloud`, which must outlive it. Its poll() moves the cloud's time to the first
/// completion, at most `wait` on.
std::unique_ptr<HttpTransport> make_transport(Cloud& cloud);

/// The default scenario: an account with nothing in it, plausible launch times, no faults.
std::string_view default_scenario() noexcept;

} // namespace elastiroll::sim
