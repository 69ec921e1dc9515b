#pragma once

#include <elastiroll/base/error.hpp>

#include <cassert>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace elastiroll {

/// Marks a value as the failure of a Result, as std::unexpected does for std::expected.
class Unexpected {
public:
    explicit Unexpected(Error error) : error_(std::move(error)) {}

    const Error& error() const& noexcept { return error_; }
    Error&& error() && noexcept { return std::move(error_); }

private:
    Error error_;
};

/// Shorthand for `return Unexpected(Error{category, message})`.
inline Unexpected fail(ErrorCategory category, std::string message) {
    return Unexpected(Error{.category = category, .message = std::move(message)});
}

/// A T or the Error that kept it from being made.
///
/// Has the interface of std::expected<T, Error>, so that it can become that. Where the standard
/// throws (value() of a failure) this ends the program: we throw nothing, and it is the caller's
/// bug.
template <class T> class [[nodiscard]] Result {
public:
    using value_type = T;
    using error_type = Error;

    template <class U = T>
        requires(std::is_constructible_v<T, U &&> &&
                 !std::is_same_v<std::remove_cvref_t<U>, Unexpected> &&
                 !std::is_same_v<std::remove_cvref_t<U>, Result>)
    // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
    explicit(!std::is_convertible_v<U&&, T>) Result(U&& value)
        : state_(std::in_place_index<0>, std::forward<U>(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
    Result(Unexpected failure) : state_(std::in_place_index<1>, std::move(failure).error()) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& value() & noexcept { return get(); }
    const T& value() const& noexcept { return get(); }
    T&& value() && noexcept { return std::move(get()); }
    T& operator*() & noexcept { return get(); }
    const T& operator*() const& noexcept { return get(); }
    T&& operator*() && noexcept { return std::move(get()); }
    T* operator->() noexcept { return &get(); }
    const T* operator->() const noexcept { return &get(); }

    const Error& error() const& noexcept { return get_error(); }
    Error& error() & noexcept { return get_error(); }
    Error&& error() && noexcept { return std::move(get_error()); }

    template <class U> T value_or(U&& otherwise) const& {
        return has_value() ? **this : static_cast<T>(std::forward<U>(otherwise));
    }

    /// `f(value)`, which gives a Result, or this failure.
    template <class F> auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
        if (has_value())
            return std::invoke(std::forward<F>(f), std::move(get()));
        return Unexpected(std::move(get_error()));
    }
    /// A Result of `f(value)`, or this failure.
    template <class F> auto transform(F&& f) && -> Result<std::invoke_result_t<F, T&&>> {
        if (has_value())
            return std::invoke(std::forward<F>(f), std::move(get()));
        return Unexpected(std::move(get_error()));
    }
    /// This value, or the failure `f(error)`.
    template <class F> Result transform_error(F&& f) && {
        if (has_value())
            return std::move(*this);
        return Unexpected(std::invoke(std::forward<F>(f), std::move(get_error())));
    }

    bool operator==(const Result&) const = default;

private:
    // std::get throws where the assertion is compiled out; noexcept makes that the program's end.
    T& get() noexcept {
        assert(has_value());
        return std::get<0>(state_);
    }
    const T& get() const noexcept {
        assert(has_value());
        return std::get<0>(state_);
    }
    Error& get_error() noexcept {
        assert(!has_value());
        return std::get<1>(state_);
    }
    const Error& get_error() const noexcept {
        assert(!has_value());
        return std::get<1>(state_);
    }

    std::variant<T, Error> state_;
};

/// Success, or the Error that kept it from happening.
template <> class [[nodiscard]] Result<void> {
public:
    using value_type = void;
    using error_type = Error;

    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): as std::expected
    Result(Unexpected failure) : error_(std::move(failure).error()) {}

    bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    const Error& error() const& noexcept { return *error_; }
    Error& error() & noexcept { return *error_; }
    Error&& error() && noexcept { return std::move(*error_); }

    bool operator==(const Result&) const = default;

private:
    std::optional<Error> error_{};
};

} // namespace elastiroll
