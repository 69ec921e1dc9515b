#pragma once

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/ports/http.hpp>

#include <fstream>
#include <memory>
#include <string>

namespace elastiroll::cli {

/// A simulated cloud that outlives its process: a file has its scenario and every request that was
/// sent to it, with its time. The cloud is a function of these, so opening the file repeats them.
///
/// A line is written before its request is started. A last line that was torn by a crash is
/// dropped.
class RecordedCloud {
public:
    /// A new cloud, recorded at `path` (0600), which must not exist. Empty: not recorded.
    /// Fails as sim::Cloud::make(), or with unavailable where the file cannot be written.
    static Result<std::unique_ptr<RecordedCloud>> make(const Document& scenario,
                                                       const std::string& path);
    /// The cloud as the last process left it: its requests in flight arrive, nobody hears of them.
    static Result<std::unique_ptr<RecordedCloud>> open(const std::string& path);

    RecordedCloud(const RecordedCloud&) = delete;
    RecordedCloud& operator=(const RecordedCloud&) = delete;
    ~RecordedCloud();

    const sim::Cloud& cloud() const noexcept { return cloud_; }
    const Document& scenario() const noexcept { return scenario_; }
    HttpTransport& transport() noexcept;

private:
    class Transport;
    RecordedCloud(sim::Cloud cloud, Document scenario);

    bool write(const Document& line);
    void write_time();

    sim::Cloud cloud_;
    Document scenario_;
    std::ofstream file_;
    TimePoint written_{};
    std::unique_ptr<Transport> transport_;
};

} // namespace elastiroll::cli
