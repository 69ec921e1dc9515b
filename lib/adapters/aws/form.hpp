#pragma once

#include <elastiroll/base/document.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::aws {

/// RFC 3986: everything but the unreserved characters as %XX.
std::string percent_encoded(std::string_view text);

/// The body of a query API's request, `Action=...&Version=...`.
class Form {
public:
    /// Percent-encoded, in the order of the calls.
    void add(std::string_view name, std::string_view value);
    /// Nothing where `value` is empty.
    void add_unless_empty(std::string_view name, std::string_view value);
    /// `Names.member.1=...`; of EC2, which has no such word in its lists, `ImageId.1=...`.
    void add_list(std::string_view name, const std::vector<std::string>& values);
    /// A document as the query APIs write it: `A.B.member.1.C=...`. Numbers and booleans become
    /// texts; nulls are left out, and so are empty texts, which stand for absent members in
    /// answers (but for a redirect's `Query`, where empty means none).
    void add_document(const std::string& name, const Document& value);

    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

} // namespace elastiroll::aws
