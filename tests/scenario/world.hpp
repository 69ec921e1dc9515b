#pragma once

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/engine/event.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/ports/store.hpp>
#include <elastiroll/runtime/runtime.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream> // doctest shows a std::string_view through it
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::test {

/// Texts in order, of which a failed check shows every one.
struct Texts : std::vector<std::string> {
    using vector::vector;
};

/// The JSON document `text`; ends the test case where it is none.
Document json(std::string_view text);

/// A spec of line `app` with 2/4/8 instances and a basic strategy. The members of `workflow`
/// replace those of the workflow, `group` is laid over a small group template, `service` over the
/// service. Ends the test case where it does not resolve.
DeploymentSpec make_spec(std::string_view workflow = "{}", std::string_view group = "{}",
                         std::string_view service = "{}");
/// The same, as a document that resolve_spec() takes.
Document spec_document(std::string_view workflow = "{}", std::string_view group = "{}",
                       std::string_view service = "{}");

/// What automation looks like in a group document.
constexpr std::string_view scaling_group =
    R"({"scaling": {"up": [{"policyName": "busy", "adjustment": 1}]}})";

/// A simulated cloud and all that a deployment runs on, in the cloud's time. The process that
/// deploys can be replaced (crash()); cloud and store outlive it.
class World {
public:
    /// Ends the test case where `scenario` is none.
    explicit World(std::string_view scenario);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    // Running.

    /// Called after every turn of the loop; the process dies where it returns false.
    using Hook = std::function<bool(Fleet&)>;

    RuntimePorts ports();
    DeployRequest request(DeploymentSpec spec) const;
    /// Runs deployment `id` to its end.
    Outcome deploy(DeploymentSpec spec, const Hook& hook = {});
    /// Goes on with deployment `id`.
    Outcome resume(ResumeMode mode = ResumeMode::go_on, const Hook& hook = {},
                   bool accepts_drift = false);
    /// Undoes what the groups' tags tell of; its journal is that of deployment `id`.
    Outcome roll_back_from_tags(DeploymentSpec spec, const Hook& hook = {});
    /// Runs until everything has ended or the hook says no; empty then.
    std::optional<Outcome> run(Fleet& fleet, const Hook& hook);
    /// A new process: another client with `token`, another connection, the lease of the dead one
    /// run out.
    void crash(std::string token = "simulated");
    /// The journals are gone: only what is in the cloud can tell.
    void forget();
    /// Journals are kept in `store` from now on.
    void set_store(std::unique_ptr<Store> store);
    /// AWS is asked too, from now on.
    void connect_aws();
    /// Somebody sets the machine's clock: the wall's time, not the one that only goes on.
    void set_clock(Milliseconds by);
    void pass(Milliseconds time) { cloud.advance(cloud.now() + time); }
    /// Adds to the running cloud: a part of a scenario.
    void add(std::string_view scenario_part);

    // What happened, by the cloud's own books.

    /// The mutating requests in order: `create_group app__8`, `scale_group app__8 1/1/1`,
    /// `suspend_processes app__7 AUTO_SCALE SCHEDULING`; one that did not succeed has its status
    /// or, in brackets, what became of it: ` (503)`, ` (no answer)`.
    Texts changes() const;
    /// The requests called `name`, of `group` where it is named.
    int count(std::string_view name, std::string_view group = {}) const;
    std::map<std::string, int> counts() const;
    /// When requests called `name` about `group` arrived.
    std::vector<TimePoint> times(std::string_view name, std::string_view group) const;
    /// `app__7 2/4/8`, by name.
    Texts capacities() const;
    /// Of the group called `name`; `gone` where there is none.
    std::string capacity(std::string_view name) const;
    int healthy(std::string_view name) const;
    Texts suspended(std::string_view name) const; ///< sorted
    /// The least that was ever healthy in all groups together.
    int lowest_healthy() const;
    /// The body of the first create; ends the test case where there is none.
    Document create_body() const;
    std::string name_of(const GroupId& group) const;

    std::vector<JournalRecord> journal() const; ///< empty before the first record
    /// Whether `text` is in what the store keeps of deployment `id`.
    bool is_stored(std::string_view text) const;
    /// The messages of notices and the texts of warnings, one per line.
    std::string notices() const;

    sim::Cloud cloud;
    std::vector<Event> events;
    DeploymentId id{"01kdeployment"};

private:
    class CloudClock;
    class Recorder;

    std::map<GroupId, std::string> first_names_;
    std::map<GroupId, int> first_healthy_;
    std::size_t first_change_ = 0;
    std::unique_ptr<CallClient> client_;
    std::unique_ptr<CallClient> aws_; ///< null: nothing is asked of AWS
    std::unique_ptr<HttpTransport> transport_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<CloudClock> clock_;
    std::unique_ptr<Recorder> recorder_;
};

/// A client of the account that all scenarios are of.
std::unique_ptr<CallClient> make_client(std::string token = "simulated");

/// A hook that does `act` once, after the mutating request number `nth` (from 1) was sent.
World::Hook after_change(World& world, int nth, std::function<void(Fleet&)> act);

/// The mutating steps of `plan` in order, as World::changes() words their calls.
Texts listed_changes(const DeploymentPlan& plan, const World& world);

bool contains(std::string_view text, std::string_view part);

} // namespace elastiroll::test

template <> struct doctest::StringMaker<elastiroll::test::Texts> {
    static String convert(const elastiroll::test::Texts& texts) {
        std::string all;
        for (const std::string& text : texts)
            all += "\n    " + text;
        return all.c_str();
    }
};
template <> struct doctest::StringMaker<elastiroll::OutcomeKind> {
    static String convert(elastiroll::OutcomeKind kind) {
        return std::string(to_string(kind)).c_str();
    }
};
