#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/ports/http.hpp>

#include <optional>
#include <string>

namespace elastiroll::integration {

/// JSON documents, one a line, over a connected stream socket that it owns.
class Lines {
public:
    explicit Lines(int file) : file_(file) {}
    Lines(Lines&& other) noexcept;
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;
    ~Lines();

    int file() const noexcept { return file_; }
    /// Blocks until all is written. False where nobody reads.
    bool write(const Document& document);
    /// The next whole line that has arrived; a torn one never counts.
    std::optional<Document> take();
    /// Waits for more bytes. False at the end of the stream.
    bool fill();
    /// Waits for the next line. Empty at the end of the stream.
    std::optional<Document> read();

private:
    int file_ = -1;
    std::string bytes_{};
};

/// A socket that is connected to the one at `path`; -1 where nobody listens there.
int connect_to(const std::string& path);
/// A socket that listens at `path`; -1 where it cannot.
int listen_at(const std::string& path);

Document encode(HttpRequestId id, const HttpRequest& request);
HttpRequest decode_request(const Document& document);
Document encode(const HttpCompletion& completion);
HttpCompletion decode_completion(const Document& document);

std::int64_t number_at(const Document& document, std::string_view key);
bool flag_at(const Document& document, std::string_view key);

} // namespace elastiroll::integration
