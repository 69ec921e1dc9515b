#include "cli/prompt.hpp"

#include <elastiroll/base/text.hpp>

#include <istream>
#include <ostream>
#include <string>

namespace elastiroll::cli {

bool can_ask(const Io& io) {
    return io.in_is_terminal && (io.out_is_terminal || io.err_is_terminal);
}

std::optional<bool> ask(Io& io, std::string_view question) {
    std::ostream& to = io.out_is_terminal ? *io.out : *io.err;
    to << question << " [y/N] " << std::flush;
    std::string line;
    const bool is_answered = static_cast<bool>(std::getline(*io.in, line));
    if (!is_answered || io.interrupts() > 0) {
        io.in->clear(); // a signal that broke the read in two is no reason not to ask again
        to << '\n' << std::flush;
        return std::nullopt;
    }
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.pop_back();
    const std::string answer = to_lower(line);
    return answer == "y" || answer == "yes";
}

} // namespace elastiroll::cli
