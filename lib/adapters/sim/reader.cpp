#include "adapters/sim/reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <elastiroll/base/text.hpp>

namespace elastiroll::sim {
namespace {

Result<Milliseconds> duration_of(const Document& value) {
    if (const auto text = value.as_string())
        return parse_duration(*text);
    return fail(ErrorCategory::invalid_argument, "a duration is a text such as \"30s\"");
}

} // namespace

ObjectReader::ObjectReader(const Document& object, std::string path, Findings& findings)
    : object_(&object), path_(std::move(path)), findings_(&findings) {
    if (!object.is_object())
        findings.push_back({.path = path_, .message = "must be an object"});
}

const Document* ObjectReader::find(std::string_view key) {
    if (std::ranges::find(known_, key) == known_.end())
        known_.push_back(key);
    const Document* member = object_->find(key);
    return member && !member->is_null() ? member : nullptr;
}

std::optional<std::string> ObjectReader::text(std::string_view key) {
    const Document* member = find(key);
    if (!member)
        return std::nullopt;
    const auto value = member->as_string();
    if (!value) {
        report(key, "must be a text");
        return std::nullopt;
    }
    return std::string(*value);
}

std::optional<bool> ObjectReader::boolean(std::string_view key) {
    const Document* member = find(key);
    if (!member)
        return std::nullopt;
    const auto value = member->as_boolean();
    if (!value)
        report(key, "must be true or false");
    return value;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view key, IntegerRange range) {
    const Document* member = find(key);
    if (!member)
        return std::nullopt;
    const auto value = member->as_integer();
    if (!value || *value < range.min || *value > range.max) {
        report(key, fmt::format("must be a whole number from {} to {}", range.min, range.max));
        return std::nullopt;
    }
    return value;
}

std::optional<Milliseconds> ObjectReader::duration(std::string_view key) {
    const Document* member = find(key);
    if (!member)
        return std::nullopt;
    const auto value = duration_of(*member);
    if (!value) {
        report(key, value.error().message);
        return std::nullopt;
    }
    return *value;
}

std::optional<Span> ObjectReader::span(std::string_view key) {
    const Document* member = find(key);
    if (!member)
        return std::nullopt;
    const auto* pair = member->as_array();
    if (!pair) {
        const auto both = duration(key);
        return both ? std::optional(Span{*both, *both}) : std::nullopt;
    }
    if (pair->size() == 2) {
        const auto min = duration_of(pair->front());
        const auto max = duration_of(pair->back());
        if (min && max && *min <= *max)
            return Span{*min, *max};
    }
    report(key, "must be a duration or [shortest, longest]", "\"30s\" or [\"20s\", \"40s\"]");
    return std::nullopt;
}

std::optional<TimePoint> ObjectReader::time(std::string_view key, TimePoint origin) {
    const auto value = text(key);
    if (!value)
        return std::nullopt;
    if (const auto offset = parse_duration(*value))
        return origin + *offset;
    if (const auto time = parse_time(*value))
        return *time;
    report(key, fmt::format("\"{}\" is neither a time nor a duration", *value),
           "\"2026-03-02T09:00:00Z\" or \"90s\"");
    return std::nullopt;
}

std::vector<std::string> ObjectReader::texts(std::string_view key) {
    std::vector<std::string> result;
    for (const Document& item : items(key)) {
        if (const auto value = item.as_string())
            result.emplace_back(*value);
        else
            report(key, "must hold texts only");
    }
    return result;
}

std::span<const Document> ObjectReader::items(std::string_view key) {
    const Document* member = find(key);
    if (!member)
        return {};
    if (const auto* array = member->as_array())
        return *array;
    report(key, "must be an array");
    return {};
}

std::optional<std::size_t> ObjectReader::word(std::string_view key,
                                              const std::vector<std::string_view>& words) {
    const auto value = text(key);
    if (!value)
        return std::nullopt;
    const auto found = std::ranges::find(words, *value);
    if (found != words.end())
        return static_cast<std::size_t>(found - words.begin());
    report_unknown_word(*this, key, *value, words);
    return std::nullopt;
}

std::string ObjectReader::path_of(std::string_view key) const {
    return fmt::format("{}.{}", path_, key);
}

void ObjectReader::report(std::string_view key, std::string message, std::string fix) {
    findings_->push_back(
        {.path = path_of(key), .message = std::move(message), .fix = std::move(fix)});
}

void ObjectReader::require(std::string_view key) {
    if (object_->is_object() && !find(key))
        report(key, "is missing");
}

void ObjectReader::finish() {
    const auto* members = object_->as_object();
    if (!members)
        return;
    for (const auto& [key, value] : *members) {
        if (std::ranges::find(known_, key) != known_.end())
            continue;
        const auto nearest = nearest_word(key, known_);
        report(key, "is not known here", nearest ? fmt::format("did you mean {}?", *nearest) : "");
    }
}

std::string item_path(std::string_view path, std::size_t index) {
    return fmt::format("{}[{}]", path, index);
}

void report_unknown_word(ObjectReader& reader, std::string_view key, std::string_view text,
                         const std::vector<std::string_view>& words) {
    const auto nearest = nearest_word(text, words);
    reader.report(key, fmt::format("\"{}\" is none of {}", text, fmt::join(words, ", ")),
                  nearest ? fmt::format("did you mean {}?", *nearest) : "");
}

} // namespace elastiroll::sim
