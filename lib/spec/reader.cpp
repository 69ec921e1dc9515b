#include "spec/reader.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace elastiroll {
namespace {

/// Longer texts are not repeated in messages.
constexpr std::size_t quoted_bytes_max = 60;

bool is_plain_word(std::string_view key) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '$';
    };
    return !key.empty() && std::ranges::all_of(key, is_plain);
}

/// What kind a value is, without a word of its content.
std::string_view kind_of(const Document& value) {
    switch (value.kind()) {
    case Document::Kind::null: return "null";
    case Document::Kind::boolean: return "true or false";
    case Document::Kind::number: return "a number";
    case Document::Kind::string: return "a text";
    case Document::Kind::array: return "a list";
    case Document::Kind::object: return "an object";
    }
    return "";
}

std::string quote_all(std::span<const std::string_view> words) {
    std::vector<std::string> quoted;
    for (const std::string_view word : words)
        quoted.push_back(fmt::format("\"{}\"", word));
    return join(quoted, ", ");
}

} // namespace

void Findings::add(std::string path, std::string message, std::string fix) {
    if (details_.size() == findings_max) {
        ++left_out_;
        return;
    }
    details_.push_back(
        ErrorDetail{.path = std::move(path), .message = std::move(message), .fix = std::move(fix)});
}

std::vector<ErrorDetail> Findings::take() && {
    if (left_out_ > 0)
        details_.push_back(
            ErrorDetail{.path = "$", .message = fmt::format("and {} more", left_out_)});
    return std::move(details_);
}

std::string member_path(std::string_view parent, std::string_view key) {
    if (is_plain_word(key))
        return fmt::format("{}.{}", parent, key);
    return fmt::format("{}['{}']", parent, key);
}

std::string item_path(std::string_view parent, std::size_t index) {
    return fmt::format("{}[{}]", parent, index);
}

std::string describe(const Document& value) {
    if (const auto text = value.as_string())
        return text->size() <= quoted_bytes_max ? fmt::format("the text \"{}\"", *text) : "a text";
    if (const auto number = value.as_number_text())
        return number->size() <= quoted_bytes_max ? fmt::format("the number {}", *number)
                                                  : "a number";
    if (const auto truth = value.as_boolean())
        return *truth ? "true" : "false";
    return std::string(kind_of(value));
}

std::string fix_for_word(std::string_view word, std::span<const std::string_view> candidates) {
    if (const auto nearest = nearest_word(word, candidates))
        return fmt::format("write \"{}\"", *nearest);
    constexpr std::size_t listed_max = 30;
    if (candidates.empty())
        return {};
    if (candidates.size() == 1)
        return fmt::format("write \"{}\"", candidates.front());
    if (candidates.size() > listed_max)
        return fmt::format("one of {}, ...", quote_all(candidates.first(listed_max)));
    return fmt::format("one of {}", quote_all(candidates));
}

ObjectReader::ObjectReader(const Document& value, std::string path,
                           std::span<const std::string_view> known, Findings& findings)
    : path_(std::move(path)), findings_(&findings) {
    const Document::Object* members = value.as_object();
    if (members == nullptr) {
        findings_->add(path_, fmt::format("expected an object, found {}", kind_of(value)));
        return;
    }
    object_ = &value;
    for (const auto& member : *members)
        if (std::ranges::find(known, member.key) == known.end())
            findings_->add(path_of(member.key), fmt::format("unknown key \"{}\"", member.key),
                           fix_for_word(member.key, known));
}

const Document* ObjectReader::member(std::string_view key) const noexcept {
    return object_ == nullptr ? nullptr : object_->find(key);
}

bool ObjectReader::require(std::string_view key, std::string fix) const {
    if (object_ == nullptr)
        return false; // already found fault with
    if (object_->find(key) != nullptr)
        return true;
    findings_->add(path_of(key), fmt::format("\"{}\" is missing", key), std::move(fix));
    return false;
}

void ObjectReader::expected(std::string_view key, std::string_view what,
                            const Document& found) const {
    findings_->add(path_of(key), fmt::format("expected {}, found {}", what, describe(found)),
                   found.is_null() ? "leave the key out for its default" : "");
}

std::optional<Text> ObjectReader::text(std::string_view key, std::size_t bytes_max) const {
    const Document* value = member(key);
    if (value == nullptr)
        return std::nullopt;
    const auto text = value->as_string();
    if (!text) { // may be a secret: only its kind is told
        findings_->add(path_of(key), fmt::format("expected a text, found {}", kind_of(*value)));
        return std::nullopt;
    }
    if (text->empty() || text->size() > bytes_max) {
        findings_->add(path_of(key), fmt::format("expected 1 to {} bytes of text, found {}",
                                                 bytes_max, text->size()));
        return std::nullopt;
    }
    return Text{.text = std::string(*text), .path = path_of(key)};
}

std::optional<bool> ObjectReader::boolean(std::string_view key) const {
    const Document* value = member(key);
    if (value == nullptr)
        return std::nullopt;
    if (!value->as_boolean())
        expected(key, "true or false", *value);
    return value->as_boolean();
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view key, IntegerRange range) const {
    const Document* value = member(key);
    if (value == nullptr)
        return std::nullopt;
    const auto number = value->as_integer();
    if (number && *number >= range.minimum && *number <= range.maximum)
        return number;
    expected(key, fmt::format("a whole number from {} to {}", range.minimum, range.maximum),
             *value);
    return std::nullopt;
}

std::optional<Milliseconds> ObjectReader::duration(std::string_view key,
                                                   DurationRange range) const {
    const Document* value = member(key);
    if (value == nullptr)
        return std::nullopt;
    if (const auto text = value->as_string()) {
        const auto parsed = parse_duration(*text);
        if (parsed && *parsed >= range.minimum && *parsed <= range.maximum)
            return *parsed;
    }
    findings_->add(path_of(key),
                   fmt::format("expected a duration from {} to {}, found {}",
                               duration_text(range.minimum), duration_text(range.maximum),
                               describe(*value)),
                   "a whole number and a unit, in quotes: \"500ms\", \"30s\", \"20m\", \"24h\", "
                   "\"7d\"");
    return std::nullopt;
}

std::optional<std::string_view>
ObjectReader::choice(std::string_view key, std::span<const std::string_view> words) const {
    const Document* value = member(key);
    if (value == nullptr)
        return std::nullopt;
    const auto text = value->as_string();
    const auto found = text ? std::ranges::find(words, *text) : words.end();
    if (found != words.end())
        return *found;
    findings_->add(path_of(key),
                   fmt::format("expected one of {}, found {}", quote_all(words), describe(*value)),
                   text && nearest_word(*text, words) ? fix_for_word(*text, words) : "");
    return std::nullopt;
}

const Document::Array* ObjectReader::list(std::string_view key, std::size_t count_max) const {
    const Document* value = member(key);
    if (value == nullptr)
        return nullptr;
    const Document::Array* items = value->as_array();
    if (items == nullptr) {
        expected(key, "a list", *value);
    } else if (items->size() > count_max) {
        findings_->add(path_of(key), fmt::format("expected at most {} entries, found {}", count_max,
                                                 items->size()));
        return nullptr;
    }
    return items;
}

const Document::Object* ObjectReader::entries(std::string_view key, std::size_t count_max) const {
    const Document* value = member(key);
    if (value == nullptr)
        return nullptr;
    const Document::Object* members = value->as_object();
    if (members == nullptr) {
        findings_->add(path_of(key), fmt::format("expected an object, found {}", kind_of(*value)));
    } else if (members->size() > count_max) {
        findings_->add(path_of(key), fmt::format("expected at most {} entries, found {}", count_max,
                                                 members->size()));
        return nullptr;
    }
    return members;
}

} // namespace elastiroll
