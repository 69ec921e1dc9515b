#include "handles.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/spec/resolve.hpp>

#include <fmt/format.h>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

using Texts = std::map<std::string, std::string, std::less<>>;

Result<Texts> read_named(const char* what, const elr_named_bytes* items, std::size_t count) {
    Texts texts;
    if (count > 0 && !items)
        return invalid(fmt::format("options->{} is NULL and its count is {}", what, count));
    for (std::size_t i = 0; i < count; ++i) {
        auto name = read_name("the name of one", items[i].name);
        if (!name)
            return Unexpected(with_context(std::move(name).error(), what));
        const auto bytes = read_bytes("its bytes", items[i].bytes, items[i].size);
        if (!bytes)
            return Unexpected(with_context(bytes.error(), what));
        if (!texts.emplace(*std::move(name), *bytes).second)
            return invalid(fmt::format("{}: {} is given twice", what, items[i].name));
    }
    return texts;
}

Result<ResolveRequest> read_request(const elr_spec_options* given) {
    const auto options = read_options("options", given);
    if (!options)
        return Unexpected(options.error());
    if (options->reserved != 0)
        return invalid("options->reserved is not 0");
    ResolveRequest request{.force = options->force != 0};
    std::string image;
    TextReader reader;
    reader.read("options->workflow", options->workflow, request.workflow);
    reader.read("options->image", options->image, image);
    reader.read("options->previous", options->previous, request.previous);
    reader.read("options->production_target_group", options->production_target_group,
                request.production_target_group);
    if (auto read = std::move(reader).result(); !read)
        return Unexpected(std::move(read).error());
    if (!image.empty())
        request.image = ImageId(image);
    auto variables = read_named("variables", options->variables, options->variable_count);
    if (!variables)
        return Unexpected(std::move(variables).error());
    request.variables = *std::move(variables);
    auto files = read_named("files", options->files, options->file_count);
    if (!files)
        return Unexpected(std::move(files).error());
    request.files = *std::move(files);
    return request;
}

} // namespace

elr_status elr_spec_new(const char* json, size_t json_size, const elr_spec_options* options,
                        elr_spec** spec_out, elr_error** error_out) {
    clear(spec_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"json", json}, {"spec_out", spec_out}}); !given)
            return given;
        const auto request = read_request(options);
        if (!request)
            return Unexpected(request.error());
        const auto document = read_json(json, json_size);
        if (!document)
            return Unexpected(document.error());
        auto spec = resolve_spec(*document, *request);
        if (!spec)
            return Unexpected(std::move(spec).error());
        *spec_out = make_handle<elr_spec>(*std::move(spec));
        return {};
    });
}

elr_status elr_spec_files(const char* json, size_t json_size, char** paths_out,
                          elr_error** error_out) {
    clear(paths_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"json", json}, {"paths_out", paths_out}}); !given)
            return given;
        const auto document = read_json(json, json_size);
        if (!document)
            return Unexpected(document.error());
        Document paths = Document::array();
        for (const std::string& path : referenced_files(*document))
            paths.push_back(path);
        return give_text(to_text(paths), paths_out);
    });
}

const char* elr_spec_line(const elr_spec* spec) { return spec ? spec->line.c_str() : nullptr; }

const char* elr_spec_schema(void) { return spec_schema().data(); }

void elr_spec_free(elr_spec* spec) { free_handle(spec); }
