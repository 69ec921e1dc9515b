#pragma once

#include "adapters/sim/draw.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/error.hpp>
#include <elastiroll/base/time.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::sim {

using Findings = std::vector<ErrorDetail>;

/// Numbers that a member may have, both ends included.
struct IntegerRange {
    std::int64_t min = 0;
    std::int64_t max = 0;
};

/// Reads the members of one object of a scenario. What is wrong becomes a finding with its JSON
/// path and reading goes on, so that all findings are told at once. Every key asked for is a known
/// one; finish() reports the others.
class ObjectReader {
public:
    /// Borrows all three; `object` of another kind is a finding and reads as empty.
    ObjectReader(const Document& object, std::string path, Findings& findings);

    /// The member, unless it is absent or null.
    const Document* find(std::string_view key);
    bool has(std::string_view key) { return find(key) != nullptr; }

    std::optional<std::string> text(std::string_view key);
    std::optional<bool> boolean(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key, IntegerRange range);
    std::optional<Milliseconds> duration(std::string_view key);
    /// `"30s"` or `["20s", "40s"]`.
    std::optional<Span> span(std::string_view key);
    /// RFC 3339, or a duration counted from `origin`.
    std::optional<TimePoint> time(std::string_view key, TimePoint origin);
    std::vector<std::string> texts(std::string_view key);
    /// The items of an array; none where the member is absent or of another kind (a finding).
    std::span<const Document> items(std::string_view key);

    /// One of `words`, as its index.
    std::optional<std::size_t> word(std::string_view key,
                                    const std::vector<std::string_view>& words);

    std::string path_of(std::string_view key) const;
    void report(std::string_view key, std::string message, std::string fix = {});
    /// Reports a required member that is not there.
    void require(std::string_view key);
    Findings& findings() noexcept { return *findings_; }

    /// Reports the members that nobody asked for, each with the nearest known key.
    void finish();

private:
    const Document* object_;
    std::string path_;
    Findings* findings_;
    std::vector<std::string_view> known_{};
};

/// The path of item `index` of the array at `path`.
std::string item_path(std::string_view path, std::size_t index);

/// Reports `text` as none of `words`, with the nearest.
void report_unknown_word(ObjectReader& reader, std::string_view key, std::string_view text,
                         const std::vector<std::string_view>& words);

} // namespace elastiroll::sim
