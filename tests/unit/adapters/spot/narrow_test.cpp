#include <doctest/doctest.h>

#include <adapters/spot/codec.hpp>
#include <adapters/spot/narrow.hpp>

#include <elastiroll/base/document.hpp>

namespace elastiroll::spot::narrow_test {

namespace {

std::string list_of(const std::string& items) {
    return R"({"request":{"id":"r","url":"a\"b"},"response":{"status":{"code":200},"items":[)" +
           items + R"(],"count":9}})";
}

std::string narrowed(const std::string& items) { return narrow(list_of(items), {"shop__", "old"}); }

} // namespace

TEST_CASE("of a list of groups those with a wanted name are left, byte for byte") {
    struct Row {
        const char* why;
        const char* items;
        const char* left;
    };
    constexpr Row rows[] = {
        {"one of each", R"({"name":"shop__1"},{"name":"cart__1"},{"name":"older"})",
         R"({"name":"shop__1"},{"name":"older"})"},
        {"none", R"({"name":"cart__1"})", ""},
        {"an empty list", "", ""},
        {"spaces", " {\"name\" : \"cart\"} ,\n {\"id\":1, \"name\"\t:\"shop__2\" } ",
         "{\"id\":1, \"name\"\t:\"shop__2\" }"},
        {"brackets, quotes and backslashes in texts",
         R"({"a":"]},{\"","name":"cart"},{"a":"\\","b":["}"],"name":"shop__1"})",
         R"({"a":"\\","b":["}"],"name":"shop__1"})"},
        {"a name further down is another's", R"({"compute":{"name":"shop__1"},"name":"cart"})", ""},
        {"what only a parser can tell stays",
         R"({"name":"\u0063art"},{"n\u0061me":"cart"},{"id":"sig-1"},{"name":7},null,[1])",
         R"({"name":"\u0063art"},{"n\u0061me":"cart"},{"id":"sig-1"},{"name":7},null,[1])"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(narrowed(row.items) == list_of(row.left));
    }
}

TEST_CASE("an answer that cannot be followed stays as it is") {
    const std::string whole = list_of(R"({"name":"cart__1"},{"name":"shop__1"})");
    for (std::size_t size = 0; size < whole.find("],\"count"); ++size) {
        const std::string part = whole.substr(0, size);
        CAPTURE(part);
        CHECK(narrow(part, {"shop__"}) == part);
    }
    for (const std::string text :
         {R"({"response":{"items":{"name":"cart"}}})", R"({"response":{"items":[{"name":"cart"})",
          R"({"response":{"items":[{"name":"cart"} {"name":"cart"}]}})", R"([{"name":"cart"}])",
          R"({"response":[]})", R"({"items":[{"name":"cart"}]})", "<html>", ""}) {
        CAPTURE(text);
        CHECK(narrow(text, {"shop__"}) == text);
    }
}

TEST_CASE("a list that was narrowed reads as the whole one does, without the other groups") {
    const auto group = [](const std::string& name) {
        return R"({"id":"sig-)" + name + R"(","name":")" + name +
               R"(","capacity":{"minimum":0,"target":0,"maximum":0},"x":[[],{},"{"]})";
    };
    const HttpResponse response{.status = 200,
                                .body = list_of(group("cart__1") + "," + group("shop__1") +
                                                R"(,{"id":"sig-9","name":"shop__9"},)" +
                                                R"({"id":"sig-8","name":"cart__8"})")};
    const auto some = decode(ListGroupsCall{{"shop__"}}, response);
    const auto all = decode(ListGroupsCall{}, response);
    REQUIRE(some.reply);
    REQUIRE(all.reply);
    const auto& part = std::get<GroupsReply>(*some.reply);
    const auto& whole = std::get<GroupsReply>(*all.reply);
    REQUIRE(whole.groups.size() == 2);
    REQUIRE(whole.unreadable.size() == 2);
    REQUIRE(part.groups.size() == 1);
    CHECK(part.groups.front() == whole.groups.back());
    // What is wrong with it names its place in the list, which is another now.
    REQUIRE(part.unreadable.size() == 1);
    CHECK(part.unreadable.front().name == "shop__9");
}

} // namespace elastiroll::spot::narrow_test
