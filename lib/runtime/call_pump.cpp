#include "runtime/call_pump.hpp"

#include <algorithm>
#include <iterator>

namespace elastiroll {

std::size_t CallPump::account_of(CallClient& client) {
    const auto [place, is_new] = places_of_clients_.emplace(&client, accounts_.size());
    if (is_new)
        accounts_.push_back({&client, {}});
    return place->second;
}

void CallPump::set_wake(std::size_t account, std::optional<TimePoint> at) {
    std::optional<TimePoint>& wake = accounts_[account].wake;
    if (wake == at)
        return;
    if (wake)
        wakes_.erase({*wake, account});
    if (at)
        wakes_.emplace(*at, account);
    wake = at;
}

void CallPump::submit(std::size_t owner, CallClient& client, CallRequest request, TimePoint now) {
    const std::uint64_t id = next_++;
    places_.emplace(id, Place{owner, request.id});
    request.id = CallId{id};
    client.submit(std::move(request), now);
    touched_.insert(account_of(client));
}

/// Lets the clients that have something to do do it.
void CallPump::start_requests(TimePoint now) {
    while (!wakes_.empty() && wakes_.begin()->first <= now) {
        const std::size_t account = wakes_.begin()->second;
        set_wake(account, std::nullopt);
        touched_.insert(account);
    }
    for (const std::size_t account : touched_) {
        for (CallClient::Outgoing& outgoing : accounts_[account].client->requests(now)) {
            const HttpRequestId id{next_request_++};
            sent_.emplace(id, Sent{account, outgoing.id});
            transport_->start(id, std::move(outgoing.request));
        }
    }
}

void CallPump::take_replies(std::size_t account, std::vector<CallReply>& replies) {
    CallClient& client = *accounts_[account].client;
    std::ranges::move(client.replies(), std::back_inserter(replies));
    set_wake(account, client.next_wake());
}

std::vector<CallPump::Answer> CallPump::poll(TimePoint until) {
    TimePoint now = clock_->now();
    start_requests(now);
    std::vector<CallReply> replies;
    for (const std::size_t account : std::exchange(touched_, {}))
        take_replies(account, replies);
    if (!wakes_.empty())
        until = std::min(until, wakes_.begin()->first);
    const Milliseconds wait =
        replies.empty() ? std::max(Milliseconds(0), Milliseconds(until - now)) : Milliseconds(0);
    std::vector<HttpCompletion> completions = transport_->poll(wait);
    now = clock_->now();
    for (HttpCompletion& one : completions) {
        const auto sent = sent_.find(one.id);
        if (sent == sent_.end())
            continue;
        const auto [account, id] = sent->second;
        sent_.erase(sent);
        accounts_[account].client->on_response(id, std::move(one.result), now);
        touched_.insert(account);
    }
    // They stay touched: an answer may have made room for the next request.
    for (const std::size_t account : touched_)
        take_replies(account, replies);

    std::vector<Answer> answers;
    answers.reserve(replies.size());
    for (CallReply& reply : replies) {
        const auto place = places_.find(static_cast<std::uint64_t>(reply.id));
        if (place == places_.end())
            continue;
        reply.id = place->second.id;
        answers.push_back({place->second.owner, std::move(reply)});
        places_.erase(place);
    }
    return answers;
}

std::optional<TimePoint> CallPump::next_wake() const {
    if (!touched_.empty())
        return TimePoint();
    if (wakes_.empty())
        return std::nullopt;
    return wakes_.begin()->first;
}

} // namespace elastiroll
