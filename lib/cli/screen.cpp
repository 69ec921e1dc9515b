#include "cli/screen.hpp"

#include "cli/style.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string_view>

namespace elastiroll::cli {

namespace {

std::string without_escapes(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\x1b')
            at = std::min(text.find('m', at), text.size() - 1);
        else
            result += text[at];
    }
    return result;
}

} // namespace

void Screen::draw(const std::vector<std::string>& above, const std::vector<std::string>& frame,
                  int columns) {
    // A terminal that became narrower has wrapped the lines of the old frame.
    int rows = 0;
    for (const int width : widths_)
        rows += std::max(1, (width + columns - 1) / std::max(1, columns));
    std::string text = rows > 0 ? fmt::format("\x1b[{}A", rows) : "";
    widths_.clear();
    for (const auto* lines : {&above, &frame})
        for (const std::string& line : *lines) {
            // Cleared before it is written: clearing after a line that fills the terminal would
            // take its last character.
            text += "\x1b[2K" + line + "\n";
            if (lines == &frame)
                widths_.push_back(display_width(without_escapes(line)));
        }
    text += "\x1b[J";
    *out_ << text << std::flush;
}

} // namespace elastiroll::cli
