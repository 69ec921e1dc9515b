#include "adapters/sim/defaults.hpp"

#include <string>

#include <elastiroll/adapters/sim.hpp>

namespace elastiroll::sim {

std::string_view default_scenario() noexcept {
    // Launch times as people report them for small Linux images.
    return R"({
  "start": "2026-03-02T08:00:00Z",
  "seed": 1,
  "launch": { "fulfilled": ["10s", "30s"], "healthy": ["40s", "90s"] },
  "draining": "60s",
  "groups": []
})";
}

Document default_group(std::string_view region) {
    const std::string name(region);
    const auto zone = [&](const char* letter, const char* subnet) {
        return Document::object(
            {{"name", name + letter}, {"subnetIds", Document::array({subnet})}});
    };
    return Document::object({
        {"name", ""},
        {"region", name},
        {"capacity",
         Document::object({{"minimum", 0}, {"target", 0}, {"maximum", 0}, {"unit", "instance"}})},
        {"strategy",
         Document::object(
             {{"risk", 100}, {"availabilityVsCost", "balanced"}, {"fallbackToOd", true}})},
        {"compute", Document::object(
                        {{"product", "Linux/UNIX"},
                         {"instanceTypes",
                          Document::object({{"ondemand", "m5.large"},
                                            {"spot", Document::array({"m5.large", "m5a.large"})}})},
                         {"availabilityZones", Document::array({zone("a", "subnet-0a1b2c3d"),
                                                                zone("b", "subnet-1b2c3d4e")})},
                         {"launchSpecification",
                          Document::object({{"imageId", "ami-0123456789abcdef0"},
                                            {"securityGroupIds", Document::array({"sg-0f1e2d3c"})},
                                            {"healthCheckType", "EC2"},
                                            {"healthCheckGracePeriod", 300},
                                            {"tags", Document::array()}})}})},
        {"scaling", Document::object()},
        {"scheduling", Document::object()},
        {"thirdPartiesIntegration", Document::object()},
    });
}

void lay_over(Document& base, const Document& over) {
    const auto* members = over.as_object();
    if (!members || !base.is_object()) {
        base = over;
        return;
    }
    for (const auto& [key, value] : *members) {
        Document* present = base.find(key);
        if (present && present->is_object() && value.is_object())
            lay_over(*present, value);
        else
            base.set(key, value);
    }
}

} // namespace elastiroll::sim
