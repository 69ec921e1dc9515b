#pragma once

#include "spec/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// The most bytes that expressions of one workflow may become in all. Our choice: a thousand times
/// a large group document's texts; without it a big file named often would fill the memory.
inline constexpr std::size_t expanded_bytes_max = std::size_t{16} * 1024 * 1024;

/// Whether `text` may be a NAME in `${var.NAME}` and `${file.NAME}`.
bool is_expression_name(std::string_view text) noexcept;

/// What an expression may stand for.
struct ScopeValue {
    /// Empty: it is known but its file was not read; said only where it is used.
    std::optional<std::string> text{};
    bool is_secret = false;
    std::string file{}; ///< the path of the file it is read from; empty where it is none
};

/// The values that expressions refer to, under their full name (`var.NAME`). A `file_base64.NAME`
/// is found through its `file.NAME`.
struct Scope {
    std::map<std::string, ScopeValue, std::less<>> values{};
    /// What to do about an unknown name, where that is more than to define it; may be empty.
    std::string unknown_fix{};

    /// Null where `name` is unknown.
    const ScopeValue* find(std::string_view name) const noexcept;
    /// Every name that may be written, sorted.
    std::vector<std::string> names() const;
};

/// Which `${` are ours.
enum class ExpressionStyle : std::uint8_t {
    strict, ///< all of them; `$${` is a literal `${`
    shell,  ///< only those that begin with one of our namespaces (`${var.`); the rest stays
};

/// A text with its expressions replaced.
struct Expansion {
    std::string text{};
    bool is_whole = true;    ///< whether every expression could be replaced; else it is a finding
    bool has_secret = false; ///< whether a secret value was put into it
};

/// Replaces expressions, and counts what that makes. Borrows both: the scope may grow between two
/// calls.
class Expander {
public:
    Expander(const Scope& scope, Findings& findings) : scope_(&scope), findings_(&findings) {}

    /// `source` with its expressions replaced. What cannot be replaced is a finding at its path
    /// and left out. `origin` says where in `source.path` the text is from (a file's name); may be
    /// empty.
    Expansion expand(const Text& source, ExpressionStyle style, std::string_view origin = {});

    /// The full names that were asked for, known or not.
    const std::set<std::string, std::less<>>& used() const noexcept { return used_; }

private:
    void replace(std::string_view name, const Text& source, std::string_view where, Expansion& out);
    void append(std::string_view bytes, const Text& source, Expansion& out);

    const Scope* scope_;
    Findings* findings_;
    std::set<std::string, std::less<>> used_{};
    std::size_t expanded_bytes_ = 0;
};

} // namespace elastiroll
