#include "spec/spec_document.hpp"

#include "spec/expression.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace elastiroll {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view name_fix =
    "printable characters without \"$\", and no blank at the beginning or end";
constexpr std::string_view variable_fix =
    "a letter or \"_\", then letters, digits, \"_\" and \"-\", 64 bytes at most";

/// Variable and file names are what stands in `${var.NAME}`.
void check_entry_name(const Document::Member& entry, const std::string& path, Findings& findings) {
    if (!is_expression_name(entry.key))
        findings.add(path, fmt::format("\"{}\" cannot stand in an expression", entry.key),
                     std::string(variable_fix));
}

/// A text that may be empty, such as a variable's value.
std::optional<Text> read_content(const Document& value, std::string path, Findings& findings) {
    const auto text = value.as_string();
    if (!text) {
        findings.add(std::move(path),
                     value.is_number() || value.as_boolean()
                         ? "expected a text; numbers, true and false are written in quotes"
                         : "expected a text");
        return std::nullopt;
    }
    if (text->size() > long_text_bytes_max) {
        findings.add(std::move(path), fmt::format("{} bytes of text are too many, {} are allowed",
                                                  text->size(), long_text_bytes_max));
        return std::nullopt;
    }
    return Text{.text = std::string(*text), .path = std::move(path)};
}

std::optional<VariableText> read_variable(const Document& value, const std::string& path,
                                          Findings& findings) {
    if (!value.is_object()) {
        auto text = read_content(value, path, findings);
        return text ? std::optional(VariableText{.value = std::move(*text)}) : std::nullopt;
    }
    static constexpr std::array known{"value"sv, "secret"sv};
    const ObjectReader reader(value, path, known, findings);
    VariableText variable{.is_secret = reader.boolean("secret").value_or(false)};
    if (!reader.require("value"))
        return std::nullopt;
    auto text = read_content(*reader.member("value"), reader.path_of("value"), findings);
    if (!text)
        return std::nullopt;
    variable.value = std::move(*text);
    return variable;
}

/// `{"file": path}` or `{"text": content}`, of an object that may have other keys too.
std::optional<ContentSource> read_source(const ObjectReader& reader) {
    if (!reader.is_object())
        return std::nullopt;
    const bool has_file = reader.member("file") != nullptr;
    const Document* inline_text = reader.member("text");
    if (has_file == (inline_text != nullptr)) {
        reader.findings().add(reader.path(),
                              has_file ? "has both \"file\" and \"text\""
                                       : "has neither \"file\" nor \"text\"",
                              "give one of them");
        return std::nullopt;
    }
    auto value = has_file ? reader.text("file", short_text_bytes_max)
                          : read_content(*inline_text, reader.path_of("text"), reader.findings());
    if (!value)
        return std::nullopt;
    if (has_file && value->text.find("${") != std::string::npos)
        reader.findings().add(value->path, "expressions are not replaced in the path of a file",
                              "name the file itself");
    return ContentSource{.is_file = has_file, .value = std::move(*value)};
}

std::optional<UserDataText> read_user_data(const ObjectReader& settings) {
    const Document* value = settings.member("user_data");
    if (value == nullptr)
        return std::nullopt;
    static constexpr std::array known{"file"sv, "text"sv, "strict"sv};
    const ObjectReader reader(*value, settings.path_of("user_data"), known, settings.findings());
    const bool is_strict = reader.boolean("strict").value_or(false);
    auto source = read_source(reader);
    if (!source)
        return std::nullopt;
    return UserDataText{.source = std::move(*source), .is_strict = is_strict};
}

/// A text, or a list of them.
std::vector<Text> read_texts(const Document& value, const std::string& path, Findings& findings) {
    std::vector<Text> texts;
    const auto add = [&](const Document& one, std::string where) {
        const auto text = one.as_string();
        if (text && !text->empty() && text->size() <= short_text_bytes_max)
            texts.push_back({std::string(*text), std::move(where)});
        else
            findings.add(std::move(where),
                         fmt::format("expected a text of 1 to {} bytes", short_text_bytes_max));
    };
    const auto* list = value.as_array();
    if (list == nullptr) {
        add(value, path);
        return texts;
    }
    constexpr std::size_t values_max = 200; // of EC2's filters
    if (list->empty() || list->size() > values_max)
        findings.add(path, fmt::format("expected 1 to {} texts", values_max));
    for (std::size_t i = 0; i < list->size() && i < values_max; ++i)
        add((*list)[i], fmt::format("{}[{}]", path, i));
    return texts;
}

/// Which way an image is chosen by. Finds fault with none and with several.
bool chooses_once(const ObjectReader& reader) {
    int ways = 0;
    for (const std::string_view way : {"id"sv, "filter"sv, "parameter"sv})
        ways += reader.member(way) != nullptr ? 1 : 0;
    if (ways != 1)
        reader.findings().add(reader.path(),
                              "an image is chosen by one of \"id\", \"filter\" and \"parameter\"",
                              R"(for example {"id": "ami-0123456789abcdef0"})");
    return ways == 1;
}

/// An image that is there and wrong is one without any way, so that it is not called missing too.
std::optional<ImageText> read_image(const ObjectReader& settings) {
    const Document* value = settings.member("image");
    if (value == nullptr)
        return std::nullopt;
    static constexpr std::array known{"id"sv, "filter"sv, "owners"sv, "parameter"sv};
    const ObjectReader reader(*value, settings.path_of("image"), known, settings.findings());
    ImageText image;
    if (!reader.is_object() || !chooses_once(reader))
        return image;
    image.id = reader.text("id", short_text_bytes_max);
    image.parameter = reader.text("parameter", parameter_bytes_max);
    if (const auto* filters = reader.entries("filter", image_filters_max))
        for (const auto& [name, values] : *filters)
            image.filters.push_back(
                {name, read_texts(values, member_path(reader.path_of("filter"), name),
                                  reader.findings())});
    if (const Document* owners = reader.member("owners"))
        image.owners = read_texts(*owners, reader.path_of("owners"), reader.findings());
    if (reader.member("owners") != nullptr && reader.member("filter") == nullptr)
        reader.findings().add(reader.path_of("owners"), "owners only go with a filter");
    return image;
}

} // namespace

bool is_name(std::string_view text) {
    const auto is_refused = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '$';
    };
    return !text.empty() && text.size() <= name_bytes_max && text.front() != ' ' &&
           text.back() != ' ' && std::ranges::none_of(text, is_refused);
}

Text read_name(const ObjectReader& reader, std::string_view key) {
    if (!reader.require(key))
        return {};
    auto name = reader.text(key, name_bytes_max);
    if (!name)
        return {};
    if (!is_name(name->text)) {
        reader.findings().add(name->path, "this text cannot be a name", std::string(name_fix));
        return {};
    }
    return std::move(*name);
}

Text read_own_name(const ObjectReader& reader) {
    static_cast<void>(reader.text("description", description_bytes_max)); // read by people only
    return read_name(reader, "name");
}

ByName<VariableText> read_variables(const ObjectReader& reader) {
    ByName<VariableText> variables;
    const Document::Object* entries = reader.entries("variables", variables_max);
    if (entries == nullptr)
        return variables;
    for (const auto& entry : *entries) {
        const std::string path = member_path(reader.path_of("variables"), entry.key);
        check_entry_name(entry, path, reader.findings());
        if (auto variable = read_variable(entry.value, path, reader.findings()))
            variables.emplace(entry.key, std::move(*variable));
    }
    return variables;
}

Settings read_settings(const ObjectReader& reader) {
    Settings settings{.image = read_image(reader),
                      .user_data = read_user_data(reader),
                      .variables = read_variables(reader)};
    const Document::Object* entries = reader.entries("files", files_max);
    if (entries == nullptr)
        return settings;
    for (const auto& entry : *entries) {
        const std::string path = member_path(reader.path_of("files"), entry.key);
        check_entry_name(entry, path, reader.findings());
        static constexpr std::array known{"file"sv, "text"sv};
        const ObjectReader file(entry.value, path, known, reader.findings());
        if (auto source = read_source(file))
            settings.files.emplace(entry.key, std::move(*source));
    }
    return settings;
}

std::optional<InstancesText> read_instances(const ObjectReader& parent) {
    const Document* value = parent.member("instances");
    if (value == nullptr)
        return std::nullopt;
    const std::string path = parent.path_of("instances");
    if (value->as_string() == "same_as_running")
        return InstancesText{.counts = SameAsRunning{}, .path = path};
    if (!value->is_object()) {
        parent.findings().add(
            path,
            fmt::format("expected \"same_as_running\" or three numbers, found {}",
                        describe(*value)),
            R"(write "same_as_running" or {"minimum": 2, "target": 4, "maximum": 8})");
        return std::nullopt;
    }
    static constexpr std::array known{"minimum"sv, "target"sv, "maximum"sv};
    const ObjectReader reader(*value, path, known, parent.findings());
    std::array<std::optional<std::int64_t>, 3> bounds{};
    for (std::size_t i = 0; i < known.size(); ++i)
        if (reader.require(known[i]))
            bounds[i] = reader.integer(known[i], {.minimum = 0, .maximum = capacity_max});
    for (std::size_t i = 0; i + 1 < known.size(); ++i)
        if (bounds[i] && bounds[i + 1] && *bounds[i] > *bounds[i + 1])
            reader.findings().add(reader.path_of(known[i]),
                                  fmt::format("the {} {} is more than the {} {}", known[i],
                                              *bounds[i], known[i + 1], *bounds[i + 1]),
                                  "minimum <= target <= maximum");
    if (!bounds[0] || !bounds[1] || !bounds[2])
        return std::nullopt;
    auto capacity =
        Capacity::make({.minimum = *bounds[0], .target = *bounds[1], .maximum = *bounds[2]});
    if (!capacity) // told above
        return std::nullopt;
    return InstancesText{.counts = *capacity, .path = path};
}

} // namespace elastiroll
