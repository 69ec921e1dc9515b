#include "run_options.hpp"

#include <utility>

namespace elastiroll::capi {

Result<RunOptions> read_run_options(const elr_run_options* given) {
    const auto options = read_options("options", given);
    if (!options)
        return Unexpected(options.error());
    RunOptions run{
        .observer = {options->observer, options->observer_data, options->observer_data_free},
        .log = {options->log, options->log_data, options->log_data_free},
        .detaches = options->detaches != 0,
        .accepts_drift = options->accepts_drift != 0,
        .takes_over = options->takes_over != 0};
    if (options->reserved != 0)
        return invalid("options->reserved is not 0");
    std::string deployment;
    TextReader reader;
    reader.read("options->deployment", options->deployment, deployment);
    reader.read("options->actor", options->actor, run.actor);
    reader.read("options->reason", options->reason, run.reason);
    if (auto read = std::move(reader).result(); !read)
        return Unexpected(std::move(read).error());
    // It goes into elr_id, and names files and rows.
    constexpr std::size_t id_bytes_max = sizeof(elr_id::text) - 1;
    if (deployment.size() > id_bytes_max ||
        deployment.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz-") != std::string::npos)
        return invalid("options->deployment is no id: take one of elr_id_new()");
    run.deployment = DeploymentId(std::move(deployment));
    if (options->plan)
        run.plan = options->plan->saved;
    if (options->control)
        run.control = options->control->state;
    return run;
}

} // namespace elastiroll::capi
