#include "cli/event_lines.hpp"

#include "test_io.hpp"

#include <elastiroll/base/text.hpp>

#include <doctest/doctest.h>

namespace elastiroll::cli::event_lines_test {
namespace {

std::string said(const std::vector<Event>& events, Approval approval = Approval::wait,
                 Style style = {.colour = false, .utf8 = true}) {
    EventLines lines(approval, style);
    std::string text = "\n";
    for (const Event& event : events)
        for (const std::string& line : lines.lines(event))
            text += line + "\n";
    return text;
}

TEST_CASE("a run reads as aligned lines: when, which step, what") {
    const std::vector<Event> events = {
        Story::at(0, PlannedEvent{Story::plan()}),
        Story::at(0, StepStartedEvent{.step = "phase-1.scale-new", .what = "scale new to 1/1/1"}),
        Story::at(1, CallEvent{.step = "phase-1.scale-new",
                               .detail = "scale sig-7 to 1/1/1",
                               .result = "answered"}),
        Story::at(1, StepEndedEvent{.step = "phase-1.scale-new"}),
        Story::at(2, StepStartedEvent{.step = "phase-1.await-new", .what = "await 1 healthy"}),
        Story::at(92, StepEndedEvent{.step = "phase-1.await-new",
                                     .summary = "1 of 1 healthy after 1 min 32 s"}),
        Story::at(95, CallEvent{.step = "phase-1.scale-old",
                                .detail = "scale sig-6 to 3/3/3",
                                .result = "unanswered",
                                .request_id = "r-1"}),
        Story::at(96, NoticeEvent{.message = "a bad answer:\n\x1b[2Joops"}),
        Story::at(3700, RollbackEvent{Error{.message = "1 of 2 healthy"}}),
        Story::at(3800, StepEndedEvent{.step = "cleanup.delete",
                                       .is_warning = true,
                                       .summary = "shop__web__1 is not empty"}),
        Story::at(3801, EndedEvent{Outcome{.kind = OutcomeKind::rolled_back}}),
    };
    CHECK(said(events) == R"(
+00:00   planned            4 steps
+00:00   phase-1.scale-new  scale new to 1/1/1
+00:02   phase-1.await-new  await 1 healthy
+01:32   phase-1.await-new  1 of 1 healthy after 1 min 32 s
+01:35   phase-1.scale-old  scale sig-6 to 3/3/3: the answer was lost, request r-1
+01:36   notice             a bad answer:??[2Joops
+1:01:40 rollback           failed: 1 of 2 healthy
+1:03:20 cleanup.delete     still due: shop__web__1 is not empty
+1:03:21 ended              rolled back
)");
}

TEST_CASE("a look that shows nothing new gives no line") {
    const ProgressEvent first = Story::look();
    ProgressEvent later = first;
    later.elapsed += Milliseconds{5'000};
    ProgressEvent healthier = later;
    healthier.new_group = Story::new_group(2, 2, 3);
    CHECK(said({Story::at(0, first), Story::at(5, later), Story::at(10, healthier)}) == R"(
+00:00   phase-2.await-new  shop__web__production__7: 1 of 2 healthy; shop__web__production__6: 3 of 3 healthy
+00:10   phase-2.await-new  shop__web__production__7: 3 going to 2; shop__web__production__6: 3 of 3 healthy
)");
}

TEST_CASE("an approval gate says who can open it") {
    const std::vector<Event> events = {Story::at(
        0, GateEvent{.step = "phase-1.approve", .needs_approval = true, .until = Story::start})};
    CHECK(said(events, Approval::wait) == R"(
+00:00   phase-1.approve  waits for an approval until 2023-11-14T22:13:20Z, then everything is restored; nobody can be asked here (--auto-approve approves)
)");
    CHECK(said(events, Approval::give) == R"(
+00:00   phase-1.approve  approved by --auto-approve
)");
    CHECK(said(events, Approval::ask) == R"(
+00:00   phase-1.approve  waits for an approval until 2023-11-14T22:13:20Z
)");
}

TEST_CASE("a plan that is made again says so") {
    CHECK(said({Story::at(0, PlannedEvent{Story::plan()}),
                Story::at(3, PlannedEvent{Story::plan()})}) ==
          R"(
+00:00   planned            4 steps
+00:03   planned            4 steps, planned again: the line has moved within its bounds
)");
}

} // namespace
} // namespace elastiroll::cli::event_lines_test
