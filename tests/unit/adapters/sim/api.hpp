#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/document.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/ports/http.hpp>

namespace elastiroll::sim::test {

inline Document document(std::string_view text) { return parse_document(text).value(); }

inline Cloud make_cloud(std::string_view scenario) {
    return Cloud::make(document(scenario)).value();
}

/// What came back to a request.
struct Reply {
    int status = 0; ///< 0: no answer
    HttpHeaders headers{};
    Document body{};
    std::string text{};
    bool is_unsent = false;
    std::string failure{};

    const Document::Array& items() const {
        return *body.find_path({"response", "items"})->as_array();
    }
    std::string text_at(std::initializer_list<std::string_view> path) const {
        const Document* value = body.find_path(path);
        return std::string(value ? value->as_string().value_or("?") : "absent");
    }
    std::string error_code() const {
        const Document* errors = body.find_path({"response", "errors"});
        return std::string(errors->as_array()->front().find("code")->as_string().value());
    }
};

/// A client that sends one request at a time and waits for its answer.
class Api {
public:
    explicit Api(Cloud& cloud) : cloud_(&cloud) {}

    std::string token = "simulated";
    std::string account = "act-demo1234";
    Milliseconds timeout{30'000};

    HttpRequest request(std::string method, std::string_view path, std::string body = {}) const {
        return {.method = std::move(method),
                .url = fmt::format("https://api.spotinst.io{}{}accountId={}", path,
                                   path.find('?') == path.npos ? '?' : '&', account),
                .headers = {{"Authorization", "Bearer " + token}},
                .body = std::move(body),
                .timeout = timeout};
    }

    Reply send(std::string method, std::string_view path, std::string body = {}) {
        return send(request(std::move(method), path, std::move(body)));
    }

    Reply send(HttpRequest request) {
        const auto transport = make_transport(*cloud_);
        transport->start(HttpRequestId(1), std::move(request));
        auto completions = transport->poll(Milliseconds(600'000));
        if (completions.size() != 1)
            return {.failure = "nothing came back"};
        return reply_of(std::move(completions.front().result));
    }

    static Reply reply_of(HttpResult result) {
        if (auto* failure = std::get_if<HttpFailure>(&result))
            return {.is_unsent = failure->is_unsent, .failure = std::move(failure->message)};
        auto& response = std::get<HttpResponse>(result);
        auto body = parse_document(response.body);
        return {.status = response.status,
                .headers = std::move(response.headers),
                .body = body ? *body : Document(),
                .text = std::move(response.body)};
    }

    Reply create(std::string_view group) {
        return send("POST", root, fmt::format(R"({{"group":{}}})", group));
    }
    Reply scale(std::string_view id, int minimum, int target, int maximum) {
        return send("PUT", fmt::format("{}/{}/capacity", root, id),
                    fmt::format(R"({{"capacity":{{"minimum":{},"target":{},"maximum":{}}}}})",
                                minimum, target, maximum));
    }
    Reply get(std::string_view id, std::string_view tail = {}) {
        return send("GET", fmt::format("{}/{}{}", root, id, tail));
    }
    Reply list() { return send("GET", root); }

    /// The words of one member over all items, joined: `HEALTHY HEALTHY UNKNOWN`.
    std::string words(const Reply& reply, std::string_view member) const {
        std::string joined;
        for (const Document& item : reply.items()) {
            const Document* value = item.find(member);
            joined += joined.empty() ? "" : " ";
            joined += value ? value->as_string().value_or("null") : "absent";
        }
        return joined;
    }
    std::string health(std::string_view id) {
        return words(get(id, "/instanceHealthiness"), "healthStatus");
    }
    std::string status(std::string_view id) { return words(get(id, "/status"), "status"); }

    void wait(Milliseconds duration) { cloud_->advance(cloud_->now() + duration); }

    static constexpr std::string_view root = "/aws/ec2/group";

private:
    Cloud* cloud_;
};

/// A group that a create accepts.
inline std::string new_group(std::string_view name, int target = 0, std::string_view extra = {}) {
    return fmt::format(
        R"({{"name":"{}","capacity":{{"minimum":0,"target":{},"maximum":10,"unit":"instance"}},)"
        R"("strategy":{{"drainingTimeout":60}},)"
        R"("compute":{{"instanceTypes":{{"spot":["m5.large"]}},)"
        R"("launchSpecification":{{"imageId":"ami-1"}}}}{}}})",
        name, target, extra);
}

/// Time passes in round numbers: 10 s to a running instance, 30 s more to a healthy one.
inline constexpr std::string_view round_times =
    R"("account":"act-demo1234","latency":"10ms","draining":"60s",)"
    R"("launch":{"fulfilled":"10s","healthy":"30s"})";

inline Cloud round_cloud(std::string_view more = {}) {
    return make_cloud(fmt::format("{{{}{}{}}}", round_times, more.empty() ? "" : ",", more));
}

inline Milliseconds seconds(int count) { return Milliseconds(count * 1000); }

} // namespace elastiroll::sim::test
