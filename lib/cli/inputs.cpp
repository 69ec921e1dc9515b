#include "cli/inputs.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace elastiroll::cli {

namespace {

// Spot takes 16 KiB of user data, and a variable is part of a text: a larger file is a wrong one.
constexpr std::size_t referenced_bytes_max = std::size_t{1024} * 1024;

Unexpected cannot_read(const std::string& path, int number) {
    const ErrorCategory category = number == ENOENT || number == ENOTDIR ? ErrorCategory::not_found
                                   : number == EACCES ? ErrorCategory::permission_denied
                                                      : ErrorCategory::invalid_argument;
    return fail(category, fmt::format("cannot read {}: {}", path,
                                      number == ENOENT ? "there is no such file"
                                                       : std::generic_category().message(number)));
}

struct Variable {
    std::string name{};
    std::string value{};
};

Result<Variable> read_variable(const std::string& text, const Io& io) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("--var {}: write NAME=VALUE, NAME=@FILE or NAME=env:X", text));
    Variable variable{text.substr(0, equals), text.substr(equals + 1)};
    constexpr std::string_view environment = "env:";
    if (variable.value.starts_with('@')) {
        auto bytes = read_file(variable.value.substr(1), referenced_bytes_max);
        if (!bytes)
            return Unexpected(with_context(std::move(bytes).error(), "--var " + variable.name));
        variable.value = *std::move(bytes);
    } else if (variable.value.starts_with(environment)) {
        const std::string name = variable.value.substr(environment.size());
        auto value = io.environment(name);
        if (!value)
            return fail(
                ErrorCategory::invalid_argument,
                fmt::format("--var {}: the environment has no variable `{}`", variable.name, name));
        variable.value = *std::move(value);
    }
    return variable;
}

// Failures of several inputs, told at once.
class Findings {
public:
    void add(std::string path, Error error) {
        first_ = details_.empty() ? error.category : first_;
        if (error.details.empty())
            details_.push_back({std::move(path), std::move(error.message), {}});
        for (ErrorDetail& detail : error.details)
            details_.push_back(std::move(detail));
    }
    bool empty() const { return details_.empty(); }
    Unexpected take(std::string message) {
        return Unexpected(Error{
            .category = first_, .message = std::move(message), .details = std::move(details_)});
    }

private:
    ErrorCategory first_ = ErrorCategory::invalid_argument;
    std::vector<ErrorDetail> details_{};
};

Result<ResolveRequest> request_of(const RunOptions& options, const Document& document,
                                  const Io& io) {
    ResolveRequest request{.workflow = options.workflow,
                           .previous = options.previous,
                           .production_target_group = options.production_target_group,
                           .force = options.force};
    if (options.image)
        request.image = ImageId(*options.image);
    Findings findings;
    for (const std::string& text : options.variables) {
        auto variable = read_variable(text, io);
        if (!variable)
            findings.add("--var", std::move(variable).error());
        else if (!request.variables.emplace(variable->name, variable->value).second)
            findings.add("--var", Error{.category = ErrorCategory::invalid_argument,
                                        .message = variable->name + " is given twice"});
    }
    const auto folder = std::filesystem::path(options.spec).parent_path();
    for (const std::string& name : referenced_files(document)) {
        auto bytes = read_file((folder / name).string(), referenced_bytes_max);
        if (bytes)
            request.files.emplace(name, *std::move(bytes));
        else
            findings.add(name, std::move(bytes).error());
    }
    if (!findings.empty())
        return findings.take(fmt::format("{}: what it needs cannot be read", options.spec));
    return request;
}

} // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (std::filesystem::is_directory(status))
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("cannot read {}: it is a folder", path));
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return cannot_read(path, errno != 0 ? errno : ENOENT);
    // In pieces, since a pipe has no size and a device may have no end.
    std::string bytes;
    std::string piece(std::size_t{64} * 1024, '\0');
    while (file && bytes.size() <= bytes_max) {
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        bytes.append(piece, 0, static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad())
        return cannot_read(path, errno != 0 ? errno : EIO);
    if (bytes.size() > bytes_max)
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("cannot read {}: it has more than {} bytes", path, bytes_max));
    return bytes;
}

Result<void> write_private_file(const std::string& path, const std::string& bytes) {
    const auto failed = [&path](int number) {
        return fail(
            ErrorCategory::unavailable,
            fmt::format("cannot write {}: {}", path, std::generic_category().message(number)));
    };
    const int file =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        return failed(errno);
    std::size_t done = 0;
    int number = 0;
    while (done < bytes.size() && number == 0) {
        const auto some = ::write(file, bytes.data() + done, bytes.size() - done);
        if (some < 0)
            number = errno;
        else
            done += static_cast<std::size_t>(some);
    }
    if (::close(file) != 0 && number == 0)
        number = errno;
    return number == 0 ? Result<void>() : failed(number);
}

Result<Document> read_document(const std::string& path) {
    auto bytes = read_file(path, DocumentLimits{}.bytes_max);
    if (!bytes)
        return Unexpected(std::move(bytes).error());
    auto document = parse_document(*bytes);
    if (!document) {
        Error error = with_context(std::move(document).error(), path);
        for (ErrorDetail& detail : error.details)
            detail.path = fmt::format("{}:{}", path, detail.path);
        return Unexpected(std::move(error));
    }
    return document;
}

Result<DeploymentSpec> read_spec(const RunOptions& options, const Io& io) {
    const auto document = read_document(options.spec);
    if (!document)
        return Unexpected(document.error());
    const auto request = request_of(options, *document, io);
    if (!request)
        return Unexpected(request.error());
    auto spec = resolve_spec(*document, *request);
    if (!spec)
        return Unexpected(with_context(std::move(spec).error(), options.spec));
    return spec;
}

} // namespace elastiroll::cli
