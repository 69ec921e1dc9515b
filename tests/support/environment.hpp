#pragma once

#include <cstdint>
#include <optional>

namespace elastiroll::test {

/// `count` times ELASTIROLL_TEST_SCALE (a decimal number, default 1), at least 1: how much to
/// generate. Sanitizers run with a tenth, soak runs with more.
int scaled(int count);

/// The seed of everything random in this process: ELASTIROLL_TEST_SEED, else a new one. A test run
/// that fails after this was called prints it.
std::uint64_t seed();
/// What ELASTIROLL_TEST_SEED says, where it is set.
std::optional<std::uint64_t> given_seed();

/// The seed where seed() was called.
std::optional<std::uint64_t> seed_in_use();

} // namespace elastiroll::test
