// What the command asks of AWS, answered by the simulated cloud.
#include "cli/run.hpp"

#include "../spec/spec_texts.hpp"
#include "temporary_folder.hpp"
#include "test_io.hpp"

#include <elastiroll/adapters/sim.hpp>
#include <elastiroll/base/document.hpp>

#include <doctest/doctest.h>

namespace elastiroll::cli::aws_test {
namespace {

constexpr const char* some_images = R"({
  "region": "eu-west-1", "token": "secret-4711", "start": "2026-03-02T08:00:00Z",
  "groups": [{"name": "shop__web__production__6", "capacity": "2/4/8"}],
  "images": ["ami-0c0ffee0c0ffee006",
    {"id": "ami-0c0ffee0c0ffee007", "name": "shop-7", "created": "48h"},
    {"id": "ami-0c0ffee0c0ffee008", "name": "shop-8", "created": "1h"},
    {"id": "ami-0c0ffee0c0ffee009", "name": "shop-9", "created": "10m", "state": "pending"}],
  "parameters": {"/images/shop": "ami-0c0ffee0c0ffee007", "/images/next": "ami-0c0ffee0c0ffee009"}})";

class CloudClock final : public Clock {
public:
    explicit CloudClock(const sim::Cloud& cloud) : cloud_(&cloud) {}
    TimePoint now() override { return cloud_->now(); }

private:
    const sim::Cloud* cloud_;
};

/// The command with the example's canary, whose image is chosen by AWS.
struct Command {
    test::TemporaryFolder folder{};
    TestIo test{};
    std::string spec{};
    std::string scenario = folder.write("scenario.json", some_images);
    sim::Cloud cloud = *sim::Cloud::make(*parse_document(some_images));

    explicit Command(const char* image = R"({"filter": {"name": "shop-*"}})") {
        folder.write("user-data.sh", std::string(elastiroll::test::user_data_sh()));
        Document document = *parse_document(elastiroll::test::canary_json());
        Document services = *document.find("services");
        Document service = services.as_array()->front();
        service.set("image", *parse_document(image));
        document.set("services", Document::array({std::move(service)}));
        spec = folder.write("canary.json", to_text(document));
    }

    /// From now on the command takes the simulated cloud for the real one.
    void be_real() {
        test.environment["SPOTINST_TOKEN"] = "secret-4711";
        test.environment["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
        test.environment["AWS_SECRET_ACCESS_KEY"] = "secret-4712";
        test.environment["AWS_REGION"] = "eu-west-1";
        test.environment["XDG_STATE_HOME"] = folder.path("home");
        test.io.make_transport = [this] { return sim::make_transport(cloud); };
        test.io.make_clock = [this] { return std::make_unique<CloudClock>(cloud); };
    }
    int run(const std::string& command, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {command, "--spec", spec, "--workflow", "canary"});
        return cli::run(more, test.io);
    }
    int simulate(const std::string& command, std::vector<std::string> more = {}) {
        more.push_back("--simulate=" + scenario);
        return run(command, std::move(more));
    }
    std::string out() const { return test.out.str(); }
    std::string all() const { return test.out.str() + test.err.str(); }
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a simulated deployment takes the newest image that fits, and says which") {
    Command command;
    CHECK(command.simulate("plan") == 0);
    CHECK(has(command.out(), "ami-0c0ffee0c0ffee008 shop-8 of 2026-03-02T07:00:00Z"));
    CHECK(command.simulate("deploy", {"--yes"}) == 0);
    CHECK(has(command.out(), "Done: shop__web__production__7 serves after "));
}

TEST_CASE("a simulated image that cannot be had is refused before anything is made") {
    struct Row {
        const char* image;
        const char* has;
    };
    constexpr Row rows[] = {
        {R"({"filter": {"name": "cart-*"}})", "name=cart-*"},
        {R"({"filter": {"name": "shop-*"}, "owners": ["amazon"]})", "owned by amazon"},
        {R"({"parameter": "/images/none"})", "/images/none"},
        {R"({"parameter": "/images/next"})", "pending"},
        {R"({"id": "ami-0c0ffee0c0ffee001"})", "ami-0c0ffee0c0ffee001"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.image);
        Command command(row.image);
        CHECK(command.simulate("deploy", {"--yes"}) != 0);
        CAPTURE(command.all());
        CHECK(has(command.all(), row.has));
        CHECK_FALSE(has(command.all(), "setup.create"));
    }
}

TEST_CASE("doctor says who we are, whether everything answers, and what is permitted") {
    Command command(R"({"parameter": "/images/shop"})");
    command.be_real();
    CHECK(command.run("doctor") == 0);
    CAPTURE(command.all());
    CHECK(has(command.out(), "1 group on line act-demo1234/eu-west-1/shop__web__production"));
    CHECK(has(command.out(), "arn:aws:iam::123456789012:user/simulated"));
    CHECK(has(command.out(), "elasticloadbalancing:ModifyListener"));
    CHECK(has(command.out(), "ami-0c0ffee0c0ffee007"));
    CHECK_FALSE(has(command.all(), "secret-471"));
    for (const sim::LoggedCall& call : command.cloud.log())
        CHECK_FALSE(call.is_applied);
}

TEST_CASE("doctor says what is wrong, and goes on with the rest") {
    struct Row {
        const char* why;
        const char* variable;
        const char* value;
        const char* has;
    };
    constexpr Row rows[] = {
        {"a wrong token", "SPOTINST_TOKEN", "secret-4799", "renew or replace the credentials"},
        {"no token", "SPOTINST_TOKEN", "", "SPOTINST_TOKEN"},
        {"no keys for AWS", "AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        Command command;
        command.be_real();
        command.test.environment[row.variable] = row.value;
        CHECK(command.run("doctor") == 2);
        CAPTURE(command.all());
        CHECK(has(command.out(), "bad"));
        CHECK(has(command.out(), row.has));
        CHECK_MESSAGE(has(command.out(), "journal"), "the checks after it are made");
        CHECK_FALSE(has(command.all(), "secret-47"));
    }
}

TEST_CASE("doctor in JSON has one check per line") {
    Command command;
    command.be_real();
    CHECK(command.run("doctor", {"--output", "json"}) == 0);
    std::istringstream lines(command.out());
    int checks = 0;
    for (std::string line; std::getline(lines, line); ++checks) {
        CAPTURE(line);
        const auto document = parse_document(line);
        REQUIRE(document);
        CHECK(text_at(*document, "event") == "check");
        CHECK(text_at(*document, "result") != "bad");
        CHECK_FALSE(text_at(*document, "finding").empty());
    }
    CHECK(checks >= 5);
}

} // namespace elastiroll::cli::aws_test
