#include <elastiroll/adapters/aws.hpp>

#include "adapters/aws/codec.hpp"
#include "adapters/aws/services.hpp"
#include "adapters/aws/sign.hpp"
#include "ports/queued_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace elastiroll::aws {
namespace {

/// A clock that differs by less explains no refusal: AWS bears 5 min, and an answer's Date is only
/// exact to the second and as old as the answer.
constexpr Milliseconds skew_min{60'000};
/// While another client fetches the credentials that this one waits for.
constexpr Milliseconds look_again{50};

class AwsProtocol final : public Protocol {
public:
    explicit AwsProtocol(ClientOptions options) : options_(std::move(options)) {}

    std::string_view service() const override { return "AWS"; }
    /// AWS SDKs, "standard" mode.
    int attempts_max() const override { return 3; }

    std::size_t route_count() const override { return std::variant_size_v<AwsCall>; }
    std::size_t route_of(const Call& call) const override { return aws(call).index(); }
    std::string route_name(const Call& call) const override {
        return std::string(call_name(aws(call)));
    }

    Result<void> check(const Call& call) const override {
        const auto* known = std::get_if<AwsCall>(&call);
        if (!known)
            return fail(ErrorCategory::internal,
                        fmt::format("cannot {}: this client only knows AWS", describe(call)));
        if (options_.region.empty())
            return fail(ErrorCategory::invalid_argument,
                        fmt::format("cannot {}: no AWS region is set; set AWS_REGION or name one "
                                    "in the profile",
                                    describe(call)));
        return check_call(*known);
    }
    std::string key(const Call& call) const override {
        return fmt::format("{} {}", aws(call).index(), encode(call, {}).body);
    }
    void join(Call&, const Call&) const override {}
    std::optional<Reply> part_of(const Call&, const Reply&) const override { return {}; }

    std::optional<Result<void>> ready(TimePoint now) override {
        auto got = options_.credentials->get(now + clock_offset_);
        if (!got)
            return std::nullopt;
        if (!*got)
            return Result<void>(Unexpected(got->error()));
        credentials_ = **std::move(got);
        return Result<void>();
    }
    HttpRequest encode(const Call& call, std::string_view page, TimePoint now) override {
        HttpRequest request = encode(call, page);
        if (!options_.user_agent.empty())
            request.headers.emplace_back("User-Agent", options_.user_agent);
        const Service service = service_of(aws(call));
        const Endpoint endpoint = endpoint_of(service, options_.region, options_.endpoints);
        signer_.sign(request, credentials_,
                     {.region = endpoint.region, .service = facts_of(service).signing_name},
                     now + clock_offset_);
        return request;
    }
    ProtocolAnswer decode(const Call& call, const HttpResponse& response, TimePoint now) override {
        Decoded decoded = aws::decode(aws(call), response);
        ProtocolAnswer answer{.reply = Reply(),
                              .request_id = std::move(decoded.request_id),
                              .next_page = std::move(decoded.next_page),
                              .is_effect_known = decoded.is_effect_known};
        if (decoded.reply) {
            answer.reply = *std::move(decoded.reply);
            return answer;
        }
        answer.reply = Unexpected(std::move(decoded.reply).error());
        if (decoded.mending == Mending::clock)
            answer.is_mended = mend_clock(response, now);
        else if (decoded.mending == Mending::credentials)
            answer.is_mended = mend_credentials(now);
        return answer;
    }
    void append(Reply& pages, Reply page) const override {
        append_page(std::get<AwsReply>(pages), std::get<AwsReply>(std::move(page)));
    }

    Secrets secrets_of(const Call&) const override {
        Secrets secrets;
        for (const Secret* one : {&credentials_.secret_access_key, &credentials_.session_token}) {
            if (!one->empty())
                secrets.push_back(one->reveal());
        }
        return secrets;
    }

private:
    /// check() lets nothing else through.
    static const AwsCall& aws(const Call& call) { return std::get<AwsCall>(call); }

    HttpRequest encode(const Call& call, std::string_view page) const {
        const Service service = service_of(aws(call));
        HttpRequest request = aws::encode(
            aws(call), page, endpoint_of(service, options_.region, options_.endpoints).url);
        request.timeout = options_.call_timeout;
        return request;
    }

    /// Takes the service's time for ours. False where ours was not the trouble.
    bool mend_clock(const HttpResponse& response, TimePoint now) {
        const auto date = parse_http_date(header_value(response.headers, "Date"));
        if (!date)
            return false;
        const Milliseconds offset = *date - now;
        const Milliseconds difference = offset - clock_offset_;
        if (difference < skew_min && -difference < skew_min)
            return false;
        clock_offset_ = offset;
        return true;
    }

    /// Lets others be fetched. False where there are no others.
    bool mend_credentials(TimePoint now) {
        options_.credentials->reject(credentials_, now + clock_offset_);
        const auto next = options_.credentials->get(now + clock_offset_);
        return !next || (*next && **next != credentials_);
    }

    ClientOptions options_;
    Signer signer_{};
    Credentials credentials_{};   ///< what the last ready() was given
    Milliseconds clock_offset_{}; ///< of the services' time to ours
};

/// Calls go through a queue; the requests that fetch credentials go past it, with ids of their own:
/// odd ones.
class Client final : public CallClient {
public:
    explicit Client(const ClientOptions& options)
        : credentials_(options.credentials),
          queue_(std::make_unique<AwsProtocol>(options),
                 {.in_flight_max = options.in_flight_max, .seed = options.seed}) {}

    void submit(CallRequest request, TimePoint now) override {
        queue_.submit(std::move(request), now);
    }

    std::vector<Outgoing> requests(TimePoint now) override {
        now_ = std::max(now_, now);
        std::vector<Outgoing> outgoing = queue_.requests(now);
        for (Outgoing& one : outgoing)
            one.id = HttpRequestId{static_cast<std::uint64_t>(one.id) * 2};
        for (Outgoing& one : credentials_->requests(now)) {
            one.id = HttpRequestId{static_cast<std::uint64_t>(one.id) * 2 + 1};
            ++fetches_in_flight_;
            outgoing.push_back(std::move(one));
        }
        return outgoing;
    }

    void on_response(HttpRequestId id, HttpResult result, TimePoint now) override {
        now_ = std::max(now_, now);
        const auto number = static_cast<std::uint64_t>(id);
        if (number % 2 == 0) {
            queue_.on_response(HttpRequestId{number / 2}, std::move(result), now);
            return;
        }
        --fetches_in_flight_;
        credentials_->on_response(HttpRequestId{number / 2}, std::move(result), now);
    }

    std::optional<TimePoint> next_wake() const override {
        std::optional<TimePoint> wake = queue_.next_wake();
        const auto consider = [&](TimePoint at) { wake = std::min(wake.value_or(at), at); };
        if (!queue_.is_ready()) {
            if (const auto at = credentials_->next_wake())
                consider(*at);
            if (fetches_in_flight_ == 0)
                consider(now_ + look_again);
        }
        return wake;
    }

    std::vector<CallReply> replies() override { return queue_.replies(); }

private:
    std::shared_ptr<CredentialProvider> credentials_;
    QueuedClient queue_;
    int fetches_in_flight_ = 0;
    TimePoint now_{};
};

} // namespace

std::unique_ptr<CallClient> make_client(const ClientOptions& options) {
    return std::make_unique<Client>(options);
}

} // namespace elastiroll::aws
