#pragma once

#include <elastiroll/base/error.hpp>
#include <elastiroll/base/time.hpp>
#include <elastiroll/model/identifiers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// How a deployment ended.
enum class OutcomeKind : std::uint8_t {
    done,          ///< the new group serves; warnings name cleanup that is still due
    nothing_to_do, ///< the serving group already is what was asked for
    unchanged,     ///< failed or aborted before anything was changed
    rolled_back,   ///< failed or aborted, and everything is as before
    stopped,       ///< failed and not rolled back: a person is needed; the journal resumes
    lock_lost,     ///< another run holds the line
    drifted,       ///< somebody else changed what a step relies on; the journal resumes
    interrupted,   ///< asked to stop in the middle; the journal resumes
    detached,      ///< left at a gate, as asked; the journal resumes when it is due or approved
    refused,       ///< refused before any change: spec, plan, credentials
};

std::string_view to_string(OutcomeKind kind) noexcept;
std::optional<OutcomeKind> outcome_kind_from(std::string_view text) noexcept;

struct Outcome {
    OutcomeKind kind = OutcomeKind::done;
    std::optional<Error> error{};        ///< why it did not end as done
    std::vector<std::string> warnings{}; ///< what failed without failing the release
    GroupId new_group{};                 ///< empty where none was made
    GroupId serving{};                   ///< the group that serves now; empty where unknown
    std::optional<TimePoint>
        due_at{}; ///< detached or done: when there is something to do at the latest

    bool operator==(const Outcome&) const = default;
};

/// Whether nothing is left to go on with: everything serves, or is as before.
bool is_finished(OutcomeKind kind) noexcept;

/// The command's exit status: 0 done or detached, 1 failed and as before, 2 refused, 3 a person is
/// needed, 4 lock held by another, 5 drift, 130 interrupted.
int exit_status(const Outcome& outcome) noexcept;

} // namespace elastiroll
