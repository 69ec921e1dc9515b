#include <elastiroll/adapters/sim_server.hpp>

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <sys/socket.h>

namespace elastiroll::sim {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Each connection takes one while it lasts, also while its request waits for its time.
constexpr std::size_t threads = 160;
/// As long as load balancers keep them.
constexpr time_t idle_seconds = 60;
/// No template or control document is longer.
constexpr std::size_t body_bytes_max = std::size_t{16} * 1024 * 1024;
/// A request whose client went away is given up at the latest then.
constexpr std::chrono::minutes answer_wait_max{10};

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class HttpServer final : public Server {
public:
    explicit HttpServer(ServerOptions options)
        : cloud_(std::move(options.cloud)), host_(std::move(options.host)), speed_(options.speed),
          began_at_(cloud_.now()), began_(SteadyClock::now()) {}
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer() override;

    Result<void> start(int port);
    int port() const noexcept override { return port_; }
    std::string url() const override {
        return fmt::format("http://{}:{}", host_ == "::1" ? "[::1]" : host_, port_);
    }

private:
    void answer(const httplib::Request& request, httplib::Response& response);
    void control(const httplib::Request& request, httplib::Response& response);
    HttpResult carry_out(HttpRequest request);
    void take_completions();
    void keep_time();
    TimePoint real_time() const;

    Document state() const;
    Document log() const;
    Document health() const;
    Result<Document> add(const Document& part);
    Result<Document> advance(const Document& wanted);

    std::mutex mutex_;
    std::condition_variable moved_; ///< the cloud has, or the server stops
    Cloud cloud_;
    std::string host_;
    std::optional<int> speed_;
    TimePoint began_at_;
    SteadyClock::time_point began_;
    std::map<HttpRequestId, HttpResult> completed_{};
    std::uint64_t next_id_ = 1;
    int waiting_ = 0;      ///< requests whose time has not come
    bool is_over_ = false; ///< nobody waits any longer

    httplib::Server server_{};
    int port_ = 0;
    std::thread listener_{};
    std::thread clock_{};
};

// ---- requests --------------------------------------------------------------------------------

HttpRequest request_of(const httplib::Request& given, const std::string& base) {
    HttpRequest request{.method = given.method, .url = base + given.target, .body = given.body};
    for (const auto& [name, value] : given.headers)
        request.headers.emplace_back(name, value);
    return request;
}

void HttpServer::take_completions() {
    for (HttpCompletion& one : cloud_.take_completions()) {
        completed_.emplace(one.id, std::move(one.result));
        // Here, not in the request's thread, which may wake late: whoever moves the time on as long
        // as requests wait would move it past the answer.
        --waiting_;
    }
    moved_.notify_all();
}

/// Lets the cloud carry a request out, and waits until its time has come.
HttpResult HttpServer::carry_out(HttpRequest request) {
    std::unique_lock lock(mutex_);
    const HttpRequestId id{next_id_++};
    cloud_.start(id, std::move(request));
    ++waiting_;
    cloud_.advance(speed_ ? std::max(cloud_.now(), real_time()) : cloud_.now());
    take_completions();
    moved_.wait_for(lock, answer_wait_max, [&] { return is_over_ || completed_.contains(id); });
    const auto found = completed_.find(id);
    if (found == completed_.end())
        return HttpFailure{.message = "the server stops"};
    HttpResult result = std::move(found->second);
    completed_.erase(found);
    return result;
}

/// The nearest that HTTP lets a server come to an answer that is lost: it promises one and hangs
/// up.
void lose(httplib::Response& response) {
    response.set_content_provider(
        1, "application/json", [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
}

void HttpServer::answer(const httplib::Request& request, httplib::Response& response) {
    HttpResult result = carry_out(request_of(request, url()));
    auto* given = std::get_if<HttpResponse>(&result);
    if (!given)
        return lose(response);
    response.status = given->status;
    std::string type = "application/json";
    for (const auto& [name, value] : given->headers) {
        if (name == "Content-Type")
            type = value;
        else
            response.set_header(name, value);
    }
    response.set_content(given->body, type);
}

// ---- time ------------------------------------------------------------------------------------

TimePoint HttpServer::real_time() const {
    const auto elapsed = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - began_);
    return began_at_ + elapsed * *speed_;
}

/// Moves the cloud's time on with the real one.
void HttpServer::keep_time() {
    constexpr Milliseconds step{20};
    std::unique_lock lock(mutex_);
    while (!is_over_) {
        cloud_.advance(std::max(cloud_.now(), real_time()));
        take_completions();
        moved_.wait_for(lock, step, [&] { return is_over_; });
    }
}

/// `{"by_ms": N}` or `{"to": TIME}`; with `"until_answer": true` no further than to the first
/// answer to a request that waits.
Result<Document> HttpServer::advance(const Document& wanted) {
    if (speed_)
        return fail(ErrorCategory::conflict, "time goes by itself here (--speed)");
    const Document* by = wanted.find("by_ms");
    const Document* to = wanted.find("to");
    const auto milliseconds = by ? by->as_integer() : std::nullopt;
    const auto time =
        to ? parse_time(to->as_string().value_or("")) : Result<TimePoint>(TimePoint());
    constexpr std::int64_t by_max = std::int64_t{366} * 24 * 3'600'000;
    if ((by != nullptr) == (to != nullptr) || !time ||
        (by && (!milliseconds || *milliseconds < 0 || *milliseconds > by_max)))
        return fail(ErrorCategory::invalid_argument,
                    "give either `by_ms`, of at most a year, or `to`");
    const TimePoint until = by ? cloud_.now() + Milliseconds(*milliseconds) : *time;
    const Document* stops = wanted.find("until_answer");
    const bool stops_at_answer = stops && stops->as_boolean().value_or(false);
    while (cloud_.now() < until) {
        const auto next = cloud_.next_event();
        cloud_.advance(next ? std::min(*next, until) : until);
        if (stops_at_answer && cloud_.has_completions())
            break;
    }
    take_completions();
    return state();
}

/// More of a scenario.
Result<Document> HttpServer::add(const Document& part) {
    if (auto added = cloud_.add(part); !added)
        return Unexpected(std::move(added).error());
    return state();
}

// ---- control ---------------------------------------------------------------------------------

Document HttpServer::state() const {
    Document::Array groups;
    for (const GroupView& group : cloud_.groups())
        groups.push_back(encode(group));
    Document state = Document::object({{"now", format_time(cloud_.now())}, {"waiting", waiting_}});
    state.set("now_ms", static_cast<std::int64_t>(cloud_.now().time_since_epoch().count()));
    state.set("groups", Document(std::move(groups)));
    return state;
}

Document HttpServer::log() const {
    Document::Array calls;
    for (const LoggedCall& call : cloud_.log())
        calls.push_back(encode(call));
    return {std::move(calls)};
}

Document HttpServer::health() const {
    Document::Array changes;
    for (const HealthyChange& change : cloud_.healthy_changes())
        changes.push_back(Document::object({{"at", format_time(change.at)},
                                            {"group", change.group.text()},
                                            {"healthy", change.healthy}}));
    return {std::move(changes)};
}

void HttpServer::control(const httplib::Request& request, httplib::Response& response) {
    const std::scoped_lock lock(mutex_);
    const auto wanted = request.body.empty() ? Result<Document>(Document::object({}))
                                             : parse_document(request.body);
    Result<Document> result = fail(ErrorCategory::not_found,
                                   "known are GET /_sim/state, /_sim/log and /_sim/health, POST "
                                   "/_sim/advance and /_sim/add");
    if (!wanted)
        result = Unexpected(wanted.error());
    else if (request.method == "GET" && request.path == "/_sim/state")
        result = state();
    else if (request.method == "GET" && request.path == "/_sim/log")
        result = log();
    else if (request.method == "GET" && request.path == "/_sim/health")
        result = health();
    else if (request.method == "POST" && request.path == "/_sim/advance")
        result = advance(*wanted);
    else if (request.method == "POST" && request.path == "/_sim/add")
        result = add(*wanted);
    response.status = result ? 200 : 400;
    response.set_content(
        to_text(result ? *result : Document::object({{"error", to_string(result.error())}})),
        "application/json");
}

// ---- life ------------------------------------------------------------------------------------

Result<void> HttpServer::start(int port) {
    // It takes what it is given.
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
    server_.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    server_.set_keep_alive_max_count(std::size_t{1} << 30U);
    server_.set_keep_alive_timeout(idle_seconds);
    server_.set_payload_max_length(body_bytes_max);
    server_.set_tcp_nodelay(true);
    // Without the default's SO_REUSEPORT, by which two servers would share a port unnoticed.
    server_.set_socket_options([](socket_t socket) {
        const int yes = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
        if (request.path.starts_with("/_sim/"))
            control(request, response);
        else
            answer(request, response);
    };
    server_.Get(".*", handler);
    server_.Post(".*", handler);
    server_.Put(".*", handler);
    server_.Delete(".*", handler);
    port_ = port == 0 ? server_.bind_to_any_port(host_)
                      : (server_.bind_to_port(host_, port) ? port : -1);
    if (port_ < 0)
        return fail(
            ErrorCategory::conflict,
            fmt::format("cannot listen on {}:{}; choose another port, or 0 for any", host_, port));
    listener_ = std::thread([this] { server_.listen_after_bind(); });
    if (speed_)
        clock_ = std::thread([this] { keep_time(); });
    return {};
}

HttpServer::~HttpServer() {
    {
        const std::scoped_lock lock(mutex_);
        is_over_ = true;
        moved_.notify_all();
    }
    if (listener_.joinable()) {
        // stop() does nothing before listening has begun.
        while (!server_.is_running())
            std::this_thread::yield();
        server_.stop();
        listener_.join();
    }
    if (clock_.joinable())
        clock_.join();
}

} // namespace

Server::~Server() = default;

Result<std::unique_ptr<Server>> make_server(ServerOptions options) {
    if (!is_loopback(options.host))
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("{} is no loopback address; the simulated cloud listens on "
                                "127.0.0.1 or localhost only",
                                options.host));
    if (options.port < 0 || options.port > 65'535)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("{} is no port; ports are 0..65535", options.port));
    if (options.speed && *options.speed < 1)
        return fail(ErrorCategory::invalid_argument, "the speed is at least 1");
    const int port = options.port;
    auto server = std::make_unique<HttpServer>(std::move(options));
    if (auto started = server->start(port); !started)
        return Unexpected(std::move(started).error());
    return server;
}

} // namespace elastiroll::sim
