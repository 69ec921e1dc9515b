#include "spec_support.hpp"

#include "spec/expression.hpp"

#include <doctest/doctest.h>

namespace elastiroll::test::expression_test {
namespace {

Scope small_scope() {
    Scope scope;
    scope.values["app.name"].text = "shop";
    scope.values["env.name"].text = "production";
    scope.values["var.port"].text = "8080";
    scope.values["var.empty"].text = "";
    scope.values["var.looks"].text = "${app.name}";
    scope.values["var.key"] = {.text = "s3cret", .is_secret = true};
    scope.values["file.motd"].text = "h\xc3\xa4llo\n";
    scope.values["file.absent"].file = "absent.txt";
    return scope;
}

} // namespace

TEST_CASE("expressions are replaced once, and nothing else changes") {
    struct Row {
        const char* why;
        const char* text;
        const char* strict; ///< null: a finding
        const char* shell;
    };
    const Row rows[] = {
        {"no expression", "plain $ text $$ $", "plain $ text $$ $", "plain $ text $$ $"},
        {"empty", "", "", ""},
        {"one expression", "${app.name}", "shop", "shop"},
        {"several", "${app.name}-${env.name}:${var.port}", "shop-production:8080",
         "shop-production:8080"},
        {"an empty value", "[${var.empty}]", "[]", "[]"},
        {"a value is not looked at again", "${var.looks}", "${app.name}", "${app.name}"},
        {"an escape of ours", "$${var.port}", "${var.port}", "${var.port}"},
        {"an escape of the shell's", "$${HOME}", "${HOME}", "$${HOME}"},
        {"the shell's process id before its variable", "$$${HOME}", "$${HOME}", "$$${HOME}"},
        {"the shell's variable", "${HOME}", nullptr, "${HOME}"},
        {"the shell's default", "${X:-${Y}}", nullptr, "${X:-${Y}}"},
        {"a namespace that is not ours", "${terraform.x}", nullptr, "${terraform.x}"},
        {"an unclosed brace of the shell's", "${X", nullptr, "${X"},
        {"an unclosed expression of ours", "${var.port", nullptr, nullptr},
        {"an unknown name of ours", "${var.nothing}", nullptr, nullptr},
        {"a default is not known", "${var.port:-80}", nullptr, nullptr},
        {"a blank is part of the name", "${ app.name }", nullptr, "${ app.name }"},
        {"a file", "${file.motd}", "h\xc3\xa4llo\n", "h\xc3\xa4llo\n"},
        {"a file in Base64", "${file_base64.motd}", "aMOkbGxvCg==", "aMOkbGxvCg=="},
        {"a file that was not read", "${file.absent}", nullptr, nullptr},
        {"a dollar before an expression", "$${app.name}${app.name}", "${app.name}shop",
         "${app.name}shop"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        for (const auto style : {ExpressionStyle::strict, ExpressionStyle::shell}) {
            const char* expected = style == ExpressionStyle::strict ? row.strict : row.shell;
            Findings findings;
            const Scope scope = small_scope();
            Expander expander(scope, findings);
            const auto result = expander.expand({.text = row.text, .path = "$.x"}, style);
            CHECK(findings.empty() == (expected != nullptr));
            CHECK(result.is_whole == (expected != nullptr));
            if (expected != nullptr)
                CHECK(result.text == expected);
        }
    }
}

TEST_CASE("a text tells whether a secret was put into it") {
    Findings findings;
    const Scope scope = small_scope();
    Expander expander(scope, findings);
    CHECK(expander.expand({.text = "a${var.key}"}, ExpressionStyle::strict).has_secret);
    CHECK_FALSE(expander.expand({.text = "a${var.port}"}, ExpressionStyle::strict).has_secret);
}

TEST_CASE("expressions cannot fill the memory") {
    Scope scope;
    scope.values["var.large"].text = std::string(std::size_t{1024} * 1024, 'x');
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "${var.large}";
    Findings findings;
    Expander expander(scope, findings);
    const auto result = expander.expand({.text = text, .path = "$"}, ExpressionStyle::strict);
    CHECK_FALSE(result.is_whole);
    CHECK(result.text.size() <= expanded_bytes_max);
    CHECK(std::move(findings).take().size() == 1);
}

TEST_CASE("names in expressions are words") {
    for (const char* name : {"a", "_", "PORT", "log-level", "a1_b2"})
        CHECK(is_expression_name(name));
    for (const char* name : {"", "1a", "-a", "a.b", "a b", "a}", "\xc3\xa4"})
        CHECK_FALSE(is_expression_name(name));
}

} // namespace elastiroll::test::expression_test
