#include "cli/io.hpp"
#include "cli/run.hpp"

#include <elastiroll/adapters/aws.hpp>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <sys/ioctl.h>
#include <unistd.h>

namespace {

using elastiroll::Milliseconds;

// Lock-free and written by the handler only.
volatile std::sig_atomic_t interrupts = 0;

extern "C" void on_interrupt(int) {
    interrupts = interrupts + 1;
    // The command looks at the flag between calls; a user who insists does not wait for it.
    constexpr int status_interrupted = 130;
    if (interrupts > 1)
        _exit(status_interrupted);
}

void handle_signals() {
    struct sigaction action{};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0; // no SA_RESTART: a question that waits for an answer has to end
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    // A reader that went away must not end a deployment half-way.
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
}

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

elastiroll::cli::Size terminal_size() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return {};
    return {.columns = size.ws_col, .rows = size.ws_row};
}

std::string actor() {
    std::string host(256, '\0');
    if (gethostname(host.data(), host.size() - 1) != 0)
        host.clear();
    host.resize(host.find('\0') == std::string::npos ? host.size() : host.find('\0'));
    const auto user = environment("USER");
    return fmt::format("{}@{}", user ? *user : fmt::format("uid-{}", getuid()), host);
}

Milliseconds steady_time() {
    return std::chrono::duration_cast<Milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
}

} // namespace

int main(int count, char** values) {
    handle_signals();
    elastiroll::cli::Io io{
        .in = &std::cin,
        .out = &std::cout,
        .err = &std::cerr,
        .in_is_terminal = isatty(STDIN_FILENO) == 1,
        .out_is_terminal = isatty(STDOUT_FILENO) == 1,
        .err_is_terminal = isatty(STDERR_FILENO) == 1,
        .actor = actor(),
        .environment = environment,
        .size = terminal_size,
        .interrupts = [] { return static_cast<int>(interrupts); },
        .real_time = steady_time,
        .sleep = [](Milliseconds time) { std::this_thread::sleep_for(time); },
        .read_file = elastiroll::aws::process_surroundings().read_file,
    };
    const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
    return elastiroll::cli::run(arguments, io);
}
