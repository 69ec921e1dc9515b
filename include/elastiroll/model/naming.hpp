#pragma once

#include <elastiroll/base/result.hpp>
#include <elastiroll/model/identifiers.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace elastiroll {

/// The `<app>` of a group's name. Not empty, at most 200 bytes of printable UTF-8, and it does not
/// end in `__<digits>`, because `<other>__1` would then belong to two lines.
class GroupPrefix {
public:
    GroupPrefix() = default;
    static Result<GroupPrefix> make(std::string text);
    const std::string& text() const noexcept { return text_; }
    auto operator<=>(const GroupPrefix&) const = default;

private:
    std::string text_{};
};

/// The number N in a group's name `<prefix>__<N>`: 1..revision_max.
class Revision {
public:
    static constexpr std::int64_t max = 999'999'999;

    static Result<Revision> make(std::int64_t number);
    int number() const noexcept { return number_; }
    /// Fails with conflict at revision_max.
    Result<Revision> next() const;
    auto operator<=>(const Revision&) const = default;

private:
    explicit Revision(int number) : number_(number) {}
    int number_ = 1;
};

/// `<prefix>__<N>`.
std::string group_name(const GroupPrefix& prefix, Revision revision);

/// What a group's name says about its place on a line.
enum class NameKind : std::uint8_t {
    unrelated,  ///< another line's
    revision,   ///< `<prefix>__<N>`, N written as we write it
    production, ///< `<prefix>`: the serving group of a blue/green line
    stage,      ///< the waiting group of a blue/green line
    odd, ///< `<prefix>__` with digits that are no revision (`007`, too large): looked past, and
         ///< said
};

struct ParsedName {
    NameKind kind = NameKind::unrelated;
    std::optional<Revision> revision{}; ///< only for NameKind::revision

    bool operator==(const ParsedName&) const = default;
};

/// Where `name` stands on the line `prefix` whose stage group is called `stage_name`. Exact: no
/// case folding, no trimming.
ParsedName parse_group_name(const GroupPrefix& prefix, std::string_view stage_name,
                            std::string_view name);

/// What a deployment acts on.
struct Line {
    AccountId account{};
    Region region{};
    GroupPrefix prefix{};

    auto operator<=>(const Line&) const = default;
};

/// `act-92d45673/eu-west-1/shop__web__production`.
std::string to_string(const Line& line);

/// How a blue/green stage group is called and how default prefixes are built.
enum class NamingPreset : std::uint8_t {
    elastiroll, ///< `<prefix>__STAGE`
    harness,    ///< `<prefix>__STAGE__Harness` and Harness's prefix normalisation
};

std::string stage_name(const GroupPrefix& prefix, NamingPreset preset);

/// Harness's normalisation: trimmed, then each of `-|+*/\ &$"'.` becomes `__`.
/// Source: harness-core, Misc.java.
std::string normalise_harness(std::string_view text);

} // namespace elastiroll
