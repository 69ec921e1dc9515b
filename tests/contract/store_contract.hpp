#pragma once

#include <elastiroll/ports/store.hpp>

#include <functional>
#include <memory>

namespace elastiroll::test {

/// Makes an empty store of one implementation.
using StoreFactory = std::function<std::unique_ptr<Store>()>;

/// Checks inside a test case that the stores of `make` keep the port's contract: order, gaps,
/// fencing, leases, inboxes, limits. An implementation's test is one call of this.
void check_store(const StoreFactory& make);

} // namespace elastiroll::test
