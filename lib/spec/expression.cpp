#include "spec/expression.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace elastiroll {
namespace {

constexpr std::string_view file_namespace = "file.";
constexpr std::string_view file_base64_namespace = "file_base64.";

/// With the dot: no shell has a `${name.` of its own, so these cannot be meant for one.
constexpr std::array<std::string_view, 8> namespaces{
    "app.", "service.", "env.", "infrastructure.", "workflow.", "var.", "file.", "file_base64.",
};

bool is_ours(std::string_view after_brace) {
    return std::ranges::any_of(
        namespaces, [&](std::string_view name) { return after_brace.starts_with(name); });
}

std::size_t line_of(std::string_view text, std::size_t position) {
    const auto before = text.substr(0, position);
    return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

/// `in boot.sh, line 3: `, as much of it as says something.
std::string place(std::string_view origin, std::string_view text, std::size_t position) {
    std::string where;
    if (!origin.empty())
        where = fmt::format("in {}", origin);
    if (text.find('\n') != std::string_view::npos)
        where += fmt::format("{}line {}", where.empty() ? "" : ", ", line_of(text, position));
    return where.empty() ? where : where + ": ";
}

std::string shown(std::string_view name) {
    constexpr std::size_t shown_bytes_max = 80;
    return std::string(name.substr(0, shown_bytes_max)) +
           (name.size() > shown_bytes_max ? "..." : "");
}

} // namespace

bool is_expression_name(std::string_view text) noexcept {
    constexpr std::size_t bytes_max = 64;
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto is_allowed = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= bytes_max && is_letter(text.front()) &&
           std::ranges::all_of(text, is_allowed);
}

const ScopeValue* Scope::find(std::string_view name) const noexcept {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
}

std::vector<std::string> Scope::names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : values) {
        names.push_back(name);
        if (name.starts_with(file_namespace))
            names.push_back(std::string(file_base64_namespace) +
                            name.substr(file_namespace.size()));
    }
    std::ranges::sort(names);
    return names;
}

Expansion Expander::expand(const Text& source, ExpressionStyle style, std::string_view origin) {
    const std::string_view text = source.text;
    Expansion out;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t dollar = std::min(text.find('$', at), text.size());
        out.text += text.substr(at, dollar - at);
        const std::string_view rest = text.substr(dollar);
        const bool is_strict = style == ExpressionStyle::strict;
        if (rest.starts_with("$${") && (is_strict || is_ours(rest.substr(3)))) {
            out.text += "${";
            at = dollar + 3;
        } else if (rest.starts_with("${") && (is_strict || is_ours(rest.substr(2)))) {
            const std::size_t end = rest.find('}');
            if (end == std::string_view::npos) {
                findings_->add(source.path, place(origin, text, dollar) + "\"${\" has no \"}\"",
                               "write $${ where ${ is meant as it stands");
                out.is_whole = false;
                return out;
            }
            replace(rest.substr(2, end - 2), source, place(origin, text, dollar), out);
            at = dollar + end + 1;
        } else {
            out.text += rest.substr(0, 1);
            at = dollar + std::min<std::size_t>(1, rest.size());
        }
    }
    return out;
}

void Expander::replace(std::string_view name, const Text& source, std::string_view where,
                       Expansion& out) {
    used_.emplace(name);
    const bool was_whole = std::exchange(out.is_whole, false);
    const bool is_base64 = name.starts_with(file_base64_namespace);
    const ScopeValue* value =
        is_base64 ? scope_->find(std::string(file_namespace) +
                                 std::string(name.substr(file_base64_namespace.size())))
                  : scope_->find(name);
    if (value == nullptr) {
        const auto known = scope_->names();
        const std::vector<std::string_view> candidates(known.begin(), known.end());
        const auto nearest = nearest_word(name, candidates);
        findings_->add(source.path, fmt::format("{}unknown name in ${{{}}}", where, shown(name)),
                       nearest ? fmt::format("write ${{{}}}", *nearest)
                       : !scope_->unknown_fix.empty()
                           ? scope_->unknown_fix
                           : fmt::format("define it, or write $${{{}}} where it is meant as "
                                         "it stands; known: {}",
                                         shown(name), join(known, ", ")));
        return;
    }
    if (!value->text) {
        findings_->add(source.path,
                       fmt::format("{}${{{}}} needs the file {}, which was not read", where,
                                   shown(name), value->file),
                       "hand its bytes over with the document");
        return;
    }
    out.is_whole = was_whole;
    out.has_secret = out.has_secret || value->is_secret;
    append(is_base64 ? encode_base64(*value->text) : *value->text, source, out);
}

void Expander::append(std::string_view bytes, const Text& source, Expansion& out) {
    const bool was_within = expanded_bytes_ <= expanded_bytes_max;
    expanded_bytes_ += bytes.size();
    if (expanded_bytes_ <= expanded_bytes_max)
        out.text += bytes;
    else
        out.is_whole = false;
    if (was_within && !out.is_whole && expanded_bytes_ > expanded_bytes_max)
        findings_->add(source.path, fmt::format("the expressions of this workflow become more "
                                                "than {} bytes",
                                                expanded_bytes_max));
}

} // namespace elastiroll
