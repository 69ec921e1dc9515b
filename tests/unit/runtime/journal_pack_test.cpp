#include "runtime/journal_pack.hpp"

#include "line.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/plan/planner.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace elastiroll::journal_pack_test {
using test::capacity;
using test::group;
using test::moment;

namespace {

/// The first records of a deployment: the template, both groups' documents, the create document.
std::vector<JournalRecord> journal(std::size_t filling = 0) {
    DeploymentSpec spec = test::basic_spec();
    spec.user_data = "#!/bin/sh\nsecret=1\n";
    if (filling > 0)
        spec.group_template.set("filling", std::string(filling, 'x'));
    const Snapshot world =
        test::line_of({group({.name = "shop__web__7", .capacity = capacity(2, 4, 8)}),
                       group({.name = "shop__web__6"})});
    const auto plan = plan_deployment(spec, world);
    REQUIRE(plan);
    return {{1, moment(), BegunEntry{DeploymentId("01k"), spec, "mia", "", "elastiroll"}},
            {2, moment(), PlannedEntry{world, *plan, ""}},
            {3, moment(), StepStartedEntry{"setup.create", moment()}},
            {4, moment(), PlannedEntry{world, *plan, "setup.create"}},
            {5, moment(), EndedEntry{{OutcomeKind::done, {}, {}, {}, {}}}}};
}

std::vector<StoredRecord> packed(const std::vector<JournalRecord>& records) {
    JournalPacker packer;
    std::vector<StoredRecord> stored;
    for (const JournalRecord& record : records) {
        for (StoredRecord& one : packer.pack(record))
            stored.push_back(std::move(one));
    }
    return stored;
}

/// The records, or what is wrong.
Result<std::vector<JournalRecord>> unpacked(const std::vector<StoredRecord>& stored) {
    JournalUnpacker unpacker;
    std::vector<JournalRecord> records;
    for (const StoredRecord& one : stored) {
        auto record = unpacker.unpack(one);
        if (!record)
            return Unexpected(std::move(record).error());
        if (*record)
            records.push_back(std::move(**record));
    }
    return records;
}

std::string kinds_of(const std::vector<StoredRecord>& stored) {
    std::string kinds;
    for (const StoredRecord& one : stored)
        kinds += one.kind + '\n';
    return kinds;
}

} // namespace

TEST_CASE("unpacking undoes packing, whatever the size of the documents") {
    for (const std::size_t filling :
         {std::size_t{0}, record_bytes_max - 1'200, record_bytes_max, 3 * record_bytes_max}) {
        CAPTURE(filling);
        const auto records = journal(filling);
        const auto stored = packed(records);
        for (std::size_t i = 0; i < stored.size(); ++i) {
            CHECK(stored[i].sequence == i + 1);
            CHECK(stored[i].bytes.size() <= record_bytes_max);
        }
        CHECK(unpacked(stored) == records);
    }
}

TEST_CASE("a document is stored once, under its digest, before the first record that has it") {
    const auto stored = packed(journal());
    CHECK(kinds_of(stored) == "document\ndocument\nbegun\n"
                              "document\ndocument\ndocument\nplanned\n"
                              "step_started\nplanned\nended\n");
    for (const StoredRecord& one : stored) {
        if (one.kind != "document")
            continue;
        CHECK(one.bytes.substr(0, 64) == sha256_hex(one.bytes.substr(64)));
    }
}

TEST_CASE("user data is in no record but its own") {
    int found = 0;
    for (const StoredRecord& one : packed(journal())) {
        const bool has_secret =
            one.bytes.find(encode_base64("#!/bin/sh\nsecret=1\n")) != std::string::npos;
        found += has_secret ? 1 : 0;
        CHECK((!has_secret || one.kind == "document"));
    }
    // Of its own, and inside the document that creates the group.
    CHECK(found == 2);
}

TEST_CASE("what is too large for a record goes in parts that end with the record") {
    CHECK(kinds_of(packed(journal(2 * record_bytes_max))).starts_with("part\npart\ndocument\n"));
}

TEST_CASE("a packer that goes on from a journal stores no document again") {
    const auto records = journal();
    const auto whole = packed(records);
    // Cut behind the first plan.
    std::size_t cut = 0;
    while (whole[cut].kind != "planned")
        ++cut;
    JournalUnpacker unpacker;
    for (std::size_t i = 0; i <= cut; ++i)
        REQUIRE(unpacker.unpack(whole[i]));
    JournalPacker packer = unpacker.packer();
    std::vector<StoredRecord> rest;
    for (std::size_t i = 2; i < records.size(); ++i) {
        for (StoredRecord& one : packer.pack(records[i]))
            rest.push_back(std::move(one));
    }
    CHECK(rest == std::vector<StoredRecord>(whole.begin() + static_cast<std::ptrdiff_t>(cut) + 1,
                                            whole.end()));
}

TEST_CASE("a journal whose documents were erased is whole but for them") {
    for (const std::size_t filling : {std::size_t{0}, 2 * record_bytes_max}) {
        CAPTURE(filling);
        const auto records = journal(filling);
        JournalPacker packer;
        std::vector<StoredRecord> stored;
        for (const JournalRecord& record : records)
            std::ranges::move(packer.pack(record), std::back_inserter(stored));
        for (const std::uint64_t place : packer.documents())
            stored[place - 1].bytes.clear();
        for (const StoredRecord& one : stored)
            CHECK((one.kind != "document" && one.kind != "part") == !one.bytes.empty());

        const auto left = unpacked(stored);
        REQUIRE(left);
        REQUIRE(left->size() == records.size());
        const auto& begun = std::get<BegunEntry>(left->front().entry);
        auto spec = std::get<BegunEntry>(records.front().entry).spec;
        const std::string text = to_text(spec.group_template);
        spec.group_template = stand_in(sha256_hex(text), std::ssize(text));
        spec.user_data.reset();
        CHECK(begun.spec == spec);
        const auto& planned = std::get<PlannedEntry>((*left)[1].entry);
        CHECK(is_stand_in(planned.plan.group_document));
        CHECK(is_stand_in(planned.snapshot.groups.front().group.document));
        CHECK(planned.plan.steps == std::get<PlannedEntry>(records[1].entry).plan.steps);
    }
}

TEST_CASE("who goes on from a journal knows where its documents are") {
    const auto records = journal(2 * record_bytes_max);
    JournalPacker packer;
    JournalUnpacker unpacker;
    for (const JournalRecord& record : records) {
        for (const StoredRecord& one : packer.pack(record))
            REQUIRE(unpacker.unpack(one));
    }
    CHECK(packer.documents().size() > 6);
    CHECK(unpacker.packer().documents() == packer.documents());
}

TEST_CASE("a damaged journal is told apart from a whole one") {
    using Stored = std::vector<StoredRecord>;
    struct Row {
        const char* why;
        void (*damage)(Stored&);
        const char* expected;
    };
    constexpr Row rows[] = {
        {"a record is missing", [](Stored& s) { s.erase(s.begin() + 1); },
         "reading a journal: stored record 3 comes after 1; one is missing"},
        {"the first is missing", [](Stored& s) { s.erase(s.begin()); },
         "reading a journal: stored record 2 comes after 0; one is missing"},
        {"a document was changed", [](Stored& s) { s[0].bytes.back() = ' '; },
         "reading a journal: a document does not have its digest; the store is "
         "damaged: go on with a backup of it, or roll back by the groups' tags"},
        {"a document was cut", [](Stored& s) { s[0].bytes.resize(30); },
         "reading a journal: a document does not have its digest; the store is "
         "damaged: go on with a backup of it, or roll back by the groups' tags"},
        {"a document was removed",
         [](Stored& s) {
             s.erase(s.begin());
             for (StoredRecord& one : s)
                 --one.sequence;
         },
         "reading a journal: the document of \"group_template\" is missing; the store is "
         "damaged: go on with a backup of it, or roll back by the groups' tags"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Stored stored = packed(journal());
        row.damage(stored);
        const auto records = unpacked(stored);
        CHECK(!records);
        if (!records)
            CHECK(records.error() == Error{ErrorCategory::protocol, row.expected, {}, {}});
    }
}

TEST_CASE("bytes that are no record are a protocol error, whatever they are") {
    for (const char* bytes : {"", "{", "null", "[]", "{}", R"({"version": 9})", "\xff"}) {
        CAPTURE(bytes);
        JournalUnpacker unpacker;
        const auto record = unpacker.unpack({1, "begun", bytes});
        CHECK(!record);
        if (!record)
            CHECK(record.error().category == ErrorCategory::protocol);
    }
    JournalUnpacker unpacker;
    const std::string text = "not json";
    const auto record = unpacker.unpack({1, "document", sha256_hex(text) + text});
    CHECK((!record && record.error().category == ErrorCategory::protocol));
}

} // namespace elastiroll::journal_pack_test
