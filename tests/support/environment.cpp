#include "environment.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>

namespace elastiroll::test {
namespace {

/// The number in environment variable `name`. A wrong one ends the run: with a default in its
/// place the run would look like the one that was asked for.
template <class Number> std::optional<Number> number_from(const char* name) {
    const char* const value = std::getenv(name);
    if (!value || *value == '\0')
        return std::nullopt;
    const std::string_view text(value);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < Number{}) {
        std::fprintf(stderr, "%s: expected a number, got %s\n", name, value);
        std::exit(2);
    }
    return number;
}

std::optional<std::uint64_t>& used_seed() {
    static std::optional<std::uint64_t> used;
    return used;
}

} // namespace

int scaled(int count) {
    static const double scale = number_from<double>("ELASTIROLL_TEST_SCALE").value_or(1.0);
    return std::max(1, static_cast<int>(count * scale));
}

std::optional<std::uint64_t> given_seed() {
    return number_from<std::uint64_t>("ELASTIROLL_TEST_SEED");
}

std::uint64_t seed() {
    if (!used_seed()) {
        used_seed() = given_seed();
        if (!used_seed())
            used_seed() = std::random_device{}();
    }
    return *used_seed();
}

std::optional<std::uint64_t> seed_in_use() { return used_seed(); }

} // namespace elastiroll::test
