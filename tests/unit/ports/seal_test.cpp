#include <doctest/doctest.h>

#include <ports/seal.hpp>

#include <elastiroll/base/text.hpp>

namespace elastiroll::seal_test {

TEST_CASE("every text of a sealed error is free of secrets") {
    const Secrets secrets{"t0ken"};
    const Error error{
        .category = ErrorCategory::rejected,
        .message = "t0ken and t0ken",
        .details = {{.path = "at0ken", .message = "bt0kenc", .fix = "t0ken"}},
        .remote = RemoteError{
            .http_status = 400, .code = "t0ken", .message = "xt0ken", .request_id = "t0kent0ken"}};
    CHECK(
        seal(error, secrets) ==
        Error{.category = ErrorCategory::rejected,
              .message = "[redacted] and [redacted]",
              .details = {{.path = "a[redacted]", .message = "b[redacted]c", .fix = "[redacted]"}},
              .remote = RemoteError{.http_status = 400,
                                    .code = "[redacted]",
                                    .message = "x[redacted]",
                                    .request_id = "[redacted][redacted]"}});
}

TEST_CASE("a sealed text is one line of bounded length that keeps its two ends") {
    CHECK(seal("a\r\nb\tc\x7F", {}) == "a  b c ");
    CHECK(seal("caf\xC3\xA9 \xFF", {}) == "caf    ");
    std::string umlauts = "begin";
    for (int i = 0; i < 5000; ++i)
        umlauts += "\xC3\xA4";
    const std::string text = seal(umlauts + "end", {});
    CHECK(text.size() < 2100);
    CHECK(text.starts_with("begin"));
    CHECK(text.ends_with("end"));
    CHECK(is_utf8(text));
    // Shortening first would leave half of it.
    const std::string secret(400, 's');
    CHECK(seal(std::string(1300, 'x') + secret + std::string(5000, 'y'), {secret}).find("ss") ==
          std::string::npos);
}

} // namespace elastiroll::seal_test
