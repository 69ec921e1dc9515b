#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/engine/event.hpp>
#include <elastiroll/engine/execution.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/outcome.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/plan/saved_plan.hpp>
#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/ports/store.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll {

/// Tells the time: the machine's, or a simulated cloud's.
class Clock {
public:
    virtual ~Clock();
    virtual TimePoint now() = 0;
    /// Time since some moment, which nobody can set back: what leases are measured with. By default
    /// that of now(), for clocks that never go back.
    virtual Milliseconds monotonic();
};

/// The machine's UTC clock.
std::unique_ptr<Clock> make_system_clock();

/// Hears what deployments do. Called on the thread that pumps the Fleet, never while another call
/// of the same observer runs. Must not call the Fleet, but for decide() and interrupt().
class Observer {
public:
    virtual ~Observer();
    virtual void on_event(const DeploymentId& deployment, const Event& event) = 0;
};

/// The clients of one deployment.
struct ServiceClients {
    CallClient* spot = nullptr;
    CallClient* aws = nullptr; ///< null: nothing is asked of AWS
};

/// Finds the clients of a deployment by its spec (account, region, credentials), where one Fleet
/// deploys to several accounts; for one that is taken up by that of its journal.
class ClientSource {
public:
    virtual ~ClientSource();
    /// What it gives is borrowed and must outlive the Fleet. Fails where there are no credentials.
    virtual Result<ServiceClients> clients_for(const DeploymentSpec& spec) = 0;
};

/// What a deployment runs on. All are borrowed and must outlive the Fleet.
struct RuntimePorts {
    CallClient* client = nullptr; ///< Spot's; may be null where each request, or `clients`, has one
    HttpTransport* transport = nullptr;
    Store* store = nullptr;
    Clock* clock = nullptr;
    Observer* observer = nullptr;    ///< may be null
    CallClient* aws = nullptr;       ///< AWS's; null: nothing is asked of AWS
    ClientSource* clients = nullptr; ///< asked where neither a request nor `client` has one
};

/// A deployment to run.
struct DeployRequest {
    DeploymentId deployment{}; ///< unique; see make_deployment_id()
    DeploymentSpec spec{};
    std::string actor{}; ///< `user@host`
    std::string reason{};
    bool detaches = false; ///< ends as detached at the first gate, instead of waiting there
    /// A plan that was shown before: refused with drift where the one made now is another.
    std::optional<SavedPlan> saved{};
    /// Asked once with the plan, after the lease was taken and before anything is changed; no
    /// answer but true runs it. Empty: yes.
    std::function<bool(const DeploymentPlan&)> confirm{};
    /// Of the deployment's account, where one Fleet deploys to several; null: that of the ports.
    CallClient* client = nullptr;
    CallClient* aws = nullptr; ///< likewise, of its AWS account and region
};

/// A deployment to go on with.
struct ResumeRequest {
    DeploymentId deployment{};
    ResumeMode mode = ResumeMode::go_on;
    bool accepts_drift = false; ///< what is seen now counts, whatever the journal has
    bool takes_over = false;    ///< takes the line's lease from whoever holds it
    bool detaches = false;      ///< as DeployRequest
    std::string actor{};
    std::string reason{};
    CallClient* client = nullptr; ///< as DeployRequest
    CallClient* aws = nullptr;    ///< as DeployRequest
};

/// A line's unfinished deployment to roll back without its journal: see journal_from_tags().
struct TagRollbackRequest {
    DeploymentId deployment{}; ///< of the rollback's own journal: unique, as DeployRequest
    DeploymentSpec spec{};     ///< says where the line is and how its groups are marked
    std::string actor{};
    std::string reason{};
    /// As DeployRequest; it is the rollback's plan.
    std::function<bool(const DeploymentPlan&)> confirm{};
    CallClient* client = nullptr; ///< as DeployRequest
    CallClient* aws = nullptr;    ///< as DeployRequest
};

/// A plan to make, without a lease and with reads only.
struct PlanRequest {
    DeploymentId id{}; ///< to ask for the plan by: unique within the Fleet, as DeployRequest
    DeploymentSpec spec{};
    CallClient* client = nullptr; ///< as DeployRequest
    CallClient* aws = nullptr;    ///< as DeployRequest
};

/// 26 characters, sortable by time: `now` in milliseconds, then 80 bits of `entropy`'s digest.
DeploymentId make_deployment_id(TimePoint now, std::string_view entropy);

/// Reads the line, without a lease. Blocks. Of what the store knows nothing is in the snapshot.
Result<Snapshot> observe(const DeploymentSpec& spec, const RuntimePorts& ports);

/// Observes the line and plans, without a lease and with reads only. Where there is a store, it is
/// asked for the line's history.
Result<SavedPlan> plan(const DeploymentSpec& spec, const RuntimePorts& ports);

/// Runs one deployment to its end and blocks meanwhile.
Outcome deploy(DeployRequest request, const RuntimePorts& ports);

/// Goes on with a deployment whose journal is in the store, or rolls it back.
///
/// One that has ended, with nothing left to do, ends again as it did.
/// Refused with not_found (no such deployment), conflict (a later one of its line
/// has begun), lock_lost (somebody else runs the line).
Outcome resume(ResumeRequest request, const RuntimePorts& ports);

/// Rolls an unfinished deployment back whose journal is lost, and blocks meanwhile. What it then
/// does is journaled: resume() goes on with it.
///
/// Refused with not_found or conflict as journal_from_tags(); lock_lost as resume().
Outcome roll_back_from_tags(TagRollbackRequest request, const RuntimePorts& ports);

/// The one loop that pumps any number of deployments, of one account or of several, over shared
/// ports, on the caller's thread.
class Fleet {
public:
    explicit Fleet(RuntimePorts ports);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    void add(DeployRequest request);
    void resume(ResumeRequest request);
    void roll_back_from_tags(TagRollbackRequest request);
    /// As plan(); what comes of it is told by planned().
    void plan(PlanRequest request);

    /// Does what can be done now, then waits for the next thing at most `wait`.
    /// Whether any deployment is still running.
    bool pump(Milliseconds wait);
    /// Pumps until all have ended.
    void run();
    /// When pump() has something to do that no answer of a port brings; the present: at once.
    /// Empty: nothing is running but what waits for an answer.
    std::optional<TimePoint> next_wake() const;

    /// A person decided about one that runs here. What comes before its run has begun is kept for
    /// it; a deployment that is not here, or has ended, is passed over.
    void decide(const DeploymentId& deployment, DecisionEntry decision);
    /// Every deployment stops after its current call, journal intact.
    void interrupt();
    /// So does this one.
    void interrupt(const DeploymentId& deployment);

    /// How a deployment's newest run here ended; empty while it runs.
    std::optional<Outcome> outcome(const DeploymentId& deployment) const;
    /// The plan that was asked for, or why there is none; null while it is being made.
    const Result<SavedPlan>* planned(const DeploymentId& id) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace elastiroll
