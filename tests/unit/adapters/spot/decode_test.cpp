#include <doctest/doctest.h>

#include <adapters/spot/codec.hpp>

namespace elastiroll::spot::decode_test {

namespace {

const GroupId group("sig-1");

HttpResponse json(int status, std::string body) {
    return {.status = status,
            .headers = {{"content-type", "application/json"}},
            .body = std::move(body)};
}

/// A success as Spot writes it, with `items` in it.
HttpResponse success(const std::string& items) {
    return json(200, R"({"request":{"id":"r-1","url":"/aws/ec2/group","method":"GET"},)"
                     R"("response":{"status":{"code":200,"message":"OK"},"kind":"k","items":)" +
                         items + R"(,"count":1}})");
}

/// A failure as Spot writes it.
HttpResponse failure(int status, const std::string& errors) {
    return json(status, R"({"request":{"id":"r-9"},"response":{"status":{"code":)" +
                            std::to_string(status) + R"(,"message":"Bad"},"errors":)" + errors +
                            "}}");
}

TimePoint time(std::string_view text) { return *parse_time(text); }

SpotReply reply_to(const SpotCall& call, const HttpResponse& response) {
    const auto decoded = decode(call, response);
    REQUIRE_MESSAGE(decoded.reply.has_value(), to_string(decoded.reply.error()));
    CHECK(decoded.is_effect_known);
    return *decoded.reply;
}

Error error_of(const SpotCall& call, const HttpResponse& response) {
    const auto decoded = decode(call, response);
    REQUIRE(!decoded.reply);
    return decoded.reply.error();
}

constexpr const char* group_text = R"({"id":"sig-1","name":"shop__7","createdAt":)"
                                   R"("2026-01-02T03:04:05.000+0000","capacity":)"
                                   R"({"minimum":2,"target":4,"maximum":8,"unit":"weight"}})";

Elastigroup decoded_group() {
    return {.id = group,
            .name = "shop__7",
            .capacity = *Capacity::make({2, 4, 8}),
            .unit = CapacityUnit::weight,
            .created_at = time("2026-01-02T03:04:05Z"),
            .document = *parse_document(group_text)};
}

} // namespace

TEST_CASE("a group is the first item of a read and of a create") {
    const auto answer = success("[" + std::string(group_text) + "]");
    CHECK(reply_to(ReadGroupCall{group}, answer) == SpotReply{GroupReply{decoded_group()}});
    CHECK(reply_to(CreateGroupCall{}, answer) == SpotReply{GroupReply{decoded_group()}});
    CHECK(decode(ReadGroupCall{group}, answer).request_id == "r-1");
}

TEST_CASE("a list tells of named groups that cannot be read and passes over nameless ones") {
    const auto reply = reply_to(
        ListGroupsCall{}, success("[" + std::string(group_text) +
                                  R"(,{"id":"sig-2","name":"other__1","capacity":{"target":"x"}},)"
                                  R"({"id":"sig-3"},7,null,{"name":"stray","id":5}])"));
    const auto& list = std::get<GroupsReply>(reply);
    CHECK(list.groups == std::vector{decoded_group()});
    REQUIRE(list.unreadable.size() == 2);
    CHECK(list.unreadable[0].id == GroupId("sig-2"));
    CHECK(list.unreadable[0].name == "other__1");
    CHECK(list.unreadable[0].why.category == ErrorCategory::protocol);
    CHECK(list.unreadable[0].why.message.find("items[1]") != std::string::npos);
    CHECK(list.unreadable[1].id.empty());
    CHECK(list.unreadable[1].name == "stray");
}

TEST_CASE("instance health reads Spot's four words and takes any other for unknown") {
    const auto reply =
        reply_to(ReadHealthCall{group},
                 success(R"([{"instanceId":"i-1","healthStatus":"HEALTHY"},)"
                         R"({"instanceId":"i-2","healthStatus":"UNHEALTHY"},)"
                         R"({"instanceId":"i-3","healthStatus":"INSUFFICIENT_DATA"},)"
                         R"({"instanceId":"i-4","healthStatus":"UNKNOWN"},{"instanceId":"i-5"},)"
                         R"({"instanceId":"i-6","healthStatus":"GREAT"},{"instanceId":null},3])"));
    CHECK(reply == SpotReply{HealthReply{{
                       {InstanceId("i-1"), HealthStatus::healthy},
                       {InstanceId("i-2"), HealthStatus::unhealthy},
                       {InstanceId("i-3"), HealthStatus::insufficient_data},
                       {InstanceId("i-4"), HealthStatus::unknown},
                       {InstanceId("i-5"), HealthStatus::unknown},
                       {InstanceId("i-6"), HealthStatus::unknown},
                   }}});
}

TEST_CASE("status lists everything that exists, with lock and draining") {
    const auto reply = reply_to(
        ReadStatusCall{group},
        success(R"([{"instanceId":"i-1","instanceType":"m5.large","status":"fulfilled",)"
                R"("lockStatus":"locked","protectedUntil":"2021-12-29T11:23:02.714Z"},)"
                R"({"instanceId":null,"spotInstanceRequestId":"sir-1","status":"pending"},)"
                R"({"instanceId":"i-3","status":"Shutting_Down","lockStatus":"unlocked",)"
                R"("protectedUntil":"soon"}])"));
    CHECK(reply == SpotReply{StatusReply{{
                       {.id = InstanceId("i-1"),
                        .type = "m5.large",
                        .status = "fulfilled",
                        .is_locked = true,
                        .locked_until = time("2021-12-29T11:23:02.714Z")},
                       {.status = "pending"},
                       {.id = InstanceId("i-3"), .status = "Shutting_Down", .is_draining = true},
                   }}});
    CHECK(reply_to(ReadStatusCall{group}, success("[]")) == SpotReply{StatusReply{}});
}

TEST_CASE("a status word is draining when it is one of a known way out") {
    for (const auto* word :
         {"draining", "terminating", "shutting-down", "SHUTTING_DOWN", "terminated", "stopped",
          "stopping", "marked-for-termination", "instance-terminated-by-price",
          "instance-stopped-no-capacity", "closed"}) {
        CAPTURE(word);
        CHECK(is_draining_status(word));
    }
    for (const auto* word : {"fulfilled", "running", "pending", "pending-fulfillment", "", "active",
                             "request-canceled-and-instance-running", "something new"}) {
        CAPTURE(word);
        CHECK(!is_draining_status(word));
    }
}

TEST_CASE("suspensions are read in both of Spot's forms") {
    const auto scale = Suspension{"AUTO_SCALE", {}};
    const auto scheduling = Suspension{"SCHEDULING", time("2018-10-03T07:23:24Z")};
    struct Row {
        const char* why;
        const char* items;
        std::vector<Suspension> expected;
    };
    const Row rows[] = {
        {"a list of names",
         R"([{"groupId":"sig-1","processes":["SCHEDULING","AUTO_SCALE"]}])",
         {scale, {"SCHEDULING", {}}}},
        {"a text", R"([{"groupId":"sig-1","processes":"AUTO_SCALE"}])", {scale}},
        {"a text with commas",
         R"([{"processes":"SCHEDULING, AUTO_SCALE,"}])",
         {scale, {"SCHEDULING", {}}}},
        {"with the end of each",
         R"([{"groupId":["sig-1"],"suspensions":[{"name":"AUTO_SCALE","expiresAt":null},)"
         R"({"name":"SCHEDULING","expiresAt":"2018-10-03T07:23:24.000+0000"}]}])",
         {scale, scheduling}},
        {"both at once",
         R"([{"processes":["AUTO_SCALE","SCHEDULING"],"suspensions":[{"name":"SCHEDULING",)"
         R"("expiresAt":"2018-10-03T07:23:24.000+0000"}]}])",
         {scale, scheduling}},
        {"none", R"([{"groupId":"sig-1","processes":[]}])", {}},
        {"null", R"([{"groupId":"sig-1","processes":null}])", {}},
        {"no item", "[]", {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(reply_to(ReadSuspensionsCall{group}, success(row.items)) ==
              SpotReply{SuspensionsReply{row.expected}});
    }
    CHECK(error_of(ReadSuspensionsCall{group}, success(R"([{"other":1}])")).category ==
          ErrorCategory::protocol);
}

TEST_CASE("rolls and log lines are read") {
    CHECK(reply_to(ReadRollsCall{group},
                   success(R"([{"id":"sbgd-1","status":"starting"},{"id":"sbgd-2"}])")) ==
          SpotReply{RollsReply{{{"sbgd-1", "starting"}, {"sbgd-2", ""}}}});
    const auto from = time("2018-11-19T14:00:00Z");
    CHECK(reply_to(ReadLogCall{group, from, from},
                   success(R"([{"message":"no capacity","severity":"WARN",)"
                           R"("createdAt":"2018-11-19T14:38:34.000Z"},{"message":"x"},{}])")) ==
          SpotReply{
              LogReply{{{time("2018-11-19T14:38:34Z"), "WARN", "no capacity"}, {from, "", "x"}}}});
}

TEST_CASE("a change that Spot accepted is done, whatever its items are") {
    const SpotCall calls[] = {
        ScaleGroupCall{group, {}},           RenameGroupCall{group, "x"},
        SuspendProcessesCall{group, {}, {}}, ResumeProcessesCall{group, {}},
        DeleteGroupCall{group, {}},
    };
    for (const auto& call : calls) {
        CAPTURE(describe(call));
        CHECK(reply_to(call, json(200, R"({"response":{"status":{"code":200}}})")) ==
              SpotReply{DoneReply{}});
        CHECK(reply_to(call, success("null")) == SpotReply{DoneReply{}});
        CHECK(reply_to(call, {.status = 204}) == SpotReply{DoneReply{}});
    }
}

TEST_CASE("an absent group is a successful delete and nothing else") {
    const HttpResponse answers[] = {
        failure(400, R"([{"code":"GROUP_DOESNT_EXIST","message":"Group sig-1 doesn't exist"}])"),
        failure(400, R"([{"message":"x"},{"code":"GROUP_DOESNT_EXIST"}])"),
        failure(404, "[]"),
        json(200, R"({"response":{"status":{"code":400},)"
                  R"("errors":{"code":"GROUP_DOESNT_EXIST"}}})"),
    };
    for (const auto& answer : answers) {
        CAPTURE(answer.body);
        CHECK(reply_to(DeleteGroupCall{group, {}}, answer) == SpotReply{DoneReply{}});
        const auto scale = decode(ScaleGroupCall{group, {}}, answer);
        CHECK(scale.reply.error().category == ErrorCategory::not_found);
        CHECK(scale.is_effect_known);
    }
    // Another server's 404 proves nothing.
    CHECK(error_of(DeleteGroupCall{group, {}}, {.status = 404, .body = "<html>"}).category ==
          ErrorCategory::protocol);
    CHECK(error_of(ReadGroupCall{group}, success("[]")).category == ErrorCategory::not_found);
}

TEST_CASE("a failure says what was being done, to what, what Spot said and what to do") {
    const auto error = error_of(
        ScaleGroupCall{group, *Capacity::make({2, 4, 8})},
        failure(400, R"([{"code":"CANT_VALIDATE_IMAGE","message":"no ami-1","field":"imageId"},)"
                     R"({"message":"and more"}])"));
    CHECK(error ==
          Error{.category = ErrorCategory::rejected,
                .message = "cannot scale sig-1 to 2/4/8: Spot answered 400 CANT_VALIDATE_IMAGE: no "
                           "ami-1; and more; mend what Spot names and try again",
                .details = {{.path = "imageId", .message = "no ami-1"}},
                .remote = RemoteError{.http_status = 400,
                                      .code = "CANT_VALIDATE_IMAGE",
                                      .message = "no ami-1; and more",
                                      .request_id = "r-9"}});
}

TEST_CASE("status and code decide the category and whether the call may have been applied") {
    struct Row {
        const char* why;
        HttpResponse response;
        ErrorCategory category;
        bool is_effect_known;
    };
    using enum ErrorCategory;
    const Row rows[] = {
        {"wrong token", failure(401, R"([{"code":"401","message":"Unauthorized"}])"),
         unauthenticated, true},
        {"401 of a gateway", json(401, R"({"message":"Unauthorized"})"), unauthenticated, true},
        {"not allowed", failure(403, "[]"), permission_denied, true},
        {"no such group", failure(404, "[]"), not_found, true},
        {"another server", {.status = 404, .body = "<html>Not found</html>"}, protocol, true},
        {"throttled, no errors",
         json(429, R"({"response":{"status":{"code":429},"data":"Rate limit exceeded"}})"),
         throttled, true},
        {"throttled inside a 200",
         json(200, R"({"response":{"status":{"code":429},"data":"Rate limit exceeded"}})"),
         throttled, true},
        {"an unknown code", failure(400, R"([{"code":"NEW_CODE","message":"x"}])"), rejected, true},
        {"no code", failure(400, R"([{"message":"x"}])"), rejected, true},
        {"errors as text", failure(400, R"(["x"])"), rejected, true},
        {"errors of odd shapes", failure(400, R"([1,null,[],{"code":5}])"), rejected, true},
        {"nothing at all", {.status = 400}, rejected, true},
        {"validation", failure(400, R"([{"code":"ValidationError","message":"x"}])"), rejected,
         true},
        {"a fresh profile",
         failure(400,
                 R"([{"code":"InvalidParameterValue","message":"Value (p) for parameter )"
                 R"(iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"}])"),
         unavailable, true},
        {"another invalid value",
         failure(400, R"([{"code":"InvalidParameterValue","message":"subnet"}])"), rejected, true},
        {"sometimes transient",
         failure(400, R"([{"code":"CANT_CREATE_GROUP","message":"Can't create group"}])"),
         unavailable, true},
        {"transient and more",
         failure(400, R"([{"code":"CANT_CREATE_GROUP"},{"code":"ValidationError"}])"), rejected,
         true},
        {"a failure inside a 200",
         json(200, R"({"response":{"status":{"code":400},"errors":[{"message":"x"}]}})"), rejected,
         true},
        {"a 500 inside a 200", json(200, R"({"response":{"status":{"code":500}}})"), unavailable,
         false},
        {"other 4xx", failure(422, "[]"), rejected, true},
        {"a proxy gave up", {.status = 408}, unavailable, false},
        {"500 of Spot", failure(500, R"([{"code":"INTERNAL","message":"x"}])"), unavailable, false},
        {"502 page", {.status = 502, .body = "<html>Bad Gateway</html>"}, unavailable, false},
        {"503 of Spot", failure(503, "[]"), unavailable, false},
        {"empty 504", {.status = 504}, unavailable, false},
        {"200 page", {.status = 200, .body = "<html>log in</html>"}, protocol, false},
        {"empty 200", {.status = 200}, protocol, false},
        {"200 of another API", json(200, R"({"ok":true})"), protocol, false},
        {"200, cut off", json(200, R"({"response":{"status":{"code":2)"), protocol, false},
        {"a redirect", {.status = 302}, protocol, false},
        {"no status", {.status = 0}, protocol, false},
        {"an absurd status", {.status = 777}, protocol, false},
        {"an absurd status inside", json(200, R"({"response":{"status":{"code":-7}}})"), protocol,
         false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto decoded = decode(ScaleGroupCall{group, {}}, row.response);
        REQUIRE(!decoded.reply);
        CHECK(to_string(decoded.reply.error().category) == to_string(row.category));
        CHECK(decoded.is_effect_known == row.is_effect_known);
        CHECK(decoded.reply.error().remote.has_value());
        CHECK(decoded.reply.error().message.starts_with("cannot scale sig-1 to 0/0/0: "));
    }
}

TEST_CASE("a success without the list that was asked for is not an empty list") {
    const char* const bodies[] = {
        R"({"response":{"status":{"code":200}}})",
        R"({"response":{"status":{"code":200},"items":null,"count":3}})",
        R"({"response":{"status":{"code":200},"items":{},"count":0}})",
        R"({"response":{"status":{"code":200},"items":"[]"}})",
    };
    for (const auto* body : bodies) {
        CAPTURE(body);
        CHECK(error_of(ListGroupsCall{}, json(200, body)).category == ErrorCategory::protocol);
        CHECK(error_of(ReadStatusCall{group}, json(200, body)).category == ErrorCategory::protocol);
    }
    CHECK(reply_to(ListGroupsCall{}, json(200, R"({"response":{"items":null,"count":0}})")) ==
          SpotReply{GroupsReply{}});
}

TEST_CASE("what a read shows has to be what was asked for") {
    const auto other = success(R"([{"id":"sig-2","name":"x"}])");
    CHECK(error_of(ReadGroupCall{group}, other).category == ErrorCategory::protocol);
    CHECK(error_of(ReadStatusCall{group}, success("[7]")).category == ErrorCategory::protocol);
    CHECK(error_of(ReadRollsCall{group}, success("[7]")).category == ErrorCategory::protocol);
    // A create that worked but cannot be read may well have made a group.
    for (const auto* items : {"[]", R"([{"name":"shop__7"}])"}) {
        const auto create = decode(CreateGroupCall{}, success(items));
        CHECK(create.reply.error().category == ErrorCategory::protocol);
        CHECK(!create.is_effect_known);
    }
}

TEST_CASE("the request id comes from the body, else from the header") {
    HttpResponse response = failure(500, "[]");
    response.headers.emplace_back("x-request-id", "h-1");
    CHECK(decode(ListGroupsCall{}, response).request_id == "r-9");
    response.body = "<html>";
    CHECK(decode(ListGroupsCall{}, response).request_id == "h-1");
    CHECK(error_of(ListGroupsCall{}, response).remote->request_id == "h-1");
}

} // namespace elastiroll::spot::decode_test
