#pragma once

#include "adapters/sim/cron.hpp"
#include "adapters/sim/scenario.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/capacity.hpp>
#include <elastiroll/model/elastigroup.hpp>
#include <elastiroll/model/instances.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::sim {

struct InstanceType {
    std::string name{};
    int weight = 1; ///< in units of capacity; always 1 where the unit is instances
};

/// An enabled entry of `scheduling.tasks` that changes capacity.
struct ScheduledTask {
    enum class Kind : std::uint8_t { set, adjust, adjust_percent };
    Kind kind = Kind::set;
    std::optional<std::int64_t> minimum{}, target{}, maximum{}; ///< for Kind::set
    std::int64_t adjustment = 0;                                ///< for the other kinds
    std::optional<Cron> cron{};
    std::optional<Milliseconds> every{}; ///< where there is no cron; neither: once, at start
    std::optional<TimePoint> start{};    ///< never before it
};

/// What a group's document says, read once. Immutable, so that copies of a cloud share it.
struct GroupFacts {
    Document document{}; ///< without id, createdAt and updatedAt
    std::string name{};
    std::string head{};  ///< JSON text of the members before `capacity`, each with its comma
    std::string tail{};  ///< and after it
    Document capacity{}; ///< as it was sent: the order of its members and any others survive
    CapacityUnit unit = CapacityUnit::instance;
    std::vector<InstanceType> types{}; ///< at least one
    std::vector<std::string> zones{};  ///< at least one
    std::string product{};
    std::vector<ScheduledTask> tasks{};
    bool has_policies = false;
    bool is_newest_first = false; ///< which instances end first when the group shrinks
    std::optional<Milliseconds> draining{};
    std::vector<LoadBalancerEntry> load_balancers{}; ///< that its instances are registered with
};

/// Reads a group object, leniently: what has an unexpected type counts as absent.
std::shared_ptr<const GroupFacts> make_facts(Document document);

/// The three numbers of a document's capacity; empty where one is missing.
std::optional<CapacityBounds> bounds_of(const Document& capacity);

/// When `task` is next due after `after`.
std::optional<TimePoint> next_time(const ScheduledTask& task, TimePoint after);

struct Instance {
    enum class Stage : std::uint8_t {
        pending,  ///< a spot request that waits for its instance
        running,  ///< fulfilled
        draining, ///< on its way out by order
        marked,   ///< on its way out by an interruption
    };
    std::int64_t ordinal = 0; ///< from 1, in order of launch
    Stage stage = Stage::pending;
    HealthStatus health = HealthStatus::unknown; ///< as it would be
    std::optional<HealthStatus> shown{};         ///< instead of it, for a while
    std::uint32_t shown_serial = 0;              ///< which change of `shown` is the newest
    std::uint32_t type = 0;                      ///< index into GroupFacts::types
    int weight = 1;
    TimePoint created_at{};
    TimePoint booted_at{}; ///< when it first answered; the beginning of time: not yet
    bool is_locked = false;
    std::optional<TimePoint> locked_until{};
    std::int64_t replaces = 0; ///< the instance that ends once this one is healthy; 0: none
    bool is_replaced = false;  ///< such an instance: it no longer counts toward the target

    bool is_active() const noexcept { return stage == Stage::pending || stage == Stage::running; }
    HealthStatus seen_health() const noexcept { return shown.value_or(health); }
    bool is_healthy() const noexcept {
        return stage == Stage::running && seen_health() == HealthStatus::healthy;
    }
};

struct SuspendedProcess {
    std::string name{};
    std::optional<TimePoint> until{};
};

struct GroupLogEntry {
    TimePoint at{};
    std::string severity{};
    std::string message{};
};

struct RunningRoll {
    std::string id{};
    std::string status{};
    TimePoint created_at{};
};

/// A text that copies of a cloud share: it is replaced, never changed.
using SharedText = std::shared_ptr<const std::string>;

struct Group {
    std::string id{};
    std::uint64_t name_key = 0; ///< of its name at creation
    std::uint64_t entity = 0;   ///< key of all its draws
    std::shared_ptr<const GroupFacts> facts{};
    CapacityBounds capacity{};
    TimePoint created_at{};
    TimePoint updated_at{};
    TimePoint listed_from{}; ///< lists show it from then on
    bool is_deleted = false;
    std::optional<LaunchTimes> launch{};
    std::vector<Instance> instances{}; ///< by ordinal
    std::int64_t last_ordinal = 0;
    int healthy = 0;                ///< units, as last recorded
    int active = 0;                 ///< units, as last recorded
    std::uint32_t facts_serial = 0; ///< which facts are the newest: older tasks do not fire
    std::vector<SuspendedProcess> suspended{}; ///< by name
    std::vector<RunningRoll> rolls{};
    std::vector<GroupLogEntry> log{}; ///< oldest first

    // What the API shows, written when first asked for after a change.
    SharedText document_text{};
    SharedText status_text{};
    SharedText health_text{};

    const std::string& name() const noexcept { return facts->name; }
    Instance* find(std::int64_t ordinal) noexcept;
    bool is_suspended(std::string_view process, TimePoint now) const noexcept;
    bool is_rolling() const noexcept;
    int healthy_units() const noexcept; ///< healthy and not draining
    int active_units() const noexcept;  ///< there or on their way, and not draining
    int present_units() const noexcept; ///< what exists, draining included
};

/// `i-0...`, drawn from its group and ordinal.
std::string instance_id_of(const Group& group, const Instance& instance);

/// The group as a GET shows it.
Document document_of(const Group& group);
/// The same as JSON text, and the items of the two instance lists.
const std::string& document_text(Group& group);
const std::string& status_items(Group& group);
const std::string& health_items(Group& group);
/// How many items those lists have.
int status_count(const Group& group) noexcept;
int health_count(const Group& group) noexcept;

} // namespace elastiroll::sim
