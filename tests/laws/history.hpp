#pragma once

#include "world.hpp"

#include <elastiroll/adapters/sim.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll::laws {

/// What happened between two moments of a cloud, by its own books.
class History {
public:
    History(const sim::Cloud& start, const sim::Cloud& end);

    /// The requests that arrived in between, in order.
    const std::vector<sim::LoggedCall>& calls() const noexcept { return calls_; }
    std::string name_of(const GroupId& group) const;
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
    std::map<GroupId, int> healthy_;
    std::map<GroupId, int> active_;
};

bool is_change(const sim::LoggedCall& call);
/// The capacity that a scale or create asks for.
std::optional<Capacity> capacity_asked(const sim::LoggedCall& call);
/// The names of the processes that a suspend or resume asks for, sorted.
std::vector<std::string> processes_asked(const sim::LoggedCall& call);
std::string name_asked(const sim::LoggedCall& create);
/// `scale_group app__8 1/1/1 (503)`, for people.
std::string describe(const History& history, const sim::LoggedCall& call);

} // namespace elastiroll::laws
