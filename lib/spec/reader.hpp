#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// The most findings told at once: more say nothing that these do not.
inline constexpr std::size_t findings_max = 100;

/// What is wrong with an input, collected so that all of it is told at once.
class Findings {
public:
    void add(std::string path, std::string message, std::string fix = {});
    bool empty() const noexcept { return details_.empty(); }
    /// The findings in the order in which they were made; beyond findings_max one that counts the
    /// rest.
    std::vector<ErrorDetail> take() &&;

private:
    std::vector<ErrorDetail> details_{};
    std::size_t left_out_ = 0;
};

/// `$.a` and `b` give `$.a.b`; a key that is no plain word gives `$.a['b c']`.
std::string member_path(std::string_view parent, std::string_view key);
/// `$.a` and 2 give `$.a[2]`.
std::string item_path(std::string_view parent, std::size_t index);

/// What a value is, for a sentence: `the text "ten"`, `the number 3.5`, `null`, `a list`. Not for
/// values that may be secret.
std::string describe(const Document& value);

/// `write "<nearest>"`, or the candidates where none is near; empty where there are none.
std::string fix_for_word(std::string_view word, std::span<const std::string_view> candidates);

/// A text of the user's document and where it stands.
struct Text {
    std::string text{};
    std::string path{};

    bool operator==(const Text&) const = default;
};

struct IntegerRange {
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
};

struct DurationRange {
    Milliseconds minimum{0};
    Milliseconds maximum{0};
};

/// Reads the members of one object. What is absent is empty and no finding unless it was asked for
/// with require(); what is present and wrong is empty and a finding.
///
/// Borrows all that it is given.
class ObjectReader {
public:
    /// Finds fault with a value that is no object and with keys that are not in `known`.
    ObjectReader(const Document& value, std::string path, std::span<const std::string_view> known,
                 Findings& findings);

    const std::string& path() const noexcept { return path_; }
    std::string path_of(std::string_view key) const { return member_path(path_, key); }
    Findings& findings() const noexcept { return *findings_; }

    /// Whether the value is an object at all.
    bool is_object() const noexcept { return object_ != nullptr; }
    /// The member; null where there is none.
    const Document* member(std::string_view key) const noexcept;
    /// Finds fault where `key` is missing. Whether it is there.
    bool require(std::string_view key, std::string fix = {}) const;

    /// A string of 1..bytes_max bytes.
    std::optional<Text> text(std::string_view key, std::size_t bytes_max) const;
    std::optional<bool> boolean(std::string_view key) const;
    std::optional<std::int64_t> integer(std::string_view key, IntegerRange range) const;
    std::optional<Milliseconds> duration(std::string_view key, DurationRange range) const;
    /// One of `words`; the result points into them.
    std::optional<std::string_view> choice(std::string_view key,
                                           std::span<const std::string_view> words) const;
    /// A list of at most `count_max`; null where it is absent or wrong.
    const Document::Array* list(std::string_view key, std::size_t count_max) const;
    /// An object of at most `count_max` members, whose keys are the user's own names.
    const Document::Object* entries(std::string_view key, std::size_t count_max) const;

private:
    void expected(std::string_view key, std::string_view what, const Document& found) const;

    const Document* object_ = nullptr;
    std::string path_;
    Findings* findings_;
};

} // namespace elastiroll
