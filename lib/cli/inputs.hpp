#pragma once

#include "cli/arguments.hpp"
#include "cli/io.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <cstddef>
#include <string>

namespace elastiroll::cli {

/// A file's bytes. Fails with not_found, permission_denied or invalid_argument (a folder, or more
/// than `bytes_max`).
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

/// Writes a file that only its owner can read, in place of one that is there.
Result<void> write_private_file(const std::string& path, const std::string& bytes);

/// A JSON file. As read_file() and parse_document(); the details' `line:column` become
/// `path:line:column`.
Result<Document> read_document(const std::string& path);

/// The spec file, the files that it names (relative to its folder) and the variables, resolved.
Result<DeploymentSpec> read_spec(const RunOptions& options, const Io& io);

} // namespace elastiroll::cli
