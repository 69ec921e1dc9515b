#include <elastiroll/adapters/http.hpp>

#include <utility>

namespace elastiroll::http {
namespace {

/// What a build without libcurl has.
class NoTransport final : public HttpTransport {
public:
    void start(HttpRequestId id, HttpRequest) override {
        completions_.push_back(
            {id, HttpFailure{.is_unsent = true,
                             .message = "this build of elastiroll has no libcurl; build it with "
                                        "-Dhttp=enabled, or give it a transport of your own"}});
    }
    std::vector<HttpCompletion> poll(Milliseconds) override {
        return std::exchange(completions_, {});
    }

private:
    std::vector<HttpCompletion> completions_;
};

} // namespace

std::unique_ptr<HttpTransport> make_curl_transport(const CurlOptions&) {
    return std::make_unique<NoTransport>();
}

} // namespace elastiroll::http
