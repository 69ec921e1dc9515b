#include "events.hpp"
#include "run_options.hpp"
#include "wiring.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include <unistd.h>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

/// How soon a control is heard.
constexpr Milliseconds slice{200};
/// Simulated time passes at once, and a control is heard between any two answers.
constexpr Milliseconds virtual_slice{3'600'000};

/// Tells the host's callbacks what happens.
class Listener final : public Observer {
public:
    Listener(Hook<elr_observer_fn> observer, Hook<elr_log_fn> log)
        : observer_(std::move(observer)), log_(std::move(log)) {}

    bool is_needed() const { return observer_ || log_; }

    void on_event(const DeploymentId& deployment, const Event& event) override {
        const EventView view(deployment.text(), event);
        if (observer_)
            observer_(&view.get());
        if (log_)
            log_(view.level(), view.get().text);
    }

private:
    Hook<elr_observer_fn> observer_;
    Hook<elr_log_fn> log_;
};

/// Tells a log of every request: method and URL, whose query is left out, status, time. What is
/// signed or secret stands in queries, headers and bodies.
class LoggedTransport final : public HttpTransport {
public:
    LoggedTransport(HttpTransport& inner, Clock& clock, Hook<elr_log_fn> log)
        : inner_(&inner), clock_(&clock), log_(std::move(log)) {}

    void start(HttpRequestId id, HttpRequest request) override {
        if (log_)
            under_way_.emplace(
                id, UnderWay{request.method + ' ' + request.url.substr(0, request.url.find('?')),
                             clock_->monotonic()});
        inner_->start(id, std::move(request));
    }
    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        std::vector<HttpCompletion> completions = inner_->poll(wait);
        for (const HttpCompletion& one : completions)
            tell(one);
        return completions;
    }

private:
    struct UnderWay {
        std::string what;
        Milliseconds began;
    };

    void tell(const HttpCompletion& completion) {
        const auto found = under_way_.find(completion.id);
        if (found == under_way_.end())
            return;
        const auto* response = std::get_if<HttpResponse>(&completion.result);
        const std::string end = response ? fmt::format("{}", response->status)
                                         : std::get<HttpFailure>(completion.result).message;
        const std::string line = fmt::format("{}: {} in {} ms", found->second.what, end,
                                             (clock_->monotonic() - found->second.began).count());
        under_way_.erase(found);
        log_(static_cast<int32_t>(ELR_LOG_DEBUG), line.c_str());
    }

    HttpTransport* inner_;
    Clock* clock_;
    Hook<elr_log_fn> log_;
    std::unordered_map<HttpRequestId, UnderWay> under_way_{};
};

/// Distinct for equal times: the process, the place in memory.
std::string entropy_of(const void* place) {
    return fmt::format("{} {} {}", ::getpid(), place,
                       std::chrono::steady_clock::now().time_since_epoch().count());
}

/// One blocking run, from its wiring to its outcome.
class Run {
public:
    Run(const elr_client& client, RunOptions options, Wire wire)
        : options_(std::move(options)), wire_(std::move(wire)),
          listener_(options_.observer, options_.log),
          transport_(*wire_.transport, *wire_.clock, options_.log),
          // Runs that start together must not repeat their calls together.
          accounts_(client.config,
                    static_cast<std::uint64_t>(wire_.clock->now().time_since_epoch().count()),
                    false) {}

    RuntimePorts ports(Store* store) {
        return {.transport = &transport_,
                .store = store,
                .clock = wire_.clock.get(),
                .observer = listener_.is_needed() ? &listener_ : nullptr,
                .clients = &accounts_};
    }

    DeploymentId new_id() const {
        return options_.deployment.empty()
                   ? make_deployment_id(wire_.clock->now(), entropy_of(this))
                   : options_.deployment;
    }

    Outcome pump(Fleet& fleet, const DeploymentId& id) {
        do
            heed_control(fleet, id);
        while (fleet.pump(wire_.is_virtual ? virtual_slice : slice));
        return fleet.outcome(id).value_or(Outcome{.kind = OutcomeKind::stopped});
    }

    RunOptions& options() { return options_; }

private:
    void heed_control(Fleet& fleet, const DeploymentId& id) {
        if (!options_.control)
            return;
        bool is_interrupted = false;
        std::vector<DecisionEntry> decisions;
        {
            const std::scoped_lock lock(options_.control->mutex);
            is_interrupted = options_.control->is_interrupted;
            const auto& all = options_.control->decisions;
            decisions.assign(all.begin() + static_cast<std::ptrdiff_t>(decisions_), all.end());
        }
        decisions_ += decisions.size();
        for (DecisionEntry& decision : decisions)
            fleet.decide(id, std::move(decision));
        if (is_interrupted && !std::exchange(was_interrupted_, true))
            fleet.interrupt(id);
    }

    RunOptions options_;
    Wire wire_;
    Listener listener_;
    LoggedTransport transport_;
    Accounts accounts_;
    std::size_t decisions_ = 0; ///< so many of the control's were heeded
    bool was_interrupted_ = false;
};

/// Runs to the outcome what `begin` adds to the fleet. `required`: the argument that only this run
/// has; where it is a deployment's id, `deployment` is too.
template <class Begin>
elr_status run(const elr_client* client, elr_store* store, const elr_run_options* given,
               Argument required, const char* deployment, const Begin& begin,
               elr_outcome** outcome_out, elr_error** error_out) {
    clear(outcome_out);
    return guard(error_out, [&]() -> Result<void> {
        auto options = read_run_options(given);
        if (!options)
            return Unexpected(std::move(options).error());
        if (auto all = require(
                {{"client", client}, {"store", store}, required, {"outcome_out", outcome_out}});
            !all)
            return all;
        if (deployment) {
            auto id = read_name(required.name, deployment);
            if (!id)
                return Unexpected(std::move(id).error());
            options->deployment = DeploymentId(*std::move(id));
        }
        auto wire = make_wire(client->config);
        if (!wire)
            return Unexpected(std::move(wire).error());
        Run one(*client, *std::move(options), *std::move(wire));
        const DeploymentId id = one.new_id();
        const auto view = store->shared.view();
        Fleet fleet(one.ports(view.get()));
        begin(fleet, id, one.options());
        Outcome outcome = one.pump(fleet, id);
        *outcome_out = make_handle<elr_outcome>(id.text(), std::move(outcome));
        return {};
    });
}

elr_status take_up(const elr_client* client, elr_store* store, const char* deployment,
                   ResumeMode mode, const elr_run_options* options, elr_outcome** outcome_out,
                   elr_error** error_out) {
    return run(
        client, store, options, {"deployment", deployment}, deployment,
        [mode](Fleet& fleet, const DeploymentId& id, const RunOptions& run) {
            fleet.resume({.deployment = id,
                          .mode = mode,
                          .accepts_drift = run.accepts_drift,
                          .takes_over = run.takes_over,
                          .detaches = run.detaches,
                          .actor = run.actor,
                          .reason = run.reason});
        },
        outcome_out, error_out);
}

} // namespace

elr_status elr_observe(const elr_client* client, const elr_spec* spec, elr_snapshot** snapshot_out,
                       elr_error** error_out) {
    clear(snapshot_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given =
                require({{"client", client}, {"spec", spec}, {"snapshot_out", snapshot_out}});
            !given)
            return given;
        auto wire = make_wire(client->config);
        if (!wire)
            return Unexpected(std::move(wire).error());
        Run one(*client, {}, *std::move(wire));
        auto snapshot = observe(spec->spec, one.ports(nullptr));
        if (!snapshot)
            return Unexpected(std::move(snapshot).error());
        *snapshot_out = make_handle<elr_snapshot>(*std::move(snapshot));
        return {};
    });
}

elr_status elr_plan_deployment(const elr_client* client, elr_store* store, const elr_spec* spec,
                               elr_plan** plan_out, elr_error** error_out) {
    clear(plan_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"client", client}, {"spec", spec}, {"plan_out", plan_out}});
            !given)
            return given;
        auto wire = make_wire(client->config);
        if (!wire)
            return Unexpected(std::move(wire).error());
        Run one(*client, {}, *std::move(wire));
        const auto view = store ? store->shared.view() : nullptr;
        auto planned = plan(spec->spec, one.ports(view.get()));
        if (!planned)
            return Unexpected(std::move(planned).error());
        *plan_out = make_handle<elr_plan>(*std::move(planned));
        return {};
    });
}

elr_status elr_deploy(const elr_client* client, elr_store* store, const elr_spec* spec,
                      const elr_run_options* options, elr_outcome** outcome_out,
                      elr_error** error_out) {
    return run(
        client, store, options, {"spec", spec}, nullptr,
        [spec](Fleet& fleet, const DeploymentId& id, RunOptions& run) {
            fleet.add({.deployment = id,
                       .spec = spec->spec,
                       .actor = run.actor,
                       .reason = run.reason,
                       .detaches = run.detaches,
                       .saved = std::move(run.plan)});
        },
        outcome_out, error_out);
}

elr_status elr_resume(const elr_client* client, elr_store* store, const char* deployment,
                      const elr_run_options* options, elr_outcome** outcome_out,
                      elr_error** error_out) {
    return take_up(client, store, deployment, ResumeMode::go_on, options, outcome_out, error_out);
}

elr_status elr_rollback(const elr_client* client, elr_store* store, const char* deployment,
                        const elr_run_options* options, elr_outcome** outcome_out,
                        elr_error** error_out) {
    return take_up(client, store, deployment, ResumeMode::roll_back, options, outcome_out,
                   error_out);
}

elr_status elr_rollback_from_tags(const elr_client* client, elr_store* store, const elr_spec* spec,
                                  const elr_run_options* options, elr_outcome** outcome_out,
                                  elr_error** error_out) {
    return run(
        client, store, options, {"spec", spec}, nullptr,
        [spec](Fleet& fleet, const DeploymentId& id, const RunOptions& run) {
            fleet.roll_back_from_tags(
                {.deployment = id, .spec = spec->spec, .actor = run.actor, .reason = run.reason});
        },
        outcome_out, error_out);
}
