#include "history.hpp"

#include "adapters/sim/http.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll::laws {
namespace {

Document body_of(const sim::LoggedCall& call) {
    return parse_document(call.body).value_or(Document());
}

std::optional<Capacity> capacity_in(const Document* capacity) {
    if (!capacity)
        return std::nullopt;
    const auto number = [&](std::string_view key) {
        const Document* member = capacity->find(key);
        return member ? member->as_integer().value_or(-1) : -1;
    };
    auto made = Capacity::make({number("minimum"), number("target"), number("maximum")});
    return made ? std::optional(*made) : std::nullopt;
}

} // namespace

bool is_change(const sim::LoggedCall& call) {
    return call.name == "create_group" || call.name == "scale_group" ||
           call.name == "rename_group" || call.name == "suspend_processes" ||
           call.name == "resume_processes" || call.name == "delete_group" ||
           call.name == "modify_listener" || call.name == "modify_rule";
}

std::optional<Capacity> capacity_asked(const sim::LoggedCall& call) {
    const Document body = body_of(call);
    const Document* in_group = body.find_path({"group", "capacity"});
    return capacity_in(in_group ? in_group : body.find("capacity"));
}

std::vector<std::string> processes_asked(const sim::LoggedCall& call) {
    const Document body = body_of(call);
    std::vector<std::string> names;
    if (const Document* processes = body.find("processes"); processes && processes->as_array())
        for (const Document& one : *processes->as_array())
            names.emplace_back(one.as_string().value_or("?"));
    if (const Document* items = body.find("suspensions"); items && items->as_array())
        for (const Document& one : *items->as_array())
            names.emplace_back(text_at(one, "name"));
    std::ranges::sort(names);
    return names;
}

std::optional<RouteAsked> route_asked(const sim::LoggedCall& call) {
    if (call.name != "modify_listener" && call.name != "modify_rule")
        return std::nullopt;
    RouteAsked asked;
    std::map<std::string, std::string> target_groups; // by the tuple's place in the form
    std::map<std::string, std::string> weights;
    sim::for_each_value(call.body, [&](std::string_view name, const std::string& value) {
        const bool is_tuple = name.find(".TargetGroups.") != std::string_view::npos;
        const std::string place(name.substr(0, name.rfind('.')));
        if (name == "ListenerArn" || name == "RuleArn")
            asked.route = value;
        else if (is_tuple && name.ends_with(".TargetGroupArn"))
            target_groups[place] = value;
        else if (is_tuple && name.ends_with(".Weight"))
            weights[place] = value;
    });
    for (const auto& [place, target_group] : target_groups)
        asked.weights[target_group] = std::strtoll(weights[place].c_str(), nullptr, 10);
    return asked;
}

std::string name_asked(const sim::LoggedCall& create) {
    const Document body = body_of(create);
    return std::string(text_at(body.find_path({"group", "name"})));
}

History::History(const sim::Cloud& start, const sim::Cloud& end)
    : calls_(end.log().begin() + std::ssize(start.log()), end.log().end()),
      changes_(end.healthy_changes().begin() + std::ssize(start.healthy_changes()),
               end.healthy_changes().end()),
      active_changes_(end.active_changes().begin() + std::ssize(start.active_changes()),
                      end.active_changes().end()) {
    for (const sim::GroupView& group : start.groups()) {
        names_.emplace(group.id, group.name);
        healthy_.emplace(group.id, group.healthy);
        active_.emplace(group.id, group.present);
    }
    for (const sim::LoggedCall& call : calls_) {
        if (call.name != "create_group" || !call.is_applied)
            continue;
        names_.emplace(call.group, name_asked(call));
        made_.insert(call.group);
    }
}

std::string History::name_of(const GroupId& group) const {
    const auto found = names_.find(group);
    return found == names_.end() ? group.text() : found->second;
}

int History::healthy_before(const GroupId& group, TimePoint at) const {
    const auto first = healthy_.find(group);
    int healthy = first == healthy_.end() ? 0 : first->second;
    for (const sim::HealthyChange& change : changes_) {
        if (change.at >= at)
            break;
        if (change.group == group)
            healthy = change.healthy;
    }
    return healthy;
}

int History::healthy_after(const GroupId& group, TimePoint at) const {
    return healthy_before(group, at + Milliseconds(1));
}

int History::active_after(const GroupId& group, TimePoint at) const {
    const auto first = active_.find(group);
    int active = first == active_.end() ? 0 : first->second;
    for (const sim::ActiveChange& change : active_changes_) {
        if (change.at > at)
            break;
        if (change.group == group)
            active = change.active;
    }
    return active;
}

std::vector<GroupId> History::groups() const {
    std::vector<GroupId> ids;
    for (const auto& [id, name] : names_)
        ids.push_back(id);
    return ids;
}

std::string describe(const History& history, const sim::LoggedCall& call) {
    std::string text =
        fmt::format("{} {} {}", format_time(call.at), call.name,
                    call.name == "create_group" ? name_asked(call) : history.name_of(call.group));
    if (const auto capacity = capacity_asked(call); capacity && call.name == "scale_group")
        text += " " + to_string(*capacity);
    for (const std::string& process : processes_asked(call))
        text += " " + process;
    if (call.name == "rename_group")
        text += " " + name_asked(call);
    if (const auto asked = route_asked(call)) {
        text += asked->route.substr(asked->route.rfind("/app/") + 5);
        for (const auto& [target_group, weight] : asked->weights)
            text += fmt::format(" {} {}", target_group.substr(target_group.find('/') + 1), weight);
    }
    if (call.status != 200)
        text += fmt::format(" ({})", call.status);
    if (!call.fault.empty())
        text += fmt::format(" [{}{}]", call.fault, call.is_applied ? ", applied" : "");
    return text;
}

} // namespace elastiroll::laws
