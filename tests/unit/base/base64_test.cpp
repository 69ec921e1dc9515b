#include <elastiroll/base/text.hpp>

#include <doctest/doctest.h>

namespace elastiroll::base64_test {

TEST_CASE("base64 agrees with the vectors of RFC 4648 in both directions") {
    struct Row {
        std::string_view bytes, text;
    };
    constexpr Row rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/"},
        {std::string_view("\0\0\0\0", 4), "AAAAAA=="},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(encode_base64(row.bytes) == row.text);
        CHECK(decode_base64(row.text) == std::string(row.bytes));
    }
}

TEST_CASE("what is not base64 with padding is refused") {
    struct Row {
        std::string_view why;
        std::string_view text;
    };
    constexpr Row rows[] = {
        {"no padding", "Zg"},
        {"half the padding", "Zg="},
        {"too much padding", "Z==="},
        {"nothing but padding", "===="},
        {"padding in the middle", "Zg==Zg=="},
        {"padding before a digit", "Zm=v"},
        {"white space", "Zm9v\n"},
        {"white space of a whole group", "    "},
        {"the alphabet of URLs", "-_-_"},
        {"bits that no byte takes", "Zh=="},
        {"bits that no byte takes, two bytes", "Zm9="},
        {"a byte beyond ASCII", "Zm9\xe9"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(decode_base64(row.text) == std::nullopt);
    }
}

} // namespace elastiroll::base64_test
