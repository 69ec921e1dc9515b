#pragma once

#include <elastiroll/base/time.hpp>
#include <elastiroll/model/identifiers.hpp>

#include <string>
#include <variant>
#include <vector>

namespace elastiroll {

/// An Amazon Machine Image as EC2 describes it.
struct Image {
    ImageId id{};
    std::string name{}; ///< may be empty
    TimePoint created_at{};
    std::string state{}; ///< `available`, `pending`, `failed`, ...
    std::string architecture{};
    std::string owner{}; ///< account id

    bool operator==(const Image&) const = default;
};

/// A condition on images. Source: EC2 API, DescribeImages, `Filter`.
struct ImageFilter {
    std::string name{};                ///< `name`, `tag:Service`, `architecture`, ...
    std::vector<std::string> values{}; ///< any of these; `*` and `?` stand for characters

    bool operator==(const ImageFilter&) const = default;
};

/// The newest image (by creation date, then id) that is available and meets all filters.
struct ImageQuery {
    std::vector<ImageFilter> filters{};
    std::vector<std::string> owners{}; ///< account ids, `self`, `amazon`

    bool operator==(const ImageQuery&) const = default;
};

/// The image whose id an SSM parameter holds.
struct ImageParameter {
    std::string name{}; ///< `/images/shop`; `:version` or `:label` may follow

    bool operator==(const ImageParameter&) const = default;
};

/// How an image is chosen when the line is observed.
using ImageSelector = std::variant<ImageQuery, ImageParameter>;

/// For people: `the newest image with name=shop-* owned by self`, `the image in /images/shop`.
std::string to_string(const ImageSelector& selector);

} // namespace elastiroll
