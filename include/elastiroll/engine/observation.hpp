#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/ports/call_client.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace elastiroll {

/// Reads a line: spec -> calls -> Snapshot. Sans-I/O, only reads: the image, where AWS can be
/// asked, then one group list, then what observation_needs() asks for, all at once.
class Observation {
public:
    /// `deadline`: when to give up; throttled and unavailable answers are asked again until then.
    /// `has_aws`: whether calls of AWS are answered by anybody. Without it a spec that chooses its
    /// image by filter or parameter ends with unauthenticated.
    Observation(DeploymentSpec spec, bool has_aws, TimePoint now, TimePoint deadline);
    Observation(Observation&&) noexcept;
    Observation& operator=(Observation&&) noexcept;
    Observation(const Observation&) = delete;
    Observation& operator=(const Observation&) = delete;
    ~Observation();

    struct Work {
        std::vector<CallRequest> calls{};   ///< to submit now; ids are unique within this object
        std::optional<TimePoint> wake_at{}; ///< when to ask again at the latest
        /// For people: what keeps it waiting, and until when it goes on. Empty where nothing new
        /// does.
        std::string notice{};
    };
    /// What is to be done now. Empty work without a wake time: it waits for replies, or has ended.
    Work work(TimePoint now);
    void on_reply(CallReply reply, TimePoint now);

    /// The snapshot, or why there is none, once it has ended.
    const std::optional<Result<Snapshot>>& result() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace elastiroll
