#pragma once

#include "events.hpp"
#include "handles.hpp"
#include "run_options.hpp"
#include "wiring.hpp"

#include <elastiroll/adapters/store.hpp>
#include <elastiroll/runtime/host_ports.hpp>
#include <elastiroll/runtime/runtime.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

/// Something for the host to do. Which members are set depends on the kind.
struct elr_action {
    int32_t kind = 0;
    elr_fleet* fleet = nullptr;
    int64_t id = 0;
    std::string deployment{};
    int64_t wake_at_ms = 0;
    elastiroll::HttpRequest request{};
    int32_t operation = 0;
    std::string key{};
    std::string before{};
    int64_t version = 0;
    std::size_t limit = 0;
    bool is_newest_first = false;
    std::string body{}; ///< of a put
    std::unique_ptr<elastiroll::capi::EventView> event{};
    std::unique_ptr<elr_outcome> outcome{};
    std::unique_ptr<elr_plan> plan{};
    std::string json{};
    std::unique_ptr<elr_error> error{};
};

/// A Fleet on ports of the host. Without stores, both null, the host persists.
struct elr_fleet final : private elastiroll::Observer {
public:
    elr_fleet(std::shared_ptr<const elastiroll::capi::ClientConfig> config,
              std::unique_ptr<elastiroll::Store> store,
              std::unique_ptr<elastiroll::Store> query_store, elastiroll::TimePoint now);
    elr_fleet(const elr_fleet&) = delete;
    elr_fleet& operator=(const elr_fleet&) = delete;
    ~elr_fleet() override;

    elastiroll::DeploymentId deploy(const elastiroll::DeploymentSpec& spec,
                                    elastiroll::capi::RunOptions options);
    elastiroll::DeploymentId roll_back_from_tags(const elastiroll::DeploymentSpec& spec,
                                                 elastiroll::capi::RunOptions options);
    elastiroll::Result<void> take_up(const elastiroll::DeploymentId& id,
                                     elastiroll::ResumeMode mode,
                                     const elastiroll::capi::RunOptions& options);
    elastiroll::DeploymentId plan(const elastiroll::DeploymentSpec& spec);

    using ReadAnswer =
        std::function<elastiroll::Result<elastiroll::Document>(const elastiroll::StoreAnswer&)>;
    /// Asks the store; the answer ends as JSON.
    elastiroll::DeploymentId ask(elastiroll::StoreOperation operation, ReadAnswer read);

    bool runs(const elastiroll::DeploymentId& id) const { return running_.contains(id); }
    void decide(const elastiroll::DeploymentId& id, elastiroll::DecisionEntry decision);
    void interrupt(const elastiroll::DeploymentId& id);

    const elr_action* next(elastiroll::TimePoint now);
    bool is_running() const;

    elastiroll::Result<void> complete(elastiroll::HttpCompletion completion);
    /// `is_put`: what an answer that is no error can be of.
    elastiroll::Result<void> answer(int64_t id, bool is_put,
                                    elastiroll::Result<elastiroll::store::ItemAnswer> answer);

    /// This fleet as a client of that cloud, whose lock the caller holds.
    elastiroll::sim::ClientId
    client_of(const std::shared_ptr<elastiroll::capi::SharedCloud>& cloud);

private:
    struct Asked {
        elastiroll::store::ItemStore* store = nullptr;
        elastiroll::store::ItemTicket ticket{};
        bool is_put = false;
    };
    struct Query {
        elastiroll::DeploymentId id{};
        ReadAnswer read{};
    };

    void on_event(const elastiroll::DeploymentId& deployment,
                  const elastiroll::Event& event) override;
    elastiroll::DeploymentId new_id(elastiroll::DeploymentId given);
    void settle();
    void take_requests();
    void take_items(elastiroll::store::ItemStore* store);
    void take_answers();
    void take_ended();
    elr_action& add(int32_t kind);

    // The queries' own view: what is submitted to the fleet's is answered to it alone.
    std::unique_ptr<elastiroll::Store> store_;
    std::unique_ptr<elastiroll::Store> query_store_;
    elastiroll::store::ItemStore* items_ = nullptr;       ///< store_, where the host persists
    elastiroll::store::ItemStore* query_items_ = nullptr; ///< query_store_, likewise
    elastiroll::HostTransport transport_{};
    elastiroll::HostClock clock_;
    elastiroll::capi::Accounts accounts_;
    elastiroll::Fleet fleet_;
    std::set<elastiroll::DeploymentId> running_{};
    std::set<elastiroll::DeploymentId> planning_{};
    std::set<elastiroll::HttpRequestId> in_flight_{};
    std::map<int64_t, Asked> asked_{};
    std::map<elastiroll::StoreTicket, Query> queries_{};
    std::map<std::shared_ptr<elastiroll::capi::SharedCloud>, elastiroll::sim::ClientId> clouds_{};
    std::deque<std::unique_ptr<elr_action>> ready_{};
    std::unique_ptr<elr_action> current_{};
    int64_t next_ask_ = 1;
    std::uint64_t next_query_ = 1;
    std::uint64_t next_id_ = 1;
};
