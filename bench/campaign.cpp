#include "generator.hpp"
#include "trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

// Generated deployments in the simulated cloud, with faults and crashes, under the laws of
// tests/laws. Prints what came of them and every broken law; fails where there is one.

namespace {

using namespace elastiroll;

constexpr const char* usage =
    "campaign [--deployments N] [--seed S] [--crash-points N] [--jobs N]\n"
    "    deployments of seeds S, S+1, ...; so many crash points of each (0: every one)\n"
    "campaign --only SEED [--crash-points N] [--story] [--show]\n"
    "    one of them; --story tells what was changed where a law was broken, --show prints its\n"
    "    scenario and its spec and runs nothing\n";

struct Arguments {
    std::uint64_t deployments = 1000;
    std::uint64_t seed = 1;
    std::uint64_t crash_points = 10;
    std::uint64_t jobs = 1;
    bool shows = false;
    bool tells = false;
};

bool read_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

bool read_arguments(const std::vector<std::string_view>& words, Arguments& arguments) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--show" || words[i] == "--story") {
            (words[i] == "--show" ? arguments.shows : arguments.tells) = true;
            continue;
        }
        std::uint64_t* number = words[i] == "--deployments"    ? &arguments.deployments
                                : words[i] == "--seed"         ? &arguments.seed
                                : words[i] == "--only"         ? &arguments.seed
                                : words[i] == "--crash-points" ? &arguments.crash_points
                                : words[i] == "--jobs"         ? &arguments.jobs
                                                               : nullptr;
        if (!number || i + 1 == words.size() || !read_number(words[i + 1], *number))
            return false;
        if (words[i] == "--only")
            arguments.deployments = 1;
        ++i;
    }
    return arguments.jobs > 0;
}

/// Runs them all, some at a time, and tells how far it is and what was found.
laws::Tally run(const Arguments& arguments) {
    constexpr std::uint64_t some = 10'000;
    laws::Tally all;
    for (std::uint64_t done = 0; done < arguments.deployments; done += some) {
        const laws::Tally tally =
            laws::try_cases(arguments.seed + done, std::min(some, arguments.deployments - done),
                            {.crash_points = static_cast<int>(arguments.crash_points)},
                            static_cast<int>(arguments.jobs));
        for (const laws::BrokenLaw& broken : tally.broken)
            fmt::print("broken law {}\n{}", to_string(broken), arguments.tells ? broken.story : "");
        all.add(tally);
        fmt::print(stderr, "{} deployments, {} runs, {} broken\n", all.deployments, all.courses,
                   all.broken.size());
        std::fflush(stdout);
    }
    return all;
}

void print(const char* title, const std::map<std::string, std::int64_t>& counts) {
    std::puts(title);
    for (const auto& [name, count] : counts)
        fmt::print("  {:<28} {:>10}\n", name, count);
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    if (!read_arguments({argv + 1, argv + argc}, arguments)) {
        std::fputs(usage, stderr);
        return 2;
    }
    if (arguments.shows) {
        const laws::Case made = laws::generate(arguments.seed);
        fmt::print("{}\n{}\n{}\n", to_pretty_text(made.scenario), to_pretty_text(made.disturbance),
                   to_pretty_text(made.document));
        return 0;
    }
    const auto begun = std::chrono::steady_clock::now();
    const laws::Tally tally = run(arguments);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    fmt::print("{} deployments, {} crash points, {} runs in {:.1f} s\n", tally.deployments,
               tally.crash_points, tally.courses, took.count());
    print("outcomes:", tally.outcomes);
    print("outcomes after a crash:", tally.after_crash);
    fmt::print("{} broken\n", tally.broken.size());
    return tally.broken.empty() ? 0 : 1;
}
