#include "line.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace elastiroll::test {

Document document_from(std::string_view text) {
    auto document = parse_document(text);
    return document ? std::move(*document) : Document();
}

Capacity capacity(std::int64_t minimum, std::int64_t target, std::int64_t maximum) {
    auto made = Capacity::make({minimum, target, maximum});
    assert(made);
    return *made;
}

TimePoint moment(Milliseconds after) { return TimePoint(Milliseconds(1'750'000'000'000)) + after; }

Document group_template() {
    return document_from(R"({
        "name": "template", "description": "the shop",
        "region": "eu-west-1",
        "capacity": {"minimum": 2, "target": 4, "maximum": 8, "unit": "instance"},
        "strategy": {"risk": 100, "fallbackToOd": true},
        "compute": {
            "instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large", "m5a.large"]},
            "availabilityZones": [{"name": "eu-west-1a", "subnetIds": ["subnet-1"]}],
            "product": "Linux/UNIX",
            "launchSpecification": {
                "imageId": "ami-old", "keyPair": "shop",
                "tags": [{"tagKey": "team", "tagValue": "shop"}]
            }
        }
    })");
}

void add_automation(Document& group) {
    group.set("scaling", document_from(R"({"up": [{"policyName": "cpu"}]})"));
    group.set("scheduling",
              document_from(R"({"tasks": [{"taskType": "setCapacity", "isEnabled": true}]})"));
}

DeploymentSpec canary_spec() {
    DeploymentSpec spec;
    spec.application = "shop";
    spec.service = "web";
    spec.environment = "production";
    spec.infrastructure = "main";
    spec.workflow = "canary";
    spec.line = {AccountId("act-1"), Region("eu-west-1"), *GroupPrefix::make("shop__web")};
    spec.strategy = Strategy::canary;
    spec.group_template = group_template();
    spec.image = ImageId("ami-new");
    spec.phases = {
        {Percent{10}, {}, {}, false}, {Percent{50}, {}, {}, false}, {Percent{100}, {}, {}, false}};
    return spec;
}

DeploymentSpec basic_spec() {
    DeploymentSpec spec = canary_spec();
    spec.workflow = "basic";
    spec.strategy = Strategy::basic;
    spec.phases = {{Percent{100}, {}, {}, false}};
    return spec;
}

GroupState group(GroupOptions options) {
    GroupState state;
    const auto place = options.name.rfind('_');
    state.group.id = GroupId(
        "sig-" + (place == std::string::npos ? options.name : options.name.substr(place + 1)));
    state.group.name = options.name;
    state.group.capacity = options.capacity;
    Document document = std::move(options.document);
    document.set("id", state.group.id.text());
    document.set("name", options.name);
    if (options.has_automation)
        add_automation(document);
    state.group.document = std::move(document);
    const int healthy = options.healthy.value_or(options.capacity.target());
    if (healthy >= 0) {
        GroupReading reading{moment(), {}};
        for (int i = 0; i < healthy + options.unhealthy; ++i)
            reading.instances.push_back(
                {{InstanceId(state.group.id.text() + "-i" + std::to_string(1000 + i)),
                  "m5.large",
                  "fulfilled",
                  false,
                  false,
                  {}},
                 i < healthy ? HealthStatus::healthy : HealthStatus::unhealthy});
        state.reading = std::move(reading);
    }
    if (!options.capacity.is_zero()) {
        state.rolls = std::move(options.rolls);
        if (options.has_automation) {
            state.suspensions.emplace();
            for (const std::string& process : options.suspended)
                state.suspensions->push_back({process, {}});
        }
    }
    return state;
}

Snapshot line_of(std::vector<GroupState> groups) {
    std::ranges::sort(groups, {}, [](const GroupState& state) {
        return std::pair(state.group.name, state.group.id);
    });
    return {canary_spec().line, moment(), std::move(groups), {}};
}

void mark(GroupState& state, std::string deployment, std::optional<PreviousMark> previous) {
    set_ownership(state.group.document,
                  {DeploymentId(std::move(deployment)),
                   to_string(canary_spec().line),
                   {},
                   std::move(previous),
                   {}},
                  {});
}

std::string outline(const DeploymentPlan& plan) {
    std::string text;
    for (const Step& step : plan.steps) {
        text += step.id + ": ";
        if (const auto group = group_of(step.action))
            text += describe(*group, plan) + ' ';
        text += describe(step.action);
        if (const auto* hold = std::get_if<SuspendProcessesStep>(&step.action);
            hold != nullptr && hold->hold == HoldKind::lasting)
            text += " for good";
        text += step.is_cleanup ? " (cleanup)\n" : "\n";
    }
    return text;
}

GroupId new_group_id() { return GroupId("sig-new"); }

namespace {

void resize(GroupReading& reading, const GroupId& id, int healthy, int present) {
    std::ranges::stable_sort(reading.instances, [](const auto& a, const auto& b) {
        return a.health == HealthStatus::healthy && b.health != HealthStatus::healthy;
    });
    while (std::ssize(reading.instances) > present)
        reading.instances.pop_back();
    for (int i = 0; i < healthy; ++i) {
        if (i == std::ssize(reading.instances))
            reading.instances.push_back({{InstanceId(id.text() + "-r" + std::to_string(1000 + i)),
                                          "m5.large",
                                          "fulfilled",
                                          false,
                                          false,
                                          {}},
                                         HealthStatus::healthy});
        reading.instances[static_cast<std::size_t>(i)].health = HealthStatus::healthy;
    }
    std::ranges::sort(reading.instances, {}, [](const auto& one) { return one.status.id; });
}

/// Spot's suspension list after `step`.
void hold(GroupState& state, const SuspendProcessesStep& step) {
    if (!state.suspensions)
        state.suspensions.emplace();
    for (const std::string& process : step.processes) {
        std::erase_if(*state.suspensions,
                      [&](const Suspension& one) { return one.process == process; });
        if (step.hold != HoldKind::released)
            state.suspensions->push_back({process, {}});
    }
    std::ranges::sort(*state.suspensions, {}, &Suspension::process);
}

} // namespace

void perform(Snapshot& world, const DeploymentPlan& plan, const Step& step) {
    if (std::holds_alternative<CreateGroupStep>(step.action)) {
        GroupState made;
        made.group.id = new_group_id();
        made.group.name = plan.new_name;
        made.group.unit = plan.unit;
        made.group.document = create_document(plan, DeploymentId("01kdeployment"), {});
        made.reading = GroupReading{world.at, {}};
        world.groups.push_back(std::move(made));
    }
    const auto group = group_of(step.action);
    const auto* known = group ? std::get_if<GroupId>(&*group) : nullptr;
    const GroupId id = known != nullptr ? *known : new_group_id();
    const auto place = std::ranges::find(
        world.groups, id, [](const GroupState& state) -> auto& { return state.group.id; });
    if (!group || place == world.groups.end())
        return;
    if (!place->reading)
        place->reading = GroupReading{world.at, {}};
    const int present = static_cast<int>(place->reading->instances.size());
    if (const auto* scale = std::get_if<ScaleGroupStep>(&step.action)) {
        place->group.capacity = scale->to;
        resize(*place->reading, id, 0, scale->to.target());
    }
    if (const auto* steady = std::get_if<AwaitSteadyStep>(&step.action))
        resize(*place->reading, id, steady->wanted.target(), present);
    if (const auto* small = std::get_if<AwaitSmallStep>(&step.action))
        resize(*place->reading, id, 0, small->active_max);
    if (const auto* suspend = std::get_if<SuspendProcessesStep>(&step.action))
        hold(*place, *suspend);
    if (std::holds_alternative<DeleteGroupStep>(step.action))
        world.groups.erase(place);
}

int healthy_of(const Snapshot& world, const GroupId& group) {
    const GroupState* state = world.find(group);
    if (state == nullptr || !state->reading)
        return 0;
    return count_units(*state->reading, state->group.unit, weights_of(state->group.document))
        .healthy;
}

} // namespace elastiroll::test
