#include <elastiroll/adapters/sim.hpp>

#include <elastiroll/base/document.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace elastiroll::sim {
namespace {

/// Beyond the ids of any client of ours, which count from 1.
constexpr std::uint64_t first_own_id = std::uint64_t{1} << 62U;
/// On loopback nothing takes longer, unless it waits for its time.
constexpr Milliseconds transit{2};
constexpr Milliseconds answer_wait_max{10'000};

class Remote final : public RemoteCloud, HttpTransport {
public:
    Remote(std::string url, std::unique_ptr<HttpTransport> wire)
        : url_(std::move(url)), wire_(std::move(wire)) {}

    TimePoint now() const override { return now_; }
    HttpTransport& transport() noexcept override { return *this; }

    /// Asks the server for something, which takes no time of the cloud's, and takes its time over.
    /// Gives how many requests wait for theirs.
    Result<std::int64_t> ask(std::string_view method, std::string_view path, const Document& body) {
        auto document = fetch(method, path, body);
        if (!document)
            return Unexpected(std::move(document).error());
        const Document* milliseconds = document->find("now_ms");
        const Document* waiting = document->find("waiting");
        const auto time = milliseconds ? milliseconds->as_integer() : std::nullopt;
        const auto count = waiting ? waiting->as_integer() : std::nullopt;
        if (!time || !count)
            return fail(ErrorCategory::protocol,
                        fmt::format("{} is no simulated cloud of this version", url_));
        now_ = std::max(now_, TimePoint(Milliseconds(*time)));
        return *count;
    }

    void start(HttpRequestId id, HttpRequest request) override {
        in_flight_.insert(id);
        wire_->start(id, std::move(request));
    }

    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        const TimePoint until = now_ + wait;
        for (;;) {
            take(wire_->poll(in_flight_.empty() || wait == Milliseconds(0) ? Milliseconds(0)
                                                                           : transit));
            if (!done_.empty() || now_ >= until)
                return std::exchange(done_, {});
            // Who is still under way has not been seen by the cloud: its time stands still.
            auto waiting = ask("GET", "/_sim/state", Document());
            if (!done_.empty())
                continue; // answered meanwhile
            if (waiting && *waiting >= std::ssize(in_flight_))
                waiting = ask("POST", "/_sim/advance",
                              Document::object({{"by_ms", (until - now_).count()},
                                                {"until_answer", !in_flight_.empty()}}));
            if (!waiting) {
                // The server is away: what is under way ends by itself, and time must not stop.
                now_ = in_flight_.empty() ? until : std::min(until, now_ + transit);
            }
        }
    }

private:
    Result<Document> fetch(std::string_view method, std::string_view path, const Document& body) {
        const HttpRequestId id{first_own_id + own_++};
        wire_->start(id, {.method = std::string(method),
                          .url = url_ + std::string(path),
                          .headers = {{"Content-Type", "application/json"}},
                          .body = body.is_null() ? std::string() : to_text(body),
                          .timeout = answer_wait_max});
        own_answer_.reset();
        while (!own_answer_)
            take(wire_->poll(answer_wait_max));
        if (const auto* failure = std::get_if<HttpFailure>(&*own_answer_))
            return fail(ErrorCategory::unavailable,
                        fmt::format("the simulated cloud at {}: {}", url_, failure->message));
        const auto& response = std::get<HttpResponse>(*own_answer_);
        auto document = parse_document(response.body);
        if (!document || response.status != 200)
            return fail(response.status == 400 ? ErrorCategory::conflict : ErrorCategory::protocol,
                        fmt::format("the simulated cloud at {} answered {} to {}: {}", url_,
                                    response.status, path,
                                    document ? text_at(*document, "error") : "no JSON"));
        return document;
    }

    void take(std::vector<HttpCompletion> completions) {
        for (HttpCompletion& one : completions) {
            if (in_flight_.erase(one.id) > 0)
                done_.push_back(std::move(one));
            else
                own_answer_ = std::move(one.result);
        }
    }

    std::string url_;
    std::unique_ptr<HttpTransport> wire_;
    TimePoint now_{};
    std::uint64_t own_ = 0;
    std::set<HttpRequestId> in_flight_{};
    std::vector<HttpCompletion> done_{};
    std::optional<HttpResult> own_answer_{};
};

} // namespace

RemoteCloud::~RemoteCloud() = default;

Result<std::unique_ptr<RemoteCloud>> connect_remote_cloud(std::string url,
                                                          std::unique_ptr<HttpTransport> wire) {
    if (!wire)
        return fail(ErrorCategory::invalid_argument, "this build has no HTTP transport");
    while (url.ends_with('/'))
        url.pop_back();
    auto remote = std::make_unique<Remote>(std::move(url), std::move(wire));
    // Moves nothing, and is refused where time goes by itself.
    auto waiting = remote->ask("POST", "/_sim/advance", Document::object({{"by_ms", 0}}));
    if (!waiting)
        return Unexpected(std::move(waiting).error());
    return remote;
}

} // namespace elastiroll::sim
