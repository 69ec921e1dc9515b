#include <elastiroll/adapters/http.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <variant>

#include <sys/resource.h>

// Requests to a server on loopback, so many in flight at a time: the counterpart of
// bench/peers/transport.
//
//     transport-bench URL REQUESTS IN-FLIGHT      prints microseconds of wall time and of CPU

namespace {

using namespace elastiroll;

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << why << '\n';
    std::exit(2);
}

double cpu_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto microseconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

void run(const std::string& url, int requests, int in_flight) {
    const auto transport = http::make_curl_transport(
        {.connections_max = in_flight, .connections_per_host_max = in_flight});
    int started = 0;
    int ended = 0;
    const auto start = [&] {
        transport->start(HttpRequestId{static_cast<std::uint64_t>(started++)},
                         {.method = "GET",
                          .url = url,
                          .headers = {{"Authorization", "Bearer simulated"},
                                      {"Content-Type", "application/json"}},
                          .timeout = Milliseconds(60'000)});
    };
    const auto go_on = [&](int until) {
        while (started < until && started - ended < in_flight)
            start();
        while (ended < until) {
            for (const HttpCompletion& one : transport->poll(Milliseconds(1'000))) {
                const auto* response = std::get_if<HttpResponse>(&one.result);
                if (!response || response->status != 200)
                    give_up("a request failed");
                ++ended;
                if (started < until)
                    start();
            }
        }
    };
    go_on(2 * in_flight); // connections are made before the clock runs
    const int before = ended;
    const double cpu = cpu_us();
    const auto begin = std::chrono::steady_clock::now();
    go_on(before + requests);
    const std::chrono::duration<double, std::micro> wall = std::chrono::steady_clock::now() - begin;
    fmt::print("{:.2f} {:.2f}\n", wall.count() / requests, (cpu_us() - cpu) / requests);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4)
        give_up("transport-bench URL REQUESTS IN-FLIGHT");
    run(argv[1], std::atoi(argv[2]), std::atoi(argv[3]));
    return 0;
}
