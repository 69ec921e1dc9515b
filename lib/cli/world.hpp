#pragma once

#include "cli/io.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/runtime/runtime.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll::cli {

/// All that a deployment runs on: a simulated cloud, or Spot itself.
class World {
public:
    World() = default;
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    virtual ~World();

    /// Why there is no client for Spot, of make_examined_world().
    std::optional<Error> without_token{};

    virtual bool is_simulated() const noexcept = 0;
    /// The groups as they are now; empty where only Spot could tell.
    virtual std::vector<sim::GroupView> groups() const = 0;

    TimePoint now() const { return clock_->now(); }
    /// The journals are in memory until then.
    void set_store(std::unique_ptr<Store> store) { store_ = std::move(store); }
    RuntimePorts ports(Observer* observer);

protected:
    virtual HttpTransport& transport() noexcept = 0;

    std::unique_ptr<CallClient> client_;
    std::unique_ptr<CallClient> aws_; ///< null: nothing is asked of AWS
    std::unique_ptr<Store> store_;
    std::unique_ptr<Clock> clock_;
};

/// Whom calls go to.
struct Place {
    AccountId account{};
    Region region{};
    std::string aws_profile{};
    Milliseconds call_timeout = Timing{}.call_timeout; ///< of one request
};

Place place_of(const DeploymentSpec& spec);

struct SimulatedOptions {
    Document scenario{};
    Place place{};
    std::optional<std::uint64_t> seed{}; ///< beats the scenario's
};

/// A new simulated cloud, recorded at `record` unless that is empty. Fails as
/// RecordedCloud::make().
Result<std::unique_ptr<World>> make_simulated_world(SimulatedOptions options,
                                                    const std::string& record);
/// The cloud that was recorded. Fails as RecordedCloud::open().
Result<std::unique_ptr<World>> open_simulated_world(const std::string& record, Place place);

/// Spot and AWS, as the environment and the files of `io` lead there. Fails with unauthenticated
/// where there is no token for Spot; AWS's credentials are only looked for when they are needed.
Result<std::unique_ptr<World>> make_real_world(const Io& io, const DeploymentSpec& spec);
/// The same for looking at: without a token there is only AWS. Without a spec the account and the
/// region are the environment's.
std::unique_ptr<World> make_examined_world(const Io& io, const std::optional<DeploymentSpec>& spec);

} // namespace elastiroll::cli
