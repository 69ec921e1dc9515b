#pragma once

#include "generator.hpp"

#include "../support/store_books.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/outcome.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace elastiroll::laws {

/// All that outlives a process. A copy taken at any moment of its life is the world as it is if the
/// process dies then: what it has sent arrives, what it was about to do never happens.
struct World {
    sim::Cloud cloud;
    test::StoreBooks store{};
};

World make_world(const Case& made);

/// Where a process can die such that the world can tell.
enum class Boundary : std::uint8_t {
    before_batch,  ///< the store has not seen the batch
    after_batch,   ///< the store has it, the process does not know
    call_started,  ///< the request has left
    reply_arrived, ///< the answer is here, nothing was done about it
};
std::string_view to_string(Boundary boundary) noexcept;

/// Called at every boundary. `is_change`: records or a mutating call are what it is about.
using Tap = std::function<void(Boundary boundary, bool is_change)>;

enum class Start : std::uint8_t { deploy, go_on, roll_back };
std::string_view to_string(Start start) noexcept;

/// A process that deploys, from its start to its end. Empty where it does not end.
std::optional<Outcome> live(World& world, const Case& made, Start start, const Tap& tap = {});

/// The deployment's journal; empty before its first record.
Result<std::vector<JournalRecord>> read_journal(const World& world, const Case& made);

} // namespace elastiroll::laws
