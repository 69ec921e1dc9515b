#include "runtime/journal_pack.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace elastiroll {
namespace {

Unexpected damaged(std::string_view what) {
    return fail(ErrorCategory::protocol,
                fmt::format("reading a journal: {}; the store is damaged: go on with a backup of "
                            "it, or roll back by the groups' tags",
                            what));
}

constexpr std::string_view document_kind = "document";
constexpr std::string_view part_kind = "part";
constexpr std::string_view reference_key = "$document";
constexpr std::string_view user_data_key = "user_data_base64";
constexpr std::string_view digest_key = "sha256";
constexpr std::string_view length_key = "bytes";
constexpr std::size_t digest_digits = 64;

/// What is stored was written by us: that it is no JSON is not the caller's mistake.
Result<Document> parse_stored(std::string_view bytes) {
    return parse_document(bytes).transform_error([](Error error) {
        error.category = ErrorCategory::protocol;
        return with_context(std::move(error), "reading a journal");
    });
}

} // namespace

bool holds_document(std::string_view key, const Document& value) noexcept {
    constexpr std::array<std::string_view, 4> keys{"group_template", "group_document", "document",
                                                   user_data_key};
    return std::ranges::find(keys, key) != keys.end() && !value.is_null();
}

Document stand_in(std::string digest, std::int64_t bytes) {
    return Document::object({{digest_key, std::move(digest)}, {length_key, bytes}});
}

bool is_stand_in(const Document& value) noexcept {
    const Document::Object* members = value.as_object();
    return members && members->size() == 2 && members->front().key == digest_key &&
           members->back().key == length_key;
}

void JournalPacker::add(std::vector<StoredRecord>& out, std::string kind, std::string bytes) {
    while (bytes.size() > record_bytes_max) {
        out.push_back({next_++, std::string(part_kind), bytes.substr(0, record_bytes_max)});
        bytes.erase(0, record_bytes_max);
    }
    out.push_back({next_++, std::move(kind), std::move(bytes)});
}

void JournalPacker::extract(Document& value, std::vector<StoredRecord>& out) {
    if (auto* items = value.as_array()) {
        for (Document& item : *items)
            extract(item, out);
    }
    auto* members = value.as_object();
    if (!members)
        return;
    for (auto& [key, member] : *members) {
        if (!holds_document(key, member) || is_stand_in(member)) {
            extract(member, out);
            continue;
        }
        const std::string text = to_text(member);
        const std::int64_t size = std::ssize(text);
        std::string digest = sha256_hex(text);
        if (known_.insert(digest).second) {
            const std::uint64_t first = next_;
            add(out, std::string(document_kind), digest + text);
            for (std::uint64_t place = first; place < next_; ++place)
                documents_.push_back(place);
        }
        member = Document::object({{reference_key, std::move(digest)}, {length_key, size}});
    }
}

std::vector<StoredRecord> JournalPacker::pack(const JournalRecord& record) {
    std::vector<StoredRecord> out;
    Document document = encode(record);
    extract(document, out);
    add(out, std::string(entry_name(record.entry)), to_text(document));
    return out;
}

Result<void> JournalUnpacker::insert(Document& value) const {
    if (auto* items = value.as_array()) {
        for (Document& item : *items) {
            if (auto inserted = insert(item); !inserted)
                return inserted;
        }
    }
    auto* members = value.as_object();
    if (!members)
        return {};
    for (auto& [key, member] : *members) {
        const Document* reference =
            holds_document(key, member) ? member.find(reference_key) : nullptr;
        if (!reference) {
            if (auto inserted = insert(member); !inserted)
                return inserted;
            continue;
        }
        const auto found =
            documents_.find(std::string(reference->as_string().value_or(std::string_view())));
        if (found == documents_.end() && has_erased_) {
            const Document* size = member.find(length_key);
            member = stand_in(std::string(text_at(reference)),
                              size ? size->as_integer().value_or(0) : 0);
            continue;
        }
        if (found == documents_.end())
            return damaged(fmt::format("the document of \"{}\" is missing", key));
        member = found->second;
    }
    // Where the others hold documents it holds a text, which nothing can stand for.
    std::erase_if(*members, [](const Document::Member& one) {
        return one.key == user_data_key && is_stand_in(one.value);
    });
    return {};
}

Result<std::optional<JournalRecord>> JournalUnpacker::unpack(const StoredRecord& stored) {
    if (stored.sequence != last_ + 1)
        return fail(ErrorCategory::protocol,
                    fmt::format("reading a journal: stored record {} comes after {}; one is "
                                "missing",
                                stored.sequence, last_));
    last_ = stored.sequence;
    parts_ += stored.bytes;
    if (first_part_ == 0)
        first_part_ = last_;
    if (stored.kind == part_kind)
        return std::optional<JournalRecord>();
    const std::string bytes = std::exchange(parts_, {});
    const std::uint64_t first = std::exchange(first_part_, 0);
    if (stored.kind == document_kind && bytes.empty()) {
        has_erased_ = true;
        return std::optional<JournalRecord>();
    }
    if (stored.kind == document_kind) {
        for (std::uint64_t place = first; place <= last_; ++place)
            document_places_.push_back(place);
        if (bytes.size() < digest_digits ||
            sha256_hex(bytes.substr(digest_digits)) != bytes.substr(0, digest_digits))
            return damaged("a document does not have its digest");
        auto document = parse_stored(std::string_view(bytes).substr(digest_digits));
        if (!document)
            return Unexpected(std::move(document).error());
        documents_.insert_or_assign(bytes.substr(0, digest_digits), std::move(*document));
        return std::optional<JournalRecord>();
    }
    auto document = parse_stored(bytes);
    if (!document)
        return Unexpected(std::move(document).error());
    if (auto inserted = insert(*document); !inserted)
        return Unexpected(std::move(inserted).error());
    auto record = decode_journal_record(*document);
    if (!record)
        return Unexpected(std::move(record).error());
    return std::optional<JournalRecord>(std::move(*record));
}

JournalPacker JournalUnpacker::packer() const {
    JournalPacker packer(last_ + 1);
    for (const auto& [digest, document] : documents_)
        packer.known_.insert(digest);
    packer.documents_ = document_places_;
    return packer;
}

} // namespace elastiroll
