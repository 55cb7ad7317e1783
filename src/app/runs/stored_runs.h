/* The stored runs as records, and what the views ask of the store (REQUEST_STORE, ui/view.h).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_STORED_RUNS_H
#define WATTLE_APP_STORED_RUNS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "lab/store.h"

/* The stored-run record; new reference, NULL when memory is short. */
json_t *stored_run_json(const StoredRun *run);

/* Where answers go; records are borrowed. */
typedef struct StoredSink {
	void (*take)(void *user, const json_t *record); /* those of an answer, its end included */
	void (*play)(void *user, const json_t *record); /* those of a run that is opened */
	void *user;
} StoredSink;

/* What was done, or why not: for people. */
#define STORED_TOLD_MAX 512

/* Does what a REQUEST_STORE asks for. A store that cannot be read is an answer to "list"; else
 * false and *err. told: what became of it, "" when that shows by itself. */
bool stored_runs_perform(const char *what, const json_t *value, const StoredSink *sink,
			 char told[STORED_TOLD_MAX], Err *err);

#endif
