#include "cli/live_view.hpp"

#include "test_io.hpp"

#include <elastiroll/base/text.hpp>

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll::cli::live_view_test {
namespace {

constexpr Style plain{.colour = false, .utf8 = true};

std::string text_of(const LiveState& state, Size size, const Style& style = plain) {
    return "\n" + join(render(state, size, style), "\n") + "\n";
}

LiveState waiting() {
    LiveState state;
    apply(state, Story::at(0, PlannedEvent{Story::plan()}));
    apply(state, Story::at(92, StepStartedEvent{.step = "phase-2.await-new",
                                                .what = "await 2 healthy in the new group"}));
    apply(state, Story::at(130, Story::look()));
    state.now += Milliseconds{4'000};
    return state;
}

LiveState rolling_back() {
    LiveState state = waiting();
    apply(state, Story::at(134, NoticeEvent{.message = "the group's log: no spot capacity"}));
    apply(state, Story::at(140, RollbackEvent{Error{.category = ErrorCategory::timeout,
                                                    .message = "1 of 2 healthy after 20 min"}}));
    apply(state, Story::at(140, StepStartedEvent{.step = "rollback.scale-previous",
                                                 .what = "scale it to 2/4/8"}));
    return state;
}

TEST_CASE("the frame of a wait at 120 columns keeps to the 100 that belong together") {
    CHECK(text_of(waiting(), {120, 24}) == R"(
shop__web__production                                      canary  step 1 of 4  phase 2 of 3  +02:14

  new       shop__web__production__7  2/2/2  ██████████▒▒▒▒▒▒▒▒▒▒···················  1 of 2 healthy
  previous  shop__web__production__6  3/3/3  █████████████████████████████··········  3 of 3 healthy

  await 2 healthy in the new group
  waited 42 s, usually 1 min 32 s, 17 min 18 s left
)");
}

TEST_CASE("routes stand below the groups and follow the traffic") {
    const auto forward = [](int weight) {
        return *parse_document(fmt::format(
            R"([{{"Type": "forward", "ForwardConfig": {{"TargetGroups": [
                {{"TargetGroupArn": "blue", "Weight": "{}"}},
                {{"TargetGroupArn": "green", "Weight": "{}"}}]}}}}])",
            100 - weight, weight));
    };
    DeploymentPlan plan = Story::plan();
    plan.steps.push_back(
        {"shift-1.forward", SetForwardsStep{"arn:1", false, "shop:443", forward(0), forward(10)}});
    plan.steps.push_back({"traffic.forward",
                          SetForwardsStep{"arn:1", false, "shop:443", forward(10), forward(100)}});
    plan.steps.push_back(
        {"traffic.other", SetForwardsStep{"arn:2", false, "api:80", forward(0), forward(100)}});
    LiveState state;
    apply(state, Story::at(0, PlannedEvent{plan}));
    CHECK(text_of(state, {100, 24}).find("  shop:443  blue 100, green 0\n  api:80    blue 100") !=
          std::string::npos);
    apply(state,
          Story::at(1, TrafficEvent{
                           "shift-1.forward", "shop:443", "arn:1", {{"blue", 90}, {"green", 10}}}));
    CHECK(text_of(state, {100, 24}).find("  shop:443  blue 90, green 10\n") != std::string::npos);
}

TEST_CASE("the frame of a wait at 80 columns") {
    CHECK(text_of(waiting(), {80, 24}) == R"(
shop__web__production                  canary  step 1 of 4  phase 2 of 3  +02:14

  new       shop__web__production__7  2/2/2  █████▒▒▒▒▒·········  1 of 2 healthy
  previous  shop__web__production__6  3/3/3  ██████████████·····  3 of 3 healthy

  await 2 healthy in the new group
  waited 42 s, usually 1 min 32 s, 17 min 18 s left
)");
}

TEST_CASE("the frame of a wait at 40 columns") {
    CHECK(text_of(waiting(), {40, 24}) == R"(
…__web__production  phase 2 of 3  +02:14

  new       shop__web__production__7
  2/2/2  ████▒▒▒▒·······  1 of 2 healthy
  previous  shop__web__production__6
  3/3/3  ███████████····  3 of 3 healthy

  await 2 healthy in the new group
  waited 42 s, usually 1 min 32 s, 17 m…
)");
}

TEST_CASE("the frame of a wait at 20 columns, without UTF-8") {
    CHECK(text_of(waiting(), {20, 24}, {.colour = false, .utf8 = false}) == R"(
~op__web__production
phase 2 of 3 +02:14

new  ~_production__7
2/2/2 ##--... 1 of 2
prev ~_production__6
3/3/3 #####.. 3 of 3

await 2 healthy in ~
42 s, 17 min 18 s l~
)");
}

TEST_CASE("colours are few, and stand for states") {
    const auto frame = render(waiting(), {80, 24}, {.colour = true, .utf8 = false});
    CHECK(frame[2] == "\x1b[2m  new       \x1b[0mshop__web__production__7  2/2/2  "
                      "\x1b[32m#####\x1b[0m\x1b[33m-----\x1b[0m\x1b[2m.........\x1b[0m"
                      "  1 of 2 healthy");
}

TEST_CASE("a rollback says what failed and marks the group that failed") {
    CHECK(text_of(rolling_back(), {80, 24}) == R"(
shop__web__production                  canary  step 1 of 4  rolling back  +02:20

  new       shop__web__production__7  2/2/2  █████▒▒▒▒▒·········  1 of 2 healthy
  previous  shop__web__production__6  3/3/3  ██████████████·····  3 of 3 healthy

  scale it to 2/4/8
  failed: 1 of 2 healthy after 20 min
  note: the group's log: no spot capacity
)");
    const auto frame = render(rolling_back(), {80, 24}, {.colour = true, .utf8 = false});
    CHECK(frame[2].find("\x1b[31m-----\x1b[0m") != std::string::npos);
}

TEST_CASE("before the first event there is a frame, too") {
    CHECK(render({}, {80, 24}, plain).size() == 1);
}

TEST_CASE("no frame is wider or higher than the terminal") {
    LiveState odd = rolling_back();
    odd.new_group->name = "日本語の名前__production__\x1b[2J";
    odd.new_group->capacity = Story::capacity(0, 100'000, 100'000);
    odd.previous->present = 99'999;
    LiveState ended = rolling_back();
    apply(ended, Story::at(150, EndedEvent{Outcome{.kind = OutcomeKind::rolled_back}}));
    for (const LiveState& state : {LiveState{}, waiting(), rolling_back(), odd, ended})
        for (int columns = 1; columns <= 130; ++columns)
            for (const int rows : {1, 2, 5, 8, 24})
                for (const bool is_utf8 : {true, false}) {
                    const Style style{.colour = false, .utf8 = is_utf8};
                    const auto frame = render(state, {columns, rows}, style);
                    CAPTURE(columns);
                    CAPTURE(rows);
                    CHECK(frame.size() <= static_cast<std::size_t>(std::max(1, rows - 1)));
                    for (const std::string& line : frame) {
                        CAPTURE(line);
                        CHECK(display_width(line) <= columns);
                        CHECK(line == printable(line, style));
                    }
                }
}

TEST_CASE("a finished scale step shows at once, before the next look") {
    LiveState state;
    apply(state, Story::at(0, PlannedEvent{Story::plan()}));
    CHECK(state.new_group->capacity == Capacity{});
    apply(state, Story::at(1, StepEndedEvent{.step = "phase-1.scale-new"}));
    apply(state, Story::at(2, StepEndedEvent{.step = "phase-1.scale-old"}));
    CHECK(state.new_group->capacity == Capacity::pinned(1));
    CHECK(state.previous->capacity == Capacity::pinned(3));
    CHECK(state.steps_done == 2);
}

TEST_CASE("only the newest notices stay in view") {
    LiveState state;
    for (const char* message : {"1", "2", "3", "4"})
        apply(state, Story::at(0, NoticeEvent{.message = message}));
    CHECK(state.notices == std::deque<std::string>{"2", "3", "4"});
}

TEST_CASE("a gate counts down") {
    LiveState state = waiting();
    apply(state, Story::at(200, GateEvent{.step = "phase-2.bake",
                                          .until = Story::start + std::chrono::seconds(500)}));
    CHECK(text_of(state, {80, 24}).find("\n  watches for 5 min more\n") != std::string::npos);
    state.gate->needs_approval = true;
    CHECK(text_of(state, {80, 24}).find("\n  waits for an approval, at most 5 min more\n") !=
          std::string::npos);
}

TEST_CASE("a bar's parts add up to its columns, and what is not nothing shows") {
    // Through the frame: the bar is what is between the capacity and the health.
    struct Row {
        int target, healthy, present;
        const char* bar;
    };
    constexpr Row rows[] = {
        {4, 4, 4, "###################"}, {4, 0, 0, "-------------------"},
        {2, 2, 4, "##########+++++++++"}, {0, 0, 0, "..................."},
        {1, 0, 1, "-----.............."},
    };
    for (const auto& row : rows) {
        LiveState state = waiting();
        state.new_group = Story::new_group(row.target, row.healthy, row.present);
        const auto frame = render(state, {80, 24}, {.colour = false, .utf8 = false});
        CAPTURE(frame[2]);
        CHECK(frame[2].find(std::string("  ") + row.bar + "  ") != std::string::npos);
    }
}

TEST_CASE("offsets stay short") {
    CHECK(offset_text(Milliseconds{0}) == "+00:00");
    CHECK(offset_text(Milliseconds{92'999}) == "+01:32");
    CHECK(offset_text(Milliseconds{3'723'000}) == "+1:02:03");
    CHECK(offset_text(Milliseconds{360'000'000}) == "+100:00:00");
}

} // namespace
} // namespace elastiroll::cli::live_view_test
