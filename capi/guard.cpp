#include "guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace elastiroll::capi {
namespace {

/// No struct of this API will ever be as large: more is a size that was never set.
constexpr std::size_t struct_bytes_max = std::size_t{64} * 1024;

} // namespace

Unexpected invalid(std::string message) {
    return fail(ErrorCategory::invalid_argument, std::move(message));
}

Result<void> require(std::initializer_list<Argument> arguments) {
    for (const Argument& argument : arguments) {
        if (!argument.is_given)
            return invalid(fmt::format("{} is NULL", argument.name));
    }
    return {};
}

Result<std::string> read_text(const char* name, const char* text) {
    std::string copy = text ? text : "";
    if (!is_utf8(copy))
        return invalid(fmt::format("{} is not UTF-8", name));
    return copy;
}

Result<std::string> read_name(const char* name, const char* text) {
    if (!text || *text == '\0')
        return invalid(fmt::format("{} is {}", name, text ? "empty" : "NULL"));
    return read_text(name, text);
}

Result<std::string_view> read_bytes(const char* name, const void* bytes, std::size_t size) {
    if (size == 0)
        return std::string_view();
    if (!bytes)
        return invalid(fmt::format("{} is NULL and its size is {}", name, size));
    return std::string_view(static_cast<const char*>(bytes), size);
}

Result<Document> read_json(const char* json, std::size_t size) {
    return read_bytes("json", json, size).and_then([](std::string_view text) {
        return parse_document(text);
    });
}

void TextReader::read(const char* name, const char* text, std::string& into) {
    auto copy = read_text(name, text);
    if (copy)
        into = *std::move(copy);
    else if (!failure_)
        failure_ = std::move(copy).error();
}

void TextReader::read(const char* name, const char* text, std::optional<std::string>& into) {
    if (text && *text != '\0')
        read(name, text, into.emplace());
}

Result<void> TextReader::result() && {
    if (failure_)
        return Unexpected(*std::move(failure_));
    return {};
}

Result<void> check_struct(const char* name, const void* given, std::size_t known) {
    std::size_t size = 0;
    std::memcpy(&size, given, sizeof size);
    if (size < known || size > struct_bytes_max)
        return invalid(
            fmt::format("{}->struct_size is {}; set it to sizeof the struct", name, size));
    const auto* bytes = static_cast<const unsigned char*>(given);
    if (std::any_of(bytes + known, bytes + size, [](unsigned char byte) { return byte != 0; }))
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("{} sets fields that this library ({}) does not know", name,
                                elr_version()));
    return {};
}

Result<void> give_text(const std::string& text, char** out) {
    auto* copy = static_cast<char*>(std::malloc(text.size() + 1)); // NOLINT: C frees it
    if (!copy)
        throw std::bad_alloc();
    std::memcpy(copy, text.c_str(), text.size() + 1);
    *out = copy;
    return {};
}

elr_id make_id(std::string_view text) noexcept {
    elr_id id{};
    text.copy(std::begin(id.text), std::min(text.size(), sizeof id.text - 1));
    return id;
}

} // namespace elastiroll::capi
