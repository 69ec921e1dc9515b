#include "base/reader.hpp"

#include <fmt/format.h>

#include <limits>

namespace elastiroll {
namespace {

const Document null_document;

} // namespace

void Reader::complain(std::string_view key, std::string_view what) const {
    if (*error_)
        return;
    *error_ = Error{.category = ErrorCategory::protocol,
                    .message = fmt::format("{}{}{} {}", path_, key.empty() ? "" : ".", key, what)};
}

bool Reader::has(std::string_view key) const noexcept {
    const Document* member = document_->find(key);
    return member && !member->is_null();
}

const Document* Reader::find(std::string_view key, std::string_view wanted) const {
    const Document* member = document_->find(key);
    if (!member)
        complain(key, fmt::format("is missing; {} was expected", wanted));
    return member;
}

std::string Reader::text(std::string_view key) const {
    const Document* member = find(key, "a text");
    if (member && !member->is_string())
        complain(key, "is no text");
    return member ? std::string(member->as_string().value_or("")) : std::string();
}

std::string Reader::text_or_empty(std::string_view key) const {
    return has(key) ? text(key) : std::string();
}

std::int64_t Reader::integer(std::string_view key) const {
    const Document* member = find(key, "an integer");
    const auto value = member ? member->as_integer() : std::nullopt;
    if (member && !value)
        complain(key, "is no integer");
    return value.value_or(0);
}

int Reader::small(std::string_view key) const {
    const std::int64_t value = integer(key);
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
        complain(key, "is too large");
        return 0;
    }
    return static_cast<int>(value);
}

bool Reader::boolean(std::string_view key) const {
    const Document* member = find(key, "true or false");
    const auto value = member ? member->as_boolean() : std::nullopt;
    if (member && !value)
        complain(key, "is neither true nor false");
    return value.value_or(false);
}

TimePoint Reader::time(std::string_view key) const {
    const auto value = parse_time(text(key));
    if (!value)
        complain(key, "is no RFC 3339 time");
    return value ? *value : TimePoint();
}

Milliseconds Reader::milliseconds(std::string_view key) const { return Milliseconds(integer(key)); }

Document Reader::document(std::string_view key) const {
    const Document* member = document_->find(key);
    return member ? *member : Document();
}

Reader Reader::member(std::string_view key) const {
    const Document* member = find(key, "an object");
    if (member && !member->is_object())
        complain(key, "is no object");
    return {member ? *member : null_document, fmt::format("{}.{}", path_, key), error_};
}

std::string Reader::item_path(std::string_view key, std::size_t index) const {
    return fmt::format("{}.{}[{}]", path_, key, index);
}

std::string Reader::item_text() const {
    if (!document_->is_string())
        complain("", "is no text");
    return std::string(document_->as_string().value_or(""));
}

Milliseconds Reader::item_milliseconds() const {
    const auto value = document_->as_integer();
    if (!value)
        complain("", "is no integer");
    return Milliseconds(value.value_or(0));
}

} // namespace elastiroll
