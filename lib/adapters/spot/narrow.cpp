#include "adapters/spot/narrow.hpp"

#include <algorithm>
#include <optional>

namespace elastiroll::spot {
namespace {

/// Walks over JSON without making anything of it. After the first text that is no JSON it has
/// failed and stands still.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}

    bool has_failed() const noexcept { return has_failed_; }
    std::size_t at() const noexcept { return at_; }

    /// Goes into an object or array that begins here.
    bool enter(char bracket) noexcept {
        skip_space();
        is_first_ = true;
        return take(bracket);
    }
    /// Goes to the next member of the object that was entered, past its key and colon. The key, as
    /// it is written; empty after the last member.
    std::optional<std::string_view> next_key() {
        if (!next('}'))
            return std::nullopt;
        const std::string_view key = string();
        skip_space();
        if (!take(':'))
            fail();
        return has_failed_ ? std::nullopt : std::optional(key);
    }
    /// Goes to the next item of the array that was entered; false after the last one.
    bool next_item() { return next(']'); }

    /// Skips a value. Its text.
    std::string_view value() {
        skip_space();
        const std::size_t begin = at_;
        if (peek() == '"')
            string();
        else if (peek() == '{' || peek() == '[')
            nested();
        else
            scalar();
        return text_.substr(begin, at_ - begin);
    }

private:
    char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) noexcept {
        if (peek() != c)
            return false;
        ++at_;
        return true;
    }
    void fail() noexcept {
        has_failed_ = true;
        at_ = text_.size();
    }
    void skip_space() noexcept {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')
            ++at_;
    }

    /// Past a comma to what follows, or past the closing bracket.
    bool next(char closing) {
        skip_space();
        if (take(closing)) {
            is_first_ = false; // of what is around it
            return false;
        }
        if (!is_first_ && !take(','))
            fail();
        is_first_ = false;
        skip_space();
        return !has_failed_;
    }

    /// What stands between the quotes.
    std::string_view string() {
        if (!take('"')) {
            fail();
            return {};
        }
        const std::size_t begin = at_;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"')
                return text_.substr(begin, at_ - 1 - begin);
            if (c == '\\')
                at_ = std::min(at_ + 1, text_.size());
        }
        fail();
        return {};
    }

    void nested() {
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                string();
                continue;
            }
            ++at_;
            if (c == '{' || c == '[')
                ++depth;
            else if ((c == '}' || c == ']') && --depth == 0)
                return;
        }
        fail();
    }

    void scalar() {
        const std::size_t begin = at_;
        at_ = std::min(text_.find_first_of(",]} \n\r\t", at_), text_.size());
        if (at_ == begin)
            fail();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool is_first_ = true; ///< nothing of what we are in has been passed
    bool has_failed_ = false;
};

/// Goes into the array at `response.items`; false where it is not there.
bool enter_items(Cursor& cursor) {
    for (const std::string_view wanted : {"response", "items"}) {
        std::optional<std::string_view> key;
        if (!cursor.enter('{'))
            return false;
        while ((key = cursor.next_key()) && *key != wanted)
            cursor.value();
        if (!key)
            return false;
    }
    return cursor.enter('[');
}

/// The name of a group, without its quotes. Empty where it cannot be told without decoding.
std::optional<std::string_view> name_of(std::string_view group) {
    Cursor cursor(group);
    if (!cursor.enter('{'))
        return std::nullopt;
    while (const auto key = cursor.next_key()) {
        if (key->find('\\') != std::string_view::npos)
            return std::nullopt;
        const std::string_view value = cursor.value();
        if (*key != "name")
            continue;
        if (!value.starts_with('"') || value.find('\\') != std::string_view::npos)
            return std::nullopt;
        return value.substr(1, value.size() - 2);
    }
    return std::nullopt;
}

} // namespace

bool is_wanted(std::string_view name, const std::vector<std::string>& prefixes) {
    return prefixes.empty() || std::ranges::any_of(prefixes, [&](const std::string& prefix) {
               return name.starts_with(prefix);
           });
}

std::string narrow(std::string_view body, const std::vector<std::string>& prefixes) {
    Cursor cursor(body);
    if (!enter_items(cursor))
        return std::string(body);
    std::string narrowed(body.substr(0, cursor.at()));
    const std::size_t begin = narrowed.size();
    while (cursor.next_item()) {
        const std::string_view item = cursor.value();
        const auto name = name_of(item);
        if (name && !is_wanted(*name, prefixes))
            continue;
        if (narrowed.size() > begin)
            narrowed += ',';
        narrowed += item;
    }
    if (cursor.has_failed())
        return std::string(body);
    return narrowed.append(body.substr(cursor.at() - 1));
}

} // namespace elastiroll::spot
