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

std::filesystem::path path_of(std::string_view name) {
    return std::filesystem::path(ELASTIROLL_GOLDEN) / name;
}

} // namespace

std::string read_golden(std::string_view name) {
    std::ifstream in(path_of(name), std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

void check_golden(std::string_view name, const std::string& text) {
    const std::filesystem::path file = path_of(name);
    if (is_updating()) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        FAIL_CHECK("wrote ", file.string(), "; look at the difference, then run without updating");
        return;
    }
    CAPTURE(file.string());
    CHECK(text == read_golden(name));
}

} // namespace elastiroll::test
