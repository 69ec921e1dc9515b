#include "adapters/aws/form.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll::aws {
namespace {

/// As HTML forms have it, a space is a plus: so do AWS's own clients.
void append_encoded(std::string& out, std::string_view text) {
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto space = std::min(text.find(' ', begin), text.size());
        out += percent_encoded(text.substr(begin, space - begin));
        if (space < text.size())
            out += '+';
        begin = space + 1;
    }
}

/// The member in which empty is not absent.
bool means_empty(std::string_view name) { return name.ends_with(".RedirectConfig.Query"); }

} // namespace

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                              c == '~';
        if (is_plain) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 0xFU];
    }
    return out;
}

void Form::add(std::string_view name, std::string_view value) {
    if (!text_.empty())
        text_ += '&';
    append_encoded(text_, name);
    text_ += '=';
    append_encoded(text_, value);
}

void Form::add_unless_empty(std::string_view name, std::string_view value) {
    if (!value.empty())
        add(name, value);
}

void Form::add_list(std::string_view name, const std::vector<std::string>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        add(fmt::format("{}.{}", name, i + 1), values[i]);
}

void Form::add_document(const std::string& name, const Document& value) {
    if (const auto* list = value.as_array()) {
        // A map is written as a list of its entries, and has that name already.
        const bool is_map = name.ends_with(".entry");
        for (std::size_t i = 0; i < list->size(); ++i)
            add_document(fmt::format("{}{}.{}", name, is_map ? "" : ".member", i + 1), (*list)[i]);
    } else if (const auto* members = value.as_object()) {
        for (const auto& [key, member] : *members)
            add_document(fmt::format("{}.{}", name, key), member);
    } else if (const auto text = value.as_string()) {
        if (!text->empty() || means_empty(name))
            add(name, *text);
    } else if (!value.is_null()) {
        add(name, to_text(value));
    }
}

} // namespace elastiroll::aws
