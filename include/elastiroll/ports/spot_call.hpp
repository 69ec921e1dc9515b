#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/elastigroup.hpp>
#include <elastiroll/model/instances.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace elastiroll {

// What the core asks of Spot, as values. The routes are those of Spot's OpenAPI under
// /aws/ec2/group; the account is the client's and sent with every call.

struct ListGroupsCall {
    /// Only groups whose name begins so are in the reply; empty: all. Spot knows no such filter;
    /// the client drops the others before it makes anything of them, since a list is tens of
    /// megabytes in large accounts.
    std::vector<std::string> name_prefixes{};
    bool operator==(const ListGroupsCall&) const = default;
};
struct ReadGroupCall {
    GroupId group{};
    bool operator==(const ReadGroupCall&) const = default;
};
struct ReadHealthCall {
    GroupId group{};
    bool operator==(const ReadHealthCall&) const = default;
};
struct ReadStatusCall {
    GroupId group{};
    bool operator==(const ReadStatusCall&) const = default;
};
struct ReadSuspensionsCall {
    GroupId group{};
    bool operator==(const ReadSuspensionsCall&) const = default;
};
struct ReadRollsCall {
    GroupId group{};
    bool operator==(const ReadRollsCall&) const = default;
};
struct ReadLogCall {
    GroupId group{};
    TimePoint from{};
    TimePoint to{};
    bool operator==(const ReadLogCall&) const = default;
};
struct CreateGroupCall {
    Document group{}; ///< the group object, name, capacity and ownership included
    /// Texts in it that no error may show, beside user data and shutdown script.
    std::vector<std::string> secrets{};
    bool operator==(const CreateGroupCall&) const = default;
};
struct ScaleGroupCall {
    GroupId group{};
    Capacity to{};
    bool operator==(const ScaleGroupCall&) const = default;
};
struct RenameGroupCall {
    GroupId group{};
    std::string name{};
    bool operator==(const RenameGroupCall&) const = default;
};
struct SuspendProcessesCall {
    GroupId group{};
    std::vector<std::string> processes{};
    std::optional<Milliseconds>
        time_to_live{}; ///< empty: until deleted; else sent in whole minutes, rounded up
    bool operator==(const SuspendProcessesCall&) const = default;
};
struct ResumeProcessesCall {
    GroupId group{};
    std::vector<std::string> processes{};
    bool operator==(const ResumeProcessesCall&) const = default;
};
struct DeleteGroupCall {
    GroupId group{};
    Document deallocation{}; ///< the body for stateful groups; null: an empty object is sent
    bool operator==(const DeleteGroupCall&) const = default;
};

using SpotCall =
    std::variant<ListGroupsCall, ReadGroupCall, ReadHealthCall, ReadStatusCall, ReadSuspensionsCall,
                 ReadRollsCall, ReadLogCall, CreateGroupCall, ScaleGroupCall, RenameGroupCall,
                 SuspendProcessesCall, ResumeProcessesCall, DeleteGroupCall>;

/// Whether the call changes anything: only such calls are journaled, and never repeated blindly.
bool is_mutating(const SpotCall& call) noexcept;
/// `list_groups`, `scale_group`, ...: the call's name in journals, logs and tests.
std::string_view call_name(const SpotCall& call) noexcept;
/// The group a call is about; empty for list_groups and create_group.
GroupId call_group(const SpotCall& call);
/// For people: "scale sig-1 to 2/4/8".
std::string describe(const SpotCall& call);

/// The answer to a call that has nothing to tell.
struct DoneReply {
    bool operator==(const DoneReply&) const = default;
};
/// A group of a list that has a name but cannot be read. It blocks nobody but the line that its
/// name is on: for that one the list is no proof that the group does not exist or is not needed.
struct UnreadableGroup {
    GroupId id{}; ///< may be empty
    std::string name{};
    Error why{};
    bool operator==(const UnreadableGroup&) const = default;
};
struct GroupsReply {
    std::vector<Elastigroup> groups{};
    std::vector<UnreadableGroup> unreadable{};
    bool operator==(const GroupsReply&) const = default;
};
/// To ReadGroupCall and CreateGroupCall.
struct GroupReply {
    Elastigroup group{};
    bool operator==(const GroupReply&) const = default;
};
struct HealthReply {
    std::vector<InstanceHealth> instances{};
    bool operator==(const HealthReply&) const = default;
};
struct StatusReply {
    std::vector<InstanceStatus> instances{};
    bool operator==(const StatusReply&) const = default;
};
struct SuspensionsReply {
    std::vector<Suspension> suspensions{};
    bool operator==(const SuspensionsReply&) const = default;
};
struct RollsReply {
    std::vector<Roll> rolls{};
    bool operator==(const RollsReply&) const = default;
};
struct LogReply {
    std::vector<LogEntry> entries{};
    bool operator==(const LogReply&) const = default;
};

using SpotReply = std::variant<DoneReply, GroupsReply, GroupReply, HealthReply, StatusReply,
                               SuspensionsReply, RollsReply, LogReply>;

} // namespace elastiroll
