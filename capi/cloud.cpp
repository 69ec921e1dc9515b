#include "fleet.hpp"
#include "handles.hpp"

#include <elastiroll/base/document.hpp>

#include <cstdint>
#include <limits>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

/// More than any rehearsal takes; schedules that fire every minute are gone through one by one.
constexpr std::int64_t advance_ms_max = std::int64_t{10} * 366 * 24 * 3'600'000;

Document inspect(const sim::Cloud& cloud) {
    Document groups = Document::array();
    for (const sim::GroupView& group : cloud.groups())
        groups.push_back(encode(group));
    Document routes = Document::array();
    for (const sim::RouteView& route : cloud.routes())
        routes.push_back(Document::object({{"arn", route.arn}, {"actions", route.actions}}));
    Document calls = Document::array();
    for (const sim::LoggedCall& call : cloud.log())
        calls.push_back(encode(call));
    Document losses = Document::array();
    for (const sim::TrafficLoss& loss : cloud.traffic_losses())
        losses.push_back(Document::object({{"at", format_time(loss.at)},
                                           {"route", loss.route},
                                           {"target_group", loss.target_group},
                                           {"call", loss.call}}));
    return Document::object({{"now", format_time(cloud.now())},
                             {"groups", std::move(groups)},
                             {"routes", std::move(routes)},
                             {"calls", std::move(calls)},
                             {"traffic_losses", std::move(losses)}});
}

} // namespace

elr_status elr_cloud_new(const char* json, size_t json_size, elr_cloud** cloud_out,
                         elr_error** error_out) {
    clear(cloud_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"cloud_out", cloud_out}}); !given)
            return given;
        const auto scenario =
            json ? read_json(json, json_size) : parse_document(sim::default_scenario());
        if (!scenario)
            return Unexpected(scenario.error());
        auto cloud = sim::Cloud::make(*scenario);
        if (!cloud)
            return Unexpected(std::move(cloud).error());
        *cloud_out = make_handle<elr_cloud>(std::make_shared<SharedCloud>(*std::move(cloud)));
        return {};
    });
}

int64_t elr_cloud_now_ms(const elr_cloud* cloud) {
    if (!cloud)
        return 0;
    const std::scoped_lock lock(cloud->shared->mutex);
    return cloud->shared->cloud.now().time_since_epoch().count();
}

elr_status elr_cloud_advance(elr_cloud* cloud, int64_t to_ms, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"cloud", cloud}}); !given)
            return given;
        const std::scoped_lock lock(cloud->shared->mutex);
        const std::int64_t now = cloud->shared->cloud.now().time_since_epoch().count();
        if (to_ms > now && to_ms - now > advance_ms_max)
            return invalid("to_ms is more than ten years ahead");
        cloud->shared->cloud.advance(TimePoint(Milliseconds(to_ms)));
        return {};
    });
}

elr_status elr_cloud_add(elr_cloud* cloud, const char* json, size_t json_size,
                         elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"cloud", cloud}, {"json", json}}); !given)
            return given;
        const auto part = read_json(json, json_size);
        if (!part)
            return Unexpected(part.error());
        const std::scoped_lock lock(cloud->shared->mutex);
        return cloud->shared->cloud.add(*part);
    });
}

elr_status elr_cloud_to_json(const elr_cloud* cloud, char** json_out, elr_error** error_out) {
    clear(json_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"cloud", cloud}, {"json_out", json_out}}); !given)
            return given;
        const std::scoped_lock lock(cloud->shared->mutex);
        return give_text(to_text(inspect(cloud->shared->cloud)), json_out);
    });
}

int64_t elr_cloud_next_event_ms(const elr_cloud* cloud) {
    constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    if (!cloud)
        return never;
    const std::scoped_lock lock(cloud->shared->mutex);
    const auto next = cloud->shared->cloud.next_event();
    return next ? next->time_since_epoch().count() : never;
}

void elr_cloud_free(elr_cloud* cloud) { free_handle(cloud); }

elr_status elr_cloud_send(elr_cloud* cloud, const elr_action* action, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"cloud", cloud}, {"action", action}}); !given)
            return given;
        if (action->kind != ELR_ACTION_HTTP)
            return invalid("the action is no HTTP request");
        const std::scoped_lock lock(cloud->shared->mutex);
        const sim::ClientId client = action->fleet->client_of(cloud->shared);
        cloud->shared->cloud.start(HttpRequestId(static_cast<std::uint64_t>(action->id)),
                                   action->request, client);
        return {};
    });
}

elr_status elr_cloud_deliver(elr_cloud* cloud, elr_fleet* fleet, size_t* count_out,
                             elr_error** error_out) {
    if (count_out)
        *count_out = 0;
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"cloud", cloud}, {"fleet", fleet}}); !given)
            return given;
        const std::scoped_lock lock(cloud->shared->mutex);
        const sim::ClientId client = fleet->client_of(cloud->shared);
        std::size_t count = 0;
        for (HttpCompletion& one : cloud->shared->cloud.take_completions(client)) {
            if (auto taken = fleet->complete(std::move(one)); taken)
                ++count;
        }
        if (count_out)
            *count_out = count;
        return {};
    });
}
