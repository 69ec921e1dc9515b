#pragma once

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/result.hpp>

#include <memory>
#include <optional>
#include <string>

namespace elastiroll::sim {

struct ServerOptions {
    Cloud cloud;
    std::string host = "127.0.0.1"; ///< a loopback address or `localhost`: nobody else may come in
    int port = 0;                   ///< 0: any that is free
    /// Virtual seconds per real second, for people. Empty: time stands still but for POST
    /// /_sim/advance, so that runs are exact; requests take no time then, unless a fault delays
    /// them.
    std::optional<int> speed{};
};

/// A simulated cloud that answers over HTTP on loopback, to any client, until it is destroyed. It
/// has threads of its own. An answer that the cloud loses ends as a connection that is closed in
/// the middle of it. What tests steer it by is under /_sim/ (docs/simulation.md).
class Server {
public:
    virtual ~Server();
    virtual int port() const noexcept = 0;
    virtual std::string url() const = 0; ///< `http://127.0.0.1:8080`
};

/// Fails with invalid_argument (not a loopback address, a speed below 1; a build without
/// cpp-httplib) or conflict (the port is taken).
Result<std::unique_ptr<Server>> make_server(ServerOptions options);

} // namespace elastiroll::sim
