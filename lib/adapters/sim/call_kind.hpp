#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace elastiroll::sim {

/// What a request asks for. Ours, not the client's: the cloud tells a call by its route
/// alone, and one of AWS by its action.
enum class CallKind : std::uint8_t {
    list_groups,
    read_group,
    read_health,
    read_status,
    read_suspensions,
    read_rolls,
    read_log,
    create_group,
    scale_group,
    rename_group, ///< every PUT of a group: names are what deployments change by it
    suspend_processes,
    resume_processes,
    delete_group,
    describe_images, ///< from here on AWS's
    describe_load_balancers,
    describe_listeners,
    describe_rules,
    describe_target_groups,
    describe_target_group_attributes,
    describe_target_health,
    modify_listener,
    modify_rule,
    describe_classic_load_balancers,
    describe_instance_health,
    get_caller_identity,
    get_parameter,
    simulate_principal_policy,
    unknown, ///< no route fits
};

inline constexpr std::array<std::string_view, 28> call_names = {"list_groups",
                                                                "read_group",
                                                                "read_health",
                                                                "read_status",
                                                                "read_suspensions",
                                                                "read_rolls",
                                                                "read_log",
                                                                "create_group",
                                                                "scale_group",
                                                                "rename_group",
                                                                "suspend_processes",
                                                                "resume_processes",
                                                                "delete_group",
                                                                "describe_images",
                                                                "describe_load_balancers",
                                                                "describe_listeners",
                                                                "describe_rules",
                                                                "describe_target_groups",
                                                                "describe_target_group_attributes",
                                                                "describe_target_health",
                                                                "modify_listener",
                                                                "modify_rule",
                                                                "describe_classic_load_balancers",
                                                                "describe_instance_health",
                                                                "get_caller_identity",
                                                                "get_parameter",
                                                                "simulate_principal_policy",
                                                                "unknown"};

constexpr std::string_view name_of(CallKind kind) noexcept {
    return call_names[static_cast<std::size_t>(kind)];
}

/// A route template with its method is what the rate limit counts; here each call kind is one.
inline constexpr std::size_t call_kind_count = call_names.size();

} // namespace elastiroll::sim
