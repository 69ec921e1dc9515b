#include <elastiroll/base/document.hpp>

#include "property.hpp"

namespace elastiroll::document_property {
using elastiroll::test::check_law;

TEST_CASE("parsing undoes writing, in either layout") {
    check_law(1'000, [](const Document& document) {
        RC_ASSERT(parse_document(to_text(document)) == document);
        RC_ASSERT(parse_document(to_pretty_text(document)) == document);
    });
}

TEST_CASE("canonical text does not depend on the order of members") {
    check_law(500, [](const Document& document, const Document& other) {
        const auto one = Document::object({{"a", document}, {"b", other}});
        const auto swapped = Document::object({{"b", other}, {"a", document}});
        RC_ASSERT(canonical_text(one) == canonical_text(swapped));
    });
}

TEST_CASE("canonical text is its own canonical text") {
    check_law(500, [](const Document& document) {
        const std::string text = canonical_text(document);
        const auto again = parse_document(text);
        RC_ASSERT(again);
        RC_ASSERT(canonical_text(*again) == text);
    });
}

TEST_CASE("what is parsed from any bytes is JSON, and what is refused has a place") {
    check_law(2'000, [](const Document& document) {
        std::string text = to_text(document);
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        const auto byte = *rc::gen::oneOf(
            rc::gen::arbitrary<char>(), rc::gen::element('"', '\\', '{', '}', '[', ']', ',', '0'));
        if (*rc::gen::arbitrary<bool>())
            text[at] = byte;
        else
            text.insert(at, 1, byte);
        const auto read = parse_document(text);
        if (read)
            RC_ASSERT(parse_document(to_text(*read)) == *read);
        else
            RC_ASSERT(read.error().details.size() == 1u);
    });
}

} // namespace elastiroll::document_property
