/* Every function of the driven kind, with good arguments: a host with a cloud in its own process.
 */
#include "database.h"
#include "world.h"

struct host {
    elr_cloud* cloud;
    elr_fleet* fleet;
    struct database database;
    char done[64]; /* of the last run or question that ended */
    int32_t kind;
    int steps;
    int plans;
    int refused; /* ended with an error instead */
    char json[65536];
    const char* abort_at;
    const char* stop_at;
};

static void take_done(struct host* host, const elr_action* action) {
    snprintf(host->done, sizeof host->done, "%s", elr_action_deployment(action));
    host->kind = elr_outcome_kind(elr_action_outcome(action));
    if (elr_action_plan(action) != NULL) {
        ++host->plans;
        CHECK(elr_plan_step_count(elr_action_plan(action)) > 0);
    }
    if (elr_action_error(action) != NULL) {
        ++host->refused;
        CHECK(elr_action_outcome(action) == NULL);
    }
    snprintf(host->json, sizeof host->json, "%s", elr_action_json(action));
}

static void take_event(struct host* host, const elr_action* action) {
    const elr_event* event = elr_action_event(action);
    CHECK(strcmp(event->deployment, elr_action_deployment(action)) == 0);
    if (event->kind != ELR_EVENT_STEP_STARTED)
        return;
    ++host->steps;
    char deployment[64];
    snprintf(deployment, sizeof deployment, "%s", event->deployment);
    char step[64];
    snprintf(step, sizeof step, "%s", event->step);
    if (host->abort_at != NULL && strcmp(step, host->abort_at) == 0)
        SUCCEEDS(elr_fleet_abort(host->fleet, deployment, "mia", "no", &error));
    if (host->stop_at != NULL && strcmp(step, host->stop_at) == 0)
        SUCCEEDS(elr_fleet_interrupt(host->fleet, deployment, &error));
}

/* Until all has ended. */
static void pump(struct host* host) {
    int idle = 0;
    while (elr_fleet_is_running(host->fleet) == 1) {
        const elr_action* action = NULL;
        SUCCEEDS(elr_fleet_next(host->fleet, elr_cloud_now_ms(host->cloud), &action, &error));
        switch (elr_action_kind(action)) {
        case ELR_ACTION_HTTP:
            CHECK(strncmp(elr_action_url(action), "http", 4) == 0);
            CHECK(*elr_action_method(action) >= 'A');
            CHECK(elr_action_timeout_ms(action) > 0);
            CHECK(elr_action_header_count(action) > 0);
            CHECK(elr_action_header_name(action, elr_action_header_count(action)) == NULL);
            CHECK(*elr_action_header_value(action, 0) != '\0');
            SUCCEEDS(elr_cloud_send(host->cloud, action, &error));
            break;
        case ELR_ACTION_PERSIST: persist(&host->database, host->fleet, action); break;
        case ELR_ACTION_EVENT: take_event(host, action); break;
        case ELR_ACTION_DONE: take_done(host, action); break;
        case ELR_ACTION_WAKE_AT: {
            size_t count = 0;
            SUCCEEDS(elr_cloud_deliver(host->cloud, host->fleet, &count, &error));
            if (count > 0)
                break;
            const int64_t wake_ms = elr_action_wake_at_ms(action);
            const int64_t event_ms = elr_cloud_next_event_ms(host->cloud);
            const int64_t to_ms = wake_ms < event_ms ? wake_ms : event_ms;
            /* Nothing due and nobody who answers would be a deployment that hangs. */
            REQUIRE(to_ms != INT64_MAX);
            idle = to_ms > elr_cloud_now_ms(host->cloud) ? 0 : idle + 1;
            REQUIRE(idle < 100);
            SUCCEEDS(elr_cloud_advance(host->cloud, to_ms, &error));
            break;
        }
        default: REQUIRE(!"a known action");
        }
    }
}

/* As a new process, which finds the database again. */
static void begin(struct host* host, elr_store* store) {
    elr_client* client = make_client(host->cloud);
    elr_fleet_options options = {0};
    options.struct_size = sizeof options;
    options.now_ms = elr_cloud_now_ms(host->cloud);
    options.store = store;
    elr_fleet_free(host->fleet);
    SUCCEEDS(elr_fleet_new(client, &options, &host->fleet, &error));
    elr_client_free(client);
    host->abort_at = host->stop_at = NULL;
    host->steps = host->plans = host->refused = 0;
}

static void end(struct host* host) {
    elr_fleet_free(host->fleet);
    elr_cloud_free(host->cloud);
    free_database(&host->database);
}

static elr_run_options named(void) {
    elr_run_options options = {0};
    options.struct_size = sizeof options;
    options.actor = "mia";
    return options;
}

static void a_host_s_database_carries_a_deployment_through_its_life(void) {
    struct host host = {0};
    host.cloud = make_cloud("");
    begin(&host, NULL);
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    const elr_run_options options = named();
    elr_id plan;
    SUCCEEDS(elr_fleet_plan(host.fleet, spec, &plan, &error));
    pump(&host);
    CHECK(host.plans == 1);
    CHECK(strcmp(host.done, plan.text) == 0);

    elr_id first;
    SUCCEEDS(elr_fleet_deploy(host.fleet, spec, &options, &first, &error));
    host.stop_at = "phase-1.scale-previous";
    pump(&host);
    CHECK(strcmp(host.done, first.text) == 0);
    CHECK(host.kind == ELR_OUTCOME_INTERRUPTED);

    begin(&host, NULL);
    elr_id question;
    SUCCEEDS(elr_fleet_list(host.fleet, elr_spec_line(spec), 0, &question, &error));
    pump(&host);
    CHECK(strcmp(host.done, question.text) == 0);
    CHECK(strstr(host.json, first.text) != NULL);
    CHECK(strstr(host.json, "\"is_unfinished\":true") != NULL);

    SUCCEEDS(elr_fleet_resume(host.fleet, first.text, &options, &error));
    FAILS(ELR_ERROR_CONFLICT, elr_fleet_resume(host.fleet, first.text, &options, &error));
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_DONE);
    CHECK(cloud_has(host.cloud, "app__7"));

    begin(&host, NULL);
    SUCCEEDS(elr_fleet_history(host.fleet, first.text, NULL, &error));
    pump(&host);
    CHECK(strstr(host.json, "\"ended\"") != NULL);
    SUCCEEDS(elr_fleet_history(host.fleet, "01knone", NULL, &error));
    pump(&host);
    CHECK(host.refused == 1);

    SUCCEEDS(elr_fleet_rollback(host.fleet, first.text, &options, &error));
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_ROLLED_BACK);
    CHECK(!cloud_has(host.cloud, "\"name\":\"app__7\""));
    elr_spec_free(spec);
    end(&host);
}

static void a_run_is_called_off_and_its_tags_tell(void) {
    struct host host = {0};
    host.cloud = make_cloud("");
    begin(&host, NULL);
    elr_spec* spec = make_spec("app", GATED_PHASES);
    elr_run_options options = named();
    elr_id id;
    SUCCEEDS(elr_fleet_deploy(host.fleet, spec, &options, &id, &error));
    host.abort_at = "phase-1.scale-previous";
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_ROLLED_BACK);

    begin(&host, NULL);
    options.detaches = 1;
    SUCCEEDS(elr_fleet_deploy(host.fleet, spec, &options, &id, &error));
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_DETACHED);
    /* Not of this fleet any more: left in the database for whoever takes it up. */
    SUCCEEDS(elr_fleet_approve(host.fleet, id.text, "phase-1.approval", "ben", NULL, &error));
    pump(&host);
    CHECK(strcmp(host.json, "{}") == 0);

    /* Taken up again by the fleet that it had left: the new run has an outcome of its own. */
    SUCCEEDS(elr_fleet_resume(host.fleet, id.text, NULL, &error));
    host.kind = 0;
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_DONE);
    SUCCEEDS(elr_fleet_rollback(host.fleet, id.text, NULL, &error));
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_ROLLED_BACK);
    SUCCEEDS(elr_fleet_deploy(host.fleet, spec, &options, &id, &error));
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_DETACHED);

    free_database(&host.database);
    begin(&host, NULL);
    SUCCEEDS(elr_fleet_rollback_from_tags(host.fleet, spec, NULL, NULL, &error));
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_ROLLED_BACK);
    elr_spec_free(spec);
    end(&host);
}

static void two_lines_are_deployed_at_one_time_over_a_store(void) {
    struct host host = {0};
    host.cloud = make_cloud("");
    elr_store* store = make_store();
    begin(&host, store);
    elr_spec* app = make_spec("app", GATED_PHASES);
    elr_spec* other = make_spec("other", PLAIN_PHASES);
    const elr_run_options options = named();
    elr_id id;
    SUCCEEDS(elr_fleet_deploy(host.fleet, app, &options, &id, &error));
    /* Before its gate is open: kept for it. */
    SUCCEEDS(elr_fleet_approve(host.fleet, id.text, "phase-1.approval", "ben", "fine", &error));
    SUCCEEDS(elr_fleet_deploy(host.fleet, other, &options, NULL, &error));
    pump(&host);
    CHECK(host.database.count == 0);
    CHECK(host.kind == ELR_OUTCOME_DONE);
    CHECK(cloud_has(host.cloud, "app__7"));
    CHECK(cloud_has(host.cloud, "other__2"));
    char* json = NULL;
    SUCCEEDS(elr_store_list(store, NULL, 10, &json, &error));
    CHECK(strstr(json, id.text) != NULL);
    elr_string_free(json);
    elr_spec_free(app);
    elr_spec_free(other);
    elr_store_free(store);
    end(&host);
}

static void a_database_that_fails_lets_nothing_happen(void) {
    struct host host = {0};
    host.cloud = make_cloud("");
    begin(&host, NULL);
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    host.database.fails = 1;
    SUCCEEDS(elr_fleet_deploy(host.fleet, spec, NULL, NULL, &error));
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_UNCHANGED);
    CHECK(!cloud_has(host.cloud, "app__7"));
    elr_spec_free(spec);
    end(&host);
}

/* What a host with its own HTTP tells, and what it cannot tell. */
static void answers_are_told_by_id_once(void) {
    struct host host = {0};
    host.cloud = make_cloud("");
    elr_store* store = make_store();
    begin(&host, store);
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    SUCCEEDS(elr_fleet_deploy(host.fleet, spec, NULL, NULL, &error));
    const elr_action* action = NULL;
    do
        SUCCEEDS(elr_fleet_next(host.fleet, elr_cloud_now_ms(host.cloud), &action, &error));
    while (elr_action_kind(action) != ELR_ACTION_HTTP);
    const int64_t id = elr_action_id(action);
    const elr_header header = {"Content-Type", "application/json"};
    FAILS(ELR_ERROR_NOT_FOUND,
          elr_fleet_on_response(host.fleet, id + 1000, 200, NULL, 0, NULL, 0, &error));
    SUCCEEDS(elr_fleet_on_response(host.fleet, id, 403, &header, 1, "{}", 2, &error));
    FAILS(ELR_ERROR_NOT_FOUND,
          elr_fleet_on_response(host.fleet, id, 200, &header, 1, "{}", 2, &error));
    FAILS(ELR_ERROR_NOT_FOUND, elr_fleet_on_failure(host.fleet, id, 1, "gone", &error));
    FAILS(ELR_ERROR_NOT_FOUND, elr_fleet_on_written(host.fleet, 7, 1, &error));
    FAILS(ELR_ERROR_NOT_FOUND, elr_fleet_on_items(host.fleet, 7, NULL, 0, &error));
    FAILS(ELR_ERROR_NOT_FOUND, elr_fleet_on_persist_failed(host.fleet, 7, NULL, &error));
    SUCCEEDS(elr_fleet_interrupt(host.fleet, NULL, &error));
    pump(&host);
    CHECK(host.kind == ELR_OUTCOME_INTERRUPTED);
    elr_spec_free(spec);
    elr_store_free(store);
    end(&host);
}

static void a_fleet_is_let_go_of_in_the_middle(void) {
    struct host host = {0};
    host.cloud = make_cloud("");
    begin(&host, NULL);
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    SUCCEEDS(elr_fleet_deploy(host.fleet, spec, NULL, NULL, &error));
    elr_spec_free(spec);
    const elr_action* action = NULL;
    for (int i = 0; i < 5; ++i)
        SUCCEEDS(elr_fleet_next(host.fleet, elr_cloud_now_ms(host.cloud), &action, &error));
    CHECK(elr_fleet_is_running(host.fleet) == 1);
    end(&host);
}

int main(void) {
    a_host_s_database_carries_a_deployment_through_its_life();
    a_run_is_called_off_and_its_tags_tell();
    two_lines_are_deployed_at_one_time_over_a_store();
    a_database_that_fails_lets_nothing_happen();
    answers_are_told_by_id_once();
    a_fleet_is_let_go_of_in_the_middle();
    return finish("driven");
}
