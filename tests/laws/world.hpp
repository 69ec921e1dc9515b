#pragma once

#include "generator.hpp"

#include "../support/store_books.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/engine/event.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/outcome.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace elastiroll::laws {

/// All that outlives a process. A copy taken at any moment of its life is the world as it is if the
/// process dies then: what it has sent arrives, what it was about to do never happens.
struct World {
    sim::Cloud cloud;
    test::StoreBooks store{};
    TimePoint begun_at{};   ///< when the deployment was first asked for
    bool has_abort = false; ///< the person has aborted it
    int batches = 0;        ///< with records, that the store was given
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

/// What a process is started for.
enum class Start : std::uint8_t {
    deploy,
    go_on,
    roll_back,
    take_over, ///< goes on although another process may live
};
std::string_view to_string(Start start) noexcept;

/// A process that runs the case's deployment. Borrows its arguments.
class Process {
public:
    Process(World& world, const Case& made, Start start, Tap tap = {});
    ~Process();

    /// One turn of its loop, which waits at most `wait`. Whether it still runs.
    bool turn(Milliseconds wait);
    /// Turns until its end; false where there is none.
    bool run();
    /// Empty until its end.
    std::optional<Outcome> outcome() const;
    /// The last gate that it waited at.
    const std::optional<GateEvent>& gate() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What the case's person decides at a gate.
DecisionEntry decision_at(const Case& made, const GateEvent& gate);
/// A person's decision comes into the deployment's inbox.
void post(World& world, const Case& made, const DecisionEntry& decision);

/// What the deployment's journal says of plans and calls: the records `planned` and `call_started`.
/// The others are passed over, since reading them all would take most of the time of a trial.
Result<std::vector<JournalRecord>> read_announcements(const World& world, const Case& made);
/// How the last run ended by the journal; empty where it has not, or another one has begun.
std::optional<Outcome> journaled_end(const World& world, const Case& made);

} // namespace elastiroll::laws
