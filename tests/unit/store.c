/* The store: what is put comes back, in order; who dies, waits or finds the file damaged loses nothing
 * that was written, and is told in words.
 * SPDX-License-Identifier: MIT */
#include "lab/store.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "lab/store_inside.h"

#include "stored.h"

static void what_is_put_comes_back(void **state)
{
	Fixture *f = *state;
	Seen seen = { .count = 0 };
	json_t *settings;
	char *script;
	size_t len;
	int trials = 0;

	open_store(f, STORE_WRITE);
	put_run(f, "00000000000000aa", "race", 3, true);
	put_run(f, "00000000000000bb", "other", 1, false);
	open_store(f, STORE_READ);
	need(store_each(f->store, see, &seen, &f->err), f);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.names, "race;other;");
	assert_string_equal(seen.why, "-"); /* the second one did not end */
	seen = (Seen){ .count = 0 };
	need(store_run(f->store, "00000000000000aa", see, &seen, &f->err), f);
	assert_int_equal(seen.last.exit, 6);
	assert_int_equal(seen.last.records, 5);
	assert_int_equal(seen.last.trials, 3);
	assert_int_equal(seen.last.seed, 7);
	assert_string_equal(seen.why, "done");
	need(store_records(f->store, "00000000000000aa", count_records, &trials, &f->err), f);
	assert_int_equal(trials, 3);
	need(store_asked(f->store, "00000000000000aa", &script, &len, &settings, &f->err), f);
	assert_int_equal(len, 9);
	assert_string_equal(script, "return 1\n");
	assert_int_equal(json_integer_value(json_object_get(settings, "seed")), 7);
	json_decref(settings);
	free(script);
}

static void runs_are_found_by_what_people_write(void **state)
{
	Fixture *f = *state;
	char id[STORE_ID_MAX];

	open_store(f, STORE_WRITE);
	refused(store_find(f->store, "last", id, &f->err), f, ERR_ARGUMENT, "wattle runs ls");
	put_run(f, "12ab", "race", 1, true);
	put_run(f, "12cd", "second", 1, true);
	need(store_find(f->store, "12a", id, &f->err), f);
	assert_string_equal(id, "12ab");
	need(store_find(f->store, "last", id, &f->err), f);
	assert_string_equal(id, "12cd");
	refused(store_find(f->store, "12", id, &f->err), f, ERR_ARGUMENT,
		"any of 2 runs: 12ab (race), 12cd (second)");
	refused(store_find(f->store, "", id, &f->err), f, ERR_ARGUMENT, "no run ''");
	refused(store_find(f->store, "x' OR 1=1 --", id, &f->err), f, ERR_ARGUMENT, "no run 'x'");
	need(store_tag(f->store, "12ab", "paper", true, &f->err), f);
	need(store_tag(f->store, "12ab", "paper", true, &f->err), f);
	need(store_find(f->store, "paper", id, &f->err), f);
	assert_string_equal(id, "12ab");
	refused(store_tag(f->store, "12ab", "two words", true, &f->err), f, ERR_ARGUMENT, "is no tag");
}

static void tags_and_removal(void **state)
{
	Fixture *f = *state;
	Seen seen = { .count = 0 };
	char id[STORE_ID_MAX];
	int trials = 0;

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, true);
	need(store_tag(f->store, "aa", "y", true, &f->err), f);
	need(store_tag(f->store, "aa", "x", true, &f->err), f);
	need(store_run(f->store, "aa", see, &seen, &f->err), f);
	assert_string_equal(seen.tags, "x,y");
	need(store_tag(f->store, "aa", "x", false, &f->err), f);
	need(store_remove(f->store, "aa", &f->err), f);
	refused(store_find(f->store, "y", id, &f->err), f, ERR_ARGUMENT, "no run 'y'");
	refused(store_run(f->store, "aa", see, &seen, &f->err), f, ERR_ARGUMENT, "no run aa");
	need(store_records(f->store, "aa", count_records, &trials, &f->err), f);
	assert_int_equal(trials, 0);
}

static void what_is_no_run_is_refused(void **state)
{
	Fixture *f = *state;
	StoreWriter *writer;
	json_t *record = trial_of("a", 0);

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 1, false);
	writer = store_writer_new(f->store, NULL, &f->err);
	refused(store_writer_put(writer, record, &f->err), f, ERR_ARGUMENT, "not with 'trial'");
	json_decref(record);
	record = begin_of("../x", "race");
	refused(store_writer_put(writer, record, &f->err), f, ERR_ARGUMENT, "hexadecimal");
	json_decref(record);
	record = begin_of("aa", "race");
	refused(store_writer_put(writer, record, &f->err), f, ERR_ARGUMENT, "in the store already");
	json_decref(record);
	assert_false(store_writer_end(writer, &f->err));
}

static void a_run_is_gone_on_with(void **state)
{
	Fixture *f = *state;
	StoreWriter *writer;
	int trials = 0;

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, false);
	writer = store_writer_resume(f->store, "aa", &f->err);
	assert_non_null(writer);
	put_new(f, writer, trial_of("a", 2));
	put_new(f, writer, end_of(0, "done"));
	need(store_writer_end(writer, &f->err), f);
	need(store_records(f->store, "aa", count_records, &trials, &f->err), f);
	assert_int_equal(trials, 3);
	refused(store_writer_resume(f->store, "aa", &f->err) != NULL, f, ERR_ARGUMENT, "has ended");
	refused(store_writer_resume(f->store, "bb", &f->err) != NULL, f, ERR_ARGUMENT, "no run bb");
}

/* Writes trials until it is killed, and says through a pipe which ones are in the store. */
static void write_until_killed(const Fixture *f, int fd)
{
	Err err;
	Store *store = store_open(f->path, STORE_WRITE, &err);
	StoreWriter *writer = store ? store_writer_resume(store, "aa", &err) : NULL;

	if (!writer)
		_exit(1);
	for (int i = 0;; i++) {
		json_t *record = trial_of("a", i);

		if (!store_writer_put(writer, record, &err) || write(fd, &i, sizeof i) != sizeof i)
			_exit(1);
		json_decref(record);
	}
}

static void who_is_killed_loses_no_trial(void **state)
{
	Fixture *f = *state;
	Random random;
	int most = -1;

	random_init(&random, 1, 0);
	for (int round = 0; round < 20; round++) {
		int ends[2], last = -1, i, trials = 0, status;

		open_store(f, STORE_WRITE);
		if (round)
			need(store_remove(f->store, "aa", &f->err), f);
		put_run(f, "aa", "race", 0, false);
		store_close(f->store);
		f->store = NULL;
		assert_int_equal(pipe(ends), 0);
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			write_until_killed(f, ends[1]);
		close(ends[1]);
		usleep((useconds_t)(1000 + random_u64(&random) % 30000));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status)); /* it did not end by itself */
		while (read(ends[0], &i, sizeof i) == sizeof i)
			last = i;
		most = last > most ? last : most;
		close(ends[0]);
		open_store(f, STORE_READ);
		need(store_records(f->store, "aa", count_records, &trials, &f->err), f);
		assert_true(trials > last);
	}
	assert_true(most > 0);
}

static void two_write_at_once(void **state)
{
	Fixture *f = *state;
	pid_t pids[2];
	Seen seen = { .count = 0 };

	open_store(f, STORE_WRITE);
	for (int p = 0; p < 2; p++) {
		pids[p] = fork();
		assert_true(pids[p] >= 0);
		if (pids[p] == 0) {
			f->store = NULL; /* SQLite's handles do not survive a fork */
			f->store = store_open(f->path, STORE_WRITE, &f->err);
			if (!f->store)
				_exit(1);
			for (int i = 0; i < 20; i++) {
				char id[8];

				snprintf(id, sizeof id, "%d%02d", p + 1, i);
				put_run(f, id, "race", 2, true);
			}
			store_close(f->store);
			_exit(0);
		}
	}
	for (int p = 0; p < 2; p++) {
		int status;

		waitpid(pids[p], &status, 0);
		assert_int_equal(status, 0);
	}
	need(store_each(f->store, see, &seen, &f->err), f);
	assert_int_equal(seen.count, 40);
}

static void who_finds_it_locked_keeps_its_records(void **state)
{
	Fixture *f = *state;
	sqlite3 *other;
	json_t *begin = begin_of("aa", "race"), *trial = trial_of("a", 0);
	StoreWriter *writer;
	int trials = 0;

	open_store(f, STORE_WRITE);
	writer = store_writer_new(f->store, NULL, &f->err);
	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	refused(store_writer_put(writer, begin, &f->err), f, ERR_FILE, "in use");
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	need(store_writer_put(writer, trial, &f->err), f);
	need(store_writer_end(writer, &f->err), f);
	need(store_records(f->store, "aa", count_records, &trials, &f->err), f);
	assert_int_equal(trials, 1);
	json_decref(begin);
	json_decref(trial);
}

/* A disk without room, as far as one process sees it; in a process of its own. */
static int write_without_room(Fixture *f)
{
	struct rlimit limit = { .rlim_cur = 4096, .rlim_max = RLIM_INFINITY };
	StoreWriter *writer = store_writer_new(f->store, NULL, &f->err);
	json_t *begin = begin_of("aa", "race"), *trial = trial_of("a", 0);
	char *long_text = calloc(1, 200001);
	bool refused_it, kept;

	memset(long_text, 'x', 200000);
	json_object_set_new(begin, "text", json_string(long_text));
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	refused_it = !store_writer_put(writer, begin, &f->err) && f->err.code == ERR_FILE;
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	kept = store_writer_put(writer, trial, &f->err) && store_writer_end(writer, &f->err);
	json_decref(begin);
	json_decref(trial);
	free(long_text);
	return !refused_it + 2 * !kept;
}

static void a_full_disk_keeps_its_records_waiting(void **state)
{
	Fixture *f = *state;
	int status, trials = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		f->store = store_open(f->path, STORE_WRITE, &f->err);
		_exit(f->store ? write_without_room(f) : 4);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	open_store(f, STORE_READ);
	need(store_records(f->store, "aa", count_records, &trials, &f->err), f);
	assert_int_equal(trials, 1);
}

static void other_files_are_left_alone(void **state)
{
	Fixture *f = *state;
	FILE *file;

	refused(store_open(f->path, STORE_READ, &f->err) != NULL, f, ERR_NEED, "no run was stored");
	spoil(f, "CREATE TABLE mine(x)");
	refused(store_open(f->path, STORE_WRITE, &f->err) != NULL, f, ERR_FORMAT, "none of wattle's");
	unlink(f->path);
	open_store(f, STORE_WRITE);
	store_close(f->store);
	f->store = NULL;
	spoil(f, "PRAGMA user_version = 2");
	refused(store_open(f->path, STORE_WRITE, &f->err) != NULL, f, ERR_NEED, "newer wattle");
	unlink(f->path);
	file = fopen(f->path, "w");
	assert_non_null(file);
	for (int i = 0; i < 500; i++)
		fputs("this is no database ", file);
	fclose(file);
	refused(store_open(f->path, STORE_WRITE, &f->err) != NULL, f, ERR_FORMAT, "damaged");
	unlink(f->path);
	assert_int_equal(symlink("/etc/passwd", f->path), 0);
	refused(store_open(f->path, STORE_WRITE, &f->err) != NULL, f, ERR_FILE, "the store");
}

/* What a query gives of the file, past the store's own code. */
static long long number_in(const Fixture *f, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *row;
	long long number = -1;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
		number = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return number;
}

/* Made-up later versions: 1 is this one's. */
static const char *const steps[] = {
	NULL,
	"ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT 'old';"
	"UPDATE run SET note = name;",
	"CREATE TABLE extra(run TEXT); INSERT INTO extra SELECT id FROM run;",
};
static const char *const bad_steps[] = {
	NULL,
	"ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT 'old'; DELETE FROM record;",
	"CREATE TABLE run(x);",
};

static void an_older_store_is_brought_up_to_date(void **state)
{
	Fixture *f = *state;

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, true);
	put_run(f, "bb", "other", 1, true);
	need(store_migrate(f->store, steps, 3, &f->err), f);
	assert_int_equal(number_in(f, "PRAGMA user_version"), 3);
	assert_int_equal(number_in(f, "SELECT count(*) FROM run WHERE note = name"), 2);
	assert_int_equal(number_in(f, "SELECT count(*) FROM extra"), 2);
	assert_int_equal(number_in(f, "SELECT count(*) FROM record"), 7);
	/* Who comes second finds it done; who knows less leaves it alone. */
	need(store_migrate(f->store, steps, 3, &f->err), f);
	assert_int_equal(number_in(f, "SELECT count(*) FROM extra"), 2);
	refused(store_migrate(f->store, steps, 2, &f->err), f, ERR_NEED, "newer wattle");
	refused(store_open(f->path, STORE_READ, &f->err) != NULL, f, ERR_NEED, "newer wattle");
	assert_int_equal(number_in(f, "PRAGMA user_version"), 3);
}

static void a_step_that_fails_leaves_the_old_store(void **state)
{
	Fixture *f = *state;
	int trials = 0;

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, true);
	refused(store_migrate(f->store, bad_steps, 3, &f->err), f, ERR_FILE, "from version 2 to 3");
	assert_int_equal(number_in(f, "PRAGMA user_version"), STORE_VERSION);
	assert_int_equal(number_in(f, "SELECT note FROM run"), -1); /* there is no such column */
	open_store(f, STORE_READ);
	need(store_records(f->store, "aa", count_records, &trials, &f->err), f);
	assert_int_equal(trials, 2);
}

/* Version 0: an empty file, and what no version of ours ever was. */
static void an_empty_file_becomes_a_store(void **state)
{
	Fixture *f = *state;

	spoil(f, "CREATE TABLE x(y); DROP TABLE x");
	assert_int_equal(number_in(f, "PRAGMA user_version"), 0);
	refused(store_open(f->path, STORE_READ, &f->err) != NULL, f, ERR_NEED, "holds no runs");
	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 1, true);
	assert_int_equal(number_in(f, "PRAGMA user_version"), STORE_VERSION);
}

static void a_run_tells_how_it_began(void **state)
{
	Fixture *f = *state;
	json_t *begin;

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, true);
	need(store_begin(f->store, "aa", &begin, &f->err), f);
	assert_string_equal(json_string_value(json_object_get(begin, "type")), "run-begin");
	json_decref(begin);
	refused(store_begin(f->store, "bb", &begin, &f->err), f, ERR_FORMAT, "no records");
	assert_null(begin);
}

static void a_damaged_record_is_named(void **state)
{
	Fixture *f = *state;
	int trials = 0;

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, true);
	store_close(f->store);
	f->store = NULL;
	spoil(f, "UPDATE record SET json = '{\"v\":1' WHERE seq = 2");
	open_store(f, STORE_READ);
	refused(store_records(f->store, "aa", count_records, &trials, &f->err), f, ERR_FORMAT,
		"run aa, record 2");
	assert_int_equal(trials, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(what_is_put_comes_back),
		TEST(runs_are_found_by_what_people_write),
		TEST(tags_and_removal),
		TEST(what_is_no_run_is_refused),
		TEST(a_run_is_gone_on_with),
		TEST(who_is_killed_loses_no_trial),
		TEST(two_write_at_once),
		TEST(who_finds_it_locked_keeps_its_records),
		TEST(a_full_disk_keeps_its_records_waiting),
		TEST(other_files_are_left_alone),
		TEST(an_older_store_is_brought_up_to_date),
		TEST(a_step_that_fails_leaves_the_old_store),
		TEST(an_empty_file_becomes_a_store),
		TEST(a_run_tells_how_it_began),
		TEST(a_damaged_record_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
