#include <elastiroll/adapters/http.hpp>

#include "adapters/http/curl_failure.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

#include <csignal>
#include <pthread.h>

namespace elastiroll::http {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// No service of ours sends more than some kilobytes of headers.
constexpr std::size_t header_bytes_max = std::size_t{256} * 1024;
/// Body bytes that are made room for before they come, whatever Content-Length promises.
constexpr std::size_t reserve_max = std::size_t{32} * 1024 * 1024;
/// Load balancers close idle connections after 60 s. One that is about to be closed would lose the
/// next request.
constexpr long idle_seconds_max = 50;
/// curl's own maximum is 512 KiB; lists are megabytes.
constexpr long receive_buffer_bytes = 256L * 1024;
/// Instance and container metadata give credentials to who asks from next door; asked by a proxy
/// they would give the proxy's.
constexpr const char* link_local = ",169.254.169.254,169.254.170.2,169.254.170.23";
/// Easy handles that are kept for the next requests.
constexpr std::size_t idle_handles_max = 64;

/// Keeps SIGPIPE, which a connection closed by its peer sends to who writes to it (OpenSSL writes
/// without MSG_NOSIGNAL), from the host, without touching its handlers: blocked in this thread, and
/// taken away if it has come.
class NoSigpipe {
public:
    NoSigpipe() {
        sigemptyset(&sigpipe_);
        sigaddset(&sigpipe_, SIGPIPE);
        sigset_t pending;
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &sigpipe_, &former_);
    }
    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;
    ~NoSigpipe() {
        constexpr timespec at_once{};
        while (!was_pending_ && sigtimedwait(&sigpipe_, nullptr, &at_once) == SIGPIPE) {
        }
        pthread_sigmask(SIG_SETMASK, &former_, nullptr);
    }

private:
    sigset_t sigpipe_{};
    sigset_t former_{};
    bool was_pending_ = false;
};

struct EasyDeleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct MultiDeleter {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
struct ShareDeleter {
    void operator()(CURLSH* handle) const noexcept { curl_share_cleanup(handle); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

/// A request under way. Its address is known to curl.
struct Transfer {
    HttpRequestId id{};
    HttpRequest request{};
    SteadyClock::time_point deadline{};
    Easy easy{};
    std::unique_ptr<curl_slist, ListDeleter> headers{};
    std::size_t body_sent = 0;
    HttpResponse response{};
    std::size_t header_bytes = 0;
    std::size_t body_bytes_max = 0;
    bool is_over_limit = false;
    std::array<char, CURL_ERROR_SIZE> detail{};
};

// ---- callbacks -----------------------------------------------------------------------------

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    std::string& body = transfer.response.body;
    if (size > transfer.body_bytes_max - body.size()) {
        transfer.is_over_limit = true;
        return CURL_WRITEFUNC_ERROR;
    }
    if (body.empty()) {
        curl_off_t promised = 0;
        curl_easy_getinfo(transfer.easy.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &promised);
        const auto room = static_cast<std::size_t>(std::max<curl_off_t>(promised, 0));
        body.reserve(std::min({room, reserve_max, transfer.body_bytes_max}));
    }
    body.append(data, size);
    return size;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    transfer.header_bytes += size;
    if (transfer.header_bytes > header_bytes_max) {
        transfer.is_over_limit = true;
        return CURL_WRITEFUNC_ERROR;
    }
    const std::string_view line(data, size);
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/")) // after a 1xx the headers begin anew
        transfer.response.headers.clear();
    else if (colon != std::string_view::npos)
        transfer.response.headers.emplace_back(trimmed(line.substr(0, colon)),
                                               trimmed(line.substr(colon + 1)));
    return size;
}

/// The body is read by this function, and cannot be rewound: so curl does not by itself send it a
/// second time when a connection that was used before turns out to be closed. The server may have
/// carried the first one out.
std::size_t on_read(char* to, std::size_t, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    const std::string& body = transfer.request.body;
    const std::size_t count = std::min(size, body.size() - transfer.body_sent);
    std::copy_n(body.data() + transfer.body_sent, count, to);
    transfer.body_sent += count;
    return count;
}

// ---- requests ------------------------------------------------------------------------------

bool has_line_break(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

/// What would let a value become a header or a request of its own.
bool is_malformed(const HttpRequest& request) {
    if (request.method.empty() || has_line_break(request.method) || has_line_break(request.url))
        return true;
    return std::ranges::any_of(request.headers, [](const auto& header) {
        return header.first.empty() || has_line_break(header.first) ||
               has_line_break(header.second) || header.first.find(':') != std::string::npos;
    });
}

void add_header(Transfer& transfer, const std::string& line) {
    curl_slist* list = curl_slist_append(transfer.headers.get(), line.c_str());
    if (!list)
        throw std::bad_alloc();
    // The first node has become, or stays, `list`.
    curl_slist* const former = transfer.headers.release();
    static_cast<void>(former);
    transfer.headers.reset(list);
}

void set_headers(Transfer& transfer) {
    // curl adds these where it is not told that they are not wanted. What is sent is what was
    // signed.
    for (const char* name : {"Accept", "Content-Type", "Expect"}) {
        if (header_value(transfer.request.headers, name).empty())
            add_header(transfer, std::string(name) + ":");
    }
    for (const auto& [name, value] : transfer.request.headers)
        add_header(transfer,
                   value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
}

void set_method(CURL* easy, Transfer& transfer) {
    const std::string& method = transfer.request.method;
    const bool has_body = !transfer.request.body.empty();
    if (method == "HEAD")
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (has_body || method == "POST" || method == "PUT") {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(transfer.request.body.size()));
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    }
    if (method != "GET" && method != "HEAD" && (method != "POST"))
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    // Without a body there is nothing that could not be rewound (see on_read).
    if (!has_body && method != "GET" && method != "HEAD")
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

// ---- the transport -------------------------------------------------------------------------

class CurlTransport final : public HttpTransport {
public:
    explicit CurlTransport(CurlOptions options);
    CurlTransport(const CurlTransport&) = delete;
    CurlTransport& operator=(const CurlTransport&) = delete;
    ~CurlTransport() override;

    void start(HttpRequestId id, HttpRequest request) override;
    std::vector<HttpCompletion> poll(Milliseconds wait) override;

private:
    using Deadline = std::pair<SteadyClock::time_point, CURL*>;

    Easy take_handle();
    void set_options(CURL* easy, Transfer& transfer) const;
    void perform();
    void expire(SteadyClock::time_point now);
    void end(CURL* easy, int code);
    /// Where the result of a request that has ended is to be put. (In place: GCC 12 takes the moves
    /// of a temporary for uses of what is not there.)
    HttpResult& complete(HttpRequestId id) { return completions_.emplace_back(id).result; }
    FailedTransfer failed(const Transfer& transfer, int code) const;

    CurlOptions options_;
    std::unique_ptr<CURLSH, ShareDeleter> share_;
    std::unique_ptr<CURLM, MultiDeleter> multi_;
    std::vector<Easy> idle_;
    std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
    std::set<Deadline> deadlines_;
    std::vector<HttpCompletion> completions_;
};

/// Once per process, and never undone: others may use curl too.
bool is_curl_ready() {
    static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
    return result == CURLE_OK;
}

CurlTransport::CurlTransport(CurlOptions options) : options_(std::move(options)) {
    if (!is_curl_ready())
        return; // every request then fails
    share_.reset(curl_share_init());
    multi_.reset(curl_multi_init());
    if (!share_ || !multi_)
        throw std::bad_alloc();
    // Connections and DNS answers are the multi handle's; TLS sessions would be each easy handle's.
    curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      static_cast<long>(options_.connections_max));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(options_.connections_per_host_max));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                      static_cast<long>(options_.connections_max));
}

CurlTransport::~CurlTransport() {
    const NoSigpipe guard; // TLS says goodbye
    for (const auto& [easy, transfer] : transfers_)
        curl_multi_remove_handle(multi_.get(), easy);
    transfers_.clear();
    idle_.clear();
    multi_.reset();
}

Easy CurlTransport::take_handle() {
    if (idle_.empty())
        return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    curl_easy_reset(easy.get());
    return easy;
}

void CurlTransport::set_options(CURL* easy, Transfer& transfer) const {
    const auto set_text = [&](CURLoption option, const std::string& text) {
        curl_easy_setopt(easy, option, text.c_str());
    };
    const auto connect_timeout = std::min(options_.connect_timeout, transfer.request.timeout);
    set_text(CURLOPT_URL, transfer.request.url);
    set_text(CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SHARE, share_.get());
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, idle_seconds_max);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, receive_buffer_bytes);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()));
    // Set even where they are empty, since curl would look into the environment.
    set_text(CURLOPT_PROXY, transfer.request.url.starts_with("https") ? options_.https_proxy
                                                                      : options_.http_proxy);
    set_text(CURLOPT_NOPROXY,
             options_.no_proxy == "*" ? options_.no_proxy : options_.no_proxy + link_local);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!options_.ca_bundle.empty()) {
        set_text(CURLOPT_CAINFO, options_.ca_bundle);
        set_text(CURLOPT_PROXY_CAINFO, options_.ca_bundle);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.detail.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
}

void CurlTransport::start(HttpRequestId id, HttpRequest request) {
    const auto refuse = [&](std::string message) {
        complete(id).emplace<HttpFailure>(true, std::move(message));
    };
    if (!multi_)
        return refuse("libcurl cannot be initialised");
    if (is_malformed(request))
        return refuse("a request whose method, URL or header holds a line break is not sent");
    if (request.timeout <= Milliseconds(0))
        return refuse("no time is left for the request to " + host_of(request.url));
    auto transfer = std::make_unique<Transfer>();
    transfer->id = id;
    transfer->request = std::move(request);
    transfer->deadline = SteadyClock::now() + transfer->request.timeout;
    transfer->body_bytes_max = options_.body_bytes_max;
    transfer->easy = take_handle();
    CURL* easy = transfer->easy.get();
    if (!easy)
        throw std::bad_alloc();
    set_headers(*transfer);
    set_options(easy, *transfer);
    set_method(easy, *transfer);
    deadlines_.emplace(transfer->deadline, easy);
    transfers_.emplace(easy, std::move(transfer));
    if (curl_multi_add_handle(multi_.get(), easy) != CURLM_OK)
        end(easy, CURLE_FAILED_INIT);
}

FailedTransfer CurlTransport::failed(const Transfer& transfer, int code) const {
    curl_off_t pretransfer = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
    long proxy_status = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    const std::string& url = transfer.request.url;
    const bool is_https = url.starts_with("https");
    const std::string& proxy = is_https ? options_.https_proxy : options_.http_proxy;
    const char* words = curl_easy_strerror(static_cast<CURLcode>(code));
    return {.code = code,
            .was_sent = pretransfer > 0 || transfer.body_sent > 0,
            .proxy_status = static_cast<int>(proxy_status),
            .is_over_limit = transfer.is_over_limit,
            .body_bytes_max = transfer.body_bytes_max,
            .detail = transfer.detail.front() != '\0' ? transfer.detail.data() : words,
            .host = host_of(url),
            .proxy = proxy.empty() ? std::string() : host_of(proxy),
            .timeout = transfer.request.timeout};
}

/// Ends a transfer as curl, or its deadline, has.
void CurlTransport::end(CURL* easy, int code) {
    const auto found = transfers_.find(easy);
    if (found == transfers_.end())
        return;
    const std::unique_ptr<Transfer> transfer = std::move(found->second);
    transfers_.erase(found);
    deadlines_.erase({transfer->deadline, easy});
    if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        transfer->response.status = static_cast<int>(status);
        complete(transfer->id) = std::move(transfer->response);
    } else {
        complete(transfer->id) = failure_of(failed(*transfer, code));
    }
    curl_multi_remove_handle(multi_.get(), easy);
    if (idle_.size() < idle_handles_max)
        idle_.push_back(std::move(transfer->easy));
}

/// By our own clock, since curl does not look at transfers that wait for a free connection.
void CurlTransport::expire(SteadyClock::time_point now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now)
        end(deadlines_.begin()->second, CURLE_OPERATION_TIMEDOUT);
}

void CurlTransport::perform() {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg == CURLMSG_DONE)
            end(message->easy_handle, message->data.result);
    }
}

std::vector<HttpCompletion> CurlTransport::poll(Milliseconds wait) {
    using std::chrono::ceil;
    const NoSigpipe guard;
    const auto until = SteadyClock::now() + std::max(wait, Milliseconds(0));
    while (multi_) {
        perform();
        const auto now = SteadyClock::now();
        expire(now);
        if (!completions_.empty() || now >= until)
            break;
        auto next = until;
        if (!deadlines_.empty())
            next = std::min(next, deadlines_.begin()->first);
        constexpr Milliseconds longest{60'000}; // an int must hold it
        const auto pause = std::min(ceil<Milliseconds>(next - now), longest);
        curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(pause.count()), nullptr);
    }
    return std::exchange(completions_, {});
}

} // namespace

std::unique_ptr<HttpTransport> make_curl_transport(const CurlOptions& options) {
    return std::make_unique<CurlTransport>(options);
}

} // namespace elastiroll::http
