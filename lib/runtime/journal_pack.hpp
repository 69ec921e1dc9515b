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

/// Turns journal records into stored ones. The documents in them (templates, group documents, user
/// data) become blobs of their own, each stored once under its digest, and whatever is larger than
/// a stored record may be goes in parts.
class JournalPacker {
public:
    /// The next stored record gets this sequence number.
    explicit JournalPacker(std::uint64_t next = 1) : next_(next) {}

    std::vector<StoredRecord> pack(const JournalRecord& record);
    /// A document that is already in the store.
    void know(const std::string& digest) { known_.insert(digest); }

private:
    void add(std::vector<StoredRecord>& out, std::string kind, std::string bytes);
    void extract(Document& value, std::vector<StoredRecord>& out);

    std::uint64_t next_;
    std::set<std::string> known_;
};

/// The inverse: gives journal records as they become complete.
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
    std::map<std::string, Document> documents_;
};

} // namespace elastiroll
