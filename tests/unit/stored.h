/* A store in a folder of the test's own, and made-up runs in it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_STORED_H
#define WATTLE_TESTS_STORED_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/store.h"

#include "folder.h"
#include "unit.h"

typedef struct Fixture {
	char *folder, path[600];
	Store *store;
	Err err;
} Fixture;

static inline int setup(void **state)
{
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->folder = folder_new();
	snprintf(f->path, sizeof f->path, "%s/runs.db", f->folder);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	Fixture *f = *state;

	store_close(f->store);
	folder_done(f->folder);
	free(f);
	return 0;
}

static inline void open_store(Fixture *f, StoreWay way)
{
	store_close(f->store);
	f->store = store_open(f->path, way, &f->err);
	if (!f->store)
		fail_msg("%s", f->err.text);
}

static inline void need(bool fine, const Fixture *f)
{
	if (!fine)
		fail_msg("%s: %s", err_name(f->err.code), f->err.text);
}

static inline void put_new(Fixture *f, StoreWriter *writer, json_t *record)
{
	assert_non_null(record);
	need(store_writer_put(writer, record, &f->err), f);
	json_decref(record);
}

static inline json_t *begin_of(const char *id, const char *name)
{
	return json_pack("{s:i, s:s, s:i, s:s, s:s, s:i, s:s, s:s, s:{s:s}, s:{s:s}}", "v", 1, "type",
			 "run-begin", "t_ns", 0, "run", id, "wall", "2026-01-02T03:04:05Z", "seed", 7,
			 "script", "race.lua", "script_sha256", "abc", "plan", "name", name, "receipt",
			 "cpu", "a processor");
}

static inline json_t *trial_of(const char *arm, int block)
{
	return json_pack("{s:i, s:s, s:i, s:s, s:i, s:f}", "v", 1, "type", "trial", "t_ns", block,
			 "arm", arm, "block", block, "accuracy", .875);
}

static inline json_t *end_of(int status, const char *why)
{
	return json_pack("{s:i, s:s, s:i, s:i, s:s}", "v", 1, "type", "run-end", "t_ns", 99, "exit",
			 status, "why", why);
}

static inline void put_run(Fixture *f, const char *id, const char *name, int trials, bool ends)
{
	json_t *settings = json_pack("{s:i}", "seed", 7);
	StoreAsk ask = { .script = "return 1\n", .script_len = 9, .settings = settings };
	StoreWriter *writer = store_writer_new(f->store, &ask, &f->err);

	assert_non_null(writer);
	put_new(f, writer, begin_of(id, name));
	for (int i = 0; i < trials; i++)
		put_new(f, writer, trial_of("a", i));
	if (ends)
		put_new(f, writer, end_of(6, "done"));
	assert_string_equal(store_writer_id(writer), id);
	need(store_writer_end(writer, &f->err), f);
	json_decref(settings);
}

typedef struct Seen {
	size_t count;
	StoredRun last;
	char names[256], tags[256], why[64];
} Seen;

static inline bool see(void *user, const StoredRun *run, Err *err)
{
	Seen *seen = user;
	size_t len = strlen(seen->names);

	(void)err;
	seen->count++;
	seen->last = *run;
	snprintf(seen->names + len, sizeof seen->names - len, "%s;", run->name);
	snprintf(seen->tags, sizeof seen->tags, "%s", run->tags);
	snprintf(seen->why, sizeof seen->why, "%s", run->why ? run->why : "-");
	return true;
}

static inline bool count_records(void *user, const json_t *record, Err *err)
{
	int *count = user;
	const char *type = json_string_value(json_object_get(record, "type"));

	(void)err;
	assert_non_null(type);
	if (strcmp(type, "trial") == 0) {
		assert_int_equal(json_integer_value(json_object_get(record, "block")), *count);
		assert_true(json_real_value(json_object_get(record, "accuracy")) == .875);
		++*count;
	}
	return true;
}

static inline void refused(bool fine, const Fixture *f, ErrCode code, const char *words)
{
	assert_false(fine);
	if (f->err.code != code || !strstr(f->err.text, words))
		fail_msg("not %s, '%s', but %s: %s", err_name(code), words, err_name(f->err.code),
			 f->err.text);
}

static inline void spoil(const Fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

#endif
