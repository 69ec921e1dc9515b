#include <elastiroll/adapters/spot.hpp>

#include "adapters/spot/codec.hpp"
#include "adapters/spot/narrow.hpp"
#include "adapters/spot/secrets.hpp"
#include "ports/queued_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace elastiroll::spot {
namespace {

class SpotProtocol final : public Protocol {
public:
    explicit SpotProtocol(const ClientOptions& options)
        : encoding_{.base_url = options.base_url,
                    .account = options.account,
                    .token = options.token,
                    .user_agent = options.user_agent,
                    .timeout = options.call_timeout} {}

    std::string_view service() const override { return "Spot"; }

    /// AWS's "standard" mode sends three times; once more bridges a restart of Spot's gateway (some
    /// seconds). What fails four times in a row is for the engine, which knows how much time its
    /// step has left.
    int attempts_max() const override { return 4; }

    std::size_t route_count() const override { return std::variant_size_v<SpotCall>; }
    std::size_t route_of(const Call& call) const override { return spot(call).index(); }
    std::string route_name(const Call& call) const override {
        const Route route = spot::route_of(spot(call));
        return fmt::format("{} {}", route.method, route.path);
    }

    Result<void> check(const Call& call) const override {
        const auto* known = std::get_if<SpotCall>(&call);
        if (!known)
            return fail(ErrorCategory::internal,
                        fmt::format("cannot {}: this client only knows Spot", describe(call)));
        return check_call(*known, encoding_);
    }
    std::string key(const Call& call) const override { return encode_url(spot(call), encoding_); }
    void join(Call& call, const Call& other) const override {
        auto* list = std::get_if<ListGroupsCall>(&std::get<SpotCall>(call));
        if (!list)
            return;
        const auto& more = std::get<ListGroupsCall>(spot(other)).name_prefixes;
        auto& all = list->name_prefixes;
        if (more.empty() || all.empty())
            all.clear();
        for (const std::string& prefix : more) {
            if (!all.empty() && std::ranges::find(all, prefix) == all.end())
                all.push_back(prefix);
        }
    }
    std::optional<Reply> part_of(const Call& call, const Reply& reply) const override {
        const auto* list = std::get_if<ListGroupsCall>(&spot(call));
        if (!list || list->name_prefixes.empty())
            return std::nullopt;
        const auto& whole = std::get<GroupsReply>(std::get<SpotReply>(reply));
        GroupsReply part;
        const auto is_ours = [&](const auto& group) {
            return is_wanted(group.name, list->name_prefixes);
        };
        std::ranges::copy_if(whole.groups, std::back_inserter(part.groups), is_ours);
        std::ranges::copy_if(whole.unreadable, std::back_inserter(part.unreadable), is_ours);
        return SpotReply(std::move(part));
    }

    std::optional<Result<void>> ready(TimePoint) override { return Result<void>(); }
    HttpRequest encode(const Call& call, std::string_view, TimePoint) override {
        return spot::encode(spot(call), encoding_);
    }
    ProtocolAnswer decode(const Call& call, const HttpResponse& response, TimePoint) override {
        Decoded decoded = spot::decode(spot(call), response);
        ProtocolAnswer answer{.reply = Reply(),
                              .request_id = std::move(decoded.request_id),
                              .is_effect_known = decoded.is_effect_known};
        if (!decoded.reply) {
            answer.reply = Unexpected(std::move(decoded.reply).error());
            return answer;
        }
        if (auto* list = std::get_if<GroupsReply>(&*decoded.reply)) {
            for (auto& group : list->unreadable)
                group.why = seal(std::move(group.why), secrets_of(call));
        }
        answer.reply = *std::move(decoded.reply);
        return answer;
    }
    void append(Reply&, Reply) const override {}

    Secrets secrets_of(const Call& call) const override {
        return spot::secrets_of(spot(call), encoding_.token);
    }

private:
    /// check() lets nothing else through.
    static const SpotCall& spot(const Call& call) { return std::get<SpotCall>(call); }

    EncodeOptions encoding_;
};

} // namespace

std::unique_ptr<CallClient> make_client(const ClientOptions& options) {
    return std::make_unique<QueuedClient>(
        std::make_unique<SpotProtocol>(options),
        QueueOptions{.in_flight_max = options.in_flight_max, .seed = options.seed});
}

} // namespace elastiroll::spot
