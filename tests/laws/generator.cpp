#include "generator.hpp"

#include "draw.hpp"

#include <elastiroll/spec/resolve.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace elastiroll::laws {
namespace {

constexpr std::string_view prefix = "app";

template <class T> T must(Result<T> result, std::string_view text) {
    if (result)
        return *std::move(result);
    std::fprintf(stderr, "the generator made what nobody can read: %s\n%.*s\n",
                 to_string(result.error()).c_str(), static_cast<int>(text.size()), text.data());
    std::abort();
}

Document json(const std::string& text) { return must(parse_document(text), text); }

class Generator {
public:
    explicit Generator(std::uint64_t seed) : draw_(seed) { made_.seed = seed; }

    Case make() {
        make_groups();
        made_.scenario.set("seed", static_cast<std::int64_t>(draw_.next() >> 1));
        make_spec();
        made_.deployment = DeploymentId(fmt::format("01k{:023}", made_.seed));
        return std::move(made_);
    }

private:
    void make_groups() {
        const int revision = draw_.within(1, 12);
        made_.new_name = fmt::format("{}__{}", prefix, revision + 1);
        made_.previous_name = fmt::format("{}__{}", prefix, revision);
        target_ = draw_.within(1, 6);
        const int minimum = draw_.within(0, target_);
        const int maximum = target_ + draw_.within(0, 4);
        made_.scenario.set("groups",
                           json(fmt::format(R"([{{"name": "{}", "capacity": "{}/{}/{}"}}])",
                                            made_.previous_name, minimum, target_, maximum)));
    }

    void make_spec() {
        const std::string text = fmt::format(
            R"({{
  "application": {{"name": "shop"}},
  "services": [{{"name": "web", "image": {{"id": "ami-0123456789abcdef8"}}}}],
  "environments": [{{"name": "production"}}],
  "infrastructures": [{{
    "name": "virginia", "environment": "production", "region": "us-east-1",
    "account": "act-demo1234", "elastigroup": {{"group": {{
      "capacity": {{"unit": "instance"}},
      "strategy": {{"risk": 100, "drainingTimeout": 60}},
      "compute": {{
        "product": "Linux/UNIX",
        "instanceTypes": {{"ondemand": "m5.large", "spot": ["m5.large", "m5a.large"]}},
        "availabilityZones": [{{"name": "us-east-1a", "subnetIds": ["subnet-1"]}}],
        "launchSpecification": {{"securityGroupIds": ["sg-1"]}}}}}}}}}}],
  "workflows": [{{
    "name": "deploy", "strategy": "basic", "service": "web", "infrastructure": "virginia",
    "group_prefix": "{}", "instances": "same_as_running"}}]
}})",
            prefix);
        made_.document = json(text);
        made_.spec = must(resolve_spec(made_.document, {}), text);
    }

    Draw draw_;
    Case made_;
    int target_ = 0;
};

} // namespace

Case generate(std::uint64_t seed) { return Generator(seed).make(); }

} // namespace elastiroll::laws
