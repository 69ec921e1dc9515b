#include "cli/prompt.hpp"

#include "test_io.hpp"

#include <doctest/doctest.h>

namespace elastiroll::cli::prompt_test {
namespace {

TEST_CASE("only yes is yes, and the end of the input is no answer") {
    struct Row {
        const char* input;
        std::optional<bool> answer;
    };
    const Row rows[] = {
        {"y\n", true},    {"Yes\r\n", true}, {"n\n", false},     {"\n", false},
        {"yep\n", false}, {"y", true},       {"", std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(row.input);
        TestIo test;
        test.be_terminal();
        test.in.str(row.input);
        CHECK(ask(test.io, "Deploy?") == row.answer);
        CHECK(test.out.str().starts_with("Deploy? [y/N] "));
    }
}

TEST_CASE("a question goes to the terminal that is there") {
    TestIo test;
    test.io.in_is_terminal = true;
    CHECK_FALSE(can_ask(test.io));
    test.io.err_is_terminal = true;
    CHECK(can_ask(test.io));
    test.in.str("y\n");
    CHECK(ask(test.io, "Deploy?") == true);
    CHECK(test.out.str().empty());
    CHECK(test.err.str() == "Deploy? [y/N] ");
}

TEST_CASE("who asks to stop has not said yes") {
    TestIo test;
    test.be_terminal();
    test.in.str("y\n");
    test.interrupts = 1;
    CHECK(ask(test.io, "Deploy?") == std::nullopt);
}

} // namespace
} // namespace elastiroll::cli::prompt_test
