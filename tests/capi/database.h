/* A host's database for a driven fleet: a table of items, in memory. */
#ifndef ELASTIROLL_TESTS_DATABASE_H
#define ELASTIROLL_TESTS_DATABASE_H

#include "check.h"

struct row {
    char* key;
    char* bytes;
    size_t size;
    int64_t version;
};
struct database {
    struct row* rows; /* by key */
    size_t count;
    int fails; /* what is asked next fails */
};

static inline size_t place_of(const struct database* database, const char* key) {
    size_t place = 0;
    while (place < database->count && strcmp(database->rows[place].key, key) < 0)
        ++place;
    return place;
}

static inline struct row* find_row(const struct database* database, const char* key) {
    const size_t place = place_of(database, key);
    return place < database->count && strcmp(database->rows[place].key, key) == 0
               ? &database->rows[place]
               : NULL;
}

static inline int put_row(struct database* database, const elr_action* action) {
    struct row* row = find_row(database, elr_action_key(action));
    if ((row == NULL ? 0 : row->version) != elr_action_version(action))
        return 0;
    if (row == NULL) {
        const size_t place = place_of(database, elr_action_key(action));
        database->rows = realloc(database->rows, (database->count + 1) * sizeof *database->rows);
        row = database->rows + place;
        memmove(row + 1, row, (database->count - place) * sizeof *row);
        ++database->count;
        memset(row, 0, sizeof *row);
        row->key = malloc(strlen(elr_action_key(action)) + 1);
        strcpy(row->key, elr_action_key(action));
    }
    const char* bytes = elr_action_body(action, &row->size);
    free(row->bytes);
    row->bytes = malloc(row->size + 1);
    memcpy(row->bytes, bytes, row->size);
    ++row->version;
    return 1;
}

static inline void give_items(struct database* database, elr_fleet* fleet,
                              const elr_action* action) {
    const char* key = elr_action_key(action);
    const char* before = elr_action_before(action);
    const int is_scan = elr_action_operation(action) == ELR_PERSIST_SCAN;
    elr_item* items = calloc(database->count + 1, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < database->count; ++i) {
        const struct row* row = elr_action_is_newest_first(action) == 1
                                    ? &database->rows[database->count - 1 - i]
                                    : &database->rows[i];
        const int fits = is_scan ? strncmp(row->key, key, strlen(key)) == 0 &&
                                       (*before == '\0' || strcmp(row->key, before) < 0)
                                 : strcmp(row->key, key) == 0;
        if (!fits || (elr_action_limit(action) != 0 && count == elr_action_limit(action)))
            continue;
        items[count].key = row->key;
        items[count].bytes = row->bytes;
        items[count].size = row->size;
        items[count].version = row->version;
        ++count;
    }
    SUCCEEDS(elr_fleet_on_items(fleet, elr_action_id(action), items, count, &error));
    free(items);
}

static inline void persist(struct database* database, elr_fleet* fleet, const elr_action* action) {
    if (database->fails)
        SUCCEEDS(elr_fleet_on_persist_failed(fleet, elr_action_id(action), "disk full", &error));
    else if (elr_action_operation(action) == ELR_PERSIST_PUT)
        SUCCEEDS(
            elr_fleet_on_written(fleet, elr_action_id(action), put_row(database, action), &error));
    else
        give_items(database, fleet, action);
}

static inline void free_database(struct database* database) {
    for (size_t i = 0; i < database->count; ++i) {
        free(database->rows[i].key);
        free(database->rows[i].bytes);
    }
    free(database->rows);
    memset(database, 0, sizeof *database);
}

#endif
