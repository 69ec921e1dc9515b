#include "world.hpp"

#include "runtime/journal_pack.hpp"

#include <elastiroll/adapters/aws.hpp>
#include <elastiroll/adapters/spot.hpp>
#include <elastiroll/adapters/store.hpp>
#include <elastiroll/base/text.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <utility>

namespace elastiroll::test {
namespace {

constexpr const char* usual_spec = R"({
  "application": {"name": "shop"},
  "services": [{"name": "web", "image": {"id": "ami-0123456789abcdef8"}}],
  "environments": [{"name": "production"}],
  "infrastructures": [{
    "name": "virginia", "environment": "production", "region": "us-east-1", "account": "act-demo1234",
    "elastigroup": {"group": {
      "capacity": {"unit": "instance"},
      "strategy": {"risk": 100, "drainingTimeout": 60},
      "compute": {
        "product": "Linux/UNIX",
        "instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large", "m5a.large"]},
        "availabilityZones": [{"name": "us-east-1a", "subnetIds": ["subnet-1"]}],
        "launchSpecification": {"securityGroupIds": ["sg-1"]}}}}}],
  "workflows": [{
    "name": "deploy", "strategy": "basic", "service": "web", "infrastructure": "virginia",
    "group_prefix": "app", "instances": {"minimum": 2, "target": 4, "maximum": 8}}]
})";

/// More turns of the loop than any deployment here takes: one that needs more does not end.
constexpr int turns_max = 50'000;
/// One turn waits for the next thing that happens, at most this long.
constexpr Milliseconds turn{3'600'000};
/// As lib/runtime has it, and a bit: after it a dead holder's lease is free.
constexpr Milliseconds lease_gone{61'000};

void lay_over(Document& base, const Document& over) {
    const auto* members = over.as_object();
    if (!members || !base.is_object()) {
        base = over;
        return;
    }
    for (const auto& [key, value] : *members) {
        if (Document* present = base.find(key))
            lay_over(*present, value);
        else
            base.set(key, value);
    }
}

bool changes_something(std::string_view call) {
    static const std::set<std::string_view> names{
        "create_group",     "scale_group",  "rename_group",    "suspend_processes",
        "resume_processes", "delete_group", "modify_listener", "modify_rule"};
    return names.contains(call);
}

std::int64_t number_at(const Document& object, std::string_view key) {
    const Document* member = object.find(key);
    return member ? member->as_integer().value_or(-1) : -1;
}

/// ` blue 90 green 10` of a form that changes a forward.
std::string weights_of(const std::string& form) {
    std::string text;
    constexpr std::string_view mark = "targetgroup%2F";
    for (auto at = form.find(mark); at != std::string::npos; at = form.find(mark, at + 1)) {
        const auto begin = at + mark.size();
        text += " " + form.substr(begin, form.find('%', begin) - begin);
        const auto weight = form.find("Weight=", begin);
        text += " " + form.substr(weight + 7, form.find('&', weight) - weight - 7);
    }
    return text;
}

/// What a request asks for, as far as its name does not say it.
std::string wish_of(const sim::LoggedCall& call) {
    if (call.body.empty())
        return {};
    if (call.name.starts_with("modify_"))
        return weights_of(call.body);
    const Document body = json(call.body);
    if (const Document* name = body.find_path({"group", "name"});
        name && call.name == "rename_group")
        return " " + std::string(name->as_string().value_or("?"));
    if (const Document* capacity = body.find("capacity"))
        return fmt::format(" {}/{}/{}", number_at(*capacity, "minimum"),
                           number_at(*capacity, "target"), number_at(*capacity, "maximum"));
    std::string text;
    if (const Document* processes = body.find("processes"); processes && processes->as_array())
        for (const Document& process : *processes->as_array())
            text += " " + std::string(process.as_string().value_or("?"));
    if (const Document* suspensions = body.find("suspensions");
        suspensions && suspensions->as_array())
        for (const Document& one : *suspensions->as_array())
            if (const Document* name = one.find("name"))
                text += " " + std::string(name->as_string().value_or("?"));
    return text;
}

std::string name_in(const sim::LoggedCall& create) {
    const Document body = json(create.body);
    const Document* name = body.find_path({"group", "name"});
    return std::string(name ? name->as_string().value_or("") : "");
}

} // namespace

Document json(std::string_view text) {
    auto document = parse_document(text);
    if (!document)
        FAIL(to_string(document.error()));
    return *std::move(document);
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

Document spec_document(std::string_view workflow, std::string_view group,
                       std::string_view service) {
    Document document = json(usual_spec);
    const auto first = [&](const char* list) -> Document& {
        return document.find(list)->as_array()->front();
    };
    const Document changes = json(workflow);
    for (const auto& [key, value] : *changes.as_object())
        first("workflows").set(key, value);
    lay_over(*first("infrastructures").find_path({"elastigroup", "group"}), json(group));
    lay_over(first("services"), json(service));
    return document;
}

DeploymentSpec make_spec(std::string_view workflow, std::string_view group,
                         std::string_view service) {
    auto spec = resolve_spec(spec_document(workflow, group, service), {});
    if (!spec)
        FAIL(to_string(spec.error()));
    return *std::move(spec);
}

class World::CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(&cloud) {}
    TimePoint now() override { return cloud_->now() + offset; }
    Milliseconds monotonic() override {
        return std::chrono::duration_cast<Milliseconds>(cloud_->now().time_since_epoch());
    }

    Milliseconds offset{};

private:
    const sim::Cloud* cloud_;
};

class World::Recorder final : public Observer {
public:
    explicit Recorder(std::vector<Event>& events) : events_(&events) {}
    void on_event(const DeploymentId&, const Event& event) override { events_->push_back(event); }

private:
    std::vector<Event>* events_;
};

namespace {

sim::Cloud make_cloud(std::string_view scenario) {
    auto cloud = sim::Cloud::make(json(scenario));
    if (!cloud)
        FAIL(to_string(cloud.error()));
    return *std::move(cloud);
}

} // namespace

namespace {

/// Appends every request to the file that ELASTIROLL_RECORD_REQUESTS names, one JSON object a line,
/// without its token: openapi_test.py reads them.
class RecordingTransport final : public HttpTransport {
public:
    RecordingTransport(std::unique_ptr<HttpTransport> inner, const char* path)
        : inner_(std::move(inner)), file_(path, std::ios::app) {}

    void start(HttpRequestId id, HttpRequest request) override {
        file_ << to_text(Document::object(
                     {{"method", request.method},
                      {"url", request.url},
                      {"content_type", header_value(request.headers, "Content-Type")},
                      {"body", request.body}}))
              << '\n'
              << std::flush;
        inner_->start(id, std::move(request));
    }
    std::vector<HttpCompletion> poll(Milliseconds wait) override { return inner_->poll(wait); }

private:
    std::unique_ptr<HttpTransport> inner_;
    std::ofstream file_;
};

std::unique_ptr<HttpTransport> transport_into(sim::Cloud& cloud) {
    auto transport = sim::make_transport(cloud);
    const char* path = std::getenv("ELASTIROLL_RECORD_REQUESTS");
    if (path == nullptr)
        return transport;
    return std::make_unique<RecordingTransport>(std::move(transport), path);
}

} // namespace

std::unique_ptr<CallClient> make_client(std::string token) {
    return spot::make_client(
        {.account = AccountId("act-demo1234"), .token = Secret(std::move(token))});
}

World::World(std::string_view scenario)
    : cloud(make_cloud(scenario)), client_(make_client("simulated")),
      transport_(transport_into(cloud)), store_(store::make_memory_store()),
      clock_(std::make_unique<CloudClock>(cloud)), recorder_(std::make_unique<Recorder>(events)) {
    for (const sim::GroupView& group : cloud.groups()) {
        first_names_.emplace(group.id, group.name);
        first_healthy_.emplace(group.id, group.healthy);
    }
    first_change_ = cloud.healthy_changes().size();
}

World::~World() = default;

RuntimePorts World::ports() {
    return {.client = client_.get(),
            .transport = transport_.get(),
            .store = store_.get(),
            .clock = clock_.get(),
            .observer = recorder_.get(),
            .aws = aws_.get()};
}

DeployRequest World::request(DeploymentSpec spec) const {
    return {.deployment = id, .spec = std::move(spec), .actor = "tester", .reason = "a test"};
}

std::optional<Outcome> World::run(Fleet& fleet, const Hook& hook) {
    for (int i = 0; fleet.pump(turn); ++i) {
        if (hook && !hook(fleet))
            return std::nullopt;
        if (i >= turns_max)
            FAIL("the deployment does not end");
    }
    return fleet.outcome(id);
}

Outcome World::deploy(DeploymentSpec spec, const Hook& hook) {
    Fleet fleet(ports());
    fleet.add(request(std::move(spec)));
    return run(fleet, hook).value_or(Outcome{});
}

Outcome World::resume(ResumeMode mode, const Hook& hook, bool accepts_drift) {
    Fleet fleet(ports());
    fleet.resume(
        {.deployment = id, .mode = mode, .accepts_drift = accepts_drift, .actor = "tester"});
    return run(fleet, hook).value_or(Outcome{});
}

Outcome World::roll_back_from_tags(DeploymentSpec spec, const Hook& hook) {
    Fleet fleet(ports());
    fleet.roll_back_from_tags({.deployment = id, .spec = std::move(spec), .actor = "tester"});
    return run(fleet, hook).value_or(Outcome{});
}

void World::connect_aws() {
    aws_ = aws::make_client(
        {.region = Region("us-east-1"),
         .credentials = aws::make_static_credentials(
             {.access_key_id = "SIMULATED", .secret_access_key = Secret("simulated")})});
}

void World::crash(std::string token) {
    transport_ = transport_into(cloud);
    client_ = make_client(std::move(token));
    if (aws_)
        connect_aws();
    pass(lease_gone);
}

void World::forget() { store_ = store::make_memory_store(); }

void World::set_store(std::unique_ptr<Store> store) { store_ = std::move(store); }

void World::set_clock(Milliseconds by) { clock_->offset += by; }

void World::add(std::string_view scenario_part) {
    auto added = cloud.add(json(scenario_part));
    if (!added)
        FAIL(to_string(added.error()));
}

std::string World::name_of(const GroupId& group) const {
    if (const auto found = first_names_.find(group); found != first_names_.end())
        return found->second;
    for (const sim::LoggedCall& call : cloud.log())
        if (call.name == "create_group" && call.group == group)
            return name_in(call);
    return group.text();
}

Texts World::changes() const {
    Texts texts;
    for (const sim::LoggedCall& call : cloud.log()) {
        if (!changes_something(call.name))
            continue;
        const std::string group = call.name == "create_group" ? name_in(call) : name_of(call.group);
        std::string text = group.empty() ? call.name : fmt::format("{} {}", call.name, group);
        if (call.name != "create_group")
            text += wish_of(call);
        if (call.status == 0)
            text += " (no answer)";
        else if (call.status != 200)
            text += fmt::format(" ({})", call.status);
        texts.push_back(std::move(text));
    }
    return texts;
}

int World::count(std::string_view name, std::string_view group) const {
    return static_cast<int>(std::ranges::count_if(cloud.log(), [&](const sim::LoggedCall& call) {
        return call.name == name && (group.empty() || name_of(call.group) == group);
    }));
}

std::map<std::string, int> World::counts() const {
    std::map<std::string, int> counts;
    for (const sim::LoggedCall& call : cloud.log())
        ++counts[call.name];
    return counts;
}

std::vector<TimePoint> World::times(std::string_view name, std::string_view group) const {
    std::vector<TimePoint> times;
    for (const sim::LoggedCall& call : cloud.log())
        if (call.name == name && name_of(call.group) == group)
            times.push_back(call.at);
    return times;
}

Texts World::capacities() const {
    Texts texts;
    for (const sim::GroupView& group : cloud.groups())
        texts.push_back(fmt::format("{} {}", group.name, to_string(group.capacity)));
    return texts;
}

std::string World::capacity(std::string_view name) const {
    const auto group = cloud.find(name);
    return group ? to_string(group->capacity) : "gone";
}

int World::healthy(std::string_view name) const {
    const auto group = cloud.find(name);
    return group ? group->healthy : 0;
}

Texts World::suspended(std::string_view name) const {
    const auto group = cloud.find(name);
    Texts texts;
    if (group)
        texts.assign(group->suspended.begin(), group->suspended.end());
    return texts;
}

int World::lowest_healthy() const {
    std::map<GroupId, int> healthy = first_healthy_;
    const auto total = [&] {
        int sum = 0;
        for (const auto& [group, units] : healthy)
            sum += units;
        return sum;
    };
    int lowest = total();
    const auto& changes = cloud.healthy_changes();
    for (std::size_t i = first_change_; i < changes.size(); ++i) {
        healthy[changes[i].group] = changes[i].healthy;
        lowest = std::min(lowest, total());
    }
    return lowest;
}

Document World::create_body() const {
    for (const sim::LoggedCall& call : cloud.log())
        if (call.name == "create_group")
            return json(call.body);
    FAIL("no group was created");
    return {};
}

std::vector<JournalRecord> World::journal() const {
    store_->poll();
    store_->submit({{StoreTicket{1'000'000}, ReadOperation{id, 0}}});
    std::vector<JournalRecord> records;
    JournalUnpacker unpacker;
    for (const StoreCompletion& completion : store_->poll()) {
        if (!completion.result && completion.result.error().category == ErrorCategory::not_found)
            return {};
        if (!completion.result)
            FAIL(to_string(completion.result.error()));
        for (const StoredRecord& stored : completion.result->records) {
            auto record = unpacker.unpack(stored);
            if (!record)
                FAIL(to_string(record.error()));
            if (*record)
                records.push_back(std::move(**record));
        }
    }
    return records;
}

bool World::is_stored(std::string_view text) const {
    store_->poll();
    store_->submit({{StoreTicket{1'000'000}, ReadOperation{id, 0}}});
    const auto completions = store_->poll();
    REQUIRE(completions.size() == 1);
    REQUIRE(completions.front().result);
    return std::ranges::any_of(
        completions.front().result->records,
        [&](const StoredRecord& stored) { return contains(stored.bytes, text); });
}

std::string World::notices() const {
    std::string text;
    for (const Event& event : events) {
        if (const auto* notice = std::get_if<NoticeEvent>(&event.body))
            text += notice->message + '\n';
        if (const auto* planned = std::get_if<PlannedEvent>(&event.body))
            for (const std::string& one : planned->plan.notices)
                text += one + '\n';
        if (const auto* ended = std::get_if<EndedEvent>(&event.body))
            for (const std::string& one : ended->outcome.warnings)
                text += one + '\n';
    }
    return text;
}

World::Hook after_change(World& world, int nth, std::function<void(Fleet&)> act) {
    return [&world, nth, act = std::move(act), is_done = false](Fleet& fleet) mutable {
        if (!is_done && std::ssize(world.changes()) >= nth) {
            is_done = true;
            act(fleet);
        }
        return true;
    };
}

Texts listed_changes(const DeploymentPlan& plan, const World& world) {
    Texts texts;
    for (const Step& step : plan.steps) {
        if (!is_mutating(step.action))
            continue;
        const auto group = group_of(step.action);
        const auto* id = group ? std::get_if<GroupId>(&*group) : nullptr;
        const std::string name = id ? world.name_of(*id) : plan.new_name;
        if (const auto* scale = std::get_if<ScaleGroupStep>(&step.action)) {
            texts.push_back(fmt::format("scale_group {} {}", name, to_string(scale->to)));
        } else if (const auto* hold = std::get_if<SuspendProcessesStep>(&step.action)) {
            const bool is_release = hold->hold == HoldKind::released;
            texts.push_back(fmt::format("{} {} {}",
                                        is_release ? "resume_processes" : "suspend_processes", name,
                                        join(hold->processes, " ")));
        } else if (std::holds_alternative<DeleteGroupStep>(step.action)) {
            texts.push_back("delete_group " + name);
        } else {
            texts.push_back("create_group " + name);
        }
    }
    return texts;
}

} // namespace elastiroll::test
