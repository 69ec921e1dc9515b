#pragma once

#include "cli/recorded_cloud.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

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
    /// A new cloud, recorded at `record` unless that is empty, with a journal in memory until
    /// set_store(). Fails as RecordedCloud::make().
    static Result<std::unique_ptr<World>> make(WorldOptions options, const std::string& record);
    /// The cloud that was recorded, for a deployment of `account`. Fails as RecordedCloud::open().
    static Result<std::unique_ptr<World>> open(const std::string& record, AccountId account,
                                               Milliseconds call_timeout);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    const sim::Cloud& cloud() const noexcept { return cloud_->cloud(); }
    void set_store(std::unique_ptr<Store> store) { store_ = std::move(store); }
    RuntimePorts ports(Observer* observer);

private:
    World(std::unique_ptr<RecordedCloud> cloud, AccountId account, Milliseconds call_timeout);

    std::unique_ptr<RecordedCloud> cloud_;
    std::unique_ptr<CallClient> client_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Clock> clock_;
};

} // namespace elastiroll::cli
