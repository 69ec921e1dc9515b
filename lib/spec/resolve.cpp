#include <elastiroll/spec/resolve.hpp>

#include "spec/expression.hpp"
#include "spec/selection.hpp"
#include "spec/spec_document.hpp"
#include "spec/template.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace elastiroll {
namespace {

/// The resolution of one workflow: everything that its parts share.
struct Resolution {
    const SpecDocument& document;
    const ResolveRequest& request;
    const Selection& selection;
    const Settings& settings;
    Scope& scope;
    Expander& expander;
    Findings& findings;
};

Unexpected refuse(Findings&& findings) {
    Error error{.category = ErrorCategory::invalid_argument, .details = std::move(findings).take()};
    error.message =
        fmt::format("the spec document cannot be deployed: {}, to be mended there",
                    count_of(static_cast<std::int64_t>(error.details.size()), "finding"));
    return Unexpected(std::move(error));
}

/// Sets the spec's image from a text that is an id, or `resolve:ssm:` and a parameter's name, as
/// EC2's launch templates write it.
void set_image(const Text& text, const Resolution& resolution, DeploymentSpec& spec) {
    constexpr std::string_view by_parameter = "resolve:ssm:";
    if (text.text.starts_with(by_parameter) && text.text.size() > by_parameter.size()) {
        spec.image_selector = ImageParameter{text.text.substr(by_parameter.size())};
        return;
    }
    if (!is_image_id(text.text))
        resolution.findings.add(text.path, fmt::format("\"{}\" is no AMI id", text.text),
                                "for example \"ami-0123456789abcdef0\"");
    spec.image = ImageId(text.text);
}

std::string expanded(const Text& text, const Resolution& resolution) {
    return expand_name(text, resolution.expander, resolution.findings).value_or("");
}

ImageQuery query_of(const ImageText& image, const Resolution& resolution) {
    ImageQuery query;
    for (const auto& filter : image.filters) {
        ImageFilter& added = query.filters.emplace_back(ImageFilter{.name = filter.name});
        for (const Text& value : filter.values)
            added.values.push_back(expanded(value, resolution));
    }
    for (const Text& owner : image.owners)
        query.owners.push_back(expanded(owner, resolution));
    if (query.owners.empty())
        query.owners = {"self"}; // others' images could be named like ours
    return query;
}

void resolve_image(const Resolution& resolution, DeploymentSpec& spec) {
    if (resolution.request.image) {
        set_image({.text = resolution.request.image->text(), .path = "image"}, resolution, spec);
        return;
    }
    const std::optional<ImageText>& image = resolution.settings.image;
    if (!image)
        resolution.findings.add(
            member_path(parent_path(resolution.selection.service->name.path), "image"),
            "no image is named, by the service, an override or the caller",
            R"(add {"id": "ami-..."}, or name one when deploying)");
    else if (image->id)
        set_image({.text = expanded(*image->id, resolution), .path = image->id->path}, resolution,
                  spec);
    else if (image->parameter)
        spec.image_selector = ImageParameter{expanded(*image->parameter, resolution)};
    else if (!image->filters.empty())
        spec.image_selector = query_of(*image, resolution);
}

/// The content of `source`; empty, and a finding, where its file was not read.
std::optional<std::string> content_of(const ContentSource& source, const Resolution& resolution) {
    if (!source.is_file)
        return source.value.text;
    const auto file = resolution.request.files.find(source.value.text);
    if (file != resolution.request.files.end())
        return file->second;
    resolution.findings.add(source.value.path,
                            fmt::format("the file {} was not read", source.value.text),
                            "hand its bytes over with the document");
    return std::nullopt;
}

void resolve_user_data(const Resolution& resolution, DeploymentSpec& spec) {
    const auto& user_data = resolution.settings.user_data;
    if (!user_data)
        return;
    const ContentSource& source = user_data->source;
    auto content = content_of(source, resolution);
    if (!content)
        return;
    Expansion script = resolution.expander.expand(
        Text{.text = std::move(*content), .path = source.value.path},
        user_data->is_strict ? ExpressionStyle::strict : ExpressionStyle::shell,
        source.is_file ? std::string_view(source.value.text) : std::string_view());
    if (script.is_whole && script.text.empty())
        resolution.findings.add(source.value.path, "the user data is empty",
                                "leave \"user_data\" out to keep the template's own");
    if (script.text.size() > user_data_bytes_max)
        resolution.findings.add(source.value.path,
                                fmt::format("{} bytes of user data are too many, EC2 allows {} "
                                            "before Base64",
                                            script.text.size(), user_data_bytes_max),
                                "fetch the rest from the script");
    spec.user_data = std::move(script.text);
    spec.is_user_data_secret = script.has_secret;
}

struct LoadedTemplate {
    Document group{};
    std::string path{}; ///< where the group object stands
};

/// The group object of a template file, which holds `{"group": {...}}`.
std::optional<LoadedTemplate> load_template_file(const Text& file, const Resolution& resolution) {
    const auto text = content_of(ContentSource{.is_file = true, .value = file}, resolution);
    if (!text)
        return std::nullopt;
    auto parsed = parse_document(*text);
    if (!parsed) {
        const Error& error = parsed.error();
        if (error.details.empty())
            resolution.findings.add(file.path,
                                    fmt::format("{} is no JSON: {}", file.text, error.message));
        for (const ErrorDetail& detail : error.details)
            resolution.findings.add(
                file.path, fmt::format("{}:{}: {}", file.text, detail.path, detail.message));
        return std::nullopt;
    }
    static constexpr std::string_view known[] = {"group"};
    const std::string root = file.text + ":$";
    const ObjectReader reader(*parsed, root, known, resolution.findings);
    if (!reader.require("group", R"(Spot exports {"group": {...}})"))
        return std::nullopt;
    return LoadedTemplate{.group = std::move(*parsed->find("group")),
                          .path = reader.path_of("group")};
}

void resolve_template(const Resolution& resolution, DeploymentSpec& spec) {
    const auto& source = resolution.selection.infrastructure->source;
    if (!source)
        return; // found fault with when it was read
    std::optional<LoadedTemplate> loaded;
    if (source->group != nullptr)
        loaded = LoadedTemplate{.group = *source->group, .path = source->path + ".group"};
    else
        loaded = load_template_file(source->file, resolution);
    if (!loaded)
        return;
    auto expanded =
        expand_template(loaded->group, loaded->path, resolution.expander, resolution.findings);
    check_template(expanded.group, loaded->path,
                   {.region = spec.line.region,
                    .has_user_data = resolution.settings.user_data.has_value(),
                    .ownership = spec.ownership},
                   resolution.findings);
    spec.group_template = std::move(expanded.group);
    spec.secret_paths = std::move(expanded.secret_paths);
    const Document* region = spec.group_template.find("region");
    if (spec.group_template.is_object() && (region == nullptr || region->is_null()))
        spec.group_template.set("region", spec.line.region.text());
}

/// What can be seen of fixed numbers without the snapshot.
void check_instances(const Resolution& resolution, const InstanceCounts& counts,
                     const std::string& path) {
    const auto* capacity = std::get_if<Capacity>(&counts);
    if (capacity == nullptr)
        return;
    const WorkflowText& workflow = *resolution.selection.workflow;
    if (capacity->target() == 0 && !workflow.allow_zero)
        resolution.findings.add(member_path(path, "target"), "a target of 0 would park the service",
                                "set the workflow's \"allow_zero\" to true if that is meant");
    if (workflow.floor && *workflow.floor > capacity->target())
        resolution.findings.add(
            member_path(workflow.path, "floor"),
            fmt::format("the floor {} is more than the target {}, so that the deployment could "
                        "never end",
                        *workflow.floor, capacity->target()),
            "at most the target");
}

void copy_workflow(const Resolution& resolution, DeploymentSpec& spec) {
    const Selection& selection = resolution.selection;
    const WorkflowText& workflow = *selection.workflow;
    spec.application = resolution.document.application.text;
    spec.service = selection.service->name.text;
    spec.environment = selection.environment->name.text;
    spec.infrastructure = selection.infrastructure->name.text;
    spec.workflow = workflow.name.text;
    spec.credentials = selection.infrastructure->credentials;
    spec.naming = workflow.naming;
    spec.strategy = workflow.strategy;
    const auto& instances =
        workflow.instances ? workflow.instances : selection.environment->instances;
    if (instances) {
        spec.instances = instances->counts;
        check_instances(resolution, instances->counts, instances->path);
    }
    spec.phases = workflow.phases;
    spec.order = workflow.order;
    spec.floor = workflow.floor;
    spec.allow_zero = workflow.allow_zero;
    spec.await_old = workflow.await_old;
    spec.traffic = workflow.traffic;
    spec.retention = workflow.retention;
    spec.allow = workflow.allow;
    spec.allow_missing_load_balancers = workflow.allow_missing_load_balancers;
    spec.deallocation = workflow.deallocation;
    spec.ownership = workflow.ownership;
    spec.timing = workflow.timing;
    spec.previous = resolution.request.previous;
    if (spec.traffic)
        spec.traffic->production_target_group =
            resolution.request.production_target_group.value_or("");
    if (!spec.previous && workflow.previous)
        spec.previous = expand_name(*workflow.previous, resolution.expander, resolution.findings);
    spec.force = resolution.request.force;
}

/// A variable that the caller gives and nothing asks for is a slip of the keyboard.
void check_request_variables(const Resolution& resolution) {
    const auto declared = declared_variables(resolution.document);
    for (const auto& [name, value] : resolution.request.variables) {
        const std::string path = "variables." + name;
        if (!is_expression_name(name))
            resolution.findings.add(path, "this cannot be the name of a variable");
        else if (!declared.contains(name) && !resolution.expander.used().contains("var." + name)) {
            const std::vector<std::string_view> candidates(declared.begin(), declared.end());
            const auto nearest = nearest_word(name, candidates);
            resolution.findings.add(path, "nothing in the document declares or uses this variable",
                                    nearest ? fmt::format("perhaps \"{}\" is meant", *nearest)
                                            : "leave it out");
        }
    }
}

void add_source(const ContentSource& source, std::set<std::string>& paths) {
    if (source.is_file)
        paths.insert(source.value.text);
}

void add_settings(const Settings& settings, std::set<std::string>& paths) {
    if (settings.user_data)
        add_source(settings.user_data->source, paths);
    for (const auto& [name, source] : settings.files)
        add_source(source, paths);
}

} // namespace

std::vector<std::string> referenced_files(const Document& document) {
    Findings ignored;
    const SpecDocument spec = read_spec_document(document, ignored);
    std::set<std::string> paths;
    for (const ServiceText& service : spec.services)
        add_settings(service.settings, paths);
    for (const EnvironmentText& environment : spec.environments)
        add_settings(environment.overrides, paths);
    for (const WorkflowText& workflow : spec.workflows)
        add_settings(workflow.overrides, paths);
    for (const InfrastructureText& infrastructure : spec.infrastructures)
        if (infrastructure.source && infrastructure.source->group == nullptr)
            paths.insert(infrastructure.source->file.text);
    return {paths.begin(), paths.end()};
}

Result<DeploymentSpec> resolve_spec(const Document& document, const ResolveRequest& request) {
    Findings findings;
    const SpecDocument spec_document = read_spec_document(document, findings);
    check_references(spec_document, findings);
    check_lines(spec_document, request, findings);
    const auto selection = select_workflow(spec_document, request.workflow, findings);
    if (!selection)
        return refuse(std::move(findings));

    const Settings settings = merged_settings(spec_document, *selection);
    Scope scope = scope_of_names(spec_document, *selection);
    Expander expander(scope, findings);
    add_variables(settings, request.variables, scope, expander);
    add_files(settings, request.files, scope);
    const Resolution resolution{.document = spec_document,
                                .request = request,
                                .selection = *selection,
                                .settings = settings,
                                .scope = scope,
                                .expander = expander,
                                .findings = findings};
    DeploymentSpec spec;
    spec.line = resolve_line(spec_document, *selection, scope, expander, findings);
    copy_workflow(resolution, spec);
    resolve_image(resolution, spec);
    resolve_user_data(resolution, spec);
    resolve_template(resolution, spec);
    check_request_variables(resolution);
    if (!findings.empty())
        return refuse(std::move(findings));
    return spec;
}

} // namespace elastiroll
