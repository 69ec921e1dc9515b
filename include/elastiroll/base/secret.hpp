#pragma once

#include <string>
#include <utility>

namespace elastiroll {

/// A credential: a token, a secret key, a password.
///
/// It has no formatter, no stream operator and no conversion, so that it gets into a text only
/// where reveal() is written out. Its bytes are overwritten when it goes away; copies made by
/// reveal() are the caller's.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
    Secret& operator=(const Secret& other) {
        Secret copy(other);
        std::swap(text_, copy.text_);
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        std::swap(text_, other.text_);
        return *this;
    }
    ~Secret() { wipe(text_); }

    /// The credential itself. Never for a message, an event, a journal or a log.
    const std::string& reveal() const noexcept { return text_; }
    bool empty() const noexcept { return text_.empty(); }
    bool operator==(const Secret&) const = default;

private:
    static void wipe(std::string& text) noexcept;

    std::string text_{};
};

} // namespace elastiroll
