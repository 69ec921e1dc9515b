#include <elastiroll/spec/deployment_spec.hpp>

namespace elastiroll {

std::string_view to_string(Strategy strategy) noexcept {
    switch (strategy) {
    case Strategy::basic: return "basic";
    case Strategy::canary: return "canary";
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
