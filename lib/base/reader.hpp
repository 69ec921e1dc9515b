#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/base/time.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace elastiroll {

/// Reads documents that we wrote ourselves (journals, plans). Remembers the first thing that is
/// missing or of a wrong type, with its JSON path, and reads on with empty values, so that a
/// decoder is a plain list of fields with one check at its end.
class Reader {
public:
    explicit Reader(const Document& document)
        : document_(&document), path_("$"), error_(std::make_shared<std::optional<Error>>()) {}

    bool has(std::string_view key) const noexcept;

    std::string text(std::string_view key) const;
    std::string text_or_empty(std::string_view key) const;
    std::int64_t integer(std::string_view key) const;
    int small(std::string_view key) const; ///< an integer that fits an int
    bool boolean(std::string_view key) const;
    TimePoint time(std::string_view key) const;
    Milliseconds milliseconds(std::string_view key) const;
    /// The member as a document; null where it is missing.
    Document document(std::string_view key) const;
    const Document& raw() const noexcept { return *document_; }

    Reader member(std::string_view key) const;
    /// `each(Reader)` for every item of the array `key`; a missing one is an error.
    template <class F> void items(std::string_view key, const F& each) const {
        const Document* list = find(key, "an array");
        const auto* array = list ? list->as_array() : nullptr;
        if (list && !array)
            complain(key, "is no array");
        for (std::size_t i = 0; array && i < array->size(); ++i)
            each(Reader((*array)[i], item_path(key, i), error_));
    }
    std::string item_text() const; ///< this document itself, as a text
    Milliseconds item_milliseconds() const;

    void complain(std::string_view key, std::string_view what) const;
    /// A value from `convert(text)`, which gives an optional or a Result; complains where empty.
    template <class F> auto converted(std::string_view key, const F& convert) const {
        auto value = convert(text(key));
        if (!value)
            complain(key, "is none of the known values");
        return value;
    }

    /// The first complaint as a protocol error; call it last.
    template <class T> Result<T> finish(T value, std::string_view what) && {
        if (*error_)
            return Unexpected(with_context(**error_, what));
        return value;
    }

private:
    Reader(const Document& document, std::string path, std::shared_ptr<std::optional<Error>> error)
        : document_(&document), path_(std::move(path)), error_(std::move(error)) {}

    const Document* find(std::string_view key, std::string_view wanted) const;
    std::string item_path(std::string_view key, std::size_t index) const;

    const Document* document_;
    std::string path_;
    // Shared by the readers of one document's parts, which come and go while it is read.
    std::shared_ptr<std::optional<Error>> error_;
};

} // namespace elastiroll
