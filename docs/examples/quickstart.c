/* README's quick start in C: a basic deployment in the simulated cloud.
   Run as `quickstart SPEC`, where SPEC is a file such as docs/examples/minimal.json. */
#include <elastiroll.h>

#include <stdio.h>

/* [README] */
static elr_status deploy_in_simulation(const char* json, size_t size, elr_error** error_out) {
    elr_spec* spec = NULL;
    elr_cloud* cloud = NULL;
    elr_client* client = NULL;
    elr_store* store = NULL;
    elr_outcome* outcome = NULL;
    const elr_spec_options which = {.struct_size = sizeof which, .workflow = "basic"};
    elr_client_options how = {.struct_size = sizeof how};

    elr_status status = elr_spec_new(json, size, &which, &spec, error_out);
    if (status == ELR_OK)
        status = elr_cloud_new(NULL, 0, &cloud, error_out);
    how.cloud = cloud;
    if (status == ELR_OK)
        status = elr_client_new(&how, &client, error_out);
    if (status == ELR_OK)
        status = elr_store_new_memory(&store, error_out);
    if (status == ELR_OK)
        status = elr_deploy(client, store, spec, NULL, &outcome, error_out);
    if (status == ELR_OK)
        printf("%s: %s serves\n", elr_outcome_kind_name(elr_outcome_kind(outcome)),
               elr_outcome_serving(outcome));

    elr_outcome_free(outcome); /* takes NULL, as all of them do */
    elr_store_free(store);
    elr_client_free(client);
    elr_cloud_free(cloud);
    elr_spec_free(spec);
    return status;
}
/* [README] */

int main(int argc, char** argv) {
    static char json[65536];
    FILE* file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: quickstart SPEC\n");
        return 2;
    }
    const size_t size = fread(json, 1, sizeof json, file);
    fclose(file);
    elr_error* error = NULL;
    if (deploy_in_simulation(json, size, &error) == ELR_OK)
        return 0;
    fprintf(stderr, "%s\n", elr_error_text(error));
    elr_error_free(error);
    return 2;
}
