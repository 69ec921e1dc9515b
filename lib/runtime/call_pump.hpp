#pragma once

#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace elastiroll {

/// Carries calls of many owners through one client and one transport.
class CallPump {
public:
    explicit CallPump(const RuntimePorts& ports) : ports_(ports) {}

    /// `request.id` is the owner's own; answers carry it again.
    void submit(std::size_t owner, CallRequest request, TimePoint now);

    struct Answer {
        std::size_t owner = 0;
        CallReply reply{};
    };
    /// Starts what can be started, then waits for answers at most until `until`.
    std::vector<Answer> poll(TimePoint until);

    /// The calls of an owner that has ended are no longer answered to anybody.
    void forget(std::size_t owner);

private:
    struct Place {
        std::size_t owner = 0;
        CallId id{};
    };

    RuntimePorts ports_;
    std::uint64_t next_ = 1;
    // Looked up by id only; no order of it reaches any output.
    std::unordered_map<std::uint64_t, Place> places_;
};

} // namespace elastiroll
