#include <elastiroll/adapters/store.hpp>

#include "store_contract.hpp"

#include <doctest/doctest.h>

using namespace elastiroll;

TEST_CASE("the store in memory keeps the contract of stores") {
    test::check_store([] { return store::make_memory_store(); });
}
