#pragma once

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace elastiroll::cli {

struct WorldOptions {
    Document scenario{};
    AccountId account{};
    Milliseconds call_timeout{30'000};   ///< of one request
    std::optional<std::uint64_t> seed{}; ///< beats the scenario's
};

/// A simulated cloud with all that a deployment runs on.
class World {
public:
    /// Fails as sim::Cloud::make().
    static Result<std::unique_ptr<World>> make(WorldOptions options);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    const sim::Cloud& cloud() const noexcept { return cloud_; }
    RuntimePorts ports(Observer* observer);

private:
    explicit World(sim::Cloud cloud);

    sim::Cloud cloud_;
    std::unique_ptr<HttpTransport> transport_;
    std::unique_ptr<CallClient> client_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Clock> clock_;
};

} // namespace elastiroll::cli
