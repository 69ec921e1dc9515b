#include <elastiroll/adapters/sim.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <utility>

namespace elastiroll::test::remote_test {
namespace {

constexpr std::int64_t start_ms = 1'772'445'600'000;

/// A server of a simulated cloud: it answers what steers it at once, and requests when it is told
/// to.
class Wire final : public HttpTransport {
public:
    void start(HttpRequestId id, HttpRequest request) override {
        const std::string path = request.url.substr(request.url.find('/', 8));
        if (!path.starts_with("/_sim/")) {
            held.emplace_back(id);
            return;
        }
        asked.push_back(path);
        if (path == "/_sim/advance")
            now_ms += advance_ms;
        // The answer is under way while the server is asked how many wait.
        if (path == "/_sim/state" && answers_meanwhile)
            answer_held();
        answer(id, status,
               R"({"now_ms": )" + std::to_string(now_ms) + R"(, "waiting": )" +
                   std::to_string(waiting) + "}");
    }
    std::vector<HttpCompletion> poll(Milliseconds /*wait*/) override {
        return std::exchange(done_, {});
    }
    void answer_held() {
        for (const HttpRequestId id : std::exchange(held, {}))
            answer(id, 200, "{}");
    }

    std::deque<HttpRequestId> held{};
    std::vector<std::string> asked{};
    bool answers_meanwhile = false;
    int waiting = 0;
    int status = 200;
    std::int64_t now_ms = start_ms;
    std::int64_t advance_ms = 0;

private:
    void answer(HttpRequestId id, int with, std::string body) {
        done_.push_back({id, HttpResponse{.status = with, .body = std::move(body)}});
    }

    std::vector<HttpCompletion> done_{};
};

struct Connected {
    Connected() {
        auto made = std::make_unique<Wire>();
        wire = made.get();
        auto connected = sim::connect_remote_cloud("http://127.0.0.1:1/", std::move(made));
        REQUIRE(connected);
        remote = *std::move(connected);
        wire->asked.clear();
    }
    Wire* wire = nullptr;
    std::unique_ptr<sim::RemoteCloud> remote{};
};

const HttpRequest request{.method = "GET", .url = "http://127.0.0.1:1/aws/ec2/group"};

} // namespace

TEST_CASE("an answer that comes while the server is asked for its state does not let time pass") {
    Connected world;
    world.wire->answers_meanwhile = true;
    world.remote->transport().start(HttpRequestId{1}, request);
    const auto completions = world.remote->transport().poll(Milliseconds{3'600'000});
    REQUIRE(completions.size() == 1);
    CHECK(completions.front().id == HttpRequestId{1});
    CHECK(world.wire->asked == std::vector<std::string>{"/_sim/state"});
    CHECK(world.remote->now() == TimePoint(Milliseconds(start_ms)));
}

TEST_CASE("time passes where all requests wait for it, and where there is none") {
    Connected world;
    world.wire->advance_ms = 60'000;
    CHECK(world.remote->transport().poll(Milliseconds{60'000}).empty());
    CHECK(world.remote->now() == TimePoint(Milliseconds(start_ms + 60'000)));

    world.wire->waiting = 1;
    world.remote->transport().start(HttpRequestId{1}, request);
    CHECK(world.remote->transport().poll(Milliseconds{60'000}).empty());
    CHECK(world.remote->now() == TimePoint(Milliseconds(start_ms + 120'000)));
}

TEST_CASE("a server whose time goes by itself is refused, and one that is none") {
    auto made = std::make_unique<Wire>();
    made->status = 400;
    const auto refused = sim::connect_remote_cloud("http://127.0.0.1:1", std::move(made));
    REQUIRE(!refused);
    CHECK(refused.error().category == ErrorCategory::conflict);
    auto other = std::make_unique<Wire>();
    other->status = 404;
    const auto unknown = sim::connect_remote_cloud("http://127.0.0.1:1", std::move(other));
    REQUIRE(!unknown);
    CHECK(unknown.error().category == ErrorCategory::protocol);
}

} // namespace elastiroll::test::remote_test
