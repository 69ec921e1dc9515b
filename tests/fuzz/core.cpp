#include "target.hpp"

#include <base/ini.hpp>

#include <elastiroll/base/document.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <algorithm>

namespace elastiroll::fuzz {

std::size_t take_choice(std::string_view& bytes, std::size_t bound) {
    if (bytes.empty())
        return 0;
    const auto drawn = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    return drawn % bound;
}

std::string broken_document_law(std::string_view bytes) {
    const auto document = parse_document(bytes);
    if (!document)
        return document.error().details.size() == 1 ? "" : "an error has one place";
    const auto again = parse_document(to_text(*document));
    if (!again || *again != *document)
        return "what was written is read as it was";
    const auto pretty = parse_document(to_pretty_text(*document));
    if (!pretty || *pretty != *document)
        return "what was written for people is read as it was";
    const auto canonical = parse_document(canonical_text(*document));
    if (!canonical || canonical_text(*canonical) != canonical_text(*document))
        return "the canonical text is that of what it says";
    return "";
}

std::string broken_ini_law(std::string_view bytes) {
    const auto file = parse_ini(bytes);
    if (!file)
        return file.error().message.find(canary) == std::string::npos ? ""
                                                                      : "an error shows nothing";
    for (const IniSection& section : file->sections) {
        if (file->find(section.name) != &section)
            return "sections of one name are one";
        for (const IniProperty& property : section.properties)
            if (section.find(property.name) != &property.value)
                return "properties of one name are one";
    }
    return "";
}

std::string broken_spec_law(std::string_view bytes) {
    const auto document = parse_document(bytes);
    if (!document)
        return "";
    static_cast<void>(referenced_files(*document));
    const auto spec = resolve_spec(*document, {});
    if (!spec)
        return spec.error().message.empty() ? "an error says something" : "";
    const auto again = decode_deployment_spec(encode(*spec));
    return again && *again == *spec ? "" : "a spec that was written is read as it was";
}

std::string broken_journal_law(std::string_view bytes) {
    const auto document = parse_document(bytes);
    if (!document)
        return "";
    const auto record = decode_journal_record(*document);
    if (!record)
        return record.error().message.empty() ? "an error says something" : "";
    static_cast<void>(replay({*record}));
    const auto again = decode_journal_record(encode(*record));
    return again && *again == *record ? "" : "a record that was written is read as it was";
}

} // namespace elastiroll::fuzz
