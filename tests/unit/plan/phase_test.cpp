#include <elastiroll/plan/phase.hpp>

#include <doctest/doctest.h>

#include <string>

namespace elastiroll::phase_test {

namespace {

PhaseSpec percent(int value) { return {Percent{value}, {}, {}, false}; }
PhaseSpec count(int value) { return {Count{value}, {}, {}, false}; }
PhaseSpec keeping(PhaseSpec phase, Share old_size) {
    phase.old_size = old_size;
    return phase;
}

} // namespace

TEST_CASE("a phase rounds half up and stays within one unit and the target") {
    struct Row {
        const char* why;
        Share size;
        int requested, expected;
    };
    const Row rows[] = {
        {"half rounds up", Percent{50}, 5, 3},
        {"less than half rounds down", Percent{49}, 5, 2},
        {"10 % of 5 is half a unit", Percent{10}, 5, 1},
        {"30 % of 5 is 1.5", Percent{30}, 5, 2},
        {"70 % of 5 is 3.5", Percent{70}, 5, 4},
        {"90 % of 5 is 4.5", Percent{90}, 5, 5},
        {"one percent of a small group is still one unit", Percent{1}, 10, 1},
        {"one percent of one is one", Percent{1}, 1, 1},
        {"one hundred percent is all of it", Percent{100}, 7, 7},
        {"99 % of a small group rounds to all of it", Percent{99}, 7, 7},
        {"the largest group does not overflow", Percent{99}, 100'000, 99'000},
        {"a count is itself", Count{3}, 7, 3},
        {"a count is capped at the target", Count{30}, 7, 7},
        {"nothing of nothing", Percent{50}, 0, 0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(phase_size(row.size, row.requested) == row.expected);
    }
}

TEST_CASE("the previous group goes down in inverse proportion, rounded up") {
    struct Row {
        int new_size;
        PhaseTargets targets;
        int expected;
    };
    constexpr Row rows[] = {
        {0, {4, 4}, 4},
        {1, {4, 4}, 3},
        {2, {4, 4}, 2},
        {4, {4, 4}, 0},
        {1, {4, 9}, 7},
        {2, {4, 9}, 5},
        {3, {4, 9}, 3},
        {1, {9, 4}, 4},
        {8, {9, 4}, 1},
        {1, {3, 1}, 1},
        {2, {3, 1}, 1},
        {1, {1, 9}, 0},
        {2, {4, 0}, 0},
        {0, {0, 9}, 0},
        {5, {4, 9}, 0},
        {1, {100'000, 100'000}, 99'999},
        {50'000, {100'000, 99'999}, 50'000},
    };
    for (const Row& row : rows) {
        CAPTURE(row.new_size);
        CAPTURE(row.targets.requested);
        CAPTURE(row.targets.previous);
        CHECK(matching_old_size(row.new_size, row.targets) == row.expected);
    }
}

TEST_CASE("phases are resolved against both targets") {
    struct Row {
        const char* why;
        std::vector<PhaseSpec> phases;
        PhaseTargets targets;
        std::vector<Phase> expected;
    };
    const Row rows[] = {
        {"scenario 3: 10, 50 and 100 % of 4",
         {percent(10), percent(50), percent(100)},
         {4, 4},
         {{1, 3, false, {}, false}, {2, 2, false, {}, false}, {4, 0, true, {}, false}}},
        {"scenario 4: rounding of 5",
         {percent(10), percent(30), percent(50), percent(70), percent(90), percent(100)},
         {5, 5},
         {{1, 4, false, {}, false},
          {2, 3, false, {}, false},
          {3, 2, false, {}, false},
          {4, 1, false, {}, false},
          {5, 0, false, {}, false},
          {5, 0, true, {}, false}}},
        {"one phase", {percent(100)}, {4, 9}, {{4, 0, true, {}, false}}},
        {"no previous group",
         {percent(50), percent(100)},
         {4, 0},
         {{2, 0, false, {}, false}, {4, 0, true, {}, false}}},
        {"a target of 1 is reached at once and is final only in the end",
         {percent(10), percent(50), percent(100)},
         {1, 3},
         {{1, 0, false, {}, false}, {1, 0, false, {}, false}, {1, 0, true, {}, false}}},
        {"counts",
         {count(1), count(3), count(4)},
         {4, 4},
         {{1, 3, false, {}, false}, {3, 1, false, {}, false}, {4, 0, true, {}, false}}},
        {"a count beyond the target is final",
         {count(1), count(9)},
         {4, 4},
         {{1, 3, false, {}, false}, {4, 0, true, {}, false}}},
        {"a count, then percent",
         {count(1), percent(50), percent(100)},
         {4, 4},
         {{1, 3, false, {}, false}, {2, 2, false, {}, false}, {4, 0, true, {}, false}}},
        {"percent, then a count",
         {percent(25), count(3), percent(100)},
         {4, 4},
         {{1, 3, false, {}, false}, {3, 1, false, {}, false}, {4, 0, true, {}, false}}},
        {"a count and a percent of one size are one wait",
         {count(2), percent(50), percent(100)},
         {4, 4},
         {{2, 2, false, {}, false}, {2, 2, false, {}, false}, {4, 0, true, {}, false}}},
        {"percents that resolve to one size",
         {percent(10), percent(20), percent(100)},
         {4, 4},
         {{1, 3, false, {}, false}, {1, 3, false, {}, false}, {4, 0, true, {}, false}}},
        {"an explicit count stays",
         {keeping(percent(50), Count{4}), percent(100)},
         {4, 4},
         {{2, 4, false, {}, false}, {4, 0, true, {}, false}}},
        {"an explicit percent is of the previous target and rounds half up",
         {keeping(percent(50), Percent{50}), percent(100)},
         {4, 5},
         {{2, 3, false, {}, false}, {4, 0, true, {}, false}}},
        {"nothing may stay",
         {keeping(percent(50), Count{0}), percent(100)},
         {4, 5},
         {{2, 0, false, {}, false}, {4, 0, true, {}, false}}},
        {"after an early down-size the proportion does not scale up again",
         {keeping(percent(10), Count{1}), percent(50), percent(100)},
         {4, 4},
         {{1, 1, false, {}, false}, {2, 1, false, {}, false}, {4, 0, true, {}, false}}},
        {"the final phase parks whatever shall stay",
         {percent(50), keeping(percent(100), Count{2})},
         {4, 4},
         {{2, 2, false, {}, false}, {4, 0, true, {}, false}}},
        {"bake and approval are kept",
         {{Percent{50}, {}, Milliseconds(5), true}, {Percent{100}, {}, Milliseconds(7), false}},
         {4, 4},
         {{2, 2, false, Milliseconds(5), true}, {4, 0, true, Milliseconds(7), false}}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto resolved = resolve_phases(row.phases, row.targets);
        CHECK((resolved && *resolved == row.expected));
    }
}

TEST_CASE("phases that do not rise to the target are refused, with the phase and the fix") {
    struct Row {
        std::vector<PhaseSpec> phases;
        PhaseTargets targets;
        Error expected;
    };
    const auto refusal = [](std::string message, std::vector<ErrorDetail> details) {
        return Error{ErrorCategory::invalid_argument, std::move(message), std::move(details), {}};
    };
    const std::string rise = "write the phases in rising order";
    const Row rows[] = {
        {{}, {4, 4}, refusal("there are no deploy phases; write at least one of 100 percent", {})},
        {{percent(50), percent(40), percent(100)},
         {4, 4},
         refusal("phase 2: 40 % comes after 50 %; phases must rise",
                 {{"phases[1]", "40 % comes after 50 %; phases must rise", rise}})},
        {{percent(50), percent(50), percent(100)},
         {4, 4},
         refusal("phase 2: 50 % comes after 50 %; phases must rise",
                 {{"phases[1]", "50 % comes after 50 %; phases must rise", rise}})},
        {{count(2), count(1), percent(100)},
         {4, 4},
         refusal("phase 2: 1 unit comes after 2 units; phases must rise",
                 {{"phases[1]", "1 unit comes after 2 units; phases must rise", rise}})},
        {{count(3), percent(50), percent(100)},
         {4, 4},
         refusal("phase 2: 50 % comes after 3 units; phases must rise",
                 {{"phases[1]", "50 % comes after 3 units; phases must rise", rise}})},
        {{percent(75), count(2), percent(100)},
         {4, 4},
         refusal("phase 2: 2 units comes after 75 %; phases must rise",
                 {{"phases[1]", "2 units comes after 75 %; phases must rise", rise}})},
        {{percent(10), percent(50)},
         {4, 4},
         refusal("phase 2: the last phase ends at 50 % and not at the requested target of 4",
                 {{"phases[1]", "the last phase ends at 50 % and not at the requested target of 4",
                   "end with 100 percent"}})},
        {{count(3)},
         {4, 4},
         refusal(
             "phase 1: the last phase ends at 3 units and not at the requested target of 4",
             {{"phases[0]", "the last phase ends at 3 units and not at the requested target of 4",
               "end with 100 percent"}})},
        {{percent(100), percent(100)},
         {4, 4},
         refusal("phase 1: 100 % already reaches the requested target of 4, but more phases follow",
                 {{"phases[0]",
                   "100 % already reaches the requested target of 4, but more phases follow",
                   "remove the phases after it, or make it smaller"}})},
        {{count(4), percent(100)},
         {4, 4},
         refusal(
             "phase 1: 4 units already reaches the requested target of 4, but more phases follow",
             {{"phases[0]",
               "4 units already reaches the requested target of 4, but more phases follow",
               "remove the phases after it, or make it smaller"}})},
        {{keeping(percent(50), Count{10}), percent(100)},
         {4, 4},
         refusal("phase 1: 10 units of the previous group shall stay, but it has only 4 then; a "
                 "deployment never scales the previous group up",
                 {{"phases[0]",
                   "10 units of the previous group shall stay, but it has only 4 then; a "
                   "deployment never scales the previous group up",
                   "at most 4"}})},
        {{percent(50), keeping(percent(75), Count{3}), percent(100)},
         {4, 4},
         refusal("phase 2: 3 units of the previous group shall stay, but it has only 2 then; a "
                 "deployment never scales the previous group up",
                 {{"phases[1]",
                   "3 units of the previous group shall stay, but it has only 2 then; a "
                   "deployment never scales the previous group up",
                   "at most 2"}})},
    };
    for (const Row& row : rows) {
        CAPTURE(row.expected.message);
        const auto resolved = resolve_phases(row.phases, row.targets);
        CHECK(!resolved);
        if (!resolved) {
            CAPTURE(resolved.error().message);
            CHECK(resolved.error() == row.expected);
        }
    }
}

} // namespace elastiroll::phase_test
