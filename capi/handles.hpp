#pragma once

#include "guard.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/adapters/store.hpp>
#include <elastiroll/base/secret.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/outcome.hpp>
#include <elastiroll/plan/saved_plan.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace elastiroll::capi {

/// A handle that C owns from now on.
template <class T, class... Arguments> T* make_handle(Arguments&&... arguments) {
    return std::make_unique<T>(std::forward<Arguments>(arguments)...).release();
}
template <class T> void free_handle(T* handle) noexcept {
    delete handle; // NOLINT(cppcoreguidelines-owning-memory): C gives it back
}

/// A simulated cloud that several threads may use.
struct SharedCloud {
    explicit SharedCloud(sim::Cloud given) : cloud(std::move(given)) {}

    std::mutex mutex{};
    sim::Cloud cloud;
};

/// A callback with what belongs to it, which is freed with the last copy.
template <class Function> class Hook {
public:
    Hook() = default;
    /// Never throws without having freed `data`.
    Hook(Function function, void* data, elr_free_fn free) : function_(function), data_(data) {
        if (free && data)
            owner_ = std::shared_ptr<void>(data, free);
    }

    explicit operator bool() const noexcept { return function_ != nullptr; }
    template <class... Arguments> auto operator()(Arguments... arguments) const {
        return function_(arguments..., data_);
    }

private:
    Function function_ = nullptr;
    void* data_ = nullptr;
    std::shared_ptr<void> owner_{};
};

/// How services are reached, and as whom.
struct ClientConfig {
    std::shared_ptr<SharedCloud> cloud{};
    std::string sim_url{};
    Secret spot_token{};
    std::string spot_base_url{};
    std::string aws_access_key_id{};
    Secret aws_secret_access_key{};
    Secret aws_session_token{};
    std::string aws_endpoint_url{};
    bool uses_environment = false;
    Hook<elr_credentials_fn> credentials{};
    std::string ca_bundle{};
    std::string https_proxy{};
    std::string http_proxy{};
    std::string no_proxy{};
    std::string user_agent{};
};

} // namespace elastiroll::capi

struct elr_spec {
    explicit elr_spec(elastiroll::DeploymentSpec given)
        : spec(std::move(given)), line(elastiroll::to_string(spec.line)) {}

    elastiroll::DeploymentSpec spec;
    std::string line;
};

struct elr_snapshot {
    elastiroll::Snapshot snapshot;
};

struct elr_plan {
    explicit elr_plan(elastiroll::SavedPlan given);

    struct StepTexts {
        std::string what{};
        std::string group{};
    };
    elastiroll::SavedPlan saved;
    std::string previous_name{};
    std::vector<StepTexts> steps{};
};

struct elr_cloud {
    std::shared_ptr<elastiroll::capi::SharedCloud> shared;
};

struct elr_client {
    std::shared_ptr<const elastiroll::capi::ClientConfig> config;
};

struct elr_store {
    elastiroll::store::SharedStore shared;
};

struct elr_outcome {
    elr_outcome(std::string id, elastiroll::Outcome given)
        : deployment(std::move(id)), outcome(std::move(given)) {
        if (outcome.error)
            error.emplace(*outcome.error);
    }

    std::string deployment;
    elastiroll::Outcome outcome;
    std::optional<elr_error> error{};
};

/// What other threads want of a run.
struct elr_control {
    struct State {
        std::mutex mutex{};
        bool is_interrupted = false;
        std::vector<elastiroll::DecisionEntry> decisions{};
    };
    std::shared_ptr<State> state = std::make_shared<State>();
};
