#include <elastiroll/adapters/store.hpp>

#include <mutex>
#include <utility>

namespace elastiroll::store {

struct SharedStore::State {
    std::mutex mutex{};
    std::unique_ptr<Store> store{};
};

namespace {

/// `Shared` is SharedStore's private state.
template <class Shared> class View final : public Store {
public:
    explicit View(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

    void submit(StoreBatch batch) override {
        const std::scoped_lock lock(shared_->mutex);
        shared_->store->submit(std::move(batch));
        // All of it, since nobody's else is left.
        for (StoreCompletion& one : shared_->store->poll())
            completions_.push_back(std::move(one));
    }
    std::vector<StoreCompletion> poll() override { return std::exchange(completions_, {}); }
    bool is_busy() const override { return !completions_.empty(); }

private:
    std::shared_ptr<Shared> shared_;
    std::vector<StoreCompletion> completions_{};
};

} // namespace

SharedStore::SharedStore(std::unique_ptr<Store> store) : state_(std::make_shared<State>()) {
    state_->store = std::move(store);
}

std::unique_ptr<Store> SharedStore::view() const { return std::make_unique<View<State>>(state_); }

} // namespace elastiroll::store
