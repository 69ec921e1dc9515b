#include <elastiroll/base/result.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace elastiroll::result_test {

namespace {

Result<int> half_of(int number) {
    if (number % 2 != 0)
        return fail(ErrorCategory::invalid_argument, std::to_string(number) + " is odd");
    return number / 2;
}

} // namespace

TEST_CASE("steps of a result run until the first failure") {
    CHECK(half_of(12).and_then(half_of) == 3);
    CHECK(half_of(6).and_then(half_of) ==
          Result<int>(fail(ErrorCategory::invalid_argument, "3 is odd")));
    CHECK(half_of(5).and_then(half_of) ==
          Result<int>(fail(ErrorCategory::invalid_argument, "5 is odd")));
}

TEST_CASE("a transformation reaches the value or the error, never both") {
    const auto twice = [](int number) { return std::to_string(2 * number); };
    CHECK(half_of(8).transform(twice) == "8");
    CHECK(!half_of(7).transform(twice));
    const auto in_context = [](Error error) { return with_context(std::move(error), "halving"); };
    CHECK(half_of(8).transform_error(in_context) == 4);
    CHECK(half_of(7).transform_error(in_context) ==
          Result<int>(fail(ErrorCategory::invalid_argument, "halving: 7 is odd")));
}

TEST_CASE("a failure gives the other value where one is offered") {
    CHECK(half_of(7).value_or(-1) == -1);
    CHECK(half_of(8).value_or(-1) == 4);
}

TEST_CASE("a result carries what can only be moved") {
    Result<std::unique_ptr<int>> made = std::make_unique<int>(7);
    REQUIRE(made);
    const std::unique_ptr<int> taken = *std::move(made);
    CHECK(*taken == 7);
}

TEST_CASE("success without a value differs from a failure") {
    const Result<void> done;
    const Result<void> failed = fail(ErrorCategory::timeout, "too late");
    CHECK(done.has_value());
    CHECK(!failed);
    CHECK(failed.error().category == ErrorCategory::timeout);
    CHECK(done != failed);
}

} // namespace elastiroll::result_test
