/* Every function with bad arguments: each pointer NULL in turn, structs of other sizes, numbers
   beyond their enums, text that is no UTF-8, documents that are empty, huge or none. */
#include "world.h"

#include <limits.h>

#define INVALID_UTF8 "\xff\xfe\xc0"

static elr_cloud* cloud;
static elr_client* client;
static elr_store* store;
static elr_spec* spec;
static elr_snapshot* snapshot;
static elr_plan* plan;
static elr_control* control;
static elr_fleet* fleet;
static elr_outcome* outcome;

static void make_all(void) {
    cloud = make_cloud("");
    client = make_client(cloud);
    store = make_store();
    spec = make_spec("app", PLAIN_PHASES);
    SUCCEEDS(elr_observe(client, spec, &snapshot, &error));
    SUCCEEDS(elr_plan_new(spec, snapshot, &plan, &error));
    SUCCEEDS(elr_control_new(&control, &error));
    elr_fleet_options options = {0};
    options.struct_size = sizeof options;
    options.now_ms = elr_cloud_now_ms(cloud);
    SUCCEEDS(elr_fleet_new(client, &options, &fleet, &error));
    SUCCEEDS(elr_deploy(client, store, spec, NULL, &outcome, &error));
}

static void free_all(void) {
    elr_outcome_free(outcome);
    elr_fleet_free(fleet);
    elr_control_free(control);
    elr_plan_free(plan);
    elr_snapshot_free(snapshot);
    elr_spec_free(spec);
    elr_store_free(store);
    elr_client_free(client);
    elr_cloud_free(cloud);
}

/* What a failure leaves in an output. */
#define CLEARS(type, call_with)                                                                    \
    do {                                                                                           \
        type* out = (type*)(void*)&failures;                                                       \
        REFUSES(call_with);                                                                        \
        CHECK(out == NULL);                                                                        \
    } while (0)

static void null_is_refused_and_outputs_are_cleared(void) {
    char* text = spec_text("app", PLAIN_PHASES);
    const size_t size = strlen(text);
    elr_id id;

    CLEARS(elr_spec, elr_spec_new(NULL, size, NULL, &out, &error));
    REFUSES(elr_spec_new(text, size, NULL, NULL, &error));
    CLEARS(char, elr_spec_files(NULL, size, &out, &error));
    REFUSES(elr_spec_files(text, size, NULL, &error));
    free(text);
    REFUSES(elr_id_new(1, "x", 1, NULL, &error));
    REFUSES(elr_id_new(1, NULL, 1, &id, &error));
    REFUSES(elr_id_new(1, NULL, 0, &id, &error));

    CLEARS(char, elr_snapshot_to_json(NULL, &out, &error));
    REFUSES(elr_snapshot_to_json(snapshot, NULL, &error));
    CLEARS(elr_snapshot, elr_snapshot_from_json(NULL, 1, &out, &error));
    REFUSES(elr_snapshot_from_json("{}", 2, NULL, &error));
    CLEARS(elr_plan, elr_plan_new(NULL, snapshot, &out, &error));
    CLEARS(elr_plan, elr_plan_new(spec, NULL, &out, &error));
    REFUSES(elr_plan_new(spec, snapshot, NULL, &error));
    CLEARS(char, elr_plan_to_json(NULL, &out, &error));
    REFUSES(elr_plan_to_json(plan, NULL, &error));
    CLEARS(elr_plan, elr_plan_from_json(NULL, 1, &out, &error));
    REFUSES(elr_plan_from_json("{}", 2, NULL, &error));
    CLEARS(char, elr_plan_to_text(NULL, 80, &out, &error));
    REFUSES(elr_plan_to_text(plan, 80, NULL, &error));

    REFUSES(elr_cloud_new(NULL, 0, NULL, &error));
    REFUSES(elr_cloud_advance(NULL, 1, &error));
    REFUSES(elr_cloud_add(NULL, "{}", 2, &error));
    REFUSES(elr_cloud_add(cloud, NULL, 2, &error));
    CLEARS(char, elr_cloud_to_json(NULL, &out, &error));
    REFUSES(elr_cloud_to_json(cloud, NULL, &error));
    REFUSES(elr_cloud_send(NULL, NULL, &error));
    REFUSES(elr_cloud_send(cloud, NULL, &error));
    REFUSES(elr_cloud_deliver(NULL, fleet, NULL, &error));
    REFUSES(elr_cloud_deliver(cloud, NULL, NULL, &error));
    CHECK(elr_cloud_now_ms(NULL) == 0);
    CHECK(elr_cloud_next_event_ms(NULL) == INT64_MAX);

    REFUSES(elr_client_new(NULL, NULL, &error));
    REFUSES(elr_store_new_memory(NULL, &error));
    CLEARS(elr_store, elr_store_open(NULL, &out, &error));
    CLEARS(elr_store, elr_store_open("", &out, &error));
    REFUSES(elr_store_open("/tmp/x.db", NULL, &error));
    CLEARS(char, elr_store_list(NULL, NULL, 0, &out, &error));
    REFUSES(elr_store_list(store, NULL, 0, NULL, &error));
    CLEARS(char, elr_store_history(NULL, "x", &out, &error));
    CLEARS(char, elr_store_history(store, NULL, &out, &error));
    REFUSES(elr_store_history(store, "x", NULL, &error));
    CLEARS(char, elr_store_lease(NULL, "x", 1, &out, &error));
    CLEARS(char, elr_store_lease(store, NULL, 1, &out, &error));
    REFUSES(elr_store_lease(store, "x", 1, NULL, &error));
    REFUSES(elr_store_approve(NULL, "x", "y", NULL, NULL, &error));
    REFUSES(elr_store_approve(store, NULL, "y", NULL, NULL, &error));
    REFUSES(elr_store_approve(store, "x", NULL, NULL, NULL, &error));
    REFUSES(elr_store_abort(NULL, "x", NULL, NULL, &error));
    REFUSES(elr_store_abort(store, NULL, NULL, NULL, &error));

    REFUSES(elr_control_new(NULL, &error));
    REFUSES(elr_control_interrupt(NULL, &error));
    REFUSES(elr_control_approve(NULL, "x", NULL, NULL, &error));
    REFUSES(elr_control_approve(control, NULL, NULL, NULL, &error));
    REFUSES(elr_control_abort(NULL, NULL, NULL, &error));

    CLEARS(elr_snapshot, elr_observe(NULL, spec, &out, &error));
    CLEARS(elr_snapshot, elr_observe(client, NULL, &out, &error));
    REFUSES(elr_observe(client, spec, NULL, &error));
    CLEARS(elr_plan, elr_plan_deployment(NULL, store, spec, &out, &error));
    CLEARS(elr_plan, elr_plan_deployment(client, store, NULL, &out, &error));
    REFUSES(elr_plan_deployment(client, store, spec, NULL, &error));
    CLEARS(elr_outcome, elr_deploy(NULL, store, spec, NULL, &out, &error));
    CLEARS(elr_outcome, elr_deploy(client, NULL, spec, NULL, &out, &error));
    CLEARS(elr_outcome, elr_deploy(client, store, NULL, NULL, &out, &error));
    REFUSES(elr_deploy(client, store, spec, NULL, NULL, &error));
    CLEARS(elr_outcome, elr_resume(NULL, store, "x", NULL, &out, &error));
    CLEARS(elr_outcome, elr_resume(client, NULL, "x", NULL, &out, &error));
    CLEARS(elr_outcome, elr_resume(client, store, NULL, NULL, &out, &error));
    CLEARS(elr_outcome, elr_resume(client, store, "", NULL, &out, &error));
    REFUSES(elr_resume(client, store, "x", NULL, NULL, &error));
    CLEARS(elr_outcome, elr_rollback(NULL, store, "x", NULL, &out, &error));
    CLEARS(elr_outcome, elr_rollback(client, NULL, "x", NULL, &out, &error));
    CLEARS(elr_outcome, elr_rollback(client, store, NULL, NULL, &out, &error));
    REFUSES(elr_rollback(client, store, "x", NULL, NULL, &error));
    CLEARS(elr_outcome, elr_rollback_from_tags(NULL, store, spec, NULL, &out, &error));
    CLEARS(elr_outcome, elr_rollback_from_tags(client, NULL, spec, NULL, &out, &error));
    CLEARS(elr_outcome, elr_rollback_from_tags(client, store, NULL, NULL, &out, &error));
    REFUSES(elr_rollback_from_tags(client, store, spec, NULL, NULL, &error));

    elr_fleet_options options = {0};
    options.struct_size = sizeof options;
    options.now_ms = 1;
    CLEARS(elr_fleet, elr_fleet_new(NULL, &options, &out, &error));
    CLEARS(elr_fleet, elr_fleet_new(client, NULL, &out, &error));
    REFUSES(elr_fleet_new(client, &options, NULL, &error));
    REFUSES(elr_fleet_deploy(NULL, spec, NULL, &id, &error));
    CHECK(id.text[0] == '\0');
    REFUSES(elr_fleet_deploy(fleet, NULL, NULL, &id, &error));
    REFUSES(elr_fleet_resume(NULL, "x", NULL, &error));
    REFUSES(elr_fleet_resume(fleet, NULL, NULL, &error));
    REFUSES(elr_fleet_rollback(NULL, "x", NULL, &error));
    REFUSES(elr_fleet_rollback(fleet, NULL, NULL, &error));
    REFUSES(elr_fleet_rollback_from_tags(NULL, spec, NULL, &id, &error));
    REFUSES(elr_fleet_rollback_from_tags(fleet, NULL, NULL, &id, &error));
    REFUSES(elr_fleet_plan(NULL, spec, &id, &error));
    REFUSES(elr_fleet_plan(fleet, NULL, &id, &error));
    REFUSES(elr_fleet_list(NULL, NULL, 0, &id, &error));
    REFUSES(elr_fleet_history(NULL, "x", &id, &error));
    REFUSES(elr_fleet_history(fleet, NULL, &id, &error));
    REFUSES(elr_fleet_approve(NULL, "x", "y", NULL, NULL, &error));
    REFUSES(elr_fleet_approve(fleet, NULL, "y", NULL, NULL, &error));
    REFUSES(elr_fleet_approve(fleet, "x", NULL, NULL, NULL, &error));
    REFUSES(elr_fleet_abort(NULL, "x", NULL, NULL, &error));
    REFUSES(elr_fleet_abort(fleet, NULL, NULL, NULL, &error));
    REFUSES(elr_fleet_interrupt(NULL, NULL, &error));
    CLEARS(const elr_action, elr_fleet_next(NULL, 1, &out, &error));
    REFUSES(elr_fleet_next(fleet, 1, NULL, &error));
    REFUSES(elr_fleet_on_response(NULL, 1, 200, NULL, 0, NULL, 0, &error));
    REFUSES(elr_fleet_on_response(fleet, 1, 200, NULL, 1, NULL, 0, &error));
    REFUSES(elr_fleet_on_response(fleet, 1, 200, NULL, 0, NULL, 1, &error));
    REFUSES(elr_fleet_on_failure(NULL, 1, 1, NULL, &error));
    REFUSES(elr_fleet_on_items(NULL, 1, NULL, 0, &error));
    REFUSES(elr_fleet_on_items(fleet, 1, NULL, 1, &error));
    REFUSES(elr_fleet_on_written(NULL, 1, 1, &error));
    REFUSES(elr_fleet_on_persist_failed(NULL, 1, NULL, &error));
    CHECK(elr_fleet_is_running(NULL) == 0);
}

/* Also where nobody wants to know why. */
static void an_error_need_not_be_taken(void) {
    CHECK(elr_spec_new(NULL, 0, NULL, NULL, NULL) == ELR_ERROR_INVALID_ARGUMENT);
    CHECK(elr_deploy(NULL, NULL, NULL, NULL, NULL, NULL) == ELR_ERROR_INVALID_ARGUMENT);
    CHECK(elr_fleet_next(NULL, 0, NULL, NULL) == ELR_ERROR_INVALID_ARGUMENT);
}

static void getters_of_null_have_nothing(void) {
    CHECK(elr_error_status(NULL) == ELR_OK);
    CHECK(elr_error_message(NULL) == NULL && elr_error_text(NULL) == NULL);
    CHECK(elr_error_detail_count(NULL) == 0 && elr_error_detail_path(NULL, 0) == NULL);
    CHECK(elr_error_detail_message(NULL, 0) == NULL && elr_error_detail_fix(NULL, 0) == NULL);
    CHECK(elr_error_remote_http_status(NULL) == 0 && elr_error_remote_code(NULL) == NULL);
    CHECK(elr_error_remote_message(NULL) == NULL && elr_error_remote_request_id(NULL) == NULL);
    CHECK(elr_has_feature(NULL) == 0 && elr_spec_line(NULL) == NULL);
    CHECK(elr_plan_is_no_op(NULL) == 0 && elr_plan_new_name(NULL) == NULL);
    CHECK(elr_plan_previous_name(NULL) == NULL && elr_plan_floor(NULL) == 0);
    CHECK(elr_plan_lowest(NULL) == 0 && elr_plan_peak(NULL) == 0 && elr_plan_phases(NULL) == 0);
    CHECK(elr_plan_change_count(NULL) == 0 && elr_plan_notice_count(NULL) == 0);
    CHECK(elr_plan_notice(NULL, 0) == NULL && elr_plan_step_count(NULL) == 0);
    CHECK(elr_plan_step_id(NULL, 0) == NULL && elr_plan_step_what(NULL, 0) == NULL);
    CHECK(elr_plan_step_group(NULL, 0) == NULL && elr_plan_step_reason(NULL, 0) == NULL);
    CHECK(elr_plan_step_is_change(NULL, 0) == 0 && elr_plan_step_is_cleanup(NULL, 0) == 0);
    CHECK(elr_outcome_kind(NULL) == 0 && elr_outcome_exit_status(NULL) == 0);
    CHECK(elr_outcome_deployment(NULL) == NULL && elr_outcome_error(NULL) == NULL);
    CHECK(elr_outcome_warning_count(NULL) == 0 && elr_outcome_warning(NULL, 0) == NULL);
    CHECK(elr_outcome_new_group(NULL) == NULL && elr_outcome_serving(NULL) == NULL);
    CHECK(elr_outcome_due_at_ms(NULL) == 0);
    size_t size = 7;
    CHECK(elr_action_kind(NULL) == 0 && elr_action_id(NULL) == 0);
    CHECK(elr_action_deployment(NULL) == NULL && elr_action_wake_at_ms(NULL) == 0);
    CHECK(elr_action_method(NULL) == NULL && elr_action_url(NULL) == NULL);
    CHECK(elr_action_header_count(NULL) == 0 && elr_action_header_name(NULL, 0) == NULL);
    CHECK(elr_action_header_value(NULL, 0) == NULL && elr_action_timeout_ms(NULL) == 0);
    CHECK(elr_action_body(NULL, &size) == NULL && size == 0 && elr_action_body(NULL, NULL) == NULL);
    CHECK(elr_action_operation(NULL) == 0 && elr_action_key(NULL) == NULL);
    CHECK(elr_action_version(NULL) == 0 && elr_action_before(NULL) == NULL);
    CHECK(elr_action_limit(NULL) == 0 && elr_action_is_newest_first(NULL) == 0);
    CHECK(elr_action_event(NULL) == NULL && elr_action_outcome(NULL) == NULL);
    CHECK(elr_action_plan(NULL) == NULL && elr_action_json(NULL) == NULL);
    CHECK(elr_action_error(NULL) == NULL);
}

/* Getters of an action of another kind have nothing either, and none crashes. */
static void getters_of_other_actions_have_nothing(void) {
    const elr_action* action = NULL;
    SUCCEEDS(elr_fleet_next(fleet, elr_cloud_now_ms(cloud), &action, &error));
    CHECK(elr_action_kind(action) == ELR_ACTION_WAKE_AT);
    CHECK(*elr_action_url(action) == '\0' && elr_action_header_count(action) == 0);
    CHECK(elr_action_header_name(action, 0) == NULL && elr_action_header_value(action, 0) == NULL);
    CHECK(*elr_action_body(action, NULL) == '\0' && elr_action_timeout_ms(action) == 0);
    CHECK(elr_action_operation(action) == 0 && *elr_action_key(action) == '\0');
    CHECK(elr_action_event(action) == NULL && elr_action_outcome(action) == NULL);
    CHECK(elr_action_plan(action) == NULL && elr_action_error(action) == NULL);
    REFUSES(elr_cloud_send(cloud, action, &error));
}

static void null_is_freed(void) {
    elr_error_free(NULL);
    elr_string_free(NULL);
    elr_spec_free(NULL);
    elr_snapshot_free(NULL);
    elr_plan_free(NULL);
    elr_cloud_free(NULL);
    elr_client_free(NULL);
    elr_store_free(NULL);
    elr_control_free(NULL);
    elr_outcome_free(NULL);
    elr_fleet_free(NULL);
}

/* A struct of this header in front of what a newer one might add. */
#define LARGER(type)                                                                               \
    struct {                                                                                       \
        type known;                                                                                \
        int64_t newer;                                                                             \
    }
#define SIZES(type, prepare, call)                                                                 \
    do {                                                                                           \
        LARGER(type) options;                                                                      \
        memset(&options, 0, sizeof options);                                                       \
        const type* given = &options.known;                                                        \
        prepare;                                                                                   \
        const size_t sizes[] = {0, 1, sizeof(size_t), sizeof(type) - 1, SIZE_MAX, 1 << 20};        \
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {                                \
            options.known.struct_size = sizes[i];                                                  \
            REFUSES(call);                                                                         \
        }                                                                                          \
        options.known.struct_size = sizeof options;                                                \
        SUCCEEDS(call);                                                                            \
        options.newer = 1;                                                                         \
        REFUSES(call);                                                                             \
        options.newer = 0;                                                                         \
        options.known.reserved = 1;                                                                \
        REFUSES(call);                                                                             \
    } while (0)

static void structs_are_taken_by_their_size(void) {
    char* text = spec_text("app", PLAIN_PHASES);
    elr_spec* made = NULL;
    SIZES(elr_spec_options, (void)0,
          (elr_spec_free(made), elr_spec_new(text, strlen(text), given, &made, &error)));
    elr_spec_free(made);
    free(text);
    elr_client* other = NULL;
    SIZES(elr_client_options, (void)0,
          (elr_client_free(other), elr_client_new(given, &other, &error)));
    elr_client_free(other);
    elr_fleet* second = NULL;
    SIZES(elr_fleet_options, options.known.now_ms = 1,
          (elr_fleet_free(second), elr_fleet_new(client, given, &second, &error)));
    elr_fleet_free(second);
    elr_outcome* ended = NULL;
    SIZES(elr_run_options, (void)0,
          (elr_outcome_free(ended), elr_deploy(client, store, spec, given, &ended, &error)));
    elr_outcome_free(ended);
    elr_fleet_options late = {0};
    late.struct_size = sizeof late;
    REFUSES(elr_fleet_new(client, &late, &second, &error));
}

static void text_that_is_no_utf8_is_refused(void) {
    elr_spec_options which = {0};
    which.struct_size = sizeof which;
    char* text = spec_text("app", PLAIN_PHASES);
    const size_t size = strlen(text);
    elr_spec* made = NULL;
    const char** const names[] = {&which.workflow, &which.image, &which.previous,
                                  &which.production_target_group};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        *names[i] = INVALID_UTF8;
        REFUSES(elr_spec_new(text, size, &which, &made, &error));
        *names[i] = NULL;
    }
    elr_named_bytes named = {INVALID_UTF8, "x", 1};
    which.variables = &named;
    which.variable_count = 1;
    REFUSES(elr_spec_new(text, size, &which, &made, &error));
    named.name = NULL;
    REFUSES(elr_spec_new(text, size, &which, &made, &error));
    named.name = "x";
    named.bytes = NULL;
    REFUSES(elr_spec_new(text, size, &which, &made, &error));
    which.variables = NULL;
    REFUSES(elr_spec_new(text, size, &which, &made, &error));
    free(text);

    elr_client_options how = {0};
    how.struct_size = sizeof how;
    const char** const texts[] = {&how.sim_url,
                                  &how.spot_token,
                                  &how.spot_base_url,
                                  &how.aws_access_key_id,
                                  &how.aws_secret_access_key,
                                  &how.aws_session_token,
                                  &how.aws_endpoint_url,
                                  &how.ca_bundle,
                                  &how.https_proxy,
                                  &how.http_proxy,
                                  &how.no_proxy,
                                  &how.user_agent};
    elr_client* made_client = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        *texts[i] = INVALID_UTF8;
        REFUSES(elr_client_new(&how, &made_client, &error));
        *texts[i] = NULL;
    }
    how.aws_access_key_id = "AKID";
    REFUSES(elr_client_new(&how, &made_client, &error));

    elr_run_options options = {0};
    options.struct_size = sizeof options;
    const char** const said[] = {&options.deployment, &options.actor, &options.reason};
    elr_outcome* ended = NULL;
    for (size_t i = 0; i < sizeof said / sizeof *said; ++i) {
        *said[i] = INVALID_UTF8;
        REFUSES(elr_deploy(client, store, spec, &options, &ended, &error));
        REFUSES(elr_fleet_deploy(fleet, spec, &options, NULL, &error));
        *said[i] = NULL;
    }
    options.deployment = "../../etc/passwd";
    REFUSES(elr_deploy(client, store, spec, &options, &ended, &error));
    options.deployment = NULL;
    options.control = control;
    REFUSES(elr_fleet_deploy(fleet, spec, &options, NULL, &error));

    char* json = NULL;
    REFUSES(elr_store_list(store, INVALID_UTF8, 0, &json, &error));
    REFUSES(elr_store_history(store, INVALID_UTF8, &json, &error));
    REFUSES(elr_store_lease(store, INVALID_UTF8, 1, &json, &error));
    REFUSES(elr_store_approve(store, INVALID_UTF8, "x", NULL, NULL, &error));
    REFUSES(elr_store_approve(store, "x", INVALID_UTF8, NULL, NULL, &error));
    REFUSES(elr_store_abort(store, "x", INVALID_UTF8, NULL, &error));
    REFUSES(elr_store_abort(store, "x", NULL, INVALID_UTF8, &error));
    REFUSES(elr_control_abort(control, INVALID_UTF8, NULL, &error));
    REFUSES(elr_fleet_interrupt(fleet, INVALID_UTF8, &error));
    REFUSES(elr_fleet_on_failure(fleet, 1, 0, INVALID_UTF8, &error));
    elr_store* made_store = NULL;
    REFUSES(elr_store_open(INVALID_UTF8, &made_store, &error));
    REFUSES(elr_spec_new(INVALID_UTF8, 3, NULL, &made, &error));
}

static void numbers_beyond_their_range_are_refused(void) {
    char* text = NULL;
    REFUSES(elr_plan_to_text(plan, -1, &text, &error));
    REFUSES(elr_plan_to_text(plan, 39, &text, &error));
    REFUSES(elr_plan_to_text(plan, INT32_MAX, &text, &error));
    REFUSES(elr_store_list(store, NULL, -1, &text, &error));
    REFUSES(elr_store_list(store, NULL, 1001, &text, &error));
    REFUSES(elr_fleet_list(fleet, NULL, INT32_MIN, NULL, &error));
    REFUSES(elr_cloud_advance(cloud, INT64_MAX, &error));
    SUCCEEDS(elr_cloud_advance(cloud, INT64_MIN, &error));
    elr_id id;
    REFUSES(elr_id_new(-1, "x", 1, &id, &error));
    const int32_t statuses[] = {INT32_MIN, -1, 0, 99, 1000, INT32_MAX};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; ++i)
        REFUSES(elr_fleet_on_response(fleet, 1, statuses[i], NULL, 0, NULL, 0, &error));
    const int32_t kinds[] = {INT32_MIN, -1, 0, 11, INT32_MAX};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i)
        CHECK(strcmp(elr_outcome_kind_name(kinds[i]), "unknown") == 0);
    const elr_item item = {"key", "x", 1, 0};
    REFUSES(elr_fleet_on_items(fleet, 1, &item, 1, &error));
    const elr_item nameless = {NULL, "x", 1, 1};
    REFUSES(elr_fleet_on_items(fleet, 1, &nameless, 1, &error));
    const elr_header header = {NULL, "x"};
    REFUSES(elr_fleet_on_response(fleet, 1, 200, &header, 1, NULL, 0, &error));
    const elr_action* action = NULL;
    SUCCEEDS(elr_fleet_next(fleet, INT64_MIN, &action, &error));
    elr_fleet_options options = {0};
    options.struct_size = sizeof options;
    options.now_ms = -5;
    elr_fleet* made = NULL;
    REFUSES(elr_fleet_new(client, &options, &made, &error));
}

static void documents_that_are_none_are_refused(void) {
    enum { HUGE_BYTES = 17 * 1024 * 1024 }; /* more than a document may have */
    char* huge = malloc(HUGE_BYTES);
    memset(huge, '[', HUGE_BYTES);
    const struct {
        const char* text;
        size_t size;
    } documents[] = {{"", 0},   {"{", 1},  {"null", 4},        {"[]", 2},
                     {"{}", 2}, {"\0", 1}, {huge, HUGE_BYTES}, {huge, 100000}};
    for (size_t i = 0; i < sizeof documents / sizeof *documents; ++i) {
        const char* text = documents[i].text;
        const size_t size = documents[i].size;
        elr_spec* made = NULL;
        REFUSES(elr_spec_new(text, size, NULL, &made, &error));
        CHECK(made == NULL);
        elr_plan* made_plan = NULL;
        elr_error* error = NULL;
        CHECK(elr_plan_from_json(text, size, &made_plan, &error) != ELR_OK);
        CHECK(made_plan == NULL && error != NULL);
        elr_error_free(error);
        elr_snapshot* made_snapshot = NULL;
        CHECK(elr_snapshot_from_json(text, size, &made_snapshot, NULL) != ELR_OK);
        CHECK(made_snapshot == NULL);
        elr_cloud* made_cloud = NULL;
        const elr_status status = elr_cloud_new(text, size, &made_cloud, NULL);
        CHECK(status == ELR_OK || made_cloud == NULL);
        elr_cloud_free(made_cloud);
    }
    char* text = NULL;
    CHECK(elr_spec_files("{}", 2, &text, NULL) == ELR_OK);
    elr_string_free(text);
    free(huge);
    elr_cloud* empty = NULL;
    SUCCEEDS(elr_cloud_new(NULL, 0, &empty, &error));
    CHECK(cloud_has(empty, "\"groups\":[]"));
    elr_cloud_free(empty);
}

static int freed;
static void count_free(void* user_data) {
    (void)user_data;
    ++freed;
}
static void ignore(const elr_event* event, void* user_data) { (void)event, (void)user_data; }
static elr_status no_credentials(int32_t service, elr_credentials* credentials, void* user_data) {
    (void)service, (void)credentials, (void)user_data;
    return ELR_ERROR_UNAUTHENTICATED;
}

static void user_data_is_freed_once_on_failure_too(void) {
    elr_run_options options = {0};
    options.struct_size = sizeof options;
    options.observer = ignore;
    options.observer_data = &freed;
    options.observer_data_free = count_free;
    elr_outcome* ended = NULL;
    REFUSES(elr_deploy(NULL, store, spec, &options, &ended, &error));
    CHECK(freed == 1);
    options.actor = INVALID_UTF8;
    REFUSES(elr_deploy(client, store, spec, &options, &ended, &error));
    CHECK(freed == 2);
    REFUSES(elr_fleet_deploy(fleet, spec, &options, NULL, &error));
    CHECK(freed == 3);
    elr_client_options how = {0};
    how.struct_size = sizeof how;
    how.credentials = no_credentials;
    how.credentials_data = &freed;
    how.credentials_data_free = count_free;
    how.spot_token = INVALID_UTF8;
    elr_client* made = NULL;
    REFUSES(elr_client_new(&how, &made, &error));
    CHECK(freed == 4);
    REFUSES(elr_client_new(&how, NULL, &error));
    CHECK(freed == 5);
}

int main(void) {
    make_all();
    null_is_refused_and_outputs_are_cleared();
    an_error_need_not_be_taken();
    getters_of_null_have_nothing();
    getters_of_other_actions_have_nothing();
    null_is_freed();
    structs_are_taken_by_their_size();
    text_that_is_no_utf8_is_refused();
    numbers_beyond_their_range_are_refused();
    documents_that_are_none_are_refused();
    user_data_is_freed_once_on_failure_too();
    free_all();
    return finish("arguments");
}
