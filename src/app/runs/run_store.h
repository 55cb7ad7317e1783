/* A run into the user's store, $XDG_DATA_HOME/wattle/runs.db, beside whatever else becomes of its
 * records.
 *
 * Nothing here ends a run: when the store cannot be written to, the records go to records/ID.jsonl
 * beside it, for `wattle runs merge`; when that cannot be, either, the run is not stored. Both are
 * told when the run is over.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_RUN_STORE_H
#define WATTLE_APP_RUN_STORE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/session/session.h"
#include "base/err.h"
#include "lab/store.h"

typedef struct RunStore {
	Store *store;
	StoreWriter *writer; /* NULL: this run is not stored */
	char *script;        /* its text */
	json_t *settings;
	int lock;            /* of records/ID.lock, while the run goes on; −1: none */
	size_t past;         /* records that are in the store already and come again first */
	int shard;           /* records/ID.jsonl; −1: not needed */
	char path[PATH_MAX]; /* of the shard */
	Err fault;           /* why the store was left, or why nothing was stored */
} RunStore;

/* The store's path, "" without a home; out holds PATH_MAX bytes; returned. */
char *run_store_path(char *out);

/* The user's store, for reading or to change what is in it. NULL and *err as store_open has it. */
Store *run_store_read(Err *err);
Store *run_store_change(Err *err);

/* Whether a process writes this run now. */
bool run_store_goes_on(const char *id);

/* Begins to store a run of the script. settings (borrowed): what it was asked with. Zeroed: not
 * stored, which take and end are fine with. */
void run_store_begin(RunStore *self, const ScriptFile *script, const json_t *settings);
/* Goes on with the youngest run of that script, asked with those settings, that was broken off and
 * goes on in no other process. *past: its records without those of its end, a new reference, which
 * come to run_store_take again before new ones do. ERR_NEED: there is none, or one whose records
 * are in records/ID.jsonl. */
bool run_store_resume(RunStore *self, const ScriptFile *script, const json_t *settings,
		      json_t **past, Err *err);
void run_store_take(RunStore *self, const json_t *record);
/* A descriptor that is held while a run is written, gone on with or removed: nobody else does so
 * then. −1 and *err: ERR_NEED, another process has it. */
int run_store_lock(const char *id, Err *err);
/* −1 is fine. */
void run_store_unlock(int lock, const char *id);
/* Removes a run from the user's store, with what lies in records of it. ERR_NEED: it goes on. */
bool run_store_remove(Store *store, const char *id, Err *err);
/* Where the records of a run go when the store cannot be had; out holds PATH_MAX bytes; returned. */
char *run_store_shard(const char *id, char *out);
/* Writes the rest. The id of the run into id; "" when nothing was stored. False: *err says where
 * the records are instead, or that they are nowhere. */
bool run_store_end(RunStore *self, char id[STORE_ID_MAX], Err *err);

#endif
