#include "cli/run.hpp"

#include "cli/arguments.hpp"
#include "cli/deployment.hpp"
#include "cli/inputs.hpp"
#include "cli/presenter.hpp"
#include "cli/report.hpp"
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
#include <ostream>
#include <utility>
#include <variant>

namespace elastiroll::cli {

namespace {

constexpr int status_done = 0;
constexpr int status_refused = 2;
constexpr int status_stopped = 3;

void refuse(const Error& error, bool is_json, Io& io) {
    if (is_json) {
        Document line = Document::object({{"schema", 1}, {"event", "refused"}});
        line.set("error", encode(error));
        line.set("exit_status", status_refused);
        *io.out << to_text(line) << '\n' << std::flush;
        return;
    }
    const Style style = style_for(io, io.err_is_terminal);
    *io.err << paint("elastiroll:", Tone::bad, style) << ' ';
    for (const std::string& line : error_lines(error, style))
        *io.err << line << '\n';
    io.err->flush();
}

// What was to be printed is all there is: where it cannot be, the command has failed.
int printed(Io& io) {
    io.out->flush();
    if (*io.out)
        return status_done;
    *io.err << "elastiroll: cannot write to standard output\n" << std::flush;
    return status_refused;
}

Result<std::unique_ptr<World>> make_world(const RunOptions& options, const DeploymentSpec& spec) {
    const bool is_default = options.scenario->empty();
    auto scenario =
        is_default ? parse_document(sim::default_scenario()) : read_document(*options.scenario);
    if (!scenario)
        return Unexpected(std::move(scenario).error());
    auto world = World::make({.scenario = *std::move(scenario),
                              .account = spec.line.account,
                              .call_timeout = spec.timing.call_timeout,
                              .seed = options.seed});
    if (!world && !is_default)
        return Unexpected(with_context(std::move(world).error(), *options.scenario));
    return world;
}

Result<int> run_plan(const DeploymentSpec& spec, const RunOptions& options, World& world, Io& io) {
    const auto planned = plan(spec, world.ports(nullptr));
    if (!planned)
        return Unexpected(planned.error());
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

Result<int> run_command(const RunOptions& options, Io& io) {
    if (!options.scenario)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("this release has no HTTP transport to Spot yet, so it cannot {} "
                                "against a real account; add --simulate to run it in the "
                                "simulated cloud, which needs none",
                                options.is_deploy ? "deploy" : "plan"));
    auto spec = read_spec(options, io);
    if (!spec)
        return Unexpected(std::move(spec).error());
    auto world = make_world(options, *spec);
    if (!world)
        return Unexpected(std::move(world).error());
    if (options.is_deploy)
        return run_deployment(*std::move(spec), options, **world, io);
    return run_plan(*spec, options, **world, io);
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
    if (const auto* usage = std::get_if<UsageError>(&command)) {
        refuse(usage->error, asks_for_json(arguments), io);
        return status_refused;
    }
    const auto& options = std::get<RunOptions>(command);
    const auto status = run_command(options, io);
    if (status)
        return *status;
    refuse(status.error(), options.output == Output::json, io);
    return status_refused;
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
