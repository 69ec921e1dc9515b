#include "cli/recorded_cloud.hpp"

#include "cli/inputs.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace elastiroll::cli {
namespace {

/// A deployment makes some hundred requests of some KiB.
constexpr std::size_t record_bytes_max = std::size_t{256} * 1024 * 1024;
/// Time that passes without a request is written in steps of this.
constexpr Milliseconds time_step{5'000};

Unexpected cannot_write(const std::string& path) {
    return fail(ErrorCategory::unavailable,
                fmt::format("cannot write the simulated cloud's record {}; make room, or simulate "
                            "with --state memory:",
                            path));
}

std::int64_t number_of(TimePoint time) {
    return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

Document encode_request(HttpRequestId id, const HttpRequest& request) {
    Document headers = Document::array();
    for (const auto& [name, value] : request.headers) {
        Document pair = Document::array();
        pair.push_back(name);
        pair.push_back(value);
        headers.push_back(std::move(pair));
    }
    return Document::object({{"id", static_cast<std::int64_t>(id)},
                             {"method", request.method},
                             {"url", request.url},
                             {"headers", std::move(headers)},
                             {"body", request.body},
                             {"timeout_ms", request.timeout.count()}});
}

std::string member_text(const Document& document, std::string_view key) {
    const Document* member = document.find(key);
    return std::string(member != nullptr ? member->as_string().value_or("") : "");
}

std::int64_t member_number(const Document& document, std::string_view key) {
    const Document* member = document.find(key);
    return member != nullptr ? member->as_integer().value_or(0) : 0;
}

HttpRequest decode_request(const Document& document) {
    HttpRequest request{.method = member_text(document, "method"),
                        .url = member_text(document, "url"),
                        .headers = {},
                        .body = member_text(document, "body"),
                        .timeout = Milliseconds(member_number(document, "timeout_ms"))};
    const Document* headers = document.find("headers");
    if (headers == nullptr || headers->as_array() == nullptr)
        return request;
    for (const Document& pair : *headers->as_array()) {
        const auto* items = pair.as_array();
        if (items != nullptr && items->size() == 2)
            request.headers.emplace_back(items->front().as_string().value_or(""),
                                         items->back().as_string().value_or(""));
    }
    return request;
}

/// Repeats one line of a record.
void repeat(sim::Cloud& cloud, sim::ClientId& client, const Document& line) {
    cloud.advance(TimePoint(Milliseconds(member_number(line, "at"))));
    if (line.find("connect") != nullptr)
        client = cloud.connect();
    if (line.find("disconnect") != nullptr)
        cloud.disconnect(client);
    if (const Document* start = line.find("start"))
        cloud.start(HttpRequestId(static_cast<std::uint64_t>(member_number(*start, "id"))),
                    decode_request(*start), client);
    cloud.take_completions(client);
}

} // namespace

/// As sim::make_transport(), with a line for each request.
class RecordedCloud::Transport final : public HttpTransport {
public:
    explicit Transport(RecordedCloud& owner)
        : owner_(&owner), inner_(sim::make_transport(owner.cloud_)) {}

    void start(HttpRequestId id, HttpRequest request) override {
        const Document line = Document::object(
            {{"at", number_of(owner_->cloud_.now())}, {"start", encode_request(id, request)}});
        if (owner_->write(line))
            inner_->start(id, std::move(request));
        else
            refused_.push_back(id);
    }

    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        if (!refused_.empty())
            return refuse();
        auto completions = inner_->poll(wait);
        if (owner_->cloud_.now() - owner_->written_ >= time_step)
            owner_->write_time();
        return completions;
    }

private:
    std::vector<HttpCompletion> refuse() {
        std::vector<HttpCompletion> completions(refused_.size());
        for (std::size_t i = 0; i < refused_.size(); ++i) {
            completions[i].id = refused_[i];
            completions[i].result = HttpFailure{
                .is_unsent = true,
                .message = "the simulated cloud's record cannot be written; is the disk full?"};
        }
        refused_.clear();
        return completions;
    }

    RecordedCloud* owner_;
    std::unique_ptr<HttpTransport> inner_;
    std::vector<HttpRequestId> refused_; ///< could not be recorded, so they were not sent
};

RecordedCloud::RecordedCloud(sim::Cloud cloud, Document scenario)
    : cloud_(std::move(cloud)), scenario_(std::move(scenario)) {}

RecordedCloud::~RecordedCloud() {
    write_time();
    transport_.reset();
    write(Document::object({{"at", number_of(cloud_.now())}, {"disconnect", true}}));
}

HttpTransport& RecordedCloud::transport() noexcept { return *transport_; }

bool RecordedCloud::write(const Document& line) {
    if (!file_.is_open())
        return true;
    file_ << to_text(line) << '\n' << std::flush;
    written_ = cloud_.now();
    return file_.good();
}

void RecordedCloud::write_time() { write(Document::object({{"at", number_of(cloud_.now())}})); }

Result<std::unique_ptr<RecordedCloud>> RecordedCloud::make(const Document& scenario,
                                                           const std::string& path) {
    auto cloud = sim::Cloud::make(scenario);
    if (!cloud)
        return Unexpected(std::move(cloud).error());
    std::unique_ptr<RecordedCloud> recorded(new RecordedCloud(*std::move(cloud), scenario));
    if (!path.empty()) {
        const int file =
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file < 0)
            return cannot_write(path);
        ::close(file);
        recorded->file_.open(path, std::ios::binary | std::ios::app);
    }
    const bool is_written = recorded->write(Document::object({{"scenario", scenario}})) &&
                            recorded->write(Document::object(
                                {{"at", number_of(recorded->cloud_.now())}, {"connect", true}}));
    if (!is_written)
        return cannot_write(path);
    recorded->transport_ = std::make_unique<Transport>(*recorded);
    return recorded;
}

Result<std::unique_ptr<RecordedCloud>> RecordedCloud::open(const std::string& path) {
    auto bytes = read_file(path, record_bytes_max);
    if (!bytes)
        return Unexpected(std::move(bytes).error());
    std::unique_ptr<RecordedCloud> recorded;
    sim::ClientId client{};
    std::size_t good = 0; // bytes of whole lines
    for (std::size_t end = 0; (end = bytes->find('\n', good)) != std::string::npos;
         good = end + 1) {
        auto line = parse_document(std::string_view(*bytes).substr(good, end - good));
        if (!line)
            break;
        if (recorded) {
            repeat(recorded->cloud_, client, *line);
            continue;
        }
        const Document* scenario = line->find("scenario");
        auto cloud = sim::Cloud::make(scenario != nullptr ? *scenario : Document());
        if (!cloud)
            return Unexpected(with_context(std::move(cloud).error(), path));
        // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the constructor is private
        recorded.reset(new RecordedCloud(*std::move(cloud), *scenario));
    }
    if (!recorded)
        return fail(ErrorCategory::protocol,
                    fmt::format("{} is no record of a simulated cloud", path));
    recorded->cloud_.disconnect(client);
    std::error_code error;
    std::filesystem::resize_file(path, good, error);
    recorded->file_.open(path, std::ios::binary | std::ios::app);
    const auto now = number_of(recorded->cloud_.now());
    if (error || !recorded->write(Document::object({{"at", now}, {"disconnect", true}})) ||
        !recorded->write(Document::object({{"at", now}, {"connect", true}})))
        return cannot_write(path);
    recorded->transport_ = std::make_unique<Transport>(*recorded);
    return recorded;
}

} // namespace elastiroll::cli
