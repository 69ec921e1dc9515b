#pragma once

#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <deque>
#include <utility>
#include <vector>

namespace elastiroll {

// Ports of a host that has an event loop and an HTTP stack of its own. It calls Fleet::pump(0)
// until next_wake() lies ahead, carries out what the transport was given, tells the answers, and
// pumps again at next_wake() at the latest.

/// A transport whose requests somebody else carries. Never waits.
class HostTransport final : public HttpTransport {
public:
    struct Outgoing {
        HttpRequestId id{};
        HttpRequest request{};
    };

    void start(HttpRequestId id, HttpRequest request) override {
        outgoing_.push_back({id, std::move(request)});
    }
    std::vector<HttpCompletion> poll(Milliseconds /*wait*/) override {
        return std::exchange(completions_, {});
    }

    /// What is to be sent, each request once, oldest first.
    std::deque<Outgoing>& outgoing() noexcept { return outgoing_; }
    /// How a request ended. To be told once for each.
    void complete(HttpCompletion completion) { completions_.push_back(std::move(completion)); }
    /// Whether poll() has something to give.
    bool has_completions() const noexcept { return !completions_.empty(); }

private:
    std::deque<Outgoing> outgoing_{};
    std::vector<HttpCompletion> completions_{};
};

/// A clock that somebody else sets. It never goes back.
class HostClock final : public Clock {
public:
    explicit HostClock(TimePoint now) : now_(now) {}
    TimePoint now() override { return now_; }
    void advance(TimePoint to) { now_ = to > now_ ? to : now_; }

private:
    TimePoint now_;
};

} // namespace elastiroll
