/* A spec and a cloud for tests in C. */
#ifndef ELASTIROLL_TESTS_WORLD_H
#define ELASTIROLL_TESTS_WORLD_H

#include "check.h"

/* A spec with a line of its own. `phases` is the canary's. */
static inline char* spec_text(const char* prefix, const char* phases) {
    static const char format[] =
        "{\"application\": {\"name\": \"shop\"},"
        " \"services\": [{\"name\": \"web\", \"image\": {\"id\": \"ami-0abc5d7e9f1a2b3c4\"}}],"
        " \"environments\": [{\"name\": \"production\"}],"
        " \"infrastructures\": [{\"name\": \"ireland\", \"environment\": \"production\","
        "   \"region\": \"eu-west-1\", \"account\": \"act-demo1234\", \"elastigroup\": {\"group\": "
        "{"
        "     \"capacity\": {\"unit\": \"instance\"}, \"strategy\": {\"risk\": 100}, \"compute\": {"
        "     \"instanceTypes\": {\"ondemand\": \"m5.large\", \"spot\": [\"m5.large\"]},"
        "     \"availabilityZones\": [{\"name\": \"eu-west-1a\", \"subnetIds\": [\"subnet-1\"]}],"
        "     \"product\": \"Linux/UNIX\", \"launchSpecification\": {}}}}}],"
        " \"workflows\": [{\"name\": \"canary\", \"strategy\": \"canary\", \"service\": \"web\","
        "   \"infrastructure\": \"ireland\", \"group_prefix\": \"%s\","
        "   \"instances\": \"same_as_running\", \"phases\": %s}]}";
    const size_t size = sizeof format + strlen(prefix) + strlen(phases);
    char* text = malloc(size);
    if (text != NULL)
        snprintf(text, size, format, prefix, phases);
    return text;
}

#define PLAIN_PHASES "[{\"percent\": 50}, {\"percent\": 100}]"
#define GATED_PHASES "[{\"percent\": 50, \"approval\": true}, {\"percent\": 100}]"

static inline elr_spec* make_spec(const char* prefix, const char* phases) {
    char* text = spec_text(prefix, phases);
    elr_spec* spec = NULL;
    SUCCEEDS(elr_spec_new(text, strlen(text), NULL, &spec, &error));
    free(text);
    return spec;
}

/* `more`: further members of the scenario, with a comma before. */
static inline elr_cloud* make_cloud(const char* more) {
    static const char format[] =
        "{\"start\": \"2026-03-02T10:00:00Z\", \"account\": \"act-demo1234\", \"region\": "
        "\"eu-west-1\","
        " \"groups\": [{\"name\": \"app__6\", \"capacity\": \"2/4/8\"},"
        "              {\"name\": \"other__1\", \"capacity\": \"1/2/4\"}]%s}";
    char text[1024];
    snprintf(text, sizeof text, format, more);
    elr_cloud* cloud = NULL;
    SUCCEEDS(elr_cloud_new(text, strlen(text), &cloud, &error));
    return cloud;
}

static inline elr_client* make_client(elr_cloud* cloud) {
    elr_client_options options = {0};
    options.struct_size = sizeof options;
    options.cloud = cloud;
    elr_client* client = NULL;
    SUCCEEDS(elr_client_new(&options, &client, &error));
    return client;
}

static inline elr_store* make_store(void) {
    elr_store* store = NULL;
    SUCCEEDS(elr_store_new_memory(&store, &error));
    return store;
}

/* Whether `text` is in the cloud's JSON. */
static inline int cloud_has(const elr_cloud* cloud, const char* text) {
    char* json = NULL;
    SUCCEEDS(elr_cloud_to_json(cloud, &json, &error));
    const int has = strstr(json, text) != NULL;
    elr_string_free(json);
    return has;
}

#endif
