#ifndef ELASTIROLL_TESTS_FAILING_NEW_H
#define ELASTIROLL_TESTS_FAILING_NEW_H

#ifdef __cplusplus
extern "C" {
#endif

/* The nth allocation from now on fails, once or from there on; 0: none. */
void fail_allocation(long nth, int and_all_later);
/* How many there were since. */
long allocation_count(void);

#ifdef __cplusplus
}
#endif

#endif
