#include "spec/template.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/model/elastigroup.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <set>
#include <utility>

namespace elastiroll {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view user_data_path = ".compute.launchSpecification.userData";

/// `path` and the keys below it.
std::string path_below(const std::string& path, std::initializer_list<std::string_view> keys) {
    std::string result = path;
    for (const std::string_view key : keys)
        result = member_path(result, key);
    return result;
}

/// Calls `visit(value, path)` for `value` and everything in it, in order.
template <class Value, class Visit>
void walk(Value& value, const std::string& path, const Visit& visit) {
    visit(value, path);
    if (auto* members = value.as_object())
        for (auto& member : *members)
            walk(member.value, member_path(path, member.key), visit);
    if (auto* items = value.as_array())
        for (std::size_t i = 0; i < items->size(); ++i)
            walk((*items)[i], item_path(path, i), visit);
}

/// What systems write instead of a value that they do not show.
bool is_masked(std::string_view text) {
    static constexpr std::array words{"__hidden__"sv, "__masked__"sv, "__redacted__"sv,
                                      "<hidden>"sv,   "<masked>"sv,   "<redacted>"sv,
                                      "[hidden]"sv,   "[masked]"sv,   "[redacted]"sv};
    if (text.size() >= 3 && text.find_first_not_of('*') == std::string_view::npos)
        return true;
    const std::string lower = to_lower(text);
    return std::ranges::find(words, lower) != words.end();
}

/// Whether what stands here is said in findings and shown to everybody, so that it is no place for
/// a secret.
bool is_public(std::string_view path_in_group) {
    return path_in_group == "region" || path_in_group == "name" || path_in_group == "description" ||
           path_in_group == "capacity.unit" || path_in_group.ends_with(".tagKey") ||
           path_in_group.starts_with("compute.availabilityZones");
}

void check_masked(const Document& group, const std::string& path, bool has_user_data,
                  Findings& findings) {
    const std::string user_data = path + std::string(user_data_path);
    walk(group, path, [&](const Document& value, const std::string& where) {
        const auto text = value.as_string();
        if (!text || !is_masked(*text) || (has_user_data && where == user_data))
            return;
        findings.add(where,
                     fmt::format("\"{}\" stands for a value that was hidden when the group was "
                                 "exported",
                                 *text),
                     where == user_data ? "give the service its \"user_data\""
                                        : "put the value back, for example as a variable");
    });
}

/// Whether the object at the end of `keys` is there.
bool require_object(const Document& group, const std::string& path,
                    std::initializer_list<std::string_view> keys, Findings& findings) {
    const Document* value = group.find_path(keys);
    if (value != nullptr && value->is_object())
        return true;
    findings.add(path_below(path, keys),
                 value == nullptr ? "is missing; no group can be created without it"
                                  : fmt::format("expected an object, found {}", describe(*value)));
    return false;
}

void check_parts(const Document& group, const std::string& path, Findings& findings) {
    if (require_object(group, path, {"compute"}, findings))
        require_object(group, path, {"compute", "launchSpecification"}, findings);
    require_object(group, path, {"strategy"}, findings);
    if (!require_object(group, path, {"capacity"}, findings))
        return;
    const Document* unit = group.find_path({"capacity", "unit"});
    if (unit == nullptr)
        return;
    const auto word = unit->as_string();
    if (!word || !capacity_unit_from(*word))
        findings.add(path_below(path, {"capacity", "unit"}),
                     fmt::format("expected \"instance\" or \"weight\", found {}", describe(*unit)));
}

/// Whether a template says something here: null and empty lists say nothing.
bool says_something(const Document* value) {
    return value != nullptr && !value->is_null() &&
           (value->as_array() == nullptr || !value->as_array()->empty());
}

void check_image(const Document& group, const std::string& path, Findings& findings) {
    const Document* launch = group.find_path({"compute", "launchSpecification"});
    if (launch == nullptr)
        return;
    if (says_something(launch->find("imageId")) && says_something(launch->find("images")))
        findings.add(path_below(path, {"compute", "launchSpecification", "images"}),
                     "has \"imageId\" and \"images\", which exclude each other",
                     "keep one; the deployment puts its own image there");
}

void check_region(const Document& group, const std::string& path, const Region& region,
                  Findings& findings) {
    const Document* own = group.find("region");
    if (own != nullptr && !own->is_null() && !own->is_string()) {
        findings.add(path_below(path, {"region"}),
                     fmt::format("expected a text, found {}", describe(*own)));
        return;
    }
    const Region found = region_of(group);
    if (found.empty() || region.empty() || found == region)
        return;
    const bool is_stated = own != nullptr && own->is_string();
    findings.add(is_stated ? path_below(path, {"region"})
                           : path_below(path, {"compute", "availabilityZones"}),
                 fmt::format("the template is for {}, the infrastructure for {}", found.text(),
                             region.text()),
                 "make them agree");
}

/// The keys of the tags that a deployment puts on its group.
std::set<std::string, std::less<>> ownership_keys(const OwnershipStyle& style) {
    std::set<std::string, std::less<>> keys;
    if (style.place == OwnershipPlace::tags)
        for (const std::string_view name :
             {"deployment"sv, "line"sv, "revision"sv, "previous"sv, "digest"sv})
            keys.insert(style.tag_prefix + std::string(name));
    return keys;
}

void check_tags(const Document& group, const std::string& path, const OwnershipStyle& style,
                Findings& findings) {
    const Document* value = group.find_path({"compute", "launchSpecification", "tags"});
    if (value == nullptr || value->is_null())
        return;
    const std::string tags_path = path_below(path, {"compute", "launchSpecification", "tags"});
    const Document::Array* tags = value->as_array();
    if (tags == nullptr) {
        findings.add(tags_path, fmt::format("expected a list, found {}", describe(*value)));
        return;
    }
    const auto ours = ownership_keys(style); // they replace any of the same key
    std::set<std::string, std::less<>> keys;
    for (std::size_t i = 0; i < tags->size(); ++i) {
        const Document* key = (*tags)[i].find("tagKey");
        const auto text = key == nullptr ? std::nullopt : key->as_string();
        const std::string where = item_path(tags_path, i);
        if (!text)
            findings.add(where, "is no tag", R"(write {"tagKey": "...", "tagValue": "..."})");
        else if (!ours.contains(*text) && !keys.emplace(*text).second)
            findings.add(member_path(where, "tagKey"),
                         fmt::format("the tag \"{}\" is given twice", *text),
                         "keep one; tag keys are told apart by case");
    }
    if (keys.size() + ours.size() > static_cast<std::size_t>(tags_max))
        findings.add(tags_path,
                     fmt::format("{} tags and the {} of the deployment are more than the {} that "
                                 "EC2 allows",
                                 keys.size(), ours.size(), tags_max),
                     ours.empty() ? "leave some out"
                                  : "leave some out, or set the workflow's ownership place to "
                                    "\"description\"");
}

void check_user_data(const Document& group, const std::string& path, Findings& findings) {
    const Document* value = group.find_path({"compute", "launchSpecification", "userData"});
    const auto text = value == nullptr ? std::nullopt : value->as_string();
    const auto bytes = text ? decode_base64(*text) : std::nullopt;
    if (bytes && bytes->size() > user_data_bytes_max)
        findings.add(path + std::string(user_data_path),
                     fmt::format("{} bytes of user data are too many, EC2 allows {} before Base64",
                                 bytes->size(), user_data_bytes_max),
                     "fetch the rest from the script");
}

} // namespace

ExpandedTemplate expand_template(const Document& group, const std::string& path, Expander& expander,
                                 Findings& findings) {
    ExpandedTemplate result{.group = group};
    walk(result.group, path, [&](Document& value, const std::string& where) {
        const auto text = value.as_string();
        if (!text || text->find('$') == std::string_view::npos)
            return;
        Expansion expanded = expander.expand(Text{.text = std::string(*text), .path = where},
                                             ExpressionStyle::strict);
        const std::string place = where.substr(std::min(path.size() + 1, where.size()));
        if (expanded.has_secret && is_public(place)) {
            findings.add(where, "a secret value cannot stand here, where everybody sees it",
                         "use a variable that is not secret");
            return;
        }
        if (expanded.has_secret)
            result.secret_paths.push_back(place);
        if (!is_utf8(expanded.text))
            findings.add(where, "an expression puts bytes here that are no UTF-8 text",
                         "use ${file_base64.NAME} for files that are no text");
        else
            value = Document(std::move(expanded.text));
    });
    return result;
}

void check_template(const Document& group, const std::string& path, const TemplateRules& rules,
                    Findings& findings) {
    if (!group.is_object()) {
        findings.add(path, fmt::format("expected a group object, found {}", describe(group)));
        return;
    }
    check_parts(group, path, findings);
    check_masked(group, path, rules.has_user_data, findings);
    check_image(group, path, findings);
    check_region(group, path, rules.region, findings);
    check_tags(group, path, rules.ownership, findings);
    if (!rules.has_user_data)
        check_user_data(group, path, findings);
}

} // namespace elastiroll
