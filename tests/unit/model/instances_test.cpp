#include <elastiroll/model/instances.hpp>

#include <doctest/doctest.h>

namespace elastiroll::instances_test {

namespace {

InstanceStatus status(const char* id, const char* type = "m5.large", bool is_draining = false) {
    return {InstanceId(id), type, "fulfilled", is_draining, false, {}};
}

InstanceHealth health(const char* id, HealthStatus value = HealthStatus::healthy) {
    return {InstanceId(id), value};
}

constexpr TimePoint moment{Milliseconds{1'700'000'000'000}};

} // namespace

TEST_CASE("a reading has what the status lists, by id, each with its health") {
    const GroupReading reading =
        join_reading(moment, {status("i-2"), status("i-1", "c5.large", true), status("i-3")},
                     {health("i-1"), health("i-2", HealthStatus::unhealthy), health("i-gone")});
    const GroupReading expected{moment,
                                {{status("i-1", "c5.large", true), HealthStatus::healthy},
                                 {status("i-2"), HealthStatus::unhealthy},
                                 {status("i-3"), HealthStatus::unknown}}};
    CHECK(reading == expected);
}

TEST_CASE("a spot request that waits for its instance has no health, whoever else has none") {
    const GroupReading reading = join_reading(moment, {status(""), status("")}, {health("")});
    CHECK(reading.instances == std::vector<InstanceReading>{{status(""), HealthStatus::unknown},
                                                            {status(""), HealthStatus::unknown}});
    CHECK(count_units(reading, CapacityUnit::instance, {}) == CapacityReading{0, 0, 0, 1, 2});
}

TEST_CASE("an empty group reads as nothing, whatever its health list still has") {
    const GroupReading reading = join_reading(moment, {}, {health("i-1")});
    CHECK(reading == GroupReading{moment, {}});
    CHECK(count_units(reading, CapacityUnit::weight, {}) == CapacityReading{0, 0, 0, 1});
}

TEST_CASE("units are counted by instance or by the weight of its type") {
    struct Row {
        const char* why;
        std::vector<InstanceReading> instances;
        CapacityUnit unit;
        CapacityReading expected;
    };
    const std::map<std::string, int, std::less<>> weights{{"m5.large", 2}, {"m5.xlarge", 4}};
    constexpr auto good = HealthStatus::healthy;
    const Row rows[] = {
        {"an instance is one unit whatever it weighs",
         {{status("i-1", "m5.xlarge"), good}, {status("i-2"), good}},
         CapacityUnit::instance,
         {2, 2, 2, 1}},
        {"a weight is its type's",
         {{status("i-1", "m5.xlarge"), good}, {status("i-2"), good}},
         CapacityUnit::weight,
         {6, 6, 6, 4, 0, 2, 2}},
        {"a type that is not listed weighs 1",
         {{status("i-1", "r5.large"), good}, {status("i-2", "r5.xlarge"), good}},
         CapacityUnit::weight,
         {2, 2, 2, 1}},
        {"what does not tell its type may be the heaviest, and is healthy for 1",
         {{status("i-1", ""), good}, {status("i-2", "m5.large"), good}},
         CapacityUnit::weight,
         {3, 6, 6, 4}},
        {"a request that does not tell its type may be for the heaviest",
         {{status("", ""), HealthStatus::unknown}, {status("i-2", "m5.large"), good}},
         CapacityUnit::weight,
         {2, 2, 2, 2, 4, 2, 2}},
        {"what drains is present, neither active nor healthy nor the heaviest",
         {{status("i-1", "m5.xlarge", true), good}, {status("i-2"), good}},
         CapacityUnit::weight,
         {2, 2, 6, 2, 0, 2, 2}},
        {"what is not healthy is active all the same",
         {{status("i-1"), HealthStatus::unhealthy},
          {status("i-2"), HealthStatus::insufficient_data},
          {status("i-3"), HealthStatus::unknown},
          {status("i-4"), good}},
         CapacityUnit::instance,
         {1, 4, 4, 1}},
        {"a request without an instance is pending and nothing else",
         {{status(""), HealthStatus::unknown}, {status("i-1"), good}},
         CapacityUnit::instance,
         {1, 1, 1, 1, 1}},
        {"what is pending has its type's weight, and is not the heaviest",
         {{status("", "m5.xlarge"), HealthStatus::unknown}, {status("i-1"), good}},
         CapacityUnit::weight,
         {2, 2, 2, 2, 4, 2, 2}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(count_units({moment, row.instances}, row.unit, weights) == row.expected);
    }
}

TEST_CASE("a roll is running unless its status is known to be an end") {
    for (const char* status : {"in_progress", "IN_PROGRESS", "starting", "stopping", "paused",
                               "failed", "FAILED", "something new", ""}) {
        CAPTURE(status);
        CHECK(is_running({"sbgd-1", status}));
    }
    for (const char* status : {"finished", "FINISHED", "stopped", "Completed", "aborted"}) {
        CAPTURE(status);
        CHECK(!is_running({"sbgd-1", status}));
    }
}

} // namespace elastiroll::instances_test
