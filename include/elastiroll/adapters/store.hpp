#pragma once

#include <elastiroll/ports/store.hpp>

#include <memory>

namespace elastiroll::store {

/// Journals in this process's memory: they end with it. For tests, plans and simulated runs.
std::unique_ptr<Store> make_memory_store();

} // namespace elastiroll::store
