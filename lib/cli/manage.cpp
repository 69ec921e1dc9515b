#include "cli/manage.hpp"

#include "cli/deployment.hpp"
#include "cli/status.hpp"
#include "cli/style.hpp"
#include "cli/world.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/runtime/journals.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll::cli {
namespace {

constexpr Milliseconds watch_interval{1'000};
/// A running deployment reads its inbox with each renewal of its lease.
constexpr const char* inbox_interval = "10 s";

/// A deployment with its open store, and who holds its line.
struct Opened {
    State::Known known{};
    std::unique_ptr<Store> store{};
    LeaseView lease{};
};

Result<Opened> open(const State& state, State::Known known, const Io& io) {
    auto store = state.open_store(known);
    if (!store)
        return Unexpected(std::move(store).error());
    // A simulated deployment's time is its cloud's: its newest record tells it.
    const TimePoint now = known.is_simulated() ? known.summary.updated_at : io.make_clock()->now();
    auto lease = read_lease(**store, known.summary.line, now);
    if (!lease)
        return Unexpected(std::move(lease).error());
    return Opened{std::move(known), *std::move(store), *std::move(lease)};
}

Result<Opened> find(const State& state, const std::string& text, const Io& io) {
    auto known = state.find_deployment(text);
    if (!known)
        return Unexpected(std::move(known).error());
    return open(state, *std::move(known), io);
}

void print(const std::vector<std::string>& lines, Io& io) {
    for (const std::string& line : lines)
        *io.out << line << '\n';
    io.out->flush();
}

// Looking.

Result<int> show_all(const ManageOptions& options, const State& state, Io& io) {
    auto all = state.list();
    if (!all)
        return Unexpected(std::move(all).error());
    std::vector<State::Known> shown;
    std::vector<LeaseView> leases;
    for (State::Known& one : *all) {
        const bool is_asked = options.line.empty() || one.summary.line == options.line;
        if (!is_asked || std::ssize(shown) >= options.limit)
            continue;
        auto opened = open(state, one, io);
        if (!opened)
            return Unexpected(std::move(opened).error());
        if (options.output == Output::json)
            *io.out << to_text(status_document(opened->known, opened->lease)) << '\n';
        shown.push_back(std::move(one));
        leases.push_back(std::move(opened->lease));
    }
    if (options.output == Output::json)
        io.out->flush();
    else if (shown.empty())
        print({"No deployment is known here."}, io);
    else
        print(history_table(shown, leases, style_for(io, io.out_is_terminal)), io);
    return 0;
}

Result<int> export_journal(const Opened& opened, Io& io) {
    auto records = read_journal(*opened.store, opened.known.summary.deployment);
    if (!records)
        return Unexpected(std::move(records).error());
    for (const JournalRecord& record : *records)
        *io.out << to_text(encode_for_export(record)) << '\n';
    io.out->flush();
    return 0;
}

Result<int> tell_story(const Opened& opened, const ManageOptions& options, Io& io) {
    if (options.output == Output::json)
        return export_journal(opened, io);
    auto records = read_journal(*opened.store, opened.known.summary.deployment);
    if (!records)
        return Unexpected(std::move(records).error());
    print(story_lines(*records, style_for(io, io.out_is_terminal)), io);
    return 0;
}

Result<int> show_one(const ManageOptions& options, const State& state, Io& io) {
    const Style style = style_for(io, io.out_is_terminal);
    for (std::vector<std::string> shown;;) {
        auto opened = find(state, options.deployment, io);
        if (!opened)
            return Unexpected(std::move(opened).error());
        if (options.events)
            return tell_story(*opened, options, io);
        std::vector<std::string> lines =
            options.output == Output::json
                ? std::vector{to_text(status_document(opened->known, opened->lease))}
                : status_lines(opened->known, opened->lease, style);
        if (lines != shown) {
            if (!shown.empty() && options.output != Output::json)
                *io.out << '\n';
            print(lines, io);
            shown = std::move(lines);
        }
        const bool is_running = opened->lease.is_held && opened->known.summary.is_unfinished();
        if (!options.watch || !is_running || io.interrupts() > 0)
            return 0;
        io.sleep(watch_interval);
    }
}

// Acting.

Result<int> take_up(Opened opened, ResumeMode mode, const ManageOptions& options, Io& io) {
    const DeploymentId id = opened.known.summary.deployment;
    const bool is_simulated = opened.known.is_simulated();
    if (!is_simulated && options.speed)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("--speed is the simulated cloud's, and {} is no simulated "
                                "deployment",
                                id.text()));
    auto records = read_journal(*opened.store, id);
    if (!records)
        return Unexpected(std::move(records).error());
    const auto* begun =
        records->empty() ? nullptr : std::get_if<BegunEntry>(&records->front().entry);
    if (begun == nullptr)
        return fail(ErrorCategory::protocol,
                    fmt::format("the journal of {} does not begin with its spec", id.text()));
    // The simulated cloud has one process at a time: a second one would write into its record.
    if (is_simulated && opened.lease.is_held && !options.take_over)
        return fail(ErrorCategory::lock_held,
                    fmt::format("{} is run by {} since {}; watch it with 'elastiroll status {} "
                                "--watch', or, if that run is dead, add --take-over",
                                id.text(), opened.lease.holder, format_time(opened.lease.since),
                                id.text()));
    auto world = is_simulated ? open_simulated_world(State::cloud_in(opened.known.folder),
                                                     place_of(begun->spec))
                              : make_real_world(io, begun->spec);
    if (!world)
        return Unexpected(std::move(world).error());
    (*world)->set_store(std::move(opened.store));
    return run_resumed({.deployment = id,
                        .mode = mode,
                        .accepts_drift = options.accept_drift,
                        .takes_over = options.take_over,
                        .detaches = options.detach,
                        .actor = io.actor,
                        .reason = options.reason},
                       begun->spec, options, **world, io);
}

Result<int> decide(DecisionKind kind, const ManageOptions& options, const State& state, Io& io) {
    auto opened = find(state, options.deployment, io);
    if (!opened)
        return Unexpected(std::move(opened).error());
    const DeploymentSummary& summary = opened->known.summary;
    const std::string id = summary.deployment.text();
    if (!summary.is_unfinished())
        return fail(ErrorCategory::conflict,
                    fmt::format("deployment {} has ended ({}); there is nothing to {}", id,
                                to_string(*summary.outcome), to_string(kind)));
    const std::string gate = options.gate.empty() ? summary.open_gate : options.gate;
    if (kind == DecisionKind::approve && gate.empty())
        return fail(ErrorCategory::conflict,
                    fmt::format("deployment {} waits at no gate now; name the gate to approve it "
                                "beforehand: elastiroll approve {} GATE",
                                id, id));
    const DecisionEntry decision{.kind = kind,
                                 .gate = kind == DecisionKind::approve ? gate : std::string(),
                                 .actor = io.actor,
                                 .reason = options.reason};
    auto posted = post_decision(*opened->store, summary.deployment, decision);
    if (!posted)
        return Unexpected(std::move(posted).error());
    if (opened->lease.is_held) {
        if (options.output != Output::json)
            print({fmt::format("Left for {}, who reads it within {}.", opened->lease.holder,
                               inbox_interval)},
                  io);
        return 0;
    }
    ManageOptions going_on = options;
    going_on.yes = true;
    return take_up(*std::move(opened), ResumeMode::go_on, going_on, io);
}

/// Whether there is something to do for a deployment that nobody runs.
Result<bool> is_due(const Opened& opened, bool has_later, const Io& io) {
    const DeploymentSummary& summary = opened.known.summary;
    if (opened.lease.is_held)
        return false;
    const bool has_come = summary.due_at && *summary.due_at <= io.make_clock()->now();
    if (!summary.is_unfinished())
        return (summary.cleanup_due > 0 || has_come) && !has_later;
    if (has_come)
        return true;
    auto decisions = count_decisions(*opened.store, summary.deployment);
    if (!decisions)
        return Unexpected(std::move(decisions).error());
    return *decisions > summary.inbox;
}

Result<int> resume_due(const ManageOptions& options, const State& state, Io& io) {
    auto all = state.list();
    if (!all)
        return Unexpected(std::move(all).error());
    int worst = 0;
    int count = 0;
    for (std::size_t i = 0; i < all->size(); ++i) {
        const State::Known& one = (*all)[i];
        const bool has_later = std::any_of(
            all->begin(), all->begin() + static_cast<std::ptrdiff_t>(i),
            [&](const State::Known& other) {
                return other.folder == one.folder && other.summary.line == one.summary.line;
            });
        auto opened = open(state, one, io);
        if (!opened)
            return Unexpected(std::move(opened).error());
        auto due = is_due(*opened, has_later, io);
        if (!due)
            return Unexpected(std::move(due).error());
        if (!*due)
            continue;
        ++count;
        if (options.output != Output::json)
            print({fmt::format("== {} ({})", one.summary.deployment.text(), one.summary.line)}, io);
        auto status = take_up(*std::move(opened), ResumeMode::go_on, options, io);
        if (!status)
            return status;
        worst = std::max(worst, *status);
    }
    if (count == 0 && options.output != Output::json)
        print({"Nothing is due."}, io);
    return worst;
}

} // namespace

Result<int> roll_back_unfinished(const std::string& line, const ManageOptions& options,
                                 const State& state, Io& io) {
    const auto find_unfinished = [&]() -> Result<std::optional<State::Known>> {
        auto all = state.list();
        if (!all)
            return Unexpected(std::move(all).error());
        for (State::Known& one : *all)
            if (!one.is_simulated() && one.summary.line == line && one.summary.is_unfinished())
                return std::optional(std::move(one));
        return std::optional<State::Known>();
    };
    auto unfinished = find_unfinished();
    if (!unfinished)
        return Unexpected(std::move(unfinished).error());
    if (!*unfinished)
        return 0;
    auto opened = open(state, **std::move(unfinished), io);
    if (!opened)
        return Unexpected(std::move(opened).error());
    auto status = take_up(*std::move(opened), ResumeMode::roll_back, options, io);
    if (!status)
        return status;
    // What could not be rolled back, or was not to be, still stands.
    unfinished = find_unfinished();
    if (!unfinished)
        return Unexpected(std::move(unfinished).error());
    return *unfinished ? status : Result<int>(0);
}

Result<int> run_manage(const ManageOptions& options, const State& state, Io& io) {
    switch (options.kind) {
    case ManageKind::status:
        return options.deployment.empty() ? show_all(options, state, io)
                                          : show_one(options, state, io);
    case ManageKind::history: {
        if (options.deployment.empty())
            return show_all(options, state, io);
        auto opened = find(state, options.deployment, io);
        if (!opened)
            return Unexpected(std::move(opened).error());
        return tell_story(*opened, options, io);
    }
    case ManageKind::resume:
    case ManageKind::rollback: {
        if (options.due)
            return resume_due(options, state, io);
        auto opened = find(state, options.deployment, io);
        if (!opened)
            return Unexpected(std::move(opened).error());
        return take_up(*std::move(opened),
                       options.kind == ManageKind::resume ? ResumeMode::go_on
                                                          : ResumeMode::roll_back,
                       options, io);
    }
    case ManageKind::approve: return decide(DecisionKind::approve, options, state, io);
    case ManageKind::abort: return decide(DecisionKind::abort, options, state, io);
    }
    return 0;
}

} // namespace elastiroll::cli
