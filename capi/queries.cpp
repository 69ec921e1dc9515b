#include "queries.hpp"

#include <elastiroll/ports/store.hpp>
#include <elastiroll/runtime/journals.hpp>

#include <string>
#include <utility>

namespace elastiroll::capi {

Result<std::size_t> read_limit(int32_t limit) {
    constexpr int32_t limit_default = 100;
    if (limit == 0)
        return static_cast<std::size_t>(limit_default);
    if (limit < 0 || std::cmp_greater(limit, list_limit_max))
        return invalid("limit is neither 0 nor 1..1000");
    return static_cast<std::size_t>(limit);
}

Document document_of(const std::vector<DeploymentSummary>& summaries) {
    Document list = Document::array();
    for (const DeploymentSummary& summary : summaries) {
        Document document = encode(summary);
        document.set("is_unfinished", summary.is_unfinished());
        list.push_back(std::move(document));
    }
    return list;
}

Document document_of(const std::vector<JournalRecord>& records) {
    Document list = Document::array();
    for (const JournalRecord& record : records)
        list.push_back(encode_for_export(record));
    return list;
}

Result<Decision> read_decision(DecisionKind kind, const char* deployment, const char* gate,
                               const char* actor, const char* reason) {
    Decision decision{.entry = {.kind = kind}};
    std::string id;
    TextReader reader;
    reader.read("deployment", deployment, id);
    reader.read("gate", gate, decision.entry.gate);
    reader.read("actor", actor, decision.entry.actor);
    reader.read("reason", reason, decision.entry.reason);
    if (auto read = std::move(reader).result(); !read)
        return Unexpected(std::move(read).error());
    if (kind == DecisionKind::approve && decision.entry.gate.empty())
        return invalid("gate is empty: name the step that waits");
    decision.deployment = DeploymentId(std::move(id));
    return decision;
}

} // namespace elastiroll::capi
