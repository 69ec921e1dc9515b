// What bench/peers/run.sh sets beside other people's code: signing a request, and reading a list of
// groups. Prints nanoseconds a turn, and for the list the memory beyond the body.
#include "adapters/aws/sign.hpp"
#include "adapters/spot/codec.hpp"

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <sys/resource.h>

using namespace elastiroll;

namespace {

using BenchClock = std::chrono::steady_clock;

/// The best of some batches: what the machine can do when nothing else gets in the way.
template <class Turn> long best_nanoseconds(int batches, int turns, Turn turn) {
    long best = 0;
    for (int batch = 0; batch < batches; ++batch) {
        const auto begin = BenchClock::now();
        for (int i = 0; i < turns; ++i)
            turn();
        const long took =
            std::chrono::duration_cast<std::chrono::nanoseconds>(BenchClock::now() - begin)
                .count() /
            turns;
        best = best == 0 ? took : std::min(best, took);
    }
    return best;
}

long memory_kib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

int sign() {
    const std::string body =
        "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=arn%3Aaws%3A"
        "elasticloadbalancing%3Aeu-west-1%3A123456789012%3Atargetgroup%2Fshop%2F0123456789abcdef";
    const aws::Credentials credentials{.access_key_id = "AKIDEXAMPLE",
                                       .secret_access_key = Secret("wJalrXUtnFEMI"),
                                       .session_token = Secret(std::string(400, 't'))};
    aws::Signer signer;
    const TimePoint now = parse_time("2026-05-01T10:00:00Z").value();
    std::cout << best_nanoseconds(20, 5'000, [&] {
        HttpRequest request{
            .method = "POST",
            .url = "https://elasticloadbalancing.eu-west-1.amazonaws.com/",
            .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
            .body = body};
        signer.sign(request, credentials,
                    {.region = "eu-west-1", .service = "elasticloadbalancing"}, now);
    }) << '\n';
    return 0;
}

int list(const char* path) {
    std::ifstream file(path, std::ios::binary);
    HttpResponse response{.status = 200, .body = {std::istreambuf_iterator<char>(file), {}}};
    const long before = memory_kib();
    const ListGroupsCall call{{"shop__17__"}};
    std::size_t groups = 0;
    const long best = best_nanoseconds(5, 1, [&] {
        const auto decoded = spot::decode(call, response);
        groups = std::get<GroupsReply>(*decoded.reply).groups.size();
    });
    std::cout << best << ' ' << groups << " groups, " << response.body.size() / 1024
              << " KiB of body, " << memory_kib() - before << " KiB more\n";
    return 0;
}

} // namespace

int main(int count, char** values) { return count == 2 ? list(values[1]) : sign(); }
