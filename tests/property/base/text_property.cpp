#include <elastiroll/base/text.hpp>

#include "property.hpp"

namespace elastiroll::text_property {
using elastiroll::test::check_law;

TEST_CASE("decoding base64 undoes encoding it") {
    check_law(2'000, [](const std::string& bytes) {
        RC_ASSERT(decode_base64(encode_base64(bytes)) == bytes);
    });
}

TEST_CASE("bytes have one text in base64") {
    check_law(2'000, [](const std::string& original) {
        std::string text = encode_base64(original);
        RC_PRE(!text.empty());
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        text[at] = *rc::gen::element('A', 'Q', 'Z', 'g', '8', '+', '/', '=');
        if (const auto bytes = decode_base64(text))
            RC_ASSERT(encode_base64(*bytes) == text);
    });
}

TEST_CASE("generated Unicode is UTF-8, and no part that cuts a character is") {
    check_law(1'000, [] {
        const auto text = *elastiroll::test::unicode_text();
        RC_ASSERT(is_utf8(text));
        // RapidCheck takes expressions apart, so that `&&` inside RC_PRE evaluates both sides.
        if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0x80)
            RC_ASSERT(!is_utf8(std::string_view(text).substr(0, text.size() - 1)));
    });
}

TEST_CASE("every candidate is nearest to itself, whatever its case") {
    check_law(1'000, [](const std::vector<std::string>& words) {
        const std::vector<std::string_view> candidates(words.begin(), words.end());
        for (const std::string& word : words) {
            const auto nearest = nearest_word(word, candidates);
            RC_ASSERT(word.empty() == !nearest.has_value());
            if (nearest)
                RC_ASSERT(to_lower(*nearest) == to_lower(word));
        }
    });
}

} // namespace elastiroll::text_property
