#include "runtime/call_pump.hpp"

#include <algorithm>

namespace elastiroll {

void CallPump::submit(std::size_t owner, CallRequest request, TimePoint now) {
    const std::uint64_t id = next_++;
    places_.emplace(id, Place{owner, request.id});
    request.id = CallId{id};
    ports_.client->submit(std::move(request), now);
}

std::vector<CallPump::Answer> CallPump::poll(TimePoint until) {
    TimePoint now = ports_.clock->now();
    for (CallClient::Outgoing& outgoing : ports_.client->requests(now))
        ports_.transport->start(outgoing.id, std::move(outgoing.request));
    if (const auto wake = ports_.client->next_wake())
        until = std::min(until, *wake);
    std::vector<CallReply> replies = ports_.client->replies();
    const Milliseconds wait =
        replies.empty() ? std::max(Milliseconds(0), Milliseconds(until - now)) : Milliseconds(0);
    std::vector<HttpCompletion> completions = ports_.transport->poll(wait);
    now = ports_.clock->now();
    for (HttpCompletion& one : completions)
        ports_.client->on_response(one.id, std::move(one.result), now);
    std::ranges::move(ports_.client->replies(), std::back_inserter(replies));

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

void CallPump::forget(std::size_t owner) {
    std::erase_if(places_, [&](const auto& entry) { return entry.second.owner == owner; });
}

} // namespace elastiroll
