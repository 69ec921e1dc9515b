#include <elastiroll/ports/spot_call.hpp>

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <type_traits>

namespace elastiroll {
namespace {

struct CallFacts {
    std::string_view name;
    std::string_view verb;
    bool is_mutating;
};

constexpr CallFacts facts_of(const ListGroupsCall&) {
    return {"list_groups", "list groups", false};
}
constexpr CallFacts facts_of(const ReadGroupCall&) { return {"read_group", "read", false}; }
constexpr CallFacts facts_of(const ReadHealthCall&) {
    return {"read_health", "read the instance health of", false};
}
constexpr CallFacts facts_of(const ReadStatusCall&) {
    return {"read_status", "read the instances of", false};
}
constexpr CallFacts facts_of(const ReadSuspensionsCall&) {
    return {"read_suspensions", "read the suspended processes of", false};
}
constexpr CallFacts facts_of(const ReadRollsCall&) {
    return {"read_rolls", "read the rolls of", false};
}
constexpr CallFacts facts_of(const ReadLogCall&) { return {"read_log", "read the log of", false}; }
constexpr CallFacts facts_of(const CreateGroupCall&) { return {"create_group", "create", true}; }
constexpr CallFacts facts_of(const ScaleGroupCall&) { return {"scale_group", "scale", true}; }
constexpr CallFacts facts_of(const RenameGroupCall&) { return {"rename_group", "rename", true}; }
constexpr CallFacts facts_of(const SuspendProcessesCall&) {
    return {"suspend_processes", "suspend processes of", true};
}
constexpr CallFacts facts_of(const ResumeProcessesCall&) {
    return {"resume_processes", "resume processes of", true};
}
constexpr CallFacts facts_of(const DeleteGroupCall&) { return {"delete_group", "delete", true}; }

CallFacts facts_of(const SpotCall& call) {
    return std::visit([](const auto& one) { return facts_of(one); }, call);
}

std::string detail_of(const SpotCall& call) {
    if (const auto* scale = std::get_if<ScaleGroupCall>(&call))
        return " to " + to_string(scale->to);
    if (const auto* rename = std::get_if<RenameGroupCall>(&call))
        return " to " + rename->name;
    if (const auto* suspend = std::get_if<SuspendProcessesCall>(&call))
        return ": " + join(suspend->processes, ", ");
    if (const auto* resume = std::get_if<ResumeProcessesCall>(&call))
        return ": " + join(resume->processes, ", ");
    return {};
}

} // namespace

bool is_mutating(const SpotCall& call) noexcept { return facts_of(call).is_mutating; }

std::string_view call_name(const SpotCall& call) noexcept { return facts_of(call).name; }

GroupId call_group(const SpotCall& call) {
    return std::visit(
        [](const auto& one) -> GroupId {
            using One = std::remove_cvref_t<decltype(one)>;
            if constexpr (std::is_same_v<One, ListGroupsCall> ||
                          std::is_same_v<One, CreateGroupCall>)
                return {};
            else
                return one.group;
        },
        call);
}

std::string describe(const SpotCall& call) {
    if (const auto* create = std::get_if<CreateGroupCall>(&call)) {
        const Document* name = create->group.find("name");
        return fmt::format("create group {}", name ? name->as_string().value_or("?") : "?");
    }
    const GroupId group = call_group(call);
    return fmt::format("{}{}{}{}", facts_of(call).verb, group.empty() ? "" : " ", group.text(),
                       detail_of(call));
}

} // namespace elastiroll
