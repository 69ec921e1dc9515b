#include <elastiroll/base/error.hpp>

#include <doctest/doctest.h>

namespace elastiroll::error_test {

TEST_CASE("every category is found again under its name") {
    for (auto category = ErrorCategory::invalid_argument; category <= ErrorCategory::internal;
         category = static_cast<ErrorCategory>(static_cast<int>(category) + 1)) {
        CAPTURE(to_string(category));
        CHECK(error_category_from(to_string(category)) == category);
    }
    CHECK(to_string(ErrorCategory::lock_held) == "lock_held");
    CHECK(error_category_from("") == std::nullopt);
    CHECK(error_category_from("Timeout") == std::nullopt);
}

TEST_CASE("context goes before the message and changes nothing else") {
    const Error error{
        .category = ErrorCategory::rejected,
        .message = "the image does not exist",
        .details = {{.path = "$.image", .message = "no such image"}},
        .remote = RemoteError{.http_status = 400, .code = "CANT_VALIDATE_IMAGE"},
    };
    Error expected = error;
    expected.message = "create group web__7: the image does not exist";
    CHECK(with_context(error, "create group web__7") == expected);
}

TEST_CASE("an error is written with its details and what the service said, and only those") {
    struct Row {
        Error error;
        std::string_view text;
    };
    const Row rows[] = {
        {{.message = "no phases"}, "no phases"},
        {{.message = "2 mistakes",
          .details = {{.path = "$.a", .message = "no such name", .fix = "write app"},
                      {.path = "3:7", .message = "expected a value"}}},
         "2 mistakes\n  $.a: no such name (write app)\n  3:7: expected a value"},
        {{.message = "create group",
          .remote = RemoteError{400, "CANT_VALIDATE_IMAGE", "ami-1 is gone", "r-1"}},
         "create group\n  the service answered HTTP 400 CANT_VALIDATE_IMAGE: ami-1 is gone "
         "(request r-1)"},
        {{.message = "read group", .remote = RemoteError{.http_status = 503}},
         "read group\n  the service answered HTTP 503"},
        {{.message = "read group", .remote = RemoteError{.message = "busy"}},
         "read group\n  the service answered: busy"},
    };
    for (const auto& row : rows)
        CHECK(to_string(row.error) == row.text);
}

} // namespace elastiroll::error_test
