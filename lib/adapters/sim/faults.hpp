#pragma once

#include "adapters/sim/call_kind.hpp"
#include "adapters/sim/scenario.hpp"

#include <elastiroll/base/time.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace elastiroll::sim {

/// The faults of a scenario and how often each has matched.
class FaultBook {
public:
    void add(std::vector<Fault> faults);
    bool empty() const noexcept { return entries_.empty(); }

    struct Hit {
        std::shared_ptr<const Fault> fault{}; ///< the first that hits, delays aside; may be null
        Milliseconds delay{};                 ///< of all delays that hit
    };
    /// Counts a request. Every fault that matches counts it, whether or not another hits first.
    Hit match(CallKind call, std::string_view name, std::string_view id, TimePoint now);

private:
    struct Entry {
        // A shared_ptr because copies of a cloud share what they never change.
        std::shared_ptr<const Fault> fault{};
        std::int64_t seen = 0;
    };
    std::vector<Entry> entries_{};
};

/// As a scenario spells it: `lose`, `refuse`, ...
std::string_view effect_name(const FaultEffect& effect) noexcept;

} // namespace elastiroll::sim
