/* Runs into the store: records wait in memory for one that must not be lost.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/store_inside.h"

#define WAITING_MAX 256 /* records; more are written, whatever they are */

typedef struct Waiting {
	char *type, *json;
} Waiting;

struct StoreWriter {
	Store *store;
	StoreAsk ask;
	char id[STORE_ID_MAX];
	json_t *begin; /* run-begin, until the run is in the store */
	json_t *end;   /* run-end, likewise */
	int64_t next;  /* number of the next record that is written */
	Waiting *waiting;
	size_t count, room;
	int fd;       /* where it all goes instead; −1: to the store */
	bool ended;   /* its old end is in the store, until the first new records come */
	bool held;    /* nothing is written before the end */
	bool in_vain; /* the store was waited for, and is waited for shortly until it can be had */
};

/* --- what waits ------------------------------------------------------------------------------- */

static void forget_waiting(StoreWriter *writer)
{
	for (size_t i = 0; i < writer->count; i++) {
		free(writer->waiting[i].type);
		free(writer->waiting[i].json);
	}
	writer->count = 0;
}

static bool wait_for(StoreWriter *writer, const json_t *record, Err *err)
{
	Waiting one = { .json = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(10)) };
	const char *type = json_string_value(json_object_get(record, "type"));

	Waiting *more = list_room(writer->waiting, writer->count, &writer->room, sizeof *more);

	if (more)
		writer->waiting = more;
	one.type = strdup(type ? type : "");
	if (one.json && one.type && writer->count < writer->room) {
		writer->waiting[writer->count++] = one;
		return true;
	}
	free(one.type);
	free(one.json);
	return err_set(err, ERR_MEMORY, "no memory for records on their way to the store");
}

/* Records whose loss would lose work: all but those of a training that goes on. */
static bool must_keep(const char *type)
{
	static const char *const later[] = { "arm-begin", "epoch",   "log", "lowering",
					     "dataset",   "reading", "ui",  NULL };

	for (size_t i = 0; later[i]; i++)
		if (strcmp(later[i], type) == 0)
			return false;
	return true;
}

/* --- one transaction -------------------------------------------------------------------------- */

static bool insert_run(StoreWriter *writer, Err *err)
{
	static const char sql[] = "INSERT INTO run(id, began, wall, name, script, script_sha256, "
				  "machine, seed, asked,"
				  " text) VALUES(?1, (SELECT coalesce(max(began), 0) + 1 FROM "
				  "run WHERE began < 9007199254740992), ?2, ?3, ?4, ?5, ?6,"
				  " ?7, ?8, ?9)";
	const json_t *begin = writer->begin, *receipt = json_object_get(begin, "receipt");
	sqlite3_stmt *insert = store_prepare(writer->store, sql, err);
	char *asked = writer->ask.settings ? json_dumps(writer->ask.settings, JSON_COMPACT) : NULL;
	bool fine = false;

	if (insert) {
		store_bind(insert, 1, writer->id);
		store_bind(insert, 2, record_text(begin, "wall"));
		store_bind(insert, 3, record_text(json_object_get(begin, "plan"), "name"));
		store_bind(insert, 4, record_text(begin, "script"));
		store_bind(insert, 5, record_text(begin, "script_sha256"));
		store_bind(insert, 6, record_text(json_object_get(receipt, "cpu"), "model"));
		sqlite3_bind_int64(insert, 7, json_integer_value(json_object_get(begin, "seed")));
		store_bind(insert, 8, asked ? asked : "{}");
		if (writer->ask.script)
			sqlite3_bind_blob64(insert, 9, writer->ask.script, writer->ask.script_len,
					    SQLITE_STATIC);
		fine = store_step(writer->store, insert, err);
	}
	if (!fine && sqlite3_extended_errcode(writer->store->db) == SQLITE_CONSTRAINT_PRIMARYKEY)
		err_set(err, ERR_ARGUMENT, "the run %s is in the store already", writer->id);
	sqlite3_finalize(insert);
	free(asked);
	return fine;
}

static bool insert_records(StoreWriter *writer, Err *err)
{
	sqlite3_stmt *insert =
		store_prepare(writer->store,
			      "INSERT INTO record(run, seq, type, json) VALUES(?1, ?2, ?3, ?4)",
			      err);
	bool fine = insert != NULL;

	for (size_t i = 0; fine && i < writer->count; i++) {
		store_bind(insert, 1, writer->id);
		sqlite3_bind_int64(insert, 2, writer->next + (int64_t)i);
		store_bind(insert, 3, writer->waiting[i].type);
		store_bind(insert, 4, writer->waiting[i].json);
		fine = store_step(writer->store, insert, err);
	}
	sqlite3_finalize(insert);
	return fine;
}

static bool note_end(StoreWriter *writer, Err *err)
{
	sqlite3_stmt *update = store_prepare(
		writer->store, "UPDATE run SET exit = ?2, why = ?3 WHERE id = ?1", err);
	bool fine = false;

	if (update) {
		store_bind(update, 1, writer->id);
		sqlite3_bind_int64(update, 2,
				   json_integer_value(json_object_get(writer->end, "exit")));
		store_bind(update, 3, record_text(writer->end, "why"));
		fine = store_step(writer->store, update, err);
	}
	sqlite3_finalize(update);
	return fine;
}

/* What the run said at its end, when it goes on. */
static bool drop_end(StoreWriter *writer, Err *err)
{
	static const char *const sql[] = {
		"DELETE FROM record WHERE run = ?1 AND type IN (" STORE_END_TYPES ")",
		"UPDATE run SET exit = NULL, why = NULL WHERE id = ?1",
	};
	bool fine = true;

	for (size_t i = 0; fine && i < sizeof sql / sizeof *sql; i++) {
		sqlite3_stmt *change = store_prepare(writer->store, sql[i], err);

		if (change)
			store_bind(change, 1, writer->id);
		fine = change && store_step(writer->store, change, err);
		sqlite3_finalize(change);
	}
	return fine;
}

static bool put_line(int fd, const char *json, Err *err)
{
	return dprintf(fd, "%s\n", json) == (int)strlen(json) + 1 ||
	       err_set(err, ERR_FILE, "%s", strerror(errno));
}

static bool flush_lines(StoreWriter *writer, Err *err)
{
	off_t whole = lseek(writer->fd, 0, SEEK_END);

	for (size_t i = 0; i < writer->count; i++) {
		if (put_line(writer->fd, writer->waiting[i].json, err))
			continue;
		/* What is torn goes; all of it is tried again with the next record. */
		if (whole >= 0 && ftruncate(writer->fd, whole) == 0)
			lseek(writer->fd, whole, SEEK_SET);
		return false;
	}
	forget_waiting(writer);
	return true;
}

/* Who moved or removed the file meanwhile would get nothing of what is written to it. */
static bool in_place(const Store *store, Err *err)
{
	int moved = 0;

	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return !moved ||
	       err_set(err, ERR_FILE,
		       "the store %s was moved or removed while it was in use (to move it "
		       "whole, wait for its runs, and take runs.db-wal and runs.db-shm "
		       "along)",
		       store->path);
}

/* Who has waited once in vain does not hold up the run at each record. */
static void note_wait(StoreWriter *writer, bool in_vain)
{
	if (in_vain != writer->in_vain)
		sqlite3_busy_timeout(writer->store->db,
				     in_vain ? STORE_WAIT_AGAIN_MS : STORE_WAIT_MS);
	writer->in_vain = in_vain;
}

static bool write_all(StoreWriter *writer, Err *err)
{
	return (!writer->ended || drop_end(writer, err)) &&
	       (!writer->begin || insert_run(writer, err)) && insert_records(writer, err) &&
	       (!writer->end || note_end(writer, err)) && store_do(writer->store, "COMMIT", err);
}

/* All or nothing of what waits. */
static bool flush(StoreWriter *writer, Err *err)
{
	Store *store = writer->store;

	if (!writer->count)
		return true;
	if (writer->fd >= 0)
		return flush_lines(writer, err);
	if (!in_place(store, err))
		return false;
	if (!store_do(store, "BEGIN IMMEDIATE", err)) {
		note_wait(writer, sqlite3_errcode(store->db) == SQLITE_BUSY);
		return false;
	}
	note_wait(writer, false);
	if (!write_all(writer, err)) {
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	writer->next += (int64_t)writer->count;
	writer->ended = false;
	forget_waiting(writer);
	json_decref(writer->begin);
	json_decref(writer->end);
	writer->begin = writer->end = NULL;
	return true;
}

/* --- writers ---------------------------------------------------------------------------------- */

StoreWriter *store_writer_new(Store *store, const StoreAsk *ask, Err *err)
{
	StoreWriter *writer = calloc(1, sizeof *writer);

	if (!writer) {
		err_set(err, ERR_MEMORY, "no memory for a run on its way to the store");
		return NULL;
	}
	writer->store = store;
	writer->fd = -1;
	if (ask)
		writer->ask = *ask;
	return writer;
}

typedef struct Found {
	bool ended, broken;
} Found;

static bool find_run(void *user, const StoredRun *run, Err *err)
{
	(void)err;
	*(Found *)user = (Found){ run->why != NULL, store_broken_off(run) };
	return true;
}

StoreWriter *store_writer_resume(Store *store, const char *id, Err *err)
{
	StoreWriter *writer = NULL;
	Found found;
	int64_t next;

	if (!store_run(store, id, find_run, &found, err) ||
	    !store_number(store, "SELECT coalesce(max(seq), -1) + 1 FROM record WHERE run = ?1", id,
			  &next, err))
		return NULL;
	if (!found.broken) {
		err_set(err, ERR_ARGUMENT, "the run %.8s has ended: there is nothing to go on with",
			id);
		return NULL;
	}
	writer = store_writer_new(store, NULL, err);
	if (!writer)
		return NULL;
	text_format(writer->id, sizeof writer->id, "%s", id);
	writer->next = next;
	writer->ended = found.ended;
	return writer;
}

void store_writer_hold(StoreWriter *writer)
{
	writer->held = true;
}

void store_writer_drop(StoreWriter *writer)
{
	if (writer)
		forget_waiting(writer);
}

/* The run's id, of run-begin. */
static bool take_begin(StoreWriter *writer, const json_t *record, Err *err)
{
	const char *id = record_text(record, "run");
	size_t len = strlen(id);

	if (strcmp(record_text(record, "type"), "run-begin") != 0)
		return err_set(err, ERR_ARGUMENT,
			       "a stored run begins with a run-begin record, not with '%.30s'",
			       record_text(record, "type"));
	if (len == 0 || len >= STORE_ID_MAX || strspn(id, "0123456789abcdef") != len)
		return err_set(err, ERR_ARGUMENT,
			       "the run of a run-begin record must be 1 to %d hexadecimal digits",
			       STORE_ID_MAX - 1);
	writer->begin = json_copy((json_t *)(uintptr_t)record);
	if (!writer->begin)
		return err_set(err, ERR_MEMORY, "no memory for a run on its way to the store");
	text_format(writer->id, sizeof writer->id, "%s", id);
	return true;
}

bool store_writer_put(StoreWriter *writer, const json_t *record, Err *err)
{
	const char *type = record_text(record, "type");

	if (!writer->id[0] && !take_begin(writer, record, err))
		return false;
	if (!wait_for(writer, record, err))
		return false;
	if (strcmp(type, "run-end") == 0) {
		json_decref(writer->end);
		writer->end = json_copy((json_t *)(uintptr_t)record);
	}
	return writer->held || (!must_keep(type) && writer->count < WAITING_MAX) ||
	       flush(writer, err);
}

static bool copy_line(void *user, const json_t *record, Err *err)
{
	const StoreWriter *writer = user;

	if (writer->ended && store_is_end(record))
		return true;
	char *json = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(10));
	bool fine = json ? put_line(writer->fd, json, err)
			 : err_set(err, ERR_MEMORY, "no memory to copy a stored run");

	free(json);
	return fine;
}

bool store_writer_leave(StoreWriter *writer, int fd, Err *err)
{
	writer->fd = fd;
	if ((!writer->next || store_records(writer->store, writer->id, copy_line, writer, err)) &&
	    flush(writer, err))
		return true;
	writer->fd = -1;
	return false;
}

bool store_writer_begun(const StoreWriter *writer)
{
	return writer->next > 0;
}

const char *store_writer_id(const StoreWriter *writer)
{
	return writer->id;
}

bool store_writer_end(StoreWriter *writer, Err *err)
{
	bool fine;

	if (!writer)
		return true;
	note_wait(writer, false);
	fine = flush(writer, err);
	forget_waiting(writer);
	json_decref(writer->begin);
	json_decref(writer->end);
	free(writer->waiting);
	free(writer);
	return fine;
}

/* --- changes ---------------------------------------------------------------------------------- */

static bool change(Store *store, const char *sql, const char *id, const char *text, Err *err)
{
	sqlite3_stmt *statement = store_prepare(store, sql, err);
	bool fine = false;

	if (statement) {
		store_bind(statement, 1, id);
		if (text)
			store_bind(statement, 2, text);
		fine = store_step(store, statement, err);
	}
	sqlite3_finalize(statement);
	return fine;
}

bool store_remove(Store *store, const char *id, Err *err)
{
	return change(store, "DELETE FROM run WHERE id = ?1", id, NULL, err);
}

/* Letters, digits and a few signs: what lists, filters and shells take as one word. */
static bool tag_fits(const char *tag)
{
	size_t len = strlen(tag);

	return len > 0 && len < STORE_TAG_MAX &&
	       strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

/* A run's number goes before a tag: what is found by it would hide the tag, or the tag the run. */
static bool tag_is_free(Store *store, const char *tag, Err *err)
{
	int64_t runs;

	if (!store_number(store, "SELECT count(*) FROM run WHERE instr(id, ?1) = 1", tag, &runs,
			  err))
		return false;
	if (strcmp(tag, "last") == 0)
		return err_set(err, ERR_ARGUMENT, "'last' is no tag: it means the youngest run");
	return !runs ||
	       err_set(err, ERR_ARGUMENT, "'%.60s' is no tag: the number of a run begins so", tag);
}

bool store_tag(Store *store, const char *id, const char *tag, bool on, Err *err)
{
	if (!tag_fits(tag))
		return err_set(
			err, ERR_ARGUMENT,
			"'%.60s' is no tag: a tag has 1 to %d letters, digits, '.', '_' and '-'",
			tag, STORE_TAG_MAX - 1);
	if (on && !tag_is_free(store, tag, err))
		return false;
	return change(
		store,
		on ? "INSERT OR IGNORE INTO tag(run, tag) SELECT id, ?2 FROM run WHERE id = ?1"
		   : "DELETE FROM tag WHERE run = ?1 AND tag = ?2",
		id, tag, err);
}
