#include "target.hpp"

#include <elastiroll.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

// Random sequences of calls of the C API on the simulated cloud, with handles that are there, gone
// or of another kind of run. What is looked for is mostly what a sanitizer sees.

namespace elastiroll::fuzz {
namespace {

constexpr std::size_t slots = 2;
constexpr int calls_max = 60;
constexpr int runs_max = 4;    ///< blocking ones, which take milliseconds
constexpr int turns_max = 300; ///< of one driven fleet's loop

constexpr std::string_view spec_begin =
    R"({"application": {"name": "a"}, "services": [{"name": "s", "image": {"id": "ami-0abc5d7e9f1a2b3c4"}}],
        "environments": [{"name": "e"}], "infrastructures": [{"name": "i", "environment": "e",
        "region": "eu-west-1", "account": "act-1", "elastigroup": {"group": {"capacity": {"unit": "instance"},
        "strategy": {"risk": 100}, "compute": {"instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large"]},
        "availabilityZones": [{"name": "eu-west-1a", "subnetIds": ["subnet-1"]}], "launchSpecification": {}}}}}],
        "workflows": [{"name": "w", "strategy": "canary", "service": "s", "infrastructure": "i",
        "group_prefix": "app", "instances": "same_as_running", "phases": )";
constexpr std::array<std::string_view, 4> phases = {
    R"([{"percent": 50}, {"percent": 100}]}]})",
    R"([{"percent": 50, "approval": true}, {"percent": 100}]}]})",
    R"([{"percent": 100, "bake": "5m"}]}]})",
    R"([{"percent": 200}]}]})",
};
constexpr std::array<std::string_view, 5> scenarios = {
    R"({"region": "eu-west-1", "account": "act-1", "groups": [{"name": "app__6", "capacity": "1/2/4"}]})",
    R"({"region": "eu-west-1", "account": "act-1", "groups": [{"name": "app__6", "capacity": "1/2/4"}],
        "instances": [{"group": "app__7", "healthy": "never"}]})",
    R"({"region": "eu-west-1", "account": "act-1", "groups": [{"name": "app__6", "capacity": "1/2/4"}],
        "faults": [{"call": "create_group", "lose": "answer"}, {"call": "scale_group", "nth": 2, "late": "30s"}]})",
    R"({"token": "CANARY0SECRET", "account": "act-1"})",
    R"({"groups": 3})",
};
constexpr std::array<const char*, 5> names = {nullptr, "", "phase-1.approval", "\xff\xfe", "01kx"};

/// The handles of one sequence, and what it has broken.
class Sequence {
public:
    explicit Sequence(std::string_view bytes) : bytes_(bytes) {}
    Sequence(const Sequence&) = delete;
    Sequence& operator=(const Sequence&) = delete;
    ~Sequence() {
        for (std::size_t i = 0; i < slots; ++i) {
            elr_fleet_free(fleets_[i]);
            elr_outcome_free(outcomes_[i]);
            elr_control_free(controls_[i]);
            elr_plan_free(plans_[i]);
            elr_snapshot_free(snapshots_[i]);
            elr_spec_free(specs_[i]);
            elr_store_free(stores_[i]);
            elr_client_free(clients_[i]);
            elr_cloud_free(clouds_[i]);
        }
    }

    std::string run() {
        for (int i = 0; i < calls_max && !bytes_.empty() && law_.empty(); ++i)
            call();
        return law_;
    }

private:
    template <class T> using Slots = std::array<T*, slots>;

    std::size_t draw(std::size_t bound) { return take_choice(bytes_, bound); }
    /// A handle, or the place where there is none.
    template <class T> T* any(const Slots<T>& from) { return from[draw(slots)]; }
    const char* name() {
        const std::size_t which = draw(names.size() + 1);
        return which < names.size() ? names[which] : last_.text;
    }

    /// Makes the handle of a slot anew.
    template <class T, class Make> void make(Slots<T>& into, void (*free)(T*), const Make& call) {
        T*& slot = into[draw(slots)];
        free(slot);
        elr_error* error = nullptr;
        const elr_status status = call(&slot, &error);
        check(status, error);
        if ((status == ELR_OK) != (slot != nullptr))
            law_ = "an output is set on success, and only then";
    }
    void check(elr_status status, elr_error* error) {
        if ((status == ELR_OK) != (error == nullptr))
            law_ = "a failure has an error, and only a failure";
        if (status == ELR_ERROR_INTERNAL)
            law_ = "nothing is a bug of ours";
        if (error) {
            const std::string text = elr_error_text(error);
            if (elr_error_status(error) != status || text.empty())
                law_ = "an error tells its status and a text";
            if (text.find(canary) != std::string::npos)
                law_ = "an error shows no secret";
        }
        elr_error_free(error);
    }
    template <class Call> void text(const Call& call) {
        char* given = nullptr;
        elr_error* error = nullptr;
        const elr_status status = call(&given, &error);
        check(status, error);
        if ((status == ELR_OK) != (given != nullptr))
            law_ = "text is given on success, and only then";
        elr_string_free(given);
    }

    void make_client() {
        elr_client_options options{};
        options.struct_size = sizeof options;
        options.cloud = any(clouds_);
        if (!options.cloud) // it would be one of real accounts
            return;
        options.spot_token = draw(2) == 0 ? nullptr : canary.data();
        make(clients_, elr_client_free,
             [&](auto out, auto error) { return elr_client_new(&options, out, error); });
    }
    void make_spec() {
        const std::string json = std::string(spec_begin) + std::string(phases[draw(phases.size())]);
        make(specs_, elr_spec_free, [&](auto out, auto error) {
            return elr_spec_new(json.data(), json.size(), nullptr, out, error);
        });
    }
    void make_cloud() {
        const std::string_view json = scenarios[draw(scenarios.size())];
        make(clouds_, elr_cloud_free, [&](auto out, auto error) {
            return elr_cloud_new(json.data(), json.size(), out, error);
        });
    }
    void make_fleet() {
        elr_fleet_options options{};
        options.struct_size = sizeof options;
        elr_cloud* cloud = any(clouds_);
        options.now_ms = elr_cloud_now_ms(cloud);
        options.store = any(stores_);
        const elr_client* client = any(clients_);
        make(fleets_, elr_fleet_free,
             [&](auto out, auto error) { return elr_fleet_new(client, &options, out, error); });
    }
    elr_run_options run_options() {
        elr_run_options options{};
        options.struct_size = sizeof options;
        options.actor = name();
        options.plan = any(plans_);
        const std::size_t flags = draw(16);
        options.detaches = (flags & 1U) != 0 ? 1 : 0;
        options.accepts_drift = (flags & 2U) != 0 ? 1 : 0;
        options.takes_over = (flags & 4U) != 0 ? 1 : 0;
        return options;
    }
    void run_blocking() {
        if (++runs_ > runs_max)
            return;
        elr_run_options options = run_options();
        options.control = any(controls_);
        const elr_client* client = any(clients_);
        elr_store* store = any(stores_);
        const elr_spec* spec = any(specs_);
        const char* deployment = name();
        const std::size_t kind = draw(4);
        make(outcomes_, elr_outcome_free, [&](auto out, auto error) {
            switch (kind) {
            case 0: return elr_deploy(client, store, spec, &options, out, error);
            case 1: return elr_resume(client, store, deployment, &options, out, error);
            case 2: return elr_rollback(client, store, deployment, &options, out, error);
            default: return elr_rollback_from_tags(client, store, spec, &options, out, error);
            }
        });
        for (const elr_outcome* outcome : outcomes_) {
            if (outcome && elr_outcome_kind(outcome) < ELR_OUTCOME_DONE)
                law_ = "an outcome is of a known kind";
        }
    }
    void begin_driven() {
        elr_run_options options = run_options();
        elr_fleet* fleet = any(fleets_);
        const elr_spec* spec = any(specs_);
        const char* deployment = name();
        elr_error* error = nullptr;
        elr_id id{};
        elr_status status = ELR_OK;
        switch (draw(8)) {
        case 0: status = elr_fleet_plan(fleet, spec, &id, &error); break;
        case 1: status = elr_fleet_list(fleet, deployment, 3, &id, &error); break;
        case 2: status = elr_fleet_history(fleet, deployment, &id, &error); break;
        case 3: status = elr_fleet_resume(fleet, deployment, &options, &error); break;
        case 4: status = elr_fleet_rollback(fleet, deployment, &options, &error); break;
        case 5: status = elr_fleet_rollback_from_tags(fleet, spec, &options, &id, &error); break;
        default:
            status = elr_fleet_deploy(fleet, spec, &options, &id, &error);
            if (status == ELR_OK)
                last_ = id;
        }
        check(status, error);
    }
    void decide() {
        elr_fleet* fleet = any(fleets_);
        elr_store* store = any(stores_);
        elr_control* control = any(controls_);
        const char* deployment = name();
        const char* gate = name();
        elr_error* error = nullptr;
        elr_status status = ELR_OK;
        switch (draw(8)) {
        case 0: status = elr_fleet_approve(fleet, deployment, gate, "mia", nullptr, &error); break;
        case 1: status = elr_fleet_abort(fleet, deployment, "mia", nullptr, &error); break;
        case 2: status = elr_fleet_interrupt(fleet, deployment, &error); break;
        case 3: status = elr_store_approve(store, deployment, gate, "mia", nullptr, &error); break;
        case 4: status = elr_store_abort(store, deployment, "mia", nullptr, &error); break;
        case 5: status = elr_control_approve(control, gate, "mia", nullptr, &error); break;
        case 6: status = elr_control_abort(control, "mia", nullptr, &error); break;
        default: status = elr_control_interrupt(control, &error);
        }
        check(status, error);
    }
    /// Pumps a fleet, whose requests go to a cloud or fail, and whose items are mostly lost.
    void pump() {
        elr_fleet* fleet = any(fleets_);
        elr_cloud* cloud = any(clouds_);
        const std::size_t way = draw(4);
        int turns = static_cast<int>(draw(turns_max));
        while (elr_fleet_is_running(fleet) == 1 && turns-- > 0 && law_.empty()) {
            const elr_action* action = nullptr;
            elr_error* error = nullptr;
            check(elr_fleet_next(fleet, elr_cloud_now_ms(cloud), &action, &error), error);
            answer(fleet, cloud, action, way);
        }
    }
    void answer(elr_fleet* fleet, elr_cloud* cloud, const elr_action* action, std::size_t way) {
        const int64_t id = elr_action_id(action);
        elr_error* error = nullptr;
        elr_status status = ELR_OK;
        switch (elr_action_kind(action)) {
        case ELR_ACTION_HTTP:
            if (way == 0)
                status = elr_fleet_on_response(fleet, id, 503, nullptr, 0, "{", 1, &error);
            else if (way == 1)
                status = elr_fleet_on_failure(fleet, id, 1, "no", &error);
            else
                status = elr_cloud_send(cloud, action, &error);
            if (cloud)
                check(status, error);
            else
                elr_error_free(error);
            return;
        case ELR_ACTION_PERSIST:
            if (elr_action_operation(action) != ELR_PERSIST_PUT)
                status = elr_fleet_on_items(fleet, id, nullptr, 0, &error);
            else if (way == 2)
                status = elr_fleet_on_persist_failed(fleet, id, "full", &error);
            else
                status = elr_fleet_on_written(fleet, id, 1, &error);
            check(status, error);
            return;
        case ELR_ACTION_WAKE_AT: {
            const int64_t wake = elr_action_wake_at_ms(action);
            const int64_t event = elr_cloud_next_event_ms(cloud);
            const int64_t to = wake < event ? wake : event;
            if (cloud && to != INT64_MAX) {
                check(elr_cloud_advance(cloud, to, &error), error);
                error = nullptr;
                check(elr_cloud_deliver(cloud, fleet, nullptr, &error), error);
            }
            return;
        }
        case ELR_ACTION_EVENT:
            if (!elr_action_event(action) || !elr_action_event(action)->text)
                law_ = "an event has a text";
            return;
        case ELR_ACTION_DONE:
            if (!elr_action_outcome(action) && !elr_action_plan(action) &&
                !elr_action_error(action) && *elr_action_json(action) == '\0')
                law_ = "what has ended has ended somehow";
            return;
        default: law_ = "an action is of a known kind";
        }
    }

    void call() {
        switch (draw(20)) {
        case 0: return make_cloud();
        case 1: return make_client();
        case 2:
            return make(stores_, elr_store_free,
                        [](auto out, auto error) { return elr_store_new_memory(out, error); });
        case 3: return make_spec();
        case 4:
            return make(controls_, elr_control_free,
                        [](auto out, auto error) { return elr_control_new(out, error); });
        case 5: {
            const elr_client* client = any(clients_);
            const elr_spec* spec = any(specs_);
            return make(snapshots_, elr_snapshot_free, [&](auto out, auto error) {
                return elr_observe(client, spec, out, error);
            });
        }
        case 6: {
            const elr_spec* spec = any(specs_);
            const elr_snapshot* snapshot = any(snapshots_);
            return make(plans_, elr_plan_free, [&](auto out, auto error) {
                return elr_plan_new(spec, snapshot, out, error);
            });
        }
        case 7: {
            const elr_client* client = any(clients_);
            elr_store* store = any(stores_);
            const elr_spec* spec = any(specs_);
            return make(plans_, elr_plan_free, [&](auto out, auto error) {
                return elr_plan_deployment(client, store, spec, out, error);
            });
        }
        case 8: return make_fleet();
        case 9:
        case 10: return begin_driven();
        case 11:
        case 12: return pump();
        case 13:
        case 14: return run_blocking();
        case 15: return decide();
        case 16:
            return text([&](auto out, auto error) {
                return elr_plan_to_text(any(plans_), static_cast<int32_t>(draw(200)), out, error);
            });
        case 17:
            return text([&](auto out, auto error) {
                return elr_store_list(any(stores_), name(), static_cast<int32_t>(draw(5)), out,
                                      error);
            });
        case 18:
            return text([&](auto out, auto error) {
                return elr_store_history(any(stores_), name(), out, error);
            });
        default:
            return text(
                [&](auto out, auto error) { return elr_cloud_to_json(any(clouds_), out, error); });
        }
    }

    std::string_view bytes_;
    std::string law_{};
    int runs_ = 0;
    elr_id last_{};
    Slots<elr_cloud> clouds_{};
    Slots<elr_client> clients_{};
    Slots<elr_store> stores_{};
    Slots<elr_spec> specs_{};
    Slots<elr_snapshot> snapshots_{};
    Slots<elr_plan> plans_{};
    Slots<elr_control> controls_{};
    Slots<elr_outcome> outcomes_{};
    Slots<elr_fleet> fleets_{};
};

} // namespace

std::string broken_capi_law(std::string_view bytes) { return Sequence(bytes).run(); }

} // namespace elastiroll::fuzz
