#include <doctest/doctest.h>

#include <base/ini.hpp>

namespace elastiroll::ini_test {

TEST_CASE("sections, properties, comments and continued values are read as AWS's tools do") {
    const auto file = parse_ini("\xEF\xBB\xBF# a comment\r\n"
                                "[default]\r\n"
                                "Region = eu-west-1\r\n"
                                "aws_secret_access_key=a#b;c= # and a comment\n"
                                "empty =\n"
                                "  ; nothing\n"
                                "\n"
                                "[ profile  ci ] ; why\n"
                                "s3 =\n"
                                "  max = 1\n"
                                "\tmin = 2\n"
                                "region = us-east-1\n"
                                "[default]\n"
                                "region = eu-west-2\n"
                                "output=json");
    REQUIRE(file);
    const IniFile expected{
        {{"default",
          {{"region", "eu-west-2"},
           {"aws_secret_access_key", "a#b;c="},
           {"empty", ""},
           {"output", "json"}}},
         {"profile  ci", {{"s3", "\nmax = 1\nmin = 2"}, {"region", "us-east-1"}}}}};
    CHECK(*file == expected);
    CHECK(file->find("default")->find("region") != nullptr);
    CHECK(file->find("default")->find("nothing") == nullptr);
    CHECK(file->find("nobody") == nullptr);
    CHECK(parse_ini("").value() == IniFile{});
}

TEST_CASE("a line that is no setting is named by its number, and not shown") {
    struct Row {
        const char* text;
        const char* begin;
    };
    constexpr Row rows[] = {
        {"[a]\nx = y\ncanary", "line 3: "},
        {"canary = 1", "line 1: it stands before"},
        {"[a]\n= canary", "line 2: "},
        {"\n[canary", "line 2: "},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto file = parse_ini(row.text);
        REQUIRE_FALSE(file);
        CHECK(file.error().category == ErrorCategory::invalid_argument);
        CHECK(file.error().message.starts_with(row.begin));
        CHECK(file.error().message.find("canary") == std::string::npos);
    }
}

} // namespace elastiroll::ini_test
