#include <elastiroll/plan/journal.hpp>
#include <elastiroll/plan/planner.hpp>

#include "golden.hpp"
#include "line.hpp"

#include <doctest/doctest.h>

#include <set>
#include <sstream>
#include <string>
#include <type_traits>

namespace elastiroll::journal_test {
using test::capacity;
using test::group;
using test::moment;

namespace {

Error rich_error() {
    return {ErrorCategory::rejected,
            "creating shop__web__8: no \"image\"\n\xe2\x80\xa6",
            {{"$.group.a", "is wrong", "mend it"}, {"", "", ""}},
            RemoteError{400, "CANT_VALIDATE_IMAGE", "no such image", "req-1"}};
}

Snapshot rich_snapshot() {
    GroupState previous = group({.name = "shop__web__7",
                                 .capacity = capacity(2, 4, 8),
                                 .healthy = 2,
                                 .unhealthy = 1,
                                 .has_automation = true,
                                 .suspended = {"SCHEDULING"},
                                 .rolls = {{"sbgd-1", "FINISHED"}}});
    previous.group.created_at = moment(Milliseconds(-1));
    previous.suspensions->push_back({"AUTO_SCALE", moment(Milliseconds(1'500))});
    previous.reading->instances[0].status.locked_until = moment(Milliseconds(60'000));
    previous.reading->instances[0].status.is_locked = true;
    previous.reading->instances[1].status.is_draining = true;
    previous.reading->instances[1].health = HealthStatus::insufficient_data;
    previous.group.document.set("odd", test::document_from("[0.10, 12345678901234567890, null]"));
    GroupState bare = group({.name = "shop__web__6"});
    bare.reading.reset();
    bare.group.unit = CapacityUnit::weight;
    bare.group.document = nullptr;
    Snapshot snapshot = test::line_of({previous, bare, group({.name = "shop__web__1"})});
    snapshot.history = LineHistory{GroupId("sig-7"), DeploymentId("01kopen")};
    return snapshot;
}

/// A plan with a step of every kind.
DeploymentPlan rich_plan() {
    DeploymentSpec spec = test::canary_spec();
    spec.await_old = true;
    spec.retention = 0;
    spec.phases[1].bake = Milliseconds(300'000);
    spec.phases[1].needs_approval = true;
    test::add_automation(spec.group_template);
    const auto plan = plan_deployment(
        spec,
        test::line_of(
            {group({.name = "shop__web__7", .capacity = capacity(2, 4, 8), .has_automation = true}),
             group({.name = "shop__web__6", .capacity = capacity(1, 1, 1)}),
             group({.name = "shop__web__1"})}));
    if (!plan)
        return {};
    DeploymentPlan rich = *plan;
    const Document actions = test::document_from(R"([{"Type": "forward"}])");
    rich.steps.push_back(
        {"traffic.forward-shop-443",
         SetForwardsStep{"arn:rule", true, "shop:443", actions, test::document_from("[]")},
         "all requests go to the new group"});
    rich.steps.push_back({"finish.rename-new", RenameGroupStep{NewGroup{}, "stage", "production"},
                          "it serves", true});
    rich.load_balancers = {"arn:lb"};
    rich.stage_routes = {"arn:stage"};
    return rich;
}

/// A record of every kind, with everything in it set, and one with as little as there can be.
std::vector<JournalRecord> rich_records() {
    const GroupId made("sig-new");
    const std::vector<JournalEntry> entries{
        BegunEntry{DeploymentId("01kdeployment"), test::canary_spec(), "mia@host", "a reason",
                   "elastiroll 0.1.0"},
        BegunEntry{DeploymentId("01kdeployment"), test::basic_spec(), "", "", ""},
        PlannedEntry{rich_snapshot(), rich_plan(), "setup.confirm"},
        PlannedEntry{test::line_of({}), DeploymentPlan{.line = test::canary_spec().line}, ""},
        StepStartedEntry{"setup.create", moment(Milliseconds(1'200'000))},
        CallStartedEntry{"setup.create", "create_group", {}, "create shop__web__8"},
        CallEndedEntry{"setup.create",
                       "create_group",
                       CallEnd::answered,
                       made,
                       "req-1",
                       {},
                       Milliseconds(123)},
        CallEndedEntry{"setup.create", "create_group", CallEnd::failed, {}, "", rich_error(), {}},
        CallEndedEntry{"a.b", "scale_group", CallEnd::unanswered, made, "", Error{}, {}},
        StepEndedEntry{"setup.create", StepEnd::done, made, {}, "sig-new", {}},
        StepEndedEntry{"a.b", StepEnd::warned, {}, rich_error(), "", {}},
        StepEndedEntry{
            "a.b", StepEnd::failed, {}, Error{}, "4 of 4", {Milliseconds(0), Milliseconds(92'000)}},
        ResumedEntry{ResumeMode::roll_back, true, "mia@host", "a reason", "elastiroll 0.1.0"},
        ResumedEntry{ResumeMode::go_on, false, "", "", ""},
        DecisionEntry{DecisionKind::approve, "phase-1.approval", "mia", "a reason", 3},
        DecisionEntry{DecisionKind::abort, "", ""},
        FailedEntry{rich_error()},
        EndedEntry{
            {OutcomeKind::rolled_back, rich_error(), {"one", "two"}, made, GroupId("sig-7")}},
        EndedEntry{{OutcomeKind::nothing_to_do, {}, {}, {}, {}}},
        EndedEntry{{.kind = OutcomeKind::detached, .due_at = moment(Milliseconds(60'000))}},
    };
    std::vector<JournalRecord> records;
    for (const JournalEntry& entry : entries)
        records.push_back({records.size() + 1, moment(Milliseconds(std::ssize(records))), entry});
    return records;
}

/// What decoding says of `document`; empty where it succeeds.
template <class Decode> std::string complaint(const Document& document, Decode&& decode) {
    const auto value = decode(document);
    if (value)
        return {};
    CHECK(value.error().category == ErrorCategory::protocol);
    return value.error().message;
}

/// Members that may be missing, or whose inside is a user's and not ours.
const std::set<std::string, std::less<>> optional_members{
    "due_at",   "inbox",       "created_at",   "deallocation",   "details",
    "document", "error",       "exit_status",  "expires_at",     "history",
    "previous", "reading",     "locked_until", "group_document", "remote",
    "rolls",    "suspensions", "unfinished",   "load_balancers"};

/// Removes each member in turn, wherever it is, and checks that decoding names it.
template <class Decode>
void check_members(const Document& whole, Document& place, Decode&& decode) {
    if (auto* items = place.as_array()) {
        for (Document& item : *items)
            check_members(whole, item, decode);
    }
    if (!place.is_object())
        return;
    const Document::Object members = *place.as_object();
    for (const auto& [key, value] : members) {
        if (key == "group_document" || key == "document" || key == "deallocation" || key == "spec")
            continue;
        if (place.find("Type")) // an action of a listener, which is AWS's
            continue;
        // A decision may come without one; everything else has one, if only an empty one.
        const bool is_optional = optional_members.contains(key) ||
                                 (key == "reason" && place.find("decision") != nullptr);
        if (!is_optional) {
            CAPTURE(key);
            place.erase(key);
            const std::string message = complaint(whole, decode);
            CAPTURE(message);
            CHECK(message.find("$") != std::string::npos);
            CHECK(message.find("." + key + " is ") != std::string::npos);
            *place.as_object() = members;
        }
        check_members(whole, *place.find(key), decode);
    }
}

template <class T, class Decode> void check_codec(const T& value, Decode&& decode) {
    Document document = encode(value);
    const auto decoded = decode(document);
    CHECK_MESSAGE(decoded, (decoded ? std::string() : decoded.error().message));
    if (decoded)
        CHECK(*decoded == value);
    // The text that a store keeps is the same value.
    const auto stored = parse_document(to_text(document));
    REQUIRE(stored);
    CHECK(*stored == document);
    check_members(document, document, decode);
}

} // namespace

TEST_CASE("decoding undoes encoding a journal record, and names what is missing") {
    for (const JournalRecord& record : rich_records()) {
        CAPTURE(entry_name(record.entry));
        check_codec(record, decode_journal_record);
    }
}

TEST_CASE("decoding undoes encoding a plan, and names what is missing") {
    check_codec(rich_plan(), decode_deployment_plan);
    check_codec(DeploymentPlan{.line = test::canary_spec().line}, decode_deployment_plan);
    DeploymentPlan other = rich_plan();
    other.kind = PlanKind::rollback;
    other.strategy = Strategy::basic;
    other.unit = CapacityUnit::weight;
    other.is_no_op = true;
    other.steps.push_back(
        {"a.b", DeleteGroupStep{GroupId("sig-1"), test::document_from(R"({"a": 1.0})"), false}, "",
         true});
    check_codec(other, decode_deployment_plan);
}

TEST_CASE("the plan that is tested has a step of every kind") {
    std::set<std::size_t> kinds;
    for (const Step& step : rich_plan().steps)
        kinds.insert(step.action.index());
    CHECK(kinds.size() == std::variant_size_v<StepAction>);
}

TEST_CASE("decoding undoes encoding a snapshot, an error and an outcome") {
    check_codec(rich_snapshot(), decode_snapshot);
    check_codec(test::line_of({}), decode_snapshot);
    check_codec(rich_error(), decode_error);
    for (int i = 0; i <= static_cast<int>(ErrorCategory::internal); ++i)
        check_codec(Error{.category = static_cast<ErrorCategory>(i)}, decode_error);
    for (int i = 0; i <= static_cast<int>(OutcomeKind::refused); ++i)
        check_codec(Outcome{.kind = static_cast<OutcomeKind>(i)}, decode_outcome);
}

TEST_CASE("the records that are tested are of every kind") {
    std::set<std::size_t> kinds;
    for (const JournalRecord& record : rich_records())
        kinds.insert(record.entry.index());
    CHECK(kinds.size() == std::variant_size_v<JournalEntry>);
}

TEST_CASE("what was ever written stays readable") {
    std::string written;
    for (const JournalRecord& record : rich_records())
        written += to_text(encode(record)) + '\n';
    // A change here needs a new version in the record and a file of its own beside the old one.
    test::check_golden("journals/version-1.ndjson", written);
    for (const char* name : {"journals/version-1.ndjson"}) {
        CAPTURE(name);
        std::istringstream lines(test::read_golden(name));
        for (std::string line; std::getline(lines, line);) {
            CAPTURE(line);
            CHECK(parse_document(line).and_then(decode_journal_record));
        }
    }
}

TEST_CASE("what a newer program wrote is refused as such") {
    Document record = encode(rich_records().front());
    record.set("version", 2);
    CHECK(complaint(record, decode_journal_record) ==
          "reading a journal record: $.version is newer than this program; use the newer one");
    Document plan = encode(rich_plan());
    plan.set("version", 2);
    CHECK(complaint(plan, decode_deployment_plan) ==
          "reading a plan: $.version is newer than this program; use the newer one");
}

TEST_CASE("a value of a wrong kind is refused with its path") {
    struct Row {
        std::initializer_list<std::string_view> path;
        const char* value;
        const char* expected;
    };
    const Row rows[] = {
        {{"kind"}, R"("blue")", "reading a plan: $.kind is none of the known values"},
        {{"unit"}, R"("vcpu")", "reading a plan: $.unit is none of the known values"},
        {{"requested"}, R"("4/2/8")", "reading a plan: $.requested is none of the known values"},
        {{"floor"}, "4294967296", "reading a plan: $.floor is too large"},
        {{"floor"}, "1.5", "reading a plan: $.floor is no integer"},
        {{"is_no_op"}, "0", "reading a plan: $.is_no_op is neither true nor false"},
        {{"steps"}, "{}", "reading a plan: $.steps is no array"},
        {{"steps"}, "[{}]", "reading a plan: $.steps[0].id is missing; a text was expected"},
        {{"steps"},
         R"([{"id": "a", "do": "swap", "reason": "", "is_cleanup": false}])",
         "reading a plan: $.steps[0].do is no step that this version knows"},
        {{"notices"}, "[3]", "reading a plan: $.notices[0] is no text"},
        {{"line", "prefix"},
         R"("app__7")",
         "reading a plan: $.line.prefix is none of the known values"},
        {{"line"}, "[]", "reading a plan: $.line is no object"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.expected);
        Document document = encode(rich_plan());
        *document.find_path(row.path) = test::document_from(row.value);
        CHECK(complaint(document, decode_deployment_plan) == row.expected);
    }
    for (const char* text : {"null", "[]", "3", "\"text\"", "{}"}) {
        CAPTURE(text);
        CHECK(complaint(test::document_from(text), decode_journal_record) != "");
        CHECK(complaint(test::document_from(text), decode_deployment_plan) != "");
        CHECK(complaint(test::document_from(text), decode_snapshot) != "");
        CHECK(complaint(test::document_from(text), decode_error) != "");
        CHECK(complaint(test::document_from(text), decode_outcome) != "");
    }
}

TEST_CASE("a journal that was cut off or has a hole is not replayed") {
    const std::vector<JournalRecord> all = rich_records();
    struct Row {
        const char* why;
        std::vector<JournalRecord> records;
        const char* expected;
    };
    const Row rows[] = {
        {"empty",
         {},
         "reading a journal: its first record is not \"begun\"; it was cut off or is no journal of "
         "a deployment"},
        {"no beginning",
         {all[2]},
         "reading a journal: its first record is not \"begun\"; it was cut off or is no journal of "
         "a deployment"},
        {"a hole",
         {all[0], all[2]},
         "reading journal 01kdeployment: record 3 comes after 1; a record is missing, so nothing "
         "can be concluded from it"},
        {"a record twice",
         {all[0], all[0]},
         "reading journal 01kdeployment: record 1 comes after 1; a record is missing, so nothing "
         "can be concluded from it"},
        {"a beginning in the middle",
         {all[1]},
         "reading journal : record 2 comes after 0; a record is missing, so nothing can be "
         "concluded from it"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto state = replay(row.records);
        CHECK(!state);
        if (!state)
            CHECK(state.error() == Error{ErrorCategory::protocol, row.expected, {}, {}});
    }
}

namespace {

/// The state after `entries`, each a second after the one before.
JournalState after(const std::vector<JournalEntry>& entries) {
    std::vector<JournalRecord> records{
        {1, moment(), BegunEntry{DeploymentId("01k"), test::canary_spec(), "", "", ""}}};
    for (const JournalEntry& entry : entries)
        records.push_back(
            {records.size() + 1, moment(Milliseconds(1'000 * std::ssize(records))), entry});
    const auto state = replay(records);
    REQUIRE(state);
    CHECK(state->last_sequence == records.size());
    return *state;
}

CallEndedEntry ended(CallEnd end, const char* group = "") {
    return {"setup.create", "create_group", end, GroupId(group), "", {}, {}};
}

} // namespace

TEST_CASE("a journal tells whether anything may have changed") {
    const CallStartedEntry started{"setup.create", "create_group", {}, ""};
    struct Row {
        const char* why;
        std::vector<JournalEntry> entries;
        bool has_changed, may_have_changed, is_answered;
        const char* new_group;
    };
    const Row rows[] = {
        {"nothing was called", {StepStartedEntry{"setup.create", {}}}, false, false, false, ""},
        {"a call is open", {started}, false, true, false, ""},
        {"it failed for sure", {started, ended(CallEnd::failed)}, false, false, false, ""},
        {"nobody knows", {started, ended(CallEnd::unanswered)}, true, true, false, ""},
        {"it was answered",
         {started, ended(CallEnd::answered, "sig-8")},
         true,
         true,
         true,
         "sig-8"},
        {"it was answered, then announced again",
         {started, ended(CallEnd::answered, "sig-8"), started},
         true,
         true,
         false,
         "sig-8"},
        {"it failed after one of which nobody knows",
         {started, ended(CallEnd::unanswered), started, ended(CallEnd::failed)},
         true,
         true,
         false,
         ""},
        {"the step found the group",
         {started, ended(CallEnd::unanswered),
          StepEndedEntry{"setup.create", StepEnd::done, GroupId("sig-9"), {}, "", {}}},
         true,
         true,
         false,
         "sig-9"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const JournalState state = after(row.entries);
        CHECK(state.has_changed == row.has_changed);
        CHECK(state.may_have_changed() == row.may_have_changed);
        CHECK(state.answered.contains("setup.create") == row.is_answered);
        CHECK(state.new_group == GroupId(row.new_group));
    }
}

TEST_CASE("a journal tells whether a create may have made a group that nobody has seen") {
    const CallStartedEntry started{"setup.create", "create_group", {}, ""};
    struct Row {
        const char* why;
        std::vector<JournalEntry> entries;
        bool is_unknown;
    };
    const Row rows[] = {
        {"it is still under way", {started}, false},
        {"its process died", {started, ResumedEntry{}}, true},
        {"its process died, and it was announced again", {started, started}, true},
        {"nobody knows", {started, ended(CallEnd::unanswered)}, true},
        {"it was answered before the process died",
         {started, ended(CallEnd::answered, "sig-8"), ResumedEntry{}},
         false},
        {"it failed for sure before", {started, ended(CallEnd::failed), ResumedEntry{}}, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(after(row.entries).has_unknown_create == row.is_unknown);
    }
}

TEST_CASE("a journal tells which steps began, ended and were warned of, and by when") {
    const JournalState state = after(
        {StepStartedEntry{"phase-1.scale-new", moment(Milliseconds(5'000))},
         StepEndedEntry{
             "phase-1.scale-new", StepEnd::done, {}, {}, "", {Milliseconds(3), Milliseconds(1)}},
         StepStartedEntry{"phase-1.await-new", moment(Milliseconds(6'000))},
         StepStartedEntry{"phase-1.await-new", moment(Milliseconds(7'000))},
         StepEndedEntry{"cleanup.a", StepEnd::warned, {}, Error{}, "", {}},
         StepEndedEntry{"cleanup.b", StepEnd::warned, {}, Error{}, "", {}},
         StepEndedEntry{"cleanup.b", StepEnd::done, {}, {}, "", {Milliseconds(2)}},
         StepEndedEntry{"phase-1.await-new", StepEnd::failed, {}, Error{}, "", {}}});
    using Names = std::set<std::string, std::less<>>;
    CHECK(state.started == Names{"phase-1.await-new", "phase-1.scale-new"});
    CHECK(state.done == Names{"cleanup.b", "phase-1.scale-new"});
    CHECK(state.warned == Names{"cleanup.a"});
    CHECK(state.deadlines ==
          std::map<std::string, TimePoint, std::less<>>{{"phase-1", moment(Milliseconds(7'000))}});
    // The first start counts: a bake goes on from it.
    CHECK(state.started_at == std::map<std::string, TimePoint, std::less<>>{
                                  {"phase-1.await-new", moment(Milliseconds(3'000))},
                                  {"phase-1.scale-new", moment(Milliseconds(1'000))}});
    CHECK(state.times_to_healthy ==
          std::vector<Milliseconds>{Milliseconds(3), Milliseconds(1), Milliseconds(2)});
}

TEST_CASE("a journal keeps the deployment's own plan beside that of its rollback") {
    DeploymentPlan rollback = rich_plan();
    rollback.kind = PlanKind::rollback;
    DeploymentPlan again = rich_plan();
    again.floor = 1;
    const JournalState state = after({PlannedEntry{rich_snapshot(), rich_plan(), ""},
                                      PlannedEntry{rich_snapshot(), again, "setup.confirm"},
                                      PlannedEntry{test::line_of({}), rollback, ""}});
    CHECK(state.plan == again);
    CHECK(state.snapshot == rich_snapshot());
    CHECK(state.rollback == rollback);
}

TEST_CASE("decisions, failures and outcomes are folded, and a later run ends the outcome") {
    const EndedEntry done{{OutcomeKind::done, {}, {}, {}, {}}};
    CHECK(after({DecisionEntry{DecisionKind::approve, "phase-1.approval", ""}}).approved ==
          std::set<std::string, std::less<>>{"phase-1.approval"});
    CHECK(!after({}).is_aborted);
    CHECK(after({DecisionEntry{DecisionKind::abort, "", ""}}).is_aborted);
    CHECK(after({FailedEntry{rich_error()}}).failure == rich_error());
    CHECK(after({done}).outcome == done.outcome);
    CHECK(after({done, StepStartedEntry{"cleanup.a", {}}}).outcome == std::nullopt);
}

} // namespace elastiroll::journal_test
