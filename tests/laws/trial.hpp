#pragma once

#include "judge.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace elastiroll::laws {

/// How much of a case is tried.
struct Effort {
    int crash_points = 10; ///< at most; 0: every one
};

struct BrokenLaw {
    std::uint64_t seed = 0;
    Law law{};
    std::string where{}; ///< "crash 41 of 212 (after a reply), 3 s, resume"
    std::string text{};
    std::string story{}; ///< every change that was asked for, a line each
};

/// What came of any number of cases.
struct Tally {
    std::int64_t deployments = 0;
    std::int64_t crash_points = 0;
    std::int64_t courses = 0;                       ///< runs to the end, crashed ones among them
    std::map<std::string, std::int64_t> outcomes{}; ///< of the runs without a crash
    std::map<std::string, std::int64_t> after_crash{};
    std::vector<BrokenLaw> broken{};

    void add(const Tally& other);
};

/// The cases of seeds `first`, `first` + 1, ... up to `count`, in `jobs` threads.
Tally try_cases(std::uint64_t first, std::uint64_t count, const Effort& effort, int jobs);

/// Runs `made` twice, and again from its crash points, under all laws.
void try_case(const Case& made, const Effort& effort, Tally& tally);

/// `b: seed 17, crash 41 of 212 (after a reply), 3 s, resume: the groups are ...`
std::string to_string(const BrokenLaw& broken);

} // namespace elastiroll::laws
