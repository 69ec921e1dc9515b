#include "deployment_generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace elastiroll::laws {
namespace {

const std::string prefix = "arn:aws:elasticloadbalancing:us-east-1:123456789012:";
constexpr std::string_view stage_name = "app__STAGE";
constexpr std::string_view production_name = "app";

/// The member `path` of `parent`, made where it is not.
Document& member(Document& parent, std::initializer_list<std::string_view> path) {
    Document* place = &parent;
    for (const std::string_view key : path) {
        if (!place->find(key))
            place->set(key, Document::object());
        place = place->find(key);
    }
    return *place;
}

std::string target_group_arn(const std::string& name) {
    return fmt::format("{}targetgroup/{}/1", prefix, name);
}

/// Puts the group of that document behind target groups and Classic load balancers.
void attach(Document& document, const std::vector<std::string>& target_groups, bool is_classic) {
    Document entries = Document::array();
    for (const std::string& name : target_groups)
        entries.push_back(Document::object(
            {{"type", "TARGET_GROUP"}, {"name", name}, {"arn", target_group_arn(name)}}));
    if (is_classic)
        entries.push_back(json(R"({"type": "CLASSIC", "name": "old"})"));
    member(document, {"compute", "launchSpecification", "loadBalancersConfig"})
        .set("loadBalancers", std::move(entries));
}

class TrafficGenerator final : public Generator {
public:
    using Generator::Generator;

private:
    void make_groups() override {
        is_blue_green_ = draw_.chance(80);
        has_classic_ = draw_.chance(15);
        if (is_blue_green_)
            make_colours();
        else
            make_behind();
        if (has_classic_)
            made_.scenario.set("classic_load_balancers", json(R"(["old"])"));
        made_.scenario.set("load_balancers", Document(balancers_));
        made_.scenario.set("groups", Document(groups_));
    }

    // Canary and basic deployments behind load balancers that nobody changes.

    void make_behind() {
        made_.is_behind = true;
        Generator::make_groups();
        production_ = {"blue1"};
        if (draw_.chance(30))
            production_.emplace_back("green1");
        Document& balancer = add_balancer(1, {});
        add_listener(balancer, 443, forward_to("blue1"));
        add_listener(balancer, 80, forward_to("green1"));
        for (Document& group : groups_)
            attach(member(group, {"document"}), production_, has_classic_);
        made_.scenario.set("groups", Document(groups_));
    }

    // Blue and green.

    void make_colours() {
        is_weighted_ = draw_.chance(6);
        const int count = draw_.chance(65) ? 1 : 2;
        for (int i = 1; i <= count; ++i)
            make_pair(i);
        made_.new_name = stage_name;
        made_.previous_name = production_name;
        if (draw_.chance(92)) {
            target_ = draw_.chance(90) ? draw_.within(1, 8) : draw_.within(9, 20);
            add_colour(production_name, capacity_of(target_), production_);
            if (draw_.chance(15) && !is_weighted_)
                groups_.back().set("healthy", draw_.within(target_ / 2 + 1, target_));
        } else {
            made_.previous_name.clear();
        }
        if (draw_.chance(50))
            add_colour(stage_name, draw_.chance(60) ? "0/0/0" : capacity_of(draw_.within(1, 4)),
                       stage_);
        if (draw_.chance(15))
            groups_.push_back(json(R"({"name": "application", "capacity": "1/2/3"})"));
        has_predecessor_ = !made_.previous_name.empty() && !has_left_over_ && draw_.chance(12);
    }

    void add_colour(std::string_view name, const std::string& capacity,
                    const std::vector<std::string>& target_groups) {
        const auto parts = capacity == "0/0/0" ? std::vector<std::string_view>() : automation();
        Document& group = add_named(std::string(name), capacity, parts);
        attach(member(group, {"document"}), target_groups, has_classic_);
    }

    // Load balancers.

    Document& add_balancer(int number, const std::string& idle) {
        Document groups = Document::array();
        for (const char* colour : {"blue", "green"}) {
            const std::string name = fmt::format("{}{}", colour, number);
            const bool is_broken = draw_.chance(2) && name == idle;
            const std::string healthy_after =
                is_broken ? std::string("never") : draw_.seconds(0, 40);
            fails_ = fails_ || healthy_after == "never";
            const std::string delay = draw_.seconds(0, 120);
            groups.push_back(json(fmt::format(
                R"({{"name": "{}", "arn": "{}", "healthy_after": "{}", "deregistration_delay": "{}"}})",
                name, target_group_arn(name), healthy_after, delay)));
        }
        Document balancer = Document::object({{"name", fmt::format("lb{}", number)}});
        balancer.set("target_groups", std::move(groups));
        balancer.set("listeners", Document::array());
        balancers_.push_back(std::move(balancer));
        return balancers_.back();
    }

    static Document forward_to(const std::string& name) {
        return Document::array(
            {Document::object({{"Type", "forward"}, {"TargetGroupArn", target_group_arn(name)}})});
    }

    Document& add_listener(Document& balancer, int port, Document actions) {
        Document listener = Document::object({{"port", port}});
        listener.set(
            "arn", fmt::format("{}listener/app/{}/1/{}", prefix, text_at(balancer, "name"), port));
        listener.set("actions", std::move(actions));
        balancer.find("listeners")->push_back(std::move(listener));
        return balancer.find("listeners")->as_array()->back();
    }

    static std::string add_rule(Document& listener, int priority, Document actions) {
        std::string arn = std::string(text_at(listener, "arn"));
        arn.replace(arn.find(":listener/"), 10, ":listener-rule/");
        arn += fmt::format("/{}", priority);
        Document rule = Document::object({{"priority", std::to_string(priority)}, {"arn", arn}});
        rule.set("actions", std::move(actions));
        if (!listener.find("rules"))
            listener.set("rules", Document::array());
        listener.find("rules")->push_back(std::move(rule));
        return arn;
    }

    /// A list that forwards, with what else may stand in one.
    Document actions(Document forward) {
        Document list = Document::array();
        if (draw_.chance(20))
            list.push_back(json(
                R"({"Type": "authenticate-oidc", "AuthenticateOidcConfig": {
                    "Issuer": "https://id.example.com", "ClientId": "shop", "ClientSecret": "s",
                    "AuthorizationEndpoint": "https://id.example.com/a",
                    "TokenEndpoint": "https://id.example.com/t",
                    "UserInfoEndpoint": "https://id.example.com/u"}})"));
        list.push_back(std::move(forward));
        return list;
    }

    Document single(const std::string& name) {
        if (draw_.chance(60))
            return json(fmt::format(R"({{"Type": "forward", "TargetGroupArn": "{}"}})",
                                    target_group_arn(name)));
        return json(fmt::format(
            R"({{"Type": "forward", "ForwardConfig": {{
                "TargetGroups": [{{"TargetGroupArn": "{}", "Weight": "{}"}}]}}}})",
            target_group_arn(name), draw_.one_of({1, 100, 999})));
    }

    Document both(const std::string& serving, const std::string& idle) {
        const bool is_left_over = draw_.chance(5);
        if (is_left_over) {
            has_left_over_ = true;
            named_production_ = serving;
        }
        const int more = draw_.one_of({1, 100, 100, 300}) + (is_left_over ? 1 : 0);
        Document forward = json(fmt::format(
            R"({{"Type": "forward", "ForwardConfig": {{"TargetGroups": [
                {{"TargetGroupArn": "{}", "Weight": "{}"}},
                {{"TargetGroupArn": "{}", "Weight": "{}"}}]}}}})",
            target_group_arn(serving), more, target_group_arn(idle), is_left_over ? 1 : 0));
        if (draw_.chance(40))
            forward.find("ForwardConfig")
                ->set("TargetGroupStickinessConfig",
                      json(fmt::format(R"({{"Enabled": "true", "DurationSeconds": "{}"}})",
                                       draw_.within(1, 200))));
        return forward;
    }

    /// One load balancer and what the workflow says of it.
    void make_pair(int number) {
        const bool is_blue = draw_.chance(70);
        const std::string blue = fmt::format("blue{}", number);
        const std::string green = fmt::format("green{}", number);
        const std::string& serving = is_blue ? blue : green;
        const std::string& idle = is_blue ? green : blue;
        production_.push_back(serving);
        stage_.push_back(idle);
        Document& balancer = add_balancer(number, idle);
        const std::string name(text_at(balancer, "name"));
        if (draw_.chance(50)) {
            make_weighted(balancer, name, serving, idle);
            return;
        }
        if (draw_.chance(60)) {
            Document& production = add_listener(balancer, 443, actions(single(serving)));
            made_.routes.push_back({std::string(text_at(production, "arn")), {}});
            Document& stage = add_listener(balancer, 8443, actions(single(idle)));
            made_.routes.back().stage = text_at(stage, "arn");
            specs_.push_back(json(fmt::format(
                R"({{"name": "{}", "prod": {{"listener": 443}}, "stage": {{"listener": {}}}}})",
                name, draw_.chance(50) ? "8443" : fmt::format("\"{}\"", text_at(stage, "arn")))));
            return;
        }
        Document& listener = add_listener(
            balancer, 443,
            json(R"([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}])"));
        const std::string production = add_rule(listener, 10, actions(single(serving)));
        const std::string stage = add_rule(listener, 20, actions(single(idle)));
        made_.routes.push_back({production, stage});
        specs_.push_back(json(
            fmt::format(R"({{"name": "{}", "prod": {{"rule": "{}"}}, "stage": {{"rule": "{}"}}}})",
                        name, production, stage)));
    }

    void make_weighted(Document& balancer, const std::string& name, const std::string& serving,
                       const std::string& idle) {
        is_stepwise_ = true;
        Document& listener = add_listener(balancer, 443, actions(both(serving, idle)));
        made_.routes.push_back({std::string(text_at(listener, "arn")), {}});
        specs_.push_back(json(fmt::format(
            R"({{"name": "{}", "traffic": "weighted", "prod": {{"listener": 443}}}})", name)));
        if (!draw_.chance(20))
            return;
        const std::string rule = add_rule(listener, 7, actions(both(serving, idle)));
        made_.routes.push_back({rule, {}});
        specs_.push_back(json(fmt::format(
            R"({{"name": "{}", "traffic": "weighted", "prod": {{"rule": "{}"}}}})", name, rule)));
    }

    // What goes wrong.

    /// What has the stage's name in the end is the previous group, whose instances are well.
    int first_to_fail() override { return is_blue_green_ ? 1 : Generator::first_to_fail(); }

    Document one_fault() override { return traffic_fault(draw_); }

    std::string person_action() override {
        if (!is_blue_green_ || draw_.chance(60))
            return Generator::person_action();
        const Case::Route& route = made_.routes[draw_.next() % made_.routes.size()];
        const bool is_stage = !route.stage.empty() && draw_.chance(40);
        const std::string& to = draw_.chance(50) ? production_.front() : stage_.front();
        return fmt::format(R"("route": {{"arn": "{}", "actions": [
            {{"Type": "forward", "TargetGroupArn": "{}"}}]}})",
                           is_stage ? route.stage : route.production, target_group_arn(to));
    }

    // The spec.

    void finish_template(Document& group) override {
        if (!is_blue_green_)
            attach(group, production_, has_classic_);
        else if (has_classic_ || draw_.chance(70))
            attach(group, draw_.chance(70) ? production_ : stage_, has_classic_);
    }

    void make_earlier(Document& workflow) override {
        if (!is_blue_green_)
            Generator::make_earlier(workflow);
    }

    Document workflow() override {
        if (!is_blue_green_)
            return Generator::workflow();
        Document workflow = json(
            R"({"name": "deploy", "strategy": "blue_green", "service": "web",
                "infrastructure": "virginia", "group_prefix": "app"})");
        set_instances(workflow);
        workflow.set("load_balancers", Document(specs_));
        if (is_stepwise_ && draw_.chance(85))
            workflow.set("weights", weights());
        if (has_classic_)
            workflow.set("keep_other_load_balancers", true);
        if (draw_.chance(20))
            workflow.set("approval", true);
        if (draw_.chance(25))
            made_.person = draw_.chance(50) ? Person::refuses : Person::is_away;
        if (draw_.chance(40))
            workflow.set("bake", draw_.seconds(0, 300));
        if (draw_.chance(50))
            workflow.set("drain", draw_.seconds(0, 90));
        if (draw_.chance(15))
            workflow.set("downsize_old", draw_.chance(50) ? "never" : draw_.seconds(0, 900));
        if (draw_.chance(10))
            workflow.set("floor", draw_.within(0, std::min(requested_, std::max(1, target_))));
        if (draw_.chance(15))
            workflow.set("ownership", json(R"({"place": "description"})"));
        workflow.set("timing", timing());
        return workflow;
    }

    Document weights() {
        std::set<int> sizes;
        for (int i = draw_.within(0, 3); i > 0; --i)
            sizes.insert(draw_.within(1, 99));
        Document list = Document::array();
        for (const int size : sizes) {
            Document step = json(fmt::format(R"({{"weight": {}}})", size));
            if (draw_.chance(30))
                step.set("bake", draw_.seconds(1, 300));
            if (draw_.chance(12))
                step.set("approval", true);
            list.push_back(std::move(step));
        }
        list.push_back(json(R"({"weight": 100})"));
        return list;
    }

    void finish_spec(DeploymentSpec& spec) override {
        if (has_left_over_)
            spec.traffic->production_target_group = target_group_arn(named_production_);
    }

    bool is_blue_green_ = false;
    bool has_classic_ = false;
    bool has_left_over_ = false; ///< an aborted shift has left traffic on a stage target group
    bool is_stepwise_ = false;
    std::string named_production_{};
    std::vector<std::string> production_{}; ///< names of target groups
    std::vector<std::string> stage_{};
    Document::Array balancers_;
    Document::Array specs_;
};

} // namespace

Document traffic_fault(Draw& draw) {
    const std::string call = draw.one_of<const char*>({"create_group",
                                                       "scale_group",
                                                       "scale_group",
                                                       "suspend_processes",
                                                       "resume_processes",
                                                       "delete_group",
                                                       "rename_group",
                                                       "rename_group",
                                                       "list_groups",
                                                       "read_group",
                                                       "read_health",
                                                       "read_status",
                                                       "modify_listener",
                                                       "modify_listener",
                                                       "modify_listener",
                                                       "modify_rule",
                                                       "modify_rule",
                                                       "describe_listeners",
                                                       "describe_rules",
                                                       "describe_rules",
                                                       "describe_target_groups",
                                                       "describe_listeners",
                                                       "describe_target_health",
                                                       "describe_load_balancers",
                                                       "*"});
    return fault_of(draw, call, call == "create_group" || call.starts_with("modify"));
}

Case generate_traffic(std::uint64_t seed) { return TrafficGenerator(seed).make(); }

} // namespace elastiroll::laws
