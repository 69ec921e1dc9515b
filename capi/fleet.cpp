#include "fleet.hpp"

#include "queries.hpp"

#include <elastiroll/runtime/journals.hpp>

#include <fmt/format.h>

#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

#include <unistd.h>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

constexpr int64_t never = std::numeric_limits<int64_t>::max();

int64_t milliseconds_of(TimePoint time) { return time.time_since_epoch().count(); }

} // namespace

elr_fleet::elr_fleet(std::shared_ptr<const ClientConfig> config, std::unique_ptr<Store> store,
                     std::unique_ptr<Store> query_store, TimePoint now)
    : store_(std::move(store)), query_store_(std::move(query_store)), clock_(now),
      accounts_(std::move(config), static_cast<std::uint64_t>(milliseconds_of(now)), true),
      fleet_([this] {
          if (!store_) {
              auto items = store::make_item_store();
              items_ = items.get();
              store_ = std::move(items);
              auto query_items = store::make_item_store();
              query_items_ = query_items.get();
              query_store_ = std::move(query_items);
          }
          return RuntimePorts{.transport = &transport_,
                              .store = store_.get(),
                              .clock = &clock_,
                              .observer = this,
                              .clients = &accounts_};
      }()) {}

elr_fleet::~elr_fleet() {
    for (const auto& [cloud, client] : clouds_) {
        const std::scoped_lock lock(cloud->mutex);
        cloud->cloud.disconnect(client);
    }
}

DeploymentId elr_fleet::new_id(DeploymentId given) {
    if (!given.empty())
        return given;
    return make_deployment_id(
        clock_.now(),
        fmt::format("{} {} {}", ::getpid(), static_cast<const void*>(this), next_id_++));
}

DeploymentId elr_fleet::deploy(const DeploymentSpec& spec, RunOptions options) {
    const DeploymentId id = new_id(std::move(options.deployment));
    running_.insert(id);
    fleet_.add({.deployment = id,
                .spec = spec,
                .actor = std::move(options.actor),
                .reason = std::move(options.reason),
                .detaches = options.detaches,
                .saved = std::move(options.plan)});
    return id;
}

DeploymentId elr_fleet::roll_back_from_tags(const DeploymentSpec& spec, RunOptions options) {
    const DeploymentId id = new_id(std::move(options.deployment));
    running_.insert(id);
    fleet_.roll_back_from_tags({.deployment = id,
                                .spec = spec,
                                .actor = std::move(options.actor),
                                .reason = std::move(options.reason)});
    return id;
}

Result<void> elr_fleet::take_up(const DeploymentId& id, ResumeMode mode,
                                const RunOptions& options) {
    if (runs(id))
        return fail(ErrorCategory::conflict, fmt::format("deployment {} runs here", id.text()));
    running_.insert(id);
    fleet_.resume({.deployment = id,
                   .mode = mode,
                   .accepts_drift = options.accepts_drift,
                   .takes_over = options.takes_over,
                   .detaches = options.detaches,
                   .actor = options.actor,
                   .reason = options.reason});
    return {};
}

DeploymentId elr_fleet::plan(const DeploymentSpec& spec) {
    const DeploymentId id = new_id({});
    planning_.insert(id);
    fleet_.plan({.id = id, .spec = spec});
    return id;
}

DeploymentId elr_fleet::ask(StoreOperation operation, ReadAnswer read) {
    const StoreTicket ticket{next_query_++};
    const DeploymentId id = new_id({});
    queries_.emplace(ticket, Query{id, std::move(read)});
    StoreBatch batch;
    batch.push_back({ticket, std::move(operation)});
    query_store_->submit(std::move(batch));
    return id;
}

void elr_fleet::decide(const DeploymentId& id, DecisionEntry decision) {
    fleet_.decide(id, std::move(decision));
}

void elr_fleet::interrupt(const DeploymentId& id) {
    if (id.empty())
        fleet_.interrupt();
    else
        fleet_.interrupt(id);
}

bool elr_fleet::is_running() const {
    return !running_.empty() || !planning_.empty() || !queries_.empty() || !ready_.empty() ||
           store_->is_busy();
}

elr_action& elr_fleet::add(int32_t kind) {
    ready_.push_back(std::make_unique<elr_action>());
    ready_.back()->kind = kind;
    ready_.back()->fleet = this;
    return *ready_.back();
}

void elr_fleet::on_event(const DeploymentId& deployment, const Event& event) {
    // First what may fail: an action without its event would be none.
    auto view = std::make_unique<EventView>(deployment.text(), event);
    elr_action& action = add(ELR_ACTION_EVENT);
    action.event = std::move(view);
    action.deployment = deployment.text();
}

/// Does everything that can be done now.
void elr_fleet::settle() {
    bool is_due = true;
    while (is_due) {
        fleet_.pump(Milliseconds(0));
        const auto wake = fleet_.next_wake();
        is_due = wake && *wake <= clock_.now();
    }
    take_requests();
    take_answers();
    take_items(items_);
    take_items(query_items_);
    take_ended();
}

void elr_fleet::take_requests() {
    auto& outgoing = transport_.outgoing();
    while (!outgoing.empty()) {
        elr_action& action = add(ELR_ACTION_HTTP);
        action.id = static_cast<int64_t>(outgoing.front().id);
        action.request = std::move(outgoing.front().request);
        in_flight_.insert(outgoing.front().id);
        outgoing.pop_front();
    }
}

void elr_fleet::take_items(store::ItemStore* store) {
    if (!store)
        return;
    for (store::ItemRequest& request : store->requests()) {
        elr_action& action = add(ELR_ACTION_PERSIST);
        action.id = next_ask_++;
        if (auto* get = std::get_if<store::GetItem>(&request.operation)) {
            action.operation = ELR_PERSIST_GET;
            action.key = std::move(get->key);
        } else if (auto* put = std::get_if<store::PutItem>(&request.operation)) {
            action.operation = ELR_PERSIST_PUT;
            action.key = std::move(put->key);
            action.body = std::move(put->bytes);
            action.version = static_cast<int64_t>(put->version);
        } else if (auto* scan = std::get_if<store::ScanItems>(&request.operation)) {
            action.operation = ELR_PERSIST_SCAN;
            action.key = std::move(scan->prefix);
            action.before = std::move(scan->before);
            action.limit = scan->limit;
            action.is_newest_first = scan->is_newest_first;
        }
        asked_.emplace(action.id,
                       Asked{store, request.ticket, action.operation == ELR_PERSIST_PUT});
    }
}

void elr_fleet::take_answers() {
    for (StoreCompletion& one : query_store_->poll()) {
        const auto found = queries_.find(one.ticket);
        if (found == queries_.end())
            continue;
        elr_action& action = add(ELR_ACTION_DONE);
        action.deployment = found->second.id.text();
        auto document = one.result ? found->second.read(*one.result)
                                   : Result<Document>(Unexpected(std::move(one.result).error()));
        if (document)
            action.json = to_text(*document);
        else
            action.error = std::make_unique<elr_error>(std::move(document).error());
        queries_.erase(found);
    }
}

void elr_fleet::take_ended() {
    for (auto it = running_.begin(); it != running_.end();) {
        auto outcome = fleet_.outcome(*it);
        if (!outcome) {
            ++it;
            continue;
        }
        elr_action& action = add(ELR_ACTION_DONE);
        action.deployment = it->text();
        action.outcome = std::make_unique<elr_outcome>(it->text(), *std::move(outcome));
        it = running_.erase(it);
    }
    for (auto it = planning_.begin(); it != planning_.end();) {
        const Result<SavedPlan>* planned = fleet_.planned(*it);
        if (!planned) {
            ++it;
            continue;
        }
        elr_action& action = add(ELR_ACTION_DONE);
        action.deployment = it->text();
        if (*planned)
            action.plan = std::make_unique<elr_plan>(**planned);
        else
            action.error = std::make_unique<elr_error>(planned->error());
        it = planning_.erase(it);
    }
}

const elr_action* elr_fleet::next(TimePoint now) {
    clock_.advance(now);
    current_.reset();
    if (ready_.empty())
        settle();
    if (ready_.empty()) {
        current_ = std::make_unique<elr_action>();
        current_->kind = ELR_ACTION_WAKE_AT;
        current_->fleet = this;
        // Where all has ended meanwhile, the host finds out at once.
        const auto wake = is_running() ? fleet_.next_wake() : clock_.now();
        current_->wake_at_ms = wake ? milliseconds_of(*wake) : never;
    } else {
        current_ = std::move(ready_.front());
        ready_.pop_front();
    }
    return current_.get();
}

Result<void> elr_fleet::complete(HttpCompletion completion) {
    if (in_flight_.erase(completion.id) == 0)
        return fail(
            ErrorCategory::not_found,
            fmt::format("no request {} is under way", static_cast<std::uint64_t>(completion.id)));
    transport_.complete(std::move(completion));
    return {};
}

Result<void> elr_fleet::answer(int64_t id, bool is_put, Result<store::ItemAnswer> answer) {
    const auto found = asked_.find(id);
    if (found == asked_.end())
        return fail(ErrorCategory::not_found, fmt::format("nothing to persist has the id {}", id));
    if (answer && found->second.is_put != is_put)
        return fail(ErrorCategory::invalid_argument,
                    is_put ? "elr_fleet_on_written() answers ELR_PERSIST_PUT only"
                           : "ELR_PERSIST_PUT is answered by elr_fleet_on_written()");
    const Asked asked = found->second;
    asked_.erase(found);
    asked.store->on_answer(asked.ticket, std::move(answer));
    return {};
}

sim::ClientId elr_fleet::client_of(const std::shared_ptr<SharedCloud>& cloud) {
    const auto found = clouds_.find(cloud);
    if (found != clouds_.end())
        return found->second;
    return clouds_.emplace(cloud, cloud->cloud.connect()).first->second;
}

// ---- C -----------------------------------------------------------------------------------------

namespace {

/// Options of a run that has no callbacks.
Result<RunOptions> read_driven_options(const elr_run_options* given) {
    auto options = read_run_options(given);
    if (options && (options->observer || options->log || options->control))
        return invalid("options->observer, log and control are those of blocking runs: a fleet has "
                       "actions and elr_fleet_approve(), _abort(), _interrupt()");
    return options;
}

elr_status take_up(elr_fleet* fleet, const char* deployment, ResumeMode mode,
                   const elr_run_options* given, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        const auto options = read_driven_options(given);
        if (!options)
            return Unexpected(options.error());
        if (auto all = require({{"fleet", fleet}}); !all)
            return all;
        auto id = read_name("deployment", deployment);
        if (!id)
            return Unexpected(std::move(id).error());
        return fleet->take_up(DeploymentId(*std::move(id)), mode, *options);
    });
}

/// `begin` gives the id of what it began.
template <class Begin>
elr_status begin_run(elr_fleet* fleet, const elr_spec* spec, const elr_run_options* given,
                     elr_id* id_out, elr_error** error_out, const Begin& begin) {
    if (id_out)
        *id_out = {};
    return guard(error_out, [&]() -> Result<void> {
        auto options = read_driven_options(given);
        if (!options)
            return Unexpected(std::move(options).error());
        if (auto all = require({{"fleet", fleet}, {"spec", spec}}); !all)
            return all;
        if (fleet->runs(options->deployment))
            return fail(ErrorCategory::conflict, "options->deployment runs here already");
        const DeploymentId id = begin(*std::move(options));
        if (id_out)
            *id_out = make_id(id.text());
        return {};
    });
}

elr_status decide(elr_fleet* fleet, DecisionKind kind, const char* deployment, const char* gate,
                  const char* actor, const char* reason, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto all = require({{"fleet", fleet}, {"deployment", deployment}}); !all)
            return all;
        auto decision = read_decision(kind, deployment, gate, actor, reason);
        if (!decision)
            return Unexpected(std::move(decision).error());
        if (fleet->runs(decision->deployment)) {
            fleet->decide(decision->deployment, std::move(decision->entry));
            return {};
        }
        PostOperation post{decision->deployment, to_text(encode(decision->entry))};
        fleet->ask(std::move(post),
                   [](const StoreAnswer&) -> Result<Document> { return Document::object(); });
        return {};
    });
}

} // namespace

elr_status elr_fleet_new(const elr_client* client, const elr_fleet_options* options,
                         elr_fleet** fleet_out, elr_error** error_out) {
    clear(fleet_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given =
                require({{"client", client}, {"options", options}, {"fleet_out", fleet_out}});
            !given)
            return given;
        const auto known = read_options("options", options);
        if (!known)
            return Unexpected(known.error());
        if (known->reserved != 0)
            return invalid("options->reserved is not 0");
        if (known->now_ms <= 0)
            return invalid("options->now_ms is not set");
        const auto view = [&] { return known->store ? known->store->shared.view() : nullptr; };
        *fleet_out = make_handle<elr_fleet>(client->config, view(), view(),
                                            TimePoint(Milliseconds(known->now_ms)));
        return {};
    });
}

elr_status elr_fleet_deploy(elr_fleet* fleet, const elr_spec* spec, const elr_run_options* options,
                            elr_id* id_out, elr_error** error_out) {
    return begin_run(fleet, spec, options, id_out, error_out,
                     [&](RunOptions run) { return fleet->deploy(spec->spec, std::move(run)); });
}

elr_status elr_fleet_rollback_from_tags(elr_fleet* fleet, const elr_spec* spec,
                                        const elr_run_options* options, elr_id* id_out,
                                        elr_error** error_out) {
    return begin_run(fleet, spec, options, id_out, error_out, [&](RunOptions run) {
        return fleet->roll_back_from_tags(spec->spec, std::move(run));
    });
}

elr_status elr_fleet_plan(elr_fleet* fleet, const elr_spec* spec, elr_id* id_out,
                          elr_error** error_out) {
    return begin_run(fleet, spec, nullptr, id_out, error_out,
                     [&](const RunOptions&) { return fleet->plan(spec->spec); });
}

elr_status elr_fleet_resume(elr_fleet* fleet, const char* deployment,
                            const elr_run_options* options, elr_error** error_out) {
    return take_up(fleet, deployment, ResumeMode::go_on, options, error_out);
}

elr_status elr_fleet_rollback(elr_fleet* fleet, const char* deployment,
                              const elr_run_options* options, elr_error** error_out) {
    return take_up(fleet, deployment, ResumeMode::roll_back, options, error_out);
}

elr_status elr_fleet_list(elr_fleet* fleet, const char* line, int32_t limit, elr_id* id_out,
                          elr_error** error_out) {
    if (id_out)
        *id_out = {};
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}}); !given)
            return given;
        auto name = read_text("line", line);
        if (!name)
            return Unexpected(std::move(name).error());
        const auto count = read_limit(limit);
        if (!count)
            return Unexpected(count.error());
        const DeploymentId id =
            fleet->ask(ListOperation{*std::move(name), {}, *count}, [](const StoreAnswer& answer) {
                return read_summaries(answer.deployments).transform([](const auto& summaries) {
                    return document_of(summaries);
                });
            });
        if (id_out)
            *id_out = make_id(id.text());
        return {};
    });
}

elr_status elr_fleet_history(elr_fleet* fleet, const char* deployment, elr_id* id_out,
                             elr_error** error_out) {
    if (id_out)
        *id_out = {};
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}}); !given)
            return given;
        auto name = read_name("deployment", deployment);
        if (!name)
            return Unexpected(std::move(name).error());
        const DeploymentId id = fleet->ask(
            ReadOperation{DeploymentId(*std::move(name)), 0}, [](const StoreAnswer& answer) {
                return read_records(answer.records).transform([](const auto& records) {
                    return document_of(records);
                });
            });
        if (id_out)
            *id_out = make_id(id.text());
        return {};
    });
}

elr_status elr_fleet_approve(elr_fleet* fleet, const char* deployment, const char* gate,
                             const char* actor, const char* reason, elr_error** error_out) {
    return decide(fleet, DecisionKind::approve, deployment, gate, actor, reason, error_out);
}

elr_status elr_fleet_abort(elr_fleet* fleet, const char* deployment, const char* actor,
                           const char* reason, elr_error** error_out) {
    return decide(fleet, DecisionKind::abort, deployment, nullptr, actor, reason, error_out);
}

elr_status elr_fleet_interrupt(elr_fleet* fleet, const char* deployment, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}}); !given)
            return given;
        auto id = read_text("deployment", deployment);
        if (!id)
            return Unexpected(std::move(id).error());
        fleet->interrupt(DeploymentId(*std::move(id)));
        return {};
    });
}

elr_status elr_fleet_next(elr_fleet* fleet, int64_t now_ms, const elr_action** action_out,
                          elr_error** error_out) {
    if (action_out)
        *action_out = nullptr;
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}, {"action_out", action_out}}); !given)
            return given;
        *action_out = fleet->next(TimePoint(Milliseconds(now_ms)));
        return {};
    });
}

int32_t elr_fleet_is_running(const elr_fleet* fleet) {
    return fleet && fleet->is_running() ? 1 : 0;
}

elr_status elr_fleet_on_response(elr_fleet* fleet, int64_t id, int32_t http_status,
                                 const elr_header* headers, size_t header_count, const void* body,
                                 size_t body_size, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}}); !given)
            return given;
        const auto bytes = read_bytes("body", body, body_size);
        if (!bytes)
            return Unexpected(bytes.error());
        if (header_count > 0 && !headers)
            return invalid(fmt::format("headers is NULL and its count is {}", header_count));
        constexpr int32_t status_min = 100;
        constexpr int32_t status_max = 999;
        if (http_status < status_min || http_status > status_max)
            return invalid(fmt::format("{} is no HTTP status", http_status));
        HttpResponse response{.status = http_status, .body = std::string(*bytes)};
        for (std::size_t i = 0; i < header_count; ++i) {
            if (!headers[i].name || !headers[i].value)
                return invalid(fmt::format("header {} has no name or no value", i));
            response.headers.emplace_back(headers[i].name, headers[i].value);
        }
        return fleet->complete(
            {HttpRequestId(static_cast<std::uint64_t>(id)), std::move(response)});
    });
}

elr_status elr_fleet_on_failure(elr_fleet* fleet, int64_t id, int32_t is_unsent,
                                const char* message, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}}); !given)
            return given;
        auto text = read_text("message", message);
        if (!text)
            return Unexpected(std::move(text).error());
        return fleet->complete({HttpRequestId(static_cast<std::uint64_t>(id)),
                                HttpFailure{is_unsent != 0, *std::move(text)}});
    });
}

elr_status elr_fleet_on_items(elr_fleet* fleet, int64_t id, const elr_item* items,
                              size_t item_count, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}}); !given)
            return given;
        if (item_count > 0 && !items)
            return invalid(fmt::format("items is NULL and its count is {}", item_count));
        store::ItemAnswer answer;
        for (std::size_t i = 0; i < item_count; ++i) {
            auto key = read_name("an item's key", items[i].key);
            if (!key)
                return Unexpected(std::move(key).error());
            const auto bytes = read_bytes("an item's bytes", items[i].bytes, items[i].size);
            if (!bytes)
                return Unexpected(bytes.error());
            if (items[i].version <= 0)
                return invalid(fmt::format("item {} has version {}", *key, items[i].version));
            answer.items.push_back({*std::move(key), std::string(*bytes),
                                    static_cast<std::uint64_t>(items[i].version)});
        }
        return fleet->answer(id, false, std::move(answer));
    });
}

elr_status elr_fleet_on_written(elr_fleet* fleet, int64_t id, int32_t is_written,
                                elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}}); !given)
            return given;
        return fleet->answer(id, true, store::ItemAnswer{.is_written = is_written != 0});
    });
}

elr_status elr_fleet_on_persist_failed(elr_fleet* fleet, int64_t id, const char* message,
                                       elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"fleet", fleet}}); !given)
            return given;
        auto text = read_text("message", message);
        if (!text)
            return Unexpected(std::move(text).error());
        return fleet->answer(
            id, false,
            fail(ErrorCategory::unavailable,
                 fmt::format("the host's database: {}", text->empty() ? "no answer" : *text)));
    });
}

void elr_fleet_free(elr_fleet* fleet) { free_handle(fleet); }
