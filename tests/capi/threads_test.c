/* Handles that threads may share, shared; and two hosts in one process, who do not see each other.
 */
#define _POSIX_C_SOURCE 200809L

#include "world.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 3 };

struct host {
    const char* name;
    const elr_spec* spec;
    const elr_client* client;
    elr_store* store;
    elr_control* control;
    pthread_t thread; /* that it runs on */
    int events;
    int strangers; /* events of others, or on another thread */
    int lines;
    int32_t kind;
    char deployment[32];
};

static void hear(const elr_event* event, void* user_data) {
    struct host* host = user_data;
    ++host->events;
    if (strcmp(event->deployment, host->deployment) != 0 ||
        !pthread_equal(pthread_self(), host->thread))
        ++host->strangers;
}

static void note(int32_t level, const char* message, void* user_data) {
    struct host* host = user_data;
    (void)level;
    ++host->lines;
    if (strstr(message, strcmp(host->name, "app") == 0 ? "other__" : "app__") != NULL)
        ++host->strangers;
}

static void* deploy(void* user_data) {
    struct host* host = user_data;
    host->thread = pthread_self();
    elr_run_options options = {0};
    options.struct_size = sizeof options;
    options.deployment = host->deployment;
    options.actor = host->name;
    options.control = host->control;
    options.observer = hear;
    options.observer_data = host;
    options.log = note;
    options.log_data = host;
    elr_outcome* outcome = NULL;
    elr_error* error = NULL;
    if (elr_deploy(host->client, host->store, host->spec, &options, &outcome, &error) != ELR_OK)
        fprintf(stderr, "%s: %s\n", host->name, elr_error_text(error));
    elr_error_free(error);
    host->kind = elr_outcome_kind(outcome);
    elr_outcome_free(outcome);
    return NULL;
}

static void name_deployment(struct host* host, const elr_cloud* cloud) {
    elr_id id;
    SUCCEEDS(elr_id_new(elr_cloud_now_ms(cloud), host->name, strlen(host->name), &id, &error));
    strcpy(host->deployment, id.text);
}

/* Each has all of its own: a client, a store, an observer, a logger. */
static void two_hosts_do_not_see_each_other(void) {
    struct host hosts[2] = {{0}, {0}};
    elr_cloud* clouds[2];
    hosts[0].name = "app";
    hosts[1].name = "other";
    for (int i = 0; i < 2; ++i) {
        clouds[i] = make_cloud("");
        hosts[i].client = make_client(clouds[i]);
        hosts[i].store = make_store();
        hosts[i].spec = make_spec(hosts[i].name, PLAIN_PHASES);
        name_deployment(&hosts[i], clouds[i]);
    }
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i)
        REQUIRE(pthread_create(&threads[i], NULL, deploy, &hosts[i]) == 0);
    for (int i = 0; i < 2; ++i)
        pthread_join(threads[i], NULL);
    CHECK(cloud_has(clouds[0], "app__7") && !cloud_has(clouds[0], "other__2"));
    CHECK(cloud_has(clouds[1], "other__2") && !cloud_has(clouds[1], "app__7"));
    for (int i = 0; i < 2; ++i) {
        CHECK(hosts[i].kind == ELR_OUTCOME_DONE);
        CHECK(hosts[i].events > 10 && hosts[i].lines > hosts[i].events);
        CHECK(hosts[i].strangers == 0);
        char* json = NULL;
        SUCCEEDS(elr_store_list(hosts[i].store, NULL, 0, &json, &error));
        CHECK(strstr(json, hosts[1 - i].deployment) == NULL);
        elr_string_free(json);
        elr_spec_free((elr_spec*)hosts[i].spec);
        elr_store_free(hosts[i].store);
        elr_client_free((elr_client*)hosts[i].client);
        elr_cloud_free(clouds[i]);
    }
}

static void two_lines_share_a_client_a_store_and_a_cloud(void) {
    elr_cloud* cloud = make_cloud("");
    elr_client* client = make_client(cloud);
    elr_store* store = make_store();
    elr_spec* specs[2] = {make_spec("app", PLAIN_PHASES), make_spec("other", PLAIN_PHASES)};
    struct host hosts[2] = {{0}, {0}};
    hosts[0].name = "app";
    hosts[1].name = "other";
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i) {
        hosts[i].client = client;
        hosts[i].store = store;
        hosts[i].spec = specs[i];
        name_deployment(&hosts[i], cloud);
    }
    for (int i = 0; i < 2; ++i)
        REQUIRE(pthread_create(&threads[i], NULL, deploy, &hosts[i]) == 0);
    for (int round = 0; round < 50; ++round) {
        char* json = NULL;
        SUCCEEDS(elr_store_list(store, NULL, 0, &json, &error));
        elr_string_free(json);
        CHECK(cloud_has(cloud, "app__6"));
    }
    for (int i = 0; i < 2; ++i)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; ++i) {
        CHECK(hosts[i].kind == ELR_OUTCOME_DONE);
        CHECK(hosts[i].strangers == 0);
        elr_spec_free(specs[i]);
    }
    CHECK(cloud_has(cloud, "app__7") && cloud_has(cloud, "other__2"));
    elr_store_free(store);
    elr_client_free(client);
    elr_cloud_free(cloud);
}

struct shared {
    const elr_spec* spec;
    const elr_snapshot* snapshot;
    const elr_plan* plan;
};

static void* read_values(void* user_data) {
    const struct shared* shared = user_data;
    for (int round = 0; round < ROUNDS; ++round) {
        elr_plan* plan = NULL;
        char* text = NULL;
        if (elr_plan_new(shared->spec, shared->snapshot, &plan, NULL) != ELR_OK ||
            elr_plan_step_count(plan) != elr_plan_step_count(shared->plan) ||
            elr_plan_to_text(shared->plan, 0, &text, NULL) != ELR_OK ||
            *elr_plan_step_reason(shared->plan, 0) == '\0' || *elr_spec_line(shared->spec) == '\0')
            return NULL;
        elr_string_free(text);
        elr_plan_free(plan);
    }
    return user_data;
}

static void values_are_read_by_many_threads(void) {
    elr_cloud* cloud = make_cloud("");
    elr_client* client = make_client(cloud);
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    elr_snapshot* snapshot = NULL;
    SUCCEEDS(elr_observe(client, spec, &snapshot, &error));
    elr_plan* plan = NULL;
    SUCCEEDS(elr_plan_new(spec, snapshot, &plan, &error));
    struct shared shared = {spec, snapshot, plan};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; ++i)
        REQUIRE(pthread_create(&threads[i], NULL, read_values, &shared) == 0);
    for (int i = 0; i < THREADS; ++i) {
        void* good = NULL;
        pthread_join(threads[i], &good);
        CHECK(good != NULL);
    }
    elr_plan_free(plan);
    elr_snapshot_free(snapshot);
    elr_spec_free(spec);
    elr_client_free(client);
    elr_cloud_free(cloud);
}

/* From another thread, at a moment that nobody chose. */
static void a_run_is_stopped_from_another_thread(void) {
    struct host host = {0};
    elr_cloud* cloud = make_cloud("");
    elr_client* client = make_client(cloud);
    host.name = "app";
    host.client = client;
    host.store = make_store();
    elr_spec* spec = make_spec("app", PLAIN_PHASES);
    host.spec = spec;
    name_deployment(&host, cloud);
    SUCCEEDS(elr_control_new(&host.control, &error));
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, deploy, &host) == 0);
    SUCCEEDS(elr_control_interrupt(host.control, &error));
    pthread_join(thread, NULL);
    CHECK(host.kind == ELR_OUTCOME_INTERRUPTED || host.kind == ELR_OUTCOME_DONE);
    elr_control_free(host.control);
    elr_spec_free(spec);
    elr_store_free(host.store);
    elr_client_free(client);
    elr_cloud_free(cloud);
}

int main(void) {
    two_hosts_do_not_see_each_other();
    two_lines_share_a_client_a_store_and_a_cloud();
    values_are_read_by_many_threads();
    a_run_is_stopped_from_another_thread();
    return finish("threads");
}
