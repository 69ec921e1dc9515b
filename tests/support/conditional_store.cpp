#include "conditional_store.hpp"

#include "adapters/store/checks.hpp"

#include <coroutine>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll::test {
namespace {

// The items' values. Keys:
//     line/<line>                                 LineItem
//     deployment/<id>                             JournalItem: as it was when another one of the
//                                                 line was written to; first of all it tells the
//                                                 line of a deployment
//     record/<id>/<sequence>/<fencing number>     StoredRecord: visible once the journal's end
//                                                 covers it
//     inbox/<id>/<sequence>                       StoredRecord

/// From `first` on, records were written under `fence`.
struct Stretch {
    std::uint64_t first = 0;
    FencingNumber fence = 0;

    bool operator==(const Stretch&) const = default;
};
struct JournalItem {
    std::string line{};
    std::uint64_t revision = 0; ///< grows with every append; 0: nothing is visible yet
    std::uint64_t last = 0;
    std::string headline{};
    std::vector<Stretch> stretches{};

    bool operator==(const JournalItem&) const = default;
};
struct Erasure {
    DeploymentId deployment{};
    std::vector<std::string> keys{};

    bool operator==(const Erasure&) const = default;
};
/// What all writes of a line go through.
struct LineItem {
    store::LeaseState lease{};
    DeploymentId open{}; ///< whose journal `journal` is
    JournalItem journal{};
    Erasure erasure{}; ///< announced and not yet known to be through

    bool operator==(const LineItem&) const = default;
};
using Value = std::variant<LineItem, JournalItem, StoredRecord>;

std::string line_key(const std::string& line) { return "line/" + line; }
std::string journal_key(const DeploymentId& deployment) {
    return "deployment/" + deployment.text();
}
/// Such that keys sort as numbers do.
std::string padded(std::uint64_t number) {
    constexpr std::size_t digits = 20;
    const std::string text = std::to_string(number);
    return std::string(digits - text.size(), '0') + text;
}
std::string records_prefix(const DeploymentId& deployment) {
    return "record/" + deployment.text() + '/';
}
std::string record_key(const DeploymentId& deployment, std::uint64_t sequence,
                       FencingNumber fence) {
    return records_prefix(deployment) + padded(sequence) + '/' + padded(fence);
}
std::string inbox_prefix(const DeploymentId& deployment) {
    return "inbox/" + deployment.text() + '/';
}

/// Under which number the journal's record `sequence` was written.
FencingNumber fence_of(const JournalItem& journal, std::uint64_t sequence) {
    FencingNumber fence = 0;
    for (const Stretch& stretch : journal.stretches) {
        if (stretch.first <= sequence)
            fence = stretch.fence;
    }
    return fence;
}

/// Nothing where nobody has claimed the journal for a line.
std::optional<store::JournalEnd> end_of(const JournalItem& journal) {
    if (journal.line.empty())
        return std::nullopt;
    return store::JournalEnd{journal.line, journal.last};
}

void extend(JournalItem& journal, const AppendOperation& append) {
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

/// A coroutine that runs by itself and is gone when it has ended.
struct Job {
    struct promise_type { // NOLINT(readability-identifier-naming): the language's name
        Job get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::abort(); }
    };
};

} // namespace

class RemoteItems {
public:
    struct Item {
        std::uint64_t version = 0; ///< 0: it is not there
        Value value;
    };

    Item get(const std::string& key) const {
        const auto found = items_.find(key);
        return found == items_.end() ? Item() : found->second;
    }
    bool put(const std::string& key, Value value, std::uint64_t version) {
        Item& item = items_[key];
        if (item.version != version)
            return false;
        item.version = ++newest_;
        item.value = std::move(value);
        return true;
    }
    std::vector<std::pair<std::string, Item>> scan(const std::string& prefix) const {
        std::vector<std::pair<std::string, Item>> found;
        for (auto it = items_.lower_bound(prefix);
             it != items_.end() && it->first.starts_with(prefix); ++it) {
            if (it->second.version != 0)
                found.emplace_back(*it);
        }
        return found;
    }

private:
    std::map<std::string, Item> items_;
    std::uint64_t newest_ = 0;
};

namespace {

using Item = RemoteItems::Item;
using Items = std::vector<std::pair<std::string, Item>>;

template <class T> T value_of(const Item& item) {
    const T* value = std::get_if<T>(&item.value);
    return value == nullptr ? T() : *value;
}

class ConditionalStore final : public Store {
public:
    ConditionalStore(std::shared_ptr<RemoteItems> items, int polls_max)
        : items_(std::move(items)), polls_max_(static_cast<std::uint64_t>(polls_max)) {}
    ConditionalStore(const ConditionalStore&) = delete;
    ConditionalStore& operator=(const ConditionalStore&) = delete;
    ~ConditionalStore() override {
        for (const Pending& one : pending_)
            one.job.destroy();
    }

    void submit(StoreBatch batch) override {
        for (StoreRequest& request : batch) {
            const std::string lane = lane_of(request.operation);
            if (lane.empty()) {
                start(request);
                continue;
            }
            auto& waiting = lanes_[lane];
            waiting.push_back(std::move(request));
            if (waiting.size() == 1)
                start(waiting.front());
        }
    }

    std::vector<StoreCompletion> poll() override {
        for (Pending& one : std::exchange(pending_, {})) {
            if (--one.polls == 0)
                one.job.resume();
            else
                pending_.push_back(one);
        }
        return std::exchange(completions_, {});
    }

    bool is_busy() const override { return !pending_.empty() || !completions_.empty(); }

private:
    struct Pending {
        std::coroutine_handle<> job;
        int polls = 0;
    };

    /// A request to the remote store; it takes effect when its answer arrives.
    template <class Act> class Call {
    public:
        Call(ConditionalStore& store, Act act) : store_(store), act_(std::move(act)) {}
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> job) {
            const int polls = 1 + static_cast<int>(store_.calls_++ % store_.polls_max_);
            store_.pending_.push_back({job, polls});
        }
        auto await_resume() { return act_(*store_.items_); }

    private:
        ConditionalStore& store_;
        Act act_;
    };

    // Arguments are borrowed and nothing but the call itself is a temporary where one is awaited:
    // GCC 12 destroys others twice.

    auto get(const std::string& key) {
        return Call(*this, [key](RemoteItems& items) { return items.get(key); });
    }
    template <class T> auto put(const std::string& key, const T& value, std::uint64_t version) {
        return Call(*this, [key, value, version](RemoteItems& items) {
            return items.put(key, Value(value), version);
        });
    }
    auto scan(const std::string& prefix) {
        return Call(*this, [prefix](RemoteItems& items) { return items.scan(prefix); });
    }

    /// What has to happen one after the other; empty: reads, which need not.
    static std::string lane_of(const StoreOperation& operation) {
        struct Lane {
            std::string operator()(const AppendOperation& one) { return line_key(one.line); }
            std::string operator()(const LeaseOperation& one) { return line_key(one.line); }
            std::string operator()(const ReleaseOperation& one) { return line_key(one.line); }
            std::string operator()(const EraseOperation& one) { return line_key(one.line); }
            std::string operator()(const PostOperation& one) {
                return inbox_prefix(one.deployment);
            }
            std::string operator()(const ReadLeaseOperation&) { return {}; }
            std::string operator()(const InboxOperation&) { return {}; }
            std::string operator()(const ReadOperation&) { return {}; }
            std::string operator()(const ListOperation&) { return {}; }
        };
        return std::visit(Lane(), operation);
    }

    void start(const StoreRequest& request) {
        struct Start {
            ConditionalStore& store;
            StoreTicket ticket;

            void operator()(const AppendOperation& one) const { store.write_line(ticket, one); }
            void operator()(const LeaseOperation& one) const { store.write_line(ticket, one); }
            void operator()(const ReleaseOperation& one) const { store.write_line(ticket, one); }
            void operator()(const EraseOperation& one) const { store.write_line(ticket, one); }
            void operator()(const PostOperation& one) const { store.post(ticket, one); }
            void operator()(const ReadLeaseOperation& one) const { store.read_lease(ticket, one); }
            void operator()(const InboxOperation& one) const { store.read_inbox(ticket, one); }
            void operator()(const ReadOperation& one) const { store.read(ticket, one); }
            void operator()(const ListOperation& one) const { store.list(ticket, one); }
        };
        std::visit(Start{*this, request.ticket}, request.operation);
    }

    void complete(StoreTicket ticket, Result<StoreAnswer> result, const std::string& lane = {}) {
        completions_.push_back({ticket, std::move(result)});
        if (lane.empty())
            return;
        auto& waiting = lanes_[lane];
        waiting.pop_front();
        if (waiting.empty())
            lanes_.erase(lane);
        else
            start(waiting.front());
    }

    // Writes to a line. Whatever they are about, they read the line's item, decide, and write it on
    // the condition that it is unchanged; else they begin again.

    static constexpr int attempts_max = 100;

    static Error too_busy() {
        return {.category = ErrorCategory::unavailable,
                .message = "others keep changing what was to be written; try again"};
    }

    /// What the operation makes of the line's item and its deployment's journal.
    struct Decide {
        LineItem& line;
        JournalItem& journal;

        Result<StoreAnswer> operator()(const LeaseOperation& one) const {
            return store::grant(line.lease, one, store::is_held_at(line.lease, one.now));
        }
        Result<StoreAnswer> operator()(const ReleaseOperation& one) const {
            if (line.lease.fence == one.fence)
                line.lease.view.is_held = false;
            return StoreAnswer{};
        }
        Result<StoreAnswer> operator()(const AppendOperation& one) const {
            if (auto held = store::check_fence(line.lease, one.line, one.fence); !held)
                return Unexpected(std::move(held).error());
            if (auto fits = store::check_append(one, end_of(journal)); !fits)
                return Unexpected(std::move(fits).error());
            extend(journal, one);
            line.open = one.deployment;
            line.journal = journal;
            return StoreAnswer{};
        }
        Result<StoreAnswer> operator()(const EraseOperation& one) const {
            if (auto held = store::check_fence(line.lease, one.line, one.fence); !held)
                return Unexpected(std::move(held).error());
            const auto end = end_of(journal);
            if (auto fits = store::check_line(one.deployment, one.line, end); !fits)
                return Unexpected(std::move(fits).error());
            line.erasure.deployment = one.deployment;
            for (const std::uint64_t sequence : one.sequences) {
                if (sequence > 0 && sequence <= journal.last)
                    line.erasure.keys.push_back(
                        record_key(one.deployment, sequence, fence_of(journal, sequence)));
            }
            return StoreAnswer{};
        }
    };

    template <class Operation> Job write_line(StoreTicket ticket, Operation operation) {
        const std::string key = line_key(operation.line);
        constexpr bool is_append = std::is_same_v<Operation, AppendOperation>;
        constexpr bool is_erasure = std::is_same_v<Operation, EraseOperation>;
        bool is_announced = false; // of an erasure: it remains to be carried out
        for (int attempt = 0; attempt < attempts_max; ++attempt) {
            const Item found = co_await get(key);
            auto line = value_of<LineItem>(found);
            const LineItem former = line;
            for (const std::string& record_to_erase : former.erasure.keys) {
                const Item item = co_await get(record_to_erase);
                auto record = value_of<StoredRecord>(item);
                if (record.bytes.empty())
                    continue;
                record.bytes.clear();
                // Refused where somebody else has done it.
                co_await put(record_to_erase, record, item.version);
            }
            line.erasure = {};

            JournalItem journal;
            Item kept; // NOLINT(misc-const-correctness): const where it is not used
            if constexpr (is_append || is_erasure) {
                if (former.open == operation.deployment) {
                    journal = former.journal;
                } else {
                    const std::string journal_to_read = journal_key(operation.deployment);
                    kept = co_await get(journal_to_read);
                    journal = value_of<JournalItem>(kept);
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
                if (former.open != operation.deployment) {
                    // Where the former journal ends is kept before its place is taken.
                    const std::string former_key = journal_key(former.open);
                    const Item older = co_await get(former_key);
                    const bool is_behind =
                        value_of<JournalItem>(older).revision < former.journal.revision;
                    if (is_behind) {
                        const bool is_kept =
                            co_await put(former_key, former.journal, older.version);
                        if (!is_kept)
                            continue;
                    }
                    if (kept.version == 0) {
                        // From now on a reader finds the line; there is nothing to see yet.
                        const std::string own_key = journal_key(operation.deployment);
                        const JournalItem claim{.line = operation.line};
                        const bool is_claimed = co_await put(own_key, claim, 0);
                        if (!is_claimed)
                            continue;
                    }
                }
                for (const StoredRecord& record : operation.records) {
                    const std::string record_to_write =
                        record_key(operation.deployment, record.sequence, operation.fence);
                    // There is one already where an earlier attempt did not get as far as the line.
                    const Item older = co_await get(record_to_write);
                    co_await put(record_to_write, record, older.version);
                }
            }
            const bool is_written = co_await put(key, line, found.version);
            if (!is_written)
                continue;
            if (is_erasure && !is_announced) {
                is_announced = true;
                continue;
            }
            complete(ticket, std::move(answer), key);
            co_return;
        }
        complete(ticket, Unexpected(too_busy()), key);
    }

    Job post(StoreTicket ticket, PostOperation operation) {
        const std::string prefix = inbox_prefix(operation.deployment);
        if (auto fits = store::check_post(operation); !fits) {
            // An answer never comes within submit().
            const std::string nothing;
            co_await get(nothing);
            complete(ticket, Unexpected(std::move(fits).error()), prefix);
            co_return;
        }
        for (int attempt = 0; attempt < attempts_max; ++attempt) {
            const Items others = co_await scan(prefix);
            const StoredRecord record{others.size() + 1, "decision", operation.bytes};
            const std::string key = prefix + padded(record.sequence);
            const bool is_kept = co_await put(key, record, 0);
            if (is_kept) {
                complete(ticket, StoreAnswer{}, prefix);
                co_return;
            }
        }
        complete(ticket, Unexpected(too_busy()), prefix);
    }

    // Reads.

    Job read_lease(StoreTicket ticket, ReadLeaseOperation operation) {
        const std::string key = line_key(operation.line);
        const Item item = co_await get(key);
        const auto lease = value_of<LineItem>(item).lease;
        StoreAnswer answer;
        answer.lease = lease.view;
        answer.lease.is_held = store::is_held_at(lease, operation.now);
        complete(ticket, std::move(answer));
    }

    Job read_inbox(StoreTicket ticket, InboxOperation operation) {
        const std::string prefix = inbox_prefix(operation.deployment);
        const Items items = co_await scan(prefix);
        StoreAnswer answer;
        for (const auto& [found, item] : items) {
            auto record = value_of<StoredRecord>(item);
            if (record.sequence > operation.after)
                answer.records.push_back(std::move(record));
        }
        complete(ticket, std::move(answer));
    }

    Job read(StoreTicket ticket, ReadOperation operation) {
        const std::string key = journal_key(operation.deployment);
        Item item = co_await get(key);
        const std::string line_to_read = line_key(value_of<JournalItem>(item).line);
        const Item line_item = co_await get(line_to_read);
        const auto line = value_of<LineItem>(line_item);
        // Where the line has gone on to another journal, it had kept this one's end before.
        if (line.open != operation.deployment)
            item = co_await get(key);
        const auto journal =
            line.open == operation.deployment ? line.journal : value_of<JournalItem>(item);
        if (journal.revision == 0) {
            complete(ticket,
                     fail(ErrorCategory::not_found, store::no_deployment(operation.deployment)));
            co_return;
        }
        const std::string prefix = records_prefix(operation.deployment);
        const Items records = co_await scan(prefix);
        StoreAnswer answer;
        for (const auto& [record_key_found, record_item] : records) {
            auto record = value_of<StoredRecord>(record_item);
            const std::string visible_key = record_key(operation.deployment, record.sequence,
                                                       fence_of(journal, record.sequence));
            const bool is_visible = record.sequence > operation.after &&
                                    record.sequence <= journal.last &&
                                    record_key_found == visible_key;
            if (is_visible)
                answer.records.push_back(std::move(record));
        }
        complete(ticket, std::move(answer));
    }

    Job list(StoreTicket ticket, ListOperation operation) {
        if (auto fits = store::check_list(operation); !fits) {
            // An answer never comes within submit().
            const std::string nothing;
            co_await get(nothing);
            complete(ticket, Unexpected(std::move(fits).error()));
            co_return;
        }
        // The lines first: what they have open is older than its item, or is newer and told here.
        const std::string lines_prefix = line_key(operation.line);
        const Items lines = co_await scan(lines_prefix);
        const std::string journals_prefix = "deployment/";
        const Items journals = co_await scan(journals_prefix);
        std::map<std::string, JournalItem> newest;
        for (const auto& [key, item] : journals)
            newest[key] = value_of<JournalItem>(item);
        for (const auto& [key, item] : lines) {
            const auto line = value_of<LineItem>(item);
            JournalItem& known = newest[journal_key(line.open)];
            if (known.revision < line.journal.revision)
                known = line.journal;
        }
        StoreAnswer answer;
        for (const auto& [key, journal] : std::ranges::reverse_view(newest)) {
            const DeploymentId deployment(key.substr(journals_prefix.size()));
            const bool is_asked = journal.revision > 0 &&
                                  (operation.line.empty() || operation.line == journal.line) &&
                                  (operation.before.empty() || deployment < operation.before);
            if (is_asked && answer.deployments.size() < operation.limit)
                answer.deployments.push_back(
                    {deployment, journal.line, journal.last, journal.headline});
        }
        complete(ticket, std::move(answer));
    }

    std::shared_ptr<RemoteItems> items_;
    std::uint64_t polls_max_;
    std::uint64_t calls_ = 0;
    std::vector<Pending> pending_;
    std::map<std::string, std::deque<StoreRequest>> lanes_;
    std::vector<StoreCompletion> completions_;
};

} // namespace

std::shared_ptr<RemoteItems> make_remote_items() { return std::make_shared<RemoteItems>(); }

std::unique_ptr<Store> make_conditional_store(std::shared_ptr<RemoteItems> items, int polls_max) {
    return std::make_unique<ConditionalStore>(std::move(items), polls_max);
}

} // namespace elastiroll::test
