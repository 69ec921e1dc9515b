#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::test {

// The line `shop__web` with the groups and the spec that a test needs, made by hand: no cloud.

/// A text that is known to be JSON; anything else becomes null, which no test expects.
Document document_from(std::string_view text);

/// Fails loudly (by an assertion) where the bounds do not rise.
Capacity capacity(std::int64_t minimum, std::int64_t target, std::int64_t maximum);

/// A moment; `after` it where the order matters.
TimePoint moment(Milliseconds after = Milliseconds(0));

/// A Spot group document of moderate size, without policies, schedules or load balancers.
Document group_template();
/// A scaling policy and a schedule: what makes a hold necessary.
void add_automation(Document& group);

/// A canary of 10, 50 and 100 percent to the image `ami-new`, same size as running.
DeploymentSpec canary_spec();
/// One phase of 100 percent.
DeploymentSpec basic_spec();

struct GroupOptions {
    std::string name{}; ///< `shop__web__7`
    Capacity capacity{};
    std::optional<int> healthy{}; ///< empty: the capacity's target; -1: no reading was made
    int unhealthy = 0;            ///< present besides
    bool has_automation = false;
    std::vector<std::string> suspended{};
    std::vector<Roll> rolls{};
    Document document = group_template();
};

/// A group as an observation has it. Its id is `sig-` and what follows the last underscore.
GroupState group(GroupOptions options);

/// Marks `state` as made by `deployment`, which found `previous` serving.
void mark(GroupState& state, std::string deployment, std::optional<PreviousMark> previous = {});

/// An observation of the line. Groups are ordered as an observation orders them.
Snapshot line_of(std::vector<GroupState> groups);

/// The steps, a line each: `id: group what (cleanup)`.
std::string outline(const DeploymentPlan& plan);

/// The id of the group that perform() creates.
GroupId new_group_id();

/// Makes the step's postcondition true in `world`, as a cloud without faults would: what is sized
/// down keeps its healthy instances, what is awaited is healthy, what is deleted is gone.
void perform(Snapshot& world, const DeploymentPlan& plan, const Step& step);

/// Healthy units of the group, 0 where it does not exist.
int healthy_of(const Snapshot& world, const GroupId& group);

} // namespace elastiroll::test
