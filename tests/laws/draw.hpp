#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace elastiroll::laws {

/// Numbers from a seed, the same with every library: splitmix64 (Steele, Lea, Flood 2014).
class Draw {
public:
    explicit Draw(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// Any of first..last, all alike but for a bias too small to matter.
    int within(int first, int last) {
        return first + static_cast<int>(next() % static_cast<std::uint64_t>(last - first + 1));
    }
    bool chance(int percent) { return within(1, 100) <= percent; }
    template <class T> T one_of(std::initializer_list<T> values) {
        return values.begin()[within(0, static_cast<int>(values.size()) - 1)];
    }
    const std::string& one_of(const std::vector<std::string>& values) {
        return values[next() % values.size()];
    }
    /// `3s`, for scenarios and specs.
    std::string seconds(int first, int last) { return std::to_string(within(first, last)) + "s"; }

private:
    std::uint64_t state_;
};

} // namespace elastiroll::laws
