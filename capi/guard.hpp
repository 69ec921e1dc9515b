#pragma once

#include <elastiroll.h>
#include <elastiroll/base/document.hpp>
#include <elastiroll/base/error.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/base/text.hpp>

#include <cstddef>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// An error with what its getters lend, made once.
struct elr_error {
    explicit elr_error(elastiroll::Error given)
        : error(std::move(given)), text(elastiroll::to_string(error)) {}

    elastiroll::Error error;
    std::string text;
};

namespace elastiroll::capi {

elr_status status_of(ErrorCategory category) noexcept;

/// Hands the error out, where somebody wants it. Where there is no memory for it, the caller gets
/// one that takes none.
elr_status give(Error&& error, elr_error** error_out) noexcept;
elr_status give_out_of_memory(elr_error** error_out) noexcept;
/// For what was thrown, by the library or through it by a callback.
elr_status give_internal(const char* thrown, elr_error** error_out) noexcept;

/// The body of every function that can fail: nothing is thrown out of it.
template <class Body> elr_status guard(elr_error** error_out, Body&& body) noexcept {
    if (error_out)
        *error_out = nullptr;
    try {
        Result<void> result = std::forward<Body>(body)();
        return result ? ELR_OK : give(std::move(result).error(), error_out);
    } catch (const std::bad_alloc&) {
        return give_out_of_memory(error_out);
    } catch (const std::exception& exception) {
        return give_internal(exception.what(), error_out);
    } catch (...) {
        return give_internal("something that is no std::exception", error_out);
    }
}

/// Sets an output to nothing before anything can fail.
template <class T> void clear(T** out) noexcept {
    if (out)
        *out = nullptr;
}

struct Argument {
    template <class T>
    Argument(const char* its_name, const T* given) : name(its_name), is_given(given != nullptr) {}

    const char* name;
    bool is_given;
};
/// Fails with invalid_argument, naming the first that is NULL.
Result<void> require(std::initializer_list<Argument> arguments);

/// Text that may be left out. Fails with invalid_argument where it is not UTF-8.
Result<std::string> read_text(const char* name, const char* text);
/// Text that may not: neither NULL nor empty.
Result<std::string> read_name(const char* name, const char* text);
/// A document. Fails where `bytes` is NULL and `size` is not 0.
Result<std::string_view> read_bytes(const char* name, const void* bytes, std::size_t size);

/// A JSON document.
Result<Document> read_json(const char* json, std::size_t size);

/// Reads text into a field, unless `failure` is set: so that a list of fields is checked once.
class TextReader {
public:
    void read(const char* name, const char* text, std::string& into);
    void read(const char* name, const char* text, std::optional<std::string>& into);
    Result<void> result() &&;

private:
    std::optional<Error> failure_{};
};

/// What is wrong with the size of a struct or with its bytes beyond what is known here.
Result<void> check_struct(const char* name, const void* given, std::size_t known);

/// The options as this version knows them: what an older header did not know is 0, what a newer one
/// knows has to be.
template <class T> Result<T> read_options(const char* name, const T* given) {
    static_assert(std::is_trivially_copyable_v<T>);
    T options{};
    if (given) {
        if (auto fits = check_struct(name, given, sizeof(T)); !fits)
            return Unexpected(std::move(fits).error());
        std::memcpy(&options, given, sizeof(T));
    }
    return options;
}

/// Text that the caller frees.
Result<void> give_text(const std::string& text, char** out);

Unexpected invalid(std::string message);

/// `text` as an id for C. Longer ones are cut.
elr_id make_id(std::string_view text) noexcept;

} // namespace elastiroll::capi
