#include <elastiroll/base/document.hpp>

#include <doctest/doctest.h>

#include <string>

namespace elastiroll::document_writer_test {

TEST_CASE("only what must be escaped is") {
    struct Row {
        std::string_view text, written;
    };
    constexpr Row rows[] = {
        {"", R"("")"},
        {"plain / text", R"("plain / text")"},
        {"\"\\", R"("\"\\")"},
        {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
        {std::string_view("\0\x01\x1f\x7f", 4), "\"\\u0000\\u0001\\u001f\x7f\""},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
    };
    for (const auto& row : rows)
        CHECK(to_text(row.text) == row.written);
}

TEST_CASE("bytes that are not UTF-8 are written as the replacement character") {
    CHECK(to_text("a\xff\xfe\xc3\xa4\xc3") == "\"a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\"");
    CHECK(to_text(Document::object({{"\xff", 1}})) == "{\"\xef\xbf\xbd\":1}");
}

TEST_CASE("pretty text has a line per member and two spaces per level") {
    const auto document = Document::object({
        {"a", Document::array({1, Document::object({{"b", nullptr}})})},
        {"empty", Document::array({Document::array(), Document::object()})},
        {"c", true},
    });
    CHECK(to_pretty_text(document) == R"({
  "a": [
    1,
    {
      "b": null
    }
  ],
  "empty": [
    [],
    {}
  ],
  "c": true
})");
    CHECK(to_pretty_text(Document::object()) == "{}");
    CHECK(to_pretty_text(false) == "false");
}

TEST_CASE("canonical text is equal for documents that differ in the order of members only") {
    const auto one = parse_document(R"({"b":[{"y":1,"x":2}],"a":{"d":1,"c":2}})");
    const auto other = parse_document(R"({ "a": {"c":2, "d":1}, "b": [{"x":2, "y":1}] })");
    REQUIRE(one);
    REQUIRE(other);
    CHECK(*one != *other);
    CHECK(canonical_text(*one) == R"({"a":{"c":2,"d":1},"b":[{"x":2,"y":1}]})");
    CHECK(canonical_text(*one) == canonical_text(*other));
    CHECK(canonical_text(Document::array({1, 2})) != canonical_text(Document::array({2, 1})));
}

TEST_CASE("canonical text sorts keys by their bytes") {
    const auto document =
        Document::object({{"\xc3\xa4", 1}, {"b", 2}, {"a", 3}, {"B", 4}, {"", 5}, {"aa", 6}});
    CHECK(canonical_text(document) == "{\"\":5,\"B\":4,\"a\":3,\"aa\":6,\"b\":2,\"\xc3\xa4\":1}");
}

} // namespace elastiroll::document_writer_test
