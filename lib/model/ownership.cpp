#include <elastiroll/model/ownership.hpp>

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace elastiroll {
namespace {

constexpr std::array<std::string_view, 5> mark_names{"deployment", "line", "revision", "previous",
                                                     "digest"};
/// Begins and ends what stands in a description; people may write around it.
constexpr std::string_view description_begin = "[elastiroll ";
constexpr std::string_view description_end = "]";

using Marks = std::vector<std::pair<std::string, std::string>>;

Marks marks_of(const Ownership& ownership) {
    Marks marks;
    marks.emplace_back("deployment", ownership.deployment.text());
    marks.emplace_back("line", ownership.line);
    if (ownership.revision)
        marks.emplace_back("revision", std::to_string(ownership.revision->number()));
    if (ownership.previous)
        marks.emplace_back("previous", fmt::format("{} {}", ownership.previous->id.text(),
                                                   to_string(ownership.previous->capacity)));
    marks.emplace_back("digest", ownership.digest);
    return marks;
}

std::string_view mark(const Marks& marks, std::string_view name) {
    const auto found = std::ranges::find(marks, name, &Marks::value_type::first);
    return found == marks.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<PreviousMark> parse_previous(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos)
        return std::nullopt;
    const auto capacity = parse_capacity(text.substr(space + 1));
    if (!capacity)
        return std::nullopt;
    return PreviousMark{GroupId(std::string(text.substr(0, space))), *capacity};
}

std::optional<Ownership> ownership_from(const Marks& marks) {
    if (mark(marks, "deployment").empty())
        return std::nullopt;
    Ownership ownership;
    ownership.deployment = DeploymentId(std::string(mark(marks, "deployment")));
    ownership.line = mark(marks, "line");
    if (const auto number = parse_integer(mark(marks, "revision"))) {
        if (auto revision = Revision::make(*number); revision)
            ownership.revision = *revision;
    }
    ownership.previous = parse_previous(mark(marks, "previous"));
    ownership.digest = mark(marks, "digest");
    return ownership;
}

// In a description: `[elastiroll deployment=01k...; line=...; ...]`.

struct DescriptionPlace {
    std::size_t begin = std::string::npos;
    std::size_t end = 0; ///< behind the closing bracket
};

DescriptionPlace find_in_description(std::string_view text) {
    const auto begin = text.find(description_begin);
    const auto end = begin == std::string_view::npos ? begin : text.find(description_end, begin);
    if (end == std::string_view::npos)
        return {};
    return {begin, end + description_end.size()};
}

Marks marks_in_description(std::string_view text) {
    Marks marks;
    const DescriptionPlace place = find_in_description(text);
    if (place.begin == std::string::npos)
        return marks;
    text = text.substr(place.begin + description_begin.size(),
                       place.end - place.begin - description_begin.size() - description_end.size());
    while (!text.empty()) {
        const auto end = std::min(text.find("; "), text.size());
        const std::string_view one = text.substr(0, end);
        if (const auto equals = one.find('='); equals != std::string_view::npos)
            marks.emplace_back(one.substr(0, equals), one.substr(equals + 1));
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return marks;
}

void erase_from_description(Document& group) {
    Document* description = group.find("description");
    if (!description || !description->is_string())
        return;
    std::string text(*description->as_string());
    const DescriptionPlace place = find_in_description(text);
    if (place.begin == std::string::npos)
        return;
    text.erase(place.begin, place.end - place.begin);
    while (text.ends_with(' '))
        text.pop_back();
    if (text.empty())
        group.erase("description");
    else
        *description = Document(std::move(text));
}

void write_to_description(Document& group, const Marks& marks) {
    erase_from_description(group);
    std::string text(text_at(group, "description"));
    if (!text.empty())
        text += ' ';
    text += description_begin;
    for (std::size_t i = 0; i < marks.size(); ++i)
        text += fmt::format("{}{}={}", i == 0 ? "" : "; ", marks[i].first, marks[i].second);
    text += description_end;
    group.set("description", std::move(text));
}

// In tags: `launchSpecification.tags: [{tagKey, tagValue}]`.

const Document* tags_of(const Document& group) {
    return group.find_path({"compute", "launchSpecification", "tags"});
}

void erase_from_tags(Document& group, const std::string& prefix) {
    Document* launch = group.find_path({"compute", "launchSpecification"});
    Document* tags = launch ? launch->find("tags") : nullptr;
    auto* list = tags ? tags->as_array() : nullptr;
    if (!list)
        return;
    const bool had_any = !list->empty();
    std::erase_if(*list, [&](const Document& tag) {
        const std::string_view key = text_at(tag, "tagKey");
        return key.starts_with(prefix) &&
               std::ranges::find(mark_names, key.substr(prefix.size())) != mark_names.end();
    });
    if (had_any && list->empty())
        launch->erase("tags");
}

void write_to_tags(Document& group, const Marks& marks, const std::string& prefix) {
    erase_from_tags(group, prefix);
    Document* compute = group.find("compute");
    if (!compute || !compute->is_object())
        compute = &group.set("compute", Document::object());
    Document* launch = compute->find("launchSpecification");
    if (!launch || !launch->is_object())
        launch = &compute->set("launchSpecification", Document::object());
    Document* tags = launch->find("tags");
    if (!tags || !tags->is_array())
        tags = &launch->set("tags", Document::array());
    for (const auto& [name, value] : marks)
        tags->push_back(Document::object({{"tagKey", prefix + name}, {"tagValue", value}}));
}

} // namespace

std::optional<Ownership> ownership_of(const Document& group, const OwnershipStyle& style) {
    if (style.place == OwnershipPlace::description)
        return ownership_from(marks_in_description(text_at(group, "description")));
    Marks marks;
    const Document* tags = tags_of(group);
    const auto* list = tags ? tags->as_array() : nullptr;
    for (const Document& tag : list ? *list : Document::Array()) {
        const std::string_view key = text_at(tag, "tagKey");
        if (key.starts_with(style.tag_prefix))
            marks.emplace_back(key.substr(style.tag_prefix.size()), text_at(tag, "tagValue"));
    }
    return ownership_from(marks);
}

void set_ownership(Document& group, const Ownership& ownership, const OwnershipStyle& style) {
    if (style.place == OwnershipPlace::description)
        write_to_description(group, marks_of(ownership));
    else
        write_to_tags(group, marks_of(ownership), style.tag_prefix);
}

void erase_ownership(Document& group, const OwnershipStyle& style) {
    if (style.place == OwnershipPlace::description)
        erase_from_description(group);
    else
        erase_from_tags(group, style.tag_prefix);
}

} // namespace elastiroll
