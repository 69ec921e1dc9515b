#include <elastiroll/spec/deployment_spec.hpp>

#include <algorithm>
#include <charconv>

namespace elastiroll {
namespace {

/// What stands at `path` (`a.b[0].c`, as spec resolution writes it); null where nothing does.
const Document* at_path(const Document& document, std::string_view path) {
    const Document* at = &document;
    while (at && !path.empty()) {
        if (path.front() == '[') {
            std::size_t index = 0;
            const auto end = path.find(']');
            std::from_chars(path.data() + 1, path.data() + std::min(end, path.size()), index);
            const auto* items = at->as_array();
            at = items && index < items->size() ? &(*items)[index] : nullptr;
            path.remove_prefix(std::min(end, path.size() - 1) + 1);
        } else {
            path.remove_prefix(path.front() == '.' ? 1 : 0);
            const auto end = path.find_first_of(".[");
            at = at->find(path.substr(0, end));
            path.remove_prefix(std::min(end, path.size()));
        }
    }
    return at;
}

} // namespace

std::vector<std::string> secret_texts(const DeploymentSpec& spec) {
    std::vector<std::string> texts;
    for (const std::string& path : spec.secret_paths) {
        const std::string_view text = text_at(at_path(spec.group_template, path));
        if (!text.empty())
            texts.emplace_back(text);
    }
    return texts;
}

std::string_view to_string(TrafficKind kind) noexcept {
    return kind == TrafficKind::instant ? "instant" : "weighted";
}

std::string_view to_string(Strategy strategy) noexcept {
    switch (strategy) {
    case Strategy::basic: return "basic";
    case Strategy::canary: return "canary";
    case Strategy::blue_green: return "blue_green";
    }
    return "";
}

std::string_view to_string(ResizeOrder order) noexcept {
    switch (order) {
    case ResizeOrder::new_first: return "new_first";
    case ResizeOrder::old_first: return "old_first";
    }
    return "";
}

} // namespace elastiroll
