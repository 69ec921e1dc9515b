#include "adapters/aws/codec.hpp"
#include "adapters/aws/credential_answers.hpp"
#include "adapters/aws/form.hpp"
#include "adapters/aws/profiles.hpp"
#include "adapters/aws/recipe.hpp"
#include "adapters/aws/services.hpp"
#include "adapters/aws/sign.hpp"
#include "ports/retry.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace elastiroll::aws {
namespace {

/// Credentials that expire sooner are renewed while they are still used.
constexpr Milliseconds advisory{5 * 60'000};
/// Credentials that expire sooner are not given away: a call lasts up to its timeout.
constexpr Milliseconds mandatory{60'000};
/// Between two fetches: after a failure, which is given meanwhile, and where what was fetched
/// expires at once.
constexpr Milliseconds pause_between{5'000};
constexpr int attempts_max = 3;
/// Instance metadata is next door or not there at all, and where it is not, nobody answers.
/// Source: AWS SDKs and tools reference, "IMDS credential provider": 1 s.
constexpr Milliseconds instance_timeout{1'000};
constexpr int instance_attempts_max = 2;
constexpr Milliseconds service_timeout{10'000};
/// How long a token of the instance metadata is good for; it is used at once.
constexpr const char* instance_token_seconds = "300";

constexpr const char* instance_path = "/latest/meta-data/iam/security-credentials/";

/// What is being asked for now.
enum class Step : std::uint8_t { source, instance_token, instance_role, role };

/// One way from a recipe to its credentials.
struct Fetch {
    Recipe recipe{};
    Step step = Step::source;
    std::size_t role = 0;      ///< of Step::role: which one
    Credentials credentials{}; ///< so far
    Secret instance_token{};
    std::string instance_role{};
    int attempts = 0; ///< of this step
    bool is_in_flight = false;
    HttpRequestId request{};
    TimePoint send_at{};
};

class Chain final : public CredentialProvider {
public:
    Chain(ChainOptions options, Surroundings surroundings)
        : options_(std::move(options)), surroundings_(std::move(surroundings)) {}

    std::optional<Result<Credentials>> get(TimePoint now) override {
        const Milliseconds left = time_left(now);
        if (current_ && left > advisory)
            return Result<Credentials>(*current_);
        if (!fetch_ && now >= not_before_)
            begin(now);
        if (current_ && time_left(now) > mandatory)
            return Result<Credentials>(*current_);
        if (fetch_)
            return std::nullopt;
        // No others could be had; what there is may just do.
        if (current_ && time_left(now) > Milliseconds(0))
            return Result<Credentials>(*current_);
        return Result<Credentials>(Unexpected(failure_.value_or(expired())));
    }

    void reject(const Credentials& credentials, TimePoint now) override {
        if (!current_ || *current_ != credentials || is_written_down_)
            return;
        current_.reset();
        not_before_ = now;
    }

    std::vector<CallClient::Outgoing> requests(TimePoint now) override {
        if (!fetch_ || fetch_->is_in_flight || fetch_->send_at > now)
            return {};
        auto request = next_request(now);
        if (!request) {
            give_up(std::move(request).error(), now);
            return {};
        }
        fetch_->is_in_flight = true;
        ++fetch_->attempts;
        fetch_->request = HttpRequestId{next_request_++};
        return {{fetch_->request, *std::move(request)}};
    }

    void on_response(HttpRequestId id, HttpResult result, TimePoint now) override {
        if (!fetch_ || !fetch_->is_in_flight || fetch_->request != id)
            return;
        fetch_->is_in_flight = false;
        if (const auto* failure = std::get_if<HttpFailure>(&result))
            return on_trouble({.category = ErrorCategory::unavailable, .message = failure->message},
                              true, now);
        const auto& response = std::get<HttpResponse>(result);
        if (response.status < 200 || response.status > 299)
            return on_refusal(response, now);
        on_answer(response.body, now);
    }

    std::optional<TimePoint> next_wake() const override {
        return fetch_ && !fetch_->is_in_flight ? std::optional(fetch_->send_at) : std::nullopt;
    }

private:
    Milliseconds time_left(TimePoint now) const {
        if (!current_)
            return Milliseconds(0);
        return current_->expires_at ? *current_->expires_at - now : Milliseconds::max();
    }

    Error expired() const {
        return {.category = ErrorCategory::unauthenticated,
                .message =
                    fmt::format("the AWS credentials from {} have expired, and no others are "
                                "to be had; renew them, and see whether the clock is right",
                                current_ ? current_->source : "their source")};
    }

    // ---- the way

    void begin(TimePoint now) {
        failure_.reset();
        auto recipe = find_recipe(options_, surroundings_);
        if (!recipe)
            return give_up(std::move(recipe).error(), now);
        fetch_ = Fetch{.recipe = *std::move(recipe), .send_at = now};
        is_written_down_ = false;
        if (const auto* keys = std::get_if<KeysSource>(&fetch_->recipe.source)) {
            is_written_down_ = fetch_->recipe.roles.empty();
            has_credentials(keys->credentials, now);
        } else if (const auto* process = std::get_if<ProcessSource>(&fetch_->recipe.source)) {
            run(*process, now);
        } else if (std::holds_alternative<InstanceSource>(fetch_->recipe.source)) {
            fetch_->step = Step::instance_token;
        }
    }

    void run(const ProcessSource& process, TimePoint now) {
        if (!surroundings_.run_process)
            return fail_with("this program runs no processes for credentials", now);
        auto written = surroundings_.run_process(process.command);
        if (!written)
            return fail_with(written.error().message, now);
        has_result(read_process_credentials(*written), now);
    }

    /// A step has given credentials: with them the next role is assumed.
    void has_credentials(Credentials credentials, TimePoint now) {
        fetch_->credentials = std::move(credentials);
        fetch_->attempts = 0;
        fetch_->send_at = now;
        fetch_->role = fetch_->step == Step::role ? fetch_->role + 1 : 0;
        fetch_->step = Step::role;
        if (fetch_->role < fetch_->recipe.roles.size())
            return;
        current_ = std::move(fetch_->credentials);
        current_->source = fetch_->recipe.where;
        fetch_.reset();
        not_before_ = now + pause_between;
    }

    void has_result(Result<Credentials> result, TimePoint now) {
        if (result)
            has_credentials(*std::move(result), now);
        else
            fail_with(result.error().message, now);
    }

    void on_answer(const std::string& body, TimePoint now) {
        switch (fetch_->step) {
        case Step::instance_token:
            fetch_->instance_token = Secret(body);
            return go_to(Step::instance_role, now);
        case Step::instance_role:
            fetch_->instance_role = body.substr(0, body.find('\n'));
            return go_to(Step::source, now);
        case Step::role: return has_result(read_sts_credentials(body), now);
        case Step::source: break;
        }
        if (std::holds_alternative<WebIdentitySource>(fetch_->recipe.source))
            return has_result(read_sts_credentials(body), now);
        if (std::holds_alternative<SsoSource>(fetch_->recipe.source))
            return has_result(read_sso_credentials(body), now);
        has_result(read_container_credentials(body), now);
    }

    void go_to(Step step, TimePoint now) {
        fetch_->step = step;
        fetch_->attempts = 0;
        fetch_->send_at = now;
    }

    // ---- failures

    bool is_instance() const {
        return std::holds_alternative<InstanceSource>(fetch_->recipe.source) &&
               fetch_->step != Step::role;
    }

    void on_refusal(const HttpResponse& response, TimePoint now) {
        if (is_instance() && response.status == 404)
            return on_trouble({.category = ErrorCategory::unauthenticated,
                               .message = "this instance has no role"},
                              false, now);
        Failure failure = failure_of("assume a role", response);
        if (failure.mending == Mending::clock && mend_clock(response, now))
            return on_trouble(std::move(failure.error), true, now);
        if (const auto* sso = std::get_if<SsoSource>(&fetch_->recipe.source);
            sso && fetch_->step == Step::source && response.status == 401)
            return on_trouble(login_needed(*sso, "is not accepted any more"), false, now);
        Error error{.category = failure.error.category, .remote = failure.error.remote};
        error.message =
            fmt::format("answer {} {}{}{}", response.status, error.remote->code,
                        error.remote->message.empty() ? "" : ": ", error.remote->message);
        const bool is_passing = error.category == ErrorCategory::unavailable ||
                                error.category == ErrorCategory::throttled;
        on_trouble(std::move(error), is_passing, now);
    }

    bool mend_clock(const HttpResponse& response, TimePoint now) {
        const auto date = parse_http_date(header_value(response.headers, "Date"));
        if (!date)
            return false;
        clock_offset_ = *date - now;
        return true;
    }

    static Error login_needed(const SsoSource& sso, std::string_view why) {
        return {.category = ErrorCategory::unauthenticated,
                .message = fmt::format("the SSO token {}; run `aws sso login --profile {}`", why,
                                       sso.profile)};
    }

    void on_trouble(Error error, bool is_passing, TimePoint now) {
        const int most = is_instance() ? instance_attempts_max : attempts_max;
        if (is_passing && fetch_->attempts < most) {
            fetch_->send_at = now + retry_delay({.seed = options_.seed,
                                                 .call = next_request_,
                                                 .attempt = fetch_->attempts});
            return;
        }
        // Where nobody has said that this is an instance, that it is none is no news.
        if (is_instance() && fetch_->recipe.roles.empty()) {
            auto looked_at = std::move(fetch_->recipe.looked_at);
            looked_at.push_back({"instance metadata", error.message, {}});
            return give_up(no_credentials(std::move(looked_at)), now);
        }
        fail_with(std::move(error), now);
    }

    void fail_with(std::string why, TimePoint now) {
        fail_with({.category = ErrorCategory::unauthenticated, .message = std::move(why)}, now);
    }
    void fail_with(Error error, TimePoint now) {
        error.message = fmt::format("cannot get AWS credentials from {}: {}", fetch_->recipe.where,
                                    error.message);
        give_up(std::move(error), now);
    }
    void give_up(Error error, TimePoint now) {
        fetch_.reset();
        failure_ = std::move(error);
        not_before_ = now + pause_between;
    }

    // ---- requests

    Result<HttpRequest> next_request(TimePoint now) {
        switch (fetch_->step) {
        case Step::instance_token: return instance_token_request();
        case Step::instance_role: return instance_request(instance_path);
        case Step::role: return role_request(fetch_->recipe.roles[fetch_->role], now);
        case Step::source: break;
        }
        if (const auto* one = std::get_if<WebIdentitySource>(&fetch_->recipe.source))
            return web_identity_request(*one, now);
        if (const auto* one = std::get_if<SsoSource>(&fetch_->recipe.source))
            return sso_request(*one, now);
        if (const auto* one = std::get_if<ContainerSource>(&fetch_->recipe.source))
            return container_request(*one);
        return instance_request(instance_path + percent_encoded(fetch_->instance_role));
    }

    HttpRequest instance_token_request() const {
        return {.method = "PUT",
                .url =
                    std::get<InstanceSource>(fetch_->recipe.source).endpoint + "/latest/api/token",
                .headers = {{"X-aws-ec2-metadata-token-ttl-seconds", instance_token_seconds}},
                .timeout = instance_timeout};
    }

    HttpRequest instance_request(const std::string& path) const {
        return {.method = "GET",
                .url = std::get<InstanceSource>(fetch_->recipe.source).endpoint + path,
                .headers = {{"X-aws-ec2-metadata-token", fetch_->instance_token.reveal()}},
                .timeout = instance_timeout};
    }

    Result<HttpRequest> container_request(const ContainerSource& source) const {
        HttpRequest request{.method = "GET", .url = source.url, .timeout = service_timeout};
        std::string token = source.token;
        if (!source.token_file.empty()) {
            auto read = surroundings_.read_file(source.token_file);
            if (!read)
                return unreadable(source.token_file, read.error());
            token = trimmed(*read);
        }
        if (!token.empty())
            request.headers.emplace_back("Authorization", std::move(token));
        return request;
    }

    Result<HttpRequest> sso_request(const SsoSource& source, TimePoint now) const {
        const auto with_place = [&](Error error) {
            error.message = fmt::format("cannot get AWS credentials from {}: {}",
                                        fetch_->recipe.where, error.message);
            return Unexpected(std::move(error));
        };
        const auto read = surroundings_.read_file(source.cache_file);
        if (!read)
            return with_place(login_needed(source, "is missing"));
        const auto token = read_sso_token(*read);
        if (!token)
            return with_place(login_needed(source, "cannot be read"));
        if (token->expires_at <= now)
            return with_place(login_needed(source, "expired at " + format_time(token->expires_at)));
        return HttpRequest{
            .method = "GET",
            .url = fmt::format("{}/federation/credentials?role_name={}&account_id={}",
                               endpoint(Service::sso, Region(source.region)).url,
                               percent_encoded(source.role), percent_encoded(source.account)),
            .headers = {{"x-amz-sso_bearer_token", token->token.reveal()}},
            .timeout = service_timeout};
    }

    Result<HttpRequest> web_identity_request(const WebIdentitySource& source, TimePoint now) const {
        auto token = surroundings_.read_file(source.token_file);
        if (!token)
            return unreadable(source.token_file, token.error());
        Form form;
        form.add("Action", "AssumeRoleWithWebIdentity");
        form.add("Version", facts_of(Service::sts).version);
        form.add("RoleArn", source.role_arn);
        form.add("RoleSessionName", session_name(source.session_name, now));
        form.add("WebIdentityToken", trimmed(*token));
        return sts_request(form);
    }

    HttpRequest role_request(const Role& role, TimePoint now) {
        Form form;
        form.add("Action", "AssumeRole");
        form.add("Version", facts_of(Service::sts).version);
        form.add("RoleArn", role.arn);
        form.add("RoleSessionName", session_name(role.session_name, now));
        form.add_unless_empty("ExternalId", role.external_id);
        form.add_unless_empty("DurationSeconds", role.duration);
        HttpRequest request = sts_request(form);
        signer_.sign(request, fetch_->credentials,
                     {.region = endpoint(Service::sts, sts_region()).region,
                      .service = facts_of(Service::sts).signing_name},
                     now + clock_offset_);
        return request;
    }

    HttpRequest sts_request(Form& form) const {
        return {.method = "POST",
                .url = endpoint(Service::sts, sts_region()).url + "/",
                .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
                .body = form.take(),
                .timeout = service_timeout};
    }

    Endpoint endpoint(Service service, const Region& region) const {
        return endpoint_of(service, region, endpoints_of(options_, surroundings_));
    }

    /// A role can be assumed in any region; where none is known, in the oldest.
    Region sts_region() const {
        const Region region = region_of(options_, surroundings_);
        return region.empty() ? Region("us-east-1") : region;
    }

    static std::string session_name(const std::string& wanted, TimePoint now) {
        return wanted.empty() ? fmt::format("elastiroll-{}", now.time_since_epoch().count())
                              : wanted;
    }

    static std::string trimmed(const std::string& text) {
        const auto begin = text.find_first_not_of(" \t\r\n");
        return begin == std::string::npos
                   ? std::string()
                   : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
    }

    Unexpected unreadable(const std::string& path, const Error& why) const {
        return fail(ErrorCategory::unauthenticated,
                    fmt::format("cannot get AWS credentials from {}: the token file {} cannot be "
                                "read: {}",
                                fetch_->recipe.where, path, why.message));
    }

    ChainOptions options_;
    Surroundings surroundings_;
    Signer signer_{};
    std::optional<Credentials> current_{};
    bool is_written_down_ = false; ///< the present ones are keys that no fetch changes
    std::optional<Fetch> fetch_{};
    std::optional<Error> failure_{}; ///< of the last fetch
    TimePoint not_before_{};         ///< when the next fetch may begin
    Milliseconds clock_offset_{};    ///< of STS's time to ours
    std::uint64_t next_request_ = 1;
};

class Fixed final : public CredentialProvider {
public:
    explicit Fixed(Credentials credentials) : credentials_(std::move(credentials)) {}

    std::optional<Result<Credentials>> get(TimePoint) override {
        return Result<Credentials>(credentials_);
    }
    void reject(const Credentials&, TimePoint) override {}
    std::vector<CallClient::Outgoing> requests(TimePoint) override { return {}; }
    void on_response(HttpRequestId, HttpResult, TimePoint) override {}
    std::optional<TimePoint> next_wake() const override { return std::nullopt; }

private:
    Credentials credentials_;
};

} // namespace

CredentialProvider::~CredentialProvider() = default;

std::unique_ptr<CredentialProvider> make_credential_chain(ChainOptions options,
                                                          Surroundings surroundings) {
    return std::make_unique<Chain>(std::move(options), std::move(surroundings));
}

std::unique_ptr<CredentialProvider> make_static_credentials(Credentials credentials) {
    return std::make_unique<Fixed>(std::move(credentials));
}

} // namespace elastiroll::aws
