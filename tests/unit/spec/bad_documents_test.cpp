#include "spec_support.hpp"

#include <doctest/doctest.h>

#include <elastiroll/base/text.hpp>

namespace elastiroll::test::bad_documents_test {
namespace {

/// The change of `row` applied to `document`.
void spoil(Document& document, const Document& row) {
    const auto& keys = *row.find("at")->as_array();
    Document* place = &document;
    for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
        if (const auto index = keys[i].as_integer())
            place = &place->as_array()->at(static_cast<std::size_t>(*index));
        else
            place = place->find(*keys[i].as_string());
    }
    const Document& last = keys.back();
    if (const auto index = last.as_integer())
        place->as_array()->at(static_cast<std::size_t>(*index)) = *row.find("set");
    else if (const Document* value = row.find("set"))
        place->set(*last.as_string(), *value);
    else
        place->erase(*last.as_string());
}

std::vector<std::string> texts_of(const Document& list) {
    std::vector<std::string> texts;
    if (const auto* items = list.as_array())
        for (const Document& item : *items)
            texts.emplace_back(item.as_string().value_or(""));
    else
        texts.emplace_back(list.as_string().value_or(""));
    return texts;
}

} // namespace

TEST_CASE("a document with one mistake is refused at the place of the mistake and nowhere else") {
    const Document table = json(bad_documents_json());
    REQUIRE(resolve_spec(*table.find("base"), {}));
    for (const Document& row : *table.find("rows")->as_array()) {
        const std::string why(*row.find("why")->as_string());
        CAPTURE(why);
        Document document = *table.find("base");
        spoil(document, row);
        const auto spec = resolve_spec(document, {});
        CHECK_FALSE(spec);
        if (spec)
            continue;
        CAPTURE(to_string(spec.error()));
        CHECK(spec.error().category == ErrorCategory::invalid_argument);
        CHECK(paths_of(spec.error()) == texts_of(*row.find("paths")));
        for (const ErrorDetail& detail : spec.error().details) {
            CHECK_FALSE(detail.message.empty());
            CHECK(detail.message.find('\n') == std::string::npos);
        }
    }
}

TEST_CASE("all mistakes of a document are told at once") {
    Document document = base_document();
    at(document, {"services", "0"}).set("imge", 1);
    at(document, {"infrastructures", "0"}).erase("region");
    workflow_of(document).set("retention", -1);
    at(document, {"workflows", "0", "phases", "0"}).set("percent", 0);
    group_of(document).erase("strategy");
    CHECK(findings_of(document) ==
          std::vector<std::string>{"$.services[0].imge", "$.infrastructures[0].region",
                                   "$.workflows[0].phases[0].percent", "$.workflows[0].retention",
                                   "$.infrastructures[0].elastigroup.group.strategy"});
}

TEST_CASE("findings say what to write instead") {
    struct Row {
        const char* why;
        void (*spoil)(Document&);
        const char* complaint;
    };
    const Row rows[] = {
        {"the nearest key", [](Document& d) { workflow_of(d).set("retenton", 3); },
         "$.workflows[0].retenton: unknown key \"retenton\" (write \"retention\")"},
        {"the nearest name", [](Document& d) { workflow_of(d).set("service", "wbe"); },
         "$.workflows[0].service: there is no service \"wbe\" (write \"web\")"},
        {"the nearest expression",
         [](Document& d) { workflow_of(d).set("group_prefix", "${app.nmae}"); },
         "$.workflows[0].group_prefix: unknown name in ${app.nmae} (write ${app.name})"},
        {"a number that is a word",
         [](Document& d) { at(d, {"workflows", "0", "instances"}).set("minimum", "ten"); },
         "$.workflows[0].instances.minimum: expected a whole number from 0 to 100000, found the "
         "text \"ten\""},
        {"blue/green without load balancers",
         [](Document& d) { workflow_of(d).set("strategy", "blue_green"); },
         "\"load_balancers\" is missing"},
        {"the line of a script",
         [](Document& d) {
             at(d, {"services", "0", "user_data"}).set("text", "#!/bin/sh\n\necho ${var.no}\n");
         },
         "$.services[0].user_data.text: line 3: unknown name in ${var.no}"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Document document = base_document();
        row.spoil(document);
        const std::string complaint = complaint_of(document);
        CAPTURE(complaint);
        CHECK(complaint.find(row.complaint) != std::string::npos);
    }
}

TEST_CASE("beyond a hundred findings the rest is counted") {
    Document document = base_document();
    for (int i = 0; i < 150; ++i)
        workflow_of(document).set("unknown_" + std::to_string(i), i);
    const auto spec = resolve_spec(document, {});
    REQUIRE_FALSE(spec);
    CHECK(spec.error().details.size() == 101);
    CHECK(spec.error().details.back().message == "and 50 more");
}

TEST_CASE("no value of any kind as a whole document ends in anything but findings") {
    for (const char* text : {"null", "1", "\"x\"", "[]", "{}", "true"}) {
        CAPTURE(text);
        CHECK_FALSE(findings_of(json(text)).empty());
        CHECK(referenced_files(json(text)).empty());
    }
}

TEST_CASE("the library carries the published schema") {
    CHECK(spec_schema() == schema_json());
    CHECK(json(spec_schema()).find("$defs") != nullptr);
}

} // namespace elastiroll::test::bad_documents_test
