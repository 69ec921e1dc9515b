#pragma once

#include <elastiroll/adapters/store.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace elastiroll::test {

/// A host's database: no more than an ItemStore asks for.
class RemoteItems {
public:
    Result<store::ItemAnswer> carry_out(const store::ItemOperation& operation);
    /// The next request fails, before it has taken effect or after.
    void fail_next(bool is_applied) { failure_ = is_applied; }

    std::uint64_t requests = 0;

private:
    std::map<std::string, store::Item> items_;
    std::optional<bool> failure_{};
};
std::shared_ptr<RemoteItems> make_remote_items();

/// An ItemStore whose requests are carried out some polls later, each after 1..polls_max calls of
/// poll(). Several on the same items are several clients.
std::unique_ptr<Store> make_conditional_store(std::shared_ptr<RemoteItems> items,
                                              int polls_max = 3);

} // namespace elastiroll::test
