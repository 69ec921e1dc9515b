#include "adapters/aws/xml.hpp"

#include "base/utf8.hpp"

#include <elastiroll/base/error.hpp>

#include <fmt/format.h>
#include <pugixml.hpp>

#include <string>
#include <utility>

namespace elastiroll::aws {
namespace {

/// No answer of AWS is nested half as deeply.
constexpr int depth_max = 32;

/// Namespaces' prefixes mean nothing to us.
std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_list_word(std::string_view name) { return name == "member" || name == "item"; }

Result<Document> document_of(const pugi::xml_node& node, int depth) {
    if (depth > depth_max)
        return fail(ErrorCategory::protocol,
                    fmt::format("an XML answer is nested more than {} deep", depth_max));
    Document::Array list;
    Document::Array entries;
    Document object = Document::object({});
    bool has_elements = false;
    for (const pugi::xml_node& child : node.children()) {
        if (child.type() != pugi::node_element)
            continue;
        has_elements = true;
        auto value = document_of(child, depth + 1);
        if (!value)
            return value;
        const std::string_view name = local_name(child);
        if (is_list_word(name))
            list.push_back(*std::move(value));
        else if (name == "entry")
            entries.push_back(*std::move(value));
        else if (!object.find(name))
            object.set(std::string(name), *std::move(value));
    }
    if (!has_elements)
        return Document(std::string(node.text().get()));
    if (!list.empty())
        return Document(std::move(list));
    if (!entries.empty())
        object.set("entry", Document(std::move(entries)));
    return object;
}

} // namespace

Result<Document> parse_xml(std::string_view text) {
    // pugixml takes any bytes, and then two names may differ in what is no character.
    if (const std::size_t good = utf8_prefix(text); good != text.size())
        return fail(ErrorCategory::protocol, fmt::format("no XML: not UTF-8 at byte {}", good));
    pugi::xml_document parsed;
    const pugi::xml_parse_result result =
        parsed.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!result)
        return fail(ErrorCategory::protocol,
                    fmt::format("no XML: {} at byte {}", result.description(), result.offset));
    const pugi::xml_node root = parsed.document_element();
    auto value = document_of(root, 0);
    if (!value)
        return value;
    Document document = Document::object({});
    document.set(std::string(local_name(root)), *std::move(value));
    return document;
}

} // namespace elastiroll::aws
