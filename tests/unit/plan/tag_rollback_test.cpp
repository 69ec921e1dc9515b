#include <elastiroll/plan/tag_rollback.hpp>

#include "line.hpp"

#include <elastiroll/plan/planner.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace elastiroll::tag_rollback_test {
using test::capacity;
using test::group;
using test::line_of;

namespace {

constexpr const char* older = "01kolder";

/// The group `shop__web__<revision>` at `size`.
GroupState plain(int revision, const Capacity& size, std::optional<int> healthy = {}) {
    return group(
        {.name = "shop__web__" + std::to_string(revision), .capacity = size, .healthy = healthy});
}

/// What a group's tags say; the rest as we write it.
struct Tags {
    std::optional<PreviousMark> previous{};
    std::optional<int> revision{}; ///< empty: that of the name
    std::string line = to_string(test::canary_spec().line);
};

GroupState tagged(int revision, const Capacity& size, Tags tags, std::optional<int> healthy = {}) {
    GroupState state = plain(revision, size, healthy);
    set_ownership(state.group.document,
                  {DeploymentId(older), std::move(tags.line),
                   *Revision::make(tags.revision.value_or(revision)), std::move(tags.previous),
                   "0123456789abcdef0123456789abcdef"},
                  {});
    return state;
}

Tags over(const char* id, const Capacity& size = capacity(2, 4, 8)) {
    return {.previous = PreviousMark{GroupId(id), size}};
}

BegunEntry begun(DeploymentSpec spec = test::canary_spec()) {
    return {DeploymentId("01knew"), std::move(spec), "me@host", "it is gone", "elastiroll"};
}

JournalState journal_of(const Snapshot& world, DeploymentSpec spec = test::canary_spec()) {
    const auto records = journal_from_tags(begun(std::move(spec)), world);
    REQUIRE_MESSAGE(records, (records ? std::string() : records.error().message));
    const auto journal = replay(*records);
    REQUIRE(journal);
    return *journal;
}

/// What is gone back from and to, and the floor; or the refusal.
std::string decision(const Snapshot& world, DeploymentSpec spec = test::canary_spec()) {
    const auto records = journal_from_tags(begun(std::move(spec)), world);
    if (!records)
        return std::string(to_string(records.error().category)) + ": " + records.error().message;
    const JournalState journal = *replay(*records);
    return journal.new_group.text() + " back to " + journal.plan.previous->id.text() + " at " +
           to_string(journal.plan.previous->capacity) + ", floor " +
           std::to_string(journal.plan.floor);
}

} // namespace

TEST_CASE("tags tell which deployment did not end, and what was before it") {
    struct Row {
        const char* why;
        std::vector<GroupState> groups;
        const char* expected;
    };
    const Row rows[] = {
        {"half-way",
         {plain(7, capacity(2, 2, 2)), tagged(8, capacity(2, 2, 2), over("sig-7"))},
         "sig-8 back to sig-7 at 2/4/8, floor 4"},
        {"only just made",
         {plain(7, capacity(2, 4, 8)), tagged(8, {}, over("sig-7"))},
         "sig-8 back to sig-7 at 2/4/8, floor 4"},
        {"all up, nothing down yet",
         {plain(7, capacity(2, 4, 8)), tagged(8, capacity(2, 4, 8), over("sig-7"))},
         "sig-8 back to sig-7 at 2/4/8, floor 4"},
        {"the previous group was taken away first, and nothing has replaced it",
         {plain(7, {}), tagged(8, {}, over("sig-7"))},
         "sig-8 back to sig-7 at 2/4/8, floor 0"},
        {"the same, and what replaces it is not healthy",
         {plain(7, {}), tagged(8, capacity(2, 4, 8), over("sig-7"), 0)},
         "sig-8 back to sig-7 at 2/4/8, floor 0"},
        {"less is healthy than was wanted",
         {plain(7, capacity(2, 2, 2), 1), tagged(8, capacity(2, 2, 2), over("sig-7"), 0)},
         "sig-8 back to sig-7 at 2/4/8, floor 1"},
        {"revisions are numbers, and the newest one counts",
         {plain(7, capacity(2, 2, 2)), tagged(9, {}, over("sig-8")),
          tagged(10, capacity(1, 1, 1), over("sig-7"))},
         "sig-10 back to sig-7 at 2/4/8, floor 3"},
        {"the previous group was made by a deployment as well",
         {plain(6, {}), tagged(7, capacity(2, 2, 2), over("sig-6")),
          tagged(8, capacity(2, 2, 2), over("sig-7", capacity(3, 3, 3)))},
         "sig-8 back to sig-7 at 3/3/3, floor 3"},
        {"a newer empty group that is not ours takes no part",
         {plain(7, capacity(2, 2, 2)), tagged(8, capacity(2, 2, 2), over("sig-7")), plain(9, {})},
         "sig-8 back to sig-7 at 2/4/8, floor 4"},
        {"an empty copy of a group of ours is not ours",
         {plain(7, capacity(2, 2, 2)), tagged(8, capacity(2, 2, 2), over("sig-7")),
          tagged(9, {}, {.previous = PreviousMark{GroupId("sig-7"), {}}, .revision = 8})},
         "sig-8 back to sig-7 at 2/4/8, floor 4"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(decision(line_of(row.groups)) == row.expected);
    }
}

TEST_CASE("where tags do not tell what to go back to, a rollback is refused with the way out") {
    struct Row {
        const char* why;
        std::vector<GroupState> groups;
        const char* expected;
    };
    const Row rows[] = {
        {"nothing at all",
         {},
         "not_found: no group of act-1/eu-west-1/shop__web bears the tags of a deployment, so "
         "there "
         "is nothing to roll back from; check the spec, the account and the region, and what the "
         "workflow's \"ownership\" says the tags begin with"},
        {"tags of another line",
         {plain(7, capacity(2, 4, 8)),
          tagged(8, capacity(1, 1, 1),
                 {.previous = PreviousMark{GroupId("sig-7"), {}}, .line = "act-2/eu-west-1/x"})},
         "conflict: shop__web__8 (sig-8) is the newest group with capacity (1/1/1) and bears no "
         "tags of a deployment of this line, so what is older cannot be rolled back to safely; if "
         "it is to go, size it to 0/0/0 and roll back, else deploy with --previous shop__web__8"},
        {"a newer group that somebody made",
         {plain(7, capacity(2, 2, 2)), tagged(8, capacity(2, 2, 2), over("sig-7")),
          plain(9, capacity(1, 1, 1))},
         "conflict: shop__web__9 (sig-9) is the newest group with capacity (1/1/1) and bears no "
         "tags of a deployment of this line, so what is older cannot be rolled back to safely; if "
         "it is to go, size it to 0/0/0 and roll back, else deploy with --previous shop__web__9"},
        {"the first deployment of a line",
         {tagged(1, capacity(1, 1, 1), {})},
         "conflict: shop__web__1 (sig-1) replaced no group, as its tags have it, so there is "
         "nothing to go back to; delete it by hand, or deploy with --previous shop__web__1"},
        {"the previous group is gone",
         {plain(6, capacity(1, 1, 1)), tagged(8, capacity(2, 2, 2), over("sig-7"))},
         "conflict: shop__web__8 (sig-8) was to replace sig-7, which had capacity 2/4/8 and is not "
         "found any more, so there is nothing to go back to; if that group has a name of another "
         "line, say it with --previous NAME, else deploy with --previous shop__web__8"},
        {"a group that names itself",
         {tagged(8, capacity(2, 2, 2), over("sig-8"))},
         "conflict: shop__web__8 (sig-8) was to replace sig-8, which had capacity 2/4/8 and is not "
         "found any more, so there is nothing to go back to; if that group has a name of another "
         "line, say it with --previous NAME, else deploy with --previous shop__web__8"},
        {"a deployment that has ended",
         {plain(7, {}), tagged(8, capacity(2, 4, 8), over("sig-7"))},
         "conflict: the deployment that made shop__web__8 (sig-8) has ended, as far as can be "
         "seen: "
         "4 of 4 are healthy, and shop__web__7 (sig-7), which it replaced, is at 0/0/0; if it has "
         "not, size that one to 2/4/8 again, then roll back"},
        {"one that has ended and is partly unhealthy",
         {plain(7, {}), tagged(8, capacity(2, 4, 8), over("sig-7"), 1)},
         "conflict: the deployment that made shop__web__8 (sig-8) has ended, as far as can be "
         "seen: "
         "1 of 4 are healthy, and shop__web__7 (sig-7), which it replaced, is at 0/0/0; if it has "
         "not, size that one to 2/4/8 again, then roll back"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(decision(line_of(row.groups)) == row.expected);
    }
}

TEST_CASE("of two groups of the new group's name neither is taken, and both ids are said") {
    const GroupState previous = plain(7, capacity(2, 2, 2));
    const GroupState made = tagged(8, capacity(2, 2, 2), over("sig-7"));
    for (const bool is_second_ours : {true, false}) {
        CAPTURE(is_second_ours);
        GroupState second = is_second_ours ? tagged(8, {}, over("sig-7")) : plain(8, {});
        second.group.id = GroupId(is_second_ours ? "sig-9" : "sig-0");
        const std::string first_two = is_second_ours ? "sig-8 at 2/2/2 and sig-9 at 0/0/0"
                                                     : "sig-0 at 0/0/0 and sig-8 at 2/2/2";
        CHECK(decision(line_of({previous, made, second})) ==
              "conflict: two groups are called shop__web__8: " + first_two +
                  "; the tags do not tell which one the deployment goes on with; delete the one "
                  "that has no instances, then roll back");
    }
}

TEST_CASE("a journal that is there knows more than the tags") {
    Snapshot world =
        line_of({plain(7, capacity(2, 2, 2)), tagged(8, capacity(2, 2, 2), over("sig-7"))});
    world.history = LineHistory{GroupId("sig-7"), {}, {}};
    CHECK(decision(world) == "sig-8 back to sig-7 at 2/4/8, floor 4");
    world.history->serving = GroupId("sig-8");
    CHECK(decision(world) == "conflict: the journal has it that shop__web__8 (sig-8) serves, so "
                             "its deployment has ended; undo it with 'elastiroll rollback "
                             "01kolder'");
    world.history->unfinished = DeploymentId("01kopen");
    CHECK(decision(world) ==
          "conflict: deployment 01kopen of this line has not ended and its journal is here; undo "
          "it with 'elastiroll rollback 01kopen'");
}

TEST_CASE("a previous group of another name is gone back to once it is observed") {
    DeploymentSpec spec = test::canary_spec();
    spec.previous = "legacy";
    const Snapshot world = line_of({group({.name = "legacy", .capacity = capacity(2, 2, 2)}),
                                    tagged(1, capacity(2, 2, 2), over("sig-legacy"))});
    CHECK(decision(world, spec) == "sig-1 back to sig-legacy at 2/4/8, floor 4");
}

TEST_CASE("a spec's own floor holds, as far as it was held before") {
    const Snapshot world =
        line_of({plain(7, capacity(2, 2, 2)), tagged(8, capacity(2, 2, 2), over("sig-7"))});
    for (const int floor : {0, 2, 9}) {
        CAPTURE(floor);
        DeploymentSpec spec = test::canary_spec();
        spec.floor = floor;
        const auto plan = plan_rollback(journal_of(world, spec), world);
        REQUIRE(plan);
        CHECK(plan->floor == std::min(floor, 4));
    }
}

TEST_CASE("the rollback raises and awaits the previous group, and only then the new one goes") {
    struct Row {
        const char* why;
        Capacity previous, fresh;
        const char* expected;
    };
    const Row rows[] = {
        {"half-way", capacity(2, 2, 2), capacity(2, 2, 2),
         "rollback.scale-previous: shop__web__7 scale to 2/4/8\n"
         "rollback.await-previous: shop__web__7 wait for 4 healthy\n"
         "rollback.scale-new: shop__web__8 scale to 0/0/0\n"
         "rollback.await-new-empty: shop__web__8 wait until it is empty (cleanup)\n"
         "rollback.delete-new: shop__web__8 delete\n"},
        {"the previous group was not touched", capacity(2, 4, 8), capacity(1, 1, 1),
         "rollback.await-previous: shop__web__7 wait for 4 healthy\n"
         "rollback.scale-new: shop__web__8 scale to 0/0/0\n"
         "rollback.await-new-empty: shop__web__8 wait until it is empty (cleanup)\n"
         "rollback.delete-new: shop__web__8 delete\n"},
        {"the previous group has grown since",
         capacity(2, 6, 9),
         {},
         "rollback.scale-previous: shop__web__7 scale to 2/6/8\n"
         "rollback.await-previous: shop__web__7 wait for 6 healthy\n"
         "rollback.delete-new: shop__web__8 delete\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Snapshot world = line_of({plain(6, {}), plain(7, row.previous),
                                  tagged(8, row.fresh, over("sig-7")), plain(9, {})});
        const JournalState journal = journal_of(world);
        CHECK_FALSE(drift_since(journal, world));
        const auto plan = plan_rollback(journal, world);
        REQUIRE(plan);
        CHECK(test::outline(*plan) == row.expected);
        for (const Step& step : plan->steps)
            test::perform(world, *plan, step);
        CHECK(world.find(GroupId("sig-7"))->group.capacity.target() >= 4);
        CHECK_FALSE(world.find(GroupId("sig-8")));
        CHECK_FALSE(drift_since(journal, world)); // where the next process looks again
    }
}

TEST_CASE("what a previous group that scales may have been held by is released, and that is said") {
    struct Row {
        const char* why;
        std::vector<std::string> suspended;
        const char* said; ///< after "nothing tells who suspended "; empty: nothing
    };
    const Row rows[] = {
        {"both", {"AUTO_SCALE", "SCHEDULING"}, "AUTO_SCALE and SCHEDULING of shop__web__7"},
        {"one", {"SCHEDULING"}, "SCHEDULING of shop__web__7"},
        {"none any more", {}, ""},
        {"another process", {"AUTO_HEALING"}, ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Snapshot world = line_of({group({.name = "shop__web__7",
                                               .capacity = capacity(2, 2, 2),
                                               .has_automation = true,
                                               .suspended = row.suspended}),
                                        tagged(8, capacity(2, 2, 2), over("sig-7"))});
        const JournalState journal = journal_of(world);
        const auto plan = plan_rollback(journal, world);
        REQUIRE(plan);
        CHECK(test::outline(*plan).ends_with(
            "rollback.release-previous: shop__web__7 resume AUTO_SCALE, SCHEDULING\n"));
        const auto& notices = journal.plan.notices;
        const bool is_said = *row.said != '\0';
        REQUIRE(notices.size() == (is_said ? 2 : 1));
        CHECK(notices.front() ==
              "what is known of deployment 01kolder are the tags of shop__web__8 (sig-8): "
              "shop__web__7 (sig-7) had capacity 2/4/8; older groups that it may have parked stay "
              "as they are");
        if (is_said)
            CHECK(
                notices.back().starts_with("nothing tells who suspended " + std::string(row.said)));
    }
}

TEST_CASE("a journal that was made from tags is whole, and whoever takes it up rolls back") {
    GroupState previous =
        group({.name = "shop__web__7", .capacity = capacity(2, 2, 2), .has_automation = true});
    const Snapshot world =
        line_of({plain(6, {}), previous, tagged(8, capacity(2, 2, 2), over("sig-7"))});
    const auto records = journal_from_tags(begun(), world);
    REQUIRE(records);
    for (const JournalRecord& record : *records) {
        const auto decoded = decode_journal_record(encode(record));
        REQUIRE_MESSAGE(decoded, (decoded ? std::string() : decoded.error().message));
        CHECK(*decoded == record);
    }
    const auto journal = replay(*records);
    REQUIRE(journal);
    CHECK(journal->deployment == DeploymentId("01knew"));
    CHECK(journal->reason == "it is gone");
    CHECK(journal->new_group == GroupId("sig-8"));
    CHECK(journal->spec.image == ImageId("ami-old")); // the new group's, whatever the spec says now
    REQUIRE(journal->failure);
    CHECK(journal->failure->category == ErrorCategory::cancelled);
    CHECK(journal->announced.empty()); // no call is made up
    CHECK_FALSE(journal->snapshot.find(GroupId("sig-8")));
    CHECK(journal->snapshot.find(GroupId("sig-7"))->group.capacity == capacity(2, 4, 8));
}

} // namespace elastiroll::tag_rollback_test
