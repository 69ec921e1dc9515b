#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/plan/journal.hpp>
#include <elastiroll/ports/store.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll {

/// Whether the member `key` of an encoded record holds a user's document or data: a template, a
/// group document, user data.
bool holds_document(std::string_view key, const Document& value) noexcept;
/// What stands for a document where it is not shown, or was erased: its digest and its length.
Document stand_in(std::string digest, std::int64_t bytes);
bool is_stand_in(const Document& value) noexcept;

/// Turns journal records into stored ones. The documents in them (templates, group documents, user
/// data) become blobs of their own, each stored once under its digest, and whatever is larger than
/// a stored record may be goes in parts.
class JournalPacker {
public:
    /// The next stored record gets this sequence number.
    explicit JournalPacker(std::uint64_t next = 1) : next_(next) {}

    std::vector<StoredRecord> pack(const JournalRecord& record);
    /// The stored records that hold documents, whose bytes nothing needs once a deployment has
    /// ended.
    const std::vector<std::uint64_t>& documents() const noexcept { return documents_; }

private:
    friend class JournalUnpacker;

    void add(std::vector<StoredRecord>& out, std::string kind, std::string bytes);
    void extract(Document& value, std::vector<StoredRecord>& out);

    std::uint64_t next_;
    std::set<std::string> known_;          ///< digests of the documents in the store
    std::vector<std::uint64_t> documents_; ///< where they are
};

/// The inverse: gives journal records as they become complete. Where a document's bytes were erased
/// there is a stand-in; user data is absent then.
class JournalUnpacker {
public:
    /// The journal record that `stored` completes; empty where more has to come.
    /// Fails with protocol on what pack() does not write.
    Result<std::optional<JournalRecord>> unpack(const StoredRecord& stored);

    /// The sequence of the last record that was unpacked.
    std::uint64_t last() const noexcept { return last_; }
    /// A packer that goes on where the last unpacked record ended.
    JournalPacker packer() const;

private:
    Result<void> insert(Document& value) const;

    std::uint64_t last_ = 0;
    std::string parts_;
    std::uint64_t first_part_ = 0; ///< 0: none
    std::map<std::string, Document> documents_;
    std::vector<std::uint64_t> document_places_;
    bool has_erased_ = false;
};

} // namespace elastiroll
