/*
 * Deploys from C with the blocking functions: plans, shows the plan, deploys it, tells what
 * happens.
 *
 *     deploy SPEC WORKFLOW [STEP]
 *
 * Ctrl-C stops it after the current call; what was begun can be resumed then. With STEP it thinks
 * better of it at that step: everything is put back. ELASTIROLL_SIM_URL is an `elastiroll sim` to
 * deploy to; without it real accounts are, with the credentials that Spot's and AWS's own tools
 * would take. Exits as the command does.
 */
#define _POSIX_C_SOURCE 200809L

#include <elastiroll.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED = 2, BLOCK = 65536 };

/* Prints an error and lets go of it. */
static int report(const char* doing, elr_error* error) {
    fprintf(stderr, "%s: %s\n", doing, elr_error_text(error));
    elr_error_free(error);
    return REFUSED;
}

/* The whole of a file, to be freed; NULL and a message where it cannot be read. */
static char* read_file(const char* path, size_t* size) {
    FILE* file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return NULL;
    }
    char* bytes = NULL;
    size_t some = 1;
    *size = 0;
    while (some > 0) {
        char* larger = realloc(bytes, *size + BLOCK);
        if (larger == NULL)
            break;
        bytes = larger;
        some = fread(bytes + *size, 1, BLOCK, file);
        *size += some;
    }
    fclose(file);
    return bytes;
}

struct watch {
    int64_t began_ms;
    const char* abort_at;
    elr_control* control;
};

/* Called on the thread that deploys, within elr_deploy(). */
static void on_event(const elr_event* event, void* user_data) {
    struct watch* watch = user_data;
    if (watch->began_ms == 0)
        watch->began_ms = event->at_ms;
    if (event->kind != ELR_EVENT_PROGRESS)
        printf("%5lld s  %s\n", (long long)(event->at_ms - watch->began_ms) / 1000, event->text);
    if (watch->abort_at != NULL && event->kind == ELR_EVENT_STEP_STARTED &&
        strcmp(event->step, watch->abort_at) == 0)
        elr_control_abort(watch->control, "deploy.c", "on second thoughts", NULL);
}

/* A thread of ours, since no function of the library may be called in a signal handler. */
static void* wait_for_interrupt(void* user_data) {
    sigset_t signals;
    int which = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigwait(&signals, &which);
    fprintf(stderr, "stopping after the current call\n");
    elr_control_interrupt(user_data, NULL);
    return NULL;
}

static int deploy(const elr_client* client, elr_store* store, const elr_spec* spec,
                  const char* abort_at) {
    elr_error* error = NULL;
    elr_plan* plan = NULL;
    if (elr_plan_deployment(client, store, spec, &plan, &error) != ELR_OK)
        return report("planning", error);
    char* text = NULL;
    if (elr_plan_to_text(plan, 0, &text, NULL) == ELR_OK)
        printf("%s\n", text);
    elr_string_free(text);

    elr_control* control = NULL;
    if (elr_control_new(&control, &error) != ELR_OK) {
        elr_plan_free(plan);
        return report("deploying", error);
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_interrupt, control) == 0)
        pthread_detach(thread); /* it waits until the program ends, and so lives the control */

    struct watch watch = {.abort_at = abort_at, .control = control};
    const elr_run_options options = {.struct_size = sizeof options,
                                     .actor = "deploy.c",
                                     .reason = "an example",
                                     .plan = plan, /* else, were the world changed since: refused */
                                     .control = control,
                                     .observer = on_event,
                                     .observer_data = &watch};
    elr_outcome* outcome = NULL;
    const elr_status status = elr_deploy(client, store, spec, &options, &outcome, &error);
    elr_plan_free(plan);
    if (status != ELR_OK)
        return report("deploying", error);

    printf("%s: %s\n", elr_outcome_deployment(outcome),
           elr_outcome_kind_name(elr_outcome_kind(outcome)));
    if (elr_outcome_error(outcome) != NULL)
        printf("  %s\n", elr_error_text(elr_outcome_error(outcome)));
    for (size_t i = 0; i < elr_outcome_warning_count(outcome); ++i)
        printf("  still due: %s\n", elr_outcome_warning(outcome, i));
    const int exit_status = elr_outcome_exit_status(outcome);
    elr_outcome_free(outcome);
    return exit_status;
}

int main(int argc, char** argv) {
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s SPEC WORKFLOW [STEP]\n", argv[0]);
        return REFUSED;
    }
    /* Before any other thread is, so that all of them leave Ctrl-C to the one that waits for it. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    size_t size = 0;
    char* json = read_file(argv[1], &size);
    if (json == NULL)
        return REFUSED;
    elr_error* error = NULL;
    elr_spec* spec = NULL;
    const elr_spec_options which = {.struct_size = sizeof which, .workflow = argv[2]};
    elr_status status = elr_spec_new(json, size, &which, &spec, &error);
    free(json);
    if (status != ELR_OK)
        return report(argv[1], error);

    elr_client* client = NULL;
    const char* sim_url = getenv("ELASTIROLL_SIM_URL");
    const elr_client_options how = {
        .struct_size = sizeof how, .sim_url = sim_url, .uses_environment = sim_url == NULL};
    if (elr_client_new(&how, &client, &error) != ELR_OK)
        return report("making a client", error);
    elr_store* store = NULL;
    const char* state = getenv("ELASTIROLL_STATE");
    if (elr_store_open(state != NULL ? state : "elastiroll.db", &store, &error) != ELR_OK)
        return report("opening the store", error);

    const int exit_status = deploy(client, store, spec, argc == 4 ? argv[3] : NULL);
    elr_store_free(store);
    elr_client_free(client);
    elr_spec_free(spec);
    return exit_status;
}
