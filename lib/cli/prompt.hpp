#pragma once

#include "cli/io.hpp"

#include <optional>
#include <string_view>

namespace elastiroll::cli {

/// Whether there is a terminal to ask and to be answered on.
bool can_ask(const Io& io);

/// Asks and waits for a line: true for `y` or `yes`, false for anything else; empty where the
/// input ended or the user asked to stop. The question goes to standard output where that is a
/// terminal, else to standard error.
std::optional<bool> ask(Io& io, std::string_view question);

} // namespace elastiroll::cli
