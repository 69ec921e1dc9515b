#include <doctest/doctest.h>

#include <adapters/spot/codec.hpp>
#include <ports/seal.hpp>

#include <cstdlib>

using namespace elastiroll;
using namespace elastiroll::spot;

namespace {

/// SplitMix64: the same on every platform, unlike std's distributions.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::size_t below(std::size_t bound) {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return static_cast<std::size_t>((z ^ (z >> 31U)) % bound);
    }

private:
    std::uint64_t state_;
};

std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// One small change: a byte, a piece cut out or doubled, or a token that JSON gives a meaning.
void mutate(std::string& text, Random& random) {
    constexpr std::string_view tokens[] = {
        "null", "[]",   "{}",   "-1",      "1e999", "\"\"", "[", "}",
        ",",    "true", "\xFF", "\\u0000", "\"",    "0.5",  ":", "99999999999999999999"};
    const std::size_t at = random.below(text.size() + 1);
    const std::size_t length = random.below(12);
    switch (random.below(4)) {
    case 0:
        if (at < text.size())
            text[at] = static_cast<char>(random.below(256));
        return;
    case 1: text.erase(at, length); return;
    case 2: text.insert(at, text.substr(at / 2, length)); return;
    default:
        text.replace(at, std::min(length, text.size() - at),
                     tokens[random.below(std::size(tokens))]);
        return;
    }
}

const std::vector<SpotCall>& calls() {
    const GroupId group("sig-1");
    static const std::vector<SpotCall> all{
        ListGroupsCall{},           ReadGroupCall{group},       ReadHealthCall{group},
        ReadStatusCall{group},      ReadSuspensionsCall{group}, ReadRollsCall{group},
        ReadLogCall{group, {}, {}}, CreateGroupCall{},          ScaleGroupCall{group, {}},
        DeleteGroupCall{group, {}},
    };
    return all;
}

constexpr std::string_view bodies[] = {
    R"({"request":{"id":"r"},"response":{"status":{"code":200},"items":[{"id":"sig-1","name":"a",)"
    R"("createdAt":"2026-01-02T03:04:05.000+0000","capacity":{"minimum":1,"target":2,"maximum":3,)"
    R"("unit":"instance"},"compute":{"launchSpecification":{"userData":"IyE="}}}],"count":1}})",
    R"({"response":{"items":[{"instanceId":"i-1","instanceType":"m5.large","status":"fulfilled",)"
    R"("healthStatus":"HEALTHY","lockStatus":"locked","protectedUntil":"2021-12-29T11:23:02.714Z"}]}})",
    R"({"response":{"items":[{"groupId":"sig-1","processes":["AUTO_SCALE"],"suspensions":[)"
    R"({"name":"SCHEDULING","expiresAt":"2018-10-03T07:23:24.000+0000"}]}]}})",
    R"({"response":{"items":[{"message":"m","severity":"WARN","createdAt":"2018-11-19T14:38:34Z",)"
    R"("id":"sbgd-1"}],"count":0}})",
    R"({"request":{"id":"r"},"response":{"status":{"code":400,"message":"Bad"},"errors":[)"
    R"({"code":"GROUP_DOESNT_EXIST","message":"gone","field":"f"},{"message":"x"},"y"]}})",
    R"({"response":{"status":{"code":429},"data":"Rate limit exceeded"}})",
    "<html><body>502 Bad Gateway</body></html>",
    "",
};

constexpr int statuses[] = {200, 200, 200, 400, 404, 429, 500, 502, 204, 0, -1, 99999};

} // namespace

TEST_CASE("any bytes end in a reply or an error that says what was being done") {
    const auto seed = environment_number("ELASTIROLL_TEST_SEED", 1);
    const auto scale = environment_number("ELASTIROLL_TEST_SCALE", 1);
    CAPTURE(seed);
    Random random(seed);
    for (std::uint64_t run = 0; run < 5'000 * scale; ++run) {
        HttpResponse response{.status = statuses[random.below(std::size(statuses))],
                              .body = std::string(bodies[random.below(std::size(bodies))])};
        for (std::size_t changes = random.below(6); changes > 0; --changes)
            mutate(response.body, random);
        const auto& call = calls()[random.below(calls().size())];
        CAPTURE(run);
        CAPTURE(response.body);
        const auto decoded = decode(call, response);
        const bool is_failure_silent = !decoded.reply && (decoded.reply.error().message.empty() ||
                                                          !decoded.reply.error().remote);
        CHECK(!is_failure_silent);
        if (!decoded.reply)
            CHECK(!seal(decoded.reply.error(), {"gone"}).message.empty());
    }
}
