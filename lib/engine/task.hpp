#pragma once

#include <cassert>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace elastiroll {

/// A coroutine that gives a T to the one that awaits it.
///
/// The engine is written as coroutines because a deployment is a sequence of reads, decisions and
/// waits, and reads best as one. They only ever suspend in the Driver; no thread and no scheduler
/// is involved. Lazy: runs when awaited or started. Destroying it destroys what it has not
/// finished.
template <class T> class Task {
public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    struct promise_type {
        std::optional<T> value{};
        std::coroutine_handle<> continuation{};

        Task get_return_object() { return Task(Handle::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct Resume {
                bool await_ready() noexcept { return false; }
                std::coroutine_handle<> await_suspend(Handle done) noexcept {
                    const auto next = done.promise().continuation;
                    return next ? next : std::noop_coroutine();
                }
                void await_resume() noexcept {}
            };
            return Resume{};
        }
        template <class U> void return_value(U&& result) { value.emplace(std::forward<U>(result)); }
        // Only std::bad_alloc comes here. It passes through to whoever pumps.
        void unhandled_exception() { throw; }
    };

    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (handle_)
            handle_.destroy();
    }

    /// Runs until the first suspension; for the outermost task only.
    void start() { handle_.resume(); }
    bool is_done() const noexcept { return handle_ && handle_.done(); }
    T& result() noexcept {
        assert(is_done());
        return *handle_.promise().value;
    }

    auto operator co_await() && noexcept {
        struct Await {
            Handle handle;
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
                handle.promise().continuation = caller;
                return handle;
            }
            T await_resume() { return std::move(*handle.promise().value); }
        };
        return Await{handle_};
    }

private:
    explicit Task(Handle handle) : handle_(handle) {}
    Handle handle_{};
};

} // namespace elastiroll
