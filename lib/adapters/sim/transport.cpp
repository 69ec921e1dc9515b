#include <elastiroll/adapters/sim.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace elastiroll::sim {
namespace {

/// Longer waits end early: no caller means more, and time stays far from its end.
constexpr Milliseconds wait_max = std::chrono::hours(24 * 366);

class CloudTransport final : public HttpTransport {
public:
    explicit CloudTransport(Cloud& cloud) : cloud_(&cloud), client_(cloud.connect()) {}
    CloudTransport(const CloudTransport&) = delete;
    CloudTransport& operator=(const CloudTransport&) = delete;
    ~CloudTransport() override { cloud_->disconnect(client_); }

    void start(HttpRequestId id, HttpRequest request) override {
        cloud_->start(id, std::move(request), client_);
    }

    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        const TimePoint until = cloud_->now() + std::clamp(wait, Milliseconds(0), wait_max);
        while (!cloud_->has_completions(client_)) {
            const auto next = cloud_->next_event();
            if (!next || *next > until) {
                cloud_->advance(until);
                break;
            }
            cloud_->advance(*next);
        }
        return cloud_->take_completions(client_);
    }

private:
    Cloud* cloud_;
    ClientId client_;
};

} // namespace

std::unique_ptr<HttpTransport> make_transport(Cloud& cloud) {
    return std::make_unique<CloudTransport>(cloud);
}

} // namespace elastiroll::sim
