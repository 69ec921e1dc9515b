#include "base/ini.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace elastiroll {
namespace {

/// A settings file of people has some kilobytes.
constexpr std::size_t bytes_max = std::size_t{4} * 1024 * 1024;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

bool is_comment_mark(char c) noexcept { return c == '#' || c == ';'; }

/// Without a comment at its end. A `#` inside a word is part of it: secrets have such.
std::string_view without_comment(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_comment_mark(text[i]) && (i == 0 || is_blank(text[i - 1])))
            return text.substr(0, i);
    }
    return text;
}

IniSection& section_called(IniFile& file, std::string_view name) {
    const auto found = std::ranges::find(file.sections, name, &IniSection::name);
    if (found != file.sections.end())
        return *found;
    file.sections.push_back({std::string(name), {}});
    return file.sections.back();
}

/// The value, for lines that go on with it.
std::string& set(IniSection& section, std::string name, std::string_view value) {
    auto& all = section.properties;
    auto found = std::ranges::find(all, name, &IniProperty::name);
    if (found == all.end())
        found = all.insert(all.end(), {std::move(name), {}});
    found->value = value;
    return found->value;
}

} // namespace

const std::string* IniSection::find(std::string_view wanted) const noexcept {
    const auto found = std::ranges::find(properties, wanted, &IniProperty::name);
    return found == properties.end() ? nullptr : &found->value;
}

const IniSection* IniFile::find(std::string_view wanted) const noexcept {
    const auto found = std::ranges::find(sections, wanted, &IniSection::name);
    return found == sections.end() ? nullptr : &*found;
}

Result<IniFile> parse_ini(std::string_view text) {
    const auto refuse = [](int line, std::string_view what) {
        return fail(ErrorCategory::invalid_argument, fmt::format("line {}: {}", line, what));
    };
    if (text.size() > bytes_max)
        return refuse(1, "the file is too long for settings");
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    IniFile file;
    IniSection* section = nullptr;
    std::string* value = nullptr; // of the property before, good until the section gets another
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const std::string_view whole = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const std::string_view line = trimmed(without_comment(whole));
        if (line.empty())
            continue;
        if (is_blank(whole.front()) && value) {
            value->append("\n").append(line);
            continue;
        }
        if (line.front() == '[') {
            if (line.back() != ']')
                return refuse(number, "a section's name ends in `]`");
            section = &section_called(file, trimmed(line.substr(1, line.size() - 2)));
            value = nullptr;
            continue;
        }
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0)
            return refuse(number, "it is neither `[section]` nor `name = value`");
        if (!section)
            return refuse(number, "it stands before the first section");
        value = &set(*section, to_lower(trimmed(line.substr(0, equals))),
                     trimmed(line.substr(equals + 1)));
    }
    return file;
}

} // namespace elastiroll
