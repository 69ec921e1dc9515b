#include "engine/driver.hpp"

#include <algorithm>

namespace elastiroll {

struct Driver::Suspend {
    Driver& driver;
    Wait wait;

    bool await_ready() const noexcept { return driver.is_over(wait); }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
        driver.wait_ = wait;
        driver.suspended_ = handle;
    }
    void await_resume() noexcept { driver.is_requested_ = false; }
};

bool Driver::is_over(const Wait& wait) const noexcept {
    if (wait.on_calls)
        return in_flight_.empty();
    if (wait.persisted > 0)
        return persisted_ >= wait.persisted || store_error_.has_value();
    return (wait.until && now_ >= *wait.until) ||
           (wait.ends_on_request && (is_requested_ || store_error_));
}

Task<std::vector<CallReply>> Driver::call_all(std::vector<Call> calls, TimePoint deadline,
                                              CallPriority priority) {
    const std::uint64_t first = next_call_;
    for (Call& one : calls) {
        const CallId id{next_call_++};
        in_flight_.push_back(id);
        outgoing_.push_back({id, std::move(one), deadline, priority});
    }
    Wait wait;
    wait.on_calls = true;
    co_await Suspend{*this, wait};
    std::vector<CallReply> replies = std::exchange(replies_, {});
    std::ranges::sort(replies, {}, [](const CallReply& reply) { return reply.id; });
    // Replies of calls that nobody waits for any more cannot be here: one batch is in flight at a
    // time.
    std::erase_if(replies, [&](const CallReply& reply) { return reply.id < CallId{first}; });
    co_return replies;
}

Task<CallReply> Driver::call(Call call, TimePoint deadline, CallPriority priority) {
    std::vector<Call> calls;
    calls.push_back(std::move(call));
    std::vector<CallReply> replies = co_await call_all(std::move(calls), deadline, priority);
    co_return std::move(replies.front());
}

Task<Result<void>> Driver::persisted(std::uint64_t sequence) {
    Wait wait;
    wait.persisted = sequence;
    co_await Suspend{*this, wait};
    if (store_error_)
        co_return Unexpected(*store_error_);
    co_return Result<void>();
}

Task<bool> Driver::sleep_until(TimePoint time) {
    Wait wait;
    wait.until = time;
    wait.ends_on_request = true;
    co_await Suspend{*this, wait};
    co_return now_ >= time;
}

void Driver::on_reply(CallReply reply) {
    if (std::erase(in_flight_, reply.id) == 0)
        return;
    if (reply.budget)
        budget_ = reply.budget;
    replies_.push_back(std::move(reply));
}

void Driver::on_persisted(std::uint64_t sequence) noexcept {
    persisted_ = std::max(persisted_, sequence);
}

void Driver::on_persist_failed(Error error) {
    if (!store_error_)
        store_error_ = std::move(error);
}

void Driver::pump() {
    while (suspended_ && is_over(wait_))
        std::exchange(suspended_, {}).resume();
}

std::optional<TimePoint> Driver::wake_at() const noexcept {
    if (!suspended_ || wait_.on_calls || wait_.persisted > 0)
        return std::nullopt;
    return wait_.until;
}

} // namespace elastiroll
