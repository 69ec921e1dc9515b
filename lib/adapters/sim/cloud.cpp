#include <elastiroll/adapters/sim.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "adapters/sim/aws_routes.hpp"
#include "adapters/sim/faults.hpp"
#include "adapters/sim/http.hpp"
#include "adapters/sim/rate_limit.hpp"
#include "adapters/sim/routes.hpp"
#include "adapters/sim/scenario.hpp"
#include "adapters/sim/wire.hpp"
#include "adapters/sim/world.hpp"

namespace elastiroll::sim {
namespace {

/// `api.spotinst.io` of an absolute url.
std::string_view host_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

/// The name in a create request's body; empty where there is none.
std::string name_in_body(std::string_view body) {
    const auto document = parse_document(body);
    const Document* name = document ? document->find_path({"group", "name"}) : nullptr;
    return std::string(name ? name->as_string().value_or("") : "");
}

bool has_header(const HttpHeaders& headers, std::string_view name) {
    return !header_value(headers, name).empty();
}

GroupView view_of(const Group& group, TimePoint now) {
    GroupView view;
    view.id = GroupId(group.id);
    view.name = group.name();
    view.capacity = Capacity::make(group.capacity).value_or(Capacity());
    view.healthy = group.healthy_units();
    view.present = group.present_units();
    for (const SuspendedProcess& one : group.suspended) {
        if (!one.until || *one.until > now)
            view.suspended.push_back(one.name);
    }
    view.document = document_of(group);
    return view;
}

/// A request between its start and its completion.
struct Flight {
    HttpRequestId id{};
    ClientId client{};
    HttpRequest request{};
    TimePoint started_at{};
    Milliseconds way_back{};   ///< from the cloud to the client
    std::uint64_t ordinal = 0; ///< among the requests of its kind
    std::size_t log_index = 0; ///< once it has arrived
    HttpResult result{};
};

/// What happens next to a flight.
struct FlightEvent {
    enum class Kind : std::uint8_t { arrives, completes, applies };
    TimePoint at{};
    std::uint64_t sequence = 0;
    Kind kind = Kind::arrives;
    std::size_t slot = 0;
};

struct LaterFlight {
    bool operator()(const FlightEvent& a, const FlightEvent& b) const noexcept {
        return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }
};

struct Done {
    ClientId client{};
    HttpCompletion completion{};
};

} // namespace

struct Cloud::State {
    explicit State(std::shared_ptr<const Scenario> given)
        : scenario(std::move(given)), world(scenario),
          request_key(entity_key(scenario->seed, "requests")) {
        faults.add(scenario->part.faults);
        for (const int limit : scenario->rate_limits)
            limits.emplace_back(limit);
    }

    // A shared_ptr because copies of a cloud share what they never change.
    std::shared_ptr<const Scenario> scenario;
    World world;
    FaultBook faults{};
    std::vector<RateLimit> limits{}; ///< per call kind: a route with its method
    std::uint64_t request_key;
    std::array<std::uint64_t, call_kind_count> requests_of{}; ///< per call kind, so far
    std::vector<Flight> flights{};
    std::vector<std::size_t> free_slots{};
    std::vector<FlightEvent> events{}; ///< a heap, earliest first
    std::uint64_t last_sequence = 0;
    std::vector<std::uint8_t> gone{0}; ///< by client, from the one that needs no connect()
    std::vector<Done> done{};
    std::vector<LoggedCall> log{};
    std::vector<TrafficLoss> losses{};

    std::size_t take_slot(Flight flight);
    void push(TimePoint at, FlightEvent::Kind kind, std::size_t slot);
    void run_next();
    void arrive(std::size_t slot);
    void apply_late(std::size_t slot);
    void complete(std::size_t slot);
    void free(std::size_t slot);
    std::optional<TimePoint> next_event() const;

    Echo echo_of(const Address& address, const Flight& flight) const;
    FaultBook::Hit match_faults(const Address& address, const Flight& flight);
    Answer answer(const Address& address, const Flight& flight, const Echo& echo,
                  const Fault* fault, const RateLimit::Verdict& verdict);
    Answer apply(const Address& address, const Flight& flight, const Echo& echo);
    Answer apply_to_world(const Address& address, const Flight& flight, const Echo& echo);
    void note_losses(const std::vector<Traffic::Serving>& before, std::string_view call);
    std::optional<Answer> check_access(const Address& address, const Flight& flight,
                                       const Echo& echo) const;
    void fail(Flight& flight, bool is_unsent, std::string_view what) const;
    void send_back(std::size_t slot, Answer answer, const Fault* fault,
                   const RateLimit::Verdict& verdict, Milliseconds delay);
};

std::size_t Cloud::State::take_slot(Flight flight) {
    if (free_slots.empty()) {
        flights.push_back(std::move(flight));
        return flights.size() - 1;
    }
    const std::size_t slot = free_slots.back();
    free_slots.pop_back();
    flights[slot] = std::move(flight);
    return slot;
}

void Cloud::State::push(TimePoint at, FlightEvent::Kind kind, std::size_t slot) {
    events.push_back({.at = at, .sequence = ++last_sequence, .kind = kind, .slot = slot});
    std::ranges::push_heap(events, LaterFlight{});
}

std::optional<TimePoint> Cloud::State::next_event() const {
    const auto world_next = world.next_event();
    if (events.empty())
        return world_next;
    const TimePoint flight_next = events.front().at;
    return world_next ? std::min(*world_next, flight_next) : flight_next;
}

void Cloud::State::run_next() {
    const auto world_next = world.next_event();
    // At the same moment the world is first: what a request sees includes it.
    if (world_next && (events.empty() || *world_next <= events.front().at)) {
        world.run_next();
        return;
    }
    std::ranges::pop_heap(events, LaterFlight{});
    const FlightEvent event = events.back();
    events.pop_back();
    world.move_to(event.at);
    switch (event.kind) {
    case FlightEvent::Kind::arrives: arrive(event.slot); break;
    case FlightEvent::Kind::completes: complete(event.slot); break;
    case FlightEvent::Kind::applies: apply_late(event.slot); break;
    }
}

Echo Cloud::State::echo_of(const Address& address, const Flight& flight) const {
    const auto kind = static_cast<std::uint64_t>(address.kind);
    const std::uint64_t drawn =
        draw(request_key, DrawPurpose::request_id, (kind << 48) + flight.ordinal);
    const std::uint64_t more = mixed(drawn);
    std::string id;
    append_hex(id, drawn >> 32, 8);
    id += '-';
    append_hex(id, drawn >> 16, 4);
    id += "-4";
    append_hex(id, drawn, 3);
    id += "-8";
    append_hex(id, more >> 48, 3);
    id += '-';
    append_hex(id, more, 12);
    return {.id = std::move(id),
            .url = address.path,
            .method = flight.request.method,
            .at = world.now()};
}

FaultBook::Hit Cloud::State::match_faults(const Address& address, const Flight& flight) {
    if (faults.empty())
        return {};
    std::string name;
    if (address.kind == CallKind::create_group)
        name = name_in_body(flight.request.body);
    else if (const Group* group = world.find(address.group))
        name = group->name();
    return faults.match(address.kind, name, address.group, world.now());
}

std::optional<Answer> Cloud::State::check_access(const Address& address, const Flight& flight,
                                                 const Echo& echo) const {
    constexpr std::string_view scheme = "Bearer ";
    std::string_view given = header_value(flight.request.headers, "Authorization");
    if (address.is_aws) {
        // Whoever signs is let in: signatures are not checked here.
        if (given.starts_with("AWS4-HMAC-SHA256 "))
            return std::nullopt;
        return refuse_aws_request(address.kind, echo, 403, "MissingAuthenticationToken",
                                  "Request is missing Authentication Token");
    }
    const bool is_bearer = given.starts_with(scheme);
    given.remove_prefix(is_bearer ? scheme.size() : 0);
    if (!is_bearer || !world.token() || given != *world.token()) {
        return Answer{.status = 401,
                      .body = error_envelope(echo, 401,
                                             {{.code = "UNAUTHORIZED",
                                               .message = "The token is missing or not valid"}})};
    }
    const auto account = query_value(address.query, "accountId");
    if (!account || account->empty() ||
        (!scenario->account.empty() && *account != scenario->account)) {
        return Answer{
            .status = 403,
            .body = error_envelope(
                echo, 403,
                {{.code = "FORBIDDEN",
                  .message = account ? fmt::format("No permission for account {}", *account)
                                     : std::string("accountId is required")}})};
    }
    return std::nullopt;
}

Answer Cloud::State::apply(const Address& address, const Flight& flight, const Echo& echo) {
    const auto before = world.traffic().serving(world.groups(), world.now());
    Answer answer = apply_to_world(address, flight, echo);
    if (answer.is_applied)
        note_losses(before, name_of(address.kind));
    return answer;
}

void Cloud::State::note_losses(const std::vector<Traffic::Serving>& before, std::string_view call) {
    for (const Traffic::Serving& now : world.traffic().serving(world.groups(), world.now())) {
        const bool was_empty = std::ranges::any_of(before, [&](const Traffic::Serving& one) {
            return one.route == now.route && one.target_group == now.target_group &&
                   one.healthy == 0;
        });
        if (now.healthy == 0 && !was_empty)
            losses.push_back({world.now(), now.route, now.target_group, std::string(call)});
    }
}

Answer Cloud::State::apply_to_world(const Address& address, const Flight& flight,
                                    const Echo& echo) {
    if (address.is_aws) {
        world.note_call(address.kind, "", "");
        return apply_aws_request(world, *scenario, address.kind, echo, flight.request.body);
    }
    // By the name under which it was called: the call may rename or delete the group.
    const Group* before = world.find(address.group);
    std::string name = before ? before->name() : std::string();
    Answer answer = apply_request(world, *scenario, address, echo, flight.request.body);
    if (const Group* made = before ? nullptr : world.find(answer.group))
        name = made->name();
    world.note_call(address.kind, name, answer.group);
    return answer;
}

Answer Cloud::State::answer(const Address& address, const Flight& flight, const Echo& echo,
                            const Fault* fault, const RateLimit::Verdict& verdict) {
    const auto throttled = [&]() -> Answer {
        if (address.is_aws)
            return throttle_aws_request(address.kind, echo);
        return {.status = 429, .body = throttled_envelope(echo)};
    };
    if (!verdict.is_allowed)
        return throttled();
    if (fault && std::holds_alternative<RevokeToken>(fault->effect))
        world.revoke_token();
    if (auto refusal = check_access(address, flight, echo))
        return std::move(*refusal);
    const auto* instead = fault ? std::get_if<AnswerInstead>(&fault->effect) : nullptr;
    if (!instead)
        return apply(address, flight, echo);
    Answer answer{.status = instead->status};
    if (instead->body) {
        answer.body = *instead->body;
    } else if (instead->status == 429 && instead->code.empty()) {
        return throttled();
    } else {
        const std::string_view message =
            instead->message.empty() ? reason_phrase(instead->status) : instead->message;
        if (address.is_aws)
            return refuse_aws_request(address.kind, echo, instead->status, instead->code, message);
        answer.body = error_envelope(echo, instead->status,
                                     {{.code = instead->code, .message = std::string(message)}});
    }
    return answer;
}

void Cloud::State::fail(Flight& flight, bool is_unsent, std::string_view what) const {
    flight.result = HttpFailure{.is_unsent = is_unsent,
                                .message = fmt::format("{} {}", what, host_of(flight.request.url))};
}

void Cloud::State::arrive(std::size_t slot) {
    Flight& flight = flights[slot];
    const Address address = parse_address(flight.request);
    const FaultBook::Hit hit = match_faults(address, flight);
    const Fault* fault = hit.fault.get();
    flight.log_index = log.size();
    log.push_back({.at = world.now(),
                   .name = std::string(name_of(address.kind)),
                   .group = GroupId(std::string(address.group)),
                   .body = flight.request.body,
                   .fault = fault                         ? std::string(effect_name(fault->effect))
                            : hit.delay > Milliseconds(0) ? "delay"
                                                          : ""});
    if (fault && std::holds_alternative<Refuse>(fault->effect)) {
        fail(flight, true, "connection refused by");
        push(world.now(), FlightEvent::Kind::completes, slot);
        return;
    }
    const auto* late = fault ? std::get_if<ApplyLate>(&fault->effect) : nullptr;
    if (late || (fault && std::holds_alternative<LoseRequest>(fault->effect))) {
        fail(flight, false, "connection reset by");
        push(world.now() + flight.way_back, FlightEvent::Kind::completes, slot);
        if (late) {
            const std::size_t copy = take_slot(Flight(flight));
            push(world.now() + late->after, FlightEvent::Kind::applies, copy);
        }
        return;
    }
    RateLimit& limit = limits[static_cast<std::size_t>(address.kind)];
    const auto* throttle = fault ? std::get_if<Throttle>(&fault->effect) : nullptr;
    if (throttle)
        limit.block(world.now(), throttle->duration);
    const RateLimit::Verdict verdict = limit.count(world.now());
    const Echo echo = echo_of(address, flight);
    Answer given = answer(address, flight, echo, fault, verdict);
    LoggedCall& logged = log[flight.log_index];
    logged.status = given.status;
    logged.is_applied = given.is_applied;
    if (!given.group.empty())
        logged.group = GroupId(given.group);
    send_back(slot, std::move(given), fault, verdict, hit.delay);
}

void Cloud::State::send_back(std::size_t slot, Answer answer, const Fault* fault,
                             const RateLimit::Verdict& verdict, Milliseconds delay) {
    Flight& flight = flights[slot];
    TimePoint at = world.now() + flight.way_back + delay;
    const TimePoint timeout_at = flight.started_at + flight.request.timeout;
    if (at > timeout_at) {
        at = std::max(timeout_at, world.now());
        fail(flight, false, "no answer in time from");
        log[flight.log_index].status = 0;
    } else if (fault && std::holds_alternative<LoseAnswer>(fault->effect)) {
        fail(flight, false, "connection reset by");
        log[flight.log_index].status = 0;
    } else {
        HttpResponse response{.status = answer.status};
        const auto* instead = fault ? std::get_if<AnswerInstead>(&fault->effect) : nullptr;
        if (instead)
            response.headers = instead->headers;
        const auto set = [&](std::string_view name, std::string value) {
            if (!has_header(response.headers, name))
                response.headers.emplace_back(name, std::move(value));
        };
        if (!answer.content_type.empty()) {
            set("Content-Type", std::string(answer.content_type)); // of AWS, which tells no limits
        } else {
            set("Content-Type", answer.body.starts_with('<') ? "text/html" : "application/json");
            set("X-RateLimit-Limit", std::to_string(verdict.limit));
            set("X-RateLimit-Remaining", std::to_string(verdict.remaining));
            set("X-RateLimit-Reset", std::to_string(verdict.reset_seconds));
        }
        response.body = std::move(answer.body);
        flight.result = std::move(response);
    }
    push(at, FlightEvent::Kind::completes, slot);
}

void Cloud::State::apply_late(std::size_t slot) {
    const Flight& flight = flights[slot];
    const Address address = parse_address(flight.request);
    const Answer given = apply(address, flight, echo_of(address, flight));
    LoggedCall& logged = log[flight.log_index];
    logged.is_applied = given.is_applied;
    if (!given.group.empty())
        logged.group = GroupId(given.group);
    free(slot);
}

void Cloud::State::complete(std::size_t slot) {
    Flight& flight = flights[slot];
    if (gone[static_cast<std::size_t>(flight.client)] == 0)
        done.push_back({.client = flight.client,
                        .completion = {.id = flight.id, .result = std::move(flight.result)}});
    free(slot);
}

void Cloud::State::free(std::size_t slot) {
    flights[slot] = Flight{};
    free_slots.push_back(slot);
}

Result<Cloud> Cloud::make(const Document& scenario) {
    return parse_scenario(scenario).transform([](Scenario parsed) {
        Cloud cloud;
        cloud.state_ = std::make_unique<State>(std::make_shared<const Scenario>(std::move(parsed)));
        return cloud;
    });
}

Cloud::Cloud() = default;
Cloud::Cloud(const Cloud& other)
    : state_(other.state_ ? std::make_unique<State>(*other.state_) : nullptr) {}
Cloud::Cloud(Cloud&&) noexcept = default;
Cloud& Cloud::operator=(const Cloud& other) { return *this = Cloud(other); }
Cloud& Cloud::operator=(Cloud&&) noexcept = default;
Cloud::~Cloud() = default;

TimePoint Cloud::now() const noexcept { return state_->world.now(); }

void Cloud::advance(TimePoint to) {
    for (auto next = next_event(); next && *next <= to; next = next_event())
        state_->run_next();
    if (to > now())
        state_->world.move_to(to);
}

std::optional<TimePoint> Cloud::next_event() const { return state_->next_event(); }

ClientId Cloud::connect() {
    state_->gone.push_back(0);
    return ClientId(static_cast<std::uint32_t>(state_->gone.size() - 1));
}

void Cloud::disconnect(ClientId client) noexcept {
    state_->gone[static_cast<std::size_t>(client)] = 1;
    std::erase_if(state_->done, [&](const Done& one) { return one.client == client; });
}

void Cloud::start(HttpRequestId id, HttpRequest request, ClientId client) {
    State& state = *state_;
    const CallKind kind = parse_address(request).kind;
    const std::uint64_t ordinal = ++state.requests_of[static_cast<std::size_t>(kind)];
    // Drawn per kind of call: whoever polls more does not move the other calls.
    const Milliseconds latency =
        pick(state.scenario->latency, draw(state.request_key, DrawPurpose::latency,
                                           (static_cast<std::uint64_t>(kind) << 48) + ordinal));
    const Milliseconds way_there = latency / 2;
    const std::size_t slot = state.take_slot({.id = id,
                                              .client = client,
                                              .request = std::move(request),
                                              .started_at = now(),
                                              .way_back = latency - way_there,
                                              .ordinal = ordinal});
    state.push(now() + way_there, FlightEvent::Kind::arrives, slot);
}

bool Cloud::is_busy() const noexcept { return !state_->events.empty(); }

bool Cloud::has_completions(ClientId client) const noexcept {
    return std::ranges::find(state_->done, client, &Done::client) != state_->done.end();
}

std::vector<HttpCompletion> Cloud::take_completions(ClientId client) {
    std::vector<HttpCompletion> taken;
    for (Done& one : state_->done) {
        if (one.client == client)
            taken.push_back(std::move(one.completion));
    }
    std::erase_if(state_->done, [&](const Done& one) { return one.client == client; });
    return taken;
}

std::vector<GroupView> Cloud::groups() const {
    std::vector<GroupView> views;
    for (const Group& group : state_->world.groups()) {
        if (!group.is_deleted)
            views.push_back(view_of(group, now()));
    }
    std::ranges::sort(views, [](const GroupView& a, const GroupView& b) {
        return a.name != b.name ? a.name < b.name : a.id < b.id;
    });
    return views;
}

std::optional<GroupView> Cloud::find(std::string_view name) const {
    const Group* found = nullptr;
    for (const Group& group : state_->world.groups()) {
        if (!group.is_deleted && group.name() == name && (!found || group.id < found->id))
            found = &group;
    }
    return found ? std::optional(view_of(*found, now())) : std::nullopt;
}

const std::vector<LoggedCall>& Cloud::log() const noexcept { return state_->log; }

const std::vector<HealthyChange>& Cloud::healthy_changes() const noexcept {
    return state_->world.healthy_changes();
}

const std::vector<ActiveChange>& Cloud::active_changes() const noexcept {
    return state_->world.active_changes();
}

std::vector<RouteView> Cloud::routes() const {
    std::vector<RouteView> views;
    for (const Traffic::Route& route : state_->world.traffic().routes())
        views.push_back({route.arn, *route.actions});
    return views;
}

int Cloud::healthy_targets(std::string_view target_group) const {
    const World& world = state_->world;
    const SimulatedTargetGroup* group = world.traffic().find_target_group(target_group);
    if (!group)
        return 0;
    const auto targets = world.traffic().targets(*group, world.groups(), world.now());
    return static_cast<int>(
        std::ranges::count(targets, std::string_view("healthy"), &Target::state));
}

const std::vector<TrafficLoss>& Cloud::traffic_losses() const noexcept { return state_->losses; }

Document encode(const GroupView& group) {
    Document::Array suspended;
    for (const std::string& process : group.suspended)
        suspended.emplace_back(process);
    return Document::object({{"id", group.id.text()},
                             {"name", group.name},
                             {"minimum", group.capacity.minimum()},
                             {"target", group.capacity.target()},
                             {"maximum", group.capacity.maximum()},
                             {"healthy", group.healthy},
                             {"present", group.present},
                             {"suspended", Document(std::move(suspended))}});
}

Document encode(const LoggedCall& call) {
    return Document::object({{"at", format_time(call.at)},
                             {"call", call.name},
                             {"group", call.group.text()},
                             {"status", call.status},
                             {"is_applied", call.is_applied},
                             {"fault", call.fault},
                             {"body", call.body}});
}

Result<void> Cloud::add(const Document& scenario_part) {
    auto part = parse_scenario_part(scenario_part, now());
    if (!part)
        return Unexpected(std::move(part).error());
    state_->faults.add(std::move(part->faults));
    state_->world.add(std::move(*part));
    return {};
}

} // namespace elastiroll::sim
