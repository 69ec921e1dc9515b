#include "lines.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace elastiroll::integration {
namespace {

Document encode(const HttpHeaders& headers) {
    Document list = Document::array();
    for (const auto& [name, value] : headers) {
        Document pair = Document::array();
        pair.push_back(name);
        pair.push_back(value);
        list.push_back(std::move(pair));
    }
    return list;
}

HttpHeaders decode_headers(const Document& document) {
    HttpHeaders headers;
    const Document* list = document.find("headers");
    if (list == nullptr || list->as_array() == nullptr)
        return headers;
    for (const Document& pair : *list->as_array()) {
        const auto* items = pair.as_array();
        if (items != nullptr && items->size() == 2)
            headers.emplace_back(items->front().as_string().value_or(""),
                                 items->back().as_string().value_or(""));
    }
    return headers;
}

/// A socket with its address; -1 where the path is too long for one.
int socket_for(const std::string& path, sockaddr_un& address) {
    address = {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return -1;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

// What the system's interface asks for.
const sockaddr* generic(const sockaddr_un& address) {
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

} // namespace

Lines::Lines(Lines&& other) noexcept
    : file_(std::exchange(other.file_, -1)), bytes_(std::move(other.bytes_)) {}

Lines::~Lines() {
    if (file_ >= 0)
        close(file_);
}

bool Lines::write(const Document& document) {
    const std::string text = to_text(document) + '\n';
    for (std::size_t done = 0; done < text.size();) {
        const auto some = send(file_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
        if (some > 0)
            done += static_cast<std::size_t>(some);
        else if (some == 0 || errno != EINTR)
            return false;
    }
    return true;
}

std::optional<Document> Lines::take() {
    const std::size_t end = bytes_.find('\n');
    if (end == std::string::npos)
        return std::nullopt;
    auto document = parse_document(std::string_view(bytes_).substr(0, end));
    bytes_.erase(0, end + 1);
    return document ? *std::move(document) : Document();
}

bool Lines::fill() {
    std::string piece(64 * 1024, '\0');
    for (;;) {
        const auto some = recv(file_, piece.data(), piece.size(), 0);
        if (some > 0) {
            bytes_.append(piece, 0, static_cast<std::size_t>(some));
            return true;
        }
        if (some == 0 || errno != EINTR)
            return false;
    }
}

std::optional<Document> Lines::read() {
    for (;;) {
        if (auto document = take())
            return document;
        if (!fill())
            return std::nullopt;
    }
}

int connect_to(const std::string& path) {
    sockaddr_un address{};
    const int file = socket_for(path, address);
    if (file >= 0 && connect(file, generic(address), sizeof address) != 0) {
        close(file);
        return -1;
    }
    return file;
}

int listen_at(const std::string& path) {
    sockaddr_un address{};
    const int file = socket_for(path, address);
    constexpr int backlog = 16;
    if (file >= 0 &&
        (bind(file, generic(address), sizeof address) != 0 || listen(file, backlog) != 0)) {
        close(file);
        return -1;
    }
    return file;
}

Document encode(HttpRequestId id, const HttpRequest& request) {
    return Document::object({{"id", static_cast<std::int64_t>(id)},
                             {"method", request.method},
                             {"url", request.url},
                             {"headers", encode(request.headers)},
                             {"body", request.body},
                             {"timeout_ms", request.timeout.count()}});
}

HttpRequest decode_request(const Document& document) {
    return {.method = std::string(text_at(document, "method")),
            .url = std::string(text_at(document, "url")),
            .headers = decode_headers(document),
            .body = std::string(text_at(document, "body")),
            .timeout = Milliseconds(number_at(document, "timeout_ms"))};
}

Document encode(const HttpCompletion& completion) {
    Document out = Document::object({{"id", static_cast<std::int64_t>(completion.id)}});
    if (const auto* response = std::get_if<HttpResponse>(&completion.result)) {
        out.set("status", response->status);
        out.set("headers", encode(response->headers));
        out.set("body", response->body);
    } else {
        const auto& failure = std::get<HttpFailure>(completion.result);
        out.set("is_unsent", failure.is_unsent);
        out.set("message", failure.message);
    }
    return out;
}

HttpCompletion decode_completion(const Document& document) {
    HttpCompletion completion;
    completion.id = HttpRequestId(static_cast<std::uint64_t>(number_at(document, "id")));
    if (document.find("status") != nullptr)
        completion.result =
            HttpResponse{static_cast<int>(number_at(document, "status")), decode_headers(document),
                         std::string(text_at(document, "body"))};
    else
        completion.result =
            HttpFailure{flag_at(document, "is_unsent"), std::string(text_at(document, "message"))};
    return completion;
}

std::int64_t number_at(const Document& document, std::string_view key) {
    const Document* member = document.find(key);
    return member != nullptr ? member->as_integer().value_or(0) : 0;
}

bool flag_at(const Document& document, std::string_view key) {
    const Document* member = document.find(key);
    return member != nullptr && member->as_boolean().value_or(false);
}

} // namespace elastiroll::integration
