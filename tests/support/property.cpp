#include "property.hpp"

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace elastiroll {

void showValue(const Document& document, std::ostream& out) { out << to_text(document); }

namespace test {
namespace {

void append_utf8(std::string& text, std::uint32_t character) {
    const auto add = [&text](std::uint32_t byte) {
        text += static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (character < 0x80) {
        add(character);
    } else if (character < 0x800) {
        add(0xc0 | character >> 6);
        add(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        add(0xe0 | character >> 12);
        add(0x80 | (character >> 6 & 0x3f));
        add(0x80 | (character & 0x3f));
    } else {
        add(0xf0 | character >> 18);
        add(0x80 | (character >> 12 & 0x3f));
        add(0x80 | (character >> 6 & 0x3f));
        add(0x80 | (character & 0x3f));
    }
}

rc::Gen<std::uint32_t> character() {
    const auto in = [](std::uint32_t first, std::uint32_t last) {
        return rc::gen::inRange(first, last + 1);
    };
    return rc::gen::weightedOneOf<std::uint32_t>({
        {10, in(0x20, 0x7e)},
        {2, in(0, 0x1f)},
        {2, rc::gen::element<std::uint32_t>('"', '\\', '/', 0x7f)},
        {1, in(0x80, 0x7ff)},
        {1, in(0x800, 0xd7ff)},
        {1, in(0xe000, 0xffff)},
        {1, in(0x10000, 0x10ffff)},
    });
}

rc::Gen<std::string> digits() {
    return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('0', ':')));
}

rc::Gen<Document> scalar() {
    return rc::gen::oneOf(
        rc::gen::just(Document()),
        rc::gen::map(rc::gen::arbitrary<bool>(), [](bool value) { return Document(value); }),
        rc::gen::map(number_text(),
                     [](const std::string& text) { return *Document::number(text); }),
        rc::gen::map(unicode_text(), [](std::string text) { return Document(std::move(text)); }));
}

Document object_of(const std::vector<std::pair<std::string, Document>>& members) {
    Document document = Document::object();
    for (const auto& [key, value] : members)
        document.set(key, value);
    return document;
}

rc::Gen<Document> document_of_depth(int depth) {
    if (depth == 0)
        return scalar();
    // A quarter of the size per level keeps documents from growing exponentially.
    const auto smaller = [](auto gen) {
        return rc::gen::withSize([gen](int size) { return rc::gen::resize(size / 4, gen); });
    };
    const rc::Gen<Document> inner = document_of_depth(depth - 1);
    return rc::gen::oneOf(
        scalar(),
        rc::gen::map(smaller(rc::gen::container<Document::Array>(inner)),
                     [](Document::Array items) { return Document(std::move(items)); }),
        rc::gen::map(smaller(rc::gen::container<std::vector<std::pair<std::string, Document>>>(
                         rc::gen::pair(unicode_text(), inner))),
                     object_of));
}

} // namespace

rc::Gen<std::string> unicode_text() {
    return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(character()),
                        [](const std::vector<std::uint32_t>& characters) {
                            std::string text;
                            for (const std::uint32_t one : characters)
                                append_utf8(text, one);
                            return text;
                        });
}

rc::Gen<std::string> number_text() {
    const auto sign = rc::gen::element<std::string>("", "-");
    const auto integer = rc::gen::map(digits(), [](const std::string& text) {
        return text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
    });
    const auto fraction =
        rc::gen::oneOf(rc::gen::just(std::string()),
                       rc::gen::map(digits(), [](const std::string& text) { return "." + text; }));
    const auto exponent = rc::gen::oneOf(
        rc::gen::just(std::string()),
        rc::gen::map(rc::gen::pair(rc::gen::element<std::string>("e", "E", "e+", "E-"), digits()),
                     [](const auto& parts) { return parts.first + parts.second; }));
    return rc::gen::map(rc::gen::tuple(sign, integer, fraction, exponent), [](const auto& parts) {
        return std::apply([](const auto&... part) { return (part + ...); }, parts);
    });
}

} // namespace test
} // namespace elastiroll

rc::Gen<elastiroll::Document> rc::Arbitrary<elastiroll::Document>::arbitrary() {
    return elastiroll::test::document_of_depth(4);
}
