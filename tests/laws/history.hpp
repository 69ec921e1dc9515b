#pragma once

#include "world.hpp"

#include <elastiroll/adapters/sim.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace elastiroll::laws {

/// What happened between two moments of a cloud, by its own books.
class History {
public:
    History(const sim::Cloud& start, const sim::Cloud& end);

    /// The requests that arrived in between, in order.
    const std::vector<sim::LoggedCall>& calls() const noexcept { return calls_; }
    /// That it had first.
    std::string name_of(const GroupId& group) const;
    /// Whether the group was made in between.
    bool is_made(const GroupId& group) const { return made_.contains(group); }
    /// Healthy units of `group` just before `at`, and after all that happened then.
    int healthy_before(const GroupId& group, TimePoint at) const;
    int healthy_after(const GroupId& group, TimePoint at) const;
    /// Units of `group` that are there or on their way, after all that happened at `at`.
    int active_after(const GroupId& group, TimePoint at) const;
    /// Every group that existed at some time.
    std::vector<GroupId> groups() const;

private:
    std::vector<sim::LoggedCall> calls_;
    std::vector<sim::HealthyChange> changes_;
    std::vector<sim::ActiveChange> active_changes_;
    std::map<GroupId, std::string> names_;
    std::set<GroupId> made_;
    std::map<GroupId, int> healthy_;
    std::map<GroupId, int> active_;
};

bool is_change(const sim::LoggedCall& call);
/// The capacity that a scale or create asks for.
std::optional<Capacity> capacity_asked(const sim::LoggedCall& call);
/// The names of the processes that a suspend or resume asks for, sorted.
std::vector<std::string> processes_asked(const sim::LoggedCall& call);
/// The listener or rule that a change of one is about, and the weights that it asks for.
struct RouteAsked {
    std::string route{};
    std::map<std::string, std::int64_t> weights{}; ///< by the target group's ARN
    bool operator==(const RouteAsked&) const = default;
};
std::optional<RouteAsked> route_asked(const sim::LoggedCall& call);
std::string name_asked(const sim::LoggedCall& create);
/// `scale_group app__8 1/1/1 (503)`, for people.
std::string describe(const History& history, const sim::LoggedCall& call);

} // namespace elastiroll::laws
