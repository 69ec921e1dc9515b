#include <elastiroll/base/document.hpp>

#include "base/number.hpp"
#include "base/quote.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <type_traits>

namespace elastiroll {
namespace {

/// What a std::string of `text` takes on the heap; short ones live inside the string itself.
std::size_t text_heap_bytes(std::string_view text) noexcept {
    return text.size() > std::string{}.capacity() ? text.size() + 1 : 0;
}

} // namespace

Document::Document(bool value) noexcept : value_(value) {}
Document::Document(int value) : Document(std::int64_t{value}) {}
Document::Document(std::int64_t value) : value_(Number{fmt::format_int(value).str()}) {}
Document::Document(std::string value) : value_(std::move(value)) {}
Document::Document(std::string_view value) : value_(std::string(value)) {}
Document::Document(const char* value) : value_(std::string(value)) {}
Document::Document(Array items) : value_(std::move(items)) {}
Document::Document(Object members) : value_(std::move(members)) {}

Document::Document(const Document&) = default;
// Not inline: gcc 12 then warns, wrongly, about what a moved null does not hold.
Document::Document(Document&&) noexcept = default;

// What is assigned may be a part of what it is assigned to, so it is taken out first.
Document& Document::operator=(const Document& other) {
    Document copy(other);
    value_ = std::move(copy.value_);
    return *this;
}
Document& Document::operator=(Document&& other) noexcept {
    Document taken(std::move(other));
    value_ = std::move(taken.value_);
    return *this;
}

Document Document::object(std::initializer_list<Field> fields) {
    Document document{Object{}};
    document.as_object()->reserve(fields.size());
    for (const Field& field : fields)
        document.set(field.key, std::move(field.value));
    return document;
}

Document Document::array(std::initializer_list<Document> items) { return Array(items); }

Result<Document> Document::number(std::string_view text) {
    if (!is_json_number(text))
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("expected a JSON number, got {}", quote(text)));
    Document document;
    document.value_ = Number{std::string(text)};
    return document;
}

Document::Kind Document::kind() const noexcept {
    static_assert(std::is_same_v<std::variant_alternative_t<5, decltype(value_)>, Object>);
    return static_cast<Kind>(value_.index());
}

std::optional<bool> Document::as_boolean() const noexcept {
    if (const bool* value = std::get_if<bool>(&value_))
        return *value;
    return std::nullopt;
}

std::optional<std::int64_t> Document::as_integer() const noexcept {
    const Number* number = std::get_if<Number>(&value_);
    return number ? parse_integer(number->text) : std::nullopt;
}

std::optional<std::string_view> Document::as_string() const noexcept {
    if (const std::string* text = std::get_if<std::string>(&value_))
        return *text;
    return std::nullopt;
}

std::optional<std::string_view> Document::as_number_text() const noexcept {
    if (const Number* number = std::get_if<Number>(&value_))
        return number->text;
    return std::nullopt;
}

const Document::Array* Document::as_array() const noexcept { return std::get_if<Array>(&value_); }
Document::Array* Document::as_array() noexcept { return std::get_if<Array>(&value_); }
const Document::Object* Document::as_object() const noexcept {
    return std::get_if<Object>(&value_);
}
Document::Object* Document::as_object() noexcept { return std::get_if<Object>(&value_); }

const Document* Document::find(std::string_view key) const noexcept {
    const Object* members = as_object();
    if (!members)
        return nullptr;
    const auto found = std::ranges::find(*members, key, &Member::key);
    return found == members->end() ? nullptr : &found->value;
}

Document* Document::find(std::string_view key) noexcept {
    return const_cast<Document*>(std::as_const(*this).find(key)); // NOLINT: this is not const
}

const Document* Document::find_path(std::initializer_list<std::string_view> keys) const noexcept {
    const Document* at = this;
    for (const std::string_view key : keys) {
        at = at->find(key);
        if (!at)
            return nullptr;
    }
    return at;
}

Document* Document::find_path(std::initializer_list<std::string_view> keys) noexcept {
    return const_cast<Document*>( // NOLINT: this is not const
        std::as_const(*this).find_path(keys));
}

Document& Document::set(std::string_view key, Document value) {
    Object* members = as_object();
    if (!members) {
        assert(is_null());
        members = &value_.emplace<Object>();
    }
    if (Document* present = find(key)) {
        *present = std::move(value);
        return *present;
    }
    members->push_back(Member{.key = std::string(key), .value = std::move(value)});
    return members->back().value;
}

bool Document::erase(std::string_view key) {
    Object* members = as_object();
    if (!members)
        return false;
    const auto found = std::ranges::find(*members, key, &Member::key);
    if (found == members->end())
        return false;
    members->erase(found);
    return true;
}

void Document::set_text(std::string_view text) {
    // It may be a part of this, so it is copied before anything goes.
    std::string copy(text);
    value_.emplace<std::string>(std::move(copy));
}

Document& Document::push_back(Document item) {
    Array* items = as_array();
    if (!items) {
        assert(is_null());
        items = &value_.emplace<Array>();
    }
    items->push_back(std::move(item));
    return items->back();
}

bool Document::operator==(const Document& other) const { return value_ == other.value_; }

std::size_t heap_bytes(const Document& document) noexcept {
    std::size_t bytes = 0;
    if (const Document::Array* items = document.as_array()) {
        bytes = items->capacity() * sizeof(Document);
        for (const Document& item : *items)
            bytes += heap_bytes(item);
    } else if (const Document::Object* members = document.as_object()) {
        bytes = members->capacity() * sizeof(Document::Member);
        for (const Document::Member& member : *members)
            bytes += text_heap_bytes(member.key) + heap_bytes(member.value);
    } else if (const auto text = document.as_string()) {
        bytes = text_heap_bytes(*text);
    } else if (const auto digits = document.as_number_text()) {
        bytes = text_heap_bytes(*digits);
    }
    return bytes;
}

std::string_view text_at(const Document* value) noexcept {
    return value ? value->as_string().value_or(std::string_view()) : std::string_view();
}

std::string_view text_at(const Document& object, std::string_view key) noexcept {
    return text_at(object.find(key));
}

} // namespace elastiroll
