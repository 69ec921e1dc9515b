#pragma once

#include "adapters/sim/group.hpp"
#include "adapters/sim/scenario.hpp"
#include "adapters/sim/traffic.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::sim {

/// The groups of the account, their instances and everything that happens to them by itself, in
/// virtual time. A value. Knows nothing of requests: those act through its operations.
class World {
public:
    explicit World(std::shared_ptr<const Scenario> scenario);

    TimePoint now() const noexcept { return now_; }
    /// When the next event is due.
    std::optional<TimePoint> next_event() const;
    /// Moves time to the first event, which happens. There must be one.
    void run_next();
    /// Moves time on; no event may be due before `to`.
    void move_to(TimePoint to) noexcept { now_ = to; }

    void add(ScenarioPart part);

    /// The group that exists under `id`; null where there is none.
    Group* find(std::string_view id) noexcept;
    /// In order of creation, deleted ones too.
    const std::vector<Group>& groups() const noexcept { return groups_; }

    /// `document` must hold a valid capacity. The reference is good until the next create().
    Group& create(Document document);
    void update(Group& group, Document document);
    void set_capacity(Group& group, const CapacityBounds& bounds, std::string_view who);
    void suspend(Group& group, const std::string& process, std::optional<TimePoint> until);
    void resume(Group& group, std::string_view process);
    void remove(Group& group);

    /// Tells events that wait for a call of the group called `name` (or with `id`).
    void note_call(CallKind kind, std::string_view name, std::string_view id);

    Traffic& traffic() noexcept { return traffic_; }
    const Traffic& traffic() const noexcept { return traffic_; }

    /// The items of a group list, and how many they are.
    const std::string& list_items();
    int list_count() const noexcept { return list_count_; }

    /// The token that is accepted; empty while none is.
    const std::optional<std::string>& token() const noexcept { return token_; }
    void revoke_token() noexcept { token_.reset(); }

    const std::vector<HealthyChange>& healthy_changes() const noexcept { return healthy_changes_; }
    const std::vector<ActiveChange>& active_changes() const noexcept { return active_changes_; }

private:
    enum class DueKind : std::uint8_t {
        fulfilled,
        booted,
        gone,
        unlocked,
        shown_ends,
        heal,
        scheduled,
        roll_ends,
        scenario,
    };
    struct Due {
        TimePoint at{};
        std::uint64_t sequence = 0;
        DueKind kind = DueKind::fulfilled;
        std::uint32_t group = 0;  ///< index
        std::uint32_t serial = 0; ///< of what it was made for, where that may have been replaced
        std::int64_t subject = 0; ///< an ordinal or an index
    };
    struct Later {
        bool operator()(const Due& a, const Due& b) const noexcept {
            return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
        }
    };
    /// A scenario's event, shared by the copies of a cloud, and what this one has seen of it.
    struct Pending {
        std::shared_ptr<const WorldEvent> event{};
        std::int64_t calls_seen = 0;
        bool is_over = false; ///< it has happened or its time has been set
    };

    void push(Due due);
    std::uint32_t index_of(const Group& group) const noexcept;
    void happen(const Due& due);
    void on_fulfilled(Group& group, std::int64_t ordinal);
    void on_booted(Group& group, std::int64_t ordinal);
    void on_heal(Group& group, std::int64_t ordinal);
    void on_scheduled(Group& group, std::size_t task, std::uint32_t serial);

    void add_initial(const InitialGroup& initial);
    Group& add_group(Document document, std::string id, TimePoint created_at);
    void plan_tasks(Group& group);
    const LaunchRule* rule_for(const Group& group, std::int64_t ordinal) const noexcept;
    LaunchTimes times_for(const Group& group, const LaunchRule* rule) const noexcept;
    Instance& launch(Group& group);
    /// Launches or ends instances until the active ones meet the target.
    void balance(Group& group);
    void shrink(Group& group, int active);
    void end_instance(Group& group, std::int64_t ordinal, Instance::Stage stage,
                      Milliseconds duration);
    void watch_unhealthy(Group& group, const Instance& instance);

    // world_events.cpp
    void apply(const Action& action, std::optional<std::uint32_t> anchor_group);
    void apply_to(Group& group, const Interrupt& action);
    void apply_to(Group& group, const Surge& action);
    void apply_to(Group& group, const SetHealth& action);
    void apply_to(Group& group, const ApplyPolicy& action);
    void apply_to(Group& group, const SetCapacity& action);
    void apply_to(Group& group, const Rename& action);
    void apply_to(Group& group, const Suspend& action);
    void apply_to(Group& group, const Resume& action);
    void apply_to(Group& group, const Delete& action);
    void apply_to(Group& group, const StartRoll& action);
    void apply_to(Group& group, const Lock& action);
    void apply_to(Group& group, const WriteLog& action);
    void fire(std::size_t pending, const Anchor& anchor, std::uint32_t group);
    /// Tells the events that wait for something of this kind to happen to `group`.
    void note(Anchor::Kind kind, const Group& group, std::int64_t units);

    void note_health(Group& group);
    void changed_document(Group& group);
    static void changed_instances(Group& group);
    void write_log(Group& group, std::string_view severity, std::string message);

    // A shared_ptr because copies of a cloud share what they never change.
    std::shared_ptr<const Scenario> scenario_;
    Traffic traffic_;
    TimePoint now_;
    std::uint64_t last_sequence_ = 0;
    std::vector<Due> due_{}; ///< a heap, earliest first
    std::vector<Group> groups_{};
    std::map<std::string, std::uint32_t, std::less<>> by_id_{}; ///< deleted ones too
    std::vector<std::shared_ptr<const LaunchRule>> rules_{};
    std::vector<Pending> pending_{};
    std::vector<HealthyChange> healthy_changes_{};
    std::vector<ActiveChange> active_changes_{};
    std::optional<std::string> token_;
    Milliseconds list_lag_;
    std::optional<std::string> list_text_{};
    TimePoint list_text_until_{}; ///< from then on a lagging group joins the list
    int list_count_ = 0;
};

} // namespace elastiroll::sim
