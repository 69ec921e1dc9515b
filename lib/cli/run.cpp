#include "cli/run.hpp"

#include "cli/arguments.hpp"
#include "cli/deployment.hpp"
#include "cli/doctor.hpp"
#include "cli/inputs.hpp"
#include "cli/manage.hpp"
#include "cli/presenter.hpp"
#include "cli/report.hpp"
#include "cli/serve.hpp"
#include "cli/state.hpp"
#include "cli/style.hpp"
#include "cli/world.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/runtime/runtime.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <variant>

namespace elastiroll::cli {

namespace {

constexpr int status_done = 0;
constexpr int status_refused = 2;
constexpr int status_lock_held = 4;
constexpr int status_stopped = 3;

/// Shows why nothing was begun. The exit status.
int refuse(const Error& error, bool is_json, Io& io) {
    const int status =
        error.category == ErrorCategory::lock_held ? status_lock_held : status_refused;
    if (is_json) {
        Document line = Document::object({{"schema", 1}, {"event", "refused"}});
        line.set("error", encode(error));
        line.set("exit_status", status);
        *io.out << to_text(line) << '\n' << std::flush;
        return status;
    }
    const Style style = style_for(io, io.err_is_terminal);
    *io.err << paint("elastiroll:", Tone::bad, style) << ' ';
    for (const std::string& line : error_lines(error, style))
        *io.err << line << '\n';
    io.err->flush();
    return status;
}

// What was to be printed is all there is: where it cannot be, the command has failed.
int printed(Io& io) {
    io.out->flush();
    if (*io.out)
        return status_done;
    *io.err << "elastiroll: cannot write to standard output\n" << std::flush;
    return status_refused;
}

/// So many simulated deployments are kept; older ones that have ended go.
constexpr std::size_t simulated_max = 50;

Result<Document> read_scenario(const RunOptions& options) {
    return options.scenario->empty() ? parse_document(sim::default_scenario())
                                     : read_document(*options.scenario);
}

/// A new simulated cloud for `spec`, recorded in `folder` unless that is empty.
Result<std::unique_ptr<World>> make_world(const RunOptions& options, const DeploymentSpec& spec,
                                          const std::string& folder) {
    auto scenario = read_scenario(options);
    if (!scenario)
        return Unexpected(std::move(scenario).error());
    auto world = make_simulated_world(
        {.scenario = *std::move(scenario), .place = place_of(spec), .seed = options.seed},
        folder.empty() ? folder : State::cloud_in(folder));
    if (!world && !options.scenario->empty())
        return Unexpected(with_context(std::move(world).error(), *options.scenario));
    return world;
}

/// Where a simulated deployment is kept.
struct Place {
    DeploymentId id{};
    std::string folder{}; ///< empty: in memory
};

/// The same seed gives the same id, and so the same run, byte for byte; where that is taken,
/// another one.
Result<Place> make_place(const RunOptions& options, const Io& io, TimePoint begin) {
    const auto id_of = [&](int attempt) {
        std::string entropy = fmt::format("simulated {}", options.seed.value_or(1));
        if (attempt > 0)
            entropy += fmt::format(" {}", attempt);
        return make_deployment_id(begin, entropy);
    };
    auto state = State::find(options.state, io);
    // Without a home there is no place to keep anything, unless one is named.
    if (!state && options.state.empty())
        return Place{id_of(0), {}};
    if (!state)
        return Unexpected(std::move(state).error());
    if (state->is_memory())
        return Place{id_of(0), {}};
    state->forget_simulated(simulated_max);
    constexpr int attempts_max = 10'000;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        const DeploymentId id = id_of(attempt);
        auto is_new = state->make_simulated_folder(id);
        if (!is_new)
            return Unexpected(std::move(is_new).error());
        if (*is_new)
            return Place{id, state->simulated_folder(id)};
    }
    return fail(ErrorCategory::conflict,
                "there are too many simulated deployments of this seed; use another --seed");
}

/// The plan in a file that only its owner can read: user data is in it.
Result<void> write_plan(const SavedPlan& saved, const std::string& path) {
    return write_private_file(path, to_text(encode(saved)) + '\n');
}

/// What a plan has to say before there is one goes where errors go: its output is the plan.
class PlanObserver final : public Observer {
public:
    explicit PlanObserver(Io& io) : io_(&io) {}
    void on_event(const DeploymentId&, const Event& event) override {
        if (const auto* notice = std::get_if<NoticeEvent>(&event.body)) {
            *io_->err << "elastiroll: " << printable(notice->message, style_for(*io_, false))
                      << '\n';
            io_->err->flush();
        }
    }

private:
    Io* io_;
};

Result<int> run_plan(const DeploymentSpec& spec, const RunOptions& options, World& world, Io& io) {
    PlanObserver observer(io);
    const auto planned = plan(spec, world.ports(&observer));
    if (!planned)
        return Unexpected(planned.error());
    if (!options.plan_out.empty())
        if (auto written = write_plan(*planned, options.plan_out); !written)
            return Unexpected(std::move(written).error());
    if (options.output == Output::json) {
        // The group document carries user data: its digest stands for it.
        Document document = encode(planned->plan);
        document.erase("group_document");
        if (!planned->plan.group_document.is_null())
            document.set("group_document_sha256",
                         sha256_hex(canonical_text(planned->plan.group_document)));
        *io.out << to_text(document) << '\n';
    } else {
        const Style style = style_for(io, io.out_is_terminal);
        *io.out << printable_lines(to_text(planned->plan, plan_width(io)), style);
    }
    return printed(io);
}

Result<int> run_simulated(DeploymentSpec spec, std::optional<SavedPlan> saved,
                          const RunOptions& options, Io& io) {
    // Made once without a record: a scenario with mistakes leaves nothing behind.
    auto draft = make_world(options, spec, {});
    if (!draft)
        return Unexpected(std::move(draft).error());
    auto place = make_place(options, io, (*draft)->now());
    if (!place)
        return Unexpected(std::move(place).error());
    const bool is_kept = !place->folder.empty();
    auto world = is_kept ? make_world(options, spec, place->folder) : std::move(draft);
    if (!world)
        return Unexpected(std::move(world).error());
    if (is_kept) {
        auto store = State::open_journal_in(place->folder);
        if (!store)
            return Unexpected(std::move(store).error());
        (*world)->set_store(*std::move(store));
    }
    return run_deployment({place->id, std::move(spec), std::move(saved), is_kept, {}}, options,
                          **world, io);
}

// Who deploys from a runner that is thrown away, or from another one next time, must know.
std::string journal_notice(const State& state, const Io& io) {
    const auto runner = io.environment("CI");
    if (state.is_memory() || !runner || runner->empty())
        return {};
    return "the journal lives on this machine only and is not shared with other runners: they "
           "neither see this deployment nor are kept off its line; name a place that lasts and "
           "that the next run finds with --state sqlite:PATH, and let one runner at a time deploy";
}

/// Equal moments and users must not give equal ids.
std::string random_entropy() {
    std::random_device device;
    std::string entropy;
    constexpr int words = 4; // of 32 bits each
    for (int i = 0; i < words; ++i)
        entropy += fmt::format("{:08x}", device());
    return entropy;
}

Result<int> run_real(DeploymentSpec spec, std::optional<SavedPlan> saved, const RunOptions& options,
                     Io& io) {
    auto state = State::find(options.state, io);
    if (!state)
        return Unexpected(std::move(state).error());
    // What rolls back from tags needs no journal to be run again.
    if (options.kind == RunKind::deploy && state->is_memory() && !options.no_journal)
        return fail(ErrorCategory::invalid_argument,
                    "not deployed: with --state memory: the journal ends with this process, and "
                    "if that dies half-way nothing can be resumed or rolled back, and nothing "
                    "keeps a second run off the line; use --state sqlite:PATH, or accept this "
                    "with --no-journal");
    auto world = make_real_world(io, spec);
    if (!world)
        return Unexpected(std::move(world).error());
    if (options.replace) {
        const ManageOptions how{.yes = options.yes,
                                .reason = options.reason.empty() ? "replaced by another deployment"
                                                                 : options.reason,
                                .output = options.output};
        const auto status = roll_back_unfinished(to_string(spec.line), how, *state, io);
        if (!status || *status != status_done)
            return status;
    }
    auto store = state->open_journal();
    if (!store)
        return Unexpected(std::move(store).error());
    (*world)->set_store(*std::move(store));
    const DeploymentId id = make_deployment_id((*world)->now(), random_entropy());
    return run_deployment({.id = id,
                           .spec = std::move(spec),
                           .saved = std::move(saved),
                           .is_kept = !state->is_memory(),
                           .notice = journal_notice(*state, io)},
                          options, **world, io);
}

Result<int> plan_real(const DeploymentSpec& spec, const RunOptions& options, Io& io) {
    auto state = State::find(options.state, io);
    if (!state)
        return Unexpected(std::move(state).error());
    auto world = make_real_world(io, spec);
    if (!world)
        return Unexpected(std::move(world).error());
    // A plan changes nothing, so it makes no journal either.
    if (state->has_journal()) {
        auto store = state->open_journal();
        if (!store)
            return Unexpected(std::move(store).error());
        (*world)->set_store(*std::move(store));
    }
    // Standard output is the plan's.
    if (const std::string notice = journal_notice(*state, io); !notice.empty())
        *io.err << "elastiroll: " << notice << '\n' << std::flush;
    return run_plan(spec, options, **world, io);
}

Result<int> run_command(const RunOptions& options, Io& io) {
    if (options.kind == RunKind::examine)
        return run_doctor(options, io);
    std::optional<SavedPlan> saved;
    if (!options.saved_plan.empty()) {
        auto read = read_document(options.saved_plan).and_then(decode_saved_plan);
        if (!read)
            return Unexpected(with_context(std::move(read).error(), options.saved_plan));
        saved = *std::move(read);
    }
    auto spec = saved ? Result<DeploymentSpec>(saved->spec) : read_spec(options, io);
    if (!spec)
        return Unexpected(std::move(spec).error());
    if (options.kind != RunKind::plan)
        return options.scenario ? run_simulated(*std::move(spec), std::move(saved), options, io)
                                : run_real(*std::move(spec), std::move(saved), options, io);
    if (!options.scenario)
        return plan_real(*spec, options, io);
    auto world = make_world(options, *spec, {});
    if (!world)
        return Unexpected(std::move(world).error());
    return run_plan(*spec, options, **world, io);
}

Result<int> manage(const ManageOptions& options, Io& io) {
    auto state = State::find(options.state, io);
    if (!state)
        return Unexpected(std::move(state).error());
    return run_manage(options, *state, io);
}

int run_unguarded(std::span<const std::string> arguments, Io& io) {
    const Command command = parse_arguments(arguments);
    if (const auto* show = std::get_if<ShowText>(&command)) {
        *io.out << show->text;
        return printed(io);
    }
    if (std::holds_alternative<SchemaCommand>(command)) {
        *io.out << spec_schema();
        return printed(io);
    }
    if (const auto* usage = std::get_if<UsageError>(&command))
        return refuse(usage->error, asks_for_json(arguments), io);
    const auto* managed = std::get_if<ManageOptions>(&command);
    const auto* served = std::get_if<ServeOptions>(&command);
    const auto status = managed != nullptr  ? manage(*managed, io)
                        : served != nullptr ? run_serve(*served, io)
                                            : run_command(std::get<RunOptions>(command), io);
    if (status)
        return *status;
    return refuse(status.error(), asks_for_json(arguments), io);
}

} // namespace

int run(std::span<const std::string> arguments, Io& io) {
    // What throws is the standard library (no memory) or CLI11; whether something was changed is
    // not known here, so the status is the one that calls a person.
    try {
        return run_unguarded(arguments, io);
    } catch (const std::exception& error) {
        *io.err << "elastiroll: internal error: " << error.what() << '\n' << std::flush;
        return status_stopped;
    }
}

} // namespace elastiroll::cli
