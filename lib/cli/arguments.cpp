#include "cli/arguments.hpp"

#include "cli/version.hpp"

#include <elastiroll/base/text.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string_view>

namespace elastiroll::cli {

namespace {

constexpr std::string_view command_names[] = {"plan",    "deploy", "resume", "rollback",
                                              "approve", "abort",  "status", "history",
                                              "doctor",  "sim",    "schema"};

constexpr const char* plan_examples = R"(Examples:
  elastiroll plan --spec shop.json --workflow canary --simulate
  elastiroll plan --spec shop.json --workflow canary --simulate=scenario.json \
      --image ami-0123456789abcdef0 --var color=blue --output json

Exit status: 0 planned, 2 refused.
)";

constexpr const char* deploy_examples = R"(Examples:
  elastiroll deploy --spec shop.json --workflow canary --simulate
  elastiroll deploy --spec shop.json --workflow canary --simulate --speed 60
  elastiroll deploy --spec shop.json --workflow canary --simulate --yes --output json \
      --var motd=@motd.txt --var build=env:BUILD_NUMBER

Exit status: 0 done, nothing to do or detached; 1 failed, and everything is as before;
2 refused before any change; 3 not rolled back, a person is needed; 4 another
run holds the line; 5 drift; 130 interrupted.
)";

constexpr const char* rollback_examples = R"(Examples:
  elastiroll rollback 01kabcd
  elastiroll rollback --from-tags --spec shop.json --workflow canary

Exit status: 1 rolled back, and everything is as before; 2 refused before any change;
3 a person is needed; 4 another run holds the line; 5 drift; 130 interrupted.
)";

constexpr const char* doctor_examples = R"(Examples:
  elastiroll doctor
  elastiroll doctor --spec shop.json --workflow canary

Exit status: 0 nothing is wrong, 2 a deployment would fail.
)";

constexpr const char* sim_examples = R"(Examples:
  elastiroll sim --listen 127.0.0.1:8080 --speed 60
  elastiroll sim --listen 127.0.0.1:0 --scenario scenario.json --clock client

Then: SPOTINST_BASE_URL=http://127.0.0.1:8080 SPOTINST_TOKEN=simulated elastiroll deploy ...
)";

constexpr const char* main_examples = R"(Examples:
  elastiroll plan --spec shop.json --workflow canary --simulate
  elastiroll deploy --spec shop.json --workflow canary --simulate
  elastiroll deploy --help
)";

std::string version_text() { return fmt::format("elastiroll {}\n", version); }

UsageError usage_error(std::string message, std::string_view fix = {}) {
    Error error{.category = ErrorCategory::invalid_argument, .message = std::move(message)};
    if (!fix.empty())
        error.message.append("; ").append(fix);
    return {std::move(error)};
}

const std::map<std::string, Output>& outputs() {
    static const std::map<std::string, Output> names = {
        {"text", Output::text}, {"plain", Output::plain}, {"json", Output::json}};
    return names;
}

/// What CLI11 writes to, before it is checked.
struct RawOptions {
    RunOptions options{};
    ManageOptions manage{};
    std::string image{}, previous{}, production{}, scenario{}, seed{}, speed{}, limit{},
        output = "text";
    std::string listen{}, clock{};
    bool from_tags = false;
};

void add_common(CLI::App& app, std::string& state, std::string& output) {
    app.add_option("--state", state,
                   "sqlite:PATH or memory:; where the journal\nis kept, see docs/cli.md")
        ->type_name("URL");
    app.add_option("--output", output, "text (live on a terminal), plain (lines)\nor json (NDJSON)")
        ->type_name("KIND");
}

/// What a command that runs a deployment takes, be it new or taken up.
void add_running(CLI::App& app, std::string& reason, std::string& speed, bool& detach) {
    app.add_option("--reason", reason, "What for; kept in the journal")->type_name("TEXT");
    app.add_option("--speed", speed,
                   "Simulated seconds per second, to watch;\ndefault: as fast as it goes")
        ->type_name("N");
    app.add_flag("--detach", detach, "Leave at the first gate instead of waiting");
}

void add_manage_options(CLI::App& app, ManageKind kind, RawOptions& raw) {
    ManageOptions& options = raw.manage;
    CLI::Option* deployment =
        app.add_option("DEPLOYMENT", options.deployment, "Its id, or 4 characters of either end");
    if (kind == ManageKind::approve || kind == ManageKind::abort)
        deployment->required();
    add_common(app, options.state, raw.output);
    switch (kind) {
    case ManageKind::status:
        app.add_flag("--events", options.events, "Tell its story from the journal");
        app.add_flag("--watch", options.watch, "Show it again until it has ended");
        return;
    case ManageKind::history:
        app.add_option("--line", options.line, "Only of this line")->type_name("LINE");
        app.add_option("--limit", raw.limit, "At most so many; default 20")->type_name("N");
        return;
    case ManageKind::approve:
        app.add_option("GATE", options.gate, "Which gate; default: the one that is open");
        break;
    case ManageKind::resume:
        app.add_flag("--due", options.due, "Whatever is due or approved, on all lines");
        [[fallthrough]];
    case ManageKind::rollback:
        app.add_flag("--accept-drift", options.accept_drift,
                     "What is seen now counts, whatever was\nrecorded");
        app.add_flag("--take-over", options.take_over, "Take the line from whoever holds it");
        break;
    case ManageKind::abort: break;
    }
    app.add_flag("--yes,-y", options.yes, "Do not ask");
    add_running(app, options.reason, raw.speed, options.detach);
}

CLI::Option* add_text(CLI::App& app, const char* name, std::string& value, const char* type,
                      const char* help) {
    return app.add_option(name, value, help)->type_name(type);
}

void add_spec_options(CLI::App& app, RawOptions& raw) {
    add_text(app, "--spec", raw.options.spec, "FILE", "The spec: see `elastiroll schema`");
    add_text(app, "--workflow", raw.options.workflow, "NAME", "Which of its workflows");
    add_text(app, "--image", raw.image, "AMI", "The image, instead of the service's");
    app.add_option("--var", raw.options.variables,
                   "Or NAME=@FILE, NAME=env:X: a variable;\nmay be repeated")
        ->type_name("NAME=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_simulation(CLI::App& app, RawOptions& raw) {
    add_text(app, "--simulate", raw.scenario, "[=SCENARIO]",
             "Run in the simulated cloud: empty, or as\nthe JSON file has it")
        ->expected(0, 1);
    add_text(app, "--seed", raw.seed, "N", "Of the simulated cloud; equal seeds give\nequal runs");
}

void add_options(CLI::App& app, RawOptions& raw) {
    add_spec_options(app, raw);
    add_text(app, "--previous", raw.previous, "NAME",
             "The group to replace, whatever the\nevidence says");
    add_text(app, "--prod-target-group", raw.production, "NAME",
             "The target group that serves, where\nweights do not tell (blue/green)");
    app.add_flag("--force", raw.options.force, "Deploy even where nothing would change");
    add_simulation(app, raw);
    add_common(app, raw.options.state, raw.output);
}

void add_tag_options(CLI::App& app, RawOptions& raw) {
    app.add_flag("--from-tags", raw.from_tags,
                 "Of the line of a spec: a deployment that\ndid not end and whose journal is lost");
    add_spec_options(app, raw);
    add_text(app, "--previous", raw.previous, "NAME",
             "The group to go back to, where its name is\nof another line");
    add_simulation(app, raw);
    app.footer(rollback_examples);
}

void add_deploy_options(CLI::App& app, RawOptions& raw) {
    app.add_flag("--yes,-y", raw.options.yes, "Do not ask before deploying");
    app.add_flag("--auto-approve", raw.options.auto_approve, "Approve every gate at once");
    app.add_flag("--replace", raw.options.replace,
                 "Roll an unfinished deployment of the line\nback first");
    app.add_flag(
        "--no-journal", raw.options.no_journal,
        "With --state memory:, deploy for real though\nnothing could be resumed or undone");
    app.add_option("--plan", raw.options.saved_plan,
                   "A plan of `plan --out`, instead of --spec;\nrefused where it no longer fits")
        ->type_name("FILE");
    add_running(app, raw.options.reason, raw.speed, raw.options.detach);
}

CLI::App& add_doctor(CLI::App& parent, RawOptions& raw) {
    CLI::App& app =
        *parent.add_subcommand("doctor", "Check accounts, permissions, clock and limits");
    add_spec_options(app, raw);
    add_common(app, raw.options.state, raw.output);
    app.footer(doctor_examples);
    return app;
}

CLI::App& add_sim(CLI::App& parent, RawOptions& raw) {
    CLI::App& app = *parent.add_subcommand("sim", "Serve the simulated cloud on loopback");
    add_text(app, "--listen", raw.listen, "ADDRESS:PORT", "On loopback; port 0 takes any free one")
        ->required();
    add_text(app, "--scenario", raw.scenario, "FILE", "What is in the cloud; default: nothing");
    add_text(app, "--clock", raw.clock, "client",
             "Time stands still but for POST\n/_sim/advance; the default");
    add_text(app, "--speed", raw.speed, "N", "Simulated seconds per second instead");
    add_text(app, "--seed", raw.seed, "N", "Beats the scenario's");
    app.footer(sim_examples);
    return app;
}

std::optional<UsageError> read_output(RawOptions& raw, Output& into) {
    const auto output = outputs().find(raw.output);
    if (output == outputs().end())
        return usage_error(fmt::format("--output is text, plain or json, not `{}`", raw.output));
    into = output->second;
    return std::nullopt;
}

std::optional<UsageError> read_speed(const CLI::App& app, const RawOptions& raw,
                                     std::optional<int>& into) {
    if (app.get_option_no_throw("--speed") == nullptr || app.count("--speed") == 0)
        return std::nullopt;
    constexpr std::int64_t speed_max = 100'000; // a day in a second: nothing left to watch
    const auto speed = parse_integer(raw.speed);
    if (!speed || *speed < 1 || *speed > speed_max)
        return usage_error(
            fmt::format("--speed is a whole number from 1 to {}, not `{}`", speed_max, raw.speed));
    into = static_cast<int>(*speed);
    return std::nullopt;
}

std::optional<UsageError> read_seed(const CLI::App& app, const RawOptions& raw,
                                    std::optional<std::uint64_t>& into) {
    if (app.count("--seed") == 0)
        return std::nullopt;
    const auto seed = parse_integer(raw.seed);
    if (!seed || *seed < 0)
        return usage_error(fmt::format("--seed is a whole number from 0, not `{}`", raw.seed));
    into = static_cast<std::uint64_t>(*seed);
    return std::nullopt;
}

Command checked_sim(const CLI::App& app, RawOptions raw) {
    ServeOptions options{.scenario = std::move(raw.scenario)};
    const auto colon = raw.listen.rfind(':');
    const auto port =
        colon == std::string::npos ? std::nullopt : parse_integer(raw.listen.substr(colon + 1));
    constexpr std::int64_t port_max = 65'535;
    if (!port || *port < 0 || *port > port_max || colon == 0)
        return usage_error(
            fmt::format("--listen is ADDRESS:PORT, like 127.0.0.1:8080, not `{}`", raw.listen));
    options.host = raw.listen.substr(0, colon);
    options.port = static_cast<int>(*port);
    if (app.count("--clock") > 0 && raw.clock != "client")
        return usage_error(fmt::format("--clock is client, not `{}`", raw.clock),
                           "for time that goes by itself use --speed N");
    if (app.count("--clock") > 0 && app.count("--speed") > 0)
        return usage_error("--clock client and --speed contradict each other", "leave one out");
    if (auto wrong = read_seed(app, raw, options.seed))
        return *std::move(wrong);
    if (auto wrong = read_speed(app, raw, options.speed))
        return *std::move(wrong);
    return options;
}

Command checked_manage(const CLI::App& app, ManageKind kind, RawOptions raw) {
    ManageOptions& options = raw.manage;
    options.kind = kind;
    if (auto wrong = read_output(raw, options.output))
        return *std::move(wrong);
    if (auto wrong = read_speed(app, raw, options.speed))
        return *std::move(wrong);
    if (kind == ManageKind::history && app.count("--limit") > 0) {
        constexpr std::int64_t limit_max = 1'000;
        const auto limit = parse_integer(raw.limit);
        if (!limit || *limit < 1 || *limit > limit_max)
            return usage_error(fmt::format("--limit is a whole number from 1 to {}, not `{}`",
                                           limit_max, raw.limit));
        options.limit = static_cast<int>(*limit);
    }
    const bool has_one = !options.deployment.empty();
    if (kind == ManageKind::rollback && !has_one)
        return usage_error("rollback takes a deployment's id or --from-tags", "see --help");
    if (kind == ManageKind::rollback)
        for (const char* name :
             {"--spec", "--workflow", "--image", "--var", "--previous", "--simulate", "--seed"})
            if (app.count(name) > 0)
                return usage_error(fmt::format("{} goes with --from-tags", name),
                                   "the journal of an id has its spec");
    if (kind == ManageKind::resume && has_one == options.due)
        return usage_error("resume takes a deployment's id or --due");
    if ((options.events || options.watch) && !has_one)
        return usage_error("--events and --watch are about one deployment", "name its id");
    return options;
}

Command checked(const CLI::App& app, RawOptions raw) {
    RunOptions& options = raw.options;
    const auto optional = [&app](const char* name, std::string& value) {
        return app.count(name) > 0 ? std::optional(std::move(value)) : std::nullopt;
    };
    if (auto wrong = read_output(raw, options.output))
        return *std::move(wrong);
    if (options.spec.empty() == options.saved_plan.empty())
        return usage_error(options.kind == RunKind::deploy
                               ? "deploy takes --spec FILE or --plan FILE"
                               : "--spec is required",
                           "see --help");
    if (options.no_journal && options.state != "memory:")
        return usage_error("--no-journal only allows a journal in memory", "add --state memory:");
    options.image = optional("--image", raw.image);
    options.previous = optional("--previous", raw.previous);
    if (!raw.production.empty()) // not every command has it
        options.production_target_group = raw.production;
    options.scenario = optional("--simulate", raw.scenario);
    if (options.replace && options.scenario)
        return usage_error("--replace is of no use with --simulate",
                           "every simulated deployment has a line of its own");
    if (auto wrong = read_seed(app, raw, options.seed))
        return *std::move(wrong);
    if (auto wrong = read_speed(app, raw, options.speed))
        return *std::move(wrong);
    if (!options.scenario && (options.seed || options.speed))
        return usage_error("--seed and --speed are the simulated cloud's", "add --simulate");
    return options;
}

Command checked_doctor(const CLI::App& app, RawOptions raw) {
    RunOptions& options = raw.options;
    options.kind = RunKind::examine;
    if (app.count("--image") > 0)
        options.image = std::move(raw.image);
    if (auto wrong = read_output(raw, options.output))
        return *std::move(wrong);
    if (options.spec.empty() &&
        (!options.workflow.empty() || options.image || !options.variables.empty()))
        return usage_error("--workflow, --image and --var go with --spec", "name the spec");
    return options;
}

/// `rollback --from-tags`, whose options the other form of the command has in part.
Command checked_from_tags(const CLI::App& app, RawOptions raw) {
    if (!raw.manage.deployment.empty())
        return usage_error("rollback takes a deployment's id or --from-tags, not both",
                           "with an id, its journal tells all that --from-tags can");
    for (const char* name : {"--accept-drift", "--take-over", "--detach"})
        if (app.count(name) > 0)
            return usage_error(
                fmt::format("--from-tags has no journal that {} could be about", name),
                "leave it out");
    raw.options.kind = RunKind::roll_back;
    raw.options.yes = raw.manage.yes;
    raw.options.reason = std::move(raw.manage.reason);
    raw.options.state = std::move(raw.manage.state);
    return checked(app, std::move(raw));
}

// CLI11 says what was wrong, not what was meant.
UsageError with_suggestion(const CLI::ExtrasError& error, const CLI::App& app,
                           std::span<const std::string> arguments) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames())
            names.push_back("--" + name);
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    for (const std::string& argument : arguments) {
        const std::string_view name = std::string_view(argument).substr(0, argument.find('='));
        if (!name.starts_with("--") || std::ranges::find(candidates, name) != candidates.end())
            continue;
        const auto near = nearest_word(name, candidates);
        return usage_error(
            fmt::format("`{} {}` has no option {}", "elastiroll", app.get_name(), name),
            near ? fmt::format("is it {}?", *near) : "see --help");
    }
    return usage_error(error.what(), "see --help");
}

std::optional<UsageError> check_command(std::span<const std::string> arguments) {
    if (arguments.empty())
        return usage_error("which command? plan, deploy, status, ...", "see elastiroll --help");
    const std::string& name = arguments.front();
    if (name.starts_with('-') || std::ranges::find(command_names, name) != std::end(command_names))
        return std::nullopt;
    const auto near = nearest_word(name, command_names);
    return usage_error(fmt::format("elastiroll has no command `{}`", name),
                       near ? fmt::format("is it `{}`?", *near) : "see elastiroll --help");
}

} // namespace

Command parse_arguments(std::span<const std::string> arguments) {
    if (const auto error = check_command(arguments))
        return *error;
    CLI::App app("Deploys Amazon Machine Images through Spot Elastigroups.", "elastiroll");
    app.footer(main_examples);
    app.require_subcommand(0, 1);
    bool wants_version = false;
    app.add_flag("--version", wants_version, "Print the version");
    RawOptions raw;
    CLI::App& plan =
        *app.add_subcommand("plan", "Show what a deployment would do; changes nothing");
    CLI::App& deploy = *app.add_subcommand("deploy", "Deploy, and put everything back on failure");
    struct Managed {
        ManageKind kind;
        const char* name;
        const char* help;
    };
    constexpr std::array<Managed, 6> managed{{
        {ManageKind::resume, "resume", "Go on with a deployment, or with what is due"},
        {ManageKind::rollback, "rollback", "Put back what a deployment has changed"},
        {ManageKind::approve, "approve", "Approve a gate that a deployment waits at"},
        {ManageKind::abort, "abort", "End a deployment and put everything back"},
        {ManageKind::status, "status", "Show how deployments stand"},
        {ManageKind::history, "history", "List deployments, or export one's journal"},
    }};
    const Managed* manages = nullptr;
    for (const Managed& one : managed) {
        CLI::App& command = *app.add_subcommand(one.name, one.help);
        add_manage_options(command, one.kind, raw);
        if (one.kind == ManageKind::rollback)
            add_tag_options(command, raw);
        if (arguments.front() == one.name)
            manages = &one;
    }
    const CLI::App& doctor = add_doctor(app, raw);
    const CLI::App& sim = add_sim(app, raw);
    app.add_subcommand("schema", "Print the JSON Schema of spec documents");
    add_options(plan, raw);
    plan.add_option("--out", raw.options.plan_out, "Keep the plan, for `deploy --plan`")
        ->type_name("FILE");
    plan.footer(plan_examples);
    add_options(deploy, raw);
    add_deploy_options(deploy, raw);
    deploy.footer(deploy_examples);
    const CLI::App& chosen = arguments.front() == "deploy"   ? deploy
                             : arguments.front() == "plan"   ? plan
                             : arguments.front() == "doctor" ? doctor
                             : arguments.front() == "sim"    ? sim
                             : manages != nullptr            ? *app.get_subcommand(manages->name)
                                                             : app;
    try {
        // CLI11 takes the arguments last first.
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
        return ShowText{app.help()};
    } catch (const CLI::ExtrasError& error) {
        return with_suggestion(error, chosen, arguments);
    } catch (const CLI::ParseError& error) {
        return usage_error(error.what(), "see --help");
    }
    if (wants_version)
        return ShowText{version_text()};
    if (&chosen == &app && arguments.front() != "schema")
        return *check_command({});
    if (arguments.front() == "schema")
        return SchemaCommand{};
    if (&chosen == &doctor)
        return checked_doctor(chosen, std::move(raw));
    if (&chosen == &sim)
        return checked_sim(chosen, std::move(raw));
    if (raw.from_tags)
        return checked_from_tags(chosen, std::move(raw));
    if (manages != nullptr)
        return checked_manage(chosen, manages->kind, std::move(raw));
    raw.options.kind = &chosen == &deploy ? RunKind::deploy : RunKind::plan;
    return checked(chosen, std::move(raw));
}

bool asks_for_json(std::span<const std::string> arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i)
        if (arguments[i] == "--output=json" ||
            (arguments[i] == "--output" && i + 1 < arguments.size() && arguments[i + 1] == "json"))
            return true;
    return false;
}

} // namespace elastiroll::cli
