#pragma once

#include <elastiroll/base/time.hpp>

#include <cstdint>
#include <string_view>

namespace elastiroll::sim {

/// A stretch of time from which a delay is drawn, both ends included.
struct Span {
    Milliseconds min{};
    Milliseconds max{};

    bool operator==(const Span&) const = default;
};

/// What a draw is for. Part of its key, so that two draws of one entity are independent.
enum class DrawPurpose : std::uint64_t {
    group_id = 1,
    instance_id,
    request_id,
    fulfilment,
    boot,
    booting_word,
    latency,
};

/// The finaliser of splitmix64: every bit of `value` moves every bit of the result.
constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

/// An entity's key: made of the seed and its name (FNV-1a, then mixed).
constexpr std::uint64_t entity_key(std::uint64_t seed, std::string_view name) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325u ^ mixed(seed);
    for (const char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return mixed(hash);
}

/// The one draw of `entity` for `purpose` at its `ordinal`: nothing else has a part in it, so that
/// asking the cloud more often changes nothing.
constexpr std::uint64_t draw(std::uint64_t entity, DrawPurpose purpose,
                             std::uint64_t ordinal) noexcept {
    return mixed(mixed(entity ^ (static_cast<std::uint64_t>(purpose) << 56)) + ordinal);
}

/// A delay within `span`.
constexpr Milliseconds pick(Span span, std::uint64_t drawn) noexcept {
    if (span.max <= span.min)
        return span.min;
    const auto width = static_cast<std::uint64_t>((span.max - span.min).count()) + 1;
    return span.min + Milliseconds(static_cast<std::int64_t>(drawn % width));
}

} // namespace elastiroll::sim
