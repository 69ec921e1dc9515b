#include <elastiroll/base/document.hpp>

#include <doctest/doctest.h>

#include <string>

namespace elastiroll::document_parser_test {

namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

/// `line:column expected`, or what was read instead.
std::string mistake_in(std::string_view text, const DocumentLimits& limits = {}) {
    const auto document = parse_document(text, limits);
    if (document)
        return "read as " + to_text(*document);
    const Error& error = document.error();
    if (error.category != ErrorCategory::invalid_argument || error.details.size() != 1)
        return "unexpected " + to_string(error);
    return error.details[0].path + " " + error.details[0].message;
}

std::string read_again(std::string_view text) {
    const auto document = parse_document(text);
    return document ? to_text(*document) : to_string(document.error());
}

} // namespace

TEST_CASE("a number keeps every digit") {
    constexpr std::string_view rows[] = {
        "0",
        "-0",
        "300",
        "0.10",
        "-1.50",
        "12345678901234567",
        "18446744073709551616",
        "123456789012345678901234567890.123456789012345678901234567890",
        "1e400",
        "-1E+400",
        "0e999",
        "1e-400",
        "1.0e0",
        "1E5",
        "0.1e99999999999999999999",
    };
    for (const auto text : rows) {
        CAPTURE(text);
        CHECK(read_again(text) == text);
        const std::string within = R"({"a":[)" + std::string(text) + R"(,"1e999\"9e999",1e999]})";
        CHECK(read_again(within) == within);
    }
    const std::string long_integer(5'000, '7');
    CHECK(read_again(long_integer) == long_integer);
    const std::string long_fraction = "0." + long_integer;
    CHECK(read_again(long_fraction) == long_fraction);
}

TEST_CASE("white space between tokens means nothing") {
    CHECK(read_again(" \t\r\n{ \"a\" :\n[ 1 , null , true ,false ] }\n ") ==
          R"({"a":[1,null,true,false]})");
}

TEST_CASE("null, empty and absent survive a round trip") {
    constexpr std::string_view rows[] = {
        R"({"a":null})", R"({"a":""})", R"({"a":[]})", R"({"a":{}})", "{}", "[]",
        R"([null])",     R"({"":1})",
    };
    for (const auto text : rows)
        CHECK(read_again(text) == text);
}

TEST_CASE("escapes stand for the characters they name") {
    struct Row {
        std::string_view text, value;
    };
    constexpr Row rows[] = {
        {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
        {R"("\u0041\u00e4\u20AC")", "A\xc3\xa4\xe2\x82\xac"},
        {R"("\ud83d\ude00")", "\xf0\x9f\x98\x80"},
        {R"("\uD800\uDC00\uDBFF\uDFFF")", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {R"("\u0000x")", std::string_view("\0x", 2)},
        {R"("\ud7ff\ue000")", "\xed\x9f\xbf\xee\x80\x80"},
        {"\"\xf0\x9f\x98\x80 \x7f\"", "\xf0\x9f\x98\x80 \x7f"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto document = parse_document(row.text);
        REQUIRE(document);
        CHECK(document->as_string() == row.value);
    }
}

TEST_CASE("broken JSON is refused with its place and what was expected there") {
    const std::string_view value =
        "expected a value (an object, array, string, number, true, false or null)";
    const std::string_view at_end = ", found the end of the text";
    const std::string_view control =
        "expected control characters in a string as escapes (\\n, \\u0001)";
    const std::string_view second_half =
        "expected the second half of a surrogate pair (\\udc00 to \\udfff) after the first";
    struct Row {
        std::string_view why;
        std::string text, mistake;
    };
    const auto at = [](std::string_view path, std::string_view what, std::string_view more = "") {
        return std::string(path) + " " + std::string(what) + std::string(more);
    };
    const Row rows[] = {
        {"nothing", "", at("1:1", value, at_end)},
        {"only white space", " \n ", at("2:2", value, at_end)},
        {"a bare word", "yes", at("1:1", value)},
        {"a word that ends early", "nul", at("1:4", value, at_end)},
        {"a word in capitals", "[True]", at("1:2", value)},
        {"not a number", "[NaN]", at("1:2", value)},
        {"single quotes", "['a']", at("1:2", value)},
        {"a plus", "[+1]", at("1:2", value)},
        {"a minus alone", "[-]", at("1:3", value)},
        {"a comment", "[1, // one\n2]", at("1:5", value)},
        {"a closing bracket", "]", at("1:1", value)},
        {"an array that is closed as an object", "[1}", "1:3 expected ',' or ']' after the item"},
        {"a comma at an array's end", "[1,\n2,\n]", at("3:1", value)},
        {"no comma in an array", "[1 2]", "1:4 expected ',' or ']' after the item"},
        {"an array without end", "[1", at("1:3", "expected ',' or ']' after the item", at_end)},
        {"an array that ends after its comma", "[1,", at("1:4", value, at_end)},
        {"an object without end", R"({"a":1)",
         at("1:7", "expected ',' or '}' after the member", at_end)},
        {"an object that has just begun", "{",
         at("1:2", "expected a member name in double quotes", at_end)},
        {"a comma at an object's end", R"({"a":1,})",
         "1:8 expected a member name in double quotes"},
        {"a name without quotes", "{a:1}", "1:2 expected a member name in double quotes"},
        {"a number as a name", "{1:1}", "1:2 expected a member name in double quotes"},
        {"no colon", R"({"a" 1})", "1:6 expected ':' after the member name"},
        {"no value", R"({"a":})", at("1:6", value)},
        {"no comma in an object", "{\"a\":1\n \"b\":2}",
         "2:2 expected ',' or '}' after the member"},
        {"a string without end", R"(["a)",
         "1:4 expected '\"' at the end of the string, found the end of the text"},
        {"a line feed in a string", "[\"a\nb\"]", at("1:4", control)},
        {"a NUL in a string", std::string("[\"a\0b\"]", 7), at("1:4", control)},
        {"an unknown escape", R"(["\x41"])",
         "1:3 expected one of \" \\ / b f n r t u after the backslash"},
        {"a backslash at the end", "\"\\",
         "1:2 expected one of \" \\ / b f n r t u after the backslash"},
        {"three hexadecimal digits", R"("\u12g4")",
         "1:2 expected four hexadecimal digits after \\u"},
        {"a first half alone", R"("\ud83d")", at("1:2", second_half)},
        {"a first half twice", R"("\ud83d\ud83d")", at("1:2", second_half)},
        {"a second half alone", R"({"a": "\ude00"})",
         "1:7 expected a string in which no second half of a surrogate pair (\\udc00 to \\udfff) "
         "stands alone"},
        {"a second half alone in a name", R"({"\ude00": 1})",
         "1:2 expected a string in which no second half of a surrogate pair (\\udc00 to \\udfff) "
         "stands alone"},
        {"a leading zero", "[01]", "1:3 expected no digit after the leading zero of a number"},
        {"a leading zero alone", "-007",
         "1:3 expected no digit after the leading zero of a number"},
        {"no fraction", "[1.]", "1:4 expected a digit after the decimal point"},
        {"no exponent", "[1e+]", "1:5 expected a digit in the exponent"},
        {"two minus signs before a number beyond a double", "[1e999,--1e9]",
         "1:9 expected a digit after the minus sign"},
        {"no exponent beside a number beyond a double", "[1e999,\n1e]",
         "2:3 expected a digit in the exponent"},
        {"a second value", "{}\n{}", "2:1 expected nothing but white space after the value"},
        {"a NUL after the value", std::string("{}\0", 3),
         "1:3 expected nothing but white space after the value"},
        {"a NUL before the value", std::string("\0{}", 3), at("1:1", value)},
        {"a byte order mark", "\xef\xbb\xbf{}", "1:1 expected no byte order mark"},
        {"not UTF-8", "{\"a\":\n\"caf\xe9\"}", "2:5 expected UTF-8"},
        {"not UTF-8 outside a string", "[1]\xff", "1:4 expected UTF-8"},
        {"an encoded surrogate", "\"\xed\xa0\x80\"", "1:2 expected UTF-8"},
        {"columns count bytes", "[\"\xc3\xa4\" x]", "1:7 expected ',' or ']' after the item"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(mistake_in(row.text) == row.mistake);
    }
}

TEST_CASE("a key that appears twice in one object is refused where it appears again") {
    const std::string mistake = " expected a member name that this object does not have yet";
    CHECK(mistake_in("{\"a\": 1,\n  \"b\": 2, \"a\": 3}") == "2:11" + mistake);
    CHECK(mistake_in(R"({"a":1,"\u0061":2})") == "1:8" + mistake);
    CHECK(mistake_in(R"([{"x":{"a":1,"a":1}}])") == "1:14" + mistake);
    CHECK(mistake_in(R"({"a":1,"b":1,"b":2,"a":2})") == "1:14" + mistake);
    CHECK(read_again(R"({"a":{"a":1},"b":{"a":2}})") == R"({"a":{"a":1},"b":{"a":2}})");

    std::string many = "{";
    for (int i = 0; i < 100; ++i)
        many += "\"k" + std::to_string(i) + "\":0,\n";
    CHECK(parse_document(many + "\"last\":0}").has_value());
    CHECK(mistake_in(many + "\"k50\":0,\"k7\":0}") == "101:1" + mistake);
}

TEST_CASE("nesting ends at the limit") {
    const DocumentLimits limits{.depth_max = 3};
    CHECK(parse_document("[[[1]]]", limits).has_value());
    CHECK(parse_document("[[[1]],[[1]]]", limits).has_value());
    CHECK(mistake_in("[[[\n[1]]]]", limits) ==
          "2:1 expected arrays and objects nested at most 3 deep");
    CHECK(mistake_in(R"({"a":[{"b":{}}]})", limits) ==
          "1:12 expected arrays and objects nested at most 3 deep");
    CHECK(parse_document(repeated("[", 64) + repeated("]", 64)).has_value());
    CHECK(!parse_document(repeated("[", 65) + repeated("]", 65)));
}

TEST_CASE("no limit that a caller sets lets a hostile text exhaust the stack") {
    const DocumentLimits limits{.depth_max = 1'000'000};
    CHECK(mistake_in(repeated("[", 1'000'000), limits) ==
          "1:1001 expected arrays and objects nested at most 1000 deep");
    CHECK(parse_document(repeated("[", 1'000) + repeated("]", 1'000), limits).has_value());
}

TEST_CASE("a text longer than the limit is refused before it is read") {
    const DocumentLimits limits{.bytes_max = 4};
    CHECK(parse_document("[12]", limits).has_value());
    CHECK(mistake_in("[12 ]", limits) == "1:1 expected at most 4 bytes, found 5");
    CHECK(mistake_in("?????", limits) == "1:1 expected at most 4 bytes, found 5");
}

TEST_CASE("a refusal shows nothing of the text, which may be a secret") {
    const std::string_view rows[] = {
        "s3cret",  "[\"s3cret\",s3cret]", "{\"s3cret\":1,\"s3cret\":2}", "\"s3cret",
        "{s3cret", "[s3cret\xff]"};
    for (const auto text : rows) {
        CAPTURE(text);
        const auto document = parse_document(text);
        CHECK(!document);
        if (!document)
            CHECK(to_string(document.error()).find("s3cret") == std::string::npos);
    }
}

TEST_CASE("the message of a refusal is one line with the place") {
    const auto document = parse_document("[1,\n2 3]");
    REQUIRE(!document);
    CHECK(document.error().message ==
          "not JSON at line 2, column 3: expected ',' or ']' after the item");
}

} // namespace elastiroll::document_parser_test
