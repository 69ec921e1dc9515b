#include "spec/selection.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <map>
#include <utility>

namespace elastiroll {
namespace {

template <class Entry>
const Entry* find_named(const std::vector<Entry>& entries, std::string_view name) {
    for (const Entry& entry : entries)
        if (!name.empty() && entry.name.text == name)
            return &entry;
    return nullptr;
}

template <class Entry> std::vector<std::string_view> names_of(const std::vector<Entry>& entries) {
    std::vector<std::string_view> names;
    for (const Entry& entry : entries)
        if (!entry.name.text.empty())
            names.push_back(entry.name.text);
    return names;
}

template <class Entry>
void check_reference(const Text& reference, std::string_view what,
                     const std::vector<Entry>& entries, Findings& findings) {
    // A name that is itself wrong was found fault with when it was read.
    if (reference.text.empty() || find_named(entries, reference.text) != nullptr)
        return;
    findings.add(reference.path, fmt::format("there is no {} \"{}\"", what, reference.text),
                 fix_for_word(reference.text, names_of(entries)));
}

std::optional<Selection> parts_of(const SpecDocument& document, const WorkflowText& workflow) {
    Selection selection{.workflow = &workflow,
                        .service = find_named(document.services, workflow.service.text),
                        .infrastructure =
                            find_named(document.infrastructures, workflow.infrastructure.text)};
    if (selection.service == nullptr || selection.infrastructure == nullptr)
        return std::nullopt;
    selection.environment =
        find_named(document.environments, selection.infrastructure->environment.text);
    return selection.environment == nullptr ? std::nullopt : std::optional(selection);
}

void override_with(const Settings& stronger, Settings& settings) {
    if (stronger.image)
        settings.image = stronger.image;
    if (stronger.user_data)
        settings.user_data = stronger.user_data;
    for (const auto& [name, variable] : stronger.variables) {
        // A value that replaces a secret is one too.
        const bool was_secret =
            settings.variables.contains(name) && settings.variables.at(name).is_secret;
        settings.variables[name] = variable;
        settings.variables[name].is_secret |= was_secret;
    }
    for (const auto& [name, source] : stronger.files)
        settings.files[name] = source;
}

/// Whether the line of a selection depends on variables: merging them for every workflow of a large
/// document for nothing would be most of the work.
bool line_has_variables(const Selection& selection) {
    const auto has_expression = [](const Text& text) {
        return text.text.find("${var.") != std::string::npos;
    };
    const auto& prefix = selection.workflow->group_prefix;
    return has_expression(selection.infrastructure->account) ||
           has_expression(selection.infrastructure->region) || (prefix && has_expression(*prefix));
}

GroupPrefix resolve_prefix(const SpecDocument& document, const Selection& selection,
                           Expander& expander, Findings& findings) {
    const WorkflowText& workflow = *selection.workflow;
    std::optional<std::string> text =
        fmt::format("{}__{}__{}", document.application.text, selection.service->name.text,
                    selection.environment->name.text);
    if (workflow.group_prefix)
        text = expand_name(*workflow.group_prefix, expander, findings);
    if (!text || document.application.text.empty())
        return {};
    if (workflow.naming == NamingPreset::harness)
        text = normalise_harness(*text);
    auto prefix = GroupPrefix::make(std::move(*text));
    if (prefix)
        return std::move(*prefix);
    findings.add(member_path(workflow.path, "group_prefix"), prefix.error().message,
                 workflow.group_prefix ? "" : "give the workflow a \"group_prefix\" of its own");
    return {};
}

} // namespace

std::string parent_path(std::string_view path) {
    const std::size_t end = path.find_last_of(".[");
    return std::string(path.substr(0, end));
}

void check_references(const SpecDocument& document, Findings& findings) {
    for (const InfrastructureText& infrastructure : document.infrastructures)
        check_reference(infrastructure.environment, "environment", document.environments, findings);
    for (const WorkflowText& workflow : document.workflows) {
        check_reference(workflow.service, "service", document.services, findings);
        check_reference(workflow.infrastructure, "infrastructure", document.infrastructures,
                        findings);
    }
}

void check_lines(const SpecDocument& document, const ResolveRequest& request, Findings& findings) {
    std::map<Line, Selection> owners;
    for (const WorkflowText& workflow : document.workflows) {
        const auto selection = parts_of(document, workflow);
        if (!selection)
            continue;
        Findings ignored; // told when this workflow is resolved
        Scope scope = scope_of_names(document, *selection);
        Expander expander(scope, ignored);
        if (line_has_variables(*selection))
            add_variables(merged_settings(document, *selection), request.variables, scope,
                          expander);
        const Line line = resolve_line(document, *selection, scope, expander, ignored);
        if (line.account.empty() || line.region.empty() || line.prefix.text().empty())
            continue;
        const auto [owner, is_new] = owners.emplace(line, *selection);
        const Selection& other = owner->second;
        if (is_new ||
            (other.service == selection->service && other.environment == selection->environment))
            continue;
        findings.add(workflow.path,
                     fmt::format("service \"{}\" in environment \"{}\" would be deployed to the "
                                 "line {}, which is that of service \"{}\" in environment \"{}\" "
                                 "(workflow \"{}\")",
                                 selection->service->name.text, selection->environment->name.text,
                                 to_string(line), other.service->name.text,
                                 other.environment->name.text, other.workflow->name.text),
                     "give one of them another \"group_prefix\"");
    }
}

std::optional<Selection> select_workflow(const SpecDocument& document, std::string_view name,
                                         Findings& findings) {
    const auto names = names_of(document.workflows);
    if (name.empty() && document.workflows.size() > 1) {
        findings.add("$.workflows", "there are several workflows and none was named",
                     fix_for_word({}, names));
        return std::nullopt;
    }
    if (document.workflows.empty())
        return std::nullopt; // found fault with when it was read
    const WorkflowText* workflow =
        name.empty() ? &document.workflows.front() : find_named(document.workflows, name);
    if (workflow == nullptr) {
        findings.add("$.workflows", fmt::format("there is no workflow \"{}\"", name),
                     fix_for_word(name, names));
        return std::nullopt;
    }
    return parts_of(document, *workflow);
}

Settings merged_settings(const SpecDocument& document, const Selection& selection) {
    Settings settings{.variables = document.variables};
    override_with(selection.service->settings, settings);
    override_with(selection.environment->overrides, settings);
    override_with(selection.workflow->overrides, settings);
    return settings;
}

std::set<std::string, std::less<>> declared_variables(const SpecDocument& document) {
    std::set<std::string, std::less<>> names;
    const auto add = [&](const ByName<VariableText>& variables) {
        for (const auto& [name, variable] : variables)
            names.insert(name);
    };
    add(document.variables);
    for (const ServiceText& service : document.services)
        add(service.settings.variables);
    for (const EnvironmentText& environment : document.environments)
        add(environment.overrides.variables);
    for (const WorkflowText& workflow : document.workflows)
        add(workflow.overrides.variables);
    return names;
}

Scope scope_of_names(const SpecDocument& document, const Selection& selection) {
    Scope scope;
    scope.values["app.name"].text = document.application.text;
    scope.values["service.name"].text = selection.service->name.text;
    scope.values["env.name"].text = selection.environment->name.text;
    scope.values["infrastructure.name"].text = selection.infrastructure->name.text;
    scope.values["workflow.name"].text = selection.workflow->name.text;
    return scope;
}

void add_variables(const Settings& settings, const ByName<std::string>& given, Scope& scope,
                   Expander& expander) {
    scope.unknown_fix = "the value of a variable may use app.name, service.name, env.name, "
                        "infrastructure.name and workflow.name, and no other variable";
    std::map<std::string, ScopeValue, std::less<>> variables;
    for (const auto& [name, variable] : settings.variables) {
        ScopeValue& value = variables["var." + name];
        value.is_secret = variable.is_secret;
        if (!given.contains(name))
            value.text = expander.expand(variable.value, ExpressionStyle::strict).text;
    }
    for (const auto& [name, text] : given)
        variables["var." + name].text = text;
    scope.values.merge(variables);
    scope.unknown_fix.clear();
}

void add_files(const Settings& settings, const ByName<std::string>& read, Scope& scope) {
    for (const auto& [name, source] : settings.files) {
        ScopeValue& value = scope.values["file." + name];
        if (!source.is_file) {
            value.text = source.value.text;
            continue;
        }
        value.file = source.value.text;
        if (const auto file = read.find(source.value.text); file != read.end())
            value.text = file->second;
    }
}

std::optional<std::string> expand_name(const Text& text, Expander& expander, Findings& findings) {
    if (text.text.empty())
        return std::nullopt; // found fault with when it was read
    Expansion expansion = expander.expand(text, ExpressionStyle::strict);
    if (!expansion.is_whole)
        return std::nullopt;
    if (expansion.has_secret) {
        findings.add(text.path, "a secret value cannot stand here, where everybody sees it",
                     "use a variable that is not secret");
        return std::nullopt;
    }
    if (expansion.text.empty() || expansion.text.size() > short_text_bytes_max ||
        !is_utf8(expansion.text)) {
        findings.add(text.path, fmt::format("expected 1 to {} bytes of text once expressions are "
                                            "replaced, found {}",
                                            short_text_bytes_max, expansion.text.size()));
        return std::nullopt;
    }
    return std::move(expansion.text);
}

Line resolve_line(const SpecDocument& document, const Selection& selection, Scope& scope,
                  Expander& expander, Findings& findings) {
    const InfrastructureText& infrastructure = *selection.infrastructure;
    Line line;
    line.account = AccountId(expand_name(infrastructure.account, expander, findings).value_or(""));
    line.region = Region(expand_name(infrastructure.region, expander, findings).value_or(""));
    scope.values["infrastructure.account"].text = line.account.text();
    scope.values["infrastructure.region"].text = line.region.text();
    line.prefix = resolve_prefix(document, selection, expander, findings);
    return line;
}

} // namespace elastiroll
