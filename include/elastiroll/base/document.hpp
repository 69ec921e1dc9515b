#pragma once

#include <elastiroll/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll {

/// What parsing accepts. Each bound exists so that a hostile or broken input ends in an Error.
struct DocumentLimits {
    std::size_t bytes_max =
        std::size_t{16} * 1024 * 1024; ///< Spot's largest group lists are a few megabytes
    int depth_max = 64;                ///< real group documents nest 10 deep; at most 1000

    bool operator==(const DocumentLimits&) const = default;
};

/// A JSON text as a value (RFC 8259).
///
/// What the library does not understand survives a round trip digit for digit: a number is kept as
/// its text, members keep their order, null is a value and differs from an absent member.
/// Regular: copyable, movable, comparable. Equality is exact: order of members and digits count
/// (canonical_text() is for comparing regardless of order).
class Document {
public:
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    /// A number as its JSON text.
    struct Number {
        std::string text{};
        bool operator==(const Number&) const = default;
    };
    struct Member;
    using Array = std::vector<Document>;
    using Object = std::vector<Member>;

    Document() noexcept;               ///< null
    Document(std::nullptr_t) noexcept; // NOLINT(google-explicit-constructor): a literal
    Document(bool value) noexcept;     // NOLINT(google-explicit-constructor): a literal
    Document(int value);               // NOLINT(google-explicit-constructor): a literal
    Document(std::int64_t value);      // NOLINT(google-explicit-constructor): a literal
    Document(std::string value);       // NOLINT(google-explicit-constructor): a literal
    Document(std::string_view value);  // NOLINT(google-explicit-constructor): a literal
    Document(const char* value);       // NOLINT(google-explicit-constructor): a literal
    Document(Array items);             // NOLINT(google-explicit-constructor): a literal
    Document(Object members);          // NOLINT(google-explicit-constructor): a literal
    /// A pointer (what find() returns) would become a boolean without a word.
    template <class T> Document(const T*) = delete;

    Document(const Document&);
    Document(Document&&) noexcept;
    Document& operator=(const Document&);
    Document& operator=(Document&&) noexcept;
    ~Document();

    struct Field;
    /// `Document::object({{"a", 1}, {"b", nullptr}})`. A key given twice keeps the last value.
    static Document object(std::initializer_list<Field> fields = {});
    static Document array(std::initializer_list<Document> items = {});
    /// Fails with invalid_argument where `text` is not a JSON number.
    static Result<Document> number(std::string_view text);

    Kind kind() const noexcept;
    bool is_null() const noexcept { return kind() == Kind::null; }
    bool is_object() const noexcept { return kind() == Kind::object; }
    bool is_array() const noexcept { return kind() == Kind::array; }
    bool is_string() const noexcept { return kind() == Kind::string; }
    bool is_number() const noexcept { return kind() == Kind::number; }

    std::optional<bool> as_boolean() const noexcept;
    /// The number as an integer: only where it is written as one and fits (`3`, not `3.0` or
    /// `3e0`).
    std::optional<std::int64_t> as_integer() const noexcept;
    /// The text of a string; points into this value.
    std::optional<std::string_view> as_string() const noexcept;
    /// The digits of a number as they were written; points into this value.
    std::optional<std::string_view> as_number_text() const noexcept;
    const Array* as_array() const noexcept;   ///< null where this is no array
    Array* as_array() noexcept;               ///< null where this is no array
    const Object* as_object() const noexcept; ///< null where this is no object
    Object* as_object() noexcept;             ///< null where this is no object

    /// The member `key`; null where there is none or this is no object.
    const Document* find(std::string_view key) const noexcept;
    Document* find(std::string_view key) noexcept;
    /// The member at the end of `keys`; null where one of them is missing.
    const Document* find_path(std::initializer_list<std::string_view> keys) const noexcept;
    Document* find_path(std::initializer_list<std::string_view> keys) noexcept;

    /// Sets member `key`, in its place where it exists, else at the end. Null becomes an object.
    /// Must be null or an object. Returns the member.
    Document& set(std::string_view key, Document value);
    /// Removes member `key`; whether there was one.
    bool erase(std::string_view key);
    /// Becomes the string `text`; the same as assigning one, without making it twice.
    void set_text(std::string_view text);
    /// Appends to an array. Null becomes an array. Must be null or an array.
    Document& push_back(Document item);

    bool operator==(const Document& other) const;

private:
    std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

/// A member of an object.
struct Document::Member {
    std::string key{};
    Document value{};
    bool operator==(const Member&) const = default;
};

/// A member to be, as object() takes it: it moves the value out, which a std::pair in an
/// initializer list would not let it do.
struct Document::Field {
    std::string_view key{};
    mutable Document value{}; ///< mutable for the move alone
};

// Here because a Member must be complete before a Document can be made or destroyed.
inline Document::Document() noexcept = default;
inline Document::Document(std::nullptr_t) noexcept {}
inline Document::~Document() = default;

/// The text that `value` is; empty where it is null or no string. Points into the document.
std::string_view text_at(const Document* value) noexcept;
/// The text member `key` of `object`; empty where there is none. Points into the document.
std::string_view text_at(const Document& object, std::string_view key) noexcept;

/// Reads one JSON text. Fails with invalid_argument; the error has one detail whose path is
/// `line:column` (both from 1, columns in bytes) and whose message says what was expected.
/// A key that appears twice in one object is refused: no two readers agree on what it means.
Result<Document> parse_document(std::string_view text, const DocumentLimits& limits = {});

/// JSON on one line, no spaces. Bytes of a string that are not UTF-8 are written as U+FFFD, here
/// and below, so that the text is JSON whatever a program put in.
std::string to_text(const Document& document);

/// JSON for people: two spaces per level, a line per member, ends without a line feed.
std::string to_pretty_text(const Document& document);

/// JSON on one line with the members of every object sorted by key (bytewise): equal for documents
/// that differ only in the order of members. What digests are made over.
std::string canonical_text(const Document& document);

/// Bytes this value holds on the heap, roughly: for budgets, not for accounting.
std::size_t heap_bytes(const Document& document) noexcept;

} // namespace elastiroll
