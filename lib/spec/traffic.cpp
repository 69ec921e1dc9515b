#include "spec/spec_document.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

namespace elastiroll {
namespace {

using std::string_view_literals::operator""sv;

/// Far more than one deployment can watch.
constexpr std::size_t load_balancers_max = 50;
constexpr std::size_t weights_max = 100;
constexpr Milliseconds downsize_after_max{30LL * 24 * 3600 * 1000};

constexpr std::array traffic_keys{
    "load_balancers"sv,           "weights"sv, "approval"sv, "bake"sv, "drain"sv, "downsize_old"sv,
    "keep_other_load_balancers"sv};

/// `{"listener": 443}`, `{"listener": "arn:..."}` or `{"rule": "arn:..."}`.
RouteSpec read_route(const ObjectReader& parent, std::string_view key) {
    RouteSpec route;
    if (!parent.require(key, R"(for example {"listener": 443})"))
        return route;
    static constexpr std::array known{"listener"sv, "rule"sv};
    const ObjectReader reader(*parent.member(key), parent.path_of(key), known, parent.findings());
    if (!reader.is_object())
        return route;
    const Document* listener = reader.member("listener");
    if ((listener != nullptr) == (reader.member("rule") != nullptr)) {
        reader.findings().add(reader.path(), R"(names either a "listener" or a "rule")",
                              R"(for example {"listener": 443} or {"rule": "arn:..."})");
        return route;
    }
    const auto arn = [&](std::string_view which, std::string_view mark) {
        const auto text = reader.text(which, short_text_bytes_max);
        if (text && text->text.find(mark) == std::string::npos)
            reader.findings().add(text->path, fmt::format("is no ARN of a {}", which));
        return text ? text->text : std::string();
    };
    if (listener == nullptr)
        route.rule_arn = arn("rule", ":listener-rule/");
    else if (listener->is_string())
        route.listener_arn = arn("listener", ":listener/");
    else
        route.port = static_cast<int>(
            reader.integer("listener", {.minimum = 1, .maximum = 65'535}).value_or(0));
    return route;
}

LoadBalancerSpec read_load_balancer(const Document& value, const std::string& path,
                                    Findings& findings) {
    static constexpr std::array known{"name"sv, "traffic"sv, "prod"sv, "stage"sv};
    const ObjectReader reader(value, path, known, findings);
    LoadBalancerSpec balancer;
    if (!reader.is_object())
        return balancer;
    if (reader.require("name", "the load balancer's name or ARN"))
        if (auto name = reader.text("name", short_text_bytes_max))
            balancer.name = std::move(name->text);
    static constexpr std::array kinds{"instant"sv, "weighted"sv};
    if (reader.choice("traffic", kinds) == "weighted"sv)
        balancer.kind = TrafficKind::weighted;
    balancer.production = read_route(reader, "prod");
    if (balancer.kind == TrafficKind::instant) {
        balancer.stage = read_route(reader, "stage");
        if (balancer.stage == balancer.production && balancer.stage != RouteSpec{})
            findings.add(reader.path_of("stage"), "is the production route itself",
                         "name the listener or rule that leads to the stage");
    } else if (reader.member("stage") != nullptr) {
        findings.add(reader.path_of("stage"),
                     "weighted traffic has one route, which leads to both target groups",
                     "leave \"stage\" out");
    }
    return balancer;
}

WeightSpec read_weight(const Document& value, const std::string& path, Findings& findings) {
    static constexpr std::array known{"weight"sv, "bake"sv, "approval"sv};
    const ObjectReader reader(value, path, known, findings);
    WeightSpec step;
    reader.require("weight", "of 100, what the new group gets");
    step.weight =
        static_cast<int>(reader.integer("weight", {.minimum = 1, .maximum = 100}).value_or(100));
    step.bake = reader.duration("bake", {Milliseconds(0), bake_max}).value_or(Milliseconds(0));
    step.needs_approval = reader.boolean("approval").value_or(false);
    return step;
}

std::vector<WeightSpec> read_weights(const ObjectReader& reader) {
    std::vector<WeightSpec> steps;
    const std::string path = reader.path_of("weights");
    const Document::Array* items = reader.list("weights", weights_max);
    for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
        steps.push_back(read_weight((*items)[i], item_path(path, i), reader.findings()));
        if (i > 0 && steps[i].weight <= steps[i - 1].weight)
            reader.findings().add(item_path(path, i),
                                  fmt::format("{} does not rise: the step before has {}",
                                              steps[i].weight, steps[i - 1].weight),
                                  "each step sends more to the new group than the one before");
    }
    if (!steps.empty() && steps.back().weight != 100)
        reader.findings().add(path,
                              fmt::format("the last step is {}, so that the previous group would "
                                          "keep traffic for ever",
                                          steps.back().weight),
                              R"(add {"weight": 100})");
    return steps;
}

} // namespace

std::optional<TrafficSpec> read_traffic(const ObjectReader& reader,
                                        std::optional<Strategy> strategy) {
    if (strategy != Strategy::blue_green) {
        for (const std::string_view key : traffic_keys) {
            if (strategy && reader.member(key) != nullptr)
                reader.findings().add(
                    reader.path_of(key),
                    fmt::format("\"{}\" is for the strategy \"blue_green\"", key));
        }
        return std::nullopt;
    }
    TrafficSpec traffic;
    reader.require("load_balancers", R"(for example [{"name": "shop", "prod": {"listener": 443}, )"
                                     R"("stage": {"listener": 8443}}])");
    const std::string path = reader.path_of("load_balancers");
    const Document::Array* items = reader.list("load_balancers", load_balancers_max);
    bool has_weighted = false;
    for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
        traffic.load_balancers.push_back(
            read_load_balancer((*items)[i], item_path(path, i), reader.findings()));
        has_weighted = has_weighted || traffic.load_balancers.back().kind == TrafficKind::weighted;
    }
    if (items != nullptr && items->empty())
        reader.findings().add(path, "names no load balancer");
    traffic.weights = read_weights(reader);
    if (!has_weighted && !traffic.weights.empty())
        reader.findings().add(reader.path_of("weights"), "no load balancer has weighted traffic",
                              R"(set "traffic": "weighted" on one, or leave "weights" out)");
    if (traffic.weights.empty())
        traffic.weights.emplace_back();
    traffic.needs_approval = reader.boolean("approval").value_or(false);
    traffic.bake = reader.duration("bake", {Milliseconds(0), bake_max}).value_or(Milliseconds(0));
    traffic.drain = reader.duration("drain", {Milliseconds(0), bake_max});
    const Document* downsize = reader.member("downsize_old");
    traffic.downsizes_old = !downsize || downsize->as_string() != "never";
    if (traffic.downsizes_old)
        traffic.downsize_after =
            reader.duration("downsize_old", {Milliseconds(0), downsize_after_max});
    traffic.keeps_other_load_balancers =
        reader.boolean("keep_other_load_balancers").value_or(false);
    return traffic;
}

} // namespace elastiroll
