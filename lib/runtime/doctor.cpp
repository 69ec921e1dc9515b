#include "runtime/call_pump.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/runtime/doctor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>

namespace elastiroll {
namespace {

/// AWS refuses signatures that are more than 5 min off (we correct ours), and a lease, a bake time
/// or a hold is measured in minutes: what is less is noise.
constexpr Milliseconds skew_max{30'000};

/// What is asked of AWS only to see whether it is permitted has this name, which nobody gives.
constexpr const char* nobody = "elastiroll-doctor-looks-for-nothing";

/// Calls that change something cannot be tried. What a deployment may send, by strategy.
constexpr std::array changing_actions = {"elasticloadbalancing:ModifyListener",
                                         "elasticloadbalancing:ModifyRule"};

/// Passes everything on, and notes what answers tell about the time.
class DateWatch final : public HttpTransport {
public:
    DateWatch(HttpTransport& transport, Clock& clock) : transport_(&transport), clock_(&clock) {}

    void start(HttpRequestId id, HttpRequest request) override {
        hosts_[id] = host_of(request.url);
        transport_->start(id, std::move(request));
    }

    std::vector<HttpCompletion> poll(Milliseconds wait) override {
        std::vector<HttpCompletion> completions = transport_->poll(wait);
        for (const HttpCompletion& one : completions) {
            const auto* response = std::get_if<HttpResponse>(&one.result);
            const auto date =
                response ? parse_http_date(header_value(response->headers, "Date")) : std::nullopt;
            // Instance metadata has the machine's own clock.
            if (date && !hosts_[one.id].starts_with("169.254."))
                skews_[hosts_[one.id]] = *date - clock_->now();
            hosts_.erase(one.id);
        }
        return completions;
    }

    /// How far each host's clock was ahead of ours, by host.
    const std::map<std::string, Milliseconds>& skews() const noexcept { return skews_; }

private:
    static std::string host_of(std::string_view url) {
        const auto scheme = url.find("://");
        url.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
        return std::string(url.substr(0, url.find('/')));
    }

    HttpTransport* transport_;
    Clock* clock_;
    std::map<HttpRequestId, std::string> hosts_;
    std::map<std::string, Milliseconds> skews_;
};

/// A call that is tried, and what becomes of it.
struct Trial {
    std::string subject{};
    Call call{};
    CallReply reply{};
    Milliseconds took{};
};

/// Makes all calls at once and waits for their replies.
void try_all(std::vector<Trial>& trials, const DoctorRequest& request, const RuntimePorts& ports,
             HttpTransport& transport) {
    CallPump pump(transport, *ports.clock);
    const TimePoint begin = ports.clock->now();
    const TimePoint end = begin + request.patience;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        const bool is_aws = std::holds_alternative<AwsCall>(trials[i].call);
        pump.submit(i, is_aws ? *ports.aws : *ports.client,
                    {.call = trials[i].call, .deadline = end, .priority = CallPriority::read},
                    begin);
    }
    for (std::size_t open = trials.size(); open > 0;) {
        for (CallPump::Answer& answer : pump.poll(end + request.call_timeout)) {
            Trial& trial = trials[answer.owner];
            trial.reply = std::move(answer.reply);
            trial.took = ports.clock->now() - begin;
            --open;
        }
    }
}

std::string fix_for(ErrorCategory category) {
    switch (category) {
    case ErrorCategory::unauthenticated: return "renew or replace the credentials";
    case ErrorCategory::permission_denied: return "let the credentials' owner do this";
    case ErrorCategory::throttled: return "wait until the rate limit resets";
    case ErrorCategory::unavailable:
    case ErrorCategory::timeout: return "check network, proxy and endpoint";
    case ErrorCategory::protocol: return "see whether the endpoint or a proxy leads elsewhere";
    case ErrorCategory::invalid_argument:
    case ErrorCategory::not_found:
    case ErrorCategory::conflict:
    case ErrorCategory::rejected:
    case ErrorCategory::drift:
    case ErrorCategory::lock_held:
    case ErrorCategory::cancelled:
    case ErrorCategory::internal: break;
    }
    return {};
}

const Error* error_of(const Trial& trial) { return std::get_if<Error>(&trial.reply.result); }

template <class Service, class One> const One* answer_of(const Trial& trial) {
    const auto* reply = std::get_if<Service>(&trial.reply.result);
    return reply ? std::get_if<One>(reply) : nullptr;
}

Check bad(const Trial& trial, const Error& error) {
    return {.result = CheckResult::bad,
            .subject = trial.subject,
            .finding = error.message,
            .fix = fix_for(error.category),
            .remote = error.remote};
}

std::string took(const Trial& trial) { return format_duration(trial.took); }

Check check_spot(const DoctorRequest& request, const Trial& trial) {
    if (const Error* error = error_of(trial))
        return bad(trial, *error);
    const auto* list = answer_of<SpotReply, GroupsReply>(trial);
    const auto count = list ? std::ssize(list->groups) : 0;
    Check check{.subject = trial.subject};
    check.finding = request.spec
                        ? fmt::format("{} on line {}, answered in {}", count_of(count, "group"),
                                      to_string(request.spec->line), took(trial))
                        : fmt::format("{} in the account, answered in {}", count_of(count, "group"),
                                      took(trial));
    if (list && !list->unreadable.empty()) {
        check.result = CheckResult::warning;
        check.finding +=
            fmt::format("; {} cannot be read: {}", count_of(std::ssize(list->unreadable), "group"),
                        list->unreadable.front().why.message);
        check.fix = "delete or mend these groups, or deploy to another group prefix";
    }
    return check;
}

std::optional<Check> check_budget(const Trial& trial) {
    if (!trial.reply.budget)
        return std::nullopt;
    const RateBudget& budget = *trial.reply.budget;
    Check check{.subject = "Spot's rate limit",
                .finding =
                    fmt::format("{} of {} lists of groups are left for the next {}",
                                budget.remaining, budget.limit, format_duration(budget.reset))};
    // A tenth is what changes and rollbacks keep for themselves.
    if (budget.remaining <= budget.limit / 10) {
        check.result = CheckResult::warning;
        check.fix = "see what else uses the organisation's budget, or ask Spot for a higher limit";
    }
    return check;
}

Check check_identity(const Trial& trial) {
    if (const Error* error = error_of(trial)) {
        Check check = bad(trial, *error);
        check.finding += "; permissions and images are not checked";
        return check;
    }
    const auto* who = answer_of<AwsReply, CallerIdentityReply>(trial);
    return {.subject = trial.subject,
            .finding = who ? fmt::format("account {}, {}, answered in {}", who->account, who->arn,
                                         took(trial))
                           : std::string("no identity in the answer")};
}

/// Of a call that was made only to see whether it may be: that nothing was found is an answer.
Check check_permission(const Trial& trial) {
    const Error* error = error_of(trial);
    if (!error || error->category == ErrorCategory::not_found)
        return {.subject = trial.subject, .finding = "permitted"};
    return bad(trial, *error);
}

Check check_image(const Trial& trial) {
    if (const Error* error = error_of(trial))
        return bad(trial, *error);
    if (const auto* parameter = answer_of<AwsReply, ParameterReply>(trial))
        return {.subject = trial.subject,
                .finding = fmt::format("parameter {} holds {}", parameter->name, parameter->value)};
    const auto* reply = answer_of<AwsReply, ImagesReply>(trial);
    if (!reply || reply->images.empty())
        return {.result = CheckResult::bad,
                .subject = trial.subject,
                .finding = fmt::format("cannot {}: none is visible to this account in this region",
                                       describe(trial.call)),
                .fix = "check the selector, the region, and that the image is shared"};
    const Image& newest = *std::ranges::max_element(reply->images, {}, &Image::created_at);
    Check check{.subject = trial.subject,
                .finding = fmt::format("{} {} of {}, {}", newest.id.text(), newest.name,
                                       format_time(newest.created_at), newest.state)};
    if (newest.state != "available") {
        check.result = CheckResult::bad;
        check.fix = "wait until it is available, or deploy another one";
    }
    return check;
}

std::vector<Check> check_clocks(const std::map<std::string, Milliseconds>& skews) {
    std::vector<Check> checks;
    for (const auto& [host, skew] : skews) {
        const Milliseconds size = skew < Milliseconds(0) ? -skew : skew;
        Check check{.subject = "clock", .finding = fmt::format("agrees with {}", host)};
        if (size > skew_max) {
            check.result = CheckResult::warning;
            check.finding = fmt::format("this machine's clock is {} {} {}", format_duration(size),
                                        skew < Milliseconds(0) ? "ahead of" : "behind", host);
            check.fix = "let it be set by NTP";
        }
        checks.push_back(std::move(check));
    }
    return checks;
}

/// The principal whose policies count: of a role's session that is the role. Empty where it cannot
/// be told (the account's root, a federated user). A role's path is not part of its sessions' ARNs,
/// so a role with one is not found, which is then said.
std::string principal_of(const std::string& arn) {
    const auto assumed = arn.find(":assumed-role/");
    if (assumed == std::string::npos)
        return arn.find(":user/") == std::string::npos ? std::string() : arn;
    const auto account = arn.rfind(':', assumed - 1);
    const auto role = assumed + std::string_view(":assumed-role/").size();
    const auto partition_end = arn.find(':', 4);
    if (partition_end == std::string::npos || account == std::string::npos)
        return {};
    return fmt::format("{}:iam::{}:role/{}", arn.substr(0, partition_end),
                       arn.substr(account + 1, assumed - account - 1),
                       arn.substr(role, arn.find('/', role) - role));
}

std::vector<Check> check_changes(const Trial& trial) {
    static const std::vector<PolicyDecision> none;
    std::vector<Check> checks;
    const auto* reply = answer_of<AwsReply, PolicyReply>(trial);
    for (const char* action : changing_actions) {
        Check check{.subject = fmt::format("permission {}", action)};
        const Error* error = error_of(trial);
        const PolicyDecision* found = nullptr;
        for (const PolicyDecision& one : reply ? reply->decisions : none) {
            if (one.action == action)
                found = &one;
        }
        if (!found) {
            check.result = CheckResult::not_checked;
            check.finding = error ? fmt::format("not checked: {}", error->message) : "not checked";
            check.fix = "permit iam:SimulatePrincipalPolicy on the credentials' own user or role";
        } else if (found->decision == "allowed") {
            check.finding = "permitted by its policies";
        } else {
            check.result = CheckResult::bad;
            check.finding = fmt::format("denied by its policies ({})", found->decision);
            check.fix = "permit it (docs/credentials.md has a policy)";
        }
        checks.push_back(std::move(check));
    }
    return checks;
}

/// The first call that a deployment would make for its image.
Call image_call(const DeploymentSpec& spec) {
    if (!spec.image_selector)
        return AwsCall(DescribeImagesCall{.images = {spec.image}});
    if (const auto* parameter = std::get_if<ImageParameter>(&*spec.image_selector))
        return AwsCall(GetParameterCall{parameter->name});
    const auto& query = std::get<ImageQuery>(*spec.image_selector);
    DescribeImagesCall call{.owners = query.owners, .filters = query.filters};
    call.filters.push_back({"state", {"available"}});
    return AwsCall(std::move(call));
}

/// Who we are: what everything else rests on.
std::vector<Trial> first_trials(const DoctorRequest& request, const RuntimePorts& ports) {
    std::vector<Trial> trials;
    ListGroupsCall list;
    if (request.spec)
        list.name_prefixes = {request.spec->line.prefix.text()};
    if (ports.client)
        trials.push_back({.subject = "Spot", .call = SpotCall(std::move(list))});
    if (ports.aws)
        trials.push_back({.subject = "AWS", .call = AwsCall(GetCallerIdentityCall{})});
    return trials;
}

/// What AWS lets us do.
std::vector<Trial> second_trials(const DoctorRequest& request) {
    std::vector<Trial> trials;
    const auto permission = [&](const char* action, AwsCall call) {
        trials.push_back(
            {.subject = fmt::format("permission {}", action), .call = std::move(call)});
    };
    permission("ec2:DescribeImages",
               DescribeImagesCall{.owners = {"self"}, .filters = {{"name", {nobody}}}});
    permission("elasticloadbalancing:DescribeLoadBalancers",
               DescribeLoadBalancersCall{.names = {nobody}});
    permission("elasticloadbalancing:DescribeTargetGroups",
               DescribeTargetGroupsCall{.names = {nobody}});
    permission("ssm:GetParameter", GetParameterCall{std::string("/") + nobody});
    if (request.spec)
        trials.push_back({.subject = "image", .call = image_call(*request.spec)});
    return trials;
}

std::vector<Check> judge(const DoctorRequest& request, const Trial& trial) {
    if (trial.subject == "Spot") {
        std::vector<Check> checks = {check_spot(request, trial)};
        if (auto budget = check_budget(trial))
            checks.push_back(*std::move(budget));
        return checks;
    }
    if (trial.subject == "AWS")
        return {check_identity(trial)};
    if (trial.subject == "image")
        return {check_image(trial)};
    return {check_permission(trial)};
}

/// What changes something is asked of IAM, for whoever the credentials belong to.
std::vector<Check> simulate_changes(const CallerIdentityReply& who, const DoctorRequest& request,
                                    const RuntimePorts& ports, HttpTransport& transport) {
    SimulatePrincipalPolicyCall call{.principal_arn = principal_of(who.arn),
                                     .actions = {changing_actions.begin(), changing_actions.end()}};
    std::vector<Trial> more = {{.call = AwsCall(call)}};
    if (call.principal_arn.empty())
        more.front().reply.result =
            Error{.category = ErrorCategory::invalid_argument,
                  .message = fmt::format("{} is neither a user nor a role's session", who.arn)};
    else
        try_all(more, request, ports, transport);
    return check_changes(more.front());
}

} // namespace

std::string_view to_string(CheckResult result) noexcept {
    switch (result) {
    case CheckResult::good: return "good";
    case CheckResult::warning: return "warning";
    case CheckResult::bad: return "bad";
    case CheckResult::not_checked: return "not_checked";
    }
    return "not_checked";
}

std::vector<Check> examine(const DoctorRequest& request, const RuntimePorts& ports) {
    DateWatch transport(*ports.transport, *ports.clock);
    std::vector<Check> checks;
    const auto add = [&](std::vector<Check> more) {
        std::ranges::move(more, std::back_inserter(checks));
    };
    const auto try_them = [&](std::vector<Trial> trials) {
        try_all(trials, request, ports, transport);
        for (const Trial& trial : trials)
            add(judge(request, trial));
        return trials;
    };
    const std::vector<Trial> first = try_them(first_trials(request, ports));
    const auto* who =
        first.empty() ? nullptr : answer_of<AwsReply, CallerIdentityReply>(first.back());
    if (who) {
        try_them(second_trials(request));
        add(simulate_changes(*who, request, ports, transport));
    }
    add(check_clocks(transport.skews()));
    return checks;
}

} // namespace elastiroll
