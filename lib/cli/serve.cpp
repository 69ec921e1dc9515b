#include "cli/serve.hpp"

#include "cli/inputs.hpp"

#include <elastiroll/adapters/sim_server.hpp>

#include <ostream>
#include <utility>

namespace elastiroll::cli {
namespace {

/// How soon an interrupt is seen.
constexpr Milliseconds look_interval{100};

} // namespace

Result<int> run_serve(const ServeOptions& options, Io& io) {
    auto scenario = options.scenario.empty() ? parse_document(sim::default_scenario())
                                             : read_document(options.scenario);
    if (!scenario)
        return Unexpected(std::move(scenario).error());
    if (scenario->is_object()) {
        if (options.seed)
            scenario->set("seed", static_cast<std::int64_t>(*options.seed));
        // Where time stands still, nobody could wait for an answer.
        if (!options.speed)
            scenario->set("latency", "0s");
    }
    auto cloud = sim::Cloud::make(*scenario);
    if (!cloud)
        return Unexpected(with_context(std::move(cloud).error(), options.scenario));
    auto server = sim::make_server({.cloud = *std::move(cloud),
                                    .host = options.host,
                                    .port = options.port,
                                    .speed = options.speed});
    if (!server)
        return Unexpected(std::move(server).error());
    *io.out << "listening on " << (*server)->url() << '\n' << std::flush;
    while (io.interrupts() == 0)
        io.sleep(look_interval);
    return 0;
}

} // namespace elastiroll::cli
