#include "fleet.hpp"

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

bool is_http(const elr_action* action) noexcept {
    return action && action->kind == ELR_ACTION_HTTP;
}

} // namespace

int32_t elr_action_kind(const elr_action* action) { return action ? action->kind : 0; }

int64_t elr_action_id(const elr_action* action) { return action ? action->id : 0; }

const char* elr_action_deployment(const elr_action* action) {
    return action ? action->deployment.c_str() : nullptr;
}

int64_t elr_action_wake_at_ms(const elr_action* action) { return action ? action->wake_at_ms : 0; }

const char* elr_action_method(const elr_action* action) {
    return action ? action->request.method.c_str() : nullptr;
}

const char* elr_action_url(const elr_action* action) {
    return action ? action->request.url.c_str() : nullptr;
}

size_t elr_action_header_count(const elr_action* action) {
    return action ? action->request.headers.size() : 0;
}

const char* elr_action_header_name(const elr_action* action, size_t index) {
    return index < elr_action_header_count(action) ? action->request.headers[index].first.c_str()
                                                   : nullptr;
}

const char* elr_action_header_value(const elr_action* action, size_t index) {
    return index < elr_action_header_count(action) ? action->request.headers[index].second.c_str()
                                                   : nullptr;
}

const char* elr_action_body(const elr_action* action, size_t* size_out) {
    if (size_out)
        *size_out = 0;
    if (!action)
        return nullptr;
    const std::string& body = is_http(action) ? action->request.body : action->body;
    if (size_out)
        *size_out = body.size();
    return body.c_str();
}

int64_t elr_action_timeout_ms(const elr_action* action) {
    return is_http(action) ? action->request.timeout.count() : 0;
}

int32_t elr_action_operation(const elr_action* action) { return action ? action->operation : 0; }

const char* elr_action_key(const elr_action* action) {
    return action ? action->key.c_str() : nullptr;
}

int64_t elr_action_version(const elr_action* action) { return action ? action->version : 0; }

const char* elr_action_before(const elr_action* action) {
    return action ? action->before.c_str() : nullptr;
}

size_t elr_action_limit(const elr_action* action) { return action ? action->limit : 0; }

int32_t elr_action_is_newest_first(const elr_action* action) {
    return action && action->is_newest_first ? 1 : 0;
}

const elr_event* elr_action_event(const elr_action* action) {
    return action && action->event ? &action->event->get() : nullptr;
}

const elr_outcome* elr_action_outcome(const elr_action* action) {
    return action ? action->outcome.get() : nullptr;
}

const elr_plan* elr_action_plan(const elr_action* action) {
    return action ? action->plan.get() : nullptr;
}

const char* elr_action_json(const elr_action* action) {
    return action ? action->json.c_str() : nullptr;
}

const elr_error* elr_action_error(const elr_action* action) {
    return action ? action->error.get() : nullptr;
}
