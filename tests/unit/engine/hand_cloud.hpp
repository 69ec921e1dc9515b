#pragma once

#include "line.hpp"

#include <elastiroll/ports/call_client.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace elastiroll::test {

/// Answers Spot calls from a Snapshot, at once and without faults: what is scaled is healthy. For
/// tests that drive the engine by hand; the simulated cloud is for whole deployments.
class HandCloud {
public:
    explicit HandCloud(Snapshot given) : world(std::move(given)) {}

    CallResult answer(const Call& call) { return answer(std::get<SpotCall>(call)); }
    CallResult answer(const SpotCall& call) {
        if (std::holds_alternative<ListGroupsCall>(call)) {
            GroupsReply reply;
            for (const GroupState& state : world.groups)
                reply.groups.push_back(state.group);
            return SpotReply(std::move(reply));
        }
        if (const auto* create = std::get_if<CreateGroupCall>(&call)) {
            Document document = create->group;
            document.set("id", new_group_id().text());
            auto made = decode_elastigroup(std::move(document));
            if (!made)
                return std::move(made).error();
            world.groups.push_back({*made, GroupReading{}, std::vector<Suspension>(), {}});
            return SpotReply(GroupReply{std::move(*made)});
        }
        const GroupId id = call_group(call);
        const auto place = std::ranges::find(
            world.groups, id, [](const GroupState& state) -> auto& { return state.group.id; });
        if (place == world.groups.end())
            return Error{.category = ErrorCategory::not_found, .message = id.text() + " is gone"};
        if (std::holds_alternative<ReadGroupCall>(call))
            return SpotReply(GroupReply{place->group});
        if (std::holds_alternative<ReadHealthCall>(call)) {
            HealthReply reply;
            for (const InstanceReading& one : readings_of(*place))
                reply.instances.push_back({one.status.id, one.health});
            return SpotReply(std::move(reply));
        }
        if (std::holds_alternative<ReadStatusCall>(call)) {
            StatusReply reply;
            for (const InstanceReading& one : readings_of(*place))
                reply.instances.push_back(one.status);
            return SpotReply(std::move(reply));
        }
        if (std::holds_alternative<ReadSuspensionsCall>(call))
            return SpotReply(
                SuspensionsReply{place->suspensions.value_or(std::vector<Suspension>())});
        if (std::holds_alternative<ReadRollsCall>(call))
            return SpotReply(RollsReply{place->rolls.value_or(std::vector<Roll>())});
        if (std::holds_alternative<ReadLogCall>(call))
            return SpotReply(LogReply{});
        change(call, *place);
        return SpotReply(DoneReply{});
    }

    Snapshot world;

private:
    static std::vector<InstanceReading> readings_of(const GroupState& state) {
        return state.reading.value_or(GroupReading()).instances;
    }

    void change(const SpotCall& call, GroupState& state) {
        const GroupId id = state.group.id;
        const auto run = [&](StepAction action) {
            perform(world, {}, {"", std::move(action), "", false});
        };
        if (const auto* scale = std::get_if<ScaleGroupCall>(&call)) {
            run(ScaleGroupStep{id, {}, scale->to});
            run(AwaitSteadyStep{id, scale->to, true});
        } else if (const auto* suspend = std::get_if<SuspendProcessesCall>(&call)) {
            run(SuspendProcessesStep{id, suspend->processes, HoldKind::lasting});
        } else if (const auto* resume = std::get_if<ResumeProcessesCall>(&call)) {
            run(SuspendProcessesStep{id, resume->processes, HoldKind::released});
        } else if (std::holds_alternative<DeleteGroupCall>(call)) {
            run(DeleteGroupStep{id});
        }
    }
};

} // namespace elastiroll::test
