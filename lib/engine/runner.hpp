#pragma once

#include "engine/driver.hpp"

#include <elastiroll/engine/event.hpp>
#include <elastiroll/engine/execution.hpp>
#include <elastiroll/model/instances.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/plan.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elastiroll {

/// The coroutine that runs plans: what Execution holds and pumps.
///
/// Split by concern: runner.cpp runs plans and judges failures, runner_change.cpp makes changes,
/// runner_wait.cpp waits and reads, runner_confirm.cpp confirms.
class Runner {
public:
    Runner(Driver& driver, JournalState journal, std::vector<Milliseconds> times_to_healthy);

    /// Who wants a run, and how.
    struct Wish {
        ResumeMode mode = ResumeMode::go_on;
        bool accepts_drift = false;
        bool detaches = false;
        std::string actor{};
        std::string reason{};
    };
    /// Runs a fresh deployment.
    Task<Outcome> deploy(Wish wish);
    /// Goes on from the journal it was made with.
    Task<Outcome> resume(Wish wish);

    // For who pumps.
    std::vector<JournalRecord> take_records() { return std::exchange(records_, {}); }
    std::vector<Event> take_events() { return std::exchange(events_, {}); }
    void decide(DecisionEntry decision);
    void interrupt();
    const JournalState& journal() const noexcept { return journal_; }
    std::size_t memory_bytes() const noexcept;

private:
    /// How a step's failure is taken. docs/how-it-works.md has the table.
    enum class Verdict { warn, give_up, stop };

    /// What deciding about a group needs of its document, kept when the document is let go.
    struct GroupFacts {
        CapacityUnit unit = CapacityUnit::instance;
        std::map<std::string, int, std::less<>> weights{};
        Milliseconds draining{120'000}; ///< Spot's default for `strategy.drainingTimeout`
        std::vector<LoadBalancerEntry> load_balancers{};
    };

    /// The way a wait goes: what was seen, and when to look next.
    struct Look {
        CapacityReading units{};
        int wanted = 0;
        bool is_complete = false; ///< both lists were read, so `units` is the whole truth
    };
    struct WaitState {
        TimePoint start{};
        TimePoint deadline{};
        TimePoint log_from{}; ///< when the group began to do what is waited for
        std::optional<Milliseconds> expected{};
        std::optional<TimePoint> steady_since{};
        std::optional<int> wanted{};               ///< the target, where it may move by itself
        std::optional<TimePoint> wanted_read_at{}; ///< when that was so
        TimePoint progress_at{};
        int best = 0;
        int looks = 0;
        bool has_read_log = false;
        std::string log_excerpt{};
        std::string not_served{}; ///< why what Spot finds healthy is not enough, at the last look
        std::optional<Error> last_error{};
    };

    // runner.cpp
    Task<Outcome> run_deployment();
    Task<Outcome> give_up(Error error);
    Task<Outcome> roll_back();
    Task<Outcome> run_rollback(DeploymentPlan plan);
    Task<Outcome> run_cleanup();
    Task<Result<void>> renew_holds();
    Task<Result<void>> accept_drift();
    void warn_of_check(const Error& error);
    Task<Result<void>> check_end();
    bool may_have_late_calls() const noexcept;
    Milliseconds lateness() const noexcept;
    Task<Result<void>> await_late_calls();
    bool is_released_in_the_end(const GroupId& group) const;
    Task<Result<std::vector<Step>>> late_holds(std::string section, TimePoint deadline);
    Task<Result<void>> check_rollback(DeploymentPlan& plan);
    Task<Outcome> end(Outcome outcome);
    Task<Result<void>> run_step(Step step, const DeploymentPlan& plan);
    Task<Result<void>> run_action(const Step& step, const DeploymentPlan& plan, TimePoint deadline);
    Verdict judge(const Error& error, bool is_cleanup) const noexcept;
    bool is_for_a_person(const Error& error) const noexcept;
    Outcome stopped(Error error) const;
    Outcome done() const;
    Outcome detached() const;
    Outcome nothing_to_do() const;
    void warn(const Step& step, const Error& error);
    TimePoint deadline_of(const Step& step);
    std::optional<Error> reason_to_stop() const;
    void end_step(const Step& step, StepEnd how, std::optional<Error> error);

    // runner_change.cpp
    Task<Result<void>> create(const Step& step, TimePoint deadline);
    Task<Result<std::optional<GroupId>>> adopt(TimePoint posted_at, TimePoint deadline);
    Task<Result<void>> scale(const Step& step, ScaleGroupStep action, const DeploymentPlan& plan,
                             TimePoint deadline);
    Task<Result<void>> suspend(const Step& step, SuspendProcessesStep action, TimePoint deadline);
    Task<Result<void>> remove(const Step& step, DeleteGroupStep action, const DeploymentPlan& plan,
                              TimePoint deadline);
    /// A call that may take instances away.
    struct Shrink {
        GroupId group{};
        int to = 0;                ///< units
        bool lowers_target = true; ///< else it only takes what is beyond the target, if anything
    };
    Task<Result<void>> await_room(const Step& step, Shrink shrink, const DeploymentPlan& plan,
                                  TimePoint deadline);
    Task<Result<void>> await_floor(const Step& step, Shrink shrink, const DeploymentPlan& plan,
                                   TimePoint deadline);
    /// Announces the call, sends it and records its end. Empty: answered. `is_settled` is false
    /// where the effect has to be observed.
    struct Sent {
        bool is_answered = false;
        std::optional<Error> error{};
        bool is_unknown = false;
    };
    Task<Result<Sent>> send(const Step& step, Call call, TimePoint deadline);
    Task<Result<void>> pause(int attempt, TimePoint deadline, const Error& why);
    Task<Result<Elastigroup>> read_group(GroupRef group, TimePoint deadline);

    // runner_traffic.cpp
    Task<Result<void>> set_forwards(const Step& step, SetForwardsStep action,
                                    const DeploymentPlan& plan, TimePoint deadline);
    Task<Result<void>> rename(const Step& step, RenameGroupStep action, const DeploymentPlan& plan,
                              TimePoint deadline);
    Task<Result<void>> know_facts(GroupId group, TimePoint deadline);
    Task<Result<Document>> read_actions(const SetForwardsStep& action, TimePoint deadline);
    void note_actions(const std::string& route, const Document& actions);
    bool may_be_of_ours(const SetForwardsStep& action, const Document& actions) const;
    std::optional<TimePoint> settled_at(const SetForwardsStep& action) const;
    Task<Result<int>> floor_back(const DeploymentPlan& plan, TimePoint deadline);
    Task<Result<void>> await_late_swap(TimePoint deadline);
    Task<Result<void>> await_targets(const Step& step, SetForwardsStep action, Document now,
                                     const DeploymentPlan& plan, TimePoint deadline);
    Task<Result<std::map<std::string, int>>> read_weights(const DeploymentPlan& plan,
                                                          TimePoint deadline);
    Task<Result<bool>> match_previous(const Step& step);
    Task<Result<void>> check_serving(GroupId group, const DeploymentPlan& plan, TimePoint deadline);

    // runner_wait.cpp
    Task<Result<void>> await_steady(const Step& step, AwaitSteadyStep action, TimePoint deadline);
    Task<Result<void>> await_small(const Step& step, AwaitSmallStep action, TimePoint deadline);
    Task<Result<void>> await_approval(const Step& step);
    Task<Result<void>> await_bake(const Step& step, BakeGateStep action);
    bool note_target(const AwaitSteadyStep& action, const GroupId& group, const CallReply& reply,
                     WaitState& wait);
    std::vector<LoadBalancerEntry> asked_load_balancers(const GroupId& group) const;
    Task<std::optional<Look>> look(const AwaitSteadyStep& action, GroupId group, WaitState& wait);
    Task<Result<GroupReading>> read_behind(GroupId group,
                                           std::vector<LoadBalancerEntry> load_balancers,
                                           TimePoint deadline, CallPriority priority);
    Task<Result<GroupReading>> read_instances(GroupId group, TimePoint deadline,
                                              CallPriority priority);
    Task<Result<void>> read_log(const Step& step, GroupId group, WaitState& wait);
    TimePoint next_look(const WaitState& wait, bool is_answered) const;
    Error too_late(std::string_view doing, const WaitState& wait, std::string_view seen) const;
    void tell_progress(const Step& step, int wanted, const WaitState& wait);

    // runner_confirm.cpp
    Task<Result<void>> confirm_line(const Step& step, TimePoint deadline);
    Task<Result<void>> confirm_unique(const Step& step, TimePoint deadline);
    Result<std::vector<GroupId>> copies_in(const std::vector<Elastigroup>& groups) const;

    // Small things.
    void record(JournalEntry entry);
    void tell(EventBody body) { events_.push_back({driver_.now(), std::move(body)}); }
    Task<Result<void>> keep_records();
    GroupId id_of(const GroupRef& group) const;
    std::string present_name(const GroupRef& group, const DeploymentPlan& plan) const;
    std::string name_of(const GroupId& group) const;
    bool is_held(const GroupId& group) const;
    GroupFacts facts_of(const GroupId& group) const;
    static GroupFacts facts_in(CapacityUnit unit, const Document& group);
    CapacityReading units_of(const GroupId& group, const GroupReading& reading) const;
    void learn_facts(const Snapshot& snapshot);
    void let_documents_go();
    CallPriority change_priority() const noexcept;

    Driver& driver_;
    JournalState journal_;
    std::vector<Milliseconds> times_to_healthy_;
    std::vector<JournalRecord> records_;
    std::vector<Event> events_;
    std::vector<std::string> warnings_;
    std::map<GroupId, GroupFacts> facts_;
    std::map<GroupId, CapacityReading> shown_; ///< newest per group, for displays only
    std::map<GroupId, GroupReading> readings_; ///< newest per group
    std::map<GroupId, Capacity> capacities_;   ///< newest known, for progress
    std::map<GroupId, TimePoint> raised_at_;   ///< when we last scaled a group up
    std::map<GroupId, TimePoint> steady_at_;   ///< the last look of a wait, if not scaled since
    std::optional<TimePoint> changed_at_;      ///< when we last changed any capacity
    std::string step_summary_;
    std::vector<Milliseconds> step_times_;
    std::optional<TimePoint> leaves_gate_; ///< detaching: when the gate that is left is due
    bool accepts_drift_ = false;
    bool detaches_ = false;
    bool is_resumed_ = false;
    bool is_interrupted_ = false;
    bool is_rolling_back_ = false;
    bool is_cleaning_up_ = false;
};

} // namespace elastiroll
