#include <elastiroll/base/document.hpp>

#include "base/number.hpp"
#include "base/utf8.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>
#include <numeric>
#include <span>

namespace elastiroll {
namespace {

/// Nothing may nest deeper, whatever the caller allows: a Document is destroyed, compared and
/// written recursively, and this many levels fit on the smallest stacks in use.
constexpr int depth_max_possible = 1000;

/// RapidJSON counts in 32 bits.
constexpr std::size_t bytes_max_possible = 1u << 31;

// NOLINTBEGIN(readability-identifier-naming): the names that RapidJSON calls

/// RapidJSON does not look at what its allocator returns.
class ThrowingAllocator {
public:
    [[maybe_unused]] static constexpr bool kNeedFree = true;

    static void* Malloc(std::size_t size) { return Realloc(nullptr, 0, size); }
    static void* Realloc(void* block, std::size_t /*old_size*/, std::size_t size) {
        if (size == 0) {
            Free(block);
            return nullptr;
        }
        void* const grown = std::realloc(block, size); // NOLINT: what RapidJSON's interface needs
        if (!grown)
            throw std::bad_alloc();
        return grown;
    }
    static void Free(void* block) noexcept { std::free(block); } // NOLINT: as above
};

/// A text that need not end in NUL, as the reader wants it: beyond the end it looks like NUL.
class TextStream {
public:
    using Ch = char;

    explicit TextStream(std::string_view text)
        : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

    char Peek() const noexcept { return at_ == end_ ? '\0' : *at_; }
    char Take() noexcept { return at_ == end_ ? '\0' : *at_++; }
    std::size_t Tell() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

    /// Takes all up to the next character that means something in a string.
    std::string_view take_run() noexcept {
        const char* const first = at_;
        std::uint64_t eight = 0;
        while (static_cast<std::size_t>(end_ - at_) >= sizeof eight) {
            std::memcpy(&eight, at_, sizeof eight);
            if (may_end_run(eight))
                break;
            at_ += sizeof eight;
        }
        while (at_ != end_ && *at_ != '"' && *at_ != '\\' &&
               static_cast<unsigned char>(*at_) >= 0x20)
            ++at_;
        return {first, at_};
    }

    // For parsing in place, for which the reader is also compiled, but which is never done.
    char* PutBegin() noexcept { return nullptr; }
    void Put(char /*c*/) noexcept {}
    std::size_t PutEnd(char* /*begin*/) noexcept { return 0; }

private:
    /// Whether one of eight bytes is a quote, a backslash or below 0x20; also true, rarely, where
    /// none is. Each term has a byte's top bit set where that byte is what it looks for.
    static bool may_end_run(std::uint64_t eight) noexcept {
        constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
        const std::uint64_t quote = eight ^ (ones * '"');
        const std::uint64_t backslash = eight ^ (ones * '\\');
        return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                ((eight - ones * 0x20) & ~eight)) &
               (ones * 0x80);
    }

    const char* begin_;
    const char* at_;
    const char* end_;
};

} // namespace
} // namespace elastiroll

/// Lets the reader work on copies of the stream, which the compiler can keep in registers. The
/// original stays at the start of a token until the token has ended; Builder relies on that.
template <> struct rapidjson::StreamTraits<elastiroll::TextStream> {
    enum { copyOptimization = 1 }; // NOLINT: as RapidJSON has it
};

namespace elastiroll {
namespace {

/// UTF-8 that is known to be well-formed. RapidJSON asks its encoding to copy one character; this
/// copies all up to the next one that means something in a string, which is several times faster.
struct CheckedUtf8 : rapidjson::UTF8<char> {
    template <class InputStream, class OutputStream>
    static bool Validate(InputStream& in, OutputStream& out) {
        const std::string_view run = in.take_run();
        const auto size = static_cast<rapidjson::SizeType>(run.size());
        // The reader is also compiled for parsing in place, which has no Push.
        if constexpr (requires { out.Push(size); })
            std::ranges::copy(run, static_cast<char*>(out.Push(size)));
        return true;
    }
};

using TextReader = rapidjson::GenericReader<CheckedUtf8, CheckedUtf8, ThrowingAllocator>;
/// Recursive, no deeper than Builder lets it: it refuses before the reader goes down.
constexpr unsigned reader_flags =
    rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

// NOLINTEND(readability-identifier-naming)

/// Where a text is wrong, and what stands there in a right one.
struct Mistake {
    std::size_t offset = 0;
    std::string expected{};
};

/// Builds a Document from the reader's events. Members and items wait on a stack until their object
/// or array ends, so that each container is allocated once and in its final size.
class Builder {
public:
    Builder(std::string_view text, const TextStream& stream, int depth_max)
        : text_(text), stream_(stream), depth_max_(depth_max),
          has_escapes_(text.find("\\u") != std::string_view::npos) {}

    // NOLINTBEGIN(readability-identifier-naming): the names that RapidJSON calls
    bool Null() { return add(Document{}); }
    bool Bool(bool value) { return add(Document{value}); }
    bool RawNumber(const char*, rapidjson::SizeType, bool) {
        // From the text, not from what the reader saw: see with_large_numbers_hidden().
        const std::string_view rest = text_.substr(stream_.Tell());
        auto number = Document::number(rest.substr(0, json_number_prefix(rest)));
        // "--1e9": the reader saw "-0" where its second half was hidden.
        return number ? add(*std::move(number))
                      : refuse(stream_.Tell() + 1, "expected a digit after the minus sign");
    }
    bool String(const char* bytes, rapidjson::SizeType size, bool) {
        slot().set_text({bytes, size});
        return check_surrogates({bytes, size});
    }
    bool Key(const char* bytes, rapidjson::SizeType size, bool) {
        waiting_.emplace_back().key.assign(bytes, size);
        key_offsets_.push_back(stream_.Tell());
        return check_surrogates({bytes, size});
    }
    bool StartObject() { return open(true); }
    bool StartArray() { return open(false); }

    bool EndObject(rapidjson::SizeType count) {
        const std::span<Document::Member> members = std::span(waiting_).last(count);
        if (!check_keys(members))
            return false;
        key_offsets_.resize(key_offsets_.size() - count);
        return close(count, Document{Document::Object(std::make_move_iterator(members.begin()),
                                                      std::make_move_iterator(members.end()))});
    }
    bool EndArray(rapidjson::SizeType count) {
        Document::Array items;
        items.reserve(count);
        for (Document::Member& waiting : std::span(waiting_).last(count))
            items.push_back(std::move(waiting.value));
        return close(count, Document{std::move(items)});
    }

    // Never called: all numbers come as RawNumber.
    static bool Int(int) { return false; }
    static bool Uint(unsigned) { return false; }
    static bool Int64(std::int64_t) { return false; }
    static bool Uint64(std::uint64_t) { return false; }
    static bool Double(double) { return false; }
    // NOLINTEND(readability-identifier-naming)

    const Mistake& mistake() const noexcept { return mistake_; }
    Document take() && { return std::move(waiting_.front().value); }

private:
    /// Where the next value goes: in an object the key is here already.
    Document& slot() {
        if (in_object_.empty() || in_object_.back() == 0)
            waiting_.emplace_back();
        return waiting_.back().value;
    }

    bool add(Document&& value) {
        slot() = std::move(value);
        return true;
    }

    bool open(bool is_object) {
        if (std::ssize(in_object_) >= depth_max_)
            return refuse(
                stream_.Tell() - 1, // the bracket is taken
                fmt::format("expected arrays and objects nested at most {} deep", depth_max_));
        in_object_.push_back(static_cast<char>(is_object));
        return true;
    }

    bool close(std::size_t count, Document&& container) {
        waiting_.resize(waiting_.size() - count);
        in_object_.pop_back();
        return add(std::move(container));
    }

    bool refuse(std::size_t offset, std::string expected) {
        mistake_ = {.offset = offset, .expected = std::move(expected)};
        return false;
    }

    /// RapidJSON lets the second half of a surrogate pair stand alone.
    bool check_surrogates(std::string_view decoded) {
        if (!has_escapes_ || is_utf8(decoded))
            return true;
        return refuse(stream_.Tell(), "expected a string in which no second half of a surrogate "
                                      "pair (\\udc00 to \\udfff) stands alone");
    }

    /// Whether all keys of an object that ends differ.
    bool check_keys(std::span<const Document::Member> members) {
        const std::span<const std::size_t> offsets = std::span(key_offsets_).last(members.size());
        std::optional<std::size_t> repeated;
        const auto note = [&repeated](std::size_t offset) {
            repeated = repeated ? std::min(*repeated, offset) : offset;
        };
        constexpr std::size_t small = 12; // below it comparing all pairs beats sorting
        if (members.size() <= small) {
            for (std::size_t i = 1; i < members.size(); ++i) {
                for (std::size_t j = 0; j < i; ++j) {
                    if (members[j].key == members[i].key)
                        note(offsets[i]);
                }
            }
        } else {
            std::vector<std::size_t> sorted(members.size());
            std::iota(sorted.begin(), sorted.end(), std::size_t{0});
            std::ranges::sort(sorted, [&](std::size_t a, std::size_t b) {
                const int order = members[a].key.compare(members[b].key);
                return order != 0 ? order < 0 : a < b;
            });
            for (std::size_t i = 1; i < sorted.size(); ++i) {
                if (members[sorted[i]].key == members[sorted[i - 1]].key)
                    note(offsets[sorted[i]]);
            }
        }
        return !repeated || refuse(*repeated, "expected a member name that this object does not "
                                              "have yet");
    }

    std::string_view text_;
    const TextStream& stream_;
    int depth_max_;
    bool has_escapes_;
    std::vector<char> in_object_{};           ///< the open containers: whether each is an object
    std::vector<Document::Member> waiting_{}; ///< items have no key
    std::vector<std::size_t> key_offsets_{};  ///< in the text, of the open objects' keys
    Mistake mistake_{};
};

/// What should have stood at `offset`, where the reader stopped with `code`.
std::string expectation(rapidjson::ParseErrorCode code, std::string_view text, std::size_t offset) {
    const bool is_at_end = offset >= text.size();
    const char found = is_at_end ? '\0' : text[offset];
    const char before = offset > 0 && offset <= text.size() ? text[offset - 1] : '\0';
    const std::string_view ending = is_at_end ? ", found the end of the text" : "";
    if (is_digit(found) && before == '0' && code != rapidjson::kParseErrorObjectMissName)
        return "expected no digit after the leading zero of a number";

    switch (code) {
    case rapidjson::kParseErrorDocumentRootNotSingular:
        return "expected nothing but white space after the value";
    case rapidjson::kParseErrorObjectMissName:
        return fmt::format("expected a member name in double quotes{}", ending);
    case rapidjson::kParseErrorObjectMissColon:
        return fmt::format("expected ':' after the member name{}", ending);
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
        return fmt::format("expected ',' or '}}' after the member{}", ending);
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
        return fmt::format("expected ',' or ']' after the item{}", ending);
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
        return "expected four hexadecimal digits after \\u";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
        return "expected the second half of a surrogate pair (\\udc00 to \\udfff) after the first";
    case rapidjson::kParseErrorStringEscapeInvalid:
        return found == '\\' ? "expected one of \" \\ / b f n r t u after the backslash"
                             : "expected control characters in a string as escapes (\\n, \\u0001)";
    case rapidjson::kParseErrorStringMissQuotationMark:
        return is_at_end ? "expected '\"' at the end of the string, found the end of the text"
                         : "expected control characters in a string as escapes (\\n, \\u0001)";
    case rapidjson::kParseErrorNumberMissFraction:
        return "expected a digit after the decimal point";
    case rapidjson::kParseErrorNumberMissExponent: return "expected a digit in the exponent";
    case rapidjson::kParseErrorNone:
    case rapidjson::kParseErrorDocumentEmpty:
    case rapidjson::kParseErrorValueInvalid:
    case rapidjson::kParseErrorNumberTooBig:
    case rapidjson::kParseErrorStringInvalidEncoding:
    case rapidjson::kParseErrorTermination:
    case rapidjson::kParseErrorUnspecificSyntaxError: break;
    }
    return fmt::format("expected a value (an object, array, string, number, true, false or null){}",
                       ending);
}

/// RapidJSON refuses numbers that no double can hold, even where it is told to hand on their text.
/// This puts a zero and spaces in the place of every number of `text` that might be one; the
/// builder takes numbers from the original. Rare, so it is done only after the reader has refused.
std::string with_large_numbers_hidden(std::string_view original) {
    std::string text(original);
    constexpr std::size_t digits_max = 300; // a double holds 308
    bool is_in_string = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"')
            is_in_string = !is_in_string;
        if (is_in_string || (c != '-' && !is_digit(c))) {
            at += is_in_string && c == '\\' ? 2 : 1;
            continue;
        }
        const std::string_view rest = std::string_view(text).substr(at);
        const std::size_t size = json_number_prefix(rest);
        const std::string_view number = rest.substr(0, size);
        if (size > digits_max || number.find_first_of("eE") != std::string_view::npos) {
            text.replace(at, size, size, ' ');
            text[at] = '0';
        }
        at += std::max<std::size_t>(size, 1);
    }
    return text;
}

struct Attempt {
    std::optional<Document> document{};
    Mistake mistake{};
    bool is_number_refused = false;
};

/// Parses `seen`, which is `text` but for hidden numbers.
Attempt attempt(std::string_view text, std::string_view seen, int depth_max) {
    TextStream stream(seen);
    Builder builder(text, stream, depth_max);
    TextReader reader;
    const rapidjson::ParseResult result = reader.Parse<reader_flags>(stream, builder);
    if (result.Code() == rapidjson::kParseErrorTermination)
        return {.mistake = builder.mistake()};
    if (result.IsError())
        return {.mistake = {.offset = result.Offset(),
                            .expected = expectation(result.Code(), text, result.Offset())},
                .is_number_refused = result.Code() == rapidjson::kParseErrorNumberTooBig};
    // The reader takes a NUL byte for the end.
    if (stream.Tell() != text.size())
        return {.mistake = {.offset = stream.Tell(),
                            .expected = expectation(rapidjson::kParseErrorDocumentRootNotSingular,
                                                    text, stream.Tell())}};
    return {.document = std::move(builder).take()};
}

Unexpected refusal(std::string_view text, const Mistake& mistake) {
    const std::string_view before = text.substr(0, mistake.offset);
    const auto line = 1 + std::ranges::count(before, '\n');
    const std::size_t line_start = before.rfind('\n') + 1; // 0 where there is none
    const std::size_t column = 1 + before.size() - line_start;
    return Unexpected(Error{
        .category = ErrorCategory::invalid_argument,
        .message =
            fmt::format("not JSON at line {}, column {}: {}", line, column, mistake.expected),
        .details = {{.path = fmt::format("{}:{}", line, column), .message = mistake.expected}},
    });
}

} // namespace

Result<Document> parse_document(std::string_view text, const DocumentLimits& limits) {
    const std::size_t bytes_max = std::min(limits.bytes_max, bytes_max_possible);
    if (text.size() > bytes_max)
        return refusal(text, {.offset = 0,
                              .expected = fmt::format("expected at most {} bytes, found {}",
                                                      bytes_max, text.size())});
    if (text.starts_with("\xef\xbb\xbf"))
        return refusal(text, {.offset = 0, .expected = "expected no byte order mark"});
    if (const std::size_t good = utf8_prefix(text); good != text.size())
        return refusal(text, {.offset = good, .expected = "expected UTF-8"});

    const int depth_max = std::clamp(limits.depth_max, 0, depth_max_possible);
    Attempt result = attempt(text, text, depth_max);
    if (result.is_number_refused)
        result = attempt(text, with_large_numbers_hidden(text), depth_max);
    if (!result.document)
        return refusal(text, result.mistake);
    return std::move(*result.document);
}

} // namespace elastiroll
