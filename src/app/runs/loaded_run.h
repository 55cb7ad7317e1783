/* A stored run in memory: how it began, and what its records say.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LOADED_RUN_H
#define WATTLE_APP_LOADED_RUN_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "lab/results.h"
#include "lab/store.h"

typedef struct LoadedRun {
	char id[STORE_ID_MAX];
	json_t *begin; /* its run-begin record */
	Results *results;
} LoadedRun;

/* meant: as of store_find. ERR_FORMAT: it has no records, or a damaged one. Either way to be
 * closed. */
bool loaded_run_open(LoadedRun *run, Store *store, const char *meant, Err *err);
void loaded_run_close(LoadedRun *run);

#endif
