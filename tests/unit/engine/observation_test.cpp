#include <elastiroll/engine/observation.hpp>

#include "hand_cloud.hpp"

#include <doctest/doctest.h>

#include <string>

namespace elastiroll::observation_test {
using test::capacity;
using test::group;
using test::moment;

namespace {

constexpr Milliseconds minute{60'000};

Snapshot line() {
    return test::line_of({group({.name = "shop__web__7",
                                 .capacity = capacity(2, 4, 8),
                                 .unhealthy = 1,
                                 .has_automation = true,
                                 .suspended = {"SCHEDULING"},
                                 .rolls = {{"sbgd-1", "FINISHED"}}}),
                          group({.name = "shop__web__6"}), group({.name = "shop__web__5"}),
                          group({.name = "other__1", .capacity = capacity(1, 1, 1)})});
}

std::string names_of(const std::vector<CallRequest>& calls) {
    std::string names;
    for (const CallRequest& one : calls)
        names += describe(one.call) + '\n';
    return names;
}

void reply(Observation& observation, const CallRequest& request, CallResult result, TimePoint now) {
    observation.on_reply({request.id, std::move(result), "", 1, {}}, now);
}

Error passing(ErrorCategory category) { return {.category = category, .message = "not now"}; }

} // namespace

TEST_CASE("an observation is one list, then everything else at once, and nothing more") {
    DeploymentSpec spec = test::basic_spec();
    spec.retention = 1;
    test::HandCloud cloud(line());
    Observation observation(spec, false, moment(), moment(minute));
    auto first = observation.work(moment()).calls;
    CHECK(names_of(first) == describe(SpotCall(ListGroupsCall{})) + '\n');
    CHECK(observation.work(moment()).calls.empty());
    for (const CallRequest& one : first)
        reply(observation, one, cloud.answer(one.call), moment(Milliseconds(5)));
    auto second = observation.work(moment(Milliseconds(5))).calls;
    const GroupId seven("sig-7");
    const GroupId five("sig-5");
    CHECK(names_of(second) == describe(SpotCall(ReadStatusCall{seven})) + '\n' +
                                  describe(SpotCall(ReadHealthCall{seven})) + '\n' +
                                  describe(SpotCall(ReadStatusCall{five})) + '\n' +
                                  describe(SpotCall(ReadHealthCall{five})) + '\n' +
                                  describe(SpotCall(ReadSuspensionsCall{seven})) + '\n' +
                                  describe(SpotCall(ReadRollsCall{seven})) + '\n');
    // In whatever order the answers come.
    std::ranges::reverse(second);
    for (const CallRequest& one : second) {
        CHECK(!observation.result());
        CHECK(!is_mutating(one.call));
        CHECK(one.deadline == moment(minute));
        reply(observation, one, cloud.answer(one.call), moment(Milliseconds(9)));
    }
    REQUIRE(observation.result());
    REQUIRE(observation.result()->has_value());
    Snapshot expected = line();
    std::erase_if(expected.groups,
                  [](const GroupState& state) { return state.group.name == "other__1"; });
    expected.at = moment(Milliseconds(9));
    for (GroupState& state : expected.groups) {
        if (state.group.name == "shop__web__6")
            state.reading.reset();
        else
            state.reading->at = expected.at;
    }
    CHECK(**observation.result() == expected);
    CHECK(observation.work(moment(minute)).calls.empty());
}

TEST_CASE("a line without groups is observed by its list alone") {
    Observation observation(test::basic_spec(), false, moment(), moment(minute));
    const auto calls = observation.work(moment()).calls;
    REQUIRE(calls.size() == 1);
    reply(observation, calls.front(), SpotReply(GroupsReply{}), moment());
    REQUIRE(observation.result());
    CHECK(*observation.result() == Result<Snapshot>(test::line_of({})));
}

TEST_CASE("only what was answered with 'not now' is asked again, ever later, until the deadline") {
    test::HandCloud cloud(line());
    Observation observation(test::basic_spec(), false, moment(), moment(minute));
    const auto list = observation.work(moment()).calls;
    REQUIRE(list.size() == 1);
    reply(observation, list.front(), passing(ErrorCategory::protocol), moment());
    const auto waiting = observation.work(moment());
    CHECK(waiting.calls.empty());
    REQUIRE(waiting.wake_at);
    CHECK(observation.work(*waiting.wake_at - Milliseconds(1)).calls.empty());
    TimePoint now = *waiting.wake_at;
    const auto again = observation.work(now).calls;
    CHECK(names_of(again) == names_of(list));
    reply(observation, again.front(), cloud.answer(again.front().call), now);

    const auto details = observation.work(now).calls;
    REQUIRE(details.size() == 4);
    for (const CallRequest& one : details) {
        const bool is_health = std::holds_alternative<ReadHealthCall>(std::get<SpotCall>(one.call));
        reply(observation, one,
              is_health ? CallResult(passing(ErrorCategory::throttled)) : cloud.answer(one.call),
              now);
    }
    int asked = 0;
    Milliseconds last{0};
    while (!observation.result()) {
        const auto work = observation.work(now);
        for (const CallRequest& one : work.calls) {
            ++asked;
            CHECK(std::holds_alternative<ReadHealthCall>(std::get<SpotCall>(one.call)));
            reply(observation, one, passing(ErrorCategory::unavailable), now);
        }
        const auto next = observation.work(now);
        if (!next.wake_at)
            break;
        CHECK(*next.wake_at < moment(minute));
        CHECK(*next.wake_at - now >= last);
        last = *next.wake_at - now;
        now = *next.wake_at;
    }
    CHECK(asked == 5); // after 2, 6, 14, 30 and 50 seconds; 20 more would be too late
    REQUIRE(observation.result());
    REQUIRE(!*observation.result());
    CHECK(observation.result()->error() ==
          Error{ErrorCategory::unavailable, "observing the line: not now", {}, {}});
}

TEST_CASE("what keeps an observation waiting is told once, with how long it goes on") {
    Observation observation(test::basic_spec(), false, moment(), moment(minute));
    TimePoint now = moment();
    std::string notices;
    for (int round = 0; round < 3; ++round) {
        const auto work = observation.work(now);
        REQUIRE(work.calls.size() == 1);
        CHECK(work.notice.empty());
        reply(observation, work.calls.front(), passing(ErrorCategory::unavailable), now);
        const auto after = observation.work(now);
        notices += after.notice;
        REQUIRE(after.wake_at);
        now = *after.wake_at;
    }
    CHECK(notices == "not now (it is tried until " + format_time(moment(minute)) + ")");
}

TEST_CASE("what no repetition mends ends an observation at once") {
    for (const ErrorCategory category :
         {ErrorCategory::unauthenticated, ErrorCategory::permission_denied, ErrorCategory::rejected,
          ErrorCategory::not_found}) {
        CAPTURE(to_string(category));
        Observation observation(test::basic_spec(), false, moment(), moment(minute));
        const auto calls = observation.work(moment()).calls;
        REQUIRE(calls.size() == 1);
        reply(observation, calls.front(), passing(category), moment());
        REQUIRE(observation.result());
        REQUIRE(!*observation.result());
        CHECK(observation.result()->error().category == category);
    }
}

TEST_CASE("a group that cannot be read blocks its own line and no other") {
    struct Row {
        const char* name;
        bool is_blocked;
    };
    constexpr Row rows[] = {
        {"shop__web__9", true},   {"shop__web", true}, {"shop__web__STAGE", true},
        {"shop__web__007", true}, {"legacy", true},    {"other__1", false},
        {"shop__web2__1", false}, {"", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        DeploymentSpec spec = test::basic_spec();
        spec.previous = "legacy";
        Observation observation(spec, false, moment(), moment(minute));
        const auto calls = observation.work(moment()).calls;
        REQUIRE(calls.size() == 1);
        const Error why{.category = ErrorCategory::protocol, .message = "capacity is missing"};
        reply(observation, calls.front(),
              SpotReply(GroupsReply{{}, {{GroupId("sig-x"), row.name, why}}}), moment());
        REQUIRE(observation.result());
        CHECK(observation.result()->has_value() != row.is_blocked);
        if (!*observation.result())
            CHECK(
                observation.result()->error() ==
                Error{ErrorCategory::protocol, "observing the line: capacity is missing", {}, {}});
    }
}

TEST_CASE("a reply of another kind, or to no call, does no harm") {
    Observation observation(test::basic_spec(), false, moment(), moment(minute));
    const auto calls = observation.work(moment()).calls;
    REQUIRE(calls.size() == 1);
    observation.on_reply({CallId{99}, SpotReply(GroupsReply{}), "", 1, {}}, moment());
    CHECK(!observation.result());
    reply(observation, calls.front(), SpotReply(DoneReply{}), moment());
    REQUIRE(observation.result());
    REQUIRE(!*observation.result());
    CHECK(observation.result()->error().category == ErrorCategory::internal);
}

// ---- the image -------------------------------------------------------------------------------

namespace {

Image image(const char* id, const char* created_at, const char* state = "available") {
    return {.id = ImageId(id),
            .name = "shop",
            .created_at = parse_time(created_at).value(),
            .state = state};
}

/// An observation whose line has no groups, asked for its image; AWS's calls are answered by hand.
struct Choosing {
    explicit Choosing(DeploymentSpec spec, bool has_aws = true)
        : observation(std::move(spec), has_aws, moment(), moment(minute)) {}

    /// The AWS call that it waits for now.
    AwsCall next() {
        calls = observation.work(moment()).calls;
        REQUIRE(calls.size() == 1);
        REQUIRE(std::holds_alternative<AwsCall>(calls.front().call));
        return std::get<AwsCall>(calls.front().call);
    }
    void answer(CallResult result) {
        reply(observation, calls.front(), std::move(result), moment());
    }
    /// What is seen in the end, once the list has been answered.
    const Result<Snapshot>& result() {
        if (!observation.result()) {
            calls = observation.work(moment()).calls;
            REQUIRE(calls.size() == 1);
            CHECK(std::holds_alternative<SpotCall>(calls.front().call));
            answer(SpotReply(GroupsReply{}));
        }
        REQUIRE(observation.result());
        return *observation.result();
    }

    Observation observation;
    std::vector<CallRequest> calls;
};

DeploymentSpec spec_choosing(ImageSelector selector) {
    DeploymentSpec spec = test::basic_spec();
    spec.image = ImageId();
    spec.image_selector = std::move(selector);
    return spec;
}

Error aws_error(ErrorCategory category) { return {.category = category, .message = "why"}; }

} // namespace

TEST_CASE("an image that is named by its id is looked at with one call") {
    Choosing one(test::basic_spec());
    CHECK(one.next() == AwsCall(DescribeImagesCall{.images = {test::basic_spec().image}}));
    const Image found = image("ami-new", "2026-05-01T10:00:00Z", "pending");
    one.answer(AwsReply(ImagesReply{{found}}));
    CHECK(one.result()->image == found);
}

TEST_CASE("of the images that a filter finds the newest is taken, and of equal ones the last id") {
    Choosing query(spec_choosing(ImageQuery{{{"name", {"shop-*"}}}, {"self"}}));
    CHECK(query.next() ==
          AwsCall(DescribeImagesCall{.owners = {"self"},
                                     .filters = {{"name", {"shop-*"}}, {"state", {"available"}}}}));
    query.answer(AwsReply(ImagesReply{
        {image("ami-9", "2026-05-01T10:00:00Z"), image("ami-2", "2026-05-03T10:00:00Z"),
         image("ami-3", "2026-05-03T10:00:00Z"), image("ami-1", "2026-05-03T10:00:00Z")}}));
    CHECK(query.result()->image->id == ImageId("ami-3"));
}

TEST_CASE("a parameter is read, and the image whose id it holds is looked at") {
    Choosing parameter(spec_choosing(ImageParameter{"/images/shop"}));
    CHECK(parameter.next() == AwsCall(GetParameterCall{"/images/shop"}));
    parameter.answer(AwsReply(ParameterReply{.name = "/images/shop", .value = " ami-7\n"}));
    CHECK(parameter.next() == AwsCall(DescribeImagesCall{.images = {ImageId("ami-7")}}));
    parameter.answer(AwsReply(ImagesReply{{image("ami-7", "2026-05-03T10:00:00Z")}}));
    CHECK(parameter.result()->image->id == ImageId("ami-7"));
}

TEST_CASE("what chooses no image says so before the line is looked at") {
    struct Row {
        const char* why;
        ImageSelector selector;
        CallResult answer;
        ErrorCategory category;
    };
    const Row rows[] = {
        {"none meets the filter", ImageQuery{{{"name", {"x"}}}, {"self"}}, AwsReply(ImagesReply{}),
         ErrorCategory::not_found},
        {"no such parameter", ImageParameter{"/p"}, aws_error(ErrorCategory::not_found),
         ErrorCategory::not_found},
        {"a parameter that holds something else", ImageParameter{"/p"},
         AwsReply(ParameterReply{.name = "/p", .value = "canary"}),
         ErrorCategory::invalid_argument},
        {"no credentials", ImageParameter{"/p"}, aws_error(ErrorCategory::unauthenticated),
         ErrorCategory::unauthenticated},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        Choosing one(spec_choosing(row.selector));
        one.next();
        one.answer(row.answer);
        REQUIRE(one.observation.result());
        REQUIRE_FALSE(*one.observation.result());
        const Error& error = one.observation.result()->error();
        CHECK(error.category == row.category);
        CHECK(error.message.find("canary") == std::string::npos);
    }
    Choosing without(spec_choosing(ImageParameter{"/p"}), false);
    without.observation.work(moment());
    REQUIRE(without.observation.result());
    CHECK(without.observation.result()->error().category == ErrorCategory::unauthenticated);
}

TEST_CASE("an id that may not be looked at is deployed unseen, one that does not exist is not") {
    for (const auto category : {ErrorCategory::unauthenticated, ErrorCategory::permission_denied}) {
        Choosing unseen(test::basic_spec());
        unseen.next();
        unseen.answer(aws_error(category));
        CHECK_FALSE(unseen.result()->image);
        CHECK(unseen.result()->image_unchecked == "why");
    }
    Choosing gone(test::basic_spec());
    gone.next();
    gone.answer(aws_error(ErrorCategory::not_found));
    REQUIRE(gone.observation.result());
    CHECK(gone.observation.result()->error().category == ErrorCategory::not_found);
}

} // namespace elastiroll::observation_test
