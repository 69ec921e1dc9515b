#include "cli/bar.hpp"

#include <algorithm>
#include <string_view>

namespace elastiroll::cli {

namespace {

struct Glyphs {
    std::string_view healthy, coming, going, none;
};

Glyphs glyphs_for(const Style& style) {
    return style.utf8 ? Glyphs{"█", "▒", "▓", "·"} : Glyphs{"#", "-", "+", "."};
}

std::string repeat(std::string_view glyph, int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
        text += glyph;
    return text;
}

} // namespace

TextLine bar_line(const BarUnits& units, const BarSize& size, bool is_failing, const Style& style) {
    const int staying = std::min(units.healthy, units.target);
    const int coming = units.target - staying;
    const int going = std::max({0, units.present - units.target, units.healthy - units.target});
    int used_units = 0;
    int used = 0;
    const auto columns_for = [&](int count) {
        if (count == 0)
            return 0;
        used_units += count;
        // Rounds half up; 64 bits, since both factors may be in the 100,000s.
        const auto end =
            static_cast<int>((2LL * used_units * size.columns + size.scale) / (2LL * size.scale));
        const int wanted = std::max(end - used, 1);
        const int given = std::min(wanted, size.columns - used);
        used += given;
        return given;
    };
    const Glyphs glyphs = glyphs_for(style);
    TextLine line;
    line.push_back({repeat(glyphs.healthy, columns_for(staying)), Tone::good});
    line.push_back(
        {repeat(glyphs.coming, columns_for(coming)), is_failing ? Tone::bad : Tone::waiting});
    line.push_back({repeat(glyphs.going, columns_for(going)), Tone::dim});
    line.push_back({repeat(glyphs.none, size.columns - used), Tone::dim});
    return line;
}

} // namespace elastiroll::cli
