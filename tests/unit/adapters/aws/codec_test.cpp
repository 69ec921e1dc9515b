#include <doctest/doctest.h>

#include <adapters/aws/codec.hpp>

#include <elastiroll/base/text.hpp>

#include <string>

namespace elastiroll::aws::codec_test {
using aws::decode;
using aws::encode;

namespace {

std::string body_of(const AwsCall& call, std::string_view page = {}) {
    return encode(call, page, "https://h").body;
}

HttpResponse ok(std::string body) { return {.status = 200, .body = std::move(body)}; }

/// Actions as DescribeRules shows them.
constexpr const char* actions_xml =
    "<Actions><member><Type>authenticate-oidc</Type><Order>1</Order>"
    "<AuthenticateOidcConfig><Issuer>https://idp</Issuer><AuthenticationRequestExtraParams>"
    "<entry><key>display</key><value>page</value></entry></AuthenticationRequestExtraParams>"
    "</AuthenticateOidcConfig></member>"
    "<member><Type>forward</Type><Order>2</Order><ForwardConfig><TargetGroups>"
    "<member><TargetGroupArn>arn:a</TargetGroupArn><Weight>90</Weight></member>"
    "<member><TargetGroupArn>arn:b</TargetGroupArn><Weight>10</Weight></member></TargetGroups>"
    "<TargetGroupStickinessConfig><Enabled>false</Enabled></TargetGroupStickinessConfig>"
    "</ForwardConfig></member></Actions>";

std::string rules_xml(const std::string& inside) {
    return "<DescribeRulesResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/\">\n"
           "<DescribeRulesResult>" +
           inside +
           "</DescribeRulesResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
           "</DescribeRulesResponse>";
}

const Error& error_of(const aws::Decoded& decoded) { return decoded.reply.error(); }

} // namespace

TEST_CASE("calls become the forms that the query APIs take") {
    CHECK(body_of(DescribeImagesCall{.images = {ImageId("ami-1"), ImageId("ami-2")}}) ==
          "Action=DescribeImages&Version=2016-11-15&ImageId.1=ami-1&ImageId.2=ami-2");
    CHECK(
        body_of(DescribeImagesCall{.owners = {"self"}, .filters = {{"tag:Service", {"a b", "ü"}}}},
                "next") ==
        "Action=DescribeImages&Version=2016-11-15&Owner.1=self&Filter.1.Name=tag%3AService&"
        "Filter.1.Value.1=a+b&Filter.1.Value.2=%C3%BC&MaxResults=1000&NextToken=next");
    CHECK(body_of(DescribeLoadBalancersCall{.names = {"shop"}}) ==
          "Action=DescribeLoadBalancers&Version=2015-12-01&Names.member.1=shop");
    CHECK(body_of(DescribeListenersCall{.load_balancer_arn = "arn:lb"}, "m") ==
          "Action=DescribeListeners&Version=2015-12-01&LoadBalancerArn=arn%3Alb&PageSize=400&"
          "Marker=m");
    CHECK(body_of(DescribeTargetHealthCall{"arn:t"}) ==
          "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=arn%3At");
    CHECK(body_of(DescribeClassicLoadBalancersCall{{"web"}}) ==
          "Action=DescribeLoadBalancers&Version=2012-06-01&LoadBalancerNames.member.1=web");
    CHECK(body_of(DescribeInstanceHealthCall{"web"}) ==
          "Action=DescribeInstanceHealth&Version=2012-06-01&LoadBalancerName=web");
    CHECK(body_of(GetCallerIdentityCall{}) == "Action=GetCallerIdentity&Version=2011-06-15");
    CHECK(body_of(SimulatePrincipalPolicyCall{"arn:u", {"a:B", "c:D"}}) ==
          "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn%3Au&"
          "ActionNames.member.1=a%3AB&ActionNames.member.2=c%3AD");
}

TEST_CASE("a parameter is asked for in JSON") {
    const HttpRequest request = encode(GetParameterCall{"/images/shop:3"}, {}, "https://h");
    CHECK(request.url == "https://h/");
    CHECK(header_value(request.headers, "X-Amz-Target") == "AmazonSSM.GetParameter");
    CHECK(header_value(request.headers, "Content-Type") == "application/x-amz-json-1.1");
    CHECK(request.body == R"({"Name":"/images/shop:3","WithDecryption":false})");
}

TEST_CASE("actions that were read are sent back whole") {
    const auto decoded = decode(DescribeRulesCall{.arns = {"arn:r"}},
                                ok(rules_xml("<Rules><member><RuleArn>arn:r</RuleArn>"
                                             "<Priority>7</Priority><IsDefault>false</IsDefault>" +
                                             std::string(actions_xml) + "</member></Rules>")));
    REQUIRE(decoded.reply);
    const auto& rule = std::get<RulesReply>(*decoded.reply).rules.at(0);
    CHECK(rule.priority == "7");
    CHECK_FALSE(rule.is_default);
    CHECK(body_of(ModifyRuleCall{"arn:r", rule.actions}) ==
          "Action=ModifyRule&Version=2015-12-01&RuleArn=arn%3Ar"
          "&Actions.member.1.Type=authenticate-oidc&Actions.member.1.Order=1"
          "&Actions.member.1.AuthenticateOidcConfig.Issuer=https%3A%2F%2Fidp"
          "&Actions.member.1.AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.1.key="
          "display"
          "&Actions.member.1.AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.1.value="
          "page"
          "&Actions.member.2.Type=forward&Actions.member.2.Order=2"
          "&Actions.member.2.ForwardConfig.TargetGroups.member.1.TargetGroupArn=arn%3Aa"
          "&Actions.member.2.ForwardConfig.TargetGroups.member.1.Weight=90"
          "&Actions.member.2.ForwardConfig.TargetGroups.member.2.TargetGroupArn=arn%3Ab"
          "&Actions.member.2.ForwardConfig.TargetGroups.member.2.Weight=10"
          "&Actions.member.2.ForwardConfig.TargetGroupStickinessConfig.Enabled=false");
}

TEST_CASE("weights and flags that were set here are sent like those that were read") {
    const Document actions = Document(Document::Array{
        Document::object({{"Type", "forward"},
                          {"Order", 1},
                          {"Nothing", nullptr},
                          {"Empty", ""},
                          {"RedirectConfig", Document::object({{"Query", ""}, {"Path", ""}})},
                          {"Enabled", true}})});
    CHECK(body_of(ModifyListenerCall{"arn:l", actions}) ==
          "Action=ModifyListener&Version=2015-12-01&ListenerArn=arn%3Al"
          "&DefaultActions.member.1.Type=forward&DefaultActions.member.1.Order=1"
          "&DefaultActions.member.1.RedirectConfig.Query=&DefaultActions.member.1.Enabled=true");
}

TEST_CASE("images are read as EC2 writes them, page by page") {
    const auto page = [](const std::string& id, const std::string& next) {
        return ok("<?xml version=\"1.0\"?><DescribeImagesResponse><requestId>r-2</requestId>"
                  "<imagesSet><item><imageId>" +
                  id +
                  "</imageId><name>shop</name><creationDate>2026-05-01T10:00:00.000Z</creationDate>"
                  "<imageState>available</imageState><architecture>arm64</architecture>"
                  "<imageOwnerId>123</imageOwnerId><blockDeviceMapping><item><x>1</x></item>"
                  "</blockDeviceMapping></item></imagesSet><nextToken>" +
                  next + "</nextToken></DescribeImagesResponse>");
    };
    const DescribeImagesCall call{.owners = {"self"}};
    auto first = decode(call, page("ami-1", "more"));
    auto last = decode(call, page("ami-2", ""));
    REQUIRE(first.reply);
    REQUIRE(last.reply);
    CHECK(first.next_page == "more");
    CHECK(first.request_id == "r-2");
    CHECK(last.next_page.empty());
    aws::append_page(*first.reply, *std::move(last.reply));
    const auto image = [](const char* id) {
        return Image{.id = ImageId(id),
                     .name = "shop",
                     .created_at = parse_time("2026-05-01T10:00:00Z").value(),
                     .state = "available",
                     .architecture = "arm64",
                     .owner = "123"};
    };
    CHECK(*first.reply == AwsReply(ImagesReply{{image("ami-1"), image("ami-2")}}));
}

TEST_CASE("the other answers are read too") {
    CHECK(*decode(DescribeInstancesCall{},
                  ok("<DescribeInstancesResponse><reservationSet><item><instancesSet><item>"
                     "<instanceId>i-1</instanceId><instanceType>m5.large</instanceType>"
                     "<instanceState><code>16</code><name>running</name></instanceState>"
                     "<imageId>ami-1</imageId></item></instancesSet></item></reservationSet>"
                     "</DescribeInstancesResponse>"))
               .reply == AwsReply(InstancesReply{{{.id = InstanceId("i-1"),
                                                   .type = "m5.large",
                                                   .state = "running",
                                                   .image = ImageId("ami-1")}}}));
    CHECK(
        *decode(DescribeTargetHealthCall{"t"},
                ok("<DescribeTargetHealthResponse><DescribeTargetHealthResult>"
                   "<TargetHealthDescriptions><member><Target><Id>i-1</Id><Port>80</Port></Target>"
                   "<TargetHealth><State>unused</State><Reason>Target.NotInUse</Reason>"
                   "<Description>why</Description></TargetHealth></member>"
                   "</TargetHealthDescriptions></DescribeTargetHealthResult>"
                   "</DescribeTargetHealthResponse>"))
             .reply ==
        AwsReply(TargetHealthReply{{{"i-1", 80, "unused", "Target.NotInUse", "why"}}}));
    CHECK(
        *decode(DescribeInstanceHealthCall{"web"},
                ok("<DescribeInstanceHealthResponse><DescribeInstanceHealthResult><InstanceStates>"
                   "<member><InstanceId>i-1</InstanceId><State>OutOfService</State>"
                   "<ReasonCode>Instance</ReasonCode><Description>d</Description></member>"
                   "</InstanceStates></DescribeInstanceHealthResult>"
                   "</DescribeInstanceHealthResponse>"))
             .reply ==
        AwsReply(InstanceHealthReply{{{InstanceId("i-1"), "OutOfService", "Instance", "d"}}}));
    CHECK(*decode(GetCallerIdentityCall{},
                  ok("<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn>"
                     "<UserId>u</UserId><Account>1</Account></GetCallerIdentityResult>"
                     "</GetCallerIdentityResponse>"))
               .reply == AwsReply(CallerIdentityReply{"1", "a", "u"}));
    CHECK(*decode(GetParameterCall{"/p"},
                  ok(R"({"Parameter":{"Name":"/p","Type":"String","Value":"ami-1","Version":4}})"))
               .reply == AwsReply(ParameterReply{"/p", "ami-1", "String", 4}));
    CHECK(*decode(DescribeTargetGroupsCall{},
                  ok("<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups>"
                     "</TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>"))
               .reply == AwsReply(TargetGroupsReply{}));
}

TEST_CASE("an answer that holds nothing to the point is a protocol error, not an empty list") {
    for (const char* body : {"", "<html><body>Login</body></html>", "{}", "<a/>",
                             "<DescribeImagesResponse/>", "<DescribeImagesResponse><imagesSet>"}) {
        CAPTURE(body);
        const auto decoded = decode(DescribeImagesCall{.owners = {"self"}}, ok(body));
        REQUIRE_FALSE(decoded.reply);
        CHECK(error_of(decoded).category == ErrorCategory::protocol);
        CHECK_FALSE(decoded.is_effect_known);
    }
}

TEST_CASE("an encrypted parameter is refused with a way out") {
    const auto decoded = decode(
        GetParameterCall{"/p"},
        ok(R"({"Parameter":{"Name":"/p","Type":"SecureString","Value":"AQICAH","Version":1}})"));
    REQUIRE_FALSE(decoded.reply);
    CHECK(error_of(decoded).category == ErrorCategory::rejected);
    CHECK(error_of(decoded).message.find("AQICAH") == std::string::npos);
}

TEST_CASE("errors are judged by their code, in every shape that they have") {
    struct Row {
        int status;
        const char* body;
        ErrorCategory category;
        aws::Mending mending;
        bool is_effect_known;
    };
    using enum ErrorCategory;
    using enum aws::Mending;
    const Row rows[] = {
        {400,
         "<Response><Errors><Error><Code>InvalidAMIID.NotFound</Code><Message>m</Message></Error>"
         "</Errors><RequestID>q</RequestID></Response>",
         not_found, none, true},
        {503,
         "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>m</Message></Error>"
         "</Errors><RequestID>q</RequestID></Response>",
         throttled, none, true},
        {400,
         "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>m</Message>"
         "</Error><RequestId>q</RequestId></ErrorResponse>",
         throttled, none, true},
        {400,
         "<ErrorResponse><Error><Code>ListenerNotFound</Code><Message>m</Message></Error>"
         "<RequestId>q</RequestId></ErrorResponse>",
         not_found, none, true},
        {400,
         "<ErrorResponse><Error><Code>ValidationError</Code><Message>m</Message></Error>"
         "<RequestId>q</RequestId></ErrorResponse>",
         rejected, none, true},
        {403,
         "<ErrorResponse><Error><Code>AccessDenied</Code><Message>m</Message></Error>"
         "<RequestId>q</RequestId></ErrorResponse>",
         permission_denied, none, true},
        {403,
         "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>m</Message></Error>"
         "<RequestId>q</RequestId></ErrorResponse>",
         unauthenticated, credentials, true},
        {403,
         "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>m</Message></Error>"
         "<RequestId>q</RequestId></ErrorResponse>",
         unauthenticated, aws::Mending::clock, true},
        {400, R"({"__type":"com.amazonaws.ssm#ParameterNotFound","message":"m"})", not_found, none,
         true},
        {400, R"({"__type":"ThrottlingException","Message":"m"})", throttled, none, true},
        {500, "<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>",
         unavailable, none, false},
        {503, "<html>", unavailable, none, false},
        {404, "<html>", protocol, none, true},
        {301, "", protocol, none, false},
        {429, "", throttled, none, true},
        {408, "", unavailable, none, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.status);
        CAPTURE(row.body);
        const auto decoded =
            decode(GetParameterCall{"/p"}, {.status = row.status, .body = row.body});
        REQUIRE_FALSE(decoded.reply);
        CHECK(error_of(decoded).category == row.category);
        CHECK(decoded.mending == row.mending);
        CHECK(decoded.is_effect_known == row.is_effect_known);
        CHECK(error_of(decoded).message.starts_with("cannot read parameter /p: "));
        CHECK(error_of(decoded).remote->http_status == row.status);
    }
    const auto decoded = decode(GetCallerIdentityCall{}, {.status = 400, .body = rows[2].body});
    CHECK(error_of(decoded).remote->request_id == "q");
    CHECK(error_of(decoded).remote->code == "Throttling");
}

TEST_CASE("a call without what it is about is not sent") {
    for (const AwsCall& call : std::initializer_list<AwsCall>{
             DescribeListenersCall{}, DescribeRulesCall{}, DescribeTargetHealthCall{},
             DescribeTargetGroupAttributesCall{}, ModifyListenerCall{.listener_arn = "a"},
             ModifyRuleCall{.rule_arn = "a"}, DescribeInstanceHealthCall{}, GetParameterCall{},
             SimulatePrincipalPolicyCall{}, DescribeImagesCall{}}) {
        CAPTURE(describe(call));
        CHECK(aws::check_call(call).error().category == ErrorCategory::invalid_argument);
    }
    CHECK(aws::check_call(GetCallerIdentityCall{}).has_value());
}

} // namespace elastiroll::aws::codec_test
