#include "events.hpp"

#include <elastiroll/base/document.hpp>

#include <utility>
#include <variant>

namespace elastiroll::capi {
namespace {

struct Kind {
    int32_t event;
    int32_t level;
};

struct KindOf {
    Kind operator()(const PlannedEvent&) const { return {ELR_EVENT_PLANNED, ELR_LOG_INFO}; }
    Kind operator()(const StepStartedEvent&) const {
        return {ELR_EVENT_STEP_STARTED, ELR_LOG_INFO};
    }
    Kind operator()(const StepEndedEvent& event) const {
        return {ELR_EVENT_STEP_ENDED, event.is_warning ? ELR_LOG_WARNING : ELR_LOG_INFO};
    }
    Kind operator()(const CallEvent&) const { return {ELR_EVENT_CALL, ELR_LOG_DEBUG}; }
    Kind operator()(const ProgressEvent&) const { return {ELR_EVENT_PROGRESS, ELR_LOG_DEBUG}; }
    Kind operator()(const TrafficEvent&) const { return {ELR_EVENT_TRAFFIC, ELR_LOG_INFO}; }
    Kind operator()(const GateEvent&) const { return {ELR_EVENT_GATE, ELR_LOG_INFO}; }
    Kind operator()(const NoticeEvent&) const { return {ELR_EVENT_NOTICE, ELR_LOG_WARNING}; }
    Kind operator()(const RollbackEvent&) const { return {ELR_EVENT_ROLLBACK, ELR_LOG_ERROR}; }
    Kind operator()(const EndedEvent& event) const {
        const bool is_good = event.outcome.kind == OutcomeKind::done ||
                             event.outcome.kind == OutcomeKind::nothing_to_do ||
                             event.outcome.kind == OutcomeKind::detached;
        return {ELR_EVENT_ENDED, is_good ? ELR_LOG_INFO : ELR_LOG_ERROR};
    }
};

} // namespace

EventView::EventView(std::string deployment, const Event& event)
    : deployment_(std::move(deployment)), step_(step_of(event.body)), text_(describe(event)),
      json_(to_text(encode(event))) {
    const Kind kind = std::visit(KindOf(), event.body);
    level_ = kind.level;
    view_.struct_size = sizeof view_;
    view_.at_ms = event.at.time_since_epoch().count();
    view_.deployment = deployment_.c_str();
    view_.name = event_name(event.body).data();
    view_.step = step_.c_str();
    view_.text = text_.c_str();
    view_.json = json_.c_str();
    view_.json_size = json_.size();
    view_.kind = kind.event;
}

} // namespace elastiroll::capi
