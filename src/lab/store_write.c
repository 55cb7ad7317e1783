/* Runs into the store: records wait in memory for one that must not be lost.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	int fd; /* where it all goes instead; −1: to the store */
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

	if (writer->count == writer->room) {
		size_t room = writer->room ? 2 * writer->room : 64;
		Waiting *more = realloc(writer->waiting, room * sizeof *more);

		if (more) {
			writer->waiting = more;
			writer->room = room;
		}
	}
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

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool insert_run(StoreWriter *writer, Err *err)
{
	static const char sql[] = "INSERT INTO run(id, began, wall, name, script, script_sha256, "
				  "machine, seed, asked,"
				  " text) VALUES(?1, (SELECT coalesce(max(began), 0) + 1 FROM "
				  "run), ?2, ?3, ?4, ?5, ?6,"
				  " ?7, ?8, ?9)";
	const json_t *begin = writer->begin, *receipt = json_object_get(begin, "receipt");
	sqlite3_stmt *insert = store_prepare(writer->store, sql, err);
	char *asked = writer->ask.settings ? json_dumps(writer->ask.settings, JSON_COMPACT) : NULL;
	bool fine = false;

	if (insert) {
		store_bind(insert, 1, writer->id);
		store_bind(insert, 2, text_at(begin, "wall"));
		store_bind(insert, 3, text_at(json_object_get(begin, "plan"), "name"));
		store_bind(insert, 4, text_at(begin, "script"));
		store_bind(insert, 5, text_at(begin, "script_sha256"));
		store_bind(insert, 6, text_at(json_object_get(receipt, "cpu"), "model"));
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
		store_bind(update, 3, text_at(writer->end, "why"));
		fine = store_step(writer->store, update, err);
	}
	sqlite3_finalize(update);
	return fine;
}

static bool flush_lines(StoreWriter *writer, Err *err)
{
	for (size_t i = 0; i < writer->count; i++) {
		const char *json = writer->waiting[i].json;

		if (dprintf(writer->fd, "%s\n", json) != (int)strlen(json) + 1)
			return err_set(err, ERR_FILE, "%s", strerror(errno));
	}
	forget_waiting(writer);
	return true;
}

/* All or nothing of what waits. */
static bool flush(StoreWriter *writer, Err *err)
{
	Store *store = writer->store;

	if (!writer->count)
		return true;
	if (writer->fd >= 0)
		return flush_lines(writer, err);
	if (!store_do(store, "BEGIN IMMEDIATE", err))
		return false;
	if ((writer->begin && !insert_run(writer, err)) || !insert_records(writer, err) ||
	    (writer->end && !note_end(writer, err)) || !store_do(store, "COMMIT", err)) {
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	writer->next += (int64_t)writer->count;
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

static bool find_end(Store *store, const char *id, int64_t *next, Err *err)
{
	int64_t runs, ended;

	if (!store_number(store, "SELECT count(*) FROM run WHERE id = ?1", id, &runs, err) ||
	    !store_number(store, "SELECT count(*) FROM run WHERE id = ?1 AND why IS NOT NULL", id,
			  &ended, err) ||
	    !store_number(store, "SELECT coalesce(max(seq), -1) + 1 FROM record WHERE run = ?1", id,
			  next, err))
		return false;
	if (!runs)
		return err_set(err, ERR_ARGUMENT, "there is no run %s", id);
	return !ended || err_set(err, ERR_ARGUMENT,
				 "the run %.8s has ended: there is nothing to go on with", id);
}

StoreWriter *store_writer_resume(Store *store, const char *id, Err *err)
{
	StoreWriter *writer = NULL;
	int64_t next;

	if (!find_end(store, id, &next, err))
		return NULL;
	writer = store_writer_new(store, NULL, err);
	if (!writer)
		return NULL;
	text_format(writer->id, sizeof writer->id, "%s", id);
	writer->next = next;
	return writer;
}

/* The run's id, of run-begin. */
static bool take_begin(StoreWriter *writer, const json_t *record, Err *err)
{
	const char *id = text_at(record, "run");
	size_t len = strlen(id);

	if (strcmp(text_at(record, "type"), "run-begin") != 0)
		return err_set(err, ERR_ARGUMENT,
			       "a stored run begins with a run-begin record, not with '%.30s'",
			       text_at(record, "type"));
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
	const char *type = text_at(record, "type");

	if (!writer->id[0] && !take_begin(writer, record, err))
		return false;
	if (!wait_for(writer, record, err))
		return false;
	if (strcmp(type, "run-end") == 0) {
		json_decref(writer->end);
		writer->end = json_copy((json_t *)(uintptr_t)record);
	}
	return (!must_keep(type) && writer->count < WAITING_MAX) || flush(writer, err);
}

bool store_writer_leave(StoreWriter *writer, int fd, Err *err)
{
	writer->fd = fd;
	return flush(writer, err);
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

bool store_tag(Store *store, const char *id, const char *tag, bool on, Err *err)
{
	if (!tag_fits(tag))
		return err_set(
			err, ERR_ARGUMENT,
			"'%.60s' is no tag: a tag has 1 to %d letters, digits, '.', '_' and '-'",
			tag, STORE_TAG_MAX - 1);
	return change(
		store,
		on ? "INSERT OR IGNORE INTO tag(run, tag) SELECT id, ?2 FROM run WHERE id = ?1"
		   : "DELETE FROM tag WHERE run = ?1 AND tag = ?2",
		id, tag, err);
}
