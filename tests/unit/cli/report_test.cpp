#include "cli/report.hpp"

#include <elastiroll/base/text.hpp>

#include <doctest/doctest.h>

namespace elastiroll::cli::report_test {
namespace {

constexpr Style plain{.colour = false, .utf8 = true};

std::string text_of(const std::vector<std::string>& lines) {
    return "\n" + join(lines, "\n") + "\n";
}

TEST_CASE("every finding is a line: where, what, and the fix") {
    const Error error{.category = ErrorCategory::invalid_argument,
                      .message = "shop.json: 2 findings",
                      .details = {{"$.workflows[0].phases[1]", "is not above 50 %", "write 75"},
                                  {"$.servces", "is not known", ""}},
                      .remote = RemoteError{.http_status = 400,
                                            .code = "CANT_VALIDATE_IMAGE",
                                            .message = "no such image",
                                            .request_id = "r-1"}};
    CHECK(text_of(error_lines(error, plain)) == R"(
shop.json: 2 findings
  $.workflows[0].phases[1]  is not above 50 %; write 75
  $.servces                 is not known
  the service answered 400 CANT_VALIDATE_IMAGE: no such image (request r-1)
)");
}

TEST_CASE("the end says how it ended, why, what next and the exit status") {
    const OutcomeNames names{.serving = "shop__web__7", .took = "6 min 12 s"};
    CHECK(text_of(outcome_lines(
              {.kind = OutcomeKind::done, .warnings = {"shop__web__1 was not deleted"}}, names,
              plain)) == R"(
Done: shop__web__7 serves after 6 min 12 s.
  still due: shop__web__1 was not deleted
Exit status 0: done.
)");
    const Error late{.category = ErrorCategory::timeout, .message = "1 of 2 healthy after 20 min"};
    CHECK(text_of(outcome_lines({.kind = OutcomeKind::rolled_back, .error = late}, names, plain)) ==
          R"(
Failed and rolled back after 6 min 12 s: everything is as before.
  1 of 2 healthy after 20 min
See why instances do not become healthy, or give the phases a longer deadline.
Exit status 1: failed or aborted, and everything is as before.
)");
}

TEST_CASE("a rollback that somebody asked for has not failed") {
    const OutcomeNames names{.serving = "shop__web__6", .took = "40 s"};
    const Error asked{.category = ErrorCategory::cancelled, .message = "aborted by mia@host"};
    for (const Outcome& outcome : {Outcome{.kind = OutcomeKind::rolled_back},
                                   Outcome{.kind = OutcomeKind::rolled_back, .error = asked}}) {
        const std::string text = text_of(outcome_lines(outcome, names, plain));
        CAPTURE(text);
        CHECK(text.find("Rolled back after 40 s, as asked: everything is as before.") !=
              std::string::npos);
    }
}

TEST_CASE("every outcome has its words and its status") {
    for (const OutcomeKind kind :
         {OutcomeKind::done, OutcomeKind::nothing_to_do, OutcomeKind::unchanged,
          OutcomeKind::rolled_back, OutcomeKind::stopped, OutcomeKind::lock_lost,
          OutcomeKind::drifted, OutcomeKind::interrupted, OutcomeKind::refused}) {
        CAPTURE(to_string(kind));
        CHECK_FALSE(outcome_words(kind).empty());
        const auto lines = outcome_lines({.kind = kind}, {.took = "1 s"}, plain);
        CHECK(lines.size() >= 2);
        CHECK(lines.back().starts_with("Exit status "));
        CHECK(lines.back().find("unknown") == std::string::npos);
    }
}

TEST_CASE("groups are a table") {
    const std::vector<sim::GroupView> groups = {
        {.id = GroupId("sig-6"), .name = "shop__web__6", .suspended = {"AUTO_SCALE", "SCHEDULING"}},
        {.id = GroupId("sig-17"),
         .name = "shop__web__17",
         .capacity = Capacity::pinned(12),
         .healthy = 12},
    };
    CHECK(text_of(group_table(groups, plain)) == R"(
group          id      capacity  healthy  suspended
shop__web__6   sig-6      0/0/0        0  AUTO_SCALE, SCHEDULING
shop__web__17  sig-17  12/12/12       12  none
)");
}

} // namespace
} // namespace elastiroll::cli::report_test
