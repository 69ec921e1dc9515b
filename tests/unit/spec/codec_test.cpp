#include "spec_support.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

namespace elastiroll::test::codec_test {
namespace {

/// Random values without std's distributions, which differ by library.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : engine_(seed) {}

    int below(int bound) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(bound)); }
    bool coin() { return below(2) == 1; }
    std::string text() {
        static constexpr const char* pieces[] = {"a", "Z", "-", "__", "\xc3\xa4", "\n", "\"", "${"};
        std::string result = "t";
        for (int i = below(6); i > 0; --i)
            result += pieces[below(8)];
        return result;
    }
    std::string bytes() {
        std::string result;
        for (int i = below(20); i > 0; --i)
            result += static_cast<char>(below(256));
        return result;
    }
    Milliseconds duration() { return Milliseconds(below(1'000'000'000)); }
    Share share() { return coin() ? Share(Percent{1 + below(100)}) : Share(Count{below(1000)}); }
    template <class F> auto maybe(F&& make) {
        return coin() ? std::optional(make()) : std::nullopt;
    }

private:
    std::mt19937_64 engine_;
};

Document draw_document(Draw& draw, int depth) {
    switch (draw.below(depth > 0 ? 6 : 4)) {
    case 0: return nullptr;
    case 1: return draw.coin();
    case 2: return *Document::number("12345678901234567.0" + std::to_string(draw.below(100)));
    case 3: return draw.text();
    case 4: {
        Document list = Document::array();
        for (int i = draw.below(4); i > 0; --i)
            list.push_back(draw_document(draw, depth - 1));
        return list;
    }
    default: {
        Document object = Document::object();
        for (int i = draw.below(4); i > 0; --i)
            object.set(draw.text(), draw_document(draw, depth - 1));
        return object;
    }
    }
}

InstanceCounts draw_instances(Draw& draw) {
    if (draw.coin())
        return SameAsRunning{};
    const int minimum = draw.below(100);
    const int target = minimum + draw.below(100);
    return *Capacity::make(
        {.minimum = minimum, .target = target, .maximum = target + draw.below(100)});
}

std::vector<std::string> draw_texts(Draw& draw) {
    std::vector<std::string> texts;
    for (int i = draw.below(4); i > 0; --i)
        texts.push_back(draw.text());
    return texts;
}

DeploymentSpec draw_spec(Draw& draw) {
    DeploymentSpec spec;
    spec.application = draw.text();
    spec.service = draw.text();
    spec.environment = draw.text();
    spec.infrastructure = draw.text();
    spec.workflow = draw.text();
    spec.line = {AccountId(draw.text()), Region(draw.text()), *GroupPrefix::make("shop-web")};
    spec.credentials = {.profile = draw.text(), .token_env = draw.text()};
    spec.naming = draw.coin() ? NamingPreset::harness : NamingPreset::elastiroll;
    spec.strategy = draw.coin() ? Strategy::basic : Strategy::canary;
    spec.group_template = draw_document(draw, 4);
    spec.secret_paths = draw_texts(draw);
    spec.is_user_data_secret = draw.coin();
    spec.image = ImageId(draw.text());
    spec.user_data = draw.maybe([&] { return draw.bytes(); });
    spec.instances = draw_instances(draw);
    for (int i = draw.below(5); i > 0; --i)
        spec.phases.push_back({.size = draw.share(),
                               .old_size = draw.maybe([&] { return draw.share(); }),
                               .bake = draw.duration(),
                               .needs_approval = draw.coin()});
    spec.order = draw.coin() ? ResizeOrder::old_first : ResizeOrder::new_first;
    spec.floor = draw.maybe([&] { return draw.below(1000); });
    spec.allow_zero = draw.coin();
    spec.await_old = draw.coin();
    spec.retention = draw.below(100);
    spec.allow = draw_texts(draw);
    spec.allow_missing_load_balancers = draw.coin();
    spec.deallocation = draw_document(draw, 2);
    spec.ownership = {.place = draw.coin() ? OwnershipPlace::tags : OwnershipPlace::description,
                      .tag_prefix = draw.text()};
    spec.timing = {draw.duration(), draw.duration(), draw.duration(), draw.duration(),
                   draw.duration(), draw.duration(), draw.duration(), draw.duration()};
    spec.previous = draw.maybe([&] { return draw.text(); });
    spec.force = draw.coin();
    return spec;
}

std::uint64_t test_seed() {
    const char* text = std::getenv("ELASTIROLL_TEST_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 20'261'123;
}

} // namespace

TEST_CASE("decoding undoes encoding, through text") {
    const std::uint64_t seed = test_seed();
    for (std::uint64_t i = 0; i < 300; ++i) {
        CAPTURE(seed + i);
        Draw draw(seed + i);
        const DeploymentSpec spec = draw_spec(draw);
        const auto again = decode_deployment_spec(json(to_text(encode(spec))));
        REQUIRE(again);
        CHECK(*again == spec);
    }
}

TEST_CASE("an empty spec and every example survive encoding") {
    CHECK(*decode_deployment_spec(encode(DeploymentSpec())) == DeploymentSpec());
    const DeploymentSpec spec = resolved(base_document());
    CHECK(*decode_deployment_spec(encode(spec)) == spec);
}

TEST_CASE("what encoding does not write is refused with its path") {
    struct Row {
        const char* why;
        void (*change)(Document&);
        const char* path;
    };
    const Row rows[] = {
        {"another version", [](Document& d) { d.set("version", 2); }, "$.version"},
        {"an unknown member", [](Document& d) { d.set("colour", "red"); }, "$.colour"},
        {"a missing member", [](Document& d) { d.erase("order"); }, "$.order"},
        {"an unknown word", [](Document& d) { d.set("strategy", "red_black"); }, "$.strategy"},
        {"a number that is a text", [](Document& d) { d.set("retention", "3"); }, "$.retention"},
        {"a number beyond int", [](Document& d) { d.set("floor", std::int64_t{1} << 40); },
         "$.floor"},
        {"a bad capacity", [](Document& d) { d.set("instances", "3/2/1"); }, "$.instances"},
        {"a bad prefix", [](Document& d) { d.set("prefix", "a__1"); }, "$.prefix"},
        {"bad Base64", [](Document& d) { d.set("user_data_base64", "?"); }, "$.user_data_base64"},
        {"a phase without size", [](Document& d) { at(d, {"phases", "0"}).erase("percent"); },
         "$.phases[0]"},
        {"a timing without a member", [](Document& d) { at(d, {"timing"}).erase("poll_min_ms"); },
         "$.timing.poll_min_ms"},
        {"an allowed path that is none", [](Document& d) { d.set("allow", json("[1]")); },
         "$.allow[0]"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Document document = encode(resolved(base_document()));
        row.change(document);
        const auto spec = decode_deployment_spec(document);
        CHECK_FALSE(spec);
        if (spec)
            continue;
        CHECK(spec.error().category == ErrorCategory::protocol);
        CAPTURE(to_string(spec.error()));
        CHECK(paths_of(spec.error()).front() == row.path);
    }
    CHECK_FALSE(decode_deployment_spec(Document()));
}

} // namespace elastiroll::test::codec_test
