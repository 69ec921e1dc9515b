/* Whatever allocation fails, of every one that a deployment makes in turn: nothing crashes, the
   caller is told, and nothing leaks (which a sanitizer sees). */
#include "database.h"
#include "failing_new.h"
#include "world.h"

/* What a run leaves behind is let go of, whether or not it was made. */
struct handles {
    elr_cloud* cloud;
    elr_client* client;
    elr_store* store;
    elr_spec* spec;
    elr_plan* plan;
    elr_control* control;
    elr_outcome* outcome;
    elr_fleet* fleet;
    char* text;
    elr_error* error;
};

static void free_handles(struct handles* all) {
    elr_error_free(all->error);
    elr_string_free(all->text);
    elr_fleet_free(all->fleet);
    elr_outcome_free(all->outcome);
    elr_control_free(all->control);
    elr_plan_free(all->plan);
    elr_spec_free(all->spec);
    elr_store_free(all->store);
    elr_client_free(all->client);
    elr_cloud_free(all->cloud);
}

static char* spec_json;
static char cloud_json[512];

static void hear(const elr_event* event, void* user_data) {
    (void)user_data;
    CHECK(event->json_size > 0);
}

/* The error tells, even where there is no memory to tell it with. */
static int is_told(elr_status status, const elr_error* error) {
    return status == ELR_OK ? error == NULL
                            : error != NULL && *elr_error_message(error) != '\0' &&
                                  *elr_error_text(error) != '\0';
}

#define STEP(call)                                                                                 \
    do {                                                                                           \
        const elr_status status = (call);                                                          \
        CHECK(is_told(status, all->error));                                                        \
        if (status != ELR_OK)                                                                      \
            return status;                                                                         \
    } while (0)

static elr_status prepare(struct handles* all) {
    STEP(elr_cloud_new(cloud_json, strlen(cloud_json), &all->cloud, &all->error));
    elr_client_options how = {0};
    how.struct_size = sizeof how;
    how.cloud = all->cloud;
    STEP(elr_client_new(&how, &all->client, &all->error));
    STEP(elr_spec_new(spec_json, strlen(spec_json), NULL, &all->spec, &all->error));
    return ELR_OK;
}

static elr_status deploy_blocking(struct handles* all) {
    const elr_status prepared = prepare(all);
    if (prepared != ELR_OK)
        return prepared;
    STEP(elr_store_new_memory(&all->store, &all->error));
    STEP(elr_control_new(&all->control, &all->error));
    STEP(elr_plan_deployment(all->client, all->store, all->spec, &all->plan, &all->error));
    elr_run_options options = {0};
    options.struct_size = sizeof options;
    options.actor = "mia";
    options.plan = all->plan;
    options.control = all->control;
    options.observer = hear;
    STEP(elr_deploy(all->client, all->store, all->spec, &options, &all->outcome, &all->error));
    STEP(elr_store_list(all->store, NULL, 0, &all->text, &all->error));
    return ELR_OK;
}

static elr_status deploy_driven(struct handles* all) {
    const elr_status prepared = prepare(all);
    if (prepared != ELR_OK)
        return prepared;
    STEP(elr_store_new_memory(&all->store, &all->error));
    elr_fleet_options options = {0};
    options.struct_size = sizeof options;
    options.now_ms = elr_cloud_now_ms(all->cloud);
    options.store = all->store;
    STEP(elr_fleet_new(all->client, &options, &all->fleet, &all->error));
    STEP(elr_fleet_deploy(all->fleet, all->spec, NULL, NULL, &all->error));
    for (int turn = 0; turn < 2000 && elr_fleet_is_running(all->fleet) == 1; ++turn) {
        const elr_action* action = NULL;
        STEP(elr_fleet_next(all->fleet, elr_cloud_now_ms(all->cloud), &action, &all->error));
        if (elr_action_kind(action) == ELR_ACTION_HTTP)
            STEP(elr_cloud_send(all->cloud, action, &all->error));
        if (elr_action_kind(action) != ELR_ACTION_WAKE_AT)
            continue;
        const int64_t wake_ms = elr_action_wake_at_ms(action);
        const int64_t event_ms = elr_cloud_next_event_ms(all->cloud);
        const int64_t to_ms = wake_ms < event_ms ? wake_ms : event_ms;
        if (to_ms == INT64_MAX)
            break; /* an answer was lost with the memory for it */
        STEP(elr_cloud_advance(all->cloud, to_ms, &all->error));
        STEP(elr_cloud_deliver(all->cloud, all->fleet, NULL, &all->error));
    }
    return ELR_OK;
}

/* `rounds`: so many of the allocations fail in turn, spread evenly. */
static void fail_in_turn(const char* name, elr_status (*run)(struct handles*), long rounds) {
    struct handles all = {0};
    fail_allocation(0, 0);
    CHECK(run(&all) == ELR_OK);
    const long total = allocation_count();
    free_handles(&all);
    CHECK(total > 1000);
    const long step = total / rounds < 1 ? 1 : total / rounds;
    long told = 0;
    for (int later = 0; later <= 1; ++later) {
        for (long nth = 1; nth <= total; nth += step) {
            memset(&all, 0, sizeof all);
            fail_allocation(nth, later);
            const elr_status status = run(&all);
            fail_allocation(0, 0);
            told += status == ELR_ERROR_OUT_OF_MEMORY;
            /* Whoever has no memory is told so, and nothing else. */
            if (status != ELR_OK && status != ELR_ERROR_OUT_OF_MEMORY)
                fprintf(stderr, "%s: allocation %ld: %s\n", name, nth, elr_error_text(all.error));
            CHECK(status == ELR_OK || status == ELR_ERROR_OUT_OF_MEMORY);
            free_handles(&all);
        }
    }
    printf("%s: %ld allocations, every %ld. failed in turn, told %ld times\n", name, total, step,
           told);
    CHECK(told > total / step / 2);
}

int main(int argc, char** argv) {
    const long rounds = argc > 1 ? atol(argv[1]) : 400;
    spec_json = spec_text("app", PLAIN_PHASES);
    snprintf(cloud_json, sizeof cloud_json,
             "{\"start\": \"2026-03-02T10:00:00Z\", \"account\": \"act-demo1234\","
             " \"region\": \"eu-west-1\", \"groups\": [{\"name\": \"app__6\","
             " \"capacity\": \"1/2/4\"}]}");
    fail_in_turn("blocking", deploy_blocking, rounds);
    fail_in_turn("driven", deploy_driven, rounds);
    free(spec_json);
    return finish("allocation");
}
