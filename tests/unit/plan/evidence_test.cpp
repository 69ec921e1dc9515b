#include <elastiroll/plan/planner.hpp>

#include "line.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace elastiroll::evidence_test {
using test::capacity;
using test::group;
using test::line_of;

namespace {

/// The id of the previous group (`none` without one) and the new name, or the refusal.
std::string decision(const DeploymentSpec& spec, const Snapshot& world) {
    const auto plan = plan_deployment(spec, world);
    if (!plan)
        return std::string(to_string(plan.error().category)) + ": " + plan.error().message;
    return (plan->previous ? plan->previous->id.text() : "none") + ", then " + plan->new_name;
}

GroupState sized(std::string name, const Capacity& size, std::optional<int> healthy = {}) {
    return group({.name = std::move(name), .capacity = size, .healthy = healthy});
}

GroupState marked(std::string name, const Capacity& size, const std::string& previous) {
    GroupState state = sized(std::move(name), size);
    test::mark(state, "01kolder", PreviousMark{GroupId(previous), capacity(2, 4, 8)});
    return state;
}

} // namespace

TEST_CASE("without a journal the highest revision with capacity is previous") {
    struct Row {
        const char* why;
        std::vector<GroupState> groups;
        const char* expected;
    };
    const Row rows[] = {
        {"nothing at all", {}, "none, then shop__web__1"},
        {"only empty revisions",
         {sized("shop__web__3", {}), sized("shop__web__12", {})},
         "none, then shop__web__13"},
        {"revisions are numbers, not texts",
         {sized("shop__web__2", {}), sized("shop__web__10", capacity(2, 4, 8)),
          sized("shop__web__9", {})},
         "sig-10, then shop__web__11"},
        {"a stub above it changes nothing but the number",
         {sized("shop__web__7", capacity(2, 4, 8)), sized("shop__web__8", {})},
         "sig-7, then shop__web__9"},
        {"a group with a maximum but no target is not empty",
         {sized("shop__web__7", capacity(0, 0, 4))},
         "sig-7, then shop__web__8"},
        {"a lower revision with less healthy",
         {sized("shop__web__6", capacity(1, 1, 1)), sized("shop__web__7", capacity(2, 4, 8))},
         "sig-7, then shop__web__8"},
        {"its mark names a group that is gone",
         {sized("shop__web__6", capacity(4, 4, 4)),
          marked("shop__web__7", capacity(2, 4, 8), "sig-5")},
         "sig-7, then shop__web__8"},
        {"its mark names a group at 0/0/0",
         {sized("shop__web__6", {}), marked("shop__web__7", capacity(1, 1, 1), "sig-6")},
         "sig-7, then shop__web__8"},
        {"its mark names a group with capacity: its deployment did not end",
         {sized("shop__web__6", capacity(2, 3, 8)),
          marked("shop__web__7", capacity(1, 1, 1), "sig-6")},
         "conflict: the deployment that made shop__web__7 (sig-7) did not end: shop__web__6 "
         "(sig-6), which it was to replace, still has capacity 2/3/8; put it back with "
         "'elastiroll rollback --from-tags', or say which group serves with --previous NAME"},
        {"a lower revision with as much healthy",
         {sized("shop__web__6", capacity(4, 4, 4)), sized("shop__web__7", capacity(2, 4, 8))},
         "conflict: cannot tell which group serves: shop__web__7 (sig-7) is the newest with "
         "capacity, but shop__web__6 (sig-6) has 4 healthy and it has 4; say which with "
         "--previous NAME"},
        {"a lower revision with more healthy",
         {sized("shop__web__6", capacity(9, 9, 9)), sized("shop__web__7", capacity(2, 4, 8))},
         "conflict: cannot tell which group serves: shop__web__7 (sig-7) is the newest with "
         "capacity, but shop__web__6 (sig-6) has 9 healthy and it has 4; say which with "
         "--previous NAME"},
        {"two groups without anything healthy",
         {sized("shop__web__6", capacity(1, 1, 1), 0), sized("shop__web__7", capacity(1, 1, 1), 0)},
         "conflict: cannot tell which group serves: shop__web__7 (sig-7) is the newest with "
         "capacity, but shop__web__6 (sig-6) has 0 healthy and it has 0; say which with "
         "--previous NAME"},
    };
    DeploymentSpec spec = test::basic_spec();
    spec.instances = capacity(1, 2, 4);
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(decision(spec, line_of(row.groups)) == row.expected);
    }
}

TEST_CASE("with a journal what its last finished deployment left serving is previous") {
    struct Row {
        const char* why;
        LineHistory history;
        const char* expected;
    };
    const Row rows[] = {
        {"although a higher revision has capacity",
         {GroupId("sig-6"), {}},
         "sig-6, then shop__web__8"},
        {"unless it is gone", {GroupId("sig-5"), {}}, "sig-7, then shop__web__8"},
        {"unless it is at 0/0/0", {GroupId("sig-4"), {}}, "sig-7, then shop__web__8"},
        {"nothing is known", {GroupId(), {}}, "sig-7, then shop__web__8"},
        {"an unfinished deployment is refused",
         {GroupId("sig-6"), DeploymentId("01kopen")},
         "conflict: deployment 01kopen of this line has not ended; go on with 'elastiroll resume "
         "01kopen', undo it with 'elastiroll rollback 01kopen', or deploy with --replace, which "
         "undoes it first"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Snapshot world =
            line_of({sized("shop__web__4", {}), sized("shop__web__6", capacity(2, 4, 8), 4),
                     sized("shop__web__7", capacity(2, 5, 8))});
        world.history = row.history;
        CHECK(decision(test::basic_spec(), world) == row.expected);
    }
}

TEST_CASE("a named group is previous whatever the evidence says, but not over an unfinished run") {
    DeploymentSpec spec = test::basic_spec();
    Snapshot world = line_of(
        {sized("shop__web", capacity(2, 2, 2)), sized("shop__web__6", capacity(4, 4, 4)),
         marked("shop__web__7", capacity(1, 1, 1), "sig-6"), sized("legacy", capacity(3, 3, 3))});
    world.history = LineHistory{GroupId("sig-7"), {}};
    spec.previous = "shop__web";
    CHECK(decision(spec, world) == "sig-web, then shop__web__8");
    std::erase_if(world.groups,
                  [](const GroupState& state) { return state.group.name == "shop__web"; });
    spec.previous = "shop__web__6";
    CHECK(decision(spec, world) == "sig-6, then shop__web__8");
    spec.previous = "legacy";
    CHECK(decision(spec, world) == "sig-legacy, then shop__web__8");
    spec.previous = "shop__web__9";
    CHECK(decision(spec, world) ==
          "not_found: no group called shop__web__9 was found to take as previous; check the name "
          "given with --previous, the account and the region");
    spec.previous = "shop__web__6";
    world.history->unfinished = DeploymentId("01kopen");
    CHECK(decision(spec, world).starts_with("conflict: deployment 01kopen of this line"));
}

TEST_CASE("a plan says that its previous group was named") {
    DeploymentSpec spec = test::basic_spec();
    spec.previous = "shop__web__6";
    const auto plan = plan_deployment(spec, line_of({sized("shop__web__6", capacity(4, 4, 4))}));
    REQUIRE(plan);
    CHECK(plan->notices ==
          std::vector<std::string>{"shop__web__6 is taken as previous because it was named"});
}

TEST_CASE("a group with capacity under a blue/green name is refused unless it is adopted") {
    for (const char* name : {"shop__web", "shop__web__STAGE"}) {
        CAPTURE(name);
        const Snapshot world =
            line_of({sized(name, capacity(2, 2, 2)), sized("shop__web__7", capacity(2, 4, 8))});
        const std::string id = name == std::string("shop__web") ? "sig-web" : "sig-STAGE";
        CHECK(decision(test::basic_spec(), world) ==
              "conflict: " + std::string(name) + " (" + id +
                  ") has capacity 2/2/2 under a blue/green name, but this workflow makes "
                  "revisions; if it is the group to replace, say so with --previous " +
                  name);
    }
    CHECK(
        decision(test::basic_spec(), line_of({sized("shop__web", {}), sized("shop__web__STAGE", {}),
                                              sized("shop__web__7", capacity(2, 4, 8))})) ==
        "sig-7, then shop__web__8");
    DeploymentSpec harness = test::basic_spec();
    harness.naming = NamingPreset::harness;
    CHECK(decision(harness, line_of({sized("shop__web__STAGE__Harness", capacity(1, 1, 1))}))
              .starts_with("conflict: shop__web__STAGE__Harness (sig-Harness) has capacity 1/1/1"));
}

TEST_CASE("two groups of one name are refused with both ids") {
    GroupState second = sized("shop__web__7", {});
    second.group.id = GroupId("sig-8");
    CHECK(
        decision(test::basic_spec(), line_of({sized("shop__web__7", capacity(2, 4, 8)), second})) ==
        "conflict: two groups are called shop__web__7: sig-7 and sig-8; delete or rename the "
        "one that does not serve, then deploy again");
}

TEST_CASE("a name that only looks like a revision is looked past, and said") {
    const auto plan =
        plan_deployment(test::basic_spec(), line_of({sized("shop__web__007", capacity(9, 9, 9)),
                                                     sized("shop__web__99999999999", {}),
                                                     sized("shop__web__2", capacity(2, 4, 8))}));
    REQUIRE(plan);
    CHECK(plan->new_name == "shop__web__3");
    CHECK(plan->previous->id == GroupId("sig-2"));
    CHECK(plan->notices ==
          std::vector<std::string>{
              "shop__web__007 (sig-007) looks like a revision of this line but is none; it is left "
              "alone",
              "shop__web__99999999999 (sig-99999999999) looks like a revision of this line but is "
              "none; it is left alone"});
}

TEST_CASE("a line whose last revision is used up is refused") {
    CHECK(decision(test::basic_spec(), line_of({sized("shop__web__999999999", {})})) ==
          "conflict: shop__web__999999999 (sig-999999999): revision 999999999 is the last that a "
          "name can hold; choose another group prefix, or delete the groups with these revisions");
}

TEST_CASE("a line's groups are those of its names and its region, in order") {
    const auto named = [](const char* name, const char* region) {
        Elastigroup one;
        one.id = GroupId(std::string("id-") + name);
        one.name = name;
        one.document = Document::object({{"region", region}});
        return one;
    };
    DeploymentSpec spec = test::basic_spec();
    spec.previous = "legacy";
    const auto kept = groups_of_line(
        spec, {named("shop__web__2", "eu-west-1"), named("shop__web__10", "eu-west-1"),
               named("shop__web__3", "us-east-1"), named("shop__web__4", ""),
               named("shop__web", "eu-west-1"), named("shop__web__STAGE", "eu-west-1"),
               named("shop__web2__11", "eu-west-1"), named("shop__web__10b", "eu-west-1"),
               named("shop__web__", "eu-west-1"), named("legacy", "eu-west-1"),
               named("shop__web__007", "eu-west-1"), named("SHOP__WEB__1", "eu-west-1")});
    std::vector<std::string> names;
    for (const Elastigroup& one : kept)
        names.push_back(one.name);
    CHECK(names == std::vector<std::string>{"legacy", "shop__web", "shop__web__007",
                                            "shop__web__10", "shop__web__2", "shop__web__4",
                                            "shop__web__STAGE"});
}

TEST_CASE(
    "an observation reads what has capacity, and the empty groups that retention could pick") {
    DeploymentSpec spec = test::basic_spec();
    spec.retention = 1;
    std::vector<Elastigroup> groups;
    for (const GroupState& state :
         {sized("shop__web__2", {}), sized("shop__web__10", {}), sized("shop__web__9", {}),
          sized("shop__web__007", capacity(1, 1, 1)),
          group({.name = "shop__web__7", .capacity = capacity(2, 4, 8), .has_automation = true}),
          group({.name = "shop__web__5", .has_automation = true}),
          sized("shop__web__6", capacity(0, 0, 3)), sized("shop__web", {})})
        groups.push_back(state.group);
    CHECK(observation_needs(spec, groups) ==
          ObservationNeeds{{GroupId("sig-7"), GroupId("sig-6"), GroupId("sig-2"), GroupId("sig-5"),
                            GroupId("sig-9")},
                           {GroupId("sig-7")},
                           {GroupId("sig-7"), GroupId("sig-6")}});
}

} // namespace elastiroll::evidence_test
