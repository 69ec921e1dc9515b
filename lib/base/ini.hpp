#pragma once

#include <elastiroll/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

struct IniProperty {
    std::string name{}; ///< in lower case
    std::string value{};
    bool operator==(const IniProperty&) const = default;
};

struct IniSection {
    std::string name{}; ///< what stands between the brackets, trimmed
    std::vector<IniProperty> properties{};

    /// Null where there is no such property.
    const std::string* find(std::string_view wanted) const noexcept;
    bool operator==(const IniSection&) const = default;
};

struct IniFile {
    std::vector<IniSection> sections{};

    const IniSection* find(std::string_view wanted) const noexcept;
    bool operator==(const IniFile&) const = default;
};

/// A file as AWS's and Spot's tools write their settings: `[section]`, `name = value`, comments
/// from `#` or `;` at a line's begin or after white space; a line that begins with white space goes
/// on with the value before, after a line feed. Sections and properties of one name are one; the
/// last value counts. Source: AWS SDKs and tools reference, "Format of the shared config file".
///
/// Fails with invalid_argument, naming the line but nothing that stands in it, which may be secret.
Result<IniFile> parse_ini(std::string_view text);

} // namespace elastiroll
