/* Every function of the blocking kind, with good arguments. */
#include "world.h"

struct heard {
    int events[ELR_EVENT_ENDED + 1];
    int logs[ELR_LOG_ERROR + 1];
    int freed;
    int64_t last_ms;
    elr_control* control;
    const char* abort_at;
    const char* deployment;
};

static void on_event(const elr_event* event, void* user_data) {
    struct heard* heard = user_data;
    CHECK(event->struct_size == sizeof *event);
    CHECK(event->kind >= ELR_EVENT_PLANNED && event->kind <= ELR_EVENT_ENDED);
    CHECK(event->at_ms >= heard->last_ms);
    CHECK(strlen(event->json) == event->json_size);
    CHECK(strstr(event->json, event->name) != NULL);
    CHECK(*event->text != '\0');
    heard->last_ms = event->at_ms;
    ++heard->events[event->kind];
    if (heard->abort_at != NULL && strcmp(event->step, heard->abort_at) == 0)
        CHECK(elr_control_abort(heard->control, "mia", "no", NULL) == ELR_OK);
    if (event->kind == ELR_EVENT_GATE && heard->control != NULL)
        CHECK(elr_control_approve(heard->control, event->step, "mia", "fine", NULL) == ELR_OK);
}

static void on_log(int32_t level, const char* message, void* user_data) {
    struct heard* heard = user_data;
    CHECK(level >= ELR_LOG_DEBUG && level <= ELR_LOG_ERROR);
    CHECK(strstr(message, "s3cret") == NULL);
    ++heard->logs[level];
}

static void on_free(void* user_data) { ++((struct heard*)user_data)->freed; }

static elr_run_options listen_to(struct heard* heard) {
    elr_run_options options = {0};
    memset(heard, 0, sizeof *heard);
    options.struct_size = sizeof options;
    options.actor = "mia@host";
    options.reason = "test";
    options.observer = on_event;
    options.observer_data = heard;
    options.observer_data_free = on_free;
    options.log = on_log;
    options.log_data = heard;
    options.log_data_free = on_free;
    return options;
}

static void errors_tell_all_findings(void) {
    elr_error* error = NULL;
    elr_spec* spec = NULL;
    const char json[] = "{\"application\": {\"name\": 3}, \"serivces\": []}";
    CHECK(elr_spec_new(json, strlen(json), NULL, &spec, &error) == ELR_ERROR_INVALID_ARGUMENT);
    CHECK(spec == NULL);
    CHECK(elr_error_detail_count(error) >= 2);
    for (size_t i = 0; i < elr_error_detail_count(error); ++i) {
        CHECK(*elr_error_detail_path(error, i) == '$');
        CHECK(*elr_error_detail_message(error, i) != '\0');
        CHECK(elr_error_detail_fix(error, i) != NULL);
        CHECK(strstr(elr_error_text(error), elr_error_detail_message(error, i)) != NULL);
    }
    CHECK(elr_error_detail_path(error, elr_error_detail_count(error)) == NULL);
    CHECK(elr_error_detail_message(error, SIZE_MAX) == NULL);
    CHECK(elr_error_detail_fix(error, SIZE_MAX) == NULL);
    CHECK(elr_error_remote_http_status(error) == 0);
    CHECK(*elr_error_remote_code(error) == '\0');
    CHECK(*elr_error_remote_message(error) == '\0');
    CHECK(*elr_error_remote_request_id(error) == '\0');
    elr_error_free(error);
    CHECK(strcmp(elr_status_name(ELR_ERROR_LOCK_HELD), "lock_held") == 0);
    CHECK(strcmp(elr_status_name(ELR_ERROR_OUT_OF_MEMORY), "out_of_memory") == 0);
    CHECK(strcmp(elr_status_name(ELR_OK), "ok") == 0);
    CHECK(strcmp(elr_status_name(99), "unknown") == 0);
    CHECK(strcmp(elr_status_name(INT32_MIN), "unknown") == 0);
}

static void the_library_tells_what_it_is(void) {
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", ELR_VERSION_MAJOR, ELR_VERSION_MINOR,
             ELR_VERSION_PATCH);
    CHECK(strcmp(elr_version(), version) == 0);
    CHECK(elr_version_number() ==
          ELR_VERSION_MAJOR * 1000000 + ELR_VERSION_MINOR * 1000 + ELR_VERSION_PATCH);
    CHECK(elr_has_feature("sim") == 1);
    CHECK(elr_has_feature("teleport") == 0);
    CHECK(strstr(elr_spec_schema(), "json-schema.org") != NULL);
    elr_id one;
    elr_id two;
    SUCCEEDS(elr_id_new(1772445600000, "a", 1, &one, &error));
    SUCCEEDS(elr_id_new(1772445600001, "a", 1, &two, &error));
    CHECK(strlen(one.text) == 26);
    CHECK(strcmp(one.text, two.text) < 0);
}

static void a_spec_takes_variables_and_files(void) {
    const char json[] =
        "{\"application\": {\"name\": \"shop\"},"
        " \"services\": [{\"name\": \"web\", \"image\": {\"id\": \"ami-0abc5d7e9f1a2b3c4\"},"
        "   \"user_data\": {\"file\": \"boot.sh\"}}],"
        " \"environments\": [{\"name\": \"production\"}],"
        " \"infrastructures\": [{\"name\": \"i\", \"environment\": \"production\","
        "   \"region\": \"eu-west-1\", \"account\": \"act-1\", \"elastigroup\": {\"group\": {"
        "     \"description\": \"${var.who}\", \"capacity\": {\"unit\": \"instance\"},"
        "     \"strategy\": {\"risk\": 100}, \"compute\": {\"launchSpecification\": {}}}}}],"
        " \"workflows\": [{\"name\": \"basic\", \"strategy\": \"basic\", \"service\": \"web\","
        "   \"infrastructure\": \"i\", \"instances\": \"same_as_running\"}]}";
    char* paths = NULL;
    SUCCEEDS(elr_spec_files(json, strlen(json), &paths, &error));
    CHECK(strcmp(paths, "[\"boot.sh\"]") == 0);
    elr_string_free(paths);

    elr_named_bytes variable = {"who", "mia", 3};
    elr_named_bytes file = {"boot.sh", "#!/bin/sh\n", 10};
    elr_spec_options options = {0};
    options.struct_size = sizeof options;
    options.workflow = "basic";
    options.image = "ami-0123456789abcdef0";
    options.variables = &variable;
    options.variable_count = 1;
    options.files = &file;
    options.file_count = 1;
    options.force = 1;
    elr_spec* spec = NULL;
    SUCCEEDS(elr_spec_new(json, strlen(json), &options, &spec, &error));
    CHECK(strcmp(elr_spec_line(spec), "act-1/eu-west-1/shop__web__production") == 0);
    elr_spec_free(spec);
    options.file_count = 0;
    REFUSES(elr_spec_new(json, strlen(json), &options, &spec, &error));
}

static void a_plan_can_be_read_kept_and_made_again(const elr_client* client, elr_store* store,
                                                   const elr_spec* spec) {
    elr_plan* plan = NULL;
    SUCCEEDS(elr_plan_deployment(client, store, spec, &plan, &error));
    CHECK(elr_plan_is_no_op(plan) == 0);
    CHECK(strcmp(elr_plan_new_name(plan), "app__7") == 0);
    CHECK(strcmp(elr_plan_previous_name(plan), "app__6") == 0);
    CHECK(elr_plan_floor(plan) == 4);
    CHECK(elr_plan_lowest(plan) == 4);
    CHECK(elr_plan_peak(plan) == 6);
    CHECK(elr_plan_phases(plan) == 2);
    CHECK(elr_plan_change_count(plan) > 0);
    for (size_t i = 0; i < elr_plan_notice_count(plan); ++i)
        CHECK(*elr_plan_notice(plan, i) != '\0');
    CHECK(elr_plan_notice(plan, elr_plan_notice_count(plan)) == NULL);
    int changes = 0;
    for (size_t i = 0; i < elr_plan_step_count(plan); ++i) {
        CHECK(strchr(elr_plan_step_id(plan, i), '.') != NULL);
        CHECK(*elr_plan_step_what(plan, i) != '\0');
        CHECK(*elr_plan_step_reason(plan, i) != '\0');
        CHECK(elr_plan_step_group(plan, i) != NULL);
        changes += elr_plan_step_is_change(plan, i);
        CHECK(elr_plan_step_is_cleanup(plan, i) == 0 || i > 3);
    }
    CHECK(changes == elr_plan_change_count(plan));
    const size_t beyond = elr_plan_step_count(plan);
    CHECK(elr_plan_step_id(plan, beyond) == NULL);
    CHECK(elr_plan_step_what(plan, beyond) == NULL);
    CHECK(elr_plan_step_group(plan, beyond) == NULL);
    CHECK(elr_plan_step_reason(plan, SIZE_MAX) == NULL);
    CHECK(elr_plan_step_is_change(plan, beyond) == 0);
    CHECK(elr_plan_step_is_cleanup(plan, beyond) == 0);

    char* text = NULL;
    SUCCEEDS(elr_plan_to_text(plan, 80, &text, &error));
    CHECK(strstr(text, "app__7 over app__6") != NULL);
    elr_string_free(text);
    char* json = NULL;
    SUCCEEDS(elr_plan_to_json(plan, &json, &error));
    elr_plan* same = NULL;
    SUCCEEDS(elr_plan_from_json(json, strlen(json), &same, &error));
    char* again = NULL;
    SUCCEEDS(elr_plan_to_json(same, &again, &error));
    CHECK(strcmp(json, again) == 0);
    elr_string_free(again);
    elr_string_free(json);
    elr_plan_free(same);

    elr_snapshot* snapshot = NULL;
    SUCCEEDS(elr_observe(client, spec, &snapshot, &error));
    SUCCEEDS(elr_snapshot_to_json(snapshot, &json, &error));
    elr_snapshot* kept = NULL;
    SUCCEEDS(elr_snapshot_from_json(json, strlen(json), &kept, &error));
    SUCCEEDS(elr_plan_new(spec, kept, &same, &error));
    CHECK(elr_plan_step_count(same) == elr_plan_step_count(plan));
    CHECK(strcmp(elr_plan_new_name(same), elr_plan_new_name(plan)) == 0);
    elr_string_free(json);
    elr_plan_free(same);
    elr_snapshot_free(kept);
    elr_snapshot_free(snapshot);
    elr_plan_free(plan);
}

static void a_deployment_is_told_undone_and_found(void) {
    elr_cloud* cloud = make_cloud("");
    elr_client* client = make_client(cloud);
    elr_store* store = make_store();
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    a_plan_can_be_read_kept_and_made_again(client, store, spec);

    const int64_t began_ms = elr_cloud_now_ms(cloud);
    struct heard heard;
    elr_run_options options = listen_to(&heard);
    elr_outcome* outcome = NULL;
    SUCCEEDS(elr_deploy(client, store, spec, &options, &outcome, &error));
    REQUIRE(elr_outcome_kind(outcome) == ELR_OUTCOME_DONE);
    CHECK(strcmp(elr_outcome_kind_name(ELR_OUTCOME_DONE), "done") == 0);
    CHECK(strcmp(elr_outcome_kind_name(ELR_OUTCOME_REFUSED), "refused") == 0);
    CHECK(elr_outcome_exit_status(outcome) == 0);
    CHECK(elr_outcome_error(outcome) == NULL);
    CHECK(elr_outcome_warning_count(outcome) == 0);
    CHECK(elr_outcome_warning(outcome, 0) == NULL);
    CHECK(strcmp(elr_outcome_new_group(outcome), elr_outcome_serving(outcome)) == 0);
    CHECK(elr_outcome_due_at_ms(outcome) == 0);
    CHECK(strlen(elr_outcome_deployment(outcome)) == 26);
    CHECK(heard.freed == 2);
    CHECK(heard.events[ELR_EVENT_PLANNED] == 1);
    CHECK(heard.events[ELR_EVENT_ENDED] == 1);
    CHECK(heard.events[ELR_EVENT_STEP_STARTED] == heard.events[ELR_EVENT_STEP_ENDED]);
    CHECK(heard.logs[ELR_LOG_DEBUG] > heard.events[ELR_EVENT_CALL]);
    CHECK(elr_cloud_now_ms(cloud) > began_ms);
    CHECK(cloud_has(cloud, "app__7"));

    char* json = NULL;
    SUCCEEDS(elr_store_list(store, NULL, 0, &json, &error));
    CHECK(strstr(json, elr_outcome_deployment(outcome)) != NULL);
    CHECK(strstr(json, "\"is_unfinished\":false") != NULL);
    elr_string_free(json);
    SUCCEEDS(elr_store_list(store, "act-demo1234/eu-west-1/none", 1, &json, &error));
    CHECK(strcmp(json, "[]") == 0);
    elr_string_free(json);
    SUCCEEDS(elr_store_history(store, elr_outcome_deployment(outcome), &json, &error));
    CHECK(strstr(json, "mia@host") != NULL);
    elr_string_free(json);
    SUCCEEDS(elr_store_lease(store, elr_spec_line(spec), elr_cloud_now_ms(cloud), &json, &error));
    CHECK(strcmp(json, "{\"is_held\":false}") == 0);
    elr_string_free(json);

    elr_outcome* again = NULL;
    SUCCEEDS(elr_deploy(client, store, spec, NULL, &again, &error));
    CHECK(elr_outcome_kind(again) == ELR_OUTCOME_NOTHING_TO_DO);
    elr_outcome_free(again);

    options = listen_to(&heard);
    elr_outcome* undone = NULL;
    SUCCEEDS(
        elr_rollback(client, store, elr_outcome_deployment(outcome), &options, &undone, &error));
    CHECK(elr_outcome_kind(undone) == ELR_OUTCOME_ROLLED_BACK);
    CHECK(heard.freed == 2);
    CHECK(!cloud_has(cloud, "\"name\":\"app__7\""));
    elr_outcome_free(undone);
    elr_outcome_free(outcome);
    elr_spec_free(spec);
    elr_store_free(store);
    elr_client_free(client);
    elr_cloud_free(cloud);
}

static void gates_are_left_resumed_approved_and_aborted(void) {
    elr_cloud* cloud = make_cloud("");
    elr_client* client = make_client(cloud);
    elr_store* store = make_store();
    elr_spec* spec = make_spec("app", GATED_PHASES);
    elr_run_options options = {0};
    options.struct_size = sizeof options;
    options.detaches = 1;
    elr_id id;
    SUCCEEDS(elr_id_new(elr_cloud_now_ms(cloud), "x", 1, &id, &error));
    options.deployment = id.text;
    elr_outcome* outcome = NULL;
    SUCCEEDS(elr_deploy(client, store, spec, &options, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_DETACHED);
    CHECK(elr_outcome_exit_status(outcome) == 0);
    CHECK(elr_outcome_due_at_ms(outcome) > elr_cloud_now_ms(cloud));
    CHECK(strcmp(elr_outcome_deployment(outcome), id.text) == 0);
    elr_outcome_free(outcome);

    char* json = NULL;
    SUCCEEDS(elr_store_list(store, elr_spec_line(spec), 10, &json, &error));
    CHECK(strstr(json, "\"is_unfinished\":true") != NULL);
    const char* gate = strstr(json, "\"open_gate\":\"");
    REQUIRE(gate != NULL);
    char step[64] = {0};
    sscanf(gate, "\"open_gate\":\"%63[^\"]", step);
    elr_string_free(json);
    SUCCEEDS(elr_store_approve(store, id.text, step, "ben", "looks good", &error));
    FAILS(ELR_ERROR_NOT_FOUND, elr_store_approve(store, "01knone", step, NULL, NULL, &error));
    FAILS(ELR_ERROR_NOT_FOUND, elr_store_history(store, "01knone", &json, &error));

    struct heard heard;
    options = listen_to(&heard);
    SUCCEEDS(elr_control_new(&heard.control, &error));
    heard.abort_at = "phase-2.scale-new";
    options.control = heard.control;
    SUCCEEDS(elr_resume(client, store, id.text, &options, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_ROLLED_BACK);
    CHECK(elr_error_status(elr_outcome_error(outcome)) == ELR_ERROR_CANCELLED);
    elr_control_free(heard.control);
    elr_outcome_free(outcome);

    /* The gate is approved from within the run's own callback. */
    options = listen_to(&heard);
    SUCCEEDS(elr_control_new(&heard.control, &error));
    options.control = heard.control;
    SUCCEEDS(elr_deploy(client, store, spec, &options, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_DONE);
    CHECK(heard.events[ELR_EVENT_GATE] > 0);
    elr_control_free(heard.control);
    elr_outcome_free(outcome);

    SUCCEEDS(elr_resume(client, store, "01knone", NULL, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_REFUSED);
    CHECK(elr_error_status(elr_outcome_error(outcome)) == ELR_ERROR_NOT_FOUND);
    elr_outcome_free(outcome);
    elr_spec_free(spec);
    elr_store_free(store);
    elr_client_free(client);
    elr_cloud_free(cloud);
}

static void an_interrupted_run_is_resumed_and_a_lost_journal_made_up_for(void) {
    elr_cloud* cloud = make_cloud("");
    elr_client* client = make_client(cloud);
    elr_store* store = make_store();
    elr_spec* spec = make_spec("app", GATED_PHASES);
    elr_control* control = NULL;
    SUCCEEDS(elr_control_new(&control, &error));
    SUCCEEDS(elr_control_interrupt(control, &error));
    elr_run_options options = {0};
    options.struct_size = sizeof options;
    options.control = control;
    elr_outcome* outcome = NULL;
    SUCCEEDS(elr_deploy(client, store, spec, &options, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_INTERRUPTED);
    CHECK(elr_outcome_exit_status(outcome) == 130);
    elr_outcome_free(outcome);
    elr_control_free(control);

    options.control = NULL;
    options.detaches = 1;
    SUCCEEDS(elr_deploy(client, store, spec, &options, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_DETACHED);
    SUCCEEDS(elr_store_abort(store, elr_outcome_deployment(outcome), "mia", "no", &error));
    elr_store* empty = make_store();
    elr_outcome* restored = NULL;
    SUCCEEDS(elr_rollback_from_tags(client, empty, spec, NULL, &restored, &error));
    CHECK(elr_outcome_kind(restored) == ELR_OUTCOME_ROLLED_BACK);
    CHECK(!cloud_has(cloud, "\"name\":\"app__7\""));
    elr_outcome_free(restored);
    elr_outcome_free(outcome);
    elr_store_free(empty);
    elr_spec_free(spec);
    elr_store_free(store);
    elr_client_free(client);
    elr_cloud_free(cloud);
}

static void a_kept_plan_is_refused_in_another_world(void) {
    elr_cloud* cloud = make_cloud("");
    elr_client* client = make_client(cloud);
    elr_store* store = make_store();
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    elr_run_options options = {0};
    options.struct_size = sizeof options;
    elr_plan* plan = NULL;
    SUCCEEDS(elr_plan_deployment(client, NULL, spec, &plan, &error));
    const char event[] = "{\"events\": [{\"when\": \"1s\", \"capacity\": "
                         "{\"group\": \"app__6\", \"to\": \"1/2/3\"}}]}";
    SUCCEEDS(elr_cloud_add(cloud, event, strlen(event), &error));
    SUCCEEDS(elr_cloud_advance(cloud, elr_cloud_now_ms(cloud) + 2000, &error));
    options.plan = plan;
    elr_outcome* outcome = NULL;
    SUCCEEDS(elr_deploy(client, store, spec, &options, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_DRIFTED);
    CHECK(elr_outcome_exit_status(outcome) == 5);
    elr_outcome_free(outcome);
    elr_plan_free(plan);
    elr_spec_free(spec);
    elr_store_free(store);
    elr_client_free(client);
    elr_cloud_free(cloud);
}

static int asked;
static int freed;
static elr_status give_credentials(int32_t service, elr_credentials* credentials, void* user_data) {
    CHECK(credentials->struct_size == sizeof *credentials);
    CHECK(service == ELR_SERVICE_SPOT || service == ELR_SERVICE_AWS);
    ++*(int*)user_data;
    credentials->spot_token = "s3cret";
    credentials->aws_access_key_id = "AKIDEXAMPLE";
    credentials->aws_secret_access_key = "s3cret";
    return ELR_OK;
}
static elr_status give_none(int32_t service, elr_credentials* credentials, void* user_data) {
    (void)service, (void)credentials, (void)user_data;
    return ELR_ERROR_UNAUTHENTICATED;
}
static void free_credentials(void* user_data) {
    (void)user_data;
    ++freed;
}

static void credentials_are_asked_of_the_host(void) {
    elr_cloud* cloud = make_cloud(", \"token\": \"s3cret\"");
    elr_store* store = make_store();
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    elr_client_options how = {0};
    how.struct_size = sizeof how;
    how.cloud = cloud;
    how.credentials = give_credentials;
    how.credentials_data = &asked;
    how.credentials_data_free = free_credentials;
    elr_client* client = NULL;
    SUCCEEDS(elr_client_new(&how, &client, &error));
    CHECK(asked == 0);
    struct heard heard;
    const elr_run_options options = listen_to(&heard);
    elr_outcome* outcome = NULL;
    SUCCEEDS(elr_deploy(client, store, spec, &options, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_DONE);
    CHECK(asked >= 1);
    elr_outcome_free(outcome);
    CHECK(freed == 0);
    elr_client_free(client);
    CHECK(freed == 1);

    how.credentials = give_none;
    SUCCEEDS(elr_client_new(&how, &client, &error));
    SUCCEEDS(elr_deploy(client, store, spec, NULL, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_REFUSED);
    CHECK(elr_error_status(elr_outcome_error(outcome)) == ELR_ERROR_UNAUTHENTICATED);
    elr_outcome_free(outcome);
    elr_client_free(client);
    CHECK(freed == 2);

    /* A wrong token, told with what the service said. */
    elr_client_options wrong = {0};
    wrong.struct_size = sizeof wrong;
    wrong.cloud = cloud;
    wrong.spot_token = "other";
    SUCCEEDS(elr_client_new(&wrong, &client, &error));
    elr_snapshot* snapshot = NULL;
    elr_error* why = NULL;
    CHECK(elr_observe(client, spec, &snapshot, &why) == ELR_ERROR_UNAUTHENTICATED);
    CHECK(snapshot == NULL);
    CHECK(elr_error_remote_http_status(why) == 401);
    CHECK(*elr_error_remote_code(why) != '\0');
    CHECK(*elr_error_remote_message(why) != '\0');
    CHECK(*elr_error_remote_request_id(why) != '\0');
    CHECK(strstr(elr_error_text(why), "other") == NULL);
    elr_error_free(why);
    elr_client_free(client);
    elr_spec_free(spec);
    elr_store_free(store);
    elr_cloud_free(cloud);
}

static void without_credentials_nothing_is_begun(void) {
    elr_client* client = NULL;
    SUCCEEDS(elr_client_new(NULL, &client, &error));
    elr_store* store = make_store();
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    elr_outcome* outcome = NULL;
    SUCCEEDS(elr_deploy(client, store, spec, NULL, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_REFUSED);
    CHECK(elr_outcome_exit_status(outcome) == 2);
    CHECK(elr_error_status(elr_outcome_error(outcome)) == ELR_ERROR_UNAUTHENTICATED);
    elr_outcome_free(outcome);
    elr_spec_free(spec);
    elr_store_free(store);
    elr_client_free(client);
}

static void a_store_in_a_file_outlives_its_handle(void) {
    if (elr_has_feature("sqlite") == 0)
        return;
    char path[64];
    snprintf(path, sizeof path, "/tmp/elastiroll-capi-%ld.db", (long)rand());
    remove(path);
    elr_cloud* cloud = make_cloud("");
    elr_client* client = make_client(cloud);
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    elr_store* store = NULL;
    SUCCEEDS(elr_store_open(path, &store, &error));
    elr_outcome* outcome = NULL;
    SUCCEEDS(elr_deploy(client, store, spec, NULL, &outcome, &error));
    CHECK(elr_outcome_kind(outcome) == ELR_OUTCOME_DONE);
    elr_store_free(store);
    SUCCEEDS(elr_store_open(path, &store, &error));
    char* json = NULL;
    SUCCEEDS(elr_store_history(store, elr_outcome_deployment(outcome), &json, &error));
    elr_string_free(json);
    elr_store_free(store);
    elr_outcome_free(outcome);
    elr_spec_free(spec);
    elr_client_free(client);
    elr_cloud_free(cloud);
    FAILS(ELR_ERROR_UNAVAILABLE, elr_store_open("/proc/none/x.db", &store, &error));
    char locks[96];
    snprintf(locks, sizeof locks, "rm -rf %s*", path);
    CHECK(system(locks) == 0);
}

int main(void) {
    errors_tell_all_findings();
    the_library_tells_what_it_is();
    a_spec_takes_variables_and_files();
    a_deployment_is_told_undone_and_found();
    gates_are_left_resumed_approved_and_aborted();
    an_interrupted_run_is_resumed_and_a_lost_journal_made_up_for();
    a_kept_plan_is_refused_in_another_world();
    credentials_are_asked_of_the_host();
    without_credentials_nothing_is_begun();
    a_store_in_a_file_outlives_its_handle();
    return finish("blocking");
}
