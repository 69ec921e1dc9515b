// The whole command, with a transport into the sim-host whose socket ELASTIROLL_SIM_SOCKET names,
// and that one's time for a clock.
#include "lines.hpp"
#include "shared_time.hpp"

#include "cli/run.hpp"

#include <elastiroll/adapters/aws.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>

#include <csignal>
#include <unistd.h>

namespace {

using namespace elastiroll;

std::string socket_path() {
    const char* value = std::getenv("ELASTIROLL_SIM_SOCKET");
    return value != nullptr ? value : "";
}

class HostTransport final : public HttpTransport {
public:
    HostTransport() : lines_(integration::connect_to(socket_path())) {}

    void start(HttpRequestId id, HttpRequest request) override {
        say(Document::object({{"start", integration::encode(id, request)}}));
    }

    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        say(Document::object({{"poll", wait.count()}}));
        const auto answer = lines_.read();
        if (!answer)
            give_up();
        std::vector<HttpCompletion> completions;
        const Document* list = answer->find("completions");
        if (list != nullptr && list->as_array() != nullptr)
            for (const Document& one : *list->as_array())
                completions.push_back(integration::decode_completion(one));
        return completions;
    }

private:
    void say(const Document& document) {
        if (!lines_.write(document))
            give_up();
    }
    /// A test bed that broke must not pass for an outage of Spot.
    [[noreturn]] static void give_up() {
        std::cerr << "under test: sim-host has gone away\n" << std::flush;
        std::_Exit(99);
    }

    integration::Lines lines_;
};

class HostClock final : public Clock {
public:
    HostClock() : time_(socket_path() + ".time", false) {
        if (!time_.valid()) {
            std::cerr << "under test: ELASTIROLL_SIM_SOCKET names no sim-host\n" << std::flush;
            std::_Exit(99);
        }
    }
    TimePoint now() override { return time_.get(); }

private:
    integration::SharedTime time_;
};

std::optional<std::string> environment(const std::string& name) {
    if (name == "AWS_EC2_METADATA_DISABLED") // the host has none
        return "true";
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

} // namespace

int main(int count, char** values) {
    std::signal(SIGPIPE, SIG_IGN);
    cli::Io io{
        .in = &std::cin,
        .out = &std::cout,
        .err = &std::cerr,
        .actor = "process " + std::to_string(getpid()),
        .environment = environment,
        .size = [] { return cli::Size{}; },
        .interrupts = [] { return 0; },
        .real_time =
            [] {
                return std::chrono::duration_cast<Milliseconds>(
                    std::chrono::steady_clock::now().time_since_epoch());
            },
        .sleep = [](Milliseconds time) { std::this_thread::sleep_for(time); },
        .read_file = elastiroll::aws::process_surroundings().read_file,
        .make_transport = [] { return std::make_unique<HostTransport>(); },
        .make_clock = [] { return std::make_unique<HostClock>(); },
    };
    const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
    return cli::run(arguments, io);
}
