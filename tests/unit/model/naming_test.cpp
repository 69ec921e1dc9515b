#include <elastiroll/model/naming.hpp>

#include <doctest/doctest.h>

#include <string>

namespace elastiroll::naming_test {

namespace {

GroupPrefix prefix(std::string text) { return *GroupPrefix::make(std::move(text)); }

ParsedName revision(int number) { return {NameKind::revision, *Revision::make(number)}; }

} // namespace

TEST_CASE("a group's name has one place on a line, by its exact text") {
    struct Row {
        const char* name;
        ParsedName expected;
    };
    const Row rows[] = {
        {"app__1", revision(1)},
        {"app__2", revision(2)},
        {"app__10", revision(10)},
        {"app__999999999", revision(999'999'999)},
        {"app", {NameKind::production, {}}},
        {"app__STAGE", {NameKind::stage, {}}},
        {"app__007", {NameKind::odd, {}}},
        {"app__0", {NameKind::odd, {}}},
        {"app__1000000000", {NameKind::odd, {}}},
        {"app__99999999999", {NameKind::odd, {}}},
        {"app__99999999999999999999999", {NameKind::odd, {}}},
        {"app__10b", {}},
        {"app__", {}},
        {"app_10", {}},
        {"app10", {}},
        {"app__x", {}},
        {"app2__11", {}},
        {"App__2", {}},
        {"APP", {}},
        {" app__2", {}},
        {"app__2 ", {}},
        {"app__+2", {}},
        {"app__-2", {}},
        {"app__ 2", {}},
        {"app__2__3", {}},
        {"app___2", {}},
        {"app__STAGE__Harness", {}},
        {"", {}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(parse_group_name(prefix("app"), "app__STAGE", row.name) == row.expected);
    }
}

TEST_CASE("a prefix that begins another prefix shares none of its groups") {
    CHECK(parse_group_name(prefix("app__web"), {}, "app__web__3") == revision(3));
    CHECK(parse_group_name(prefix("app"), {}, "app__web__3") == ParsedName{});
    CHECK(parse_group_name(prefix("app"), {}, "app__web") == ParsedName{});
}

TEST_CASE("a revision's name is read back as that revision") {
    for (const int number : {1, 9, 10, 1234, 999'999'999}) {
        CAPTURE(number);
        const std::string name = group_name(prefix("shop__web"), *Revision::make(number));
        CHECK(parse_group_name(prefix("shop__web"), {}, name) == revision(number));
    }
}

TEST_CASE("a group prefix is printable, of a moderate length and does not end like a revision") {
    struct Row {
        std::string text;
        const char* complaint; ///< empty: it is taken
    };
    const Row rows[] = {
        {"app", ""},
        {"shop__web__production", ""},
        {"app_1", ""},
        {"1", ""},
        {"app__1b", ""},
        {"app__", ""},
        {"caf\xc3\xa9", ""},
        {std::string(200, 'a'), ""},
        {std::string(201, 'a'), "is longer than 200 bytes"},
        {"", "is empty"},
        {"app__1", "ends like a revision"},
        {"app__007", "ends like a revision"},
        {"__1", "ends like a revision"},
        {"app___1", "ends like a revision"},
        {" app", "begins or ends with a space"},
        {"app ", "begins or ends with a space"},
        {"a\nb", "control characters"},
        {std::string("a\0b", 3), "control characters"},
        {"a\x7f", "control characters"},
        {"a\xff", "not UTF-8"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto made = GroupPrefix::make(row.text);
        if (made) {
            CHECK(std::string(row.complaint).empty());
            CHECK(made->text() == row.text);
        } else {
            CHECK(made.error().category == ErrorCategory::invalid_argument);
            CHECK(std::string(row.complaint) != "");
            CHECK(made.error().message.find(row.complaint) != std::string::npos);
        }
    }
}

TEST_CASE("a revision is 1..999999999 and the last has no next") {
    for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1},
                                      std::int64_t{1'000'000'000}, std::int64_t{4'294'967'297}}) {
        CAPTURE(number);
        const auto made = Revision::make(number);
        CHECK((!made && made.error().category == ErrorCategory::invalid_argument));
    }
    CHECK(Revision::make(7)->next() == *Revision::make(8));
    CHECK(Revision::make(999'999'998)->next() == *Revision::make(999'999'999));
    const auto beyond = Revision::make(999'999'999)->next();
    CHECK((!beyond && beyond.error().category == ErrorCategory::conflict));
    CHECK(*Revision::make(9) < *Revision::make(10));
}

TEST_CASE("a preset names the stage group and no other preset does so") {
    CHECK(stage_name(prefix("app"), NamingPreset::elastiroll) == "app__STAGE");
    CHECK(stage_name(prefix("app"), NamingPreset::harness) == "app__STAGE__Harness");
}

TEST_CASE("Harness's normalisation trims, and doubles an underscore for each odd character") {
    struct Row {
        const char* text;
        const char* expected;
    };
    constexpr Row rows[] = {
        {"plain", "plain"},         {"", ""},        {" \t\r\n", ""},
        {"  my app \n", "my__app"}, {"a-b", "a__b"}, {"-|+*/\\ &$\"'.", "________________________"},
        {"a--b", "a____b"},         {"a_b", "a_b"},  {"a,b;c", "a,b;c"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(normalise_harness(row.text) == row.expected);
    }
}

TEST_CASE("a line is written as account, region and prefix") {
    CHECK(to_string(Line{AccountId("act-1"), Region("eu-west-1"), prefix("shop__web")}) ==
          "act-1/eu-west-1/shop__web");
}

} // namespace elastiroll::naming_test
