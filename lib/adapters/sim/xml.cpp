#include "adapters/sim/xml.hpp"

#include "adapters/sim/http.hpp"

#include <fmt/format.h>

namespace elastiroll::sim {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    }
    return out;
}

} // namespace

void append_element(std::string& out, std::string_view name, std::string_view text) {
    out += fmt::format("<{0}>{1}</{0}>", name, escaped(text));
}

void append_document(std::string& out, std::string_view name, const Document& document) {
    if (const auto text = document.as_string()) {
        append_element(out, name, *text);
        return;
    }
    // A map's entries have no list around them.
    const auto* list = document.as_array();
    const bool is_map = list && name == "entry";
    if (!is_map)
        out += fmt::format("<{}>", name);
    if (list) {
        for (const Document& item : *list)
            append_document(out, is_map ? "entry" : "member", item);
    } else if (const auto* members = document.as_object()) {
        for (const auto& [key, value] : *members)
            append_document(out, key, value);
    } else if (!document.is_null()) {
        out += to_text(document);
    }
    if (!is_map)
        out += fmt::format("</{}>", name);
}

std::vector<std::string> list_of(std::string_view form, std::string_view name) {
    std::vector<std::string> values;
    for (int i = 1;; ++i) {
        auto value = query_value(form, fmt::format("{}.{}", name, i));
        if (!value)
            return values;
        values.push_back(*std::move(value));
    }
}

} // namespace elastiroll::sim
