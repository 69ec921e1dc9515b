#include "deploy.h"

#include <stdio.h>

static int fail(elr_error* error) {
    fprintf(stderr, "%s\n", elr_error_text(error));
    elr_error_free(error);
    return 2;
}

int deploy(const char* json, size_t size) {
    elr_error* error = NULL;
    elr_spec* spec = NULL;
    elr_cloud* cloud = NULL;
    elr_client* client = NULL;
    elr_store* store = NULL;
    elr_outcome* outcome = NULL;
    elr_spec_options which = {0};
    which.struct_size = sizeof which;
    which.workflow = "basic";
    elr_client_options how = {0};
    how.struct_size = sizeof how;
    int status = 0;
    if (elr_spec_new(json, size, &which, &spec, &error) != ELR_OK ||
        elr_cloud_new(NULL, 0, &cloud, &error) != ELR_OK ||
        (how.cloud = cloud, elr_client_new(&how, &client, &error)) != ELR_OK ||
        elr_store_new_memory(&store, &error) != ELR_OK ||
        elr_deploy(client, store, spec, NULL, &outcome, &error) != ELR_OK) {
        status = fail(error);
    } else {
        printf("elastiroll %s: %s\n", elr_version(),
               elr_outcome_kind_name(elr_outcome_kind(outcome)));
        status = elr_outcome_exit_status(outcome);
    }
    elr_outcome_free(outcome);
    elr_store_free(store);
    elr_client_free(client);
    elr_cloud_free(cloud);
    elr_spec_free(spec);
    return status;
}
