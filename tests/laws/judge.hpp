#pragma once

#include "world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace elastiroll::laws {

/// The laws, by the letters under which the project speaks of them.
enum class Law : char {
    floor = 'a',      ///< no call of ours takes healthy capacity below the floor
    resumes = 'b',    ///< after a crash and a resume all is as without the crash
    restores = 'c',   ///< after a crash and a rollback all is as before the deployment
    unique = 'd',     ///< never two groups of one revision with capacity, one group in the end
    planned = 'e',    ///< no mutating call but those of journaled plans
    ends = 'f',       ///< a run ends, and its outcome is what the cloud shows
    repeatable = 'g', ///< equal seeds, equal bytes
    traffic = 'h'     ///< no forward that serves is led to nobody by a call of ours
};

struct Breach {
    Law law{};
    std::string text{};
};
using Breaches = std::vector<Breach>;

/// A run, or several one after another, of one deployment: the world before and after it, and what
/// the last run said.
struct Course {
    const Case& made;
    const World& start;
    World end;
    std::optional<Outcome> outcome{};
    std::string said{};          ///< what each run said in the end, a line each
    bool is_interrupted = false; ///< by crashes: then not every call is made, and none in vain
};

// Every judge looks at the cloud's own books; only the plans come from the journal.

/// Laws (a), (d), (e), (f): what holds of every course.
Breaches judge(const Course& course);

/// Law (b): two ends of the same deployment.
Breaches judge_same_end(const Course& without_crash, const Course& with_crash);

/// Law (c): after a rollback.
Breaches judge_restored(const Course& course);

/// Every change that was asked for in the course and what became of it, a line each; then what the
/// runs said.
std::string story_of(const Course& course);
/// For people.
std::string words_of(const std::optional<Outcome>& outcome);

} // namespace elastiroll::laws
