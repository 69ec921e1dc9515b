#pragma once

#include <elastiroll/ports/store.hpp>

#include <memory>

namespace elastiroll::test {

/// What the least of remote stores offers: items under keys, each with a version; a consistent
/// `get`, a `put` on the condition of the version, a `scan` by prefix. No transactions.
class RemoteItems;
std::shared_ptr<RemoteItems> make_remote_items();

/// A Store on nothing but those three requests, whose answers arrive some polls later: how a
/// store that is far away keeps the port's contract. Several on the same items are several clients.
///
/// Each request takes 1..polls_max calls of poll().
std::unique_ptr<Store> make_conditional_store(std::shared_ptr<RemoteItems> items,
                                              int polls_max = 3);

} // namespace elastiroll::test
