/* Checks for tests in C: a failed one is told, and the program ends with 1. */
#ifndef ELASTIROLL_TESTS_CHECK_H
#define ELASTIROLL_TESTS_CHECK_H

#include <elastiroll.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;
static int checks;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        ++checks;                                                                                  \
        if (!(condition)) {                                                                        \
            ++failures;                                                                            \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);          \
        }                                                                                          \
    } while (0)

/* The rest cannot be tested where this does not hold. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        const int before = failures;                                                               \
        CHECK(condition);                                                                          \
        if (failures > before)                                                                     \
            exit(1);                                                                               \
    } while (0)

/* A call that succeeds: `error` stands for its error_out. */
#define SUCCEEDS(call)                                                                             \
    do {                                                                                           \
        elr_error* error = NULL;                                                                   \
        const elr_status status = (call);                                                          \
        ++checks;                                                                                  \
        if (status != ELR_OK || error != NULL) {                                                   \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, elr_error_text(error));  \
            elr_error_free(error);                                                                 \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* A call that fails with `wanted`, and says why. */
#define FAILS(wanted, call)                                                                        \
    do {                                                                                           \
        elr_error* error = NULL;                                                                   \
        const elr_status status = (call);                                                          \
        ++checks;                                                                                  \
        if (status != (wanted) || error == NULL || elr_error_status(error) != status ||            \
            strlen(elr_error_message(error)) < 5 ||                                                \
            strstr(elr_error_text(error), elr_error_message(error)) == NULL) {                     \
            ++failures;                                                                            \
            fprintf(stderr, "%s:%d: %s: %s, %s\n", __FILE__, __LINE__, #call,                      \
                    elr_status_name(status), error ? elr_error_text(error) : "no error");          \
        }                                                                                          \
        elr_error_free(error);                                                                     \
    } while (0)
#define REFUSES(call) FAILS(ELR_ERROR_INVALID_ARGUMENT, call)

static inline int finish(const char* what) {
    printf("%s: %d checks, %d failed\n", what, checks, failures);
    return failures == 0 ? 0 : 1;
}

#endif
