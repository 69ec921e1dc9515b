#include "conditional_store.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll::test {
namespace {

struct CarryOut {
    std::map<std::string, store::Item>& items;

    store::ItemAnswer operator()(const store::GetItem& get) const {
        const auto found = items.find(get.key);
        return found == items.end() ? store::ItemAnswer()
                                    : store::ItemAnswer{false, {found->second}};
    }
    store::ItemAnswer operator()(const store::PutItem& put) const {
        const auto found = items.find(put.key);
        const std::uint64_t version = found == items.end() ? 0 : found->second.version;
        if (version != put.version)
            return {};
        items[put.key] = {put.key, put.bytes, version + 1};
        return {true, {}};
    }
    store::ItemAnswer operator()(const store::ScanItems& scan) const {
        store::ItemAnswer answer;
        for (auto it = items.lower_bound(scan.prefix);
             it != items.end() && it->first.starts_with(scan.prefix); ++it) {
            if (scan.before.empty() || it->first < scan.before)
                answer.items.push_back(it->second);
        }
        if (scan.is_newest_first)
            std::ranges::reverse(answer.items);
        if (scan.limit != 0 && answer.items.size() > scan.limit)
            answer.items.resize(scan.limit);
        return answer;
    }
};

class ConditionalStore final : public Store {
public:
    ConditionalStore(std::shared_ptr<RemoteItems> items, int polls_max)
        : items_(std::move(items)), polls_max_(static_cast<std::uint64_t>(polls_max)) {}

    void submit(StoreBatch batch) override {
        store_->submit(std::move(batch));
        take_requests();
    }

    std::vector<StoreCompletion> poll() override {
        for (Pending& one : std::exchange(pending_, {})) {
            if (--one.polls == 0)
                store_->on_answer(one.request.ticket, items_->carry_out(one.request.operation));
            else
                pending_.push_back(std::move(one));
        }
        take_requests();
        return store_->poll();
    }

    bool is_busy() const override { return store_->is_busy(); }

private:
    struct Pending {
        store::ItemRequest request;
        int polls = 0;
    };

    void take_requests() {
        for (store::ItemRequest& request : store_->requests())
            pending_.push_back({std::move(request), 1 + static_cast<int>(calls_++ % polls_max_)});
    }

    std::unique_ptr<store::ItemStore> store_ = store::make_item_store();
    std::shared_ptr<RemoteItems> items_;
    std::uint64_t polls_max_;
    std::uint64_t calls_ = 0;
    std::vector<Pending> pending_{};
};

} // namespace

Result<store::ItemAnswer> RemoteItems::carry_out(const store::ItemOperation& operation) {
    ++requests;
    const std::optional<bool> failure = std::exchange(failure_, std::nullopt);
    if (failure && !*failure)
        return fail(ErrorCategory::unavailable, "the database is away");
    store::ItemAnswer answer = std::visit(CarryOut{items_}, operation);
    if (failure)
        return fail(ErrorCategory::unavailable, "the answer was lost");
    return answer;
}

std::shared_ptr<RemoteItems> make_remote_items() { return std::make_shared<RemoteItems>(); }

std::unique_ptr<Store> make_conditional_store(std::shared_ptr<RemoteItems> items, int polls_max) {
    return std::make_unique<ConditionalStore>(std::move(items), polls_max);
}

} // namespace elastiroll::test
