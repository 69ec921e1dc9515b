#include "deployment_generator.hpp"

#include <elastiroll/spec/resolve.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <vector>

namespace elastiroll::laws {
namespace {

template <class T> T must(Result<T> result, std::string_view text) {
    if (result)
        return *std::move(result);
    std::string why = to_string(result.error());
    for (const ErrorDetail& detail : result.error().details)
        why += fmt::format("\n  {}: {}", detail.path, detail.message);
    std::fprintf(stderr, "the generator made what nobody can read: %s\n%.*s\n", why.c_str(),
                 static_cast<int>(text.size()), text.data());
    std::abort();
}

constexpr std::string_view deployed_image = "ami-0123456789abcdef8";
constexpr std::string_view policies =
    R"("scaling": {"up": [{"policyName": "busy", "adjustment": 1}]})";
/// Fires long after every run has ended.
constexpr std::string_view nightly = R"("scheduling": {"tasks": [{"taskType": "setCapacity",
    "isEnabled": true, "cronExpression": "0 3 * * *", "scaleMinCapacity": 1, "scaleTargetCapacity": 2,
    "scaleMaxCapacity": 9}]})";
/// Fires in the middle of most runs.
constexpr std::string_view morning = R"("scheduling": {"tasks": [{"taskType": "setCapacity",
    "isEnabled": true, "cronExpression": "3 8 * * *", "scaleMinCapacity": 1, "scaleTargetCapacity": 3,
    "scaleMaxCapacity": 9}]})";
constexpr std::string_view weights = R"("weights": [
    {"instanceType": "m5.large", "weightedCapacity": 2},
    {"instanceType": "m5a.large", "weightedCapacity": 3}])";

std::string effect(Draw& draw, bool may_be_late) {
    switch (draw.within(1, 10)) {
    case 1: return R"("lose": "request")";
    case 2:
    case 3: return R"("lose": "answer")";
    case 4: return R"("refuse": true)";
    case 5:
        // Of other calls the cloud would do late what has been undone since: nothing that a
        // client can do about that.
        return may_be_late ? fmt::format(R"("late": "{}")", draw.seconds(1, 50))
                           : std::string(R"("lose": "request")");
    case 6: return fmt::format(R"("delay": "{}")", draw.seconds(1, 45));
    case 7: return fmt::format(R"("throttle": "{}")", draw.seconds(1, 70));
    case 8: return R"("answer": {"status": 503})";
    case 9: return R"("answer": {"status": 502, "body": "<html>Bad Gateway</html>"})";
    default:
        return fmt::format(R"("answer": {{"status": {}, "code": "NO", "message": "no"}})",
                           draw.one_of({400, 403, 409, 500}));
    }
}

Document fault(Draw& draw) {
    const std::string call = draw.one_of<const char*>(
        {"create_group", "create_group", "scale_group", "scale_group", "scale_group",
         "suspend_processes", "resume_processes", "delete_group", "list_groups", "read_group",
         "read_health", "read_status", "read_suspensions", "*"});
    return fault_of(draw, call, call == "create_group");
}

} // namespace

Document json(const std::string& text) { return must(parse_document(text), text); }

Document fault_of(Draw& draw, const std::string& call, bool may_be_late) {
    const bool is_read = call.starts_with("read") || call.starts_with("describe") || call == "*";
    const int nth = draw.within(1, is_read ? 40 : call == "create_group" ? 2 : 6);
    const int hits = draw.chance(70) ? 1 : draw.within(2, 6);
    const std::string what = effect(draw, may_be_late);
    return json(
        fmt::format(R"({{"call": "{}", "nth": {}, "count": {}, {}}})", call, nth, hits, what));
}

Case Generator::make() {
    is_weighted_ = draw_.chance(8);
    make_groups();
    made_.scenario.set("seed", static_cast<std::int64_t>(draw_.next() >> 1));
    made_.scenario.set("list_lag", draw_.chance(30) ? draw_.seconds(1, 25) : "0s");
    made_.scenario.set("draining", draw_.seconds(5, 120));
    // Each draw is a statement: in which order arguments are evaluated is the compiler's
    // choice.
    const int boots = draw_.within(1, 20);
    const int heals = draw_.within(5, 60);
    made_.scenario.set(
        "launch", json(fmt::format(R"({{"fulfilled": ["{}s", "{}s"], "healthy": ["{}s", "{}s"]}})",
                                   boots, boots + 10, heals, heals + 30)));
    make_instances();
    if (draw_.chance(45))
        make_faults();
    if (draw_.chance(25))
        make_events();
    if (draw_.chance(6))
        make_person_event();
    made_.disturbance = Document::object({{"faults", std::move(faults_)},
                                          {"events", std::move(events_)},
                                          {"instances", std::move(instances_)}});
    make_specs();
    make_person();
    make_more();
    made_.deployment = DeploymentId(fmt::format("01k{:023}", made_.seed));
    return std::move(made_);
}

std::string Generator::revision_name(int revision) { return fmt::format("app__{}", revision); }

void Generator::make_groups() {
    const int revision = draw_.within(1, 12);
    int newest = 0;
    if (!draw_.chance(8)) {
        add_previous(revision);
        newest = revision;
    }
    const int older = draw_.within(0, 6);
    for (int i = 1; i <= older && revision - i > 0; ++i) {
        add_older(revision - i);
        newest = std::max(newest, revision - i);
    }
    if (newest > 0 && draw_.chance(8)) {
        newest += draw_.within(1, 2);
        add_group(newest, "0/0/0", {});
    }
    if (draw_.chance(15))
        groups_.push_back(json(R"({"name": "application__3", "capacity": "1/2/3"})"));
    if (newest == revision && !is_weighted_ && draw_.chance(12)) {
        has_predecessor_ = true;
        made_.previous_name = revision_name(++newest);
    }
    made_.new_name = revision_name(newest + 1);
    made_.scenario.set("groups", Document(groups_));
}

Document& Generator::add_group(int revision, const std::string& capacity,
                               const std::vector<std::string_view>& automation) {
    return add_named(revision_name(revision), capacity, automation);
}

Document& Generator::add_named(const std::string& name, const std::string& capacity,
                               const std::vector<std::string_view>& automation) {
    std::vector<std::string> members;
    for (const std::string_view one : automation)
        members.emplace_back(one);
    if (is_weighted_) {
        members.push_back(R"("capacity": {"unit": "weight"})");
        members.push_back(fmt::format(R"("compute": {{"instanceTypes": {{{}}}}})", weights));
    }
    if (draw_.chance(20))
        members.emplace_back(R"("strategy": {"terminationPolicy": "newestInstance"})");
    const int age = draw_.within(1, 400);
    groups_.push_back(json(
        fmt::format(R"({{"name": "{}", "capacity": "{}", "created": "{}d", "document": {{{}}}}})",
                    name, capacity, age, fmt::join(members, ", "))));
    if (draw_.chance(15)) {
        Document suspended = Document::array();
        for (const char* process : {"AUTO_SCALE", "SCHEDULING", "AUTO_HEALING"})
            if (draw_.chance(40))
                suspended.push_back(process);
        groups_.back().set("suspended", suspended);
    }
    return groups_.back();
}

std::vector<std::string_view> Generator::automation() {
    std::vector<std::string_view> parts;
    if (draw_.chance(30))
        parts.push_back(policies);
    if (draw_.chance(4)) {
        parts.push_back(morning);
        made_.has_people = true;
    } else if (draw_.chance(15)) {
        parts.push_back(nightly);
    }
    return parts;
}

std::string Generator::capacity_of(int target) {
    const int minimum = draw_.within(0, target);
    const int more = draw_.within(0, 4);
    return fmt::format("{}/{}/{}", minimum, target, target + more);
}

void Generator::add_previous(int revision) {
    target_ = draw_.chance(90) ? draw_.within(1, 8) : draw_.within(9, 20);
    made_.previous_name = revision_name(revision);
    const std::string capacity = capacity_of(target_);
    const auto parts = automation();
    Document& group = add_group(revision, capacity, parts);
    if (draw_.chance(15) && !is_weighted_)
        group.set("healthy", draw_.within(target_ / 2 + 1, target_));
}

/// As much healthy capacity as the previous group has would leave open which of them serves.
void Generator::add_older(int revision) {
    const int most = target_ / 2;
    if (most == 0 || !draw_.chance(12)) {
        add_group(revision, "0/0/0", {});
        return;
    }
    const std::string capacity = capacity_of(draw_.within(1, most));
    const auto parts = automation();
    add_group(revision, capacity, parts);
}

int Generator::first_to_fail() { return draw_.within(1, std::max(1, target_)); }

void Generator::make_instances() {
    // One that takes as long as the deadline could be healthy in time or not, so these are well
    // before it or never.
    const int roll = draw_.within(1, 100);
    const int from = first_to_fail();
    const auto rule = [&](const std::string& how) {
        instances_.push_back(
            json(fmt::format(R"({{"group": "{}", "from": {}, {}}})", made_.new_name, from, how)));
    };
    if (roll <= 9)
        rule(R"("healthy": "never")");
    else if (roll <= 12)
        rule(
            R"("fulfilled": "never", "log": "Can't Spin Instances: InsufficientInstanceCapacity")");
    else if (roll <= 14)
        rule(R"("fulfilled": "never", "log": "Can't Spin Instances: InvalidAMIID.NotFound")");
    else if (roll <= 16)
        rule(R"("unhealthy": true)");
    else if (roll <= 20)
        rule(fmt::format(R"("healthy": "{}")", draw_.seconds(90, 150)));
    fails_ = roll <= 16;
    if (draw_.chance(30))
        made_.scenario.set("heal_after", "2m");
}

void Generator::make_faults() {
    made_.has_faults = true;
    const int count = draw_.within(1, 5);
    for (int i = 0; i < count; ++i)
        faults_.push_back(one_fault());
    if (draw_.chance(3)) {
        faults_.push_back(json(fmt::format(R"({{"call": "*", "nth": {}, "revoke_token": true}})",
                                           draw_.within(1, 60))));
        events_.push_back(json(R"({"when": "50m", "accept_token": "simulated"})"));
    }
}

void Generator::make_events() {
    made_.has_events = true;
    const int count = draw_.within(1, 4);
    for (int i = 0; i < count; ++i) {
        const std::string group =
            draw_.chance(50) || made_.previous_name.empty() ? made_.new_name : made_.previous_name;
        const int units = draw_.within(1, std::max(1, target_));
        const std::string delay = draw_.seconds(0, 90);
        const std::string when =
            draw_.chance(50)
                ? fmt::format(R"("{}")", draw_.seconds(1, 600))
                : fmt::format(
                      R"({{"after": "healthy", "group": "{}", "units": {}, "delay": "{}"}})",
                      made_.new_name, units, delay);
        const std::string what = event(group);
        events_.push_back(json(fmt::format(R"({{"when": {}, {}}})", when, what)));
    }
}

std::string Generator::event(const std::string& group) {
    const int count = draw_.within(1, 3);
    switch (draw_.within(1, 6)) {
    case 1:
    case 2:
        return fmt::format(R"("interrupt": {{"group": "{}", "count": {}, "notice": "{}"}})", group,
                           count, draw_.one_of<const char*>({"0s", "30s", "2m"}));
    case 3: return fmt::format(R"("surge": {{"group": "{}", "count": {}}})", group, count);
    case 4:
        return fmt::format(
            R"("health": {{"group": "{}", "count": {}, "status": "{}", "for": "{}s"}})", group,
            count, draw_.one_of<const char*>({"UNKNOWN", "UNHEALTHY", "INSUFFICIENT_DATA"}),
            40 * count);
    case 5:
        made_.has_policies = true;
        return fmt::format(R"("policy": {{"group": "{}", "adjust": {}}})", group,
                           draw_.one_of({-3, -2, -1, 1, 2, 3}));
    default:
        return fmt::format(R"("lock": {{"group": "{}", "count": {}, "for": "{}"}})", group, count,
                           draw_.seconds(60, 1200));
    }
}

Document Generator::one_fault() { return fault(draw_); }

std::string Generator::person_action() {
    return draw_.one_of<const char*>({R"("capacity": {"group": "@", "to": "1/3/5"})",
                                      R"("capacity": {"group": "@", "to": "0/0/0"})",
                                      R"("suspend": {"group": "@", "processes": ["SCHEDULING"]})",
                                      R"("resume": {"group": "@", "processes": ["AUTO_SCALE"]})",
                                      R"("rename": {"group": "@", "name": "elsewhere"})",
                                      R"("delete": {"group": "@"})",
                                      R"("roll": {"group": "@", "for": "3m"})"});
}

void Generator::make_person_event() {
    made_.has_people = true;
    const std::string group =
        draw_.chance(50) || made_.previous_name.empty() ? made_.new_name : made_.previous_name;
    std::string action = person_action();
    if (const auto place = action.find('@'); place != std::string::npos)
        action.replace(place, 1, group);
    events_.push_back(json(fmt::format(R"({{"when": "{}", {}}})", draw_.seconds(1, 400), action)));
}

void Generator::make_person() {
    made_.posts = draw_.chance(50);
    made_.detaches = draw_.chance(15);
    if (draw_.chance(4)) {
        made_.abort_after = Milliseconds(draw_.within(0, 600'000));
        made_.has_events = true;
    }
}

/// Drawn apart, so that what a seed has meant so far stays.
void Generator::make_more() {
    Draw more(~made_.seed);
    made_.names_no_gate = more.chance(20);
    if (more.chance(12)) {
        const int from = more.within(1, 60);
        const int count = more.chance(70) ? 1 : more.within(2, 4);
        made_.store_fault = Case::StoreFault{from, count, more.chance(50)};
    }
}

void Generator::make_specs() {
    made_.document = document_for(deployed_image, workflow());
    made_.spec = must(resolve_spec(made_.document, {}), to_text(made_.document));
    finish_spec(made_.spec);
    if (!has_predecessor_)
        return;
    // With the same image the deployment finds that nothing is to be done.
    Document before = made_.document;
    make_earlier(before.find("workflows")->as_array()->front());
    Document& service = before.find("services")->as_array()->front();
    if (!draw_.chance(25))
        service.set("image", json(R"({"id": "ami-0123456789abcdef7"})"));
    made_.predecessor = must(resolve_spec(before, {}), to_text(before));
}

void Generator::make_earlier(Document& workflow) {
    workflow.set("strategy", "basic");
    workflow.erase("phases");
}

void Generator::finish_template(Document&) {}
void Generator::finish_spec(DeploymentSpec&) {}

Document Generator::document_for(std::string_view image, Document workflow) {
    std::vector<std::string> group{
        R"("strategy": {"risk": 100, "drainingTimeout": 60})",
        fmt::format(R"("capacity": {{"unit": "{}"}})", is_weighted_ ? "weight" : "instance")};
    for (const std::string_view part : automation())
        group.emplace_back(part);
    group.push_back(fmt::format(R"("compute": {{"product": "Linux/UNIX",
        "instanceTypes": {{"ondemand": "m5.large", "spot": ["m5.large", "m5a.large"]{}}},
        "availabilityZones": [{{"name": "us-east-1a", "subnetIds": ["subnet-1"]}}],
        "launchSpecification": {{"securityGroupIds": ["sg-1"]}}}})",
                                is_weighted_ ? fmt::format(", {}", weights) : std::string()));
    Document document = json(fmt::format(
        R"({{
  "application": {{"name": "shop"}},
  "services": [{{"name": "web", "image": {{"id": "{}"}}}}],
  "environments": [{{"name": "production"}}],
  "infrastructures": [{{
"name": "virginia", "environment": "production", "region": "us-east-1",
"account": "act-demo1234", "elastigroup": {{"group": {{{}}}}}}}]
}})",
        image, fmt::join(group, ", ")));
    Document& infrastructure = document.find("infrastructures")->as_array()->front();
    finish_template(*infrastructure.find_path({"elastigroup", "group"}));
    document.set("workflows", Document::array({std::move(workflow)}));
    return document;
}

Document Generator::workflow() {
    const bool is_canary = draw_.chance(65);
    Document workflow = json(fmt::format(
        R"({{"name": "deploy", "strategy": "{}", "service": "web", "infrastructure": "virginia",
             "group_prefix": "app"}})",
        is_canary ? "canary" : "basic"));
    set_instances(workflow);
    if (is_canary)
        workflow.set("phases", phases());
    if (draw_.chance(15)) {
        workflow.set("order", "old_first");
        workflow.set("floor", 0);
    } else if (keeps_less_) {
        workflow.set("floor", 0);
    } else if (draw_.chance(10)) {
        workflow.set("floor", draw_.within(0, std::min(requested_, std::max(1, target_))));
    }
    if (draw_.chance(30))
        workflow.set("await_old", true);
    if (draw_.chance(50))
        workflow.set("retention", draw_.within(0, 4));
    if (draw_.chance(15))
        workflow.set("ownership", json(R"({"place": "description"})"));
    workflow.set("timing", timing());
    return workflow;
}

void Generator::set_instances(Document& workflow) {
    if (target_ > 0 && draw_.chance(40)) {
        workflow.set("instances", "same_as_running");
        requested_ = target_;
    } else {
        requested_ = draw_.within(1, std::max(4, target_ + 2));
        const int minimum = draw_.within(0, requested_);
        const int more = draw_.within(0, 4);
        workflow.set("instances",
                     json(fmt::format(R"({{"minimum": {}, "target": {}, "maximum": {}}})", minimum,
                                      requested_, requested_ + more)));
    }
}

Document Generator::phases() {
    std::set<int> sizes;
    const bool counts = draw_.chance(25) && requested_ > 1;
    const int most = counts ? requested_ - 1 : 99;
    for (int i = draw_.within(0, 3); i > 0; --i)
        sizes.insert(draw_.within(counts ? 0 : 1, most));
    Document list = Document::array();
    int kept = 100;
    for (const int size : sizes) {
        Document phase = json(fmt::format(R"({{"{}": {}}})", counts ? "count" : "percent", size));
        if (draw_.chance(15)) {
            kept = draw_.within(0, kept);
            phase.set("old_percent", kept);
            keeps_less_ = true;
        } else if (keeps_less_) {
            phase.set("old_percent", kept);
        }
        gates(phase);
        list.push_back(std::move(phase));
    }
    Document last = json(counts ? fmt::format(R"({{"count": {}}})", requested_)
                                : std::string(R"({"percent": 100})"));
    gates(last);
    list.push_back(std::move(last));
    return list;
}

void Generator::gates(Document& phase) {
    if (draw_.chance(20))
        phase.set("bake", draw_.seconds(1, 300));
    if (draw_.chance(12))
        phase.set("approval", true);
    if (draw_.chance(25))
        made_.person = draw_.chance(50) ? Person::refuses : Person::is_away;
}

Document Generator::timing() {
    Document timing = Document::object();
    timing.set("stable_for", draw_.chance(30) ? "0s" : draw_.seconds(1, 40));
    // Long enough for what becomes healthy at all, also where faults take their part.
    timing.set("phase_deadline", fails_ ? "10m" : draw_.one_of<const char*>({"15m", "20m"}));
    timing.set("gate_timeout", "4m");
    if (draw_.chance(20))
        timing.set("create_settle", draw_.seconds(55, 120));
    return timing;
}

Document more_faults(const Case& made, Draw& draw) {
    Document faults = Document::array();
    for (int i = draw.within(1, 3); i > 0; --i)
        faults.push_back(made.has_traffic() ? traffic_fault(draw) : fault(draw));
    return Document::object({{"faults", std::move(faults)}});
}

Case generate(std::uint64_t seed) {
    return seed < first_traffic_seed ? Generator(seed).make() : generate_traffic(seed);
}

} // namespace elastiroll::laws
