#include <elastiroll/runtime/runtime.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace elastiroll::deployment_id_test {

TEST_CASE("a deployment's id is 26 digits that cannot be misread") {
    for (const std::int64_t time :
         {std::int64_t{0}, std::int64_t{1'750'000'000'000}, std::int64_t{253'402'300'799'999}}) {
        for (const char* entropy : {"", "a", "\xff",
                                    "a longer text than any digest has digits, "
                                    "so that it cannot simply be copied"}) {
            const std::string id =
                make_deployment_id(TimePoint(Milliseconds(time)), entropy).text();
            CAPTURE(id);
            CHECK(id.size() == 26);
            CHECK(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz") == std::string::npos);
        }
    }
}

TEST_CASE("ids sort by their time, whatever their entropy") {
    std::string last;
    std::int64_t time = 0;
    for (const std::int64_t step : {0, 1, 31, 32, 1'000, 1'023, 1'024, 86'400'000, 1'000'000'000}) {
        time += step;
        const std::string id =
            make_deployment_id(TimePoint(Milliseconds(time)), std::to_string(time * 7919)).text();
        CAPTURE(id);
        if (step > 0)
            CHECK(last.substr(0, 10) < id.substr(0, 10));
        last = id;
    }
}

TEST_CASE("ids of one moment differ by their entropy, and by nothing else") {
    const TimePoint now(Milliseconds(1'750'000'000'000));
    std::set<DeploymentId> ids;
    for (int i = 0; i < 1'000; ++i)
        ids.insert(make_deployment_id(now, std::to_string(i)));
    CHECK(ids.size() == 1'000);
    CHECK(make_deployment_id(now, "a") == make_deployment_id(now, "a"));
}

} // namespace elastiroll::deployment_id_test
