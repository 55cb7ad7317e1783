/* The store: every run with its receipt and all its records, in one SQLite file in WAL mode.
 *
 * A run is what its run-begin record says, what it was asked with (script text, settings), and its
 * records in the order in which they were written, as text. What is shown of a run, a table or a
 * verdict, is made of these records again: nothing is stored twice but what lists need.
 *
 * Two processes may write at once: each transaction is short, and one waits STORE_WAIT_MS for the
 * other. A process that is killed loses at most the epochs since its last window or trial; a
 * machine that loses power, the last transactions (synchronous = NORMAL).
 *
 * Errors: ERR_NEED: there is no store, or a newer wattle wrote it; ERR_FILE: it cannot be read or
 * written, and why (in use, read-only, disk full); ERR_FORMAT: it is damaged. Not for use by two
 * threads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_STORE_H
#define WATTLE_LAB_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define STORE_VERSION 1
#define STORE_WAIT_MS 2000
#define STORE_WAIT_AGAIN_MS 20 /* of who has waited in vain, until it could be had again */
#define STORE_ID_MAX 33        /* bytes of a run's id, with its end */
#define STORE_TAG_MAX 64

typedef struct Store Store;

typedef enum StoreWay {
	STORE_READ,  /* ERR_NEED when there is none */
	STORE_WRITE, /* made when there is none; its folder must be there */
} StoreWay;

/* Links may lead to the folder; the file itself must be none. A store that may not be written, nor its
 * folder, can be read all the same, if no process writes to it: where there is no -wal file.
 * A store of an older version is brought up to date in one transaction, either way: what fails on
 * the way leaves it as it was. */
Store *store_open(const char *path, StoreWay way, Err *err);
void store_close(Store *store);

/* --- writing ---------------------------------------------------------------------------------- */

/* What a run was asked with; borrowed. */
typedef struct StoreAsk {
	const char *script; /* its text; NULL: there is none */
	size_t script_len;
	const json_t *settings; /* an object, as the command wants it back; NULL: none */
} StoreAsk;

/* The records of one run on their way to the store. They are kept in memory until one comes that
 * must not be lost, then written in one transaction. */
typedef struct StoreWriter StoreWriter;

StoreWriter *store_writer_new(Store *store, const StoreAsk *ask, Err *err);
/* Goes on with a run that was broken off, behind its last record. What it said at its end, if it came
 * to that, goes with the first new records. ERR_ARGUMENT: it is through, or there is no such run. */
StoreWriter *store_writer_resume(Store *store, const char *id, Err *err);
/* From now on nothing is written before store_writer_end, and then all or nothing. */
void store_writer_hold(StoreWriter *writer);
/* Forgets what waits. NULL is fine. */
void store_writer_drop(StoreWriter *writer);
/* The first record is run-begin, which makes the run (ERR_ARGUMENT: its id is there already); what
 * came before it is an error. After a failure what was not written is kept and tried again with the
 * next record: a disk may have room then. */
bool store_writer_put(StoreWriter *writer, const json_t *record, Err *err);
/* For when the store cannot be had: writes to fd (borrowed) what the store has of the run, what waits,
 * and all that follows, a record a line. False: the store goes on being tried, and fd is to be
 * closed, whatever is in it. */
bool store_writer_leave(StoreWriter *writer, int fd, Err *err);
/* Whether the store has something of the run. */
bool store_writer_begun(const StoreWriter *writer);
/* "" before run-begin. */
const char *store_writer_id(const StoreWriter *writer);
/* Writes what is left; frees it either way. NULL is fine. */
bool store_writer_end(StoreWriter *writer, Err *err);

bool store_remove(Store *store, const char *id, Err *err);
/* Puts a tag on a run or takes it off; twice is as once. ERR_ARGUMENT: it is no word, "last", or the
 * beginning of a run's id. */
bool store_tag(Store *store, const char *id, const char *tag, bool on, Err *err);

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct StoredRun {
	char id[STORE_ID_MAX];
	/* Of run-begin; "" when it does not say; valid within the call that gives it. */
	const char *wall, *name, *script, *script_sha256, *machine;
	const char *tags; /* joined by commas, in order */
	const char *why;  /* how it ended; NULL: it did not, or has not yet */
	int exit;
	uint64_t seed;
	uint64_t records, trials;
} StoredRun;

/* It did not end, or by a signal or a limit: it can be gone on with. */
bool store_broken_off(const StoredRun *run);
/* Records that a run writes at its end, which go when it is gone on with. */
bool store_is_end(const json_t *record);

/* Shows each run to take, the oldest first, until it returns false with *err set. */
typedef bool StoreTake(void *user, const StoredRun *run, Err *err);
bool store_each(Store *store, StoreTake *take, void *user, Err *err);
/* The run that is meant: its id, "last", a tag that one run has, or an unambiguous beginning of the
 * id. ERR_ARGUMENT: none, or several, which are named. */
bool store_find(Store *store, const char *meant, char id[STORE_ID_MAX], Err *err);
/* One run, by its whole id. */
bool store_run(Store *store, const char *id, StoreTake *take, void *user, Err *err);

/* Shows each record of a run to take, in order, borrowed. ERR_FORMAT: one is damaged. */
typedef bool StoreTakeRecord(void *user, const json_t *record, Err *err);
bool store_records(Store *store, const char *id, StoreTakeRecord *take, void *user, Err *err);
/* The first record of a run, its run-begin; a new reference. */
bool store_begin(Store *store, const char *id, json_t **begin, Err *err);
/* What the run was asked with: *script is malloc'd, NULL when there was none; *settings a new
 * reference. */
bool store_asked(Store *store, const char *id, char **script, size_t *len, json_t **settings,
		 Err *err);

#endif
