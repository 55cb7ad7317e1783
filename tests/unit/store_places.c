/* The store where it is not plain: behind a link, read-only, moved away, without room; and runs that end
 * twice or are written at once.
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

#include "base/record.h"
#include "lab/store_inside.h"

#include "stored.h"

/* --- where the store lies --------------------------------------------------------------------- */

static void a_link_may_lead_to_its_folder(void **state)
{
	Fixture *f = *state;
	char link[650];
	int trials = 0;

	snprintf(link, sizeof link, "%s/link", f->folder);
	assert_int_equal(symlink(f->folder, link), 0);
	snprintf(f->path, sizeof f->path, "%.550s/link/runs.db", f->folder);
	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, true);
	open_store(f, STORE_READ);
	need(store_records(f->store, "aa", count_records, &trials, &f->err), f);
	assert_int_equal(trials, 2);
	unlink(link);
}

/* As somebody who may not write there; the name is one that a URI has to escape. */
static int read_frozen(Fixture *f, const char *folder)
{
	int trials = 0;
	char wal[700];

	if (getuid() == 0 && setuid(65534) != 0)
		return 3;
	store_close(f->store);
	f->store = store_open(f->path, STORE_READ, &f->err);
	if (!f->store || !store_records(f->store, "aa", count_records, &trials, &f->err))
		return 1;
	snprintf(wal, sizeof wal, "%s/runs.db-wal", folder);
	return trials == 2 && access(wal, F_OK) != 0 ? 0 : 2;
}

static void what_may_not_be_written_is_read(void **state)
{
	Fixture *f = *state;
	char folder[600];
	int status;

	chmod(f->folder, 0755);
	snprintf(folder, sizeof folder, "%.500s/a?b#c%%41", f->folder);
	assert_int_equal(mkdir(folder, 0755), 0);
	snprintf(f->path, sizeof f->path, "%.580s/runs.db", folder);
	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, true);
	store_close(f->store);
	f->store = NULL;
	chmod(f->path, 0444);
	chmod(folder, 0555);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(read_frozen(f, folder));
	waitpid(pid, &status, 0);
	chmod(folder, 0755);
	unlink(f->path);
	rmdir(folder);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int new_file(const Fixture *f, const char *name)
{
	char path[700];

	snprintf(path, sizeof path, "%s/%s", f->folder, name);
	return open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
}

/* Trials of a file of records; each line is whole. */
static int trials_in(int fd)
{
	char line[4096];
	int count = 0;
	Err err;

	lseek(fd, 0, SEEK_SET);
	FILE *file = fdopen(fd, "r");

	assert_non_null(file);
	for (int i = 0; fgets(line, sizeof line, file); i++) {
		json_t *record = record_parse(line, strlen(line) - 1, &err);

		assert_non_null(record);
		assert_int_equal(i == 0, strcmp(record_text(record, "type"), "run-begin") == 0);
		count_records(&count, record, &err);
		json_decref(record);
	}
	fclose(file);
	return count;
}

/* Who is left for a file gets the whole run, what was stored before included. */
static void a_store_that_is_moved_is_left(void **state)
{
	Fixture *f = *state;
	json_t *begin = begin_of("aa", "race"), *trial = trial_of("a", 0);
	StoreWriter *writer;
	char moved[700];
	int fd = new_file(f, "shard");

	open_store(f, STORE_WRITE);
	writer = store_writer_new(f->store, NULL, &f->err);
	need(store_writer_put(writer, begin, &f->err), f);
	need(store_writer_put(writer, trial, &f->err), f);
	snprintf(moved, sizeof moved, "%s/moved.db", f->folder);
	assert_int_equal(rename(f->path, moved), 0);
	json_decref(trial);
	trial = trial_of("a", 1);
	refused(store_writer_put(writer, trial, &f->err), f, ERR_FILE, "moved or removed");
	assert_non_null(strstr(f->err.text, "runs.db-wal"));
	need(store_writer_leave(writer, fd, &f->err), f);
	json_decref(trial);
	trial = trial_of("a", 2);
	need(store_writer_put(writer, trial, &f->err), f);
	need(store_writer_end(writer, &f->err), f);
	assert_int_equal(trials_in(fd), 3);
	json_decref(begin);
	json_decref(trial);
}

/* A line that finds no room is not left torn, and comes once. */
static int write_lines_without_room(Fixture *f, int fd)
{
	struct rlimit limit = { .rlim_cur = 0, .rlim_max = RLIM_INFINITY };
	json_t *begin = begin_of("aa", "race"), *trial = trial_of("a", 0);
	StoreWriter *writer = store_writer_new(f->store, NULL, &f->err);

	store_writer_hold(writer);
	signal(SIGXFSZ, SIG_IGN);
	if (!store_writer_put(writer, begin, &f->err) || !store_writer_leave(writer, fd, &f->err))
		return 1;
	limit.rlim_cur = (rlim_t)lseek(fd, 0, SEEK_END) + 10;
	setrlimit(RLIMIT_FSIZE, &limit);
	if (!store_writer_put(writer, trial, &f->err) || store_writer_leave(writer, fd, &f->err))
		return 2;
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	return store_writer_leave(writer, fd, &f->err) && store_writer_end(writer, &f->err) ? 0 : 3;
}

static void a_torn_line_is_taken_back(void **state)
{
	Fixture *f = *state;
	int status, fd = new_file(f, "shard");
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		f->store = store_open(f->path, STORE_WRITE, &f->err);
		_exit(f->store ? write_lines_without_room(f, fd) : 4);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(trials_in(fd), 1);
}

/* --- ends ------------------------------------------------------------------------------------- */

static void what_a_signal_ended_is_gone_on_with(void **state)
{
	Fixture *f = *state;
	StoreWriter *writer;
	Seen seen = { .count = 0 };
	int trials = 0;

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 2, false);
	writer = store_writer_resume(f->store, "aa", &f->err);
	put_new(f, writer, end_of(130, "interrupted"));
	need(store_writer_end(writer, &f->err), f);
	/* As long as nothing new came, it is as it was. */
	writer = store_writer_resume(f->store, "aa", &f->err);
	assert_non_null(writer);
	need(store_writer_end(writer, &f->err), f);
	need(store_run(f->store, "aa", see, &seen, &f->err), f);
	assert_string_equal(seen.why, "interrupted");
	assert_int_equal(seen.last.records, 4);
	writer = store_writer_resume(f->store, "aa", &f->err);
	put_new(f, writer, trial_of("a", 2));
	need(store_run(f->store, "aa", see, &seen, &f->err), f);
	assert_string_equal(seen.why, "-");
	put_new(f, writer, end_of(0, "done"));
	need(store_writer_end(writer, &f->err), f);
	need(store_run(f->store, "aa", see, &seen, &f->err), f);
	assert_string_equal(seen.why, "done");
	assert_int_equal(seen.last.records, 5); /* one end alone */
	need(store_records(f->store, "aa", count_records, &trials, &f->err), f);
	assert_int_equal(trials, 3);
	refused(store_writer_resume(f->store, "aa", &f->err) != NULL, f, ERR_ARGUMENT, "has ended");
}

static void what_is_held_is_written_at_once(void **state)
{
	Fixture *f = *state;
	StoreWriter *writer;
	Seen seen = { .count = 0 };

	open_store(f, STORE_WRITE);
	writer = store_writer_new(f->store, NULL, &f->err);
	store_writer_hold(writer);
	put_new(f, writer, begin_of("aa", "race"));
	for (int i = 0; i < 300; i++)
		put_new(f, writer, trial_of("a", i));
	need(store_each(f->store, see, &seen, &f->err), f);
	assert_int_equal(seen.count, 0);
	need(store_writer_end(writer, &f->err), f);
	need(store_each(f->store, see, &seen, &f->err), f);
	assert_int_equal(seen.last.trials, 300);
}

static void tags_are_no_numbers(void **state)
{
	Fixture *f = *state;
	char id[STORE_ID_MAX];

	open_store(f, STORE_WRITE);
	put_run(f, "12ab", "race", 1, true);
	put_run(f, "34cd", "race", 1, true);
	refused(store_tag(f->store, "12ab", "last", true, &f->err), f, ERR_ARGUMENT, "the youngest");
	refused(store_tag(f->store, "12ab", "34c", true, &f->err), f, ERR_ARGUMENT,
		"the number of a run begins so");
	need(store_tag(f->store, "12ab", "34x", true, &f->err), f);
	spoil(f, "INSERT INTO tag VALUES('12ab', 'last')"); /* of an older wattle */
	need(store_find(f->store, "last", id, &f->err), f);
	assert_string_equal(id, "34cd");
	need(store_tag(f->store, "12ab", "last", false, &f->err), f);
}

static void wild_numbers_do_not_end_the_store(void **state)
{
	Fixture *f = *state;
	Seen seen = { .count = 0 };

	open_store(f, STORE_WRITE);
	put_run(f, "aa", "race", 1, true);
	spoil(f, "UPDATE run SET began = 9223372036854775807");
	put_run(f, "bb", "other", 1, true);
	need(store_each(f->store, see, &seen, &f->err), f);
	assert_int_equal(seen.count, 2);
	store_close(f->store);
	f->store = NULL;
	spoil(f, "PRAGMA user_version = -1");
	refused(store_open(f->path, STORE_WRITE, &f->err) != NULL, f, ERR_FORMAT, "none of wattle's");
}

/* The second wait is short: a run with hundreds of records would stand still otherwise. */
static void who_waited_in_vain_waits_shortly(void **state)
{
	Fixture *f = *state;
	sqlite3 *other;
	json_t *begin = begin_of("aa", "race"), *trial = trial_of("a", 0);
	StoreWriter *writer;
	int64_t wait_ms;

	open_store(f, STORE_WRITE);
	writer = store_writer_new(f->store, NULL, &f->err);
	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	refused(store_writer_put(writer, begin, &f->err), f, ERR_FILE, "in use");
	need(store_number(f->store, "PRAGMA busy_timeout", NULL, &wait_ms, &f->err), f);
	assert_int_equal(wait_ms, STORE_WAIT_AGAIN_MS);
	refused(store_writer_put(writer, trial, &f->err), f, ERR_FILE, "in use");
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	need(store_writer_put(writer, trial, &f->err), f);
	need(store_number(f->store, "PRAGMA busy_timeout", NULL, &wait_ms, &f->err), f);
	assert_int_equal(wait_ms, STORE_WAIT_MS);
	need(store_writer_end(writer, &f->err), f);
	json_decref(begin);
	json_decref(trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_link_may_lead_to_its_folder),
		TEST(what_may_not_be_written_is_read),
		TEST(a_store_that_is_moved_is_left),
		TEST(a_torn_line_is_taken_back),
		TEST(what_a_signal_ended_is_gone_on_with),
		TEST(what_is_held_is_written_at_once),
		TEST(tags_are_no_numbers),
		TEST(wild_numbers_do_not_end_the_store),
		TEST(who_waited_in_vain_waits_shortly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
