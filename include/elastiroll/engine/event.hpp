#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/error.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/load_balancing.hpp>
#include <elastiroll/plan/outcome.hpp>
#include <elastiroll/plan/plan.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace elastiroll {

// What a run tells its observer. Nothing depends on anybody listening.

/// A plan was made (again); its steps follow.
struct PlannedEvent {
    DeploymentPlan plan{};
};
struct StepStartedEvent {
    std::string step{};
    std::string what{}; ///< "scale shop__web__7 to 1/1/1"
    std::string reason{};
};
struct StepEndedEvent {
    std::string step{};
    bool is_warning = false; ///< a cleanup step failed; the release stands
    std::string summary{};   ///< "already so", "4 of 4 healthy after 1 min 32 s"; may be empty
    Milliseconds took{};
};
/// A mutating call has ended.
struct CallEvent {
    std::string step{};
    std::string call{};   ///< as call_name()
    std::string detail{}; ///< "scale sig-1 to 2/4/8"
    std::string result{}; ///< `answered`, `failed`, `unanswered`
    std::string request_id{};
    Milliseconds latency{};
};
/// One group as a progress display shows it.
struct GroupProgress {
    std::string name{};
    GroupId id{};
    Capacity capacity{};
    int healthy = 0; ///< units, not draining
    int present = 0; ///< units, draining included
};
/// A look at the groups. Sent after every observation of a wait.
struct ProgressEvent {
    std::string step{};
    int phase = 0; ///< 1..phases; 0 in setup, rollback and cleanup
    int phases = 0;
    int wanted = 0; ///< healthy units that the wait is for
    std::optional<GroupProgress> new_group{};
    std::optional<GroupProgress> previous{};
    Milliseconds elapsed{};                 ///< of the wait
    std::optional<Milliseconds> expected{}; ///< how long such a wait took so far
    Milliseconds left{};                    ///< until the deadline
};
/// Where the requests of a route go by now: after every step that may have changed it.
struct TrafficEvent {
    std::string step{};
    std::string route{}; ///< for people: `shop:443`
    std::string arn{};   ///< of the listener or the rule
    std::vector<ForwardTarget> targets{};
};
/// A gate waits.
struct GateEvent {
    std::string step{};
    bool needs_approval = false; ///< else it only bakes
    TimePoint until{};           ///< end of the bake, or when the approval times out
};
/// Something a person should know: a cleanup that is due, a bad answer, errors in a group's log.
struct NoticeEvent {
    std::string step{}; ///< may be empty
    std::string message{};
};
/// The deployment has failed; what follows puts things back.
struct RollbackEvent {
    Error error{};
};
struct EndedEvent {
    Outcome outcome{};
};

using EventBody =
    std::variant<PlannedEvent, StepStartedEvent, StepEndedEvent, CallEvent, ProgressEvent,
                 TrafficEvent, GateEvent, NoticeEvent, RollbackEvent, EndedEvent>;

struct Event {
    TimePoint at{};
    EventBody body{};
};

/// `planned`, `step_started`, ...
std::string_view event_name(const EventBody& body) noexcept;

/// The id of the step that the event is about; empty where it is about none.
std::string step_of(const EventBody& body);

/// The event for people, in one line: "phase-1.scale-new: scale shop__web__7 to 1/1/1".
std::string describe(const Event& event);

/// The event as a document: `schema: 1`, `event`, `at`, then the body's fields. Printed one per
/// line it is the command's NDJSON. Carries no secrets: a plan's group document is left out.
Document encode(const Event& event);

} // namespace elastiroll
