#include <elastiroll/adapters/store.hpp>

#include "adapters/store/checks.hpp"
#include "base/reader.hpp"

#include <elastiroll/base/document.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <coroutine>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace elastiroll::store {
namespace {

// The items' values. Keys:
//     line/<line>                                 LineItem
//     deployment/<id>                             DeploymentItem: which line it is of
//     journal/<line>/<id>                         JournalItem: as it was when another one of the
//                                                 line was written to
//     record/<id>/<sequence>/<fencing number>     StoredRecord: visible once the journal's end
//                                                 covers it
//     inbox/<id>/<sequence>                       StoredRecord

constexpr std::string_view lines_prefix = "line/";
constexpr std::string_view journals_prefix = "journal/";

struct DeploymentItem {
    std::string line{};

    bool operator==(const DeploymentItem&) const = default;
};
/// From `first` on, records were written under `fence`.
struct Stretch {
    std::uint64_t first = 0;
    FencingNumber fence = 0;

    bool operator==(const Stretch&) const = default;
};
struct JournalItem {
    DeploymentId deployment{};
    std::string line{};
    std::uint64_t revision = 0; ///< grows with every append; 0: nothing is visible yet
    std::uint64_t last = 0;
    std::string headline{};
    std::vector<Stretch> stretches{};

    bool operator==(const JournalItem&) const = default;
};
/// What all writes of a line go through.
struct LineItem {
    LeaseState lease{};
    JournalItem journal{};              ///< the one that was written to last
    std::vector<std::string> erasure{}; ///< keys of records: announced, not yet known to be through

    bool operator==(const LineItem&) const = default;
};

std::string line_key(const std::string& line) { return std::string(lines_prefix) + line; }
std::string deployment_key(const DeploymentId& deployment) {
    return "deployment/" + deployment.text();
}
std::string journals_of(const std::string& line) {
    return std::string(journals_prefix) + line + '/';
}
std::string journal_key(const std::string& line, const DeploymentId& deployment) {
    return journals_of(line) + deployment.text();
}
/// Such that keys sort as numbers do.
std::string padded(std::uint64_t number) { return fmt::format("{:020}", number); }
std::string records_of(const DeploymentId& deployment) {
    return "record/" + deployment.text() + '/';
}
std::string record_key(const DeploymentId& deployment, std::uint64_t sequence,
                       FencingNumber fence) {
    return records_of(deployment) + padded(sequence) + '/' + padded(fence);
}
std::string inbox_of(const DeploymentId& deployment) { return "inbox/" + deployment.text() + '/'; }

/// Under which number the journal's record `sequence` was written.
FencingNumber fence_of(const JournalItem& journal, std::uint64_t sequence) {
    FencingNumber fence = 0;
    for (const Stretch& stretch : journal.stretches) {
        if (stretch.first <= sequence)
            fence = stretch.fence;
    }
    return fence;
}

void extend(JournalItem& journal, const AppendOperation& append) {
    journal.deployment = append.deployment;
    journal.line = append.line;
    ++journal.revision;
    const bool is_same =
        !journal.stretches.empty() && journal.stretches.back().fence == append.fence;
    if (!append.records.empty() && !is_same)
        journal.stretches.push_back({journal.last + 1, append.fence});
    journal.last += append.records.size();
    if (!append.headline.empty())
        journal.headline = append.headline;
}

// ---- encoding --------------------------------------------------------------------------------

Document number(std::uint64_t value) { return {static_cast<std::int64_t>(value)}; }
std::uint64_t unsigned_of(const Reader& reader, std::string_view key) {
    return static_cast<std::uint64_t>(reader.integer(key));
}

std::string encode(const DeploymentItem& item) {
    return to_text(Document::object({{"line", item.line}}));
}

Document document_of(const JournalItem& journal) {
    Document stretches = Document::array();
    for (const Stretch& stretch : journal.stretches)
        stretches.push_back(
            Document::object({{"first", number(stretch.first)}, {"fence", number(stretch.fence)}}));
    return Document::object({{"deployment", journal.deployment.text()},
                             {"line", journal.line},
                             {"revision", number(journal.revision)},
                             {"last", number(journal.last)},
                             {"headline", journal.headline},
                             {"stretches", std::move(stretches)}});
}
std::string encode(const JournalItem& journal) { return to_text(document_of(journal)); }

std::string encode(const LineItem& line) {
    Document erasure = Document::array();
    for (const std::string& key : line.erasure)
        erasure.push_back(key);
    const LeaseView& lease = line.lease.view;
    const auto milliseconds = [](TimePoint time) {
        return static_cast<std::int64_t>(time.time_since_epoch().count());
    };
    return to_text(Document::object({{"fence", number(line.lease.fence)},
                                     {"is_held", lease.is_held},
                                     {"holder", lease.holder},
                                     {"deployment", lease.deployment.text()},
                                     {"since_ms", milliseconds(lease.since)},
                                     {"until_ms", milliseconds(lease.until)},
                                     {"journal", document_of(line.journal)},
                                     {"erasure", std::move(erasure)}}));
}

/// A line of JSON, then the record's bytes as they are.
std::string encode(const StoredRecord& record) {
    return to_text(
               Document::object({{"sequence", number(record.sequence)}, {"kind", record.kind}})) +
           '\n' + record.bytes;
}

void read(const Reader& reader, DeploymentItem& item) { item.line = reader.text("line"); }

void read(const Reader& reader, JournalItem& journal) {
    journal.deployment = DeploymentId(reader.text("deployment"));
    journal.line = reader.text("line");
    journal.revision = unsigned_of(reader, "revision");
    journal.last = unsigned_of(reader, "last");
    journal.headline = reader.text("headline");
    reader.items("stretches", [&](const Reader& stretch) {
        journal.stretches.push_back({unsigned_of(stretch, "first"), unsigned_of(stretch, "fence")});
    });
}

void read(const Reader& reader, LineItem& line) {
    line.lease.fence = unsigned_of(reader, "fence");
    LeaseView& lease = line.lease.view;
    lease.is_held = reader.boolean("is_held");
    lease.holder = reader.text("holder");
    lease.deployment = DeploymentId(reader.text("deployment"));
    lease.since = TimePoint(reader.milliseconds("since_ms"));
    lease.until = TimePoint(reader.milliseconds("until_ms"));
    read(reader.member("journal"), line.journal);
    reader.items("erasure", [&](const Reader& key) { line.erasure.push_back(key.item_text()); });
}

void read(const Reader& reader, StoredRecord& record) {
    record.sequence = unsigned_of(reader, "sequence");
    record.kind = reader.text("kind");
}

/// A value of an item, with the item's version; the empty one where there is no item.
template <class T> struct Versioned {
    T value{};
    std::uint64_t version = 0;
};

template <class T> Result<Versioned<T>> decode(const Item& item) {
    constexpr bool has_bytes = std::is_same_v<T, StoredRecord>;
    const std::string_view all = item.bytes;
    const std::size_t head = has_bytes ? std::min(all.find('\n'), all.size()) : all.size();
    const std::string_view bytes = all.substr(0, head);
    auto document = parse_document(bytes);
    if (!document) {
        Error error = with_context(std::move(document).error(), "reading item " + item.key);
        error.category = ErrorCategory::protocol;
        return Unexpected(std::move(error));
    }
    Reader reader(*document);
    Versioned<T> found{.version = item.version};
    read(reader, found.value);
    if constexpr (has_bytes)
        found.value.bytes = all.substr(std::min(head + 1, all.size()));
    return std::move(reader).finish(std::move(found), "reading item " + item.key);
}

// ---- requests --------------------------------------------------------------------------------

/// A coroutine that runs by itself and is gone when it has ended.
struct Job {
    struct promise_type { // NOLINT(readability-identifier-naming): the language's name
        Job get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() { throw; } // out of memory: to who gave the answer
    };
};

class Items final : public ItemStore {
public:
    Items() = default;
    Items(const Items&) = delete;
    Items& operator=(const Items&) = delete;
    ~Items() override {
        for (const auto& [ticket, request] : waiting_)
            request.job.destroy();
    }

    void submit(StoreBatch batch) override {
        for (StoreRequest& request : batch) {
            const std::string lane = lane_of(request.operation);
            if (lane.empty()) {
                start(request);
                continue;
            }
            auto& others = lanes_[lane];
            others.push_back(std::move(request));
            if (others.size() == 1)
                start(others.front());
        }
    }

    std::vector<StoreCompletion> poll() override { return std::exchange(completions_, {}); }

    bool is_busy() const override { return !waiting_.empty() || !completions_.empty(); }

    std::vector<ItemRequest> requests() override { return std::exchange(requests_, {}); }

    void on_answer(ItemTicket ticket, Result<ItemAnswer> answer) override {
        const auto found = waiting_.find(ticket);
        if (found == waiting_.end())
            return;
        const Waiting waiting = found->second;
        waiting_.erase(found);
        *waiting.answer = std::move(answer);
        waiting.job.resume();
    }

private:
    struct Waiting {
        std::coroutine_handle<> job;
        Result<ItemAnswer>* answer = nullptr;
    };

    /// A request to the host; `Read` makes of the answer what is asked for.
    template <class Read> class Call {
    public:
        Call(Items& items, ItemOperation operation, Read read)
            : items_(items), operation_(std::move(operation)), read_(std::move(read)) {}
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> job) {
            const ItemTicket ticket{items_.next_++};
            items_.waiting_.emplace(ticket, Waiting{job, &answer_});
            items_.requests_.push_back({ticket, std::move(operation_)});
        }
        auto await_resume() { return read_(std::move(answer_)); }

    private:
        Items& items_;
        ItemOperation operation_;
        Read read_;
        Result<ItemAnswer> answer_ = ItemAnswer();
    };

    // Arguments are borrowed and nothing but the call itself is a temporary where one is awaited:
    // GCC 12 destroys others twice.

    template <class T> auto get(const std::string& key) {
        return Call(*this, GetItem{key}, [](Result<ItemAnswer> answer) -> Result<Versioned<T>> {
            if (!answer)
                return Unexpected(std::move(answer).error());
            if (answer->items.empty() || answer->items.front().version == 0)
                return Versioned<T>();
            return decode<T>(answer->items.front());
        });
    }
    /// Whether it was written.
    template <class T> auto put(const std::string& key, const T& value, std::uint64_t version) {
        return Call(*this, PutItem{key, encode(value), version},
                    [](Result<ItemAnswer> answer) -> Result<bool> {
                        if (!answer)
                            return Unexpected(std::move(answer).error());
                        return answer->is_written;
                    });
    }
    template <class T> auto scan(const ScanItems& wanted) {
        return Call(*this, wanted, [](Result<ItemAnswer> answer) -> Result<std::vector<T>> {
            if (!answer)
                return Unexpected(std::move(answer).error());
            std::vector<T> values;
            values.reserve(answer->items.size());
            for (const Item& item : answer->items) {
                auto value = decode<T>(item);
                if (!value)
                    return Unexpected(std::move(value).error());
                values.push_back(std::move(value->value));
            }
            return values;
        });
    }

    /// The journal's records after `after`. `journal` is borrowed.
    auto scan_visible(const JournalItem& journal, std::uint64_t after) {
        return Call(*this, ScanItems{.prefix = records_of(journal.deployment)},
                    [&journal, after](Result<ItemAnswer> found) {
                        return visible_records(std::move(found), journal, after);
                    });
    }

    // ---- operations --------------------------------------------------------------------------

    /// What has to happen one after the other; empty: reads, which need not.
    static std::string lane_of(const StoreOperation& operation) {
        return std::visit(
            [](const auto& one) -> std::string {
                using Operation = std::decay_t<decltype(one)>;
                if constexpr (std::is_same_v<Operation, PostOperation>)
                    return inbox_of(one.deployment);
                else if constexpr (std::is_same_v<Operation, AppendOperation> ||
                                   std::is_same_v<Operation, LeaseOperation> ||
                                   std::is_same_v<Operation, ReleaseOperation> ||
                                   std::is_same_v<Operation, EraseOperation>)
                    return line_key(one.line);
                else
                    return {};
            },
            operation);
    }

    void start(const StoreRequest& request) {
        struct Start {
            Items& store;
            StoreTicket ticket;

            void operator()(const AppendOperation& one) const { store.write_line(ticket, one); }
            void operator()(const LeaseOperation& one) const { store.write_line(ticket, one); }
            void operator()(const ReleaseOperation& one) const { store.write_line(ticket, one); }
            void operator()(const EraseOperation& one) const { store.write_line(ticket, one); }
            void operator()(const PostOperation& one) const { store.post(ticket, one); }
            void operator()(const ReadLeaseOperation& one) const { store.read_lease(ticket, one); }
            void operator()(const InboxOperation& one) const { store.read_inbox(ticket, one); }
            void operator()(const ReadOperation& one) const { store.read_journal(ticket, one); }
            void operator()(const ListOperation& one) const { store.list(ticket, one); }
        };
        std::visit(Start{*this, request.ticket}, request.operation);
    }

    void complete(StoreTicket ticket, Result<StoreAnswer> result, const std::string& lane = {}) {
        completions_.push_back({ticket, std::move(result)});
        if (lane.empty())
            return;
        auto& others = lanes_[lane];
        others.pop_front();
        if (others.empty())
            lanes_.erase(lane);
        else
            start(others.front());
    }
    void fail_with(StoreTicket ticket, Error error, const std::string& lane = {}) {
        complete(ticket, Unexpected(std::move(error)), lane);
    }

    // Writes to a line. Whatever they are about, they read the line's item, decide, and write it on
    // the condition that it is unchanged; else they begin again.

    /// Somebody else has to write first each time for that: a database that refuses all conditional
    /// writes is broken.
    static constexpr int attempts_max = 100;

    static Error too_busy() {
        return {.category = ErrorCategory::unavailable,
                .message = "others keep changing what was to be written; try again"};
    }

    /// Nothing where nobody has claimed the journal for a line.
    static std::optional<JournalEnd> end_of(const JournalItem& journal) {
        if (journal.line.empty())
            return std::nullopt;
        return JournalEnd{journal.line, journal.last};
    }

    /// What the operation makes of the line's item and its deployment's journal.
    struct Decide {
        LineItem& line;
        JournalItem& journal;

        Result<StoreAnswer> operator()(const LeaseOperation& one) const {
            return grant(line.lease, one, is_held_at(line.lease, one.now));
        }
        Result<StoreAnswer> operator()(const ReleaseOperation& one) const {
            if (line.lease.fence == one.fence)
                line.lease.view.is_held = false;
            return StoreAnswer{};
        }
        Result<StoreAnswer> operator()(const AppendOperation& one) const {
            if (auto held = check_fence(line.lease, one.line, one.fence); !held)
                return Unexpected(std::move(held).error());
            if (auto fits = check_append(one, end_of(journal)); !fits)
                return Unexpected(std::move(fits).error());
            extend(journal, one);
            line.journal = journal;
            return StoreAnswer{};
        }
        Result<StoreAnswer> operator()(const EraseOperation& one) const {
            if (auto held = check_fence(line.lease, one.line, one.fence); !held)
                return Unexpected(std::move(held).error());
            if (auto fits = check_line(one.deployment, one.line, end_of(journal)); !fits)
                return Unexpected(std::move(fits).error());
            for (const std::uint64_t sequence : one.sequences) {
                if (sequence > 0 && sequence <= journal.last)
                    line.erasure.push_back(
                        record_key(one.deployment, sequence, fence_of(journal, sequence)));
            }
            return StoreAnswer{};
        }
    };

    // NOLINTNEXTLINE(readability-function-size): one sequence, whose order keeps the contract
    template <class Operation> Job write_line(StoreTicket ticket, Operation operation) {
        const std::string key = line_key(operation.line);
        constexpr bool is_append = std::is_same_v<Operation, AppendOperation>;
        constexpr bool is_erasure = std::is_same_v<Operation, EraseOperation>;
        bool is_announced = false; // of an erasure: it remains to be carried out
        for (int attempt = 0; attempt < attempts_max; ++attempt) {
            const auto found = co_await get<LineItem>(key);
            if (!found) {
                fail_with(ticket, found.error(), key);
                co_return;
            }
            const LineItem& former = found->value;
            LineItem line = former;
            for (const std::string& record_to_erase : former.erasure) {
                auto record = co_await get<StoredRecord>(record_to_erase);
                if (!record) {
                    fail_with(ticket, record.error(), key);
                    co_return;
                }
                if (record->value.bytes.empty())
                    continue;
                record->value.bytes.clear();
                // Not written where somebody else has done it.
                const auto erased = co_await put(record_to_erase, record->value, record->version);
                if (!erased) {
                    fail_with(ticket, erased.error(), key);
                    co_return;
                }
            }
            line.erasure = {};

            JournalItem journal;
            Versioned<DeploymentItem> claim; // NOLINT(misc-const-correctness): where not used
            if constexpr (is_append || is_erasure) {
                if (former.journal.deployment == operation.deployment) {
                    journal = former.journal;
                } else {
                    const std::string claim_to_read = deployment_key(operation.deployment);
                    const auto claimed = co_await get<DeploymentItem>(claim_to_read);
                    if (!claimed) {
                        fail_with(ticket, claimed.error(), key);
                        co_return;
                    }
                    claim = *claimed;
                    const std::string journal_to_read =
                        journal_key(claim.value.line, operation.deployment);
                    const auto kept = co_await get<JournalItem>(journal_to_read);
                    if (!kept) {
                        fail_with(ticket, kept.error(), key);
                        co_return;
                    }
                    journal = kept->value;
                    journal.line = claim.value.line;
                }
            }
            Result<StoreAnswer> answer = StoreAnswer{};
            if (!is_announced)
                answer = Decide{line, journal}(operation);
            if (!answer || line == former) {
                complete(ticket, std::move(answer), key);
                co_return;
            }
            if constexpr (is_append) {
                const bool takes_place = former.journal.deployment != operation.deployment;
                if (takes_place && former.journal.revision > 0) {
                    // Where the former journal ends is kept before its place is taken.
                    const std::string former_key =
                        journal_key(operation.line, former.journal.deployment);
                    const auto older = co_await get<JournalItem>(former_key);
                    if (!older) {
                        fail_with(ticket, older.error(), key);
                        co_return;
                    }
                    const bool is_behind = older->value.revision < former.journal.revision;
                    if (is_behind) {
                        const auto kept = co_await put(former_key, former.journal, older->version);
                        if (!kept) {
                            fail_with(ticket, kept.error(), key);
                            co_return;
                        }
                        if (!*kept)
                            continue;
                    }
                }
                if (takes_place && claim.version == 0) {
                    // From now on a reader finds the line; there is nothing to see yet.
                    const std::string own_key = deployment_key(operation.deployment);
                    const DeploymentItem own{operation.line};
                    const auto claimed = co_await put(own_key, own, 0);
                    if (!claimed) {
                        fail_with(ticket, claimed.error(), key);
                        co_return;
                    }
                    if (!*claimed)
                        continue;
                }
                for (const StoredRecord& record : operation.records) {
                    const std::string record_to_write =
                        record_key(operation.deployment, record.sequence, operation.fence);
                    auto written = co_await put(record_to_write, record, 0);
                    if (written && !*written) {
                        // An earlier attempt, which did not get as far as the line, left one.
                        const auto older = co_await get<StoredRecord>(record_to_write);
                        if (!older) {
                            fail_with(ticket, older.error(), key);
                            co_return;
                        }
                        written = co_await put(record_to_write, record, older->version);
                    }
                    if (!written) {
                        fail_with(ticket, written.error(), key);
                        co_return;
                    }
                }
            }
            const auto written = co_await put(key, line, found->version);
            if (!written) {
                fail_with(ticket, written.error(), key);
                co_return;
            }
            if (!*written)
                continue;
            if (is_erasure && !is_announced) {
                is_announced = true;
                continue;
            }
            complete(ticket, std::move(answer), key);
            co_return;
        }
        fail_with(ticket, too_busy(), key);
    }

    Job post(StoreTicket ticket, PostOperation operation) {
        const std::string prefix = inbox_of(operation.deployment);
        if (auto fits = check_post(operation); !fits) {
            fail_with(ticket, std::move(fits).error(), prefix);
            co_return;
        }
        const ScanItems newest{.prefix = prefix, .limit = 1, .is_newest_first = true};
        for (int attempt = 0; attempt < attempts_max; ++attempt) {
            const auto others = co_await scan<StoredRecord>(newest);
            if (!others) {
                fail_with(ticket, others.error(), prefix);
                co_return;
            }
            const std::uint64_t last = others->empty() ? 0 : others->front().sequence;
            const StoredRecord record{last + 1, "decision", operation.bytes};
            const std::string key = prefix + padded(record.sequence);
            const auto written = co_await put(key, record, 0);
            if (!written) {
                fail_with(ticket, written.error(), prefix);
                co_return;
            }
            if (*written) {
                complete(ticket, StoreAnswer{}, prefix);
                co_return;
            }
        }
        fail_with(ticket, too_busy(), prefix);
    }

    // ---- reads -------------------------------------------------------------------------------

    Job read_lease(StoreTicket ticket, ReadLeaseOperation operation) {
        const std::string key = line_key(operation.line);
        const auto line = co_await get<LineItem>(key);
        if (!line) {
            fail_with(ticket, line.error());
            co_return;
        }
        StoreAnswer answer;
        answer.lease = line->value.lease.view;
        answer.lease.is_held = is_held_at(line->value.lease, operation.now);
        complete(ticket, std::move(answer));
    }

    Job read_inbox(StoreTicket ticket, InboxOperation operation) {
        const ScanItems wanted{.prefix = inbox_of(operation.deployment)};
        auto records = co_await scan<StoredRecord>(wanted);
        if (!records) {
            fail_with(ticket, records.error());
            co_return;
        }
        StoreAnswer answer;
        for (StoredRecord& record : *records) {
            if (record.sequence > operation.after)
                answer.records.push_back(std::move(record));
        }
        complete(ticket, std::move(answer));
    }

    Job read_journal(StoreTicket ticket, ReadOperation operation) {
        const std::string claim_to_read = deployment_key(operation.deployment);
        const auto claim = co_await get<DeploymentItem>(claim_to_read);
        if (!claim) {
            fail_with(ticket, claim.error());
            co_return;
        }
        const std::string line_to_read = line_key(claim->value.line);
        const auto line = co_await get<LineItem>(line_to_read);
        if (!line) {
            fail_with(ticket, line.error());
            co_return;
        }
        JournalItem journal = line->value.journal;
        if (journal.deployment != operation.deployment) {
            // The line has gone on to another journal, and had kept this one's end before.
            const std::string journal_to_read =
                journal_key(claim->value.line, operation.deployment);
            const auto kept = co_await get<JournalItem>(journal_to_read);
            if (!kept) {
                fail_with(ticket, kept.error());
                co_return;
            }
            journal = kept->value;
        }
        if (journal.revision == 0) {
            fail_with(ticket, {.category = ErrorCategory::not_found,
                               .message = no_deployment(operation.deployment)});
            co_return;
        }
        auto records = co_await scan_visible(journal, operation.after);
        if (!records) {
            fail_with(ticket, records.error());
            co_return;
        }
        StoreAnswer answer;
        answer.records = *std::move(records);
        complete(ticket, std::move(answer));
    }

    /// The records that the journal's end covers: others were left by who lost the line.
    static Result<std::vector<StoredRecord>>
    visible_records(Result<ItemAnswer> found, const JournalItem& journal, std::uint64_t after) {
        if (!found)
            return Unexpected(std::move(found).error());
        std::vector<StoredRecord> records;
        for (const Item& item : found->items) {
            auto record = decode<StoredRecord>(item);
            if (!record)
                return Unexpected(std::move(record).error());
            const std::uint64_t sequence = record->value.sequence;
            const bool is_visible =
                sequence > after && sequence <= journal.last &&
                item.key == record_key(journal.deployment, sequence, fence_of(journal, sequence));
            if (is_visible)
                records.push_back(std::move(record->value));
        }
        return records;
    }

    Job list(StoreTicket ticket, ListOperation operation) {
        if (auto fits = check_list(operation); !fits) {
            fail_with(ticket, std::move(fits).error());
            co_return;
        }
        // The lines first: what they have open is older than its item, or is newer and told here.
        const bool is_of_all = operation.line.empty();
        std::vector<LineItem> lines;
        if (is_of_all) {
            const ScanItems all{.prefix = std::string(lines_prefix)};
            auto found = co_await scan<LineItem>(all);
            if (!found) {
                fail_with(ticket, found.error());
                co_return;
            }
            lines = *std::move(found);
        } else {
            const std::string key = line_key(operation.line);
            const auto found = co_await get<LineItem>(key);
            if (!found) {
                fail_with(ticket, found.error());
                co_return;
            }
            lines.push_back(found->value);
        }
        ScanItems wanted{.prefix = std::string(journals_prefix)};
        if (!is_of_all) {
            wanted = {.prefix = journals_of(operation.line),
                      .limit = operation.limit,
                      .is_newest_first = true};
            if (!operation.before.empty())
                wanted.before = journal_key(operation.line, operation.before);
        }
        const auto journals = co_await scan<JournalItem>(wanted);
        if (!journals) {
            fail_with(ticket, journals.error());
            co_return;
        }
        std::map<DeploymentId, JournalItem, std::greater<>> newest;
        for (const JournalItem& journal : *journals)
            newest[journal.deployment] = journal;
        for (const LineItem& line : lines) {
            JournalItem& known = newest[line.journal.deployment];
            if (known.revision < line.journal.revision)
                known = line.journal;
        }
        StoreAnswer answer;
        for (const auto& [deployment, journal] : newest) {
            const bool is_asked = journal.revision > 0 &&
                                  (is_of_all || operation.line == journal.line) &&
                                  (operation.before.empty() || deployment < operation.before);
            if (is_asked && answer.deployments.size() < operation.limit)
                answer.deployments.push_back(
                    {deployment, journal.line, journal.last, journal.headline});
        }
        complete(ticket, std::move(answer));
    }

    std::uint64_t next_ = 1;
    std::vector<ItemRequest> requests_;
    std::map<ItemTicket, Waiting> waiting_;
    std::map<std::string, std::deque<StoreRequest>> lanes_;
    std::vector<StoreCompletion> completions_;
};

} // namespace

std::unique_ptr<ItemStore> make_item_store() { return std::make_unique<Items>(); }

} // namespace elastiroll::store
