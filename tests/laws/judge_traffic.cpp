#include "judge_traffic.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll::laws {
namespace {

/// The weights of the target groups that the actions forward to.
using Weights = std::map<std::string, std::int64_t>;

Document::Array* tuples_in(Document& action) {
    Document* tuples = action.find_path({"ForwardConfig", "TargetGroups"});
    return tuples ? tuples->as_array() : nullptr;
}

std::int64_t weight_of(const Document& tuple) {
    return std::strtoll(std::string(text_at(tuple, "Weight")).c_str(), nullptr, 10);
}

Weights weights_in(Document actions) {
    Weights weights;
    for (Document& action : *actions.as_array()) {
        if (const auto* tuples = tuples_in(action)) {
            for (const Document& tuple : *tuples)
                weights[std::string(text_at(tuple, "TargetGroupArn"))] += weight_of(tuple);
        }
    }
    return weights;
}

/// The target group that gets requests. Of two the one that gets more: what the other one has is
/// left over.
std::string serving_of(const Document& actions) {
    std::string serving;
    std::int64_t most = 0;
    for (const auto& [target_group, weight] : weights_in(actions)) {
        if (weight > most) {
            most = weight;
            serving = target_group;
        }
    }
    return serving;
}

/// `actions` with two target groups exchanged, as a text.
std::string exchanged(const Document& actions, const std::string& one, const std::string& other) {
    std::string text = canonical_text(actions);
    const auto replace = [&](const std::string& what, const std::string& by) {
        for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
            text.replace(at, what.size(), by);
    };
    replace(one, "\x01");
    replace(other, one);
    replace("\x01", other);
    return text;
}

/// `actions` with all of the weight on one of its two target groups, as a text.
std::string led_to(Document actions, bool is_other) {
    const std::string serving = serving_of(actions);
    for (Document& action : *actions.as_array()) {
        if (auto* tuples = tuples_in(action)) {
            for (Document& tuple : *tuples)
                tuple.set("Weight",
                          (text_at(tuple, "TargetGroupArn") == serving) != is_other ? "100" : "0");
        }
    }
    return canonical_text(actions);
}

using Routes = std::map<std::string, Document>;

Routes routes_of(const sim::Cloud& cloud) {
    Routes routes;
    for (const sim::RouteView& view : cloud.routes())
        routes.emplace(view.arn, view.actions);
    return routes;
}

std::string text_of(const Weights& weights) {
    std::string text;
    for (const auto& [target_group, weight] : weights) {
        const auto name = target_group.substr(target_group.find("targetgroup/") + 12);
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name.substr(0, name.find('/')),
                            weight);
    }
    return text;
}

} // namespace

Breaches judge_losses(const Course& course) {
    Breaches breaches;
    // Where nobody served before, there is nobody to go back to.
    const auto previous = course.start.cloud.find(course.made.previous_name);
    if (!previous || previous->capacity.is_zero())
        return breaches;
    const auto& losses = course.end.cloud.traffic_losses();
    for (auto loss = losses.begin() + std::ssize(course.start.cloud.traffic_losses());
         loss != losses.end(); ++loss) {
        const bool is_stage = std::ranges::find(course.made.routes, loss->route,
                                                &Case::Route::stage) != course.made.routes.end();
        // Who changes routes between our look and our call has a part in it.
        if (is_stage || course.made.has_people)
            continue;
        breaches.push_back(
            {Law::traffic, fmt::format("{} {} left {} of {} to nobody", format_time(loss->at),
                                       loss->call, loss->target_group, loss->route)});
    }
    return breaches;
}

std::string routes_text(const sim::Cloud& cloud) {
    std::string text;
    for (const sim::RouteView& view : cloud.routes())
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ",
                            view.arn.substr(view.arn.find("/app/") + 5),
                            text_of(weights_in(view.actions)));
    return text;
}

Breaches judge_routes_restored(const Course& course) {
    Breaches breaches;
    const Routes before = routes_of(course.start.cloud);
    const Routes now = routes_of(course.end.cloud);
    for (const auto& [arn, actions] : before) {
        const bool is_of_ours =
            std::ranges::find(course.made.routes, arn, &Case::Route::production) !=
            course.made.routes.end();
        // What an aborted shift had left to the stage is not given back.
        const bool is_left_over =
            is_of_ours && std::ranges::count_if(weights_in(actions),
                                                [](const auto& one) { return one.second > 0; }) > 1;
        const std::string is = canonical_text(now.at(arn));
        if (is != canonical_text(actions) && (!is_left_over || is != led_to(actions, false)))
            breaches.push_back({Law::restores, fmt::format("{} is {}; before the deployment {}",
                                                           arn, is, canonical_text(actions))});
    }
    return breaches;
}

Breaches judge_routes_done(const Course& course) {
    Breaches breaches;
    Routes expected = routes_of(course.start.cloud);
    std::map<std::string, std::string> texts;
    for (const auto& [arn, actions] : expected)
        texts.emplace(arn, canonical_text(actions));
    for (const Case::Route& route : course.made.routes) {
        const Document& production = expected.at(route.production);
        if (route.stage.empty()) {
            texts[route.production] = led_to(production, true);
            continue;
        }
        const Document& stage = expected.at(route.stage);
        const std::string serving = serving_of(production);
        const std::string idle = serving_of(stage);
        texts[route.production] = exchanged(production, serving, idle);
        texts[route.stage] = exchanged(stage, serving, idle);
    }
    for (const auto& [arn, actions] : routes_of(course.end.cloud)) {
        if (canonical_text(actions) != texts.at(arn))
            breaches.push_back({Law::ends, fmt::format("done, but {} is {}, not {}", arn,
                                                       canonical_text(actions), texts.at(arn))});
    }
    return breaches;
}

} // namespace elastiroll::laws
