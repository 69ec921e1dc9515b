#include <elastiroll/model/image.hpp>

#include <elastiroll/base/text.hpp>

namespace elastiroll {

bool is_image_id(std::string_view text) noexcept {
    constexpr std::size_t bytes_max = 64;
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    return text.starts_with("ami-") && text.size() <= bytes_max &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}

std::string to_string(const ImageSelector& selector) {
    if (const auto* parameter = std::get_if<ImageParameter>(&selector))
        return "the image in parameter " + parameter->name;
    const auto& query = std::get<ImageQuery>(selector);
    std::string text = "the newest image";
    for (const ImageFilter& filter : query.filters)
        text += (&filter == &query.filters.front() ? " with " : ", ") + filter.name + "=" +
                join(filter.values, "|");
    return text + " owned by " + join(query.owners, ", ");
}

} // namespace elastiroll
