#include "cli/screen.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace elastiroll::cli::screen_test {
namespace {

TEST_CASE("a frame is drawn over the one before, and what is kept stays above") {
    std::ostringstream out;
    Screen screen(out);
    screen.draw({}, {"one", "two"}, 80);
    CHECK(out.str() == "\x1b[2Kone\n\x1b[2Ktwo\n\x1b[J");
    out.str("");
    screen.draw({"happened"}, {"three"}, 80);
    CHECK(out.str() == "\x1b[2A\x1b[2Khappened\n\x1b[2Kthree\n\x1b[J");
    out.str("");
    screen.keep();
    screen.draw({}, {"four"}, 80);
    CHECK(out.str() == "\x1b[2Kfour\n\x1b[J");
}

TEST_CASE("a terminal that became narrower has wrapped the old frame") {
    std::ostringstream out;
    Screen screen(out);
    screen.draw({}, {"\x1b[32m0123456789\x1b[0m", ""}, 20);
    out.str("");
    screen.draw({}, {"x"}, 4);
    CHECK(out.str() == "\x1b[4A\x1b[2Kx\n\x1b[J"); // 10 characters take three rows of 4
}

} // namespace
} // namespace elastiroll::cli::screen_test
