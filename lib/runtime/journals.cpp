#include <elastiroll/runtime/journals.hpp>

#include "runtime/journal_pack.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <utility>

namespace elastiroll {
namespace {

/// Asks one thing and waits for its answer.
Result<StoreAnswer> ask(Store& store, StoreOperation operation) {
    constexpr StoreTicket ticket{1};
    StoreBatch batch;
    batch.push_back({ticket, std::move(operation)});
    store.submit(std::move(batch));
    for (;;) {
        for (StoreCompletion& one : store.poll()) {
            if (one.ticket == ticket)
                return std::move(one.result);
        }
        if (!store.is_busy())
            return fail(ErrorCategory::internal, "the store does not answer");
    }
}

} // namespace

Result<std::vector<DeploymentSummary>>
read_summaries(const std::vector<StoredDeployment>& deployments) {
    std::vector<DeploymentSummary> summaries;
    for (const StoredDeployment& one : deployments) {
        if (one.headline.empty())
            continue;
        auto summary = parse_document(one.headline).and_then(decode_deployment_summary);
        if (!summary) {
            Error error = std::move(summary).error();
            error.category = ErrorCategory::protocol;
            return Unexpected(
                with_context(std::move(error), fmt::format("reading the headline of deployment {}",
                                                           one.deployment.text())));
        }
        summaries.push_back(*std::move(summary));
    }
    return summaries;
}

Result<std::vector<JournalRecord>> read_records(const std::vector<StoredRecord>& stored) {
    std::vector<JournalRecord> records;
    JournalUnpacker unpacker;
    for (const StoredRecord& one : stored) {
        auto record = unpacker.unpack(one);
        if (!record)
            return Unexpected(std::move(record).error());
        if (*record)
            records.push_back(std::move(**record));
    }
    return records;
}

Result<std::vector<DeploymentSummary>> list_deployments(Store& store, const std::string& line,
                                                        std::size_t limit) {
    auto answer = ask(store, ListOperation{line, {}, limit});
    if (!answer)
        return Unexpected(std::move(answer).error());
    return read_summaries(answer->deployments);
}

Result<std::vector<JournalRecord>> read_journal(Store& store, const DeploymentId& deployment) {
    auto answer = ask(store, ReadOperation{deployment, 0});
    if (!answer)
        return Unexpected(std::move(answer).error());
    return read_records(answer->records);
}

Result<LeaseView> read_lease(Store& store, const std::string& line, TimePoint now) {
    auto answer = ask(store, ReadLeaseOperation{line, now});
    if (!answer)
        return Unexpected(std::move(answer).error());
    return std::move(answer->lease);
}

Result<void> post_decision(Store& store, const DeploymentId& deployment,
                           const DecisionEntry& decision) {
    auto answer = ask(store, PostOperation{deployment, to_text(encode(decision))});
    if (!answer)
        return Unexpected(std::move(answer).error());
    return {};
}

Result<std::uint64_t> count_decisions(Store& store, const DeploymentId& deployment) {
    auto answer = ask(store, InboxOperation{deployment, 0});
    if (!answer)
        return Unexpected(std::move(answer).error());
    return answer->records.empty() ? 0 : answer->records.back().sequence;
}

namespace {

/// Replaces what holds a user's data by its digest and length.
void hide_documents(Document& value) {
    if (auto* items = value.as_array()) {
        for (Document& item : *items)
            hide_documents(item);
    }
    auto* members = value.as_object();
    if (members == nullptr)
        return;
    for (auto& [key, member] : *members) {
        if (!holds_document(key, member)) {
            hide_documents(member);
        } else if (!is_stand_in(member)) {
            const std::string text = to_text(member);
            member = stand_in(sha256_hex(text), std::ssize(text));
        }
    }
}

} // namespace

Document encode_for_export(const JournalRecord& record) {
    Document document = encode(record);
    hide_documents(document);
    return document;
}

} // namespace elastiroll
