#include <elastiroll/model/elastigroup.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace elastiroll {
namespace {

Unexpected missing(const std::string& name, std::string_view path, std::string_view what) {
    return fail(ErrorCategory::protocol,
                fmt::format("reading group '{}' as Spot gave it: {} {}", name, path, what));
}

bool has_items(const Document* document) noexcept {
    const auto* items = document ? document->as_array() : nullptr;
    return items && !items->empty();
}

bool is_true(const Document* document) noexcept {
    return document && document->as_boolean().value_or(false);
}

Result<Capacity> decode_capacity(const std::string& name, const Document& capacity) {
    std::array<std::int64_t, 3> values{};
    constexpr std::array<std::string_view, 3> keys{"minimum", "target", "maximum"};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Document* member = capacity.find(keys[i]);
        const auto value = member ? member->as_integer() : std::nullopt;
        if (!value)
            return missing(name, fmt::format("capacity.{}", keys[i]), "is missing or no integer");
        values[i] = *value;
    }
    const auto [minimum, target, maximum] = values;
    return Capacity::make({std::min(minimum, target), target, std::max(maximum, target)})
        .transform_error([&](Error error) {
            error.category = ErrorCategory::protocol;
            return with_context(std::move(error), fmt::format("reading group '{}'", name));
        });
}

} // namespace

Result<Elastigroup> decode_elastigroup(Document document) {
    Elastigroup group;
    group.name = text_at(document, "name");
    group.id = GroupId(std::string(text_at(document, "id")));
    if (group.name.empty())
        return missing(group.id.text(), "name", "is missing or no text");
    if (group.id.empty())
        return missing(group.name, "id", "is missing or no text");
    const Document* capacity = document.find("capacity");
    if (!capacity || !capacity->is_object())
        return missing(group.name, "capacity", "is missing or no object");
    auto bounds = decode_capacity(group.name, *capacity);
    if (!bounds)
        return Unexpected(std::move(bounds).error());
    group.capacity = *bounds;
    if (const Document* unit = capacity->find("unit"); unit && !unit->is_null()) {
        const auto known = capacity_unit_from(unit->as_string().value_or("?"));
        if (!known)
            return missing(group.name, "capacity.unit", "is neither instance nor weight");
        group.unit = *known;
    }
    if (auto created = parse_time(text_at(document, "createdAt")); created)
        group.created_at = *created;
    group.document = std::move(document);
    return group;
}

Region region_of(const Document& group) {
    if (const std::string_view region = text_at(group, "region"); !region.empty())
        return Region(std::string(region));
    const Document* zones = group.find_path({"compute", "availabilityZones"});
    const auto* list = zones ? zones->as_array() : nullptr;
    std::set<std::string> regions;
    for (const Document& zone : list ? *list : Document::Array()) {
        std::string name(text_at(zone, "name"));
        // A zone is its region and a letter: eu-west-1a.
        if (!name.empty() && name.back() >= 'a' && name.back() <= 'z')
            name.pop_back();
        regions.insert(std::move(name));
    }
    return regions.size() == 1 ? Region(*regions.begin()) : Region();
}

bool has_automation(const Document& group) {
    if (const Document* scaling = group.find("scaling")) {
        for (const std::string_view kind : {"up", "down", "target", "multipleMetrics"}) {
            const Document* policies = scaling->find(kind);
            if (has_items(policies) || (policies && policies->is_object()))
                return true;
        }
    }
    const Document* tasks = group.find_path({"scheduling", "tasks"});
    const auto* list = tasks ? tasks->as_array() : nullptr;
    return list && std::ranges::any_of(*list, [](const Document& task) {
               const Document* enabled = task.find("isEnabled");
               return !enabled || enabled->as_boolean().value_or(true);
           });
}

std::vector<LoadBalancerEntry> load_balancers_of(const Document& group) {
    std::vector<LoadBalancerEntry> entries;
    const Document* launch = group.find_path({"compute", "launchSpecification"});
    if (!launch)
        return entries;
    const Document* config = launch->find_path({"loadBalancersConfig", "loadBalancers"});
    if (const auto* list = config ? config->as_array() : nullptr) {
        for (const Document& entry : *list)
            entries.push_back({std::string(text_at(entry, "type")),
                               std::string(text_at(entry, "name")),
                               std::string(text_at(entry, "arn"))});
    }
    const Document* names = launch->find("loadBalancerNames");
    if (const auto* list = names ? names->as_array() : nullptr) {
        for (const Document& name : *list)
            entries.push_back({"CLASSIC", std::string(name.as_string().value_or("")), {}});
    }
    return entries;
}

std::map<std::string, int, std::less<>> weights_of(const Document& group) {
    std::map<std::string, int, std::less<>> weights;
    const Document* list = group.find_path({"compute", "instanceTypes", "weights"});
    const auto* items = list ? list->as_array() : nullptr;
    for (const Document& item : items ? *items : Document::Array()) {
        const Document* weight = item.find("weightedCapacity");
        const auto value = weight ? weight->as_integer() : std::nullopt;
        if (value && *value >= 1 && *value <= capacity_max)
            weights[std::string(text_at(item, "instanceType"))] = static_cast<int>(*value);
    }
    return weights;
}

bool is_stateful(const Document& group) {
    const Document* persistence = group.find_path({"strategy", "persistence"});
    if (!persistence)
        return false;
    // An object in live groups, a list of objects in Spot's own OpenAPI example.
    Document::Array single;
    if (persistence->is_object())
        single.push_back(*persistence);
    const auto* list = persistence->as_array() ? persistence->as_array() : &single;
    return std::ranges::any_of(*list, [](const Document& settings) {
        return is_true(settings.find("shouldPersistPrivateIp")) ||
               is_true(settings.find("shouldPersistRootDevice")) ||
               is_true(settings.find("shouldPersistBlockDevices"));
    });
}

} // namespace elastiroll
