#pragma once

#include "engine/task.hpp"

#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/call_client.hpp>

#include <coroutine>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace elastiroll {

/// What a coroutine of the engine waits for: all of its calls, its records, or a time.
struct Wait {
    bool on_calls = false;            ///< until no call is in flight
    std::uint64_t persisted = 0;      ///< until records up to this one are kept
    std::optional<TimePoint> until{}; ///< or until this time
    bool ends_on_request = false;     ///< or until somebody decides or interrupts
};

/// The one place where the engine's coroutines suspend: it holds what goes out (calls) and what
/// came in (replies, time, decisions), and resumes the coroutine when what it waits for is there.
class Driver {
public:
    explicit Driver(TimePoint now) : now_(now) {}

    TimePoint now() const noexcept { return now_; }

    // For coroutines.

    /// Sends calls and waits for all of their replies, in the order of the calls.
    Task<std::vector<CallReply>> call_all(std::vector<Call> calls, TimePoint deadline,
                                          CallPriority priority);
    Task<CallReply> call(Call call, TimePoint deadline, CallPriority priority);
    /// Waits until records up to `sequence` are kept. Fails with what on_persist_failed() said.
    Task<Result<void>> persisted(std::uint64_t sequence);
    /// Waits until `time`; returns earlier where somebody decides or interrupts.
    Task<bool> sleep_until(TimePoint time);

    const std::optional<Error>& store_error() const noexcept { return store_error_; }
    /// Why nothing more is to be started; empty where nothing speaks against it.
    std::optional<Error> reason_to_stop() const {
        return stop_check_ ? stop_check_() : store_error_;
    }
    const std::optional<RateBudget>& budget() const noexcept { return budget_; }
    /// Calls are made again because of `error`: who waits may want to know.
    void note_trouble(Error error) { trouble_ = std::move(error); }

    /// Who runs knows of more reasons than the store's.
    void set_stop_check(std::function<std::optional<Error>()> check) {
        stop_check_ = std::move(check);
    }

    // For who pumps.

    void set_now(TimePoint now) noexcept { now_ = now > now_ ? now : now_; }
    void on_reply(CallReply reply);
    void on_persisted(std::uint64_t sequence) noexcept;
    void on_persist_failed(Error error);
    /// Ends a sleep: there is something to decide upon.
    void on_request() noexcept { is_requested_ = true; }
    /// Resumes what can go on, until nothing can.
    void pump();
    /// The newest trouble, once.
    std::optional<Error> take_trouble() { return std::exchange(trouble_, {}); }
    std::vector<CallRequest> take_calls() { return std::exchange(outgoing_, {}); }
    std::optional<TimePoint> wake_at() const noexcept;

private:
    struct Suspend;
    bool is_over(const Wait& wait) const noexcept;

    TimePoint now_;
    std::vector<CallRequest> outgoing_;
    std::vector<CallId> in_flight_;
    std::vector<CallReply> replies_;
    std::uint64_t next_call_ = 1;
    std::uint64_t persisted_ = 0;
    std::function<std::optional<Error>()> stop_check_{};
    std::optional<Error> store_error_;
    std::optional<RateBudget> budget_;
    std::optional<Error> trouble_;
    bool is_requested_ = false;
    Wait wait_;
    std::coroutine_handle<> suspended_;
};

} // namespace elastiroll
