/* The shared library is loaded, used and unloaded a hundred times: nothing is left of it, and until
   it is asked for something it starts no thread and opens no file.

       unload-test LIBRARY */
#define _GNU_SOURCE

#include "check.h"

#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>

enum { ROUNDS = 100, WARM = 10, SLACK_BYTES = 64 * 1024 };

static int count_in(const char* folder) {
    DIR* directory = opendir(folder);
    int count = 0;
    while (directory != NULL && readdir(directory) != NULL)
        ++count;
    if (directory != NULL)
        closedir(directory);
    return count;
}

/* By name, since nothing may be linked. ISO C knows no functions in void*; POSIX does. */
#define LOAD(library, name) *(void**)&name = dlsym(library, "elr_" #name)

static void use(void* library) {
    elr_status (*cloud_new)(const char*, size_t, elr_cloud**, elr_error**);
    elr_status (*client_new)(const elr_client_options*, elr_client**, elr_error**);
    elr_status (*store_new_memory)(elr_store**, elr_error**);
    elr_status (*store_list)(elr_store*, const char*, int32_t, char**, elr_error**);
    elr_status (*spec_new)(const char*, size_t, const elr_spec_options*, elr_spec**, elr_error**);
    elr_status (*fleet_new)(const elr_client*, const elr_fleet_options*, elr_fleet**, elr_error**);
    void (*cloud_free)(elr_cloud*);
    void (*client_free)(elr_client*);
    void (*store_free)(elr_store*);
    void (*fleet_free)(elr_fleet*);
    void (*error_free)(elr_error*);
    void (*string_free)(char*);
    LOAD(library, cloud_new);
    LOAD(library, client_new);
    LOAD(library, store_new_memory);
    LOAD(library, store_list);
    LOAD(library, spec_new);
    LOAD(library, fleet_new);
    LOAD(library, cloud_free);
    LOAD(library, client_free);
    LOAD(library, store_free);
    LOAD(library, fleet_free);
    LOAD(library, error_free);
    LOAD(library, string_free);

    const int threads = count_in("/proc/self/task");
    const int files = count_in("/proc/self/fd");
    elr_cloud* cloud = NULL;
    CHECK(cloud_new(NULL, 0, &cloud, NULL) == ELR_OK);
    elr_client_options how = {0};
    how.struct_size = sizeof how;
    how.cloud = cloud;
    elr_client* client = NULL;
    CHECK(client_new(&how, &client, NULL) == ELR_OK);
    elr_store* store = NULL;
    CHECK(store_new_memory(&store, NULL) == ELR_OK);
    char* json = NULL;
    CHECK(store_list(store, NULL, 0, &json, NULL) == ELR_OK);
    string_free(json);
    elr_error* error = NULL;
    elr_spec* spec = NULL;
    CHECK(spec_new("{}", 2, NULL, &spec, &error) == ELR_ERROR_INVALID_ARGUMENT);
    error_free(error);
    elr_fleet_options options = {0};
    options.struct_size = sizeof options;
    options.now_ms = 1;
    elr_fleet* fleet = NULL;
    CHECK(fleet_new(client, &options, &fleet, NULL) == ELR_OK);
    CHECK(count_in("/proc/self/task") == threads);
    CHECK(count_in("/proc/self/fd") == files);
    fleet_free(fleet);
    store_free(store);
    client_free(client);
    cloud_free(cloud);
}

static size_t used_bytes(void) { return mallinfo2().uordblks; }

int main(int argc, char** argv) {
    REQUIRE(argc == 2);
    size_t warm = 0;
    for (int round = 0; round < ROUNDS; ++round) {
        void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL)
            fprintf(stderr, "%s\n", dlerror());
        REQUIRE(library != NULL);
        use(library);
        CHECK(dlclose(library) == 0);
        /* It is gone, and not only forgotten. */
        CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL);
        if (round == WARM)
            warm = used_bytes();
    }
    CHECK(used_bytes() < warm + SLACK_BYTES);
    printf("%zu bytes in use after %d rounds, %zu after %d\n", warm, WARM, used_bytes(), ROUNDS);
    return finish("unload");
}
