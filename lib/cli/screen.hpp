#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace elastiroll::cli {

/// A block of lines at the bottom of a terminal that is drawn again in place. It writes each frame
/// at once, never hides the cursor and leaves it below the block, so that a process that is killed
/// leaves a sane terminal.
class Screen {
public:
    explicit Screen(std::ostream& out) : out_(&out) {}

    /// Puts `above` where the block begins, for good, and `frame` below it.
    /// `columns`: of the terminal now; after a resize it tells how far the old frame has wrapped.
    void draw(const std::vector<std::string>& above, const std::vector<std::string>& frame,
              int columns);
    /// What was drawn stays; the next frame begins below it.
    void keep() { widths_.clear(); }

private:
    std::ostream* out_;
    std::vector<int> widths_{}; ///< of the lines of the last frame
};

} // namespace elastiroll::cli
