#include <elastiroll/base/document.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace elastiroll::document_test {

TEST_CASE("null and absent are two things") {
    const auto document = Document::object({{"ttl", nullptr}});
    REQUIRE(document.find("ttl"));
    CHECK(document.find("ttl")->is_null());
    CHECK(document.find("target") == nullptr);
    CHECK(document != Document::object());
}

TEST_CASE("members keep their order, and order counts in equality") {
    auto document = Document::object({{"b", 1}, {"a", 2}});
    document.set("c", 3);
    document.set("b", 4);
    CHECK(to_text(document) == R"({"b":4,"a":2,"c":3})");
    CHECK(document != Document::object({{"a", 2}, {"b", 4}, {"c", 3}}));
}

TEST_CASE("a key that is given twice keeps its place and the last value") {
    CHECK(to_text(Document::object({{"a", 1}, {"b", 2}, {"a", 3}})) == R"({"a":3,"b":2})");
}

TEST_CASE("each kind is read as itself only") {
    using Kind = Document::Kind;
    const std::pair<Document, Kind> rows[] = {
        {Document(), Kind::null},
        {nullptr, Kind::null},
        {true, Kind::boolean},
        {7, Kind::number},
        {"7", Kind::string},
        {std::string("7"), Kind::string},
        {Document::array(), Kind::array},
        {Document::object(), Kind::object},
        {std::int64_t{-7}, Kind::number},
    };
    for (const auto& [document, kind] : rows) {
        CAPTURE(to_text(document));
        CHECK(document.kind() == kind);
        CHECK(document.is_null() == (kind == Kind::null));
        CHECK(document.as_boolean().has_value() == (kind == Kind::boolean));
        CHECK(document.as_integer().has_value() == (kind == Kind::number));
        CHECK(document.as_number_text().has_value() == (kind == Kind::number));
        CHECK(document.as_string().has_value() == (kind == Kind::string));
        CHECK((document.as_array() != nullptr) == (kind == Kind::array));
        CHECK((document.as_object() != nullptr) == (kind == Kind::object));
    }
}

TEST_CASE("a number is an integer where it is written as one and fits") {
    struct Row {
        std::string_view text;
        std::optional<std::int64_t> value;
    };
    constexpr Row rows[] = {
        {"3", 3},
        {"-0", 0},
        {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
        {"9223372036854775808", std::nullopt},
        {"3.0", std::nullopt},
        {"3e0", std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto number = Document::number(row.text);
        REQUIRE(number);
        CHECK(number->as_integer() == row.value);
        CHECK(number->as_number_text() == row.text);
    }
}

TEST_CASE("a number is made of JSON's grammar only") {
    constexpr std::string_view rows[] = {"",     "-",   "+1",  "01",  "-01",   ".5",
                                         "5.",   "1e",  "1e+", "1 ",  " 1",    "0x1",
                                         "1.e3", "NaN", "1a",  "--1", "1.5.5", "Infinity"};
    for (const auto text : rows) {
        CAPTURE(text);
        CHECK(!Document::number(text));
    }
}

TEST_CASE("a path is followed through objects, and ends where a name is missing") {
    auto document = Document::object(
        {{"group", Document::object({{"capacity", Document::object({{"target", 3}})}})}});
    const Document* target = document.find_path({"group", "capacity", "target"});
    REQUIRE(target);
    CHECK(*target == Document(3));
    CHECK(document.find_path({"group", "strategy", "target"}) == nullptr);
    CHECK(document.find_path({"group", "capacity", "target", "deeper"}) == nullptr);
    CHECK(document.find_path({}) == &document);
    *document.find_path({"group", "capacity", "target"}) = 4;
    CHECK(to_text(document) == R"({"group":{"capacity":{"target":4}}})");
}

TEST_CASE("null becomes what is first put into it") {
    Document members;
    const Document* const member = &members.set("a", 1);
    CHECK(member == members.find("a"));
    CHECK(members == Document::object({{"a", 1}}));
    Document items;
    CHECK(items.push_back("x") == Document("x"));
    CHECK(items == Document::array({"x"}));
}

TEST_CASE("erasing says whether there was something to erase") {
    auto document = Document::object({{"a", 1}, {"b", 2}, {"c", 3}});
    CHECK(document.erase("b"));
    CHECK(!document.erase("b"));
    CHECK(to_text(document) == R"({"a":1,"c":3})");
    CHECK(!Document(7).erase("a"));
}

TEST_CASE("a document may be assigned a part of itself") {
    const auto inner = Document::object({{"a", Document::array({1, 2})}});
    auto copied = Document::object({{"in", inner}, {"other", 1}});
    copied = *std::as_const(copied).find("in");
    CHECK(copied == inner);
    auto moved = Document::object({{"in", inner}, {"other", 1}});
    moved = std::move(*moved.find("in"));
    CHECK(moved == inner);
    auto nested = Document::array({1, 2});
    nested.push_back(nested);
    CHECK(to_text(nested) == "[1,2,[1,2]]");
}

TEST_CASE("a copy does not change with its origin") {
    auto original = Document::object({{"a", Document::array({1})}});
    const Document copy = original;
    original.find("a")->push_back(2);
    CHECK(copy == Document::object({{"a", Document::array({1})}}));
}

TEST_CASE("digits count in equality") {
    CHECK(Document::number("1.0") != Document::number("1.00"));
    CHECK(Document::number("1") == Document(1));
    CHECK(Document("1") != Document(1));
}

TEST_CASE("heap use grows with what a document holds") {
    CHECK(heap_bytes(Document()) == 0);
    CHECK(heap_bytes("short") == 0);
    CHECK(heap_bytes(std::string(1000, 'x')) >= 1000);
    const auto one = Document::object({{"key", std::string(1000, 'x')}});
    CHECK(heap_bytes(one) >= 1000 + sizeof(Document::Member));
    CHECK(heap_bytes(Document::array({one, one})) >= 2 * heap_bytes(one) + 2 * sizeof(Document));
}

TEST_CASE("a document is small where it stands") { CHECK(sizeof(Document) <= 40); }

} // namespace elastiroll::document_test
