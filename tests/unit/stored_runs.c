/* What the views ask of the store: lists, runs that are opened, compared, tagged and removed; what
 * goes on is left alone, and what is wrong with a store is said.
 * SPDX-License-Identifier: MIT */
#include "app/runs/stored_runs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/runs/run_store.h"
#include "folder.h"
#include "unit.h"

static char *home;
/* Everything that came, in order. */
static json_t *taken, *played;
static char told[STORED_TOLD_MAX];
static Err err;

static int setup(void **state)
{
	(void)state;
	home = folder_new();
	setenv("XDG_DATA_HOME", home, 1);
	taken = json_array();
	played = json_array();
	return taken && played ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	folder_done(home);
	json_decref(taken);
	json_decref(played);
	return 0;
}

static void take(void *user, const json_t *record)
{
	json_array_append(*(json_t **)user, (json_t *)(uintptr_t)record);
}

static void take_answer(void *user, const json_t *record)
{
	(void)user;
	take(&taken, record);
}

static void take_played(void *user, const json_t *record)
{
	(void)user;
	take(&played, record);
}

static const StoredSink sink = { take_answer, take_played, NULL };

/* runs: ids joined by commas; drops what came before. */
static bool ask(const char *what, const char *runs, const char *tag)
{
	json_t *ids = json_array(), *value;

	for (const char *at = runs; *at;) {
		size_t len = strcspn(at, ",");
		json_array_append_new(ids, json_stringn(at, len));
		at += len + (at[len] == ',');
	}
	value = json_pack("{s:o, s:s*}", "runs", ids, "tag", tag);
	json_array_clear(taken);
	json_array_clear(played);
	err.code = ERR_NONE;
	bool fine = stored_runs_perform(what, value, &sink, told, &err);

	json_decref(value);
	return fine;
}

static const char *text(size_t i, const char *key)
{
	const char *found = json_string_value(json_object_get(json_array_get(taken, i), key));

	return found ? found : "";
}

static void put(StoreWriter *writer, json_t *record)
{
	assert_non_null(record);
	if (!store_writer_put(writer, record, &err))
		fail_msg("%s", err.text);
	json_decref(record);
}

static void put_trial(StoreWriter *writer, const char *arm, double accuracy)
{
	put(writer,
	    json_pack("{s:i, s:s, s:i, s:s, s:i, s:i, s:i, s:f, s:i, s:i, s:i}", "v", 1, "type",
		      "trial", "t_ns", 5, "arm", arm, "block", 0, "attempt", 0, "seed", 1,
		      "accuracy", accuracy, "test_rows", 100, "macs", 10, "size_bytes", 100));
}

/* A run of two arms and one block. */
static void put_run(const char *id, int seed, double accuracy, bool ends)
{
	Store *store = run_store_change(&err);
	StoreAsk ask_with = { .script = "return 1\n", .script_len = 9 };
	StoreWriter *writer = store ? store_writer_new(store, &ask_with, &err) : NULL;

	if (!writer)
		fail_msg("%s", err.text);
	put(writer,
	    json_pack("{s:i, s:s, s:i, s:s, s:s, s:i, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:i, "
		      "s:[i,i], s:[s,s], s:[i], s:[s], s:[]}, s:{}}",
		      "v", 1, "type", "run-begin", "t_ns", 0, "run", id, "wall",
		      "2026-01-02T03:04:05Z", "seed", seed, "script", "race.lua", "script_sha256",
		      "abc", "plan", "name", "race", "question", "which?", "versus", "a", "build",
		      "once", "warmup", 0, "blocks", 2, 2, "arms", "a", "b", "seeds", 1, "primary",
		      "time", "claims", "receipt"));
	put_trial(writer, "a", .9);
	put_trial(writer, "b", accuracy);
	if (ends)
		put(writer, json_pack("{s:i, s:s, s:i, s:i, s:s}", "v", 1, "type", "run-end",
				      "t_ns", 9, "exit", 0, "why", "done"));
	assert_true(store_writer_end(writer, &err));
	store_close(store);
}

static void no_store_is_an_answer(void **state)
{
	(void)state;
	assert_true(ask("list", "", NULL));
	assert_int_equal(json_array_size(taken), 1);
	assert_string_equal(text(0, "type"), "stored-answer");
	assert_string_equal(text(0, "what"), "list");
	assert_non_null(strstr(text(0, "why"), "no run was stored yet"));
	assert_false(ask("open", "11", NULL));
	assert_int_equal(err.code, ERR_NEED);
}

static void a_damaged_store_is_an_answer(void **state)
{
	char path[600];
	FILE *file;

	(void)state;
	snprintf(path, sizeof path, "%s/wattle", home);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/runs.db");
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 8192; i++)
		fputc("no database"[i % 11], file);
	fclose(file);
	assert_true(ask("list", "", NULL));
	assert_non_null(strstr(text(json_array_size(taken) - 1, "why"), "is damaged"));
	assert_false(ask("remove", "11", NULL));
	assert_int_equal(err.code, ERR_FORMAT);
}

static void runs_are_listed_and_opened(void **state)
{
	(void)state;
	put_run("1111", 1, .8, true);
	put_run("2222", 2, .8, false);
	assert_true(ask("list", "", NULL));
	assert_int_equal(json_array_size(taken), 3);
	assert_string_equal(text(0, "type"), "stored-run");
	assert_string_equal(text(0, "run"), "1111");
	assert_string_equal(text(0, "why"), "done");
	assert_string_equal(text(1, "run"), "2222");
	assert_false(json_is_true(json_object_get(json_array_get(taken, 1), "goes_on")));
	assert_string_equal(text(2, "why"), "");
	assert_true(ask("open", "1111", NULL));
	assert_int_equal(json_array_size(taken), 0);
	assert_int_equal(json_array_size(played), 4);
	assert_string_equal(json_string_value(json_object_get(json_array_get(played, 0), "type")),
			    "run-begin");
	assert_string_equal(told, "");
}

static void two_are_compared(void **state)
{
	size_t end;

	(void)state;
	put_run("1111", 1, .8, true);
	put_run("2222", 2, .7, true);
	assert_true(ask("diff", "1111,2222", NULL));
	end = json_array_size(taken) - 1;
	assert_string_equal(text(0, "type"), "run-difference");
	assert_string_equal(text(0, "what"), "seed");
	assert_string_equal(text(end, "what"), "diff");
	assert_string_equal(text(end - 1, "type"), "run-arms");
	assert_string_equal(text(end - 1, "arm"), "b");
	assert_false(ask("diff", "1111,9999", NULL));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_true(ask("beside", "2222,1111", NULL));
	assert_int_equal(json_array_size(taken), 5);
	assert_string_equal(text(0, "type"), "run-side");
	assert_string_equal(text(0, "run"), "2222");
	assert_string_equal(text(3, "arm"), "b");
	assert_true(json_is_false(json_object_get(json_array_get(taken, 3), "joules_measured")));
	assert_true(json_number_value(json_object_get(
			    json_object_get(json_array_get(taken, 3), "accuracy"), "value")) == .8);
	assert_string_equal(text(4, "what"), "beside");
}

static void tags_come_and_go(void **state)
{
	(void)state;
	put_run("1111", 1, .8, true);
	put_run("2222", 2, .8, true);
	assert_true(ask("tag", "1111,2222", "paper"));
	assert_non_null(strstr(told, "tag of 2 runs"));
	/* A new list comes by itself. */
	assert_int_equal(json_array_size(taken), 3);
	assert_int_equal(json_array_size(json_object_get(json_array_get(taken, 0), "tags")), 1);
	assert_true(ask("tag", "1111", "-paper"));
	assert_int_equal(json_array_size(json_object_get(json_array_get(taken, 0), "tags")), 0);
	assert_int_equal(json_array_size(json_object_get(json_array_get(taken, 1), "tags")), 1);
	assert_false(ask("tag", "1111", "a,b"));
}

static int lock_of(const char *id)
{
	char path[600];

	snprintf(path, sizeof path, "%s/wattle/records", home);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/wattle/records/%s.lock", home, id);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

static void what_goes_on_stays(void **state)
{
	(void)state;
	put_run("1111", 1, .8, true);
	put_run("2222", 2, .8, false);
	int fd = lock_of("2222");

	assert_true(ask("list", "", NULL));
	assert_true(json_is_true(json_object_get(json_array_get(taken, 1), "goes_on")));
	assert_false(ask("remove", "1111,2222", NULL));
	assert_non_null(strstr(err.text, "2222 goes on"));
	assert_true(ask("list", "", NULL));
	assert_int_equal(json_array_size(taken), 3);
	close(fd);
	assert_true(ask("remove", "1111,2222", NULL));
	assert_non_null(strstr(told, "2 runs deleted"));
	assert_int_equal(json_array_size(taken), 1);
	assert_true(ask("nonsense", "1111", NULL));
	assert_int_equal(json_array_size(taken), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_store_is_an_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_store_is_an_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(runs_are_listed_and_opened, setup, teardown),
		cmocka_unit_test_setup_teardown(two_are_compared, setup, teardown),
		cmocka_unit_test_setup_teardown(tags_come_and_go, setup, teardown),
		cmocka_unit_test_setup_teardown(what_goes_on_stays, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
