#pragma once

#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace elastiroll {

/// Carries calls of many owners through their clients, one for each account, and one transport.
/// A client is only asked when something has been done with it or it wants to be woken, so that a
/// turn costs the same however many there are.
class CallPump {
public:
    /// Borrows both; so are the clients that submit() is given.
    CallPump(HttpTransport& transport, Clock& clock) : transport_(&transport), clock_(&clock) {}

    /// `request.id` is the owner's own; answers carry it again. An owner that has ended gets the
    /// answers that are still to come.
    void submit(std::size_t owner, CallClient& client, CallRequest request, TimePoint now);

    struct Answer {
        std::size_t owner = 0;
        CallReply reply{};
    };
    /// Starts what can be started, then waits for answers at most until `until`.
    std::vector<Answer> poll(TimePoint until);
    /// When poll() has something to do that no answer brings; the past: at once. Empty: never.
    std::optional<TimePoint> next_wake() const;

private:
    struct Place {
        std::size_t owner = 0;
        CallId id{};
    };
    struct Account {
        CallClient* client = nullptr;
        std::optional<TimePoint> wake{};
    };
    struct Sent {
        std::size_t account = 0;
        HttpRequestId id{}; ///< the client's own
    };

    std::size_t account_of(CallClient& client);
    void start_requests(TimePoint now);
    void take_replies(std::size_t account, std::vector<CallReply>& replies);
    void set_wake(std::size_t account, std::optional<TimePoint> at);

    HttpTransport* transport_;
    Clock* clock_;
    std::uint64_t next_ = 1;
    std::uint64_t next_request_ = 1;
    std::vector<Account> accounts_;
    std::set<std::size_t> touched_; ///< accounts that may have something to send or to answer
    std::set<std::pair<TimePoint, std::size_t>> wakes_;
    // Looked up by id or address only; no order of them reaches any output.
    std::unordered_map<const CallClient*, std::size_t> places_of_clients_;
    std::unordered_map<std::uint64_t, Place> places_;
    std::unordered_map<HttpRequestId, Sent> sent_;
};

} // namespace elastiroll
