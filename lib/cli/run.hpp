#pragma once

#include "cli/io.hpp"

#include <span>
#include <string>

namespace elastiroll::cli {

/// The whole command: `arguments` without the program's name. The exit status: docs/cli.md.
int run(std::span<const std::string> arguments, Io& io);

} // namespace elastiroll::cli
