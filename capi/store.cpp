#include "queries.hpp"

#include "handles.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/runtime/journals.hpp>

#include <utility>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

elr_status post(DecisionKind kind, elr_store* store, const char* deployment, const char* gate,
                const char* actor, const char* reason, elr_error** error_out) {
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"store", store}, {"deployment", deployment}}); !given)
            return given;
        const auto decision = read_decision(kind, deployment, gate, actor, reason);
        if (!decision)
            return Unexpected(decision.error());
        const auto view = store->shared.view();
        // What nobody will ever read is a slip of the caller's.
        if (auto known = read_journal(*view, decision->deployment); !known)
            return Unexpected(std::move(known).error());
        return post_decision(*view, decision->deployment, decision->entry);
    });
}

} // namespace

elr_status elr_store_new_memory(elr_store** store_out, elr_error** error_out) {
    clear(store_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"store_out", store_out}}); !given)
            return given;
        *store_out = make_handle<elr_store>(store::SharedStore(store::make_memory_store()));
        return {};
    });
}

elr_status elr_store_open(const char* path, elr_store** store_out, elr_error** error_out) {
    clear(store_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"store_out", store_out}}); !given)
            return given;
        auto name = read_name("path", path);
        if (!name)
            return Unexpected(std::move(name).error());
        auto opened = store::make_sqlite_store({.path = *std::move(name)});
        if (!opened)
            return Unexpected(std::move(opened).error());
        *store_out = make_handle<elr_store>(store::SharedStore(*std::move(opened)));
        return {};
    });
}

void elr_store_free(elr_store* store) { free_handle(store); }

elr_status elr_store_list(elr_store* store, const char* line, int32_t limit, char** json_out,
                          elr_error** error_out) {
    clear(json_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"store", store}, {"json_out", json_out}}); !given)
            return given;
        const auto name = read_text("line", line);
        if (!name)
            return Unexpected(name.error());
        const auto count = read_limit(limit);
        if (!count)
            return Unexpected(count.error());
        const auto summaries = list_deployments(*store->shared.view(), *name, *count);
        if (!summaries)
            return Unexpected(summaries.error());
        return give_text(to_text(document_of(*summaries)), json_out);
    });
}

elr_status elr_store_history(elr_store* store, const char* deployment, char** json_out,
                             elr_error** error_out) {
    clear(json_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"store", store}, {"json_out", json_out}}); !given)
            return given;
        auto id = read_name("deployment", deployment);
        if (!id)
            return Unexpected(std::move(id).error());
        const auto records = read_journal(*store->shared.view(), DeploymentId(*std::move(id)));
        if (!records)
            return Unexpected(records.error());
        return give_text(to_text(document_of(*records)), json_out);
    });
}

elr_status elr_store_lease(elr_store* store, const char* line, int64_t now_ms, char** json_out,
                           elr_error** error_out) {
    clear(json_out);
    return guard(error_out, [&]() -> Result<void> {
        if (auto given = require({{"store", store}, {"json_out", json_out}}); !given)
            return given;
        const auto name = read_name("line", line);
        if (!name)
            return Unexpected(name.error());
        const auto lease =
            read_lease(*store->shared.view(), *name, TimePoint(Milliseconds(now_ms)));
        if (!lease)
            return Unexpected(lease.error());
        Document document = Document::object({{"is_held", lease->is_held}});
        if (lease->is_held) {
            document.set("holder", lease->holder);
            document.set("deployment", lease->deployment.text());
            document.set("since", format_time(lease->since));
            document.set("until", format_time(lease->until));
        }
        return give_text(to_text(document), json_out);
    });
}

elr_status elr_store_approve(elr_store* store, const char* deployment, const char* gate,
                             const char* actor, const char* reason, elr_error** error_out) {
    return post(DecisionKind::approve, store, deployment, gate, actor, reason, error_out);
}

elr_status elr_store_abort(elr_store* store, const char* deployment, const char* actor,
                           const char* reason, elr_error** error_out) {
    return post(DecisionKind::abort, store, deployment, nullptr, actor, reason, error_out);
}
