#include <elastiroll/adapters/sim_server.hpp>

namespace elastiroll::sim {

Server::~Server() = default;

Result<std::unique_ptr<Server>> make_server(ServerOptions) {
    return fail(ErrorCategory::invalid_argument,
                "this build of elastiroll has no cpp-httplib, so the simulated cloud cannot be a "
                "server; build it with -Dsim_server=enabled");
}

} // namespace elastiroll::sim
