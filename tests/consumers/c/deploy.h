#ifndef CONSUMER_DEPLOY_H
#define CONSUMER_DEPLOY_H

#include <elastiroll.h>

/* Deploys a spec document into a cloud of its own; the exit status. */
int deploy(const char* json, size_t size);

#endif
