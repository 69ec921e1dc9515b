#include "cli/inputs.hpp"

#include "temporary_folder.hpp"
#include "test_io.hpp"

#include <doctest/doctest.h>

namespace elastiroll::cli::inputs_test {
namespace {

RunOptions options_for(std::string spec) {
    RunOptions options;
    options.spec = std::move(spec);
    return options;
}

TEST_CASE("a file that cannot be read says why") {
    const test::TemporaryFolder folder;
    const std::string missing = folder.path("missing.json");
    CHECK(read_file(missing, 10).error() ==
          Error{.category = ErrorCategory::not_found,
                .message = "cannot read " + missing + ": there is no such file"});
    CHECK(read_file(folder.path("."), 10).error() ==
          Error{.category = ErrorCategory::invalid_argument,
                .message = "cannot read " + folder.path(".") + ": it is a folder"});
    const std::string large = folder.write("large", "12345678901");
    CHECK(read_file(large, 10).error() ==
          Error{.category = ErrorCategory::invalid_argument,
                .message = "cannot read " + large + ": it has more than 10 bytes"});
    CHECK(read_file(large, 11) == Result<std::string>("12345678901"));
    CHECK(read_file(folder.write("binary", std::string("a\0b", 3)), 10) ==
          Result<std::string>(std::string("a\0b", 3)));
}

TEST_CASE("a file without an end ends at the limit") {
    CHECK(read_file("/dev/zero", 100'000).error().category == ErrorCategory::invalid_argument);
}

TEST_CASE("broken JSON is found by file, line and column") {
    const test::TemporaryFolder folder;
    const std::string path = folder.write("shop.json", "{\n  \"a\": 1,\n  oops\n}");
    const auto document = read_document(path);
    REQUIRE_FALSE(document.has_value());
    CHECK(document.error().category == ErrorCategory::invalid_argument);
    CHECK(document.error().message.starts_with(path + ": "));
    REQUIRE(document.error().details.size() == 1);
    CHECK(document.error().details.front().path == path + ":3:3");
}

TEST_CASE("every variable and file that cannot be read is named at once") {
    const test::TemporaryFolder folder;
    RunOptions options = options_for(folder.write("shop.json", R"({"services": [
        {"name": "web", "user_data": {"file": "user-data.sh"}}]})"));
    options.variables = {"novalue",     "=x",  "a=@" + folder.path("missing"),
                         "b=env:UNSET", "c=1", "c=2"};
    const TestIo test;
    const auto spec = read_spec(options, test.io);
    REQUIRE_FALSE(spec.has_value());
    CHECK(spec.error().message == options.spec + ": what it needs cannot be read");
    const std::string way = ": write NAME=VALUE, NAME=@FILE or NAME=env:X";
    CHECK(spec.error().details ==
          std::vector<ErrorDetail>{
              {"--var", "--var novalue" + way, ""},
              {"--var", "--var =x" + way, ""},
              {"--var",
               "--var a: cannot read " + folder.path("missing") + ": there is no such file", ""},
              {"--var", "--var b: the environment has no variable `UNSET`", ""},
              {"--var", "c is given twice", ""},
              {"user-data.sh",
               "cannot read " + folder.path("user-data.sh") + ": there is no such file", ""}});
}

} // namespace
} // namespace elastiroll::cli::inputs_test
