/* Progress: lines, the file under its lock, torn tails, killed and competing writers, attempts and
 * what they come to.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "progress_test.h"

#define LINE(attempt, event, more)                          \
	"{\"v\":1,\"type\":\"progress\",\"event\":\"" event \
	"\",\"lesson\":\"green.05\",\"attempt\":" attempt more "}\n"
#define EACH 100 /* events of a writer that competes */

static char lock[PATH_MAX + 8];

/* The program's own write; the test makes it fail, or die in the middle. */
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
static enum { WRITE_ALL, WRITE_HALF, WRITE_FULL, WRITE_DIE } writing;

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	if (writing == WRITE_FULL) {
		errno = ENOSPC;
		return -1;
	}
	ssize_t put = __real_write(fd, bytes, writing == WRITE_ALL ? len : len / 2);
	if (writing == WRITE_DIE)
		raise(SIGKILL);
	return put;
}

static int begin_writing(void **state)
{
	writing = WRITE_ALL;
	begin(state);
	text_format(lock, sizeof lock, "%s.lock", path);
	return 0;
}

static void write_file(const char *text)
{
	Progress *progress = opened();

	put(progress, 1, "start", "{}"); /* makes the folders */
	progress_close(progress);
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

/* --- the lines -------------------------------------------------------------------------------- */

static void only_events_of_this_version_count(void **state)
{
	static const char text[] = LINE("1", "start", "")
		LINE("1", "new-kind",
		     "") "rubbish\n"
			 "{\"v\":2,\"type\":\"progress\",\"event\":[1]}\n"
			 "{\"v\":1,\"type\":\"other\"}\n" LINE("0", "start", "")
				 LINE("1.5", "start",
				      "") "{\"v\":1,\"type\":\"progress\",\"event\":\"start\","
					  "\"attempt\":1}\n\n" LINE("1", "finish", "");
	ProgressLines lines;
	json_t *list = json_array();

	(void)state;
	progress_parse(text, sizeof text - 1, list, &lines);
	assert_int_equal(json_array_size(list), 3);
	assert_int_equal(lines.newer, 1);
	assert_int_equal(lines.damaged, 5); /* rubbish, 0, 1.5, no lesson, the empty line */
	assert_int_equal(lines.whole, sizeof text - 1);
	json_array_clear(list);
	progress_parse(text, sizeof LINE("1", "start", "") - 2, list, &lines);
	assert_true(json_array_size(list) == 0 && lines.whole == 0 && lines.damaged == 0);
	json_decref(list);
}

/* --- the file --------------------------------------------------------------------------------- */

static void what_is_put_is_there_again(void **state)
{
	(void)state;
	Progress *progress = opened();

	says(progress, NULL);
	assert_int_equal(progress_attempt(progress, &key), 0);
	assert_int_equal(progress_next(progress, &key), 1);
	put(progress, 1, "start", "{\"seed\":7,\"sha256\":\"aa\",\"event\":\"mine\"}");
	put(progress, 1, "lock", "{\"step\":2,\"choice\":3}");
	assert_int_equal(events(progress, 1), 2);
	progress_close(progress);
	progress = opened();
	says(progress, NULL);
	assert_int_equal(events(progress, 1), 2);
	assert_int_equal(progress_attempt(progress, &key), 1);
	assert_int_equal(progress_next(progress, &key), 2);
	progress_close(progress);
	struct stat status;
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_torn_tail_is_dropped_and_told_once(void **state)
{
	(void)state;
	write_file(LINE("1", "start", "") "{\"v\":1,\"type\":\"progr");
	Progress *progress = opened();

	says(progress, "cut off");
	assert_int_equal(events(progress, 1), 1);
	put(progress, 1, "step", "{\"step\":2}");
	says(progress, NULL);
	progress_close(progress);
	progress = opened();
	says(progress, NULL);
	assert_int_equal(events(progress, 1), 2);
	progress_close(progress);
	/* A file that is nothing but a tail, longer than what is read of it at once. */
	char tail[10000];
	memset(tail, 'x', sizeof tail - 1);
	tail[sizeof tail - 1] = '\0';
	write_file(tail);
	progress = opened();
	says(progress, "9999 bytes of your progress are no whole line: they are put into");
	put(progress, 1, "start", "{}");
	progress_close(progress);
	progress = opened();
	says(progress, NULL);
	assert_int_equal(events(progress, 1), 1);
	progress_close(progress);
	text_format(tail, sizeof tail, "%s.damaged", path);
	struct stat status;
	assert_int_equal(stat(tail, &status), 0);
	assert_int_equal(status.st_size, 10000); /* with an end of line */
}

/* As many starts as events: what each of them costs must not grow with the others. */
static void a_long_file_is_read_in_time(void **state)
{
	(void)state;
	const size_t lines = 40000;
	const ProgressKey none = { .lesson = "none", .student = "" };
	Progress *progress = opened();

	put(progress, 1, "start", "{}");
	progress_close(progress);
	FILE *file = fopen(path, "a");
	for (size_t i = 0; i < lines; i++)
		fputs(i % 2 ? LINE("7", "start", "") : LINE("7", "forget", ""), file);
	fclose(file);
	int64_t began_ns = clock_process_ns();
	progress = opened();
	assert_int_equal(progress_attempt(progress, &key), 1);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(progress_lesson(progress, &none).attempt, 0);
	assert_int_equal(events(progress, 7), lines);
	progress_close(progress);
	assert_true(clock_process_ns() - began_ns < 10 * CLOCK_NS_PER_S);
}

static void damage_is_told(void **state)
{
	(void)state;
	write_file(LINE("1", "start", "") "rubbish\n" LINE("1", "step", ""));
	Progress *progress = opened();
	says(progress, "1 line of ");
	put(progress, 1, "step", "{\"step\":2}");
	says(progress, NULL);
	assert_int_equal(events(progress, 1), 3);
	progress_close(progress);
}

static void a_file_of_a_newer_version_is_left_alone(void **state)
{
	(void)state;
	write_file("{\"v\":2,\"type\":\"progress\",\"event\":\"x\"}\n" LINE("1", "start", ""));
	size_t len = file_len();
	Progress *progress = opened();
	says(progress, "written by a newer wattle");
	put(progress, 1, "step", "{\"step\":2}");
	says(progress, NULL);
	assert_int_equal(events(progress, 1), 2);
	assert_int_equal(file_len(), len);
	progress_close(progress);
}

static void a_writer_killed_in_the_middle_harms_nobody(void **state)
{
	(void)state;
	Progress *progress = opened();
	int status;

	put(progress, 1, "start", "{}");
	size_t whole = file_len();
	pid_t child = fork();
	if (child == 0) {
		writing = WRITE_DIE;
		progress_put(progress, &key, 1, "lock", json_pack("{s:i}", "step", 2));
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status) && file_len() > whole);
	/* Its lock went with it. */
	put(progress, 1, "step", "{\"step\":3}");
	says(progress, "cut off");
	progress_close(progress);
	progress = opened();
	says(progress, NULL);
	assert_int_equal(events(progress, 1), 2);
	progress_close(progress);
}

static void a_full_disk_leaves_no_half_line(void **state)
{
	(void)state;
	Progress *progress = opened();

	put(progress, 1, "start", "{}");
	size_t whole = file_len();
	writing = WRITE_HALF;
	put(progress, 1, "step", "{\"step\":2}");
	says(progress, "Progress is not saved, but kept until you quit: ");
	writing = WRITE_ALL;
	assert_int_equal(file_len(), whole);
	/* From now on in memory, without another word. */
	put(progress, 1, "step", "{\"step\":3}");
	says(progress, NULL);
	assert_int_equal(events(progress, 1), 3);
	assert_int_equal(file_len(), whole);
	progress_close(progress);
	progress = opened();
	writing = WRITE_FULL;
	put(progress, 1, "step", "{\"step\":2}");
	says(progress, "No space left");
	writing = WRITE_ALL;
	progress_close(progress);
}

static void what_is_in_memory_is_written_once_it_can_be(void **state)
{
	Err err;

	(void)state;
	Progress *progress = opened();
	assert_true(progress_save(progress, &err)); /* there is nothing */
	put(progress, 1, "start", "{}");
	writing = WRITE_FULL;
	put(progress, 1, "step", "{\"step\":2}");
	put(progress, 1, "step", "{\"step\":3}");
	says(progress, "No space left");
	assert_true(progress_unsaved(progress));
	assert_false(progress_save(progress, &err));
	assert_non_null(strstr(err.text, "No space left"));
	says(progress, NULL); /* not again */
	assert_true(progress_unsaved(progress));
	writing = WRITE_ALL;
	/* Behind what another program wrote meanwhile. */
	Progress *other = opened();
	put(other, 7, "start", "{}");
	progress_close(other);
	assert_true(progress_save(progress, &err));
	assert_false(progress_unsaved(progress));
	assert_int_equal(events(progress, 7), 1);
	put(progress, 1, "step", "{\"step\":4}");
	assert_int_equal(events(progress, 1), 4);
	progress_close(progress);
	progress = opened();
	says(progress, NULL);
	assert_int_equal(events(progress, 1), 4);
	assert_int_equal(events(progress, 7), 1);
	progress_close(progress);
	/* What a newer program wrote is left alone, whenever one quits. */
	write_file("{\"v\":2,\"type\":\"progress\"}\n");
	progress = opened();
	put(progress, 1, "start", "{}");
	assert_false(progress_save(progress, &err));
	assert_non_null(strstr(err.text, "newer wattle"));
	progress_close(progress);
}

static void without_a_place_it_works_in_memory(void **state)
{
	static const char *const places[] = { "", "/proc/nowhere/progress.jsonl",
					      "/dev/null/wattle/progress.jsonl" };
	Err err;

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		Progress *progress = progress_open(places[i], &err);

		assert_true(progress_put(progress, &key, 1, "start", NULL));
		says(progress, "Progress is not saved");
		assert_int_equal(events(progress, 1), 1);
		assert_int_equal(progress_attempt(progress, &key), 1);
		progress_close(progress);
	}
	/* What is no file is not read, and not waited for. */
	write_file("");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	Progress *progress = opened();
	says(progress, "not a regular file");
	put(progress, 1, "start", "{}");
	progress_close(progress);
}

static void a_lock_that_stays_is_an_error(void **state)
{
	static const char line[] = "{}\n";
	Err err;
	size_t size, dropped;

	(void)state;
	write_file("");
	int fd = open(lock, O_RDWR);
	assert_true(fd >= 0 && flock(fd, LOCK_EX) == 0);
	assert_false(progress_file_append(path, line, 3, 20000000, &dropped, &size, &err));
	assert_non_null(strstr(err.text, "another program holds it"));
	assert_int_equal(file_len(), 0);
	char *text = progress_file_read(path, 0, &size, 20000000, &err);
	assert_true(text && size == 0);
	free(text);
	close(fd);
	assert_true(progress_file_append(path, line, 3, 20000000, &dropped, &size, &err));
	assert_int_equal(size, 3);
}

static void two_writers_lose_nothing(void **state)
{
	pid_t child[2];
	int status;

	(void)state;
	for (int i = 0; i < 2; i++) {
		child[i] = fork();
		if (child[i])
			continue;
		Progress *progress = opened();
		for (int n = 0; n < EACH; n++)
			put(progress, i + 1, "step", "{\"step\":2}");
		bool all = events(progress, i + 1) == EACH && !progress_notice(progress);
		progress_close(progress);
		_exit(!all);
	}
	for (int i = 0; i < 2; i++)
		assert_true(waitpid(child[i], &status, 0) == child[i] && status == 0);
	Progress *progress = opened();
	says(progress, NULL);
	assert_int_equal(events(progress, 1), EACH);
	assert_int_equal(events(progress, 2), EACH);
	progress_close(progress);
}

static void two_sittings_do_not_share_an_attempt(void **state)
{
	(void)state;
	Progress *one = opened(), *two = opened();

	assert_int_equal(progress_next(one, &key), 1);
	put(one, 1, "start", "{}");
	assert_int_equal(progress_next(two, &key), 2);
	put(two, 2, "start", "{}");
	put(one, 1, "step", "{\"step\":2}");
	assert_int_equal(events(one, 1), 2);
	assert_int_equal(events(one, 2), 1);
	assert_int_equal(progress_attempt(one, &key), 2);
	progress_close(one);
	progress_close(two);
}

static void records_that_do_not_fit_are_left_out(void **state)
{
	(void)state;
	Progress *progress = opened();
	json_t *records = json_array(), *more = json_object();
	char long_text[2000];

	memset(long_text, 'x', sizeof long_text);
	for (int i = 0; i < 600; i++)
		json_array_append_new(records, json_stringn(long_text, sizeof long_text));
	json_object_set_new(more, "step", json_integer(3));
	json_object_set_new(more, "records", records);
	assert_true(progress_put(progress, &key, 1, "run", more));
	progress_close(progress);
	progress = opened();
	says(progress, NULL);
	json_t *list = progress_events(progress, &key, 1);
	assert_true(json_is_null(json_object_get(json_array_get(list, 0), "records")));
	assert_non_null(json_object_get(json_array_get(list, 0), "records_why"));
	json_decref(list);
	progress_close(progress);
}

/* --- attempts --------------------------------------------------------------------------------- */

static void attempts_are_apart(void **state)
{
	const ProgressKey fast = { .lesson = "green.05", .student = "", .fast = true };
	const ProgressKey ann = { .lesson = "green.05", .student = "ann" };
	const ProgressKey other = { .lesson = "green.04", .student = "" };

	(void)state;
	Progress *progress = opened();
	put(progress, 1, "start", "{}");
	put(progress, 2, "start", "{}");
	assert_true(progress_put(progress, &fast, 1, "start", NULL));
	assert_true(progress_put(progress, &ann, 1, "start", NULL));
	assert_int_equal(progress_attempt(progress, &key), 2);
	assert_int_equal(progress_attempt(progress, &fast), 1);
	assert_int_equal(progress_attempt(progress, &ann), 1);
	assert_int_equal(progress_attempt(progress, &other), 0);
	assert_int_equal(progress_next(progress, &fast), 2);
	put(progress, 2, "forget", "{}");
	assert_int_equal(progress_attempt(progress, &key), 1);
	put(progress, 1, "forget", "{}");
	assert_int_equal(progress_attempt(progress, &key), 0);
	assert_int_equal(progress_next(progress, &key), 3);
	assert_int_equal(progress_attempt(progress, &fast), 1);
	progress_close(progress);
}

static void only_the_same_file_and_seed_are_resumed(void **state)
{
	bool changed;

	(void)state;
	Progress *progress = opened();
	assert_int_equal(progress_resumable(progress, &key, "aa", 7, &changed), 0);
	assert_false(changed);
	put(progress, 1, "start", "{\"seed\":7,\"sha256\":\"aa\"}");
	put(progress, 2, "start", "{\"seed\":8,\"sha256\":\"aa\"}");
	assert_int_equal(progress_resumable(progress, &key, "aa", 7, &changed), 1);
	assert_int_equal(progress_resumable(progress, &key, "aa", 8, &changed), 2);
	assert_false(changed);
	assert_int_equal(progress_resumable(progress, &key, "bb", 7, &changed), 0);
	assert_true(changed);
	put(progress, 3, "start", "{\"seed\":7,\"sha256\":\"bb\"}");
	assert_int_equal(progress_resumable(progress, &key, "aa", 7, &changed), 0);
	assert_true(changed);
	progress_close(progress);
}

static void sums(void **state)
{
	(void)state;
	Progress *progress = opened();
	ProgressLesson sum = progress_lesson(progress, &key);

	assert_true(sum.step == 0 && sum.attempt == 0 && sum.of == 0);
	put(progress, 4, "start", "{\"step\":1,\"steps\":9,\"points\":{\"q1\":2,\"ex1\":12}}");
	sum = progress_lesson(progress, &key);
	assert_true(sum.step == 1 && sum.steps == 9 && sum.attempt == 4);
	assert_true(sum.points == 0 && sum.of == 14 && !sum.done);
	put(progress, 4, "check", "{\"step\":5,\"id\":\"q1\",\"points\":2,\"of\":2}");
	put(progress, 4, "check", "{\"step\":6,\"id\":\"ex1\",\"points\":8,\"of\":12}");
	/* A later round that does worse takes nothing away; the maximum follows what can be checked. */
	put(progress, 4, "check", "{\"step\":6,\"id\":\"ex1\",\"points\":3,\"of\":9}");
	put(progress, 4, "check", "{\"step\":6,\"id\":\"unknown\",\"points\":3,\"of\":9}");
	put(progress, 4, "step", "{\"step\":9}");
	put(progress, 4, "finish", "{\"step\":3}");
	sum = progress_lesson(progress, &key);
	assert_true(sum.points == 10 && sum.of == 11 && sum.done && sum.step == 9);
	assert_int_equal(strlen(sum.wall), 20);
	progress_close(progress);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin_writing, end)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_events_of_this_version_count),
		CASE(what_is_put_is_there_again),
		CASE(a_torn_tail_is_dropped_and_told_once),
		CASE(damage_is_told),
		CASE(a_file_of_a_newer_version_is_left_alone),
		CASE(a_long_file_is_read_in_time),
		CASE(a_writer_killed_in_the_middle_harms_nobody),
		CASE(a_full_disk_leaves_no_half_line),
		CASE(what_is_in_memory_is_written_once_it_can_be),
		CASE(without_a_place_it_works_in_memory),
		CASE(a_lock_that_stays_is_an_error),
		CASE(two_writers_lose_nothing),
		CASE(two_sittings_do_not_share_an_attempt),
		CASE(records_that_do_not_fit_are_left_out),
		CASE(attempts_are_apart),
		CASE(only_the_same_file_and_seed_are_resumed),
		CASE(sums),
	};
#undef CASE
	return cmocka_run_group_tests(tests, NULL, NULL);
}
