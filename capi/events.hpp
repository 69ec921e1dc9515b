#pragma once

#include <elastiroll.h>
#include <elastiroll/engine/event.hpp>

#include <string>

namespace elastiroll::capi {

/// An event as C sees it, with the texts that it points to.
class EventView {
public:
    EventView(std::string deployment, const Event& event);
    EventView(const EventView&) = delete;
    EventView& operator=(const EventView&) = delete;
    ~EventView() = default;

    const elr_event& get() const noexcept { return view_; }
    /// ELR_LOG_*: how loudly a log says it.
    int32_t level() const noexcept { return level_; }

private:
    std::string deployment_;
    std::string step_;
    std::string text_;
    std::string json_;
    elr_event view_{};
    int32_t level_ = 0;
};

} // namespace elastiroll::capi
