#include "golden.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace elastiroll::test {
namespace {

bool is_updating() {
    const char* const value = std::getenv("ELASTIROLL_UPDATE_GOLDEN");
    return value != nullptr && std::string_view(value) == "1";
}

} // namespace

void check_golden(std::string_view name, const std::string& text) {
    const std::filesystem::path file = std::filesystem::path(ELASTIROLL_GOLDEN) / name;
    if (is_updating()) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        FAIL_CHECK("wrote ", file.string(), "; look at the difference, then run without updating");
        return;
    }
    std::ifstream in(file, std::ios::binary);
    const std::string expected{std::istreambuf_iterator<char>(in), {}};
    CAPTURE(file.string());
    CHECK(text == expected);
}

} // namespace elastiroll::test
